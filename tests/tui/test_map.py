"""The map under a pilot: what is seen, what keys do, any size and any number of dots.

Write the golden files anew with GOLDEN=1 in the environment.
"""

import asyncio

import numpy as np
import pytest

from curator.conversation import Conversation, Origin, Turn
from curator.stages.atlas import Atlas
from curator.store import Store
from curator.store.maps import About, Cluster, Points
from curator.tui.chart import Chart
from curator.tui.map_app import MapApp
from curator.tui.screens.dot import ChatScreen
from curator.tui.widgets.scatter import rows_of
from tests.tui.driving import until
from tests.tui.test_snapshots import compare

UNIT = "first-user-turn"
NAMES = ("cooking · egg · pan", "泡茶 · 绿茶 · 龙井", "python · loop · list")
MIDDLES = ((-0.6, 0.3), (0.5, 0.5), (0.2, -0.5))


def fill(store, count=90):
    """`count` chats of three themes with a map made by hand: every place is known."""
    rng = np.random.default_rng(0)
    asked = ("How do I boil an egg?", "怎么泡绿茶？", "Write a python loop \x1b[31m")
    chats = [
        Conversation(
            (Turn("user", f"{asked[i % 3]} {i}"), Turn("assistant", f"Answer {i}.")),
            Origin(("a.jsonl", "b.jsonl")[i % 2], i + 1, "sharegpt"),
            {"language": "zh" if i % 3 == 1 else "en"},
        )
        for i in range(count)
    ]
    store.conversations.add(chats)
    theme = np.arange(count, dtype=np.int32) % 3
    points = np.array(MIDDLES)[theme] + rng.normal(size=(count, 2)) * 0.1
    groups = dict.fromkeys(("coarse", "middle", "fine"), theme)
    columns = {
        "item": [chat.id for chat in chats],
        "x": points[:, 0].astype(np.float32),
        "y": points[:, 1].astype(np.float32),
        **groups,
        "isolation": np.zeros(count, np.float32),
        "typical": np.ones(count, np.float32),
    }
    clusters = [
        Cluster(level, i, i if level else -1, NAMES[i], count // 3, *MIDDLES[i], chats[i].id)
        for level in range(3)
        for i in range(min(3, count))
    ]
    store.maps.replace(About(UNIT, "made", "1", 0), columns, clusters, None)


class Driver:
    def __init__(self, app, pilot, store):
        self.app, self.pilot, self.store = app, pilot, store

    @property
    def chart(self):
        return self.app.room.chart

    async def press(self, *keys):
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def settle(self):
        await self.pilot.pause(0.02)
        await until(self.pilot, lambda: not any(w.is_running for w in self.app.workers))
        await self.pilot.pause()

    def screen(self):
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip).rstrip() for strip in strips]

    def text(self):
        return "\n".join(self.screen())


def walk(tmp_path, script, size=(100, 30), count=90):
    async def run():
        with Store(tmp_path / "w.duckdb") as store:
            if count:
                fill(store, count)
            app = MapApp(lambda: Atlas(store, UNIT, "ann"))
            async with app.run_test(size=size) as pilot:
                driver = Driver(app, pilot, store)
                await driver.settle()
                return await script(driver)

    return asyncio.run(run())


@pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_map_looks_like_its_golden_file(tmp_path, size):
    async def script(d):
        far = d.screen()
        await d.press("g", "v", "L", "J")
        return far, d.screen()

    far, letters = walk(tmp_path, script, size)
    compare(f"map-{size[0]}x{size[1]}", far)
    compare(f"map-letters-{size[0]}x{size[1]}", letters)


def test_a_dot_is_pointed_at_and_read(tmp_path):
    async def script(d):
        await d.press("right_square_bracket")
        here = d.text()
        await d.press("enter")
        assert isinstance(d.app.screen, ChatScreen)
        return here, d.text()

    here, chat = walk(tmp_path, script)
    theme = next(name for name in NAMES if f"● {name}" in here)
    said = {"cooking": "boil an egg", "泡茶": "怎么泡绿茶", "python": "python loop"}
    assert said[theme.split(" ")[0]] in here
    assert "Answer" in chat
    assert "\x1b" not in chat


def test_nearer_the_view_shows_less_and_0_shows_all_again(tmp_path):
    async def script(d):
        far = d.chart.frame().counts.sum()
        await d.press("right_square_bracket", "plus", "plus", "plus", "plus")
        near = d.chart.frame().counts.sum()
        level = d.chart.level
        await d.press("0")
        return far, near, level, d.chart.frame().counts.sum()

    far, near, level, again = walk(tmp_path, script)
    assert far == again == 90
    assert 0 < near < 60
    assert level == 2


def test_search_lights_the_hits_and_they_become_a_tag(tmp_path):
    async def script(d):
        await d.press("slash", *"绿茶", "enter")
        lit = d.text()
        await d.press("n", "a", "number_sign", *"tea", "enter")
        return lit, d.text(), d.store.selecting.count("tag:tea")

    lit, tagged, count = walk(tmp_path, script)
    assert "30 lit" in lit
    assert "✓ 30 tagged tea" in tagged
    assert count == 30


def test_a_rectangle_and_a_cluster_are_chosen_and_let_go(tmp_path):
    async def script(d):
        await d.press("space")
        cluster = int(d.chart.chosen.sum())
        await d.press("escape")
        let_go = int(d.chart.chosen.sum())
        d.chart.cursor = (0, 0)
        await d.press("v")
        d.chart.cursor = (d.chart.view.columns - 1, d.chart.view.rows - 1)
        await d.press("v")
        return cluster, let_go, int(d.chart.chosen.sum())

    assert walk(tmp_path, script) == (30, 0, 90)


def test_a_filter_that_cannot_be_understood_is_said_and_the_map_lives_on(tmp_path):
    async def script(d):
        await d.press("F", *"lang:(", "enter")
        wrong = d.text()
        await d.press("F", *"lang:zh", "enter")
        return wrong, d.text()

    wrong, right = walk(tmp_path, script)
    assert "30 lit" not in wrong
    assert "30 lit" in right


def test_colours_go_round_through_what_is_known(tmp_path):
    async def script(d):
        seen = [d.chart.whose]
        for _ in range(len(d.app.room.atlas.ways)):
            await d.press("c")
            seen.append(d.chart.whose)
        return seen, d.text()

    seen, text = walk(tmp_path, script)
    assert seen[0] == seen[-1] == "coarse cluster"
    assert {"verdict", "source", "language"} <= set(seen)
    assert "coloured by coarse cluster" in text


def test_kinds_differ_by_letter_as_well_as_by_colour(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")

    async def script(d):
        signs = {sign for row in rows_of(d.chart, "letters") for text, _ in row for sign in text}
        return d.text(), signs

    text, signs = walk(tmp_path, script)
    assert {"a", "b", "c"} <= {sign.lower() for sign in signs}
    assert "⣿ cooking" in text


def test_what_is_to_be_reviewed_leaves_the_map_as_a_filter(tmp_path):
    async def script(d):
        await d.press("space", "r", "enter")
        return d.app.return_value, d.store.selecting.count("tag:from-map")

    assert walk(tmp_path, script) == ("tag:from-map", 30)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_next_to_nothing_is_a_map_too(tmp_path, count):
    async def script(d):
        keys = "tab right_square_bracket plus minus space escape v v n c g f enter escape"
        await d.press(*keys.split())
        return d.screen()

    assert len(walk(tmp_path, script, count=count)) == 30


@pytest.mark.parametrize("size", [(1, 1), (20, 5), (95, 24), (96, 24), (300, 90)])
def test_any_size_is_drawn_without_a_crash(tmp_path, size):
    async def script(d):
        await d.press("plus", "v", "L", "J", "v", "g", "question_mark", "escape", "0")
        await d.pilot.resize_terminal(80, 24)
        await d.settle()
        return d.screen()

    assert len(walk(tmp_path, script, size)) == 24


def test_a_resize_keeps_the_place(tmp_path):
    async def script(d):
        await d.press("right_square_bracket", "plus", "plus")
        before = d.chart.here
        await d.pilot.resize_terminal(140, 44)
        await d.settle()
        return before, d.chart.here, d.chart.view.unit

    before, after, unit = walk(tmp_path, script)
    assert np.allclose(before, after, atol=8 * unit)


def test_a_chart_of_no_points_answers_every_key():
    from curator.stages.atlas import NOWHERE

    chart = Chart(NOWHERE.points, NOWHERE.clusters)
    chart.move(3, 3)
    chart.zoom(2)
    chart.next_cluster(1)
    chart.toggle_cluster()
    chart.toggle_rectangle()
    chart.toggle_rectangle()
    assert not chart.next_lit(1)
    assert chart.near == -1
    assert chart.legend() == []


def test_the_next_lit_dot_is_read_although_another_lies_nearer_to_the_middle_of_its_cell():
    x = np.linspace(-1, 1, 900).astype(np.float32)
    none = np.zeros(900, np.int32)
    ids = [str(row) for row in range(900)]
    chart = Chart(Points(ids, np.arange(900), x, none * 0.0, (none,) * 3, x, x), [])
    chart.resize(40, 20)  # some twenty dots in each cell
    chart.lit = np.array([700, 7, 300, 301, 302])
    seen = []
    for way in (1, 1, 1, -1, -1):
        assert chart.next_lit(way)
        seen.append(chart.near)
    assert seen == [700, 7, 300, 7, 700]
    chart.move(-1, 0)
    assert chart.near not in chart.lit
    chart.next_lit(-1)
    assert chart.near == 302
