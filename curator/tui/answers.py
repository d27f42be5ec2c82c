"""The answers of an item as rows: old and new, blind, piece by piece, or all proposals at once."""

from dataclasses import dataclass, replace
from itertools import zip_longest

import msgspec

from curator.review import ReviewItem
from curator.review.hunks import Choices
from curator.text import words
from curator.tui import hunking
from curator.tui.footnotes import places
from curator.tui.ink import ACCENT, BOLD, NEW, OLD, QUIET, RULE, WARN, Row, clipped, padded
from curator.tui.keys import PLAIN_HINTS, Hints, aside
from curator.tui.safe import safe_line
from curator.tui.sides import (
    Layout,
    Look,
    Sides,
    columns,
    inline,
    neutral,
    sides,
    stacked,
    with_footnotes,
)
from curator.wording import several

VIEWS: tuple[Layout, ...] = ("side", "inline", "new", "old")
VIEW_NAMES = {
    "side": "side by side", "inline": "inline", "new": "new only", "old": "old only",
    "all": "all proposals for this turn",
}  # fmt: skip
#: From so many columns on, old and new stand beside each other: those of a terminal of 100, whose
#: last is the scroll bar's.
BESIDE = 99
#: Lines longer than this tire the eye.
MEASURE = 116
#: The least width of a column where all proposals stand beside each other.
COLUMN = 34


@dataclass(frozen=True)
class View:
    """How the reader wants it: which layout, what is unfolded, whether blanks and the signs of
    Markdown are seen, whether it is judged blind, and which pieces are chosen."""

    layout: Layout = "side"
    later: bool = False
    notes: bool = True
    blanks: bool = False
    raw: bool = False
    blind: bool = False
    hunks: Choices | None = None
    #: Without the leaks: nobody has looked for them yet.
    hasty: bool = False
    #: What the keys are called that the page tells of.
    hints: Hints = PLAIN_HINTS

    @property
    def look(self) -> Look:
        """How texts are wrapped."""
        return Look(self.blanks, self.raw)

    def turned(self, several: bool = False) -> "View":
        """The next layout; the one of all proposals only where there are several."""
        views = (*VIEWS, "all") if several else VIEWS
        at = views.index(self.layout) if self.layout in views else -1
        return replace(self, layout=views[(at + 1) % len(views)])


class Panes(msgspec.Struct, frozen=True):
    """Two texts for a small screen, each with a title of its own and rows that scroll.
    `at` is the row of the first (or present) change in each."""

    left_title: Row
    left: tuple[Row, ...]
    right_title: Row
    right: tuple[Row, ...]
    changes: tuple[int, ...] = ()
    at: tuple[int, int] = (0, 0)


class Answers(msgspec.Struct, frozen=True):
    """The rows of the answers, the rows among them where changes begin, and the same as two panes
    where they stand above each other."""

    rows: list[Row]
    changes: list[int]
    panes: Panes | None = None


def answers(item: ReviewItem, width: int, view: View) -> Answers:
    """The answers as the view wants them."""
    if view.hunks is not None:
        return _by_hunks(view.hunks, width, view)
    if view.blind:
        return _blind(item, width, view)
    if view.layout == "all":
        return _all(item, width, view)
    if item.settled_as is not None and item.verdict == "edit":
        return _old_and_new(item, item.settled_as, "EDITED", width, view)
    return _old_and_new(item, item.after, _called(item, view.hints), width, view)


def _called(item: ReviewItem, keys: Hints) -> str:
    ids = [n.rewrite_id for n in item.candidates]
    if len(ids) < 2 or item.rewrite_id not in ids:
        return "NEW"
    return f"NEW {ids.index(item.rewrite_id) + 1} of {len(ids)}{aside(keys.last, keys.next)}"


def _old_and_new(item: ReviewItem, after: str, called: str, width: int, view: View) -> Answers:
    both = sides(item.before, after)
    if after == item.after and not view.hasty:
        both = with_footnotes(both, places(item))
    old_title = f"− OLD · {size(item.before)} · {_gone(both.gone)}"
    news = _news(both)
    new_title = f"+ {called} · {size(after)} · {news}" + " · written anew" * both.anew
    look, narrow = view.look, min(width, MEASURE)
    cut_old, cut_new = _cut(both, ("old", "new"), width, view)
    cuts = [*cut_old, *cut_new]
    if view.layout == "side" and width >= BESIDE:
        body, changes = columns(both, width, look)
        room = half(width)
        new_title += "" if both.anew else _counted(changes, bool(cuts))
        title = _titles(_title(old_title, OLD, room), _title(new_title, NEW, room), width)
        return Answers([title, *body, *cuts], [at + 1 for at in changes])
    if view.layout == "inline":
        title = ((clipped(f"± BOTH · {news} · − struck + underlined", width), BOLD),)
        body, changes = inline(both, narrow, look)
        return Answers([title, *body, *cuts], [at + 1 for at in changes])
    old, in_old = stacked(both, narrow, look, "old")
    new, in_new = stacked(both, narrow, look, "new")
    if view.layout in ("old", "new"):
        one = view.layout == "old"
        title = _title(old_title if one else new_title, OLD if one else NEW, width)
        body, changes = (old, in_old) if one else (new, in_new)
        return Answers([title, *body, *cuts], [at + 1 for at in changes])
    left, right = _title(old_title, OLD, width), _title(new_title, NEW, width)
    panes = Panes(left, (*old, *cut_old), right, (*new, *cut_new), tuple(in_new))
    return _above(panes)


def _above(panes: Panes) -> Answers:
    """The panes as one page, one above the other."""
    rows = [panes.left_title, *panes.left, (), panes.right_title]
    changes = [len(rows) + at for at in panes.changes]
    return Answers([*rows, *panes.right], changes, panes)


def _blind(item: ReviewItem, width: int, view: View) -> Answers:
    """The two answers as left and right; nothing says which is new."""
    texts = (item.after, item.before) if item.new_left else (item.before, item.after)
    both = sides(*texts)
    look = view.look
    cut_left, cut_right = _cut(both, ("left", "right"), width, view)
    if width >= BESIDE:
        body, changes = columns(both, width, look)
        body = [*neutral(body), *cut_left, *cut_right]
        left, right = (_title(name, ACCENT, half(width)) for name in ("1 LEFT", "2 RIGHT"))
        title = _titles(left, right, width)
        return Answers([title, *body], [at + 1 for at in changes])
    one, _ = stacked(both, width, look, "old")
    other, changes = stacked(both, width, look, "new")
    panes = Panes(
        _title("1 LEFT", ACCENT, width), (*neutral(one), *cut_left),
        _title("2 RIGHT", ACCENT, width), (*neutral(other), *cut_right), tuple(changes),
    )  # fmt: skip
    return _above(panes)


def _by_hunks(choices: Choices, width: int, view: View) -> Answers:
    """What is chosen so far, and the answer that comes of it."""
    beside = width >= BESIDE
    room = half(width) if beside else width
    left, at = hunking.changes(choices, room, view.look)
    right, there = hunking.result(choices, room, view.look)
    of = len(choices.places)
    judged = f"± CHANGES · {of - choices.left} of {of} judged"
    came = f"= RESULT · {choices.taken} taken, {choices.refused} refused, {choices.left} open"
    titles = _title(judged, OLD, room), _title(came, NEW, room)
    if not beside:
        return _above(Panes(titles[0], tuple(left), titles[1], tuple(right), (there,), (at, there)))
    rows: list[Row] = [
        (*padded(a, room), (" │ ", QUIET), *b) for a, b in zip_longest(left, right, fillvalue=())
    ]
    return Answers([_titles(*titles, width), *rows], [at + 1])


def _all(item: ReviewItem, width: int, view: View) -> Answers:
    """The old answer and every proposal for the turn, in columns where there is room."""
    several = item.candidates
    count = len(several) + 1
    column = (width - 3 * (count - 1)) // count
    beside = column >= COLUMN
    room = column if beside else min(width, MEASURE)
    both = sides(item.before, item.after)
    rows = stacked(both, room, view.look, "old")[0]
    cut_old, _ = _cut(both, ("", ""), room, view)
    texts = [[_title(f"− OLD · {size(item.before)}", OLD, room), *rows, *cut_old]]
    for number, one in enumerate(several, 1):
        here = "▶ " if one.rewrite_id == item.rewrite_id else ""
        said = f" · {one.verdict}" if one.verdict else ""
        told = f" · {safe_line(one.advice)}" if one.advice else ""
        title = f"+ {here}{number} · {size(one.content)}{said} · {safe_line(one.model)}{told}"
        both = sides(item.before, one.content)
        body = stacked(both, room, view.look, "new")[0]
        _, cut_new = _cut(both, ("", ""), room, view)
        texts.append([_title(title, NEW, room), *body, *cut_new])
    if not beside:
        return Answers([row for text in texts for row in (*text, ())], [])
    found: list[Row] = []
    for level in zip_longest(*texts, fillvalue=()):
        row: Row = ()
        for at, part in enumerate(level):
            row = (*row, *((" │ ", QUIET),) * (at > 0), *padded(part, room))
        found.append(row)
    return Answers(found, [])


def half(width: int) -> int:
    """The width of one of two columns."""
    return (width - 3) // 2


def _title(text: str, colour: int, width: int) -> Row:
    return ((clipped(text, width), colour | BOLD | (RULE if colour & (OLD | NEW) else 0)),)


def _titles(left: Row, right: Row, width: int) -> Row:
    return (*padded(left, half(width)), (" │ ", QUIET), *right)


def size(text: str) -> str:
    """How long a text is, in words."""
    if len(text) > 200_000:
        return f"{len(text):,} characters"
    count = len(words(text))
    return several(count, "word")


def _gone(share: float) -> str:
    return "all kept" if share == 0 else f"{share:.0%} gone" if share >= 0.01 else "under 1% gone"


def _news(both: Sides) -> str:
    if both.unlike == 0:
        cut = both.old_left_out or both.new_left_out
        return "nothing new" if both.gone else "the same as far as shown" if cut else "the same"
    return f"{both.unlike:.0%} new" if both.unlike >= 0.01 else "under 1% new"


def _counted(changes: list[int], cut: bool) -> str:
    """In how many places the two differ."""
    so_far = " shown" if cut else ""
    return f" · {several(len(changes), 'change')}{so_far}" if changes else ""


def _cut(
    both: Sides, names: tuple[str, str], width: int, view: View
) -> tuple[list[Row], list[Row]]:
    """What is not laid out of either side, and the key that goes through it: a row, or none."""
    keys = view.hints
    ways = "" if view.blind else aside(" ".join(k for k in (keys.take, keys.editor) if k))
    found: tuple[list[Row], list[Row]] = ([], [])
    left_out = both.old_left_out, both.new_left_out
    for rows, name, more in zip(found, names, left_out, strict=True):
        if more:
            whose = f" of the {name} answer" if name else ""
            told = f"  … {more:,} more characters{whose}{ways}"
            rows.append(((clipped(told, width), WARN),))
    return found
