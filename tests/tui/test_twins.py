"""The room of near twins: groups open like threads, the threshold slides, removal comes back."""

import asyncio

import pytest

from curator.conversation import Conversation, Origin, Turn
from curator.stages import deduping
from curator.stages.base import Silent
from curator.stages.runner import perform
from curator.stages.twinship import Cut, Ledger
from curator.store import Store
from curator.tui import twin_desk
from curator.tui.app import ReviewApp
from curator.tui.house import House
from tests.tui.driving import until
from tests.tui.test_snapshots import compare

LONG = (
    "Please explain to my class of ten how a bill becomes a law in Germany, step by step, and "
    "name the houses that have to agree before the president signs it."
)
ASKED = (
    LONG,
    LONG.replace("ten", "twelve"),
    LONG + " Thank you.",
    "怎样做一碗好吃的番茄鸡蛋面？请一步一步地告诉我，并说明要准备哪些材料和调料，谢谢。",
    "怎样做一碗好吃的番茄鸡蛋面？请一步一步告诉我，并说明要准备哪些材料和调料，谢谢！",
    "Something else entirely is asked in here, about fish and the sea they swim in.",
)

ASKED_IN_OTHER_WORDS = (
    "谁是鲁迅？",
    "鲁迅是谁？",
    "想出一个恰当的双关语",
    "想出一个合适的双关语",
)


@pytest.fixture
def twins(tmp_path):
    path = tmp_path / "twins.duckdb"
    with Store(path) as store:
        store.conversations.add(
            [
                Conversation((Turn("user", text), Turn("assistant", "Of course.")), Origin("here"))
                for text in ASKED
            ]
        )
        perform(store, deduping.STAGE, deduping.Config(threshold=0.6), None, Silent())
    return path


class Room:
    """The room under a pilot."""

    def __init__(self, app, pilot):
        self.app, self.pilot = app, pilot

    async def press(self, *keys):
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def settle(self):
        house = self.app.house
        for _ in range(2):
            for pool in (house._lookers, house._doers):
                await asyncio.wrap_future(pool.submit(lambda: None))
            await self.pilot.pause()

    def screen(self):
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip).rstrip() for strip in strips]

    def text(self):
        return "\n".join(self.screen())


def visit(path, script, size=(120, 40)):
    """Go into the room, run the script, leave; what the script returned."""

    async def run():
        app = ReviewApp(begin=lambda: House(Store(path), "ann"), first="twins")
        try:
            async with app.run_test(size=size) as pilot:
                room = Room(app, pilot)
                await until(
                    pilot,
                    lambda: (
                        getattr(app.screen, "desk", None) is not None
                        or "curator dedup" in room.text()
                    ),
                    "the room was not opened",
                )
                await room.settle()
                return await script(room)
        finally:
            if app.house is not None:
                app.house.close()

    return asyncio.run(run())


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_an_open_group_looks_like_its_golden_file(twins, size):
    async def script(room):
        await room.press("enter", "j", "enter")
        return room.screen()

    compare(f"twins-{size[0]}x{size[1]}", visit(twins, script, size))


def test_the_threshold_slides_and_the_numbers_follow(twins):
    async def script(room):
        before = room.text()
        await room.press(*["plus"] * 6)
        return before, room.text()

    before, after = visit(twins, script)
    assert "[0.60] 2 groups, 3 twins" in before
    assert "[0.90] 1 group, 1 twin" in after


def test_a_text_is_read_once_however_often_the_list_changes(twins, monkeypatch):
    read = []
    known = Ledger.texts

    def texts(ledger, places):
        read.extend(places)
        return known(ledger, places)

    monkeypatch.setattr(Ledger, "texts", texts)

    async def script(room):
        await room.press("enter", "plus", "minus", "j", "enter", "x", "u")
        return room.text()

    assert "first-user-turn" in visit(twins, script)
    assert read
    assert len(read) == len(set(read))


def test_what_was_read_is_forgotten_before_it_fills_the_memory(twins, monkeypatch):
    monkeypatch.setattr(twin_desk, "REMEMBERED", 10)
    with Store(twins) as store:
        desk = twin_desk.TwinDesk(Ledger(store, "first-user-turn"), Cut(0.6))
        for place in (0, 1, 0, 2):
            texts, names = desk.said([place])
            assert texts == desk.ledger.texts([place])
            assert names == desk.ledger.names([place])
        assert len(desk._said) == 1


def test_a_removed_twin_is_out_of_sight_until_undo(twins):
    async def script(room):
        store = room.app.house.store
        seen = [store.conversations.count()]
        await room.press("enter", "j", "x")
        seen.append(store.conversations.count())
        assert "✗" in room.text()
        await room.press("u")
        seen.append(store.conversations.count())
        return seen

    assert visit(twins, script) == [6, 5, 6]


def test_a_spared_twin_stays_when_all_others_go(twins):
    async def script(room):
        store = room.app.house.store
        await room.press("enter", "j", "a", "X", "y", "e", "s", "enter")
        return store.conversations.count(), len(store.twins.spared("first-user-turn"))

    assert visit(twins, script) == (4, 1)


def test_a_workspace_that_was_not_searched_says_how(tmp_path):
    with Store(tmp_path / "empty.duckdb"):
        pass

    async def script(room):
        return room.text()

    assert "curator dedup" in visit(tmp_path / "empty.duckdb", script)


def test_meaning_is_switched_on_and_off_and_its_cosine_slides(tmp_path):
    path = tmp_path / "meant.duckdb"
    with Store(path) as store:
        store.conversations.add(
            [
                Conversation((Turn("user", text), Turn("assistant", "好。")), Origin("here"))
                for text in (
                    "谁是鲁迅？",
                    "鲁迅是谁？",
                    "想出一个恰当的双关语",
                    "想出一个合适的双关语",
                )
            ]
        )
        config = deduping.Config(semantic=True, model="char-grams")
        perform(store, deduping.STAGE, config, None, Silent())

    async def script(room):
        screens = [room.text()]
        for key in ("m", "m", "greater_than_sign", "less_than_sign"):
            await room.press(*[key] * (9 if key == "greater_than_sign" else 1))
            screens.append(room.text())
        await room.press("enter")
        return [*screens, room.text()]

    begun, off, on, high, lower, opened = visit(path, script)
    assert "2 groups, 2 twins" in begun
    assert "meaning ≥ 0.90: 2 more" in begun
    assert "0 groups, 0 twins" in off
    assert "meaning: m" in off
    assert on == begun
    assert "meaning ≥ 0.99: 1 more" in high
    assert "meaning ≥ 0.98: 1 more" in lower
    assert "wording 1.00" in opened
