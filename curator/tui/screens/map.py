"""The map: the whole workspace as dots, from far or near; a part of it becomes something to do."""

import os
from collections.abc import Callable
from typing import Any

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingsMap
from textual.containers import Horizontal
from textual.screen import Screen

from curator.errors import CuratorError
from curator.stages.atlas import NOWHERE, Atlas, Said
from curator.tui.chart import Chart
from curator.tui.ink import BAD, GOOD, QUIET, Row, clipped
from curator.tui.keys import Key, bindings, called, hint
from curator.tui.map_keys import MAP_KEYS
from curator.tui.safe import safe_line
from curator.tui.screens.dot import ChatScreen
from curator.tui.screens.small import AskScreen, HelpScreen
from curator.tui.widgets import bars, feet, map_bars
from curator.tui.widgets.legend import Legend
from curator.tui.widgets.rows import Bar
from curator.tui.widgets.scatter import Glyphs, Moved, Scatter
from curator.wording import several

#: From so many columns on the legend stands beside the map; below it is a line.
BESIDE = 96


class MapScreen(Screen[str | None]):
    """Walks on an atlas, which `load` opens in a thread. It is left with a filter where the person
    wants to review a part."""

    AUTO_FOCUS = "#map"
    table = MAP_KEYS

    def __init__(self, load: Callable[[], Atlas], table: tuple[Key, ...] = MAP_KEYS) -> None:
        super().__init__()
        self._load = load
        self.table = table
        self._bindings = BindingsMap(bindings(table))
        self.atlas: Atlas = NOWHERE
        self.chart = Chart(NOWHERE.points, NOWHERE.clusters)
        self._way = 0
        self._level = -1
        self._said: Said | None = None
        self._notice: Row = ()
        glyphs: Glyphs = "letters" if os.environ.get("NO_COLOR") else "dots"
        self._scatter = Scatter(self.chart, glyphs, id="map")

    def compose(self) -> ComposeResult:
        yield Bar(id="head")
        with Horizontal(id="chart"):
            yield self._scatter
            yield Legend(id="legend")
        yield Bar(id="said")
        yield Bar(id="notice")
        yield feet.KeyBar(id="keys")

    def on_mount(self) -> None:
        self._notice = ((" opening the map…", QUIET),)
        self._aside(self._load, self._enter)

    def _enter(self, atlas: Atlas) -> None:
        size = self._scatter.size
        self.atlas = atlas
        self.chart = self._scatter.chart = Chart(atlas.points, atlas.settled)
        self.chart.resize(size.width, size.height)
        self.chart.centre()
        self._notice = ()
        self._paint()

    def on_resize(self) -> None:
        self.query_one("#legend", Legend).display = self.app.size.width >= BESIDE
        self.call_after_refresh(self.draw)

    # drawing --------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Draw the chart and all that is said about it."""
        if self.atlas.ways[self._way] == "cluster" and self.chart.level != self._level:
            self._level = self.chart.level
            self.chart.paint = self.atlas.paint("cluster", self._level)
        self._scatter.redraw()
        width = self.app.size.width
        self.query_one("#head", Bar).row = map_bars.heading(self.chart, width, self.atlas.where)
        self.query_one("#keys", Bar).row = bars.footer(self.table, width)
        self.query_one("#legend", Legend).show(self.chart.legend(), self.chart.whose)
        self.query_one("#notice", Bar).row = self._notice or map_bars.below(
            self.chart, width, BESIDE
        )
        self._fetch(self.chart.near)

    def say(self, text: str, ink: int = QUIET) -> None:
        """Put a word in the bar above the keys; it stays until the next key that says one."""
        self._notice = ((clipped(f" {safe_line(text)}", self.app.size.width), ink),)
        self.draw()

    @work(thread=True, exclusive=True, group="said")
    def _fetch(self, row: int) -> None:
        said = self.atlas.read(row) if row >= 0 else None
        self.app.call_from_thread(self._show_said, said)

    def _show_said(self, said: Said | None) -> None:
        if not self.is_attached:
            return
        self._said = said
        text = (
            "nothing here yet: `curator embed`, then `curator map`" if said is None else said.text
        )
        row, level = self.chart.near, self.chart.level
        named = ""
        if row >= 0 and self.atlas.clusters:
            named = self.atlas.level(level)[int(self.chart.points.groups[level][row])].name
        self.query_one("#said", Bar).row = map_bars.said(text, named, self.app.size.width)

    # moving ---------------------------------------------------------------------------------------

    def action_walk(self, columns: int, rows: int) -> None:
        self.chart.move(columns, rows)
        self.draw()

    def action_zoom(self, steps: int) -> None:
        self.chart.zoom(steps)
        self.draw()

    def action_whole(self) -> None:
        self.chart.whole()
        self.draw()

    def action_nearest(self) -> None:
        row = self.chart.near
        if row >= 0:
            self.chart.go_to(float(self.chart.points.x[row]), float(self.chart.points.y[row]))
            self.draw()

    def action_cluster(self, way: int) -> None:
        self.chart.next_cluster(way)
        self.draw()

    @on(Moved)
    def _pointed(self, event: Moved) -> None:
        self.chart.cursor = (event.column, event.row)
        self.draw()

    # looking --------------------------------------------------------------------------------------

    def action_colour(self, way: int) -> None:
        self._way = (self._way + way) % len(self.atlas.ways)
        self._level = -1
        self._paint()

    @work(thread=True, exclusive=True, group="paint")
    def _paint(self) -> None:
        level = self.chart.level
        paint = self.atlas.paint(self.atlas.ways[self._way], level)

        def put_up() -> None:
            self.chart.paint = paint
            self._level = level
            self.draw()

        self.app.call_from_thread(put_up)

    def action_glyphs(self) -> None:
        self._scatter.glyphs = "dots" if self._scatter.glyphs == "letters" else "letters"
        self.draw()

    def action_alone(self) -> None:
        self.chart.alone = not self.chart.alone
        self.draw()

    def action_toggle_theme(self) -> None:
        turn: Any = getattr(self.app, "turn_theme", None)
        if turn is not None:
            turn()
            self.draw()

    def action_search(self) -> None:
        self._ask("light chats that hold", "", lambda text: self._light(self.atlas.search, text))

    def action_filter(self) -> None:
        self._ask("light chats that match", "", lambda text: self._light(self.atlas.filtered, text))

    def _light(self, find: Callable[[str], Any], text: str) -> None:
        if not text.strip():
            self.chart.lit = None
            self.say("no search")
            return
        self._aside(lambda: find(text), lambda rows: self._lit(rows, text))

    def _lit(self, rows: Any, text: str) -> None:
        self.chart.lit = rows
        ways = hint(self.table, ("hit(1)", "goes to the next"), ("choose_lit", "chooses them"))
        self.say(f"{len(rows):,} lit for {text}{ways}" if len(rows) else f"nothing holds {text}")

    def action_hit(self, way: int) -> None:
        if self.chart.next_lit(way):
            self.draw()
        else:
            self.say(f"nothing is lit{hint(self.table, ('search', 'searches'))}")

    def action_read(self) -> None:
        if self._said is not None:
            self.app.push_screen(ChatScreen(self._said))

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(self.table))

    # doing ----------------------------------------------------------------------------------------

    def action_rectangle(self) -> None:
        begun = self.chart.corner is None
        self.chart.toggle_rectangle()
        key = called("rectangle", self.table)
        self.say(f"move, then {key} again chooses what is inside" if begun else self._chosen())

    def action_choose(self) -> None:
        self.chart.toggle_cluster()
        self.say(self._chosen())

    def action_choose_lit(self) -> None:
        self.chart.choose_lit()
        self.say(self._chosen())

    def _chosen(self) -> str:
        count = int(self.chart.chosen.sum())
        return f"{count:,} chosen{hint(self.table, *map_bars.WITH_CHOSEN)}"

    @property
    def _rows(self) -> list[int]:
        """What is chosen; what is lit where nothing is."""
        if self.chart.chosen.any() or self.chart.lit is None:
            return [int(row) for row in self.chart.chosen.nonzero()[0]]
        return [int(row) for row in self.chart.lit]

    def action_tag(self) -> None:
        self._with_rows("tag them with", lambda rows, tag: self._tag(rows, tag))

    def _tag(self, rows: list[int], tag: str) -> None:
        def told(added: int) -> None:
            self.say(f"✓ {added:,} tagged {tag}; `tag:{tag}` finds them", GOOD)

        self._aside(lambda: self.atlas.tag(rows, tag), told)

    def action_bulk(self) -> None:
        self.say("this acts on what is chosen where the map is a room of `curator open`")

    def action_review(self) -> None:
        def tagged(rows: list[int], tag: str) -> None:
            self._aside(lambda: self.atlas.tag(rows, tag), lambda _: self.out(f"tag:{tag}"))

        self._with_rows("review them as the tag", tagged, "from-map")

    def action_export(self) -> None:
        def export(rows: list[int], out: str) -> None:
            self.say("exporting…")
            self._aside(lambda: self.atlas.export(rows, out), lambda said: self.say(said, GOOD))

        self._with_rows("export them to (file.jsonl or a folder)", export)

    def action_leave(self) -> None:
        if self.chart.clear():
            self._notice = ()
            self.draw()
        else:
            self.out(None)

    def out(self, where: str | None) -> None:
        """Leave the map, for a review of what the filter `where` finds, or for nothing."""
        self.dismiss(where)

    # asking and waiting ---------------------------------------------------------------------------

    def _with_rows(
        self, question: str, then: Callable[[list[int], str], None], text: str = ""
    ) -> None:
        rows = self._rows
        if not rows:
            self.say(f"nothing is chosen{hint(self.table, *map_bars.TO_CHOOSE)}")
            return
        self._ask(
            f"{several(len(rows), 'dot')}: {question}", text, lambda said: then(rows, said.strip())
        )

    def _ask(self, question: str, text: str, then: Callable[[str], None]) -> None:
        def said(answer: str | None) -> None:
            if answer is not None and (answer.strip() or not text):
                then(answer)

        self.app.push_screen(AskScreen(question, text), said)

    @work(thread=True, group="acts")
    def _aside(self, act: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Do something that may take long, then tell its result on the screen's thread."""
        try:
            result = act()
        except CuratorError as error:
            self.app.call_from_thread(self.say, str(error), BAD)
            return
        self.app.call_from_thread(then, result)
