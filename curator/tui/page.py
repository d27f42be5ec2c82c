"""One item as a page of rows: the chat, the two answers, why, and what came later. No terminal."""

from dataclasses import dataclass
from functools import lru_cache

import msgspec

from curator.conversation import Turn
from curator.review import ReviewItem
from curator.tui.answers import MEASURE, Panes, View, answers
from curator.tui.ink import (
    ACCENT,
    BOLD,
    FENCE,
    HIDE,
    QUIET,
    RULE,
    Row,
    clipped,
    padded,
    plain,
    width_of,
)
from curator.tui.keys import aside
from curator.tui.markup import markdown
from curator.tui.notes import notes, rule
from curator.tui.riders import riders
from curator.tui.safe import safe_line
from curator.tui.sides import TURN_SHOWN, ends
from curator.tui.wrapping import wrap
from curator.wording import several

#: From so many columns on, criticism and signals have a column of their own.
MARGIN_FROM = 150
MARGIN = 46
#: So many turns of the chat around an answer are laid out.
TURNS_SHOWN = 30
#: Answers of more rows than this tell the criticism in their heading, too.
LONG = 18
ROLES = {"user": ("user", ACCENT), "assistant": ("assistant", QUIET), "system": ("system", QUIET),
         "tool": ("tool", QUIET)}  # fmt: skip


class Page(msgspec.Struct, frozen=True):
    """Rows to show. `opens_at` is the row of the question, `answers_at` of the answers' heading,
    `changes` are the rows where changes begin. Where the answers stand above each other, `panes`
    are the answers alone and `around` is the page without them."""

    rows: tuple[Row, ...]
    opens_at: int
    answers_at: int
    changes: tuple[int, ...]
    later_at: int
    answers_end: int = 0
    panes: Panes | None = None
    around: "Page | None" = None

    def fits(self, height: int) -> bool:
        """Whether the question and both answers can be in sight at once."""
        return self.answers_end - self.first_row(height) <= height

    def first_row(self, height: int) -> int:
        """The row to scroll to on opening: the question, unless it would push the answers down
        more than a third of the screen."""
        return max(self.opens_at, self.answers_at - max(height // 3, 2), 0)


@lru_cache(24)
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
    state = (
        item.verdict, item.flagged, item.settled_as, repr(item.marks), item.draft is None,
        tuple((n.rewrite_id, n.verdict, n.seq) for n in item.neighbours),
    )  # fmt: skip
    return _laid(_Key(item.rewrite_id, state, width, view, item))


def _page(item: ReviewItem, width: int, view: View) -> Page:
    margin = MARGIN if width >= MARGIN_FROM and view.notes and view.layout != "all" else 0
    main = width - margin - (3 if margin else 0)
    narrow = min(main, MEASURE)
    context, opens_at = _context(item, narrow, view)
    found = answers(item, main, view)
    told = _heading(item, view)
    if view.notes and not view.blind and not margin and len(found.rows) > LONG:
        told += _in_short(item)
    heading = rule(told, main)
    said = _notes(item, margin or narrow, view)
    later = _later(item, narrow, view)
    if not margin:  # the rules end where that of the answers does
        said, later = ([_to_edge(row, main) for row in rows] for rows in (said, later))
    at = len(context)
    rows = [*context, heading, *found.rows]
    if margin:
        rows = _beside(rows, said, at, main)
    else:
        rows += [(), *said]
    return Page(
        rows=(*rows, (), *later),
        opens_at=opens_at,
        answers_at=at,
        changes=tuple(at + 1 + change for change in found.changes),
        later_at=len(rows) + 1,
        answers_end=at + 1 + len(found.rows),
        panes=_titled(found.panes, _heading(item, view), main),
        around=Page(
            (*context, *said, (), *later), opens_at, at, (), at + len(said) + 1
        ) if found.panes else None,
    )  # fmt: skip


def _to_edge(row: Row, width: int) -> Row:
    """A rule drawn to the edge of the page; any other row as it is."""
    if not row or row[0] != ("── ", RULE):
        return row
    return (*row, ("─" * max(width - width_of(row), 0), RULE))


def _titled(panes: Panes | None, heading: str, width: int) -> Panes | None:
    """The panes, what the heading of a page would say beside the title of the first."""
    if panes is None:
        return None
    heading += " · Tab: chat, criticism"
    room = width - width_of(panes.left_title) - 3
    said = ((f"   {clipped(heading, room)}", QUIET | BOLD),) if room > 8 else ()
    return msgspec.structs.replace(panes, left_title=(*panes.left_title, *said))


def _notes(item: ReviewItem, width: int, view: View) -> list[Row]:
    if view.blind:
        ends = aside(view.hints.blind, "ends it")
        text = f"criticism, signals and models are hidden while you judge blind{ends}"
        return wrap(text, plain(text, QUIET), width)
    return notes(item, width, view)


def _context(item: ReviewItem, width: int, view: View) -> tuple[list[Row], int]:
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
        note = "changed by a verdict" if index in item.replaced else ""
        text = item.replaced.get(index, turn.content)
        turn = msgspec.structs.replace(turn, content=text)
        rows += _turn(index, turn, width, view, note)
        if index == item.turn_index - 1:
            rows[opens_at:] = [_lit(row) for row in rows[opens_at:]]
        rows.append(())
    return rows, opens_at


def _turn(index: int, turn: Turn, width: int, view: View, note: str = "") -> list[Row]:
    name, colour = ROLES[turn.role]
    bar = ("▏ ", QUIET)
    label = f"{index + 1} {name}" + (f" · {note}" if note else "")
    rows: list[Row] = [(bar, (clipped(label, width - 2), colour))]
    head, left_out, tail = ends(turn.content, TURN_SHOWN)
    if head or not turn.extra:
        rows += [(bar, *row) for row in wrap(head, markdown(head), width - 2, *view.look)]
    if left_out:
        rows.append(
            (bar, (clipped(f"… {left_out:,} characters are left out here …", width), QUIET))
        )
        rows += [(bar, *row) for row in wrap(tail, markdown(tail), width - 2, *view.look)]
    rows += [(bar, *row) for row in riders(turn.extra, width - 2)]
    return rows


def _lit(row: Row) -> Row:
    """A row of the question: its bar is broad."""
    return (("▌ ", ACCENT), *row[1:])


def _heading(item: ReviewItem, view: View) -> str:
    state = {"accept": "accepted", "reject": "rejected", "edit": "edited", "skip": "skipped"}
    said = f"turn {item.turn_index + 1} of {len(item.conversation.turns)}"
    if view.blind:
        return f"{said} · blind: which is better?"
    if item.verdict:
        said += f" · {state.get(item.verdict, item.verdict)} before"
    if item.flagged:
        said += " · ⚑ flagged"
    if item.stale:
        said += f" · ⚠ stale: turn {min(item.replaced) + 1} was changed"
    if warnings := [s.name.replace("_", " ") for s in item.signals if s.flagged]:
        said += f" · ! {', '.join(warnings)}"
    if item.draft is not None:
        said += f" · ✎ draft{aside(view.hints.edit)}"
    return safe_line(said)


def _in_short(item: ReviewItem) -> str:
    """The criticism in one line: long answers push the whole of it off the screen."""
    part = item.rewrite.criticism[:1000]
    # The signs of Markdown are not in the way of what it says: here nothing else draws them.
    said = "".join(
        sign for sign, ink in zip(part, markdown(part), strict=True) if not ink & (HIDE | FENCE)
    )
    said = " ".join(safe_line(said).replace("␊", " ").split())
    return f" · why: {said}" if said else ""


def _later(item: ReviewItem, width: int, view: View) -> list[Row]:
    """The turns that followed, folded unless asked for: they are what the old answer could not
    know, and what the reflector read."""
    count = len(item.later)
    if not count:
        return [(("no later turns", QUIET),)]
    turns = several(count, "later turn")
    if not view.later:
        said = f"▸ {turns} the old answer could not know{aside(view.hints.later, 'shows')}"
        return [((clipped(said, width), QUIET),)]
    rows: list[Row] = [rule(f"{turns}{aside(view.hints.later, 'folds')}", width)]
    for index, turn in enumerate(item.later[:TURNS_SHOWN], item.turn_index + 1):
        rows += [*_turn(index, turn, width, view, _told(item, index, view.blind)), ()]
    if count > TURNS_SHOWN:
        rows.append(((f"  … {count - TURNS_SHOWN} more turns are not shown", QUIET),))
    return rows


def _told(item: ReviewItem, index: int, blind: bool) -> str:
    """What there is to say of a later turn."""
    stale = item.verdict in ("accept", "edit") or any(at < index for at in item.replaced)
    said = [
        word
        for word, indices in (
            ("read by the reflector", item.rewrite.shown),
            ("cut for it", item.rewrite.trimmed),
            ("evidence", item.rewrite.evidence),
        )
        if index in indices and not blind
    ]
    return ", ".join(
        [*said, *(["⚠ stale: follows a changed answer"] if stale and not blind else [])]
    )


def _beside(rows: list[Row], notes: list[Row], start: int, width: int) -> list[Row]:
    """The notes as a column to the right, from the answers' heading down."""
    rows = rows + [()] * max(0, start + len(notes) - len(rows))
    joined = list(rows[:start])
    for at, row in enumerate(rows[start:]):
        note = notes[at] if at < len(notes) else ()
        joined.append((*padded(row, width), (" │ ", QUIET), *note))
    return joined
