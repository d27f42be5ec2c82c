"""The history: every act, newest first; what it changed; and the way back from there."""

from typing import TYPE_CHECKING, Any, ClassVar

from curator.store.travelling import Journey, go_back, journey
from curator.tui.answers import BESIDE
from curator.tui.ink import ACCENT, BOLD, PLAIN, QUIET, WARN, Row, clipped, padded, plain, width_of
from curator.tui.safe import safe, safe_line
from curator.tui.screens.hall import PageScreen
from curator.tui.screens.small import YES
from curator.tui.screens.telling import TellingScreen
from curator.tui.widgets.bars import SAID
from curator.tui.wrapping import wrap
from curator.wording import several

if TYPE_CHECKING:
    from collections.abc import Sequence

    from curator.store.acts import Act
    from curator.store.snapshots import Change, Moment
    from curator.tui.house import House
    from curator.tui.keys import Key
    from curator.tui.told import Told

#: So many acts are listed, so many rows of what one changed.
ACTS, ROWS = 5000, 2000


class HistoryScreen(TellingScreen):
    """Every act, and which of them stand."""

    ROOM: ClassVar[str] = "history"
    TITLE: ClassVar[str] = "history"

    def __init__(self, house: "House", table: "tuple[Key, ...]") -> None:
        super().__init__(house, table)
        self.acts: list[Act] = []

    def fill(self) -> None:
        self.head("…")
        self.look(lambda: self.house.store.acts.latest(ACTS), self._show)

    def _show(self, acts: "list[Act]") -> None:
        wanted = self.wanted or (self.here.name if self.here is not None else "")
        cursor = row_of(wanted, [act.name for act in acts], self.lines.cursor)
        self.acts, self.wanted = acts, ""
        gone = sum(not act.stands for act in acts)
        taken = f", {gone:,} of them taken back" if gone else ""
        self.head(f"{several(len(acts), 'act')}{taken}")
        self.lines.begin(len(acts), cursor)
        if not acts:
            self.say("nothing was done yet")

    def rows(self, first: int, last: int) -> tuple[Row, ...]:
        return tuple(act_row(act, self.columns) for act in self.acts[first:last])

    @property
    def here(self) -> "Act | None":
        """The act under the cursor."""
        at = self.lines.cursor
        return self.acts[at] if at < len(self.acts) else None

    def action_open(self) -> None:
        if (act := self.here) is not None:
            self.curator.text(f"what {act.name} changed", lambda width: self._told(act, width))

    def _told(self, act: "Act", width: int) -> list[Row]:
        """What an act changed. Called in a thread."""
        rows: list[Row] = [act_row(act, width), ()]
        for line in self.house.store.acts.told(act, ROWS):
            text = safe(line)
            rows += wrap(text, plain(text), width, raw=True)
        return rows

    def action_roll_back(self) -> None:
        if (act := self.here) is not None:
            roll_back(self, act.name)

    def action_snapshot(self) -> None:
        self.curator.ask("a name for the present moment", "", self._snapshot)

    def _snapshot(self, name: str) -> None:
        store, who = self.house.store, self.house.reviewer
        self.do(
            lambda: store.snapshots.save(name.strip(), who),
            lambda moment: self.done(
                f"snapshot {moment.name} saved; {self.called('compare')} compares it with now"
            ),
        )

    def action_compare(self) -> None:
        self.look(lambda: self.house.store.snapshots.all(), self._compare)

    def _compare(self, known: "list[Any]") -> None:
        if not known:
            self.say(f"no snapshot yet; {self.called('snapshot')} names the present moment")
            return
        names = ", ".join(moment.name for moment in known[-6:])
        self.curator.ask(
            f"compare which with now? ({names}; two names compare those)", known[-1].name,
            lambda said: self.curator.text(
                f"what changed: {said}", lambda width: self._changes(said.split(), width)
            ),
            does="compares",
        )  # fmt: skip

    def action_since(self) -> None:
        if (act := self.here) is None:
            return
        snapshots = self.house.store.snapshots
        self.curator.text(
            f"since {act.name}",
            lambda width: self._between(snapshots.after(act), snapshots.now(), width),
        )

    def action_travel(self) -> None:
        """Show what going back to this act takes, ask, and go."""
        if (act := self.here) is None:
            return
        if self.house.told is not None and self.house.told.running:
            self.say(f"{self.house.told.line} is still at work; wait, or cancel it first")
            return
        self.do_long(
            f"back to {act.name}",
            lambda told: journey(self.house.store.acts, act.name, told), self._ask_to_travel,
        )  # fmt: skip

    def _ask_to_travel(self, way: Journey) -> None:
        name = way.to.name
        if not way.back:
            self.say(f"nothing was done since {name} that could be taken back")
            return
        stays = f" · {len(way.stays):,} stay, such as: {way.stays[0]}" if way.stays else ""
        took = ", ".join(plan.act.name for plan in way.back[:6])
        more = ", …" if len(way.back) > 6 else ""
        self.curator.ask(
            f"back to {name}? {YES} · {several(len(way.back), 'act')} taken back: {took}{more}"
            f"{stays}", "",
            lambda said: self._travel(name) if said.strip().lower() in ("y", "yes")
            else self.say("left as is"),
        )  # fmt: skip

    def _travel(self, name: str) -> None:
        store, who = self.house.store, self.house.reviewer
        before = self.acts[0].name

        def gone(told: "Told") -> tuple[list[str], bool]:
            return go_back(store.acts, name, who, told), told.stop.is_set()

        def told(result: tuple[list[str], bool]) -> None:
            done, stopped = result
            self.wanted = name
            self.fill()
            self.curator.stale()
            key, acts = self.called("travel"), several(len(done), "act")
            forward = f"{key} on {before} goes forward again"
            if stopped:
                self.say(f"stopped on the way back, after {acts}; {key} goes on, {forward}", WARN)
            else:
                self.done(f"as just after {name}, by {acts}; {forward}")

        self.do_long(f"back to {name}", gone, told)

    def _changes(self, names: list[str], width: int) -> list[Row]:
        """A comparison as rows. Called in a thread."""
        snapshots = self.house.store.snapshots
        one, other = (snapshots.get(name) for name in [*names[:2], "now", "now"][:2])
        return self._between(one, other, width)

    def _between(self, one: "Moment", other: "Moment", width: int) -> list[Row]:
        snapshots = self.house.store.snapshots
        said = safe_line(f"{one.label()} → {other.label()}")
        return [*wrap(said, plain(said, BOLD), width), (), *change_rows(
            snapshots.between(one, other), width
        )]  # fmt: skip


def row_of(wanted: str, names: "Sequence[str]", row: int) -> int:
    """Where the cursor goes in a list read anew, so that its keys mean the same act as before:
    to the row of that name, or `row` where there is none."""
    return names.index(wanted) if wanted in names else row


def roll_back(screen: TellingScreen, name: str) -> None:
    """Show what taking an act back would do, ask, and do it."""
    store, who, at_work = screen.house.store, screen.house.reviewer, screen.house.told
    if at_work is not None and at_work.running and name == f"r{store.run_id}":
        screen.say(f"{name} is still at work; wait, or cancel it first")
        return

    def ask(plan: Any) -> None:
        screen.curator.ask(
            f"take {name} back? {YES} · {'; '.join(plan.lines)}", "",
            lambda said: do(plan) if said.strip().lower() in ("y", "yes")
            else screen.say("left as is"),
        )  # fmt: skip

    def do(plan: Any) -> None:
        def act(at_work: "Told") -> Any:
            at_work.begin(plan.items, "taken back, all at once")
            return store.acts.roll_back(name, who, at_work)

        screen.do_long(f"{name} back", act, told)

    def told(result: Any) -> None:
        screen.wanted = result[1]
        screen.fill()
        screen.curator.stale()
        key = screen.called("roll_back")
        screen.done(f"{name} taken back as {result[1]}; {key} on {result[1]} restores it")

    screen.look(lambda: store.acts.plan(name), ask)


def act_row(act: "Act", width: int) -> Row:
    """One act as a line."""
    ink = PLAIN if act.stands else QUIET
    narrow = width < BESIDE
    when = f"{act.at:%Y-%m-%d %H:%M}" if narrow else f"{act.at:%Y-%m-%d %H:%M:%S}"
    room = 8 if narrow else 12
    row: Row = (
        (f"{act.name:>8} ", ACCENT if act.stands else QUIET),
        (f"{when}  ", QUIET),
        *padded(((clipped(safe_line(act.who), room), ink),), room + 1),
        (f"{act.what:<9} ", ink | BOLD),
    )
    gone = "" if act.stands else "  taken back"
    # One verdict is told before it: what counts is of which turn.
    told = act.said.removeprefix(f"1 {SAID.get(act.what, act.what)} · ")
    said = clipped(safe_line(told), max(width - width_of(row) - len(gone) - 3, 8))
    return (*row, (said, ink), (gone, WARN))


def change_rows(changes: "list[Change]", width: int) -> list[Row]:
    """A difference of two moments, as rows."""
    counts: dict[str, int] = {}
    for change in changes:
        counts[change.kind] = counts.get(change.kind, 0) + 1
    rows: list[Row] = [
        ((f"{count:>9,} ", ACCENT | BOLD), (kind, PLAIN)) for kind, count in counts.items()
    ] or [(("nothing differs", QUIET),)]
    rows.append(())
    for change in changes[:ROWS]:
        turn = "" if change.turn_index is None else f" turn {change.turn_index + 1}"
        moved = f"  {change.before} → {change.after}" if change.before else ""
        when = f"{change.at:%Y-%m-%d %H:%M}  " if change.at else ""
        by = f"  {safe_line(change.who)}" if change.who else ""
        rows.append((
            (f"{change.kind:<13} ", ACCENT), (when, QUIET),
            (clipped(f"{change.conversation_id[:12]}{turn}{moved}{by}", width - 14 - len(when)),
             PLAIN),
        ))  # fmt: skip
        for sign, text in (("−", change.old_text), ("+", change.new_text)):
            if text and "text" in change.kind:
                said = clipped(" ".join(safe_line(text[:400]).split()), width - 18)
                rows.append(((f"              {sign} ", QUIET), (said, QUIET)))
    if len(changes) > ROWS:
        rows.append(
            ((f"… and {len(changes) - ROWS:,} more; `curator snapshot diff` has all", QUIET),)
        )
    return rows


class TextScreen(PageScreen):
    """Any page that a thread makes."""

    TITLE: ClassVar[str] = "page"

    def __init__(self, house: "House", table: "tuple[Key, ...]", title: str, make: Any) -> None:
        super().__init__(house, table)
        self._title, self._make = title, make

    def fill(self) -> None:
        self.head(self._title)
        self.look(lambda: tuple(self._make(self.columns)), lambda rows: self.page.show(rows, 0))

    def redraw(self) -> None:
        self.fill()
