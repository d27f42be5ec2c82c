"""Choosing a queue and its order, and deciding on all of a queue at once."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, cast

from textual.events import Click

from curator.filters.views import ORDERS, STATES, QueueSpec, State
from curator.review.bulk import BULK, Preview, Word, apart
from curator.text import snippet
from curator.tui.ink import ACCENT, BAD, BOLD, GOOD, PLAIN, QUIET, Row, clipped, padded
from curator.tui.keys import aside
from curator.tui.safe import safe_line
from curator.tui.screens.counting import CountingScreen
from curator.tui.screens.filtering import Read
from curator.tui.widgets.rows import Rows
from curator.wording import several

if TYPE_CHECKING:
    from curator.tui.app import ReviewApp

#: Cells of the column of states.
LEFT = 32


class QueueScreen(CountingScreen[Mapping[State, int], QueueSpec]):
    """Which rewrites, and in which order."""

    BOX: ClassVar[str] = "queueing"
    BOX_KEYS: ClassVar[str] = "queue"
    NARROWEST: ClassVar[int] = 30

    def __init__(
        self, spec: QueueSpec, read: Read, counts: Callable[[str], Mapping[State, int]]
    ) -> None:
        super().__init__(read, lambda: counts(spec.where))
        self._spec = spec
        self._in_orders = False

    def action_move(self, step: int) -> None:
        if self._in_orders:
            orders = list(ORDERS)
            at = (orders.index(self._spec.order) + step) % len(orders)
            self._spec = replace(self._spec, order=orders[at])
        else:
            states = list(STATES)
            at = (states.index(self._spec.state) + step) % len(states)
            self._spec = replace(self._spec, state=states[at])
        self.draw()

    def action_turn(self) -> None:
        self._in_orders = not self._in_orders
        self.draw()

    def action_seed(self) -> None:
        self._spec = replace(self._spec, order="random", seed=self._spec.seed + 1)
        self.draw()

    def action_take(self) -> None:
        self.dismiss(self._spec)

    def on_click(self, event: Click) -> None:
        """A click chooses a state or an order; a click on what is chosen shows it."""
        region, before = self.query_one(Rows).region, self._spec
        x, row = event.screen_x - region.x, event.screen_y - region.y - 1
        orders, states = list(ORDERS), list(STATES)
        if not region.contains(event.screen_x, event.screen_y):
            return
        if x < LEFT and 0 <= row < len(states):
            self._spec, self._in_orders = replace(before, state=states[row]), False
        elif x >= LEFT and 0 <= row < len(orders):
            self._spec, self._in_orders = replace(before, order=orders[row]), True
        else:
            return
        if self._spec == before:
            self.action_take()
        else:
            self.draw()

    def rows(self, width: int) -> list[Row]:
        """The states and the orders, also while their rewrites are being counted."""
        left = [self._state(state) for state in STATES]
        right = [self._order(order) for order in ORDERS]
        shown: list[Row] = [((" which rewrites", BOLD | ACCENT), (" " * 17, PLAIN),
                             ("in which order", BOLD | ACCENT))]  # fmt: skip
        for at in range(max(len(left), len(right))):
            a, b = (side[at] if at < len(side) else () for side in (left, right))
            shown.append((*padded(a, LEFT), *b))
        about = ORDERS[self._spec.order] if self._in_orders else STATES[self._spec.state]
        sets = aside(cast("ReviewApp", self.app).called("filter"), "sets one")
        where = f" filter: {self._spec.where}" if self._spec.where else f" no filter{sets}"
        ways = (("take", "shows it"), ("turn", "other side"), ("seed", "other draw"),
                ("dismiss(None)", "back"))  # fmt: skip
        said = [f"{self.key(act)} {does}" for act, does in ways if self.key(act)]
        help_ = " " + " · ".join(said).replace("← other side", "← → other side")
        shown += [(), ((clipped(f" {about}", width), PLAIN),)]
        shown += [((clipped(safe_line(self.why_not or where), width),
                    BAD if self.why_not else QUIET),)]  # fmt: skip
        return [*shown, ((clipped(help_, width), QUIET),)]

    def _state(self, state: State) -> Row:
        here = state == self._spec.state
        counts = self.seen or {}
        count = f"{counts[state]:>11,}" if state in counts else f"{'…':>11}"
        return _line(state, here, here and not self._in_orders, count)

    def _order(self, order: str) -> Row:
        here = order == self._spec.order
        seed = f" {self._spec.seed}" if order == "random" and here else ""
        return _line(f"{order}{seed}", here, here and self._in_orders, "")


def _line(name: str, chosen: bool, here: bool, more: str) -> Row:
    look = (ACCENT | BOLD) if chosen else PLAIN
    return (("▸ " if here else "• " if chosen else "  ", ACCENT), (f"{name:<14}", look),
            (more, QUIET))  # fmt: skip


class BulkScreen(CountingScreen[Preview, Word]):
    """How many, and some of them; then one key chooses the word, and Enter says it of all."""

    def __init__(
        self, reviewer: str, read: Read, look: Callable[[], Preview],
        ask: Callable[[Callable[[str], None]], None],
    ) -> None:  # fmt: skip
        super().__init__(read, look)
        self._reviewer, self._ask = reviewer, ask
        self._word: Word | None = None

    def action_choose(self, verdict: str) -> None:
        verb = next(each for each in BULK if each == verdict)
        self._word = Word(verb, self._reviewer)
        self.draw()

    def action_tag(self) -> None:
        def tagged(said: str) -> None:
            tags = tuple(said.replace("#", " ").split())
            self._word = Word("mark", self._reviewer, tags=tags) if tags else None
            self.draw()

        self._ask(tagged)

    def action_take(self) -> None:
        if self._word is not None and self.seen is not None and self.seen.count:
            self.dismiss(self._word)

    def rows(self, width: int) -> list[Row]:
        """How many and some of them, the words with their keys, and what Enter does."""
        if (seen := self.seen) is None:
            return self.unseen()
        head = (
            f" all {several(seen.count, 'rewrite')} of this queue, in {several(seen.chats, 'chat')}"
        )
        shown: list[Row] = [((head, BOLD | ACCENT),)]
        label = seen.spec.label() or "pending, as they were made"
        shown += [((clipped(f" {safe_line(label)}", width), QUIET),), ()]
        half = max((width - 6) // 2, 10)
        for sample in seen.samples:
            before, after = (
                clipped(safe_line(snippet(text, 2 * half)), half) for text in apart(sample)
            )
            shown.append((*padded(((f" {before}", QUIET),), half + 2), ("→ ", ACCENT),
                          (after, PLAIN)))  # fmt: skip
        shown.append(())
        keys: Row = (("", PLAIN),)
        for verdict in BULK:
            act, word = ("tag", "tag") if verdict == "mark" else (f"choose('{verdict}')", verdict)
            if not (key := self.key(act)):
                continue
            lit = self._word is not None and self._word.verdict == verdict
            keys = (*keys, (f" {key}", ACCENT | BOLD), (f" {word} ", BOLD if lit else QUIET))
        return [*shown, keys, self._promise(seen, width)]

    def _promise(self, seen: Preview, width: int) -> Row:
        if not seen.count:
            back = self.key("dismiss(None)")
            return ((f" there is nothing here to decide; {back} goes back", QUIET),)
        enter = self.key("take")
        if self._word is None:
            return ((f" choose a word; nothing is done before {enter}", QUIET),)
        tags = " ".join(self._word.tags)
        what = f" {enter}: {BULK[self._word.verdict]}" + (f" {safe_line(tags)}" if tags else "")
        return ((clipped(f"{what}, all {seen.count:,}; one undo takes it back", width), GOOD),)
