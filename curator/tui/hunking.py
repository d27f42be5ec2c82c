"""The two answers piece by piece: what is chosen so far, and the answer that comes of it."""

from curator.review.hunks import Choices, Piece
from curator.tui.ink import (
    ACCENT,
    BAD,
    BOLD,
    GOOD,
    LIT,
    NEW,
    OLD,
    PLAIN,
    QUIET,
    SIGN,
    STRUCK,
    WARN,
    Row,
    lay,
    wrap,
)
from curator.tui.markup import markdown
from curator.tui.sides import SHOWN, Look, shown

#: Whether a piece was taken: its sign, the sign's ink, the inks of its old and its new text.
MARKS = {
    True: ("✓", GOOD, STRUCK | QUIET, NEW),
    False: ("✗", BAD, OLD, STRUCK | QUIET),
    None: ("?", WARN, OLD, NEW),
}
#: Cells of the number and the mark of a piece; rows of unchanged text between two pieces.
MARGIN, BETWEEN = 7, 3


def changes(choices: Choices, width: int, look: Look) -> tuple[list[Row], int]:
    """All pieces in order, the old above the new, each behind its number and mark, and the row of
    the present one; unchanged text between them in short."""
    rows: list[Row] = []
    here = number = size = 0
    for at, piece in enumerate(choices.pieces):
        size += len(piece.old) + len(piece.new)
        if size > SHOWN:
            return [*rows, (("  …", WARN),)], here
        if not piece.changed:
            rows += _between(piece.old, width, look)
            continue
        number += 1
        if at == choices.at:
            here = len(rows)
        rows += _piece(piece, number, at == choices.at, width, look)
    return rows, here


def _piece(piece: Piece, number: int, here: bool, width: int, look: Look) -> list[Row]:
    sign, colour, old, new = MARKS[piece.taken]
    mark = f"{'▶' if here else ' '}{number}{sign}"
    rows: list[Row] = []
    for text, what, which in ((piece.old, old, "−"), (piece.new, new, "+")):
        gutter = (f"{which} ", (OLD if which == "−" else NEW) | SIGN)
        for row in _wrapped(text, what, width - MARGIN - 2, look):
            said = (f"{mark:<{MARGIN}}", colour | BOLD | (LIT if here else 0))
            start = said if not rows else (" " * MARGIN, PLAIN)
            rows.append((start, gutter, *row))
    return rows


def _between(text: str, width: int, look: Look) -> list[Row]:
    rows: list[Row] = [
        ((" " * MARGIN, PLAIN), *row) for row in _wrapped(text, QUIET, width - MARGIN, look)
    ]
    if len(rows) <= BETWEEN:
        return rows
    return [rows[0], ((" " * MARGIN, PLAIN), ("…", QUIET)), rows[-1]]


def _wrapped(text: str, what: int, width: int, look: Look) -> list[Row]:
    """The rows of a piece without the blanks around it."""
    part = shown(text)[0].strip("\n")
    if not part.strip():
        return []
    ink = markdown(part)
    lay(ink, 0, len(ink), what)
    return wrap(part, ink, max(width, 10), *look)


def result(choices: Choices, width: int, look: Look) -> tuple[list[Row], int]:
    """The answer as it would be if the rest were taken, what is still open lit, and the row where
    the present piece begins."""
    text, _ = shown(choices.text(rest=True))
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
