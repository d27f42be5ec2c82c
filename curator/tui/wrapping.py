"""Text to rows of cells: light Markdown and tables, wrapped. No terminal here.

Markdown is inked in place, so that a diff can be laid over it; its signs are left out when the
text is wrapped, unless it is wanted raw or the sign itself is what changed.
"""

from array import array
from itertools import groupby

from curator.tui import tables
from curator.tui.folding import fold
from curator.tui.ink import BULLET, CLOSES, CODE, FENCE, HIDE, NEW, OLD, QUIET, Ink, Row


def wrap(text: str, ink: Ink, width: int, blanks: bool = False, raw: bool = False) -> list[Row]:
    """The rows of a text at most `width` cells wide; continued list items hang. Signs of Markdown
    are left out and its tables laid out unless it is to be `raw`."""
    return [row for line in by_line(text, ink, width, blanks, raw) for row in line]


def by_line(
    text: str, ink: Ink, width: int, blanks: bool = False, raw: bool = False
) -> list[list[Row]]:
    """The same, the rows of each line of the text by themselves."""
    found: list[list[Row]] = []
    lines: list[tables.Line] = []
    width = max(width, 4)
    start = 0
    for line in text.split("\n"):
        stop = start + len(line)
        code = bool(line) and bool(ink[start] & CODE) and bool(ink[stop - 1] & CODE)
        colour = ink[start:stop]
        if not raw and not blanks:
            line, colour = rendered(line, colour)
        if blanks:
            line = line.replace(" ", "·").replace("\t", "→") + "¶"
            colour.append(QUIET)
        lines.append((line, colour))
        found.append(fold(line, colour, width, code))
        start = stop + 1
    if not raw and not blanks and "|" in text:
        for at, rows in tables.laid(lines, width):
            found[at] = rows
    return found


def rendered(line: str, ink: Ink) -> tuple[str, Ink]:
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
