"""A folder is complete when its marker, written last, agrees with every file it names."""

import hashlib
import os
import re
import shutil
from pathlib import Path
from typing import Any

import msgspec

MARKER = "COMPLETE.json"
CHECKPOINT = re.compile(r"checkpoint-(\d+)")


def mark(folder: Path, names: list[str] | None = None) -> None:
    """Write the marker: name, size and SHA-256 of the files (all of the folder's own files where
    none are named), everything synced to disk before it."""
    chosen = names or sorted(p.name for p in folder.iterdir() if p.is_file() and p.name != MARKER)
    listed = []
    for name in chosen:
        path = folder / name
        _sync(path)
        listed.append({"name": name, "size": path.stat().st_size, "sha256": sha256(path)})
    temporary = folder / f"{MARKER}.new"
    temporary.write_bytes(msgspec.json.format(msgspec.json.encode({"files": listed})))
    _sync(temporary)
    os.replace(temporary, folder / MARKER)
    _sync(folder)


def whole(folder: Path) -> str:
    """An empty string for a complete folder, else in a few words what is wrong with it."""
    try:
        marker: dict[str, Any] = msgspec.json.decode((folder / MARKER).read_bytes())
        listed = [(str(f["name"]), int(f["size"]), str(f["sha256"])) for f in marker["files"]]
    except FileNotFoundError:
        return f"has no {MARKER}: it was not finished"
    except (OSError, msgspec.DecodeError, KeyError, TypeError, ValueError):
        return f"has a broken {MARKER}"
    for name, size, expected in listed:
        path = folder / name
        if Path(name).name != name or not path.is_file():
            return f"lacks {name}"
        if path.stat().st_size != size or sha256(path) != expected:
            return f"has a damaged {name}"
    return ""


def newest_checkpoint(folder: Path) -> Path | None:
    """The latest complete checkpoint. Incomplete ones are removed: they are of no use, and would
    count among those that are kept."""
    found = sorted(
        (int(m[1]), p) for p in folder.glob("checkpoint-*") if (m := CHECKPOINT.fullmatch(p.name))
    )
    for _, path in reversed(found):
        if not whole(path):
            return path
        shutil.rmtree(path)
    return None


def sha256(path: Path) -> str:
    """The file's SHA-256, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
