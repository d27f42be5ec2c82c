"""One JSON object around all the records of a file.

Four kinds are opened: a list under a key (`{"version": 1, "data": [{…}, …]}`, also several, as in
`{"train": […], "test": […]}`), records by their ids (`{"id1": {…}, "id2": {…}}`), columns of lists
(`{"instruction": […], "output": […]}`, which is what `datasets` calls a dict), and columns by row
number (pandas' `to_json`). An object that is a chat itself is left alone.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from curator.formats.reading.decoding import Decoder, Unreadable

KEY = re.compile(r'[\s,]*("(?:[^"\\]|\\.)*")\s*:\s*')
BLANK = re.compile(r"\s*")
#: Fields before the records that are looked at.
MOST = 200
#: How many times as large as a record a column may be.
WIDE = 16


class Entrance(NamedTuple):
    """Where the records begin: `kind` is list, ids or columns, `at` the place in the window of
    the first element (of ids: of its key), `under` the key they are under, `beside` the fields
    before it, `rows` what the columns hold."""

    kind: str
    at: int
    under: str = ""
    beside: tuple[str, ...] = ()
    rows: Sequence[dict[str, Any]] = ()


def known(columns: frozenset[str] = frozenset()) -> Callable[[Any], bool]:
    """A test of whether a value is a record: of a layout we know, or with one of the `columns`
    that somebody named."""
    from curator.errors import DataError
    from curator.formats import recognise
    from curator.formats.layouts import SURE, as_fields
    from curator.formats.wrapping import WRAPPERS, wrappings

    def test(value: Any) -> bool:
        try:
            row = as_fields(value)
        except DataError:
            return False
        if not isinstance(value, Mapping | list):
            return False
        if columns & row.keys():
            return True
        opened = (one.opened(row) for one in wrappings([row]) if one.inside in WRAPPERS)
        return any(
            r.sureness >= SURE and r.format.gather is None
            for form in (row, *opened)
            for r in recognise([form])
        )

    return test


def entrance(
    window: Any, start: int, decoder: Decoder, test: Callable[[Any], bool]
) -> Entrance | None:
    """Where the records of the object whose fields go on at `start` begin; None where the object
    is a record itself or holds none."""
    head: dict[str, Any] = {}
    at = start - window.at
    for _ in range(MOST):
        found = _matched(window, KEY, at)
        if found is None:
            break
        key, value = json.loads(found[1]), found.end() - window.at
        sign = window.text[found.end() : found.end() + 1]
        first = _first(window, found.end(), sign, decoder)
        if isinstance(first, Mapping) and sign == "[":
            if test({**head, key: [first]}):
                return None
            if test(first):
                return Entrance("list", _inside(window, window.at + value), key, tuple(head))
        whole, end = _value(window, value, decoder)
        if end is None:
            return None
        if not head and _is_chat(whole) and test(whole) and not test({key: whole}):
            return Entrance("ids", window.at + at) if _goes_on(window, end, decoder) else None
        head[key] = whole
        at = end
    rows = _columns(head)
    if rows and test(rows[0]) and _closes(window, at):
        return Entrance("columns", window.at + at, rows=rows)
    return None


def _is_chat(value: Any) -> bool:
    several = isinstance(value, list) and all(isinstance(item, Mapping) for item in value)
    return several or isinstance(value, Mapping)


def _goes_on(window: Any, at: int, decoder: Decoder) -> bool:
    """Whether the next field of an object of records by their ids can be one, too: a text or a
    number beside the first shows a record that has a chat in one field."""
    found = _matched(window, KEY, at)
    if found is None:
        return True
    value, end = _value(window, found.end() - window.at, decoder)
    return end is None or _is_chat(value)


def by_id(window: Any, decoder: Decoder) -> Iterator[tuple[Any, int]]:
    """(record with its id, where it ends) of each field of the object from the window's place on.
    The caller advances the window to that end."""
    while (found := _matched(window, KEY, 0)) is not None:
        start = found.end() - window.at
        value, end = _value(window, start, decoder)
        if end is None:
            return
        if isinstance(value, Mapping) and "id" not in value:
            value = {"id": json.loads(found[1]), **value}
        yield value, window.at + end


def passed(window: Any, decoder: Decoder) -> tuple[str, ...]:
    """Leave the object's remaining fields behind, up to its closing bracket; gives their names."""
    names = []
    while (found := _matched(window, KEY, 0)) is not None:
        end = _value(window, found.end() - window.at, decoder)[1]
        if end is None:
            break
        names.append(json.loads(found[1]))
        window.advance(window.at + end)
    window.skip_blank()
    return tuple(names)


def _matched(window: Any, pattern: re.Pattern[str], at: int) -> re.Match[str] | None:
    """A match at so many characters behind the window's place, after growing it where needed."""
    while True:
        found = pattern.match(window.text, window.at + at)
        if found and found.end() < len(window.text):
            return found
        if len(window.text) - window.at - at > 1 << 20 or not window.grow():
            return found


def _inside(window: Any, at: int) -> int:
    """The place behind an opening bracket and the blanks after it."""
    found = BLANK.match(window.text, at + 1)
    return found.end() if found else at + 1


def _first(window: Any, at: int, sign: str, decoder: Decoder) -> Any:
    """The first element of the list that begins at `at`, where it is an object."""
    if sign != "[":
        return None
    inside = _inside(window, at) - window.at
    if window.text[window.at + inside : window.at + inside + 1] != "{":
        return None
    return _value(window, inside, decoder)[0]


def _value(window: Any, at: int, decoder: Decoder) -> tuple[Any, int | None]:
    """The value so many characters behind the window's place, and where it ends; (None, None)
    where there is none that can be taken."""
    while True:
        try:
            value, end = decoder.decode_at(window.text, window.at + at)
        except (Unreadable, RecursionError):
            return None, None
        except json.JSONDecodeError:
            if len(window.text) - window.at > WIDE * decoder.limits.record or not window.grow():
                return None, None
            continue
        if end == len(window.text) and window.grow():
            continue
        return value, end - window.at


def _columns(head: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of columns that are all lists of one length, or all objects of the same keys."""
    columns = list(head.values())
    if len(columns) < 2 or not columns[0]:
        return []
    if all(isinstance(c, Mapping) and c.keys() == columns[0].keys() for c in columns):
        columns = [list(column.values()) for column in columns]
    if not all(isinstance(c, list) and len(c) == len(columns[0]) for c in columns):
        return []
    return [dict(zip(head, row, strict=True)) for row in zip(*columns, strict=True)]


def _closes(window: Any, at: int) -> bool:
    found = BLANK.match(window.text, window.at + at)
    return found is not None and window.text[found.end() : found.end() + 1] == "}"
