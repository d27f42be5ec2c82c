"""Words lit on rows that are laid out already."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise

from curator.filters.nodes import Words
from curator.filters.words import spans
from curator.tui.ink import LIT, Chunk, Row


def lit(rows: Sequence[Row], terms: Sequence[Words]) -> tuple[tuple[Row, ...], tuple[int, ...]]:
    """The rows with the terms lit, and which rows they begin on. Words that run on into the next
    row are found too."""
    texts = ["".join(text for text, _ in row) for row in rows]
    starts = [0, *accumulate(len(text) + 1 for text in texts)]
    by_row: dict[int, list[tuple[int, int]]] = {}
    hits = []
    for start, end in spans(list(terms), "\n".join(texts)):
        first = bisect_right(starts, start) - 1
        hits.append(first)
        for at in range(first, bisect_right(starts, end - 1)):
            begin, stop = max(start - starts[at], 0), min(end - starts[at], len(texts[at]))
            if begin < stop:
                by_row.setdefault(at, []).append((begin, stop))
    lighted = list(rows)
    for at, places in by_row.items():
        lighted[at] = _lit_row(rows[at], places)
    return tuple(lighted), tuple(dict.fromkeys(hits))


def _lit_row(row: Row, places: Sequence[tuple[int, int]]) -> Row:
    cut: list[Chunk] = []
    at = 0
    for text, ink in row:
        edges = {0, len(text)}
        for place in places:
            edges |= {min(max(edge - at, 0), len(text)) for edge in place}
        ordered = sorted(edges)
        for start, end in pairwise(ordered):
            inside = any(begin <= at + start < stop for begin, stop in places)
            cut.append((text[start:end], ink | LIT if inside else ink))
        at += len(text)
    return tuple(cut)
