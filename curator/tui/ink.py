"""What a character looks like, as a number beside it, and rows of such stretches. No terminal."""

from array import array
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rich.cells import cell_len, split_graphemes

#: What a character looks like: a sum of these.
PLAIN, BOLD, ITALIC, DIM, CODE, HEADING, LINK, MARK = 0, 1, 2, 4, 8, 16, 32, 64
OLD, NEW, ACCENT, WARN, GOOD, BAD, QUIET, LIT = 128, 256, 512, 1024, 2048, 4096, 8192, 16384
STRUCK, RULE, SIGN = 32768, 65536, 131072
#: A sign of Markdown that says no more than the look does; a fence; a place that knows too much;
#: a difference where nobody is to know which side is new.
HIDE, FENCE, LEAK, UNLIKE = 1 << 18, 1 << 19, 1 << 20, 1 << 21
KEYWORD, STRING, COMMENT, NUMBER, NAME = 1 << 22, 1 << 23, 1 << 24, 1 << 25, 1 << 26
BULLET = 1 << 27
#: The row under the cursor of a list.
HERE = 1 << 28
#: A fence that closes its block; a text that was written anew from beginning to end.
CLOSES, ANEW = 1 << 29, 1 << 30

Chunk = tuple[str, int]
Row = tuple[Chunk, ...]
if TYPE_CHECKING:
    Ink = array[int]  # one number a character
else:
    Ink = array


def lay(ink: Ink, start: int, stop: int, what: int) -> None:
    """Add `what` to the ink of a stretch."""
    for at in range(start, stop):
        ink[at] |= what


def plain(text: str, what: int = PLAIN) -> Ink:
    """The ink of a text that is all alike."""
    return array("l", [what]) * len(text)


def chunks(text: str, ink: Sequence[int]) -> Row:
    """The stretches of one ink, as (text, ink)."""
    if not text:
        return ()
    first = ink[0]
    if len(ink) == ink.count(first):
        return ((text, first),)
    found: list[Chunk] = []
    start = 0
    for what, run in groupby(ink):
        stop = start + len(list(run))
        found.append((text[start:stop], what))
        start = stop
    return tuple(found)


def width_of(row: Iterable[Chunk]) -> int:
    """The cells of a row."""
    return sum(len(text) if text.isascii() else cell_len(text) for text, _ in row)


def padded(row: Row, width: int, ink: int = PLAIN) -> Row:
    """The row, filled up to `width` cells."""
    missing = width - width_of(row)
    return (*row, (" " * missing, ink)) if missing > 0 else row


def clipped(text: str, width: int) -> str:
    """`text` in at most `width` cells, with … where something is left out."""
    if cell_len(text) <= width:
        return text
    kept, cells = [], 0
    for start, stop, size in split_graphemes(text)[0]:
        if cells + size > width - 1:
            break
        kept.append(text[start:stop])
        cells += size
    return "".join(kept) + "…" if width > 0 else ""
