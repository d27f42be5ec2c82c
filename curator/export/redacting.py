"""Rows without private data: each place gives way to a mark that says what stood there."""

from collections import Counter
from typing import Any

from curator.signals.pii import KINDS, found, mark


def redacted(row: dict[str, Any]) -> tuple[dict[str, Any], Counter[str]]:
    """The row with a mark such as `[EMAIL]` for every private place of its texts, however deep
    they lie, and how many places of each signal there were. Names of fields stay."""
    places: Counter[str] = Counter()
    return {name: _clean(value, places) for name, value in row.items()}, places


def _clean(value: Any, places: Counter[str]) -> Any:
    if isinstance(value, str):
        return _text(value, places)
    if isinstance(value, list):
        return [_clean(one, places) for one in value]
    if isinstance(value, dict):
        return {name: _clean(one, places) for name, one in value.items()}
    return value


def _text(text: str, places: Counter[str]) -> str:
    for span in reversed(found(text)):
        places[KINDS[span.kind].name] += 1
        text = f"{text[: span.start]}{mark(span.kind)}{text[span.end :]}"
    return text
