"""Setting a file aside: nothing that may hold somebody's work is ever deleted."""

from datetime import UTC, datetime
from pathlib import Path

from curator.errors import StoreError


def beside(path: Path, why: str) -> Path:
    """A free name next to `path` that says why and when it was set aside."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    for n in range(1000):
        name = path.with_name(f"{path.name}.{why}-{stamp}" + (f"-{n}" if n else ""))
        if not name.exists():
            return name
    raise StoreError(f"{path.parent}: too many files set aside; look through them and delete some")


def set_aside(path: Path, why: str) -> Path:
    """Rename `path` out of the way; its new name."""
    aside = beside(path, why)
    path.rename(aside)
    return aside
