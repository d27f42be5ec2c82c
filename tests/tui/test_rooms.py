"""The rooms beside the review: home, library, conversation, runs, history, numbers, palette."""

import threading
from time import monotonic

import pytest

from curator.conversation import Conversation, Origin, Turn
from curator.review import open_session
from curator.store import Store
from curator.store.acts import Acts
from curator.tui.rooms import ROOMS
from curator.tui.screens.runs import told_row
from curator.tui.told import Told
from tests.tui.driving import until
from tests.tui.halls import Slow, visit


@pytest.fixture
def many(tmp_path):
    """A workspace of 3,000 chats, imported by run 0."""
    path = tmp_path / "many.duckdb"
    with Store(path) as store:
        run = store.runs.open("import", {})
        store.conversations.add(
            [
                Conversation(
                    (Turn("user", f"Question {n}?"), *[Turn("assistant", "Yes.")] * (1 + n % 3)),
                    Origin("many.jsonl", n + 1, "messages"),
                    {"language": "zh" if n % 10 == 0 else "en"},
                )
                for n in range(3000)
            ],
            run,
        )
        store.runs.close(run, "finished", {"conversations": 3000})
    return path


def test_home_says_what_is_here_and_enter_does_the_next_step(workspace):
    async def script(v):
        assert v.room == "home"
        await v.see("5  rewrites")
        assert "curator review" in v.text()
        await v.press("enter")
        await v.see("1 of 5")

    visit(workspace, script)


def test_every_room_is_a_key_away_from_every_other_and_tab_goes_round(workspace):
    async def script(v):
        seen = []
        for _ in range(3):
            await v.press("tab")
            seen.append(v.room)
        assert seen == [*ROOMS][1:4]
        for key, room in (("O", "home"), ("L", "library"), ("W", "runs"), ("H", "history"),
                          ("S", "stats")):  # fmt: skip
            await v.press(key)
            assert v.room == room

    visit(workspace, script)


def test_a_library_opens_anywhere_and_asks_only_for_what_is_in_sight(many):
    async def script(v):
        await v.press("L")
        await v.see("3,000 conversations")
        await v.see("Question 0?")
        await v.press("G")
        await v.see("Question 2999?")
        assert len(v.app.screen.lines._blocks) <= 4
        await v.press("k", "k")
        assert v.app.screen.here == 2997
        await v.press("g", "pagedown")
        assert 20 < v.app.screen.here < 30

    visit(many, script)


def test_a_filter_and_an_order_narrow_the_library(many):
    async def script(v):
        await v.press("L", "slash")
        await v.type("lang:zh")
        await v.see("300 conversations")
        await v.press("s")
        await v.see("newest first")
        assert v.app.screen.here == 2990
        await v.press("slash")
        await v.type("lang:")
        await v.see("lang needs a value")

    visit(many, script)


def test_picked_chats_are_hidden_and_the_history_brings_them_back(many):
    async def script(v):
        await v.press("L", "space", "space", "X")
        await v.see("take the chats out of sight (2 chats)")
        await v.press("enter")
        await v.see("2 out of sight")
        await v.see("[by hand]")
        await v.press("H", "u")
        await v.see("back to light")
        await v.type("yes")
        await v.see("taken back as r2")
        assert v.store.hiding.count() == 0
        await v.press("u")  # the cursor is on what was just done
        await v.see("take r2 back?")
        await v.type("no")
        assert v.store.hiding.taken_back() == {1: 2}

    visit(many, script)


def test_a_conversation_shows_turns_proposals_and_where_it_came_from(workspace):
    async def script(v):
        await v.press("L", "enter")
        assert v.room == "conversation"
        for text in ("chats.jsonl:1", "1 user", "How do I boil an egg?", "pending", "six minutes",
                     "why: The person later says"):  # fmt: skip
            await v.see(text)
        await v.press("J")
        await v.see("怎么泡绿茶")
        await v.press("K", "K")
        await v.see("no further conversation")
        await v.press("q")
        assert v.room == "library"

    visit(workspace, script)


def test_a_stage_is_started_watched_and_its_numbers_shown(workspace):
    async def script(v):
        await v.press("W", "n")
        await v.see("Take a hundred steps.")
        await v.press("enter")
        await v.see("run, with any flags")
        await v.press("enter")
        await v.see("✓ slow")
        await v.see("100 steps")
        assert v.store.runs.latest(1)[0].state == "finished"

    visit(workspace, script)


def test_a_running_stage_shows_its_progress_and_is_cancelled(workspace):
    slow = Slow()
    slow.gate = 0.05

    async def script(v):
        await v.press("W", "n", "enter", "enter")
        await v.see("stepping")
        await v.press("n", "enter", "enter")
        await v.see("slow")
        await v.press("c")
        await v.see("stopped; what was finished is kept")
        assert v.store.runs.latest(1)[0].state == "cancelled"
        await v.press("c")
        await v.see("no stage is at work")

    visit(workspace, script, doing=slow)


def test_a_stage_that_fails_says_why_and_the_app_goes_on(workspace):
    async def script(v):
        await v.press("W", "n")
        await v.type("broken")
        await v.see("run, with any flags")
        await v.press("enter")
        await v.see("it broke")
        await v.press("O")
        assert v.room == "home"

    visit(workspace, script)


def test_the_history_shows_what_an_act_changed_and_snapshots_compare(workspace):
    async def script(v):
        await v.press("H", "m")
        await v.type("start")
        await v.see("snapshot start saved")
        rewrite = v.store.rewrites.all()[0]
        from tests.store.workspaces import said

        v.store.decisions.record(said(rewrite, "accept"))
        await v.press("O", "H")
        v.app.screen.fill()
        await v.see("accept    turn 2 of")
        await v.press("enter")
        await v.see("d1: accepted, turn 2")
        await v.press("q", "d", "enter")
        await v.see("pending → accept")

    visit(workspace, script)


def test_an_act_taken_back_in_the_history_is_due_again_in_the_review(workspace):
    async def script(v):
        await v.press("V")
        await v.see("1 of 5")
        await v.press("a")
        await v.see("2 of 5")
        await v.press("H")
        await v.see("accept    turn 2 of")
        await v.press("u")
        await v.see("to take back")
        await v.type("yes")
        await v.see("taken back as d2")
        await v.press("V")
        await v.see("0 done, 5 left")

    visit(workspace, script)


@pytest.mark.parametrize("key", ["ctrl+p", "colon"])
def test_the_palette_finds_any_act_by_a_part_of_its_name(workspace, key):
    async def script(v):
        await v.press(key)
        await v.see("type a part of a name")
        await v.press("h", "i", "s", "t")
        await v.press("enter")
        assert v.room == "history"
        await v.press(key, "escape")
        assert v.room == "history"
        await v.press(key, *"zzz", "enter")
        assert v.room == "history"

    visit(workspace, script)


def test_the_palette_of_the_review_decides_too(workspace):
    async def script(v):
        await v.press("V")
        await v.see("1 of 5")
        await v.press("ctrl+p", *"accept", "enter")
        await v.see("2 of 5")

    visit(workspace, script)


def test_help_shows_the_keys_of_the_room_it_was_asked_in(workspace):
    async def script(v):
        await v.press("L", "question_mark")
        await v.see("only those that match a filter")
        await v.press("escape")
        await v.press("H", "question_mark")
        await v.see("take this act back")

    visit(workspace, script)


def test_leaving_goes_back_room_by_room_and_then_out(workspace):
    async def script(v):
        await v.press("L", "enter", "q", "q")
        assert v.room == "home"
        await v.press("V")
        await v.see("1 of 5")
        await v.press("q")
        assert v.room == "home"
        await v.press("q")
        await v.see("This session")

    visit(workspace, script)


def test_a_click_moves_the_cursor_and_a_second_one_opens(many):
    async def script(v):
        await v.press("L")
        await v.see("Question 3?")
        await v.pilot.click("#page", offset=(10, 3))
        await v.settle()
        assert v.app.screen.here == 3
        await v.pilot.click("#page", offset=(10, 3))
        await v.settle()
        assert v.room == "conversation"

    visit(many, script)


@pytest.mark.parametrize("size", [(1, 1), (20, 5), (80, 24), (200, 60)])
def test_every_room_is_drawn_at_any_size(workspace, size):
    async def script(v):
        for key in ("L", "W", "H", "S", "O"):
            await v.press(key)
            assert len(v.screen()) == size[1]

    visit(workspace, script, size=size)


def test_a_workspace_that_cannot_be_opened_ends_the_app_with_its_sentence():
    from curator.errors import StoreError
    from curator.tui.app import ReviewApp

    def begin():
        raise StoreError("it is locked")

    async def run():
        app = ReviewApp(begin=begin, first="home")
        async with app.run_test() as pilot:
            await until(pilot, lambda: app.failed is not None)
        return app.failed

    import asyncio

    assert str(asyncio.run(run())) == "it is locked"


def test_what_to_type_is_said_before_a_long_act_fills_the_line(workspace):
    async def script(v):
        await v.press("V", "a", "x", "H", "j")
        await v.see("accept ")
        await v.press("u")
        await v.see("take d1 back? type yes, Enter")
        await v.type("yes")
        await v.see("d1 taken back as d3")
        await v.press("u")
        await v.see("take d3 back?")

    visit(workspace, script, size=(60, 24))


def test_the_next_step_is_one_enter_away_with_its_line_to_look_at(workspace):
    with Store(workspace) as store:
        review = open_session(store.desk, "ann")
        while review.item is not None:
            review.accept()

    async def script(v):
        await v.see("curator export --format alpaca writes")
        await v.press("enter")
        await v.see("run, with any flags")
        assert v.app.screen.query_one("Input").value == "export --format alpaca "
        await v.press("escape")
        assert v.room == "runs"

    visit(workspace, script)


def test_a_stage_at_work_stands_in_the_list_and_how_it_ended_is_signed(workspace):
    slow = Slow()
    slow.gate = 0.2

    async def script(v):
        await v.press("W", "n", "enter", "enter")
        await v.see("▷ slow       20")
        await v.press("c")
        await v.see("■ slow: stopped")
        await v.see("■ slow       20")

    visit(workspace, script, doing=slow)


def test_the_pace_of_a_stage_is_that_of_the_present_stretch():
    told = Told("reflect", started=monotonic() - 3600)
    told.begin(None, "looking")
    assert "0 · 1:00:0" in "".join(text for text, _ in told_row(told, 120))
    told.begin(400, "rewrites")
    told.since = monotonic() - 120
    told.step(20)
    said = "".join(text for text, _ in told_row(told, 200))
    assert "rewrites 20 of 400, 10.0 a minute, about 38:0" in said


def test_a_queue_that_changed_meanwhile_is_drawn_anew_when_one_comes_back(workspace):
    async def script(v):
        await v.see("1 of 5")
        await v.press("a")
        await v.press("L", "j", "x")
        await v.see("Enter: ")
        await v.press("enter")
        await v.see("takes it back")
        await v.press("q")
        assert v.room == "review"
        await v.see("1 done, 3 left")

    visit(workspace, script, first="review")


def test_curator_alone_goes_home_where_there_is_nothing_to_review(many, workspace):
    async def script(v):
        return v.room

    assert visit(many, script, first="due") == "home"
    assert visit(workspace, script, first="due") == "review"


def test_history_goes_back_to_any_act_after_a_look_and_forward_again(workspace):
    async def script(v):
        await v.see("1 of 5")
        await v.press("a", "x", "a", "H")
        await v.see("3 acts")
        await v.press("j", "j", "s")
        await v.see("pending → reject  ann")
        await v.press("q", "t")
        await v.see("2 acts taken back: d3, d2")
        await v.type("yes")
        await v.see("as just after d1, by 2 acts; t on d3")
        assert v.store.decisions.count() == 5
        await v.press("V")
        await v.see("1 done, 4 left")
        await v.press("H", "g", "t")
        await v.see("nothing was done since d5")

    visit(workspace, script, first="review")


def test_a_way_back_tells_how_far_it_is_and_escape_stops_it_between_two_acts(
    workspace, monkeypatch
):
    reached, go_on = threading.Event(), threading.Event()
    back = Acts.roll_back

    def slowly(self, name, reviewer):
        reached.set()
        assert go_on.wait(60)
        return back(self, name, reviewer)

    monkeypatch.setattr(Acts, "roll_back", slowly)

    async def script(v):
        await v.see("1 of 5")
        await v.press("a", "x", "a", "H")
        await v.see("3 acts")
        await v.press("j", "j", "t")
        await v.see("2 acts taken back: d3, d2")
        # Not `type` and `press`: these wait until what is to be seen is over.
        await v.pilot.press("y", "e", "s", "enter")
        await v.see("taken back 0 of 2")
        await v.pilot.press("escape")
        await v.see("stopping after the act in hand")
        go_on.set()
        await v.see("stopped on the way back, after 1 act; t goes on, t on d3 goes forward again")
        assert v.store.decisions.tally()["accept"] == 1
        await v.press("t")
        await v.type("yes")
        await v.see("as just after d1")
        assert v.store.decisions.tally() == {"accept": 1, "flagged": 0}
        await v.press("escape")
        assert v.room == "review"

    visit(workspace, script, first="review")


def test_a_queue_is_kept_as_a_view_and_found_again_in_review_and_library(workspace):
    async def script(v):
        await v.see("1 of 5")
        await v.press("F")
        await v.type("line:1..2")
        await v.see("2 in this queue")
        await v.press("Z")
        await v.see("+ keep this one    line:1..2")
        await v.press("enter")
        await v.see("a name for this queue")
        await v.type("first two")
        await v.see("saved kept as a view")
        assert v.store.views.get("first two").where == "line:1..2"
        await v.press("F")
        await v.type("")
        await v.see("5 in this queue")
        await v.press("Z", "enter")
        await v.see("2 in this queue")
        await v.press("L", "Z", "enter")
        await v.see("2 conversations")
        await v.press("Z", "down", "enter")
        await v.type("chats")
        await v.see("kept as chats")
        assert v.store.views.get("chats").where == "line:1..2"

    visit(workspace, script, first="review")


def test_a_review_can_begin_blind(workspace):
    async def script(v):
        await v.see("1 LEFT")
        assert "− OLD" not in v.text()
        assert "which is better?" in v.text()

    visit(workspace, script, first="review", blind=True)


def test_one_verdict_is_told_once_in_the_history_however_narrow(workspace):
    async def script(v):
        await v.press("a")
        await v.press("H")
        await v.see("accept    turn 2 of “")
        assert "1 accepted" not in v.text()

    visit(workspace, script, first="review", size=(80, 24))
