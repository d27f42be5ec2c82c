"""The page on import names every layout that is read, as its registry entry does."""

from pathlib import Path

import pytest

from curator.formats import FORMATS
from curator.formats.base import Format

PAGE = Path(__file__).parents[2] / "docs" / "importing.md"


def escaped(words: str) -> str:
    return words.replace("|", "\\|").replace("<", "&lt;")


@pytest.mark.parametrize(
    "format_", [f for f in FORMATS.values() if f.read or f.gather], ids=lambda f: f.name
)
def test_the_page_on_import_has_every_layout(format_: Format) -> None:
    row = f"| `{format_.name}` | {escaped(format_.about)} | {escaped(format_.maps)} |"
    assert row in PAGE.read_text(encoding="utf-8").splitlines()


def test_the_page_on_import_has_no_other_layout() -> None:
    table = PAGE.read_text(encoding="utf-8").split("## Layouts")[1]
    names = [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")][1:]
    assert set(names) <= set(FORMATS)
