"""One item as a page of rows: the chat, the two answers, why, and what came later. No terminal."""

from dataclasses import dataclass, replace
from functools import lru_cache

import msgspec

from curator.conversation import Turn
from curator.review import ReviewItem
from curator.text import words
from curator.tui.ink import (
    ACCENT,
    BOLD,
    NEW,
    OLD,
    QUIET,
    RULE,
    WARN,
    Row,
    clipped,
    markdown,
    padded,
    wrap,
)
from curator.tui.notes import notes, rule
from curator.tui.safe import safe_line
from curator.tui.sides import TURN_SHOWN, Layout, columns, inline, shown, sides, stacked

VIEWS: tuple[Layout, ...] = ("side", "inline", "new", "old")
VIEW_NAMES = {"side": "side by side", "inline": "inline", "new": "new only", "old": "old only"}
#: From so many columns on, old and new stand beside each other.
BESIDE = 100
#: From so many columns on, criticism and signals have a column of their own.
MARGIN_FROM = 150
MARGIN = 46
#: Lines longer than this tire the eye.
MEASURE = 116
#: So many turns of the chat around an answer are laid out.
TURNS_SHOWN = 30
ROLES = {"user": ("user", ACCENT), "assistant": ("assistant", QUIET), "system": ("system", QUIET),
         "tool": ("tool", QUIET)}  # fmt: skip


@dataclass(frozen=True)
class View:
    """How the reader wants it: which layout, what is unfolded, whether blanks are seen."""

    layout: Layout = "side"
    later: bool = False
    notes: bool = True
    blanks: bool = False

    def turned(self) -> "View":
        """The next layout."""
        return replace(self, layout=VIEWS[(VIEWS.index(self.layout) + 1) % len(VIEWS)])


class Page(msgspec.Struct, frozen=True):
    """Rows to show. `opens_at` is the row of the question, `answers_at` of the answers' heading,
    `changes` are the rows where changes begin."""

    rows: tuple[Row, ...]
    opens_at: int
    answers_at: int
    changes: tuple[int, ...]
    later_at: int

    def first_row(self, height: int) -> int:
        """The row to scroll to on opening: the question, unless it would push the answers down
        more than a third of the screen."""
        return max(self.opens_at, self.answers_at - max(height // 3, 2), 0)


@lru_cache(64)
def _laid(key: "_Key") -> Page:
    return _page(key.item, key.width, key.view)


@dataclass(frozen=True)
class _Key:
    rewrite_id: str
    state: tuple[object, ...]
    width: int
    view: View
    item: ReviewItem

    def __hash__(self) -> int:
        return hash((self.rewrite_id, self.width, self.view))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and (
            (self.rewrite_id, self.state, self.width, self.view)
            == (other.rewrite_id, other.state, other.width, other.view)
        )


def page(item: ReviewItem, width: int, view: View) -> Page:
    """The page of an item, kept for the next time. Pure; some milliseconds, more for long texts:
    lay out the neighbours ahead, off the screen's thread."""
    state = (item.verdict, item.flagged, item.settled_as, repr(item.marks), item.draft is None)
    return _laid(_Key(item.rewrite_id, state, width, view, item))


def _page(item: ReviewItem, width: int, view: View) -> Page:
    margin = MARGIN if width >= MARGIN_FROM and view.notes else 0
    main = width - margin - (3 if margin else 0)
    rows, opens_at = _context(item, min(main, MEASURE))
    answers_at = len(rows)
    rows.append(rule(_heading(item), main))
    answers, changes = _answers(item, main, view)
    first = len(rows)
    changes = [first + at for at in changes]
    rows += answers
    said = notes(item, margin or min(main, MEASURE), view.notes)
    if margin:
        rows = _beside(rows, said, answers_at, main)
    else:
        rows += [(), *said]
    rows.append(())
    later_at = len(rows)
    rows += _later(item, min(main, MEASURE), view)
    return Page(tuple(rows), opens_at, answers_at, tuple(changes), later_at)


def _context(item: ReviewItem, width: int) -> tuple[list[Row], int]:
    """The chat up to the answer, and the row where the last turn before it begins."""
    rows: list[Row] = []
    turns = list(enumerate(item.context))
    hidden = len(turns) - TURNS_SHOWN
    if hidden > 0:
        rows.append(((f"  … {hidden} earlier turns are not shown", QUIET),))
        turns = turns[hidden:]
    opens_at = 0
    for index, turn in turns:
        opens_at = len(rows)
        rows += _turn(index, turn, width, last=index == item.turn_index - 1)
        rows.append(())
    return rows, opens_at


def _turn(index: int, turn: Turn, width: int, last: bool = False, note: str = "") -> list[Row]:
    name, colour = ROLES[turn.role]
    bar = ("▌ " if last else "▏ ", ACCENT if last else QUIET)
    label = f"{index + 1} {name}" + (f" · {note}" if note else "")
    rows: list[Row] = [(bar, (label, (colour | BOLD) if last else colour))]
    text, left_out = shown(turn.content, TURN_SHOWN)
    rows += [(bar, *row) for row in wrap(text, markdown(text), width - 2)]
    if left_out:
        rows.append((bar, (f"… {left_out:,} more characters", QUIET)))
    if turn.extra:
        said = ", ".join(safe_line(str(name)) for name in turn.extra)
        rows.append((bar, (clipped(f"also here: {said}", width - 2), QUIET)))
    return rows


def _heading(item: ReviewItem) -> str:
    state = {"accept": "accepted", "reject": "rejected", "edit": "edited", "skip": "skipped"}
    said = f"turn {item.turn_index + 1} of {len(item.conversation.turns)}"
    if item.verdict:
        said += f" · {state.get(item.verdict, item.verdict)} before"
    if item.flagged:
        said += " · ⚑ flagged"
    if item.draft is not None:
        said += " · ✎ draft (e)"
    return said


def _answers(item: ReviewItem, width: int, view: View) -> tuple[list[Row], list[int]]:
    if item.settled_as is not None and item.verdict == "edit":
        return _answers_of(item.before, item.settled_as, "EDITED", width, view)
    return _answers_of(item.before, item.after, "NEW", width, view)


def _answers_of(
    before: str, after: str, called: str, width: int, view: View
) -> tuple[list[Row], list[int]]:
    both = sides(before, after)
    old_title = f"− OLD · {_size(before)}"
    new_title = f"+ {called} · {_size(after)} · {_news(both.unlike)}"
    rows: list[Row] = []
    layout: Layout = view.layout
    if layout == "side" and width < BESIDE:
        layout = "stacked"
    if layout == "side":
        half = (width - 3) // 2
        rows.append(_titles(old_title, new_title, half))
        body, changes = columns(both, width, view.blanks)
        rows += body
        changes = [at + 1 for at in changes]
    elif layout == "inline":
        rows.append(
            ((clipped(f"± BOTH · {_news(both.unlike)} · − struck + underlined", width), BOLD),)
        )
        body, changes = inline(both, min(width, MEASURE), view.blanks)
        rows += body
        changes = [at + 1 for at in changes]
    else:
        changes = []
        for which, title, colour in (("old", old_title, OLD), ("new", new_title, NEW)):
            if layout in ("stacked", which):
                rows += [()] if rows else []
                rows.append(_title(title, colour, width))
                body, found = stacked(both, min(width, MEASURE), view.blanks, which)
                changes += (
                    [len(rows) + at for at in found] if which == layout or which == "new" else []
                )
                rows += body
    for name, left_out in (("old", both.old_left_out), ("new", both.new_left_out)):
        if left_out:
            rows.append(((f"  … {left_out:,} more characters of the {name} answer", WARN),))
    return rows, changes


def _title(text: str, colour: int, width: int) -> Row:
    return ((clipped(text, width), colour | BOLD | RULE),)


def _titles(old: str, new: str, half: int) -> Row:
    left = _title(old, OLD, half)
    return (*padded(left, half), (" │ ", QUIET), *_title(new, NEW, half))


def _size(text: str) -> str:
    if len(text) > 200_000:
        return f"{len(text):,} characters"
    count = len(words(text))
    return f"{count:,} word{'' if count == 1 else 's'}"


def _news(share: float) -> str:
    return "the same" if share == 0 else f"{share:.0%} new" if share >= 0.01 else "under 1% new"


def _later(item: ReviewItem, width: int, view: View) -> list[Row]:
    """The turns that followed, folded unless asked for: they are what the old answer could not
    know, and what the reflector read."""
    count = len(item.later)
    if not count:
        return [(("no later turns", QUIET),)]
    turns = f"{count} later turn{'' if count == 1 else 's'}"
    if not view.later:
        return [((clipped(f"▸ {turns} the old answer could not know (v shows)", width), QUIET),)]
    rows: list[Row] = [rule(f"{turns} (v folds)", width)]
    for index, turn in enumerate(item.later[:TURNS_SHOWN], item.turn_index + 1):
        told = [
            word
            for word, indices in (
                ("read by the reflector", item.rewrite.shown),
                ("cut for it", item.rewrite.trimmed),
                ("evidence", item.rewrite.evidence),
            )
            if index in indices
        ]
        rows += [*_turn(index, turn, width, note=", ".join(told)), ()]
    if count > TURNS_SHOWN:
        rows.append(((f"  … {count - TURNS_SHOWN} more turns are not shown", QUIET),))
    return rows


def _beside(rows: list[Row], notes: list[Row], start: int, width: int) -> list[Row]:
    """The notes as a column to the right, from the answers' heading down."""
    rows = rows + [()] * max(0, start + len(notes) - len(rows))
    joined = list(rows[:start])
    for at, row in enumerate(rows[start:]):
        note = notes[at] if at < len(notes) else ()
        joined.append((*padded(row, width), (" │ ", QUIET), *note))
    return joined
