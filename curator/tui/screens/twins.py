"""Near twins: groups that open like threads, a threshold that slides, and what may go."""

from typing import TYPE_CHECKING, ClassVar

from curator.tui.ink import BAD, BOLD, Row
from curator.tui.keys import hint
from curator.tui.screens.hall import ListScreen
from curator.wording import several

if TYPE_CHECKING:
    from collections.abc import Callable

    from curator.tui.house import House
    from curator.tui.keys import Key
    from curator.tui.twin_desk import Line, TwinDesk

NONE = "nothing was compared yet: `curator dedup` does"


class TwinsScreen(ListScreen):
    """The groups of one unit."""

    ROOM: ClassVar[str] = "twins"
    TITLE: ClassVar[str] = "near twins"

    def __init__(self, house: "House", table: "tuple[Key, ...]") -> None:
        super().__init__(house, table)
        self.desk: TwinDesk | None = None
        self._lines: tuple[Line, ...] = ()
        self._unit = ""

    def fill(self) -> None:
        self.head("reading …")
        self.look(self._load, self._begin)

    def _load(self) -> "TwinDesk | None":
        """The unit that was compared last, or the one that was asked for."""
        from curator.stages.twinship import Cut, Ledger
        from curator.tui.twin_desk import LEAST, TwinDesk

        store = self.house.store
        units = store.duplicates.units()
        if not units:
            return None
        self._unit = self._unit if self._unit in units else units[0]
        last = store.duplicates.last(self._unit)
        threshold = max(last.threshold if last else 0.7, LEAST)
        return TwinDesk(Ledger(store, self._unit), Cut(threshold, last.meaning if last else None))

    def _begin(self, desk: "TwinDesk | None") -> None:
        self.desk = desk
        if desk is None:
            self.head("")
            self.say(NONE + hint(self.table, ("search", "does so here")))
            self.lines.begin(0)
            return
        self._relist(0)

    def _relist(self, cursor: int | None = None) -> None:
        if self.desk is None:
            return
        self._lines = self.desk.lines()
        self.lines.begin(len(self._lines), self.lines.cursor if cursor is None else cursor)
        self._count()

    def _count(self) -> None:
        """The numbers here and one step to either side."""
        assert self.desk is not None
        threshold = self.desk.threshold
        said = [f"{self.desk.ledger.unit}"]
        for tally in self.desk.tallies():
            if tally.threshold == threshold:
                held = f", {tally.held:,} held back" if tally.held else ""
                said.append(
                    f"[{threshold:.2f}] {several(tally.groups, 'group')}, "
                    f"{several(tally.twins, 'twin')}{held}"
                )
            else:
                said.append(f"{tally.threshold:.2f}: {tally.twins:,}")
        if self.desk.cut.meaning is not None:
            said.append(f"meaning ≥ {self.desk.cut.meaning:.2f}: {self.desk.by_meaning():,} more")
        elif self.desk.ledger.meant is not None:
            said.append("meaning: m")
        self.head("   ".join(said))

    def rows(self, first: int, last: int) -> tuple[Row, ...]:
        from curator.tui.twin_rows import line_row

        desk, lines = self.desk, self._lines[first:last]
        if desk is None:
            return ()
        places = {line.place for line in lines if line.row is None}
        places |= {line.group.keeper for line in lines if line.member and line.row is None}
        texts, names = desk.said(places)
        return tuple(line_row(desk, line, texts, names, self.columns) for line in lines)

    @property
    def here(self) -> "Line | None":
        """The line under the cursor."""
        at = self.lines.cursor
        return self._lines[at] if at < len(self._lines) else None

    # looking --------------------------------------------------------------------------------------

    def action_open(self) -> None:
        line, desk = self.here, self.desk
        if line is None or desk is None:
            return
        if line.row is not None or desk.is_open(line):
            self.action_close()
        elif line.member is None:
            desk.open(line)
            self._relist()
        else:
            self.look(lambda: self._beside(line), lambda rows: self._opened(line, rows))

    def _beside(self, line: "Line") -> tuple[Row, ...]:
        from curator.tui.twin_rows import side_rows

        assert self.desk is not None
        texts, _ = self.desk.said([line.group.keeper, line.place])
        return side_rows(texts[line.group.keeper], texts[line.place], self.columns)

    def _opened(self, line: "Line", rows: tuple[Row, ...]) -> None:
        if self.desk is not None:
            self.desk.open(line, rows)
            self._relist()

    def action_close(self) -> None:
        line, desk = self.here, self.desk
        if line is None or desk is None:
            return
        if line.member is not None and line.row is None and not desk.is_open(line):
            line = line._replace(member=None)
        line = line._replace(row=None)
        desk.close(line)
        lines = desk.lines()
        self._relist(lines.index(line) if line in lines else 0)

    def action_slide(self, steps: int) -> None:
        desk = self.desk
        if desk is not None:
            self.look(lambda: desk.slide(steps), lambda moved: self._relist(0) if moved else None)

    def action_slide_meaning(self, steps: int) -> None:
        self._meant(lambda desk: desk.slide_meaning(steps))

    def action_meaning(self) -> None:
        self._meant(lambda desk: desk.switch_meaning())

    def _meant(self, move: "Callable[[TwinDesk], bool]") -> None:
        desk = self.desk
        if desk is None:
            return
        if desk.ledger.meant is None:
            self.say("meaning was not compared yet: s, with --semantic")
            return
        self.look(lambda: move(desk), lambda moved: self._relist(0) if moved else None)

    def action_read(self) -> None:
        if self.here is not None and self.desk is not None and self.desk.ledger.unit != "rewrite":
            self.curator.read(int(self.desk.ledger.ords[self.here.place]))

    def action_unit(self) -> None:
        """The next unit that was compared."""
        units = self.house.store.duplicates.units()
        if units:
            at = units.index(self._unit) if self._unit in units else -1
            self._unit = units[(at + 1) % len(units)]
            self.fill()

    def action_search(self) -> None:
        unit = self._unit or "first-user-turn"
        asked = "search, with any flags"
        self.curator.ask(asked, f"dedup --unit {unit}", self._search, does="starts it")

    def _search(self, line: str) -> None:
        from curator.errors import CuratorError

        try:
            self.house.start(line)
        except CuratorError as error:
            self.say(f"✗ {error}", BAD | BOLD)
            return
        self.curator.room("runs")

    # doing ----------------------------------------------------------------------------------------

    def action_remove(self) -> None:
        if self.here is not None:
            self._remove(self.here)

    def action_remove_all(self) -> None:
        if self.desk is None:
            return
        count = len(self.desk.removable(None))
        if not count:
            self.say("there is nothing to take out of sight here")
            return
        self.curator.choose(
            "", (("no", "leave them"), ("yes", f"take {several(count, 'chat')} out of sight")),
            lambda said: self._remove(None) if said == "yes" else None,
        )  # fmt: skip

    def _remove(self, line: "Line | None") -> None:
        desk = self.desk
        if desk is None:
            return
        if desk.ledger.unit == "rewrite":
            self.say("rewrites are not taken out of sight; reject them in the review")
            return
        ords = desk.removable(line)
        if not ords:
            self.say("kept: it was spared, is gone already, or its chat says other things, too")
            return
        self.do(lambda: self.house.store.hiding.hide(ords, "dedup"), lambda _: self._gone(ords))

    def _gone(self, ords: list[int]) -> None:
        assert self.desk is not None
        self.desk.gone.update(ords)
        self.curator.stale()
        self._relist()
        back = hint(self.table, ("bring_back", "brings back"), ("app.room('history')", "does, too"))
        self.done(f"{several(len(ords), 'chat')} out of sight{back}")

    def action_bring_back(self) -> None:
        line, desk = self.here, self.desk
        if line is None or desk is None:
            return
        ords = [ord_ for ord_ in desk.ords(line) if ord_ in desk.gone]
        self.do(lambda: self.house.store.hiding.show(ords), lambda _: self._back(ords))

    def _back(self, ords: list[int]) -> None:
        assert self.desk is not None
        self.desk.gone.difference_update(ords)
        self.curator.stale()
        self._relist()
        self.done(f"{several(len(ords), 'chat is', 'chats are')} back in sight")

    def action_spare(self) -> None:
        line, desk = self.here, self.desk
        if line is None or desk is None:
            return
        places = [m.place for m in line.group.members] if line.member is None else [line.place]
        spared = not all(desk.is_spared(place) for place in places)
        marks = [desk.ledger.place_of(place) for place in places]
        unit = desk.ledger.unit
        self.do(
            lambda: self.house.store.twins.spare(unit, marks, spared),
            lambda _: self._spared(marks, spared),
        )

    def _spared(self, marks: list[tuple[int, int]], spared: bool) -> None:
        assert self.desk is not None
        if spared:
            self.desk.ledger.spared.update(marks)
        else:
            self.desk.ledger.spared.difference_update(marks)
        self._relist()
        self.done("will be kept, twin or not" if spared else "may go again")
