"""Each file of `sample_data/broken` has the outcome that its README promises."""

from pathlib import Path
from typing import Any

import pytest

from curator.errors import DataError
from curator.stages import importing
from curator.stages.base import Silent
from curator.stages.runner import perform
from curator.store import Store

BROKEN = Path(__file__).parents[3] / "sample_data" / "broken"


def promised() -> list[tuple[str, str, str]]:
    """(file, rows kept, rows rejected) as the table of the README says; "-" is a refusal."""
    found = []
    for line in (BROKEN / "README.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[0].startswith("`"):
            found.append((cells[0].strip("`"), cells[1], cells[2]))
    return found


def test_the_table_names_every_file() -> None:
    assert {name for name, _, _ in promised()} == {
        path.name for path in BROKEN.iterdir() if path.name != "README.md"
    }


@pytest.mark.parametrize(("name", "kept", "rejected"), promised(), ids=[p[0] for p in promised()])
def test_what_the_table_promises(tmp_path: Path, name: str, kept: str, rejected: str) -> None:
    config: Any = importing.Config(files=(str(BROKEN / name),))
    with Store(tmp_path / "w.duckdb") as store:
        if kept == "-":
            with pytest.raises(DataError, match=name):
                perform(store, importing.STAGE, config, None, Silent())  # type: ignore[arg-type]
            return
        report = perform(store, importing.STAGE, config, None, Silent())  # type: ignore[arg-type]
        assert (str(report.counts["kept"]), str(report.counts["rejected"])) == (kept, rejected)
        assert report.counts["rows"] == int(kept) + int(rejected)
        assert store.conversations.count() == int(kept)
