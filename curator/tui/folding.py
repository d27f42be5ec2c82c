"""One line to rows of so many cells: words stay whole, list items hang, Chinese breaks anywhere."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from rich.cells import cell_len, split_graphemes

from curator.tui.ink import PLAIN, QUIET, Chunk, Row, chunks

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


def fold(line: str, ink: Sequence[int], width: int, code: bool) -> list[Row]:
    """The rows of one line, each at most `width` cells wide; a line of `code` is cut anywhere, and
    each row that goes on is marked."""
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
