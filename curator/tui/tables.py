"""Markdown tables as tables: columns that stand under each other, cells that wrap in them."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise, zip_longest

from curator.tui.folding import fold
from curator.tui.ink import BOLD, CODE, NEW, OLD, PLAIN, QUIET, Ink, Row, padded, plain, width_of

#: A line as it is shown, and its ink.
Line = tuple[str, Ink]
Cell = tuple[str, Ink]

_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")
_BAR = re.compile(r"(?<!\\)\|")
#: Between two columns, and under the head of the table.
BETWEEN, CROSS = " ┆ ", "─┼─"
#: No column is made narrower than this (cells).
NARROWEST = 6


def laid(lines: Sequence[Line], width: int) -> Iterator[tuple[int, list[Row]]]:
    """The number and the rows of each line that belongs to a table, at most `width` cells wide.
    A table that has too many columns for that is left as it is."""
    at = 1
    while at < len(lines):
        head = _cells(lines[at - 1])
        if not (head and _is_rule(lines[at], len(head))):
            at += 1
            continue
        stop = at + 1
        while stop < len(lines) and "|" in lines[stop][0] and not _is_code(lines[stop]):
            stop += 1
        body = [_cells(line, len(head)) for line in lines[at + 1 : stop]]
        widths = _widths([head, *body], width)
        if widths:
            rows = [(at - 1, head), *enumerate(body, at + 1)]
            yield at, [((CROSS.join("─" * one for one in widths), QUIET | _bars(lines[at])),)]
            for number, cells in rows:
                bar = QUIET | _bars(lines[number])
                yield number, _row(cells, widths, BOLD if number < at else PLAIN, bar)
        at = stop + 1


def _is_code(line: Line) -> bool:
    text, ink = line
    return bool(text) and bool(ink[0] & CODE) and bool(ink[-1] & CODE)


def _is_rule(line: Line, columns: int) -> bool:
    text = line[0]
    if "|" not in text or "-" not in text or _RULE.fullmatch(text) is None or _is_code(line):
        return False
    return len(_cells(line)) == columns


def _cells(line: Line, columns: int | None = None) -> list[Cell]:
    """The cells of a line, without the blanks around them; [] where there is no bar. What is in
    too many cells stays together in the last one."""
    text, ink = line
    if "|" not in text or _is_code(line):
        return []
    start, stop = len(text) - len(text.lstrip()), len(text.rstrip())
    start += text.startswith("|", start)
    stop -= text.endswith("|", start, stop) and text[stop - 2 : stop - 1] != "\\"
    bars = [match.start() for match in _BAR.finditer(text, start, stop)]
    edges = [start - 1, *bars[: None if columns is None else columns - 1], stop]
    return [_cell(text, ink, i + 1, j) for i, j in pairwise(edges)]


def _cell(text: str, ink: Ink, start: int, stop: int) -> Cell:
    part = text[start:stop]
    start += len(part) - len(part.lstrip())
    stop = start + len(part.strip())
    return text[start:stop], ink[start:stop]


def _widths(rows: Sequence[list[Cell]], width: int) -> list[int]:
    """How wide each column is: as its widest cell, and where that is too much the widest columns
    shrink first. [] where even the narrowest columns do not fit."""
    columns = len(rows[0])
    wanted = [
        max((width_of(((row[at][0], PLAIN),)) for row in rows if at < len(row)), default=1)
        for at in range(columns)
    ]
    room = width - len(BETWEEN) * (columns - 1)
    if sum(min(one, NARROWEST) for one in wanted) > room:
        return []
    limit = max(wanted, default=1)
    while sum(min(one, limit) for one in wanted) > room:
        limit -= 1
    found = [max(min(one, limit), 1) for one in wanted]
    for at, one in enumerate(wanted):  # what the last step took too much of is given back
        spare = room - sum(found)
        found[at] += max(min(one - found[at], spare), 0)
    return found


def _bars(line: Line) -> int:
    """Whether the bars of a line were changed."""
    changed = 0
    for sign, ink in zip(*line, strict=True):
        changed |= ink & (OLD | NEW) if sign == "|" else 0
    return changed


def _row(cells: list[Cell], widths: list[int], what: int, bar: int) -> list[Row]:
    """The rows of one line of the table."""
    columns: list[list[Row]] = []
    for at, width in enumerate(widths):
        text, ink = cells[at] if at < len(cells) else ("", plain(""))
        rows = fold(text, ink, width, False) if text else [()]
        columns.append([tuple((said, look | what) for said, look in row) for row in rows])
    found: list[Row] = []
    for level in zip_longest(*columns, fillvalue=()):
        row: Row = ()
        for at, part in enumerate(level):
            between = ((BETWEEN, bar),) if at else ()
            row = (*row, *between, *(padded(part, widths[at]) if at < len(widths) - 1 else part))
        found.append(row)
    return found
