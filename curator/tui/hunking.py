"""The two answers piece by piece: what is chosen so far, and the answer that comes of it."""

from curator.review.hunks import Choices
from curator.tui.ink import (
    ACCENT,
    BAD,
    BOLD,
    GOOD,
    LIT,
    NEW,
    OLD,
    QUIET,
    STRUCK,
    WARN,
    Ink,
    Row,
    lay,
    plain,
    wrap,
)
from curator.tui.markup import markdown
from curator.tui.sides import SHOWN, Look, shown

MARKS = {True: ("✓", GOOD), False: ("✗", BAD), None: ("?", WARN)}


def changes(choices: Choices, width: int, look: Look) -> tuple[list[Row], int]:
    """All pieces in order, each choice behind its number and mark, and the row of the present
    one."""
    text, ink, marks = "", plain(""), 0
    for at, piece in enumerate(choices.pieces):
        if not piece.changed:
            part, inked = _inked(piece.old)
        else:
            marks += 1
            sign, colour = MARKS[piece.taken]
            here = at == choices.at
            mark = f"{'▶' if here else ' '}{marks}{sign} "
            dark = (STRUCK | QUIET, 0) if piece.taken else (0, STRUCK | QUIET)
            old, new = _inked(piece.old, OLD), _inked(piece.new, NEW)
            if piece.taken is not None:
                old, new = _inked(piece.old, dark[0]), _inked(piece.new, dark[1])
            part = mark + old[0] + _gap(piece.old) + new[0]
            inked = plain(mark, colour | BOLD | (LIT if here else 0)) + old[1]
            inked = inked + plain(_gap(piece.old), QUIET) + new[1]
        text, ink = text + part, ink + inked
        if len(text) > SHOWN:
            text, ink = text + "\n…", ink + plain("\n…", WARN)
            break
    rows = wrap(text, ink, width, *look)
    present = (at for at, row in enumerate(rows) if any(what & LIT for _, what in row))
    return rows, next(present, 0)


def result(choices: Choices, width: int, look: Look) -> tuple[list[Row], int]:
    """The answer as it would be if the rest were taken, what is still open lit, and the row where
    the present piece begins."""
    text, ink = shown(choices.text(rest=True))[0], plain("")
    ink = markdown(text)
    start = here = 0
    for at, piece in enumerate(choices.pieces):
        size = len(shown(piece.old if piece.taken is False else piece.new)[0])
        stop = min(start + size, len(ink))
        here = start if at == choices.at else here
        if piece.changed and start < stop:
            lay(ink, start, stop, ACCENT if piece.taken is None else 0)
            lay(ink, start, stop, BOLD if at == choices.at else 0)
        start = stop
    before = wrap(text[:here], ink[:here], width, *look) if here else []
    return wrap(text, ink, width, *look), max(len(before) - 1, 0)


def _inked(text: str, what: int = 0) -> tuple[str, Ink]:
    part, _ = shown(text)
    ink = markdown(part)
    lay(ink, 0, len(ink), what)
    return part, ink


def _gap(old: str) -> str:
    """What stands between an old piece and the new one: an old line end stands for itself."""
    return "" if not old or old[-1:].isspace() else " "
