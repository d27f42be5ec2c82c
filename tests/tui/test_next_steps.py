"""What the app says where one cannot go on, and that it sees what a stage has made meanwhile."""

import pytest

from curator.conversation import Conversation, Origin, Rewrite, Turn
from curator.stages.base import Report
from curator.store import Store
from curator.tui.hall_keys import LIBRARY
from curator.tui.ink import width_of
from curator.tui.keys import KEYS
from curator.tui.screens.nothing import nothing_left
from curator.tui.screens.small import help_rows
from curator.tui.widgets import bars
from curator.tui.work import Seen
from tests.tui.halls import Slow, visit
from tests.tui.test_page import pace

CHAT = Conversation(
    (Turn("user", "How do I boil an egg?"), Turn("assistant", "In water."), Turn("user", "How?")),
    Origin("eggs.jsonl", 1, "messages"),
    {"language": "en"},
)


class Rewriting(Slow):
    """A stage that makes one rewrite, some time after it began."""

    gate = 0.005

    def run(self, store, config, engines, progress):
        super().run(store, config, engines, progress)
        store.rewrites.add([Rewrite(CHAT.id, 1, "too short", "Nine minutes.", "m", "p")])
        return Report(counts={"rewrites": 1})


@pytest.fixture
def unread(tmp_path):
    """A workspace of one chat that nothing was made of yet."""
    path = tmp_path / "unread.duckdb"
    with Store(path) as store:
        store.conversations.add([CHAT])
    return path


def told(v):
    return [(each.title, each.message) for each in v.app._notifications]


def test_what_a_stage_makes_is_there_to_review_wherever_one_waited_for_it(unread):
    async def script(v):
        await v.press("W", "n", "enter", "enter", "V")
        await v.see("Nothing to review yet")
        await v.see("Nine minutes.")
        assert told(v) == [("slow has ended", "1 rewrite")]

    visit(unread, script, first="review", doing=Rewriting())


def test_a_stage_that_ends_is_told_in_every_room_and_home_counts_anew(unread):
    async def script(v):
        await v.press("W", "n", "enter", "enter", "O")
        await v.see("▷ slow")
        await v.see("1  rewrite")
        assert told(v) == [("slow has ended", "1 rewrite")]
        await v.press("r")
        await v.see("Nine minutes.")

    visit(unread, script, doing=Rewriting())


def test_a_line_that_is_there_is_gone_on_with_instead_of_typed_over(unread):
    async def script(v):
        await v.press("W", "n", "enter")
        await v.pilot.press("x")
        await v.see("slow x")

    visit(unread, script)


def test_a_box_to_choose_from_says_what_for_how_and_where_nothing_is_called_so(unread):
    async def script(v):
        await v.press("W", "n")
        await v.see("start which stage?")
        await v.see("Esc goes back")
        await v.press("q", "q", "q")
        await v.see("nothing here is called so")

    visit(unread, script)


def test_where_nothing_is_to_be_judged_the_keys_are_those_that_go_on(unread):
    async def script(v):
        await v.see("rewrite the answers of 1 chat")
        assert "curator import" not in v.text()
        assert "accept" not in v.screen()[-1]
        assert "runs" in v.screen()[-1]

    visit(unread, script, first="review", size=(80, 24))


@pytest.mark.parametrize("seen", [{}, {"chats": 3, "given": 7}, {"rewrites": 9, "given": 7}])
def test_no_word_on_what_to_do_next_is_cut_off(seen):
    for width in (60, 79):
        rows = nothing_left(Seen(None, pace({}, 0, 0, 0, 0.0), None, list, **seen), width).rows
        assert max(map(width_of, rows)) <= width


def test_home_of_a_new_workspace_fits_a_small_screen(unread):
    async def script(v):
        await v.see("conversation")
        assert "adapters" not in v.text()
        assert "embedded" not in v.text()

    visit(unread, script, size=(80, 24))


def test_the_columns_of_help_begin_at_one_place():
    for table in (KEYS, LIBRARY):
        texts = ["".join(text for text, _ in row) for row in help_rows(table, 160)]
        (at,) = {text.index(title) for text in texts for title in ("  Note",) if title in text}
        assert all(text[at - 1 : at + 2].strip() == "" for text in texts if len(text) > at)


def test_a_broad_footer_tells_of_more_keys_and_of_none_that_has_nothing_to_act_on():
    def said(*given, **named):
        return "".join(text for text, _ in bars.footer(KEYS, *given, **named))

    assert "t hunk" in said(80)
    assert "# tags" in said(140)
    assert "Q queue" in said(160)
    assert "later" in said(120)
    assert "later" not in said(120, absent=("toggle_later",))


def test_a_question_cut_off_in_a_small_chat_says_so(tmp_path):
    path = tmp_path / "long.duckdb"
    asked = "\n".join(f"Line {n} of the question." for n in range(30))
    answer = "\n".join(f"Line {n} of the answer." for n in range(30))
    chat = Conversation((Turn("user", asked), Turn("assistant", answer)), Origin("x.jsonl", 1, "m"))
    with Store(path) as store:
        store.conversations.add([chat])
        store.rewrites.add([Rewrite(chat.id, 1, "", answer.replace("Line", "Row", 1), "m", "p")])

    async def script(v):
        await v.see("Tab question goes on")
        await v.press("tab")
        assert "question goes on" not in v.text()

    visit(path, script, first="review", size=(80, 24))


def test_a_terminal_of_a_hundred_columns_has_the_answers_side_by_side(workspace):
    async def script(v):
        await v.see("│ + NEW")

    visit(workspace, script, first="review", size=(100, 30))


def test_a_further_tag_is_typed_behind_those_that_are_there(workspace):
    async def script(v):
        await v.press("number_sign", *"old", "enter", "number_sign", *"new", "enter")
        await v.see("# old new")

    visit(workspace, script, first="review")
