"""The old and the new answer, laid over each other: inks with what changed, row by row."""

from functools import lru_cache
from typing import Literal, NamedTuple

import msgspec

from curator.diff import Hunk, side_by_side, unlike
from curator.tui.ink import (
    ANEW,
    BOLD,
    LEAK,
    NEW,
    OLD,
    PLAIN,
    QUIET,
    SIGN,
    STRUCK,
    UNLIKE,
    WARN,
    Chunk,
    Ink,
    Row,
    lay,
    padded,
    plain,
)
from curator.tui.levels import blocks, painted, written_anew
from curator.tui.markup import markdown
from curator.tui.safe import cut, safe
from curator.tui.wrapping import by_line, wrap

Layout = Literal["side", "stacked", "inline", "new", "old", "all"]


class Look(NamedTuple):
    """How texts are wrapped: with their blanks seen, with the signs of Markdown."""

    blanks: bool = False
    raw: bool = False


#: So many characters of an answer are laid out; the rest is counted, and read in an editor.
SHOWN = 60_000
#: So many characters of a turn of the chat, of a criticism, of a note.
TURN_SHOWN = 12_000
#: A line longer than this is cut: nobody reads it, and terminals stall on it.
LONGEST_LINE = 8_000

GUTTER = 2


class Sides(msgspec.Struct, frozen=True):
    """Both texts as they are shown, the hunks between them, and the ink of each."""

    old: str
    new: str
    old_left_out: int
    new_left_out: int
    hunks: tuple[Hunk, ...]
    old_ink: Ink
    new_ink: Ink
    #: The share of the new text that the old one has not, and of the old that the new one has not.
    unlike: float
    gone: float
    #: Nothing but a word here and there is in both: each is signed, but no word of it is lit.
    anew: bool = False
    #: Where in the new text which letter stands for a reason.
    footnotes: tuple[tuple[int, str], ...] = ()


@lru_cache(12)
def sides(before: str, after: str) -> Sides:
    """The two answers ready to be wrapped at any width. Pure; takes some milliseconds."""
    old, old_left_out = shown(before)
    new, new_left_out = shown(after)
    hunks = side_by_side(old, new)
    old_ink, new_ink = markdown(old), markdown(new)
    anew = bool(old.strip() and new.strip()) and written_anew(hunks)
    i = k = 0
    parts = [("old", old), ("new", new)] if anew else painted(hunks)
    whole = ANEW if anew else PLAIN
    for kind, text in parts:
        # The blank before a word is told apart with it, but lit it would look like an indent;
        # unless what stands before it is lit, too.
        blank = 1 if text[:1] == " " and text.strip() else 0
        if kind == "old":
            first = i if i and old_ink[i - 1] & OLD else i + blank
            lay(old_ink, first, i + len(text), OLD | whole)
        elif kind == "new":
            first = k if k and new_ink[k - 1] & NEW else k + blank
            lay(new_ink, first, k + len(text), NEW | whole)
        i += len(text) if kind != "new" else 0
        k += len(text) if kind != "old" else 0
    kept = sum(len(s.text) for hunk in hunks for s in hunk.spans if s.kind == "same")
    gone = 1 - kept / len(old) if old else 0.0
    shares = unlike(hunks), gone
    return Sides(old, new, old_left_out, new_left_out, hunks, old_ink, new_ink, *shares, anew)


def with_footnotes(both: Sides, places: tuple[tuple[int, int, int], ...]) -> Sides:
    """The same with these places (start, end, number of the reason) of the new text lit, and the
    letter of the reason behind each."""
    if not places:
        return both
    ink = both.new_ink[:]
    marks = []
    for start, stop, number in places:
        lay(ink, min(start, len(ink)), min(stop, len(ink)), LEAK)
        marks.append((min(stop, len(ink)), letter(number)))
    return msgspec.structs.replace(both, new_ink=ink, footnotes=tuple(marks))


def letter(number: int) -> str:
    """The sign of a footnote: a to z, then numbers."""
    return chr(ord("a") + number) if number < 26 else str(number + 1)


def neutral(rows: list[Row]) -> list[Row]:
    """Rows in which differences are lit without a word on which side is new."""
    return [
        tuple(
            ("  ", PLAIN)
            if what & SIGN and text in ("− ", "+ ")
            else (text, _without_side(what) if what & (OLD | NEW) else what)
            for text, what in row
        )
        for row in rows
    ]


def _without_side(what: int) -> int:
    return what & ~(OLD | NEW | ANEW) | (PLAIN if what & ANEW else UNLIKE)


def shown(text: str, limit: int = SHOWN) -> tuple[str, int]:
    """The part of a text that is laid out, made safe, and how many characters are left out."""
    part, left_out = cut(text, limit)
    part = safe(part)
    if len(part) > LONGEST_LINE:
        lines = [cut(line, LONGEST_LINE) for line in part.split("\n")]
        part = "\n".join(
            f"{line} … {more:,} more characters on this line" if more else line
            for line, more in lines
        )
    return part, left_out


def ends(text: str, limit: int) -> tuple[str, int, str]:
    """The parts of a long text that are laid out, made safe, its beginning and its end, and how
    many characters are left out between them: what a question asks often stands behind what it
    quotes. All of a short one is its beginning."""
    head, left_out = shown(text, limit)
    if not left_out:
        return head, 0, ""
    tail = limit // 4
    head, left_out = shown(text, limit - tail)
    return head, left_out - tail, shown(text[-tail:], tail)[0]


def columns(both: Sides, width: int, look: Look) -> tuple[list[Row], list[int]]:
    """Old | new in rows `width` cells wide, and the rows where changes begin."""
    half = (width - 3) // 2
    olds = by_line(both.old, both.old_ink, half - GUTTER, *look)
    news = by_line(*_footnoted(both), half - GUTTER, *look)
    rows: list[Row] = []
    changed: list[bool] = []
    for block in blocks(both.hunks):
        left = _of_block(olds, both.old, block.old)
        right = _of_block(news, both.new, block.new)
        first = len(rows)
        for at in range(max(len(left), len(right))):
            a = left[at] if at < len(left) else ()
            b = right[at] if at < len(right) else ()
            changed.append(_inked(a, OLD) or _inked(b, NEW))
            rows.append(
                (*padded(_signed(a, "−", OLD), half), (" │ ", QUIET), *_signed(b, "+", NEW))
            )
        if block.changed and len(rows) > first and not any(changed[first:]):
            changed[first] = True  # only blanks or an empty line
    return rows, _starts(changed)


def _of_block(lines: list[list[Row]], text: str, span: tuple[int, int]) -> list[Row]:
    """The rows of the lines of a stretch; it begins where a line does."""
    start, stop = span
    if start == stop:
        return []
    first = text.count("\n", 0, start)
    last = first + text.count("\n", start, stop - (text[stop - 1] == "\n"))
    return [row for line in lines[first : last + 1] for row in line]


def stacked(both: Sides, width: int, look: Look, which: str) -> tuple[list[Row], list[int]]:
    """One side alone, changes signed in the gutter, and the rows where changes begin."""
    text, ink = both.old, both.old_ink
    if which == "new":
        text, ink = _footnoted(both)
    sign, what = ("−", OLD) if which == "old" else ("+", NEW)
    rows = [_signed(row, sign, what) for row in wrap(text, ink, width - GUTTER, *look)]
    return rows, _starts([bool(row and row[0][1] & what) for row in rows])


def inline(both: Sides, width: int, look: Look) -> tuple[list[Row], list[int]]:
    """Both in one text: what went is struck through, what came is underlined."""
    text: list[str] = []
    ink: Ink = both.old_ink[:0]
    i = k = 0
    parts = [("old", f"{both.old}\n"), ("new", both.new)] if both.anew else painted(both.hunks)
    for kind, part in parts:
        size = len(part)
        text.append(part)
        if kind == "old":
            ink.extend(what | STRUCK for what in both.old_ink[i : i + size])
            ink.extend(plain(part[len(both.old) - i :]))
        else:
            ink.extend(both.new_ink[k : k + size])
        i += size if kind != "new" else 0
        k += size if kind != "old" else 0
    rows = []
    for row in wrap("".join(text), ink, width - GUTTER, *look):
        has_old = any(what & OLD for _, what in row)
        has_new = any(what & NEW for _, what in row)
        sign = "±" if has_old and has_new else "+" if has_new else "−" if has_old else " "
        rows.append((_sign(sign, NEW if has_new else OLD if has_old else PLAIN), *row))
    return rows, _starts([row[0][0].strip() != "" for row in rows])


def _footnoted(both: Sides) -> tuple[str, Ink]:
    """The new text with the letters of its footnotes put in, and its ink."""
    text, ink = both.new, both.new_ink
    for at, sign in reversed(both.footnotes):
        mark = f"[{sign}]"
        text = text[:at] + mark + text[at:]
        ink = ink[:at] + plain(mark, WARN | BOLD) + ink[at:]
    return text, ink


def _signed(row: Row, sign: str, what: int) -> Row:
    if not row:
        return ()
    return (_sign(sign, what) if _inked(row, what) else ("  ", PLAIN), *row)


def _inked(row: Row, what: int) -> bool:
    return any(ink & what for _, ink in row)


def _sign(sign: str, what: int) -> Chunk:
    return (f"{sign} ", what | SIGN if what else PLAIN)


def _starts(changed: list[bool]) -> list[int]:
    return [at for at, now in enumerate(changed) if now and not (at and changed[at - 1])]
