"""Text to rows of cells: light Markdown, wrapping, and what is emphasised where. No terminal here.

Markdown is inked in place, so that a diff can be laid over it; its signs are left out when the
text is wrapped, unless it is wanted raw or the sign itself is what changed.
"""

import re
from array import array
from collections.abc import Iterable, Sequence
from functools import lru_cache
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
#: A fence that closes its block.
CLOSES = 1 << 29

Chunk = tuple[str, int]
Row = tuple[Chunk, ...]
if TYPE_CHECKING:
    Ink = array[int]  # one number a character
else:
    Ink = array

_HANG = re.compile(r"[ \t]*(?:(?:[-*+•]|\d{1,3}[.)]|>)[ \t]+)?")
_ATOM = re.compile(r"\s+|[^\s]+")
#: Characters that take one cell each and join to nothing: Latin, Greek, Cyrillic, the signs of
#: good typography.
_NARROW = re.compile(
    "[ -~\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0377\u0391-\u03a1\u03a3-\u0482\u048a-\u052f"
    "\u2010-\u2015\u2018-\u201f\u2022\u2026\u2030\u2032\u2033\u20ac]*"
)
#: These do not begin a line, the others do not end one.
_NOT_FIRST = frozenset("，。、！？；：）」』】》〉’”…％)]}!?,.;:")
_NOT_LAST = frozenset("（「『【《〈‘“([{")
TAB = 4
#: Before each further row of a line of code that is too long for one.
GOES_ON: Chunk = ("↪ ", QUIET)


def lay(ink: Ink, start: int, stop: int, what: int) -> None:
    """Add `what` to the ink of a stretch."""
    for at in range(start, stop):
        ink[at] |= what


def wrap(text: str, ink: Ink, width: int, blanks: bool = False, raw: bool = False) -> list[Row]:
    """The rows of a text at most `width` cells wide; continued list items hang. Signs of Markdown
    are left out unless it is to be `raw`."""
    rows: list[Row] = []
    start = 0
    for line in text.split("\n"):
        stop = start + len(line)
        code = bool(line) and bool(ink[start] & CODE) and bool(ink[stop - 1] & CODE)
        colour = ink[start:stop]
        if not raw and not blanks:
            line, colour = _rendered(line, colour)
        if blanks:
            line = line.replace(" ", "·").replace("\t", "→") + "¶"
            colour.append(QUIET)
        rows += _wrap_line(line, colour, max(width, 4), code)
        start = stop + 1
    return rows


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


def _rendered(line: str, ink: Ink) -> tuple[str, Ink]:
    """The line without the signs that say no more than the look does."""
    if not any(what & (HIDE | FENCE | BULLET) for what in set(ink)):
        return line, ink
    text: list[str] = []
    colour = array("l")
    start = 0
    lone = _lone_signs(line, ink)
    for what, run in groupby(ink):
        stop = start + len(list(run))
        kept = line[start:stop]
        if what & FENCE:
            kept = ("└" if what & CLOSES else "┌") + "─" * (len(kept) - 1)
        elif what & BULLET:
            kept = "•" * len(kept)
        elif what & HIDE:
            kept = "".join(line[at] for at in range(start, stop) if at in lone)
        text.append(kept)
        colour.extend([what] * len(kept))
        start = stop
    return "".join(text), colour


def _lone_signs(line: str, ink: Ink) -> set[int]:
    """Where signs stand that are all that was changed there; of a pair both or none."""
    found: set[int] = set()
    opened: dict[str, tuple[int, int]] = {}
    at = 0
    for (sign, what), run in groupby(zip(line, ink, strict=True)):
        start, at = at, at + len(list(run))
        if not what & HIDE:
            continue
        alone = what & (OLD | NEW) and _stands_alone(start, ink)
        mate = opened.pop(sign * (at - start), None)
        if mate is None:
            opened[sign * (at - start)] = (start, at)
        elif mate[0] not in found:
            continue
        if alone:
            found.update(range(start, at))
        elif mate is not None:
            found.difference_update(range(*mate))
    return found


def _stands_alone(at: int, ink: Ink) -> bool:
    """Whether of all around it only this sign was changed: then the change must be seen."""
    for step in (-1, 1):
        beside = at + step
        while 0 <= beside < len(ink) and ink[beside] & HIDE:
            beside += step
        if 0 <= beside < len(ink) and ink[beside] & (OLD | NEW):
            return False
    return True


def _wrap_line(line: str, ink: Sequence[int], width: int, code: bool) -> list[Row]:
    if "\t" in line:
        line, ink = _untabbed(line, ink)
    if len(line) <= width and cell_len(line) <= width:
        return [chunks(line, ink)]
    if code:
        hang, start = 2 * (width > 2 * TAB), GOES_ON
    else:
        hang = min(cell_len(_HANG.match(line)[0]), width // 3)  # type: ignore[index]
        start = (" " * hang, PLAIN)
    rows: list[Row] = []
    for number, (i, j) in enumerate(_breaks(line, width, hang, code)):
        row = chunks(line[i:j], ink[i:j])
        rows.append((start, *row) if number and hang else row)
    return rows


def _breaks(line: str, width: int, hang: int, code: bool) -> list[tuple[int, int]]:
    """Where to cut a line, as (start, stop) of each row; blanks at a cut fall away."""
    if not code and _NARROW.fullmatch(line):
        quick = _breaks_at_blanks(line, width, hang)
        if quick is not None:
            return quick
    found: list[tuple[int, int]] = []
    start = at = used = 0
    room = width
    for text, cells in _atoms(line, code):
        stop = at + len(text)
        if used + cells > room and used:
            found.append((start, at))
            room = width - hang
            start, used = (stop, 0) if text.isspace() and not code else (at, 0)
            cells = 0 if start == stop else cells
        if cells > room:
            for i, j, size in split_graphemes(text)[0]:
                if used + size > room:
                    found.append((start, at + i))
                    room = width - hang
                    start, used = at + i, 0
                used += size
                del j
        else:
            used += cells
        at = stop
    if start < at or not found:
        found.append((start, at))
    return [(i, i + len(line[i:j].rstrip(" ")) if not code else j) for i, j in found]


def _breaks_at_blanks(line: str, width: int, hang: int) -> list[tuple[int, int]] | None:
    """The same for a line whose characters all take one cell; None where a word is too long."""
    found: list[tuple[int, int]] = []
    start, room, end = 0, width, len(line)
    while end - start > room:
        limit = start + room
        if line[limit] == " ":
            stop = start + len(line[start:limit].rstrip(" "))
            after = end - len(line[limit:].lstrip(" "))
        else:
            after = line.rfind(" ", start, limit) + 1
            stop = start + len(line[start:after].rstrip(" "))
        if stop <= start:
            return None
        found.append((start, stop))
        start, room = after, width - hang
    if start < end:
        found.append((start, start + len(line[start:].rstrip(" "))))
    return found


def _atoms(line: str, code: bool) -> Iterable[tuple[str, int]]:
    """What stays together on a row, with its cells: words, blanks, single wide characters."""
    if code:
        for start, stop, cells in split_graphemes(line)[0]:
            yield line[start:stop], cells
        return
    for match in _ATOM.finditer(line):
        word = match[0]
        if word.isascii() or word.isspace():
            yield word, len(word)
        else:
            yield from _wide(word)


def _wide(word: str) -> Iterable[tuple[str, int]]:
    held, cells, open_ended = "", 0, False
    for start, stop, size in split_graphemes(word)[0]:
        grapheme = word[start:stop]
        glued = (
            not held or open_ended or grapheme in _NOT_FIRST or (size < 2 and not _is_wide(held))
        )
        if not glued:
            yield held, cells
            held, cells = "", 0
        held, cells = held + grapheme, cells + size
        open_ended = grapheme in _NOT_LAST
    if held:
        yield held, cells


@lru_cache(4096)
def _is_wide(text: str) -> bool:
    return cell_len(text[-1]) > 1 or text[-1] in "’”…·→"


def _untabbed(line: str, ink: Sequence[int]) -> tuple[str, list[int]]:
    text: list[str] = []
    colour: list[int] = []
    column = 0
    for character, what in zip(line, ink, strict=True):
        if character == "\t":
            step = TAB - column % TAB
            text.append(" " * step)
            colour += [what] * step
            column += step
        else:
            text.append(character)
            colour.append(what)
            column += 1
    return "".join(text), colour
