"""A list whose chats are picked by hand: single ones, ranges, all, the others; and acts on them."""

import shlex
from typing import TYPE_CHECKING, Any

from curator.filters.views import QueueSpec
from curator.review.picks import Done, Handful, Picks, carry_out, look
from curator.tui.keys import hint
from curator.tui.screens.telling import TellingScreen
from curator.tui.widgets.marked import Marked

if TYPE_CHECKING:
    from curator.tui.house import House
    from curator.tui.keys import Key


class PickingScreen(TellingScreen):
    """Picks are chats, not rows: they stay in whatever order or filter the list is shown."""

    def __init__(self, house: "House", table: "tuple[Key, ...]") -> None:
        super().__init__(house, table)
        #: The `ord`s in the order shown; None: every one, by its number.
        self.ords: Any = None
        self.picks = Picks()
        self._marked = Marked(self.picks, self.ord_at)
        #: The names of the acts that were done here and stand, the last one at the end.
        self._done: list[str] = []

    def on_mount(self) -> None:
        self.lines.picked = self._marked
        super().on_mount()

    def tell(self) -> None:
        """Say in the bar above what is shown, and how much of it is picked."""

    def again(self, news: str) -> None:
        """Read anew, and then say this."""

    def show_only(self, where: str) -> None:
        """Show what a filter finds."""

    def ord_at(self, row: int) -> int:
        """The `ord` in a row."""
        return row if self.ords is None else int(self.ords[row])

    def _between(self, first: int, last: int) -> Any:
        """The `ord`s in a stretch of rows."""
        return range(first, last) if self.ords is None else self.ords[first:last]

    @property
    def here(self) -> int | None:
        """The `ord` under the cursor."""
        at = self.lines.cursor
        return self.ord_at(at) if at < self.lines.total else None

    # picking --------------------------------------------------------------------------------------

    def action_pick(self) -> None:
        self.lines.pick()
        self.lines.move(1)
        self._told()

    def action_range(self) -> None:
        """Begin a range at the cursor; the second time, pick all that is in it."""
        if not self.lines.total:
            return
        if self._marked.range is None:
            at = self.lines.cursor
            self._marked.range = (at, at)
            self.lines.repaint()
            again = f"{self.called('range')} again picks all of it"
            self.say(f"a range begins here; move, then {again}, {self.called('back')} lets go")
            return
        first, last = min(self._marked.range), max(self._marked.range)
        self._marked.range = None
        self.picks.put(self._between(first, last + 1))
        self._told()

    def on_lines_moved(self) -> None:
        """A range reaches to the cursor."""
        if self._marked.range is not None:
            self._marked.range = (self._marked.range[0], self.lines.cursor)
            self.lines.repaint()

    def action_pick_all(self) -> None:
        self.picks.put(self._between(0, self.lines.total))
        self._told()

    def action_invert(self) -> None:
        self.picks.invert(self._between(0, self.lines.total))
        self._told()

    def action_let_go(self) -> None:
        self._marked.range = None
        self.picks.clear()
        self._told()

    async def action_back(self) -> None:
        """Out of a range, else out of the room; what is at work here is stopped first."""
        if self._marked.range is not None:
            self._marked.range = None
            self.lines.repaint()
            self.say("")
            return
        await super().action_back()

    def _told(self) -> None:
        self.lines.repaint()
        self.tell()
        count = len(self.picks)
        ways = hint(self.table, ("bulk", "acts on all of them"), ("let_go", "lets go"))
        self.say(f"{count:,} picked{ways}" if count else "")

    # acting ---------------------------------------------------------------------------------------

    def action_bulk(self, act: str = "") -> None:
        """Show what is picked (or the chat here), and what can be done with it."""
        from curator.tui.screens.picking import PickedScreen

        ords = self.picks.ords() or ([self.here] if self.here is not None else [])
        if not ords:
            self.say("nothing is picked, and there is nothing here")
            return
        store = self.house.store

        def ask(question: str, then: Any) -> None:
            self.curator.ask(question, "", then, list(store.tags.names()))

        def read(count: Any) -> None:
            self.house.look(count, lambda *_: None)

        self.app.push_screen(PickedScreen(read, lambda: look(store, ords), ask, act), self._act)

    def _act(self, chosen: "tuple[str, str, Handful] | None") -> None:
        if chosen is None:
            return
        act, said, seen = chosen
        store, who = self.house.store, self.house.reviewer
        self.do_long(
            act,
            lambda told: carry_out(store, seen, act, who, said, told),
            lambda done: self._acted(chosen, done),
        )

    def _acted(self, chosen: tuple[str, str, Handful], done: Done) -> None:
        act, said, _ = chosen
        if done.act is not None:
            self._done.append(done.act)
        self.curator.stale()
        if act == "queue":
            self.to_queue(done.where)
        elif act == "export":
            self._export(done.where, said)
        else:
            self.picks.clear()
            self.again(f"{done.said}; {self.called('undo')} takes it back")

    def to_queue(self, where: str) -> None:
        """On to the review of what this filter finds."""
        spec = QueueSpec(where=where)
        house, app = self.house, self.curator
        if house.session is None:
            house.spec = spec
            app.room("review")
            return
        session = house.session

        def turned(_: object) -> None:
            app.stale()
            app.room("review")

        self.do(lambda: session.turn_to(spec), turned)

    def _export(self, where: str, out: str) -> None:
        words = ["export", "--out", out, "--include", "settled", "untouched", "--where", where]
        self.start(shlex.join(words))

    def start(self, line: str) -> None:
        """Start a stage, and go where it can be watched."""
        try:
            self.house.start(line)
        except (
            Exception
        ) as error:  # another stage is at work, or the line is none: said, not raised
            self.say(f"✗ {error}")
            return
        self.curator.room("runs")

    def action_undo(self) -> None:
        """Take back the last act that was done here."""
        if not self._done:
            lists = hint(self.table, ("app.room('history')", "lists every act"))
            self.say(f"nothing was done here that could be taken back{lists}")
            return
        store, who, name = self.house.store, self.house.reviewer, self._done.pop()

        def told(result: Any) -> None:
            self.curator.stale()
            self.again(f"{name} taken back: {'; '.join(result[0].lines)}")

        self.do_long(f"{name} back", lambda at_work: store.acts.roll_back(name, who, at_work), told)
