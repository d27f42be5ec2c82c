"""The mouse: never needed, but it does what a hand expects. And the arrows do what letters do."""

import pytest
from textual.events import MouseScrollDown

from curator.store import Store
from curator.tui.widgets.rows import Rows
from tests.tui.chats import fill
from tests.tui.driving import drive
from tests.tui.halls import visit

LONG = (
    ("Tell me.\n" + "\n".join(f"and of {n}" for n in range(30)), "Why?"),
    "\n\n".join(f"The old answer, part {n}, is of some length." for n in range(40)),
    "\n\n".join(f"The new answer, part {n}, is of some length." for n in range(20)),
    "It was too long.",
)


@pytest.fixture
def long(tmp_path):
    path = tmp_path / "w.duckdb"
    with Store(path) as store:
        fill(store, [LONG, LONG])
    return path


def at(d, pane):
    return d.app.screen.query_one(f"#{pane}", Rows).scroll_offset.y


async def wheel(d, pane):
    await d.pilot._post_mouse_events([MouseScrollDown], widget=f"#{pane}", button=0)
    await d.pilot.pause()


def test_a_click_on_a_key_in_the_footer_does_what_the_key_does(workspace, verdicts):
    async def script(d):
        foot = d.screen()[-1]
        await d.pilot.click("#keys", offset=(foot.index("reject") + 2, 0))
        await d.settle()
        assert "✓ saved rejected" in d.text()
        assert d.item.number == 2
        await d.press("b")
        foot = d.screen()[-1]
        await d.pilot.click("#keys", offset=(foot.index("2 right"), 0))
        await d.settle()
        assert d.item.number == 3
        await d.pilot.click("#keys", offset=(115, 0))  # where nothing stands
        assert d.item.number == 3

    drive(workspace, script)
    assert verdicts()[0] == "reject"
    assert verdicts()[1] in ("accept", "reject")


def test_a_click_on_a_key_of_a_hall_goes_there(workspace):
    async def script(v):
        await v.pilot.click("#keys", offset=(v.screen()[-1].index("library"), 0))
        await v.settle()
        return v.room

    assert visit(workspace, script) == "library"


def test_the_wheel_moves_both_panes_and_says_how_much_is_left(long):
    async def script(d):
        assert "↓" in d.screen()[-2]
        assert "↑" not in d.screen()[-2]
        await wheel(d, "right")
        assert at(d, "right") > 0
        assert at(d, "left") > at(d, "right")  # it is twice as long
        await d.see("↑")
        before = at(d, "left")
        await wheel(d, "page")
        assert at(d, "page") > 0
        assert at(d, "left") == before

    drive(long, script, size=(80, 24))


def test_a_click_on_the_later_turns_shows_and_folds_them(workspace):
    async def script(d):
        line = next(y for y, row in enumerate(d.screen()) if "later turns the old" in row)
        await d.pilot.click("#page", offset=(5, line - 1))
        await d.settle()
        assert "It has to be soft." in d.text()
        assert d.item.saw_later
        line = next(y for y, row in enumerate(d.screen()) if "later turns" in row)
        await d.pilot.click("#page", offset=(5, line - 1))
        await d.settle()
        assert "It has to be soft." not in d.text()

    drive(workspace, script)


@pytest.mark.parametrize(("arrow", "letter"), [("down", "j"), ("pagedown", "ctrl+d"), ("end", "G")])
def test_an_arrow_moves_what_its_letter_moves(long, arrow, letter):
    """The chat has the focus, but it is the answers that are read."""

    async def script(d):
        await d.press(letter)
        there = at(d, "page"), at(d, "left"), at(d, "right")
        await d.press("g", "home")
        assert at(d, "left") == 0
        await d.pilot.click("#right", offset=(5, 2))
        await d.press(arrow)
        assert (at(d, "page"), at(d, "left"), at(d, "right")) == there
        assert at(d, "left") > 0
        assert "↑" in d.screen()[-2]

    drive(long, script, size=(80, 24))


def test_a_click_chooses_a_queue_and_a_second_one_shows_it(workspace):
    async def script(d):
        await d.press("Q")
        await d.see("in which order")
        y, row = next((y, row) for y, row in enumerate(d.screen()) if "longest" in row)
        x = row.index("longest")
        await d.pilot.click(offset=(x, y))
        await d.see("long answers first")
        await d.pilot.click(offset=(x, y))
        await d.settle()
        assert d.room.session.spec.order == "longest"

    drive(workspace, script)
