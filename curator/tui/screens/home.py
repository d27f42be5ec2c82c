"""Home: what is here, what is due, and the next step; and the workspace in numbers."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

from curator.store.saying import WORDS
from curator.tui.at_work import in_short
from curator.tui.ink import ACCENT, BOLD, GOOD, PLAIN, QUIET, RULE, Row, clipped, plain
from curator.tui.keys import aside
from curator.tui.safe import safe_line
from curator.tui.screens.hall import PageScreen
from curator.tui.wrapping import wrap
from curator.wording import counted

if TYPE_CHECKING:
    from curator.overview import Overview
    from curator.tui.screens.runs import RunsScreen

#: What each command in the next step opens.
STEPS = {"curator review": "review"}
BAR = 30
#: What is told of a workspace also where there is none of it.
ALWAYS = ("conversations", "rewrites", "decided", "pending")
#: What stands for a language or a licence that nothing tells.
UNKNOWN = "not known"


class HomeScreen(PageScreen):
    """What is due, and where to go."""

    ROOM: ClassVar[str] = "home"
    TITLE: ClassVar[str] = "home"

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.seen: Any = None

    def fill(self) -> None:
        self.head(self.house.store.path.name)
        self.look(self._read, self._show)

    def _read(self) -> Any:
        from curator.overview import overview

        return overview(self.house.store)

    def _show(self, seen: Any) -> None:
        self.seen = seen
        self.redraw()

    def redraw(self) -> None:
        self.head(self.house.store.path.name)
        if self.seen is not None:
            self.page.show(self._rows(self.seen))

    def news(self) -> None:
        self.fill()

    def tell_work(self) -> None:
        self.redraw()

    def _rows(self, seen: "Overview") -> tuple[Row, ...]:
        store, work = self.house.store, in_short(self.house.told)
        if work:
            key = self.called("app.room('runs')")
            seen = replace(seen, next=f"{work}{aside(key, 'watches it')}")
        return home_rows(seen, store.notices, self.columns)

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        if self.seen is not None:
            self.fill()

    def action_begin(self) -> None:
        if self.seen is None:
            return
        for command, room in STEPS.items():
            if command in self.seen.next:
                self.curator.room(room)
                return
        self.curator.room("runs")
        found = re.search(r"`curator ([^`]+)`", self.seen.next)
        if found and self.house.doing is not None:
            cast("RunsScreen", self.app.screen).suggest(found[1].removesuffix("FILE…").strip())


class StatsScreen(HomeScreen):
    """The workspace in numbers."""

    ROOM: ClassVar[str] = "stats"
    TITLE: ClassVar[str] = "numbers"

    def _read(self) -> Any:
        store = self.house.store
        return super()._read(), store.conversations.summary(), store.decisions.tally()

    def redraw(self) -> None:
        self.head(self.house.store.path.name)
        if self.seen is not None:
            overview, summary, tally = self.seen
            self.page.show(tuple(stats_rows(overview, summary, tally, self.columns)))


def home_rows(seen: "Overview", notices: list[str], width: int) -> tuple[Row, ...]:
    """The first page: the next step, what is here, the last runs."""
    step = safe_line(seen.next.replace("`", ""))
    rows: list[Row] = [(), (("  Next  ", BOLD | ACCENT),)]
    rows += [(("  ", PLAIN), *row) for row in wrap(step, plain(step), max(width - 4, 20))]
    rows += [(), (("  Here", BOLD | ACCENT),)]
    rows += [
        (
            (f"  {count:>12,}  ", BOLD if count else QUIET),
            (counted(count, name).partition(" ")[2], PLAIN if count else QUIET),
        )
        for name, count in seen.counts.items()
        if count or name in ALWAYS
    ]
    if seen.runs:
        rows += [(), (("  Last runs", BOLD | ACCENT),)]
    for number, stage, state, when, took in seen.runs:
        said = f"{'r' + str(number):>6}  {stage:<10} {state:<10} {when}  {took}"
        rows.append((("  ", PLAIN), (clipped(safe_line(said), width - 2), PLAIN)))
    for notice in notices:
        said = safe_line(notice)
        rows += [(), *((("  ", PLAIN), *row) for row in wrap(said, plain(said, GOOD), width - 4))]
    return tuple(rows)


def stats_rows(seen: "Overview", summary: Any, tally: dict[str, int], width: int) -> list[Row]:
    """Counts, and what the conversations are made of, with bars."""
    rows: list[Row] = [(), (("  Verdicts", BOLD | ACCENT),)]
    rows += _bars([(WORDS.get(word, word), count) for word, count in tally.items()], width)
    for title, values in (
        ("Languages", summary.by_language), ("Sources", _ends(summary.by_source, width)),
        ("Formats", summary.by_format), ("Licences", summary.by_license),
    ):  # fmt: skip
        rows += [(), ((f"  {title}", BOLD | ACCENT),), *_bars(values[:12], width)]
    rows += [(), (("  All", BOLD | ACCENT),)]
    rows += [((f"  {count:>12,}  ", PLAIN), (name, QUIET)) for name, count in seen.counts.items()]
    rows.append(((f"  {summary.hidden:>12,}  ", PLAIN), ("conversations out of sight", QUIET)))
    return rows


def _ends(values: Any, width: int) -> list[tuple[str, int]]:
    """Files by the end of their paths: it tells them apart."""
    room = max(width - BAR - 20, 8)
    said = ((safe_line(str(name or "")), count) for name, count in values)
    return [(name if len(name) <= room else f"…{name[1 - room :]}", n) for name, n in said]


def _bars(values: Any, width: int) -> list[Row]:
    most = max((count for _, count in values), default=0)
    rows: list[Row] = []
    for name, count in values:
        full = round(BAR * count / most) if most else 0
        rows.append((
            (f"  {count:>12,}  ", BOLD), ("━" * full, ACCENT), ("─" * (BAR - full), RULE),
            (f"  {clipped(safe_line(str(name or UNKNOWN)), max(width - BAR - 20, 8))}", PLAIN),
        ))  # fmt: skip
    return rows or [(("             —", QUIET),)]
