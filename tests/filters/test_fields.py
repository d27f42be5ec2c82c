from pathlib import Path

from curator.filters import FIELDS, reference
from curator.filters.fields import BY_NAME

PAGE = Path(__file__).parents[2] / "docs" / "filters.md"


def test_the_page_on_filters_has_the_whole_language():
    assert reference() in PAGE.read_text(encoding="utf-8")


def test_every_field_is_in_the_reference_and_fits_a_terminal():
    lines = reference().splitlines()
    assert all(any(line.startswith(f.example) for line in lines) for f in FIELDS)
    assert all(len(line) <= 80 for line in lines)


def test_no_name_is_given_twice():
    assert len(BY_NAME) == sum(1 + len(field.other) for field in FIELDS)
