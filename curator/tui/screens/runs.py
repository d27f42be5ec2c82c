"""The runs: what every stage did; start one, watch it, stop it, take it back."""

from typing import TYPE_CHECKING, ClassVar

from curator.errors import CuratorError
from curator.store.runs import numbers_of
from curator.tui.ink import ACCENT, BAD, BOLD, PLAIN, QUIET, Row, clipped, plain
from curator.tui.safe import safe_line
from curator.tui.screens.history import roll_back, row_of
from curator.tui.screens.telling import STATES, TellingScreen, told_row
from curator.tui.widgets.rows import Bar
from curator.tui.wrapping import wrap
from curator.wording import clock, counted, several

if TYPE_CHECKING:
    from textual.timer import Timer

    from curator.conversation import Run
    from curator.tui.house import House
    from curator.tui.keys import Key
    from curator.tui.told import Told

RUNS = 5000


class RunsScreen(TellingScreen):
    """Every run, and the stage that is at work."""

    ROOM: ClassVar[str] = "runs"
    TITLE: ClassVar[str] = "runs"

    def __init__(self, house: "House", table: "tuple[Key, ...]") -> None:
        super().__init__(house, table)
        self.runs: list[Run] = []
        self._watch: Timer | None = None
        #: Whether the list is being read for the run at work.
        self._asked = False

    def fill(self) -> None:
        self.look(lambda: self.house.store.runs.latest(RUNS), self._show)
        self._look_on()

    def _show(self, runs: "list[Run]") -> None:
        at = self.lines.cursor
        here = f"r{self.runs[at].id}" if at < len(self.runs) else ""
        cursor = row_of(self.wanted or here, [f"r{run.id}" for run in runs], at)
        self.runs, self.wanted = runs, ""
        self.head(f"{several(len(runs), 'run')}; {self.called('start')} starts a stage")
        self.lines.begin(len(runs), cursor)
        self._tell()

    def rows(self, first: int, last: int) -> tuple[Row, ...]:
        return tuple(run_row(run, self.columns) for run in self.runs[first:last])

    # the stage at work ----------------------------------------------------------------------------

    def _look_on(self) -> None:
        """Look at the stage at work five times a second, and not at all where none is."""
        if self._at_work() is not None and self._watch is None:
            self._watch = self.set_interval(0.2, self._tick)
        self._tell()

    def _at_work(self) -> "Told | None":
        """The stage at work; where none is, what is done beside the screen."""
        return self.house.at_work

    def _tick(self) -> None:
        if self._at_work() is None:
            if self._watch is not None:
                self._watch.stop()
                self._watch = None
            self.curator.stale()
            self.look(lambda: self.house.store.runs.latest(RUNS), self._show)
        elif self.house.told is not None and self.house.told.running:
            self._list_it()
        self._tell()

    def _list_it(self) -> None:
        """List the run at work: a stage opens it when it is ready to begin."""
        if self._asked or any(run.state == "running" for run in self.runs):
            return
        self._asked = True

        def looked(last: "list[Run]") -> None:
            self._asked = False
            if last and last[0].state == "running":
                self.look(lambda: self.house.store.runs.latest(RUNS), self._show)

        self.look(lambda: self.house.store.runs.latest(1), looked)

    def _tell(self) -> None:
        told = self._at_work() or self.house.told or self._indexed()
        if told is not None:
            self.query_one("#notice", Bar).row = told_row(told, self.app.size.width)

    def _indexed(self) -> "Told | None":
        """The search index, where there is a word to say of how it ended."""
        told = self.house.indexing
        return told if told is not None and (told.said or told.error) else None

    def action_start(self) -> None:
        doing = self.house.doing
        if doing is None:
            self.say("stages cannot be run from here; use the command line")
            return
        self.curator.choose(
            "start which stage?", doing.known(),
            self.suggest,
        )  # fmt: skip

    def suggest(self, line: str) -> None:
        """Ask for the line of a stage to start, this one to begin with."""
        self.curator.ask("run, with any flags", f"{line} ", self._start, does="starts it")

    def _start(self, line: str) -> None:
        try:
            self.house.start(line)
        except CuratorError as error:
            self.say(f"✗ {error}", BAD | BOLD)
            return
        self.set_timer(0.3, self.fill)

    def action_cancel(self) -> None:
        told = self._at_work()
        if told is None:
            self.say("no stage is at work")
            return
        told.stop.set()
        told.note = "stopping after the item in hand"
        self._tell()

    # runs that have ended -------------------------------------------------------------------------

    def action_roll_back(self) -> None:
        if self.lines.cursor < len(self.runs):
            roll_back(self, f"r{self.runs[self.lines.cursor].id}")

    def action_open(self) -> None:
        if self.lines.cursor < len(self.runs):
            run = self.runs[self.lines.cursor]
            self.curator.text(f"run r{run.id}", lambda width: self._report(run, width))

    def _report(self, run: "Run", width: int) -> list[Row]:
        """All that is known of a run. Called in a thread."""
        failures = self.house.store.runs.failures(run.id)
        return run_rows(run, width) + [
            row
            for failure in failures[:500]
            for row in _wrapped(f"failed: {failure.target}: {failure.reason}", width, BAD)
        ]


def run_row(run: "Run", width: int) -> Row:
    """One run as a line."""
    sign, ink = STATES.get(run.state, ("?", QUIET))
    took = clock((run.ended - run.started).total_seconds()) if run.ended else ""
    numbers = ", ".join(counted(value, name) for name, value in numbers_of(run.report) if value)
    said = str(run.report.get("error") or numbers)
    row: Row = (
        (f"{'r' + str(run.id):>7} ", ACCENT), (sign + " ", ink | BOLD),
        (f"{safe_line(run.stage):<10} ", PLAIN | BOLD),
        (f"{run.started:%Y-%m-%d %H:%M} {took:>10}  ", QUIET),
    )  # fmt: skip
    return (*row, (clipped(safe_line(said), max(width - 50, 8)), PLAIN))


def run_rows(run: "Run", width: int) -> list[Row]:
    """A run's settings and numbers as a page."""
    sign, ink = STATES.get(run.state, ("?", QUIET))
    when = f"  {run.started:%Y-%m-%d %H:%M:%S} UTC" + f", by {run.reviewer}" * bool(run.reviewer)
    head: Row = ((f"{sign} {run.stage} {run.state}", ink | BOLD), (safe_line(when), QUIET))
    rows: list[Row] = [head, ()]
    for title, values in (("settings", run.config), ("what it did", run.report)):
        rows.append(((title, BOLD),))
        for name, value in values.items():
            if value not in (None, "", [], (), False):
                rows += _wrapped(f"  {name}: {value}", width, PLAIN)
        rows.append(())
    return rows


def _wrapped(text: str, width: int, ink: int) -> list[Row]:
    said = safe_line(text)
    return wrap(said, plain(said, ink), width)
