"""Queues, filters, searching and bulk acts in the reading room, by their keys."""

import pytest
from textual.widgets import Input

from curator.filters import parse
from curator.filters.words import wanted
from curator.store import Store
from curator.tui.ink import LIT
from curator.tui.keymap import keymap
from curator.tui.lighting import lit
from curator.tui.widgets.rows import Rows
from tests.tui.driving import drive
from tests.tui.driving import until as meanwhile
from tests.tui.test_snapshots import SIZES, compare


async def until(driver, text):
    await driver.see(text)
    await driver.settle()


async def typed(driver, text):
    """Type into the line that is open."""
    for key in text:
        await driver.pilot.press({" ": "space", ":": "colon"}.get(key, key))
    await driver.pilot.pause()


def window(driver):
    """The lines of the window that is open, without what lies behind it."""
    lines = []
    for widget in driver.app.screen.query("Bar, Input, Rows"):
        if isinstance(widget, Input):
            lines.append(widget.value)
        else:
            rows = widget.rows if isinstance(widget, Rows) else (widget.row,)
            lines += ["".join(text for text, _ in row).rstrip() for row in rows]
    return lines


def test_q_chooses_a_queue_and_an_order_and_the_bar_says_so(workspace):
    async def script(driver):
        await driver.press("a", "x")
        await driver.pilot.press("Q")
        await driver.see("which rewrites")
        await driver.see("accepted                1")
        await driver.pilot.press("down")
        await driver.pilot.press("tab", *["up"] * 2)
        await driver.see("shortest")
        await driver.pilot.press("enter")
        await until(driver, "1 in this queue")
        assert "accepted · shortest" in driver.screen()[0]
        assert driver.item.verdict == "accept"
        assert driver.item.of == 1

    drive(workspace, script)


def test_f_counts_while_one_types_and_points_at_a_mistake(workspace):
    async def script(driver):
        await driver.pilot.press("F")
        await driver.see("5 pending rewrites")
        await typed(driver, "rol:x")
        await driver.see("did you mean role?")
        caret = next(line for line in driver.screen() if line.strip() == "^")
        answer = next(line for line in driver.screen() if "rol:x" in line)
        assert caret.index("^") == answer.index("rol:x")
        await driver.pilot.press("enter")
        await driver.pilot.pause()
        assert "did you mean role?" in driver.text()
        await driver.pilot.press(*["backspace"] * 5)
        await typed(driver, "line:1..2")
        await driver.see("2 pending rewrites, in 2 chats")
        await driver.pilot.press("enter")
        await until(driver, "2 in this queue")
        assert "pending" not in driver.screen()[0]
        assert "line:1..2" in driver.screen()[0]
        assert driver.item.of == 2

    drive(workspace, script)


def test_tab_completes_names_and_values(workspace):
    async def script(driver):
        await driver.pilot.press("F")
        await driver.see("5 pending rewrites")
        await typed(driver, "lan")
        await driver.see("language of the chat")
        await driver.pilot.press("tab")
        await driver.see("lang:")
        await driver.see("▸ en")
        await driver.pilot.press("tab", "enter")
        await until(driver, "5 in this queue")
        assert driver.room.session.spec.where == "lang:en"

    drive(workspace, script)


def test_escape_leaves_the_queue_as_it_is(workspace):
    async def script(driver):
        for key in ("F", "Q", "B"):
            await driver.pilot.press(key)
            await driver.pilot.pause()
            await driver.pilot.press("escape")
            await driver.settle()
        assert driver.room.session.spec.plain
        assert driver.item.of == 5

    drive(workspace, script)


def test_a_word_for_all_is_shown_first_and_one_undo_takes_it_back(workspace, verdicts):
    async def script(driver):
        await driver.press("x")
        await driver.pilot.press("B")
        await driver.see("all 4 rewrites of this queue, in 4 chats")
        await driver.see("nothing is done before Enter")
        await driver.pilot.press("enter")
        await driver.pilot.pause()
        await driver.pilot.press("a")
        await driver.see("take the new answers, all 4")
        await driver.pilot.press("enter")
        await until(driver, "4 decided at once")
        assert driver.item is None
        await driver.press("u")
        assert driver.item is not None

    drive(workspace, script)
    assert verdicts() == ["reject", None, None, None, None]


def test_a_bulk_act_survives_the_session_and_is_undone_in_the_next(workspace, verdicts):
    async def accept_all(driver):
        await driver.pilot.press("B")
        await driver.see("all 5 rewrites")
        await driver.pilot.press("a", "enter")
        await until(driver, "5 decided at once")
        assert "Nothing is left in this queue" in driver.text()
        assert "5 decided all at once." in driver.text()
        assert "Nothing was decided" not in driver.text()

    async def undo(driver):
        await driver.press("u")

    drive(workspace, accept_all)
    assert verdicts() == ["accept"] * 5
    drive(workspace, undo)
    assert verdicts() == [None] * 5


def test_all_can_be_tagged_at_once(workspace):
    async def script(driver):
        await driver.pilot.press("B")
        await driver.see("all 5 rewrites")
        await driver.pilot.press("number_sign")
        await typed(driver, "math hard")
        await driver.pilot.press("enter")
        await driver.see("tag them math hard")
        await driver.pilot.press("enter")
        await until(driver, "5 decided at once")

    drive(workspace, script)
    with Store(workspace) as store:
        assert store.selecting.count("tag:math tag:hard", "rewrite") == 5


def test_p_copies_the_queue_as_a_command(workspace):
    async def script(driver):
        await driver.pilot.press("F")
        await driver.see("5 pending rewrites")
        await typed(driver, "line:1..2")
        await driver.pilot.press("enter")
        await until(driver, "2 in this queue")
        await driver.pilot.press("P")
        await driver.see("copied: curator review --where line:1..2")
        assert driver.app.clipboard == "curator review --where line:1..2"

    drive(workspace, script)


def test_words_are_lit_and_n_goes_on_to_the_next_chat_that_says_them(workspace):
    async def script(driver):
        await driver.pilot.press("slash")
        await typed(driver, "python")
        await driver.pilot.press("enter")
        await until(driver, "1 chat says python")
        assert "add in Python" in driver.text()
        inked = [ink for row in driver.room.page.rows for text, ink in row if text == "Python"]
        assert any(ink & LIT for ink in inked)
        await meanwhile(driver.pilot, lambda: driver.room._hit == 0)
        assert (driver.item.number, driver.room._hit) == (4, 0)
        await driver.press(*["n"] * len(driver.room._hits))
        await driver.see("no further item that way")

    drive(workspace, script)


def test_words_that_run_on_into_the_next_row_are_lit_too():
    terms = wanted(parse('"two words" 学习').root)
    rows = ((("a two", 0),), (("words b", 4),), (("机器学", 0),), (("习 ok", 0),))
    lighted, hits = lit(rows, terms)
    assert hits == (0, 2)
    assert lighted[0] == (("a ", 0), ("two", LIT))
    assert lighted[1] == (("words", 4 | LIT), (" b", 4))
    assert lighted[2] == (("机器", 0), ("学", LIT))
    assert lighted[3] == (("习", LIT), (" ok", 0))


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
def test_the_windows_fit_small_and_large_screens(workspace, size):
    async def script(driver):
        for key, text in (("Q", "Enter shows it"), ("B", "Esc"), ("F", "5 pending rewrites")):
            await driver.pilot.press(key)
            if text != "Esc":
                await driver.see(text)
            await driver.pilot.press("escape")
            await driver.settle()

    drive(workspace, script, size=size)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_windows_look_like_their_golden_files(workspace, size):
    async def script(driver):
        screens = {}
        await driver.pilot.press("Q")
        await driver.see("all                     5")
        screens["queues"] = window(driver)
        await driver.pilot.press("escape", "B")
        await driver.see("all 5 rewrites of this queue")
        await driver.pilot.press("a")
        await driver.see("take the new answers")
        screens["bulk"] = window(driver)
        await driver.pilot.press("escape", "F")
        await driver.see("5 pending rewrites")
        await typed(driver, "role:user lan")
        await driver.see("language of the chat")
        await driver.see("0 pending rewrites")
        screens["filter"] = window(driver)
        return screens

    for name, lines in drive(workspace, script, size=size).items():
        compare(f"{name}-{size[0]}x{size[1]}", lines)


def test_the_way_back_leads_through_filters_and_searches_and_forward_again(workspace):
    async def script(driver):
        await driver.press("J")
        await driver.pilot.press("slash")
        await typed(driver, "python")
        await driver.pilot.press("enter")
        await until(driver, "1 chat says python")
        await driver.press("F")
        await driver.see("pending rewrites")
        await typed(driver, "line:1..3")
        await driver.pilot.press("enter")
        await until(driver, "3 in this queue")
        assert driver.item.of == 3
        await driver.press("less_than_sign")
        await driver.see("> forward again")
        assert (driver.item.number, driver.item.of) == (4, 5)
        await driver.press("ctrl+o")
        assert (driver.item.number, driver.item.of) == (2, 5)
        await driver.press("less_than_sign")
        await driver.see("this is where it began")
        await driver.press("greater_than_sign", "greater_than_sign")
        await driver.see("line:1..3")
        assert driver.item.of == 3
        await driver.press("greater_than_sign")
        await driver.see("this is where it ended")

    drive(workspace, script)


def test_with_the_keys_of_vim_ctrl_o_and_tab_are_the_way_back_and_forward():
    table = {key.action: key.keys for key in keymap("vim")["review"]}
    assert table["jump(-1)"][0] == "ctrl+o"
    assert table["jump(1)"][:2] == ("tab", "ctrl+i")
    assert table["pane"] == ("ctrl+w",)
