"""Choosing a queue and its order, and deciding on all of a queue at once."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen

from curator.errors import CuratorError
from curator.filters.views import ORDERS, STATES, QueueSpec, State
from curator.review.bulk import BULK, Preview, Word
from curator.text import snippet
from curator.tui.ink import ACCENT, BAD, BOLD, GOOD, PLAIN, QUIET, Row, clipped, padded
from curator.tui.keys import aside
from curator.tui.safe import safe_line
from curator.tui.screens.filtering import Read
from curator.tui.widgets.rows import Rows

if TYPE_CHECKING:
    from curator.tui.app import ReviewApp


class Counts(Message):
    """How many rewrites each state has."""

    def __init__(self, counts: Mapping[State, int], why_not: str = "") -> None:
        super().__init__()
        self.counts, self.why_not = counts, why_not


class QueueScreen(ModalScreen[QueueSpec | None]):
    """Which rewrites, and in which order: ↑ ↓ move, ← → change sides, Enter shows, s draws anew."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,Q", "dismiss(None)", "back", show=False),
        Binding("j,down", "move(1)", "down", show=False),
        Binding("k,up", "move(-1)", "up", show=False),
        Binding("h,l,left,right,tab", "turn", "other side", show=False, priority=True),
        Binding("s", "seed", "another draw", show=False),
        Binding("enter", "take", "show", show=False),
    ]

    def __init__(
        self, spec: QueueSpec, read: Read, counts: Callable[[str], Mapping[State, int]]
    ) -> None:
        super().__init__()
        self._spec, self._read, self._ask = spec, read, counts
        self._counts: Mapping[State, int] = {}
        self._why_not = ""
        self._in_orders = False

    def compose(self) -> ComposeResult:
        with Vertical(id="queueing"):
            yield Rows(id="found")

    def on_mount(self) -> None:
        self._read(self._count)
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _count(self) -> None:
        try:
            self.post_message(Counts(self._ask(self._spec.where)))
        except CuratorError as error:
            self.post_message(Counts({}, str(error).split("\n")[0]))

    @on(Counts)
    def _counted(self, event: Counts) -> None:
        self._counts, self._why_not = event.counts, event.why_not
        self._draw()

    def action_move(self, step: int) -> None:
        if self._in_orders:
            orders = list(ORDERS)
            at = (orders.index(self._spec.order) + step) % len(orders)
            self._spec = replace(self._spec, order=orders[at])
        else:
            states = list(STATES)
            at = (states.index(self._spec.state) + step) % len(states)
            self._spec = replace(self._spec, state=states[at])
        self._draw()

    def action_turn(self) -> None:
        self._in_orders = not self._in_orders
        self._draw()

    def action_seed(self) -> None:
        self._spec = replace(self._spec, order="random", seed=self._spec.seed + 1)
        self._draw()

    def action_take(self) -> None:
        self.dismiss(self._spec)

    def _draw(self) -> None:
        rows = self.query_one(Rows)
        width = max(rows.size.width, 30)
        left = [self._state(state) for state in STATES]
        right = [self._order(order) for order in ORDERS]
        shown: list[Row] = [((" which rewrites", BOLD | ACCENT), (" " * 17, PLAIN),
                             ("in which order", BOLD | ACCENT))]  # fmt: skip
        for at in range(max(len(left), len(right))):
            a, b = (side[at] if at < len(side) else () for side in (left, right))
            shown.append((*padded(a, 32), *b))
        about = ORDERS[self._spec.order] if self._in_orders else STATES[self._spec.state]
        sets = aside(cast("ReviewApp", self.app).called("filter"), "sets one")
        where = f" filter: {self._spec.where}" if self._spec.where else f" no filter{sets}"
        help_ = " Enter shows it · ← → other side · s other draw · Esc back"
        shown += [(), ((clipped(f" {about}", width), PLAIN),)]
        shown += [((clipped(safe_line(self._why_not or where), width),
                    BAD if self._why_not else QUIET),)]  # fmt: skip
        shown += [((clipped(help_, width), QUIET),)]
        rows.show(tuple(shown), 0)

    def _state(self, state: State) -> Row:
        here = state == self._spec.state
        count = f"{self._counts[state]:>11,}" if state in self._counts else f"{'…':>11}"
        return _line(state, here, here and not self._in_orders, count)

    def _order(self, order: str) -> Row:
        here = order == self._spec.order
        seed = f" {self._spec.seed}" if order == "random" and here else ""
        return _line(f"{order}{seed}", here, here and self._in_orders, "")


def _line(name: str, chosen: bool, here: bool, more: str) -> Row:
    look = (ACCENT | BOLD) if chosen else PLAIN
    return (("▸ " if here else "• " if chosen else "  ", ACCENT), (f"{name:<14}", look),
            (more, QUIET))  # fmt: skip


class Previewed(Message):
    """What a bulk act would touch, or why that cannot be said."""

    def __init__(self, preview: Preview | None, why_not: str = "") -> None:
        super().__init__()
        self.preview, self.why_not = preview, why_not


class BulkScreen(ModalScreen[Word | None]):
    """How many, and some of them; then one key chooses the word, and Enter says it of all."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "back", show=False),
        Binding("a", "choose('accept')", "accept", show=False),
        Binding("x", "choose('reject')", "reject", show=False),
        Binding("space", "choose('skip')", "skip", show=False),
        Binding("f", "choose('flag')", "flag", show=False),
        Binding("F", "choose('unflag')", "unflag", show=False),
        Binding("number_sign", "tag", "tag", show=False),
        Binding("enter", "take", "do it", show=False),
    ]
    KEYS: ClassVar[dict[str, str]] = {
        "accept": "a", "reject": "x", "skip": "space", "flag": "f", "unflag": "F", "mark": "#",
    }  # fmt: skip

    def __init__(
        self, reviewer: str, read: Read, look: Callable[[], Preview],
        ask: Callable[[Callable[[str], None]], None],
    ) -> None:  # fmt: skip
        super().__init__()
        self._reviewer, self._read, self._look, self._ask = reviewer, read, look, ask
        self._seen: Preview | None = None
        self._why_not = ""
        self._word: Word | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="bulk"):
            yield Rows(id="found")

    def on_mount(self) -> None:
        self._read(self._preview)
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _preview(self) -> None:
        try:
            self.post_message(Previewed(self._look()))
        except CuratorError as error:
            self.post_message(Previewed(None, str(error).split("\n")[0]))

    @on(Previewed)
    def _previewed(self, event: Previewed) -> None:
        self._seen, self._why_not = event.preview, event.why_not
        self._draw()

    def action_choose(self, verdict: str) -> None:
        verb = next(each for each in BULK if each == verdict)
        self._word = Word(verb, self._reviewer)
        self._draw()

    def action_tag(self) -> None:
        def tagged(said: str) -> None:
            tags = tuple(said.replace("#", " ").split())
            self._word = Word("mark", self._reviewer, tags=tags) if tags else None
            self._draw()

        self._ask(tagged)

    def action_take(self) -> None:
        if self._word is not None and self._seen is not None and self._seen.count:
            self.dismiss(self._word)

    def _draw(self) -> None:
        rows = self.query_one(Rows)
        width = max(rows.size.width, 40)
        rows.show(tuple(self._rows(width)), 0)

    def _rows(self, width: int) -> list[Row]:
        seen = self._seen
        if seen is None:
            said = self._why_not or "counting …"
            return [((f" {safe_line(said)}", BAD if self._why_not else QUIET),)]
        head = f" all {seen.count:,} rewrites of this queue, in {seen.chats:,} chats"
        shown: list[Row] = [((head, BOLD | ACCENT),)]
        label = seen.spec.label() or "pending, as they were made"
        shown += [((clipped(f" {safe_line(label)}", width), QUIET),), ()]
        half = max((width - 6) // 2, 10)
        for sample in seen.samples:
            before, after = (
                clipped(safe_line(snippet(text, 2 * half)), half)
                for text in (sample.before, sample.after)
            )
            shown.append((*padded(((f" {before}", QUIET),), half + 2), ("→ ", ACCENT),
                          (after, PLAIN)))  # fmt: skip
        shown.append(())
        keys: Row = (("", PLAIN),)
        for verdict, key in self.KEYS.items():
            lit = self._word is not None and self._word.verdict == verdict
            word = {"mark": "tag"}.get(verdict, verdict)
            keys = (*keys, (f" {key}", ACCENT | BOLD), (f" {word} ", BOLD if lit else QUIET))
        return [*shown, keys, self._promise(seen, width)]

    def _promise(self, seen: Preview, width: int) -> Row:
        if not seen.count:
            return ((" there is nothing here to decide; Esc goes back", QUIET),)
        if self._word is None:
            return ((" choose a word; nothing is done before Enter", QUIET),)
        tags = " ".join(self._word.tags)
        what = f" Enter: {BULK[self._word.verdict]}" + (f" {safe_line(tags)}" if tags else "")
        return ((clipped(f"{what}, all {seen.count:,}; one undo takes it back", width), GOOD),)
