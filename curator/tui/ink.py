"""Text to rows of cells: light Markdown, wrapping, and what is emphasised where. No terminal here.

Markdown is coloured, not rewritten: its signs stay on the page, dimmed, because they are part of
what is judged and exported. So every character keeps its place, and a diff can be laid over it.
"""

import re
from array import array
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.cells import cell_len, split_graphemes

from curator.tui.safe import marks

#: What a character looks like: a sum of these.
PLAIN, BOLD, ITALIC, DIM, CODE, HEADING, LINK, MARK = 0, 1, 2, 4, 8, 16, 32, 64
OLD, NEW, ACCENT, WARN, GOOD, BAD, QUIET, LIT = 128, 256, 512, 1024, 2048, 4096, 8192, 16384
STRUCK, RULE, SIGN = 32768, 65536, 131072

Chunk = tuple[str, int]
Row = tuple[Chunk, ...]
if TYPE_CHECKING:
    Ink = array[int]  # one number a character
else:
    Ink = array

_FENCE = re.compile(r"^ {0,3}(```+|~~~+)[^\n]*$", re.MULTILINE)
_INLINE = re.compile(
    r"(?P<code>(?<!`)`[^`\n]+`(?!`))|(?P<bold>\*\*(?=\S)[^\n]{1,400}?(?<=\S)\*\*|__(?=\S)[^\n_]{1,400}?(?<=\S)__)"
    r"|(?P<italic>(?<![\w*])\*(?=[^\s*])[^\n*]{1,400}?(?<=[^\s*])\*(?![\w*]))"
    r"|(?P<link>\[[^\]\n]{1,200}\]\([^)\s]{1,500}\)|https?://[^\s<>)\]]{1,500})"
)
_LINE = re.compile(
    r"^(?P<heading> {0,3}#{1,6}[ \t]+[^\n]*)|^(?P<bullet>[ \t]*(?:[-*+]|\d{1,3}[.)])(?=[ \t]))"
    r"|^(?P<quote>[ \t]*>[^\n]*)|^(?P<rule> {0,3}(?:-{3,}|\*{3,}|_{3,})[ \t]*)$",
    re.MULTILINE,
)
_HANG = re.compile(r"[ \t]*(?:(?:[-*+]|\d{1,3}[.)]|>)[ \t]+)?")
_ATOM = re.compile(r"\s+|[^\s]+")
#: These do not begin a line, the others do not end one.
_NOT_FIRST = frozenset("，。、！？；：）」』】》〉’”…％)]}!?,.;:")
_NOT_LAST = frozenset("（「『【《〈‘“([{")
TAB = 4


def markdown(text: str) -> Ink:
    """The ink of a Markdown text, a number for each character."""
    ink = array("l", bytes(array("l").itemsize * len(text)))
    end = 0
    for start, stop in _fenced(text):
        _prose(text, end, start, ink)
        lay(ink, start, stop, CODE)
        for edge in (start, text.rfind("\n", start, max(stop - 1, start)) + 1):
            line_end = text.find("\n", edge)
            lay(ink, edge, stop if line_end < 0 else min(line_end, stop), QUIET)
        end = stop
    _prose(text, end, len(text), ink)
    for start, stop in marks(text):
        lay(ink, start, stop, MARK)
    return ink


def lay(ink: Ink, start: int, stop: int, what: int) -> None:
    """Add `what` to the ink of a stretch."""
    for at in range(start, stop):
        ink[at] |= what


def wrap(text: str, ink: Ink, width: int, blanks: bool = False) -> list[Row]:
    """The rows of a text at most `width` cells wide; continued list items hang."""
    rows: list[Row] = []
    start = 0
    for line in text.split("\n"):
        stop = start + len(line)
        code = bool(line) and bool(ink[start] & CODE) and bool(ink[stop - 1] & CODE)
        colour = ink[start:stop]
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
    for at in range(1, len(text)):
        if ink[at] != ink[start]:
            found.append((text[start:at], ink[start]))
            start = at
    found.append((text[start:], ink[start]))
    return tuple(found)


def width_of(row: Iterable[Chunk]) -> int:
    """The cells of a row."""
    return sum(cell_len(text) for text, _ in row)


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


def _fenced(text: str) -> list[tuple[int, int]]:
    """Where fenced code is, fences included; an open fence goes on to the end."""
    found: list[tuple[int, int]] = []
    begin: re.Match[str] | None = None
    for match in _FENCE.finditer(text):
        if begin is None:
            begin = match
        elif match[1][0] == begin[1][0] and len(match[1]) >= len(begin[1]):
            found.append((begin.start(), match.end()))
            begin = None
    if begin is not None:
        found.append((begin.start(), len(text)))
    return found


def _prose(text: str, start: int, stop: int, ink: Ink) -> None:
    for match in _LINE.finditer(text, start, stop):
        kind = str(match.lastgroup)
        what = {"heading": HEADING, "bullet": ACCENT, "quote": ITALIC, "rule": QUIET}[kind]
        lay(ink, match.start(), match.end(), what)
    for match in _INLINE.finditer(text, start, stop):
        i, j = match.span()
        if match["code"]:
            lay(ink, i, j, CODE)
            lay(ink, i, i + 1, QUIET)
            lay(ink, j - 1, j, QUIET)
        elif match["bold"]:
            lay(ink, i + 2, j - 2, BOLD)
            lay(ink, i, i + 2, QUIET)
            lay(ink, j - 2, j, QUIET)
        elif match["italic"]:
            lay(ink, i, j, ITALIC)
        else:
            lay(ink, i, j, LINK)


def _wrap_line(line: str, ink: Sequence[int], width: int, code: bool) -> list[Row]:
    if "\t" in line:
        line, ink = _untabbed(line, ink)
    if len(line) <= width and cell_len(line) <= width:
        return [chunks(line, ink)]
    hang = 0 if code else min(cell_len(_HANG.match(line)[0]), width // 3)  # type: ignore[index]
    rows: list[Row] = []
    for number, (i, j) in enumerate(_breaks(line, width, hang, code)):
        row = chunks(line[i:j], ink[i:j])
        rows.append((((" " * hang), PLAIN), *row) if number and hang else row)
    return rows


def _breaks(line: str, width: int, hang: int, code: bool) -> list[tuple[int, int]]:
    """Where to cut a line, as (start, stop) of each row; blanks at a cut fall away."""
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
    return cell_len(text[-1]) > 1 or text[-1] in _NOT_FIRST


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
