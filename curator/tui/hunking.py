"""The two answers piece by piece: what is chosen so far, and the answer that comes of it."""

from typing import NamedTuple

from curator.review.hunks import Choices, Piece
from curator.review.sentences import fenced_after
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
)
from curator.tui.markup import markdown
from curator.tui.sides import SHOWN, Look, shown
from curator.tui.wrapping import wrap

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
    starts = Start(), Start()
    for at, piece in enumerate(choices.pieces):
        size += len(piece.old) + len(piece.new)
        if size > SHOWN:
            return [*rows, (("  …", WARN),)], here
        if not piece.changed:
            rows += _between(piece.old, starts[0], width, look)
        else:
            number += 1
            here = len(rows) if at == choices.at else here
            rows += _piece(
                piece, starts, f"{'▶' if at == choices.at else ' '}{number}", width, look
            )
        starts = starts[0].behind(piece.old), starts[1].behind(piece.new)
    return rows, here


class Start(NamedTuple):
    """What a piece begins in: the sign of an open block of code, or amid a line."""

    fence: str = ""
    amid: bool = False

    def behind(self, text: str) -> "Start":
        """What the next piece begins in."""
        amid = not text.endswith("\n") if text else self.amid
        return Start(fenced_after(text, self.fence), amid)


def _piece(
    piece: Piece, starts: tuple[Start, Start], name: str, width: int, look: Look
) -> list[Row]:
    sign, colour, old, new = MARKS[piece.taken]
    rows: list[Row] = []
    for text, start, what, which in (
        (piece.old, starts[0], old, "−"), (piece.new, starts[1], new, "+"),
    ):  # fmt: skip
        gutter = (f"{which} ", (OLD if which == "−" else NEW) | SIGN)
        for row in _wrapped(text, start, what, width - MARGIN - 2, look):
            lit = LIT if name[0] == "▶" else 0
            said = (f"{name + sign:<{MARGIN}}", colour | BOLD | lit)
            rows.append((said if not rows else (" " * MARGIN, PLAIN), gutter, *row))
    return rows


def _between(text: str, start: Start, width: int, look: Look) -> list[Row]:
    rows: list[Row] = [
        ((" " * (MARGIN + 2), PLAIN), *row)
        for row in _wrapped(text, start, QUIET, width - MARGIN - 2, look)
    ]
    if len(rows) <= BETWEEN:
        return rows
    return [rows[0], ((" " * (MARGIN + 2), PLAIN), ("…", QUIET)), rows[-1]]


def _wrapped(text: str, start: Start, what: int, width: int, look: Look) -> list[Row]:
    """The rows of a piece without the blanks around it."""
    part = shown(text)[0].strip("\n")
    part = part.lstrip(" ") if start.amid else part
    if not part.strip():
        return []
    before = f"{start.fence}\n" if start.fence else ""
    ink = markdown(before + part)[len(before) :]
    lay(ink, 0, len(ink), what)
    return wrap(part, ink, max(width, 10), *look)


def result(choices: Choices, width: int, look: Look) -> tuple[list[Row], int]:
    """The answer as it would be if the rest were taken, what is still open lit, and the row where
    the present piece begins."""
    text, left_out = shown(choices.text(rest=True))
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
    rows = wrap(text, ink, width, *look)
    if left_out:
        rows.append(((f"… {left_out:,} more characters", WARN),))
    return rows, max(len(before) - 1, 0)
