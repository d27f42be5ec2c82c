"""The library: picking by hand, and acting on what is picked."""

import msgspec
import pytest

from curator.cli.entering import Doing
from curator.conversation import Conversation, Origin, Turn
from curator.settings import Settings
from curator.store import Store
from curator.store.shelf import Card
from curator.tui.screens.library import card_row, column_heads
from tests.store.workspaces import fill
from tests.tui.halls import visit


@pytest.fixture
def many(tmp_path):
    path = tmp_path / "many.duckdb"
    with Store(path) as store:
        fill(store, 40)
    return path


def picked(v):
    return v.app.screen.picks.ords()


def verdicts(v):
    return {head.verdict for head in v.store.decisions.heads().values()}


def test_rows_ranges_all_and_the_others_are_picked_and_let_go(many):
    async def script(v):
        await v.press("L", "space", "space", "j", "space")
        assert picked(v) == [0, 1, 3]
        await v.see("3 picked")
        await v.press("g", "space")
        assert picked(v) == [1, 3]
        await v.press("v", "j", "j", "j", "v")
        assert picked(v) == [1, 2, 3, 4]
        await v.press("I")
        assert picked(v) == [0, *range(5, 40)]
        await v.press("C")
        assert picked(v) == []
        await v.press("A")
        assert len(picked(v)) == 40
        await v.press("v", "j", "escape", "C", "q")
        assert v.room == "home"

    visit(many, script)


def test_marks_are_shown_and_stay_with_the_chat_in_another_order_and_filter(many):
    async def script(v):
        await v.press("L", "j", "space")
        assert any(line.startswith(" •        2") for line in v.screen())
        await v.press("s")
        await v.see("newest first · 1 picked")
        assert not any(line.startswith(" •") for line in v.screen())
        await v.press("G", "k")
        assert any(line.startswith("▶•        2") for line in v.screen())
        await v.press("slash")
        await v.type("number:2..3")
        await v.see("2 conversations")
        assert picked(v) == [1]

    visit(many, script)


def test_a_range_is_seen_before_it_is_picked(many):
    async def script(v):
        await v.press("L", "v", "j", "j")
        assert sum("•" in line[:3] for line in v.screen()) == 3
        assert picked(v) == []
        await v.press("escape")
        assert sum("•" in line[:3] for line in v.screen()) == 0

    visit(many, script)


def test_picked_chats_are_accepted_after_a_look_and_one_key_takes_it_back(many):
    async def script(v):
        await v.press("L", "space", "space", "a")
        await v.see("2 chats picked, with 2 pending of 2 rewrites")
        await v.see("What is 0 and one?")
        assert verdicts(v) == set()
        await v.press("enter")
        await v.see("2 rewrites: take the new answers; u takes it back")
        assert verdicts(v) == {"accept"}
        assert picked(v) == []
        await v.press("u")
        await v.see("taken back")
        assert verdicts(v) == {None}
        await v.press("u")
        await v.see("nothing was done here")

    visit(many, script)


def test_without_picks_an_act_is_on_the_chat_under_the_cursor(many):
    async def script(v):
        await v.press("L", "j", "number_sign")
        await v.see("tag them with")
        await v.type("math")
        await v.see("give the chats the tag math (1 chat)")
        assert v.store.tags.names() == {}
        await v.press("enter")
        await v.see("1 chat tagged math")
        assert v.store.selecting.conversations("tag:math") == [1]

    visit(many, script)


def test_nothing_is_done_before_enter(many):
    async def script(v):
        await v.press("L", "A", "B")
        await v.see("40 chats picked")
        for key in ("a", "x", "f", "F", "X", "Q"):
            await v.press(key)
        await v.press("escape")
        assert verdicts(v) == set()
        assert v.store.tags.names() == {}
        assert v.store.hiding.count() == 0
        assert len(picked(v)) == 40

    visit(many, script)


def test_hits_of_a_search_are_picked_and_sent_to_a_queue(many):
    async def script(v):
        await v.press("L", "slash")
        await v.type('"added up 7"')
        await v.see("1 conversation,")
        await v.press("A", "slash")
        await v.type('"added up 9"')
        await v.see("1 conversation,")
        await v.press("A", "Q", "enter")
        await v.see("1 of 2")
        assert v.room == "review"
        assert v.store.selecting.conversations("tag:picked-1") == [6, 8]

    visit(many, script)


def test_the_view_or_the_picks_are_copied_as_a_command(many):
    async def script(v):
        await v.press("L", "slash")
        await v.type("turns:4")
        await v.see("40 conversations")
        await v.press("P")
        await v.see("copied: curator list --where turns:4 --workspace")
        await v.press("space", "j", "space", "P")
        await v.see("--where 'number:1 or number:3'")

    visit(many, script)


def test_a_mistake_in_the_filter_is_told_and_the_list_stays(many):
    async def script(v):
        await v.press("L", "slash")
        await v.type("rol:user")
        await v.see("nothing called 'rol'")
        await v.press("escape")
        assert v.app.screen.lines.total == 40

    visit(many, script)


def plain(row):
    return "".join(text for text, _ in row)


@pytest.mark.parametrize("width", [78, 118, 198])
def test_each_column_has_a_head_above_it_and_a_gap_behind_it(width):
    words = {"pending": 3, "accept": 5, "reject": 4, "edit": 12, "skip": 7}
    card = Card(6, "a" * 32, "chats.jsonl", 12, "en", 22, "Text begins", "", words)
    few = plain(card_row(msgspec.structs.replace(card, words={"pending": 3}), width))
    heads = plain(column_heads(width))
    assert heads.index("turns") + len("turns") == few.index("22") + len("22")
    for head, cell in (("in ", "en "), ("verdicts", "·3"), ("begins", "Text begins")):
        assert heads.index(head) == few.index(cell)
    assert ("from" in heads) == ("chats.jsonl:12" in few) == (width > 100)
    if width > 100:
        assert "✗ refused" in heads
        assert len(heads) == len(few) == width
    assert "·3✓5✎12✗4→7 Text" in plain(card_row(card, width))


def test_the_library_shows_its_heads_above_the_first_chat(many):
    async def script(v):
        await v.press("L")
        await v.see("40 conversations")
        assert v.screen()[1].split()[:2] == ["chat", "turns"]
        assert v.screen()[2].startswith("▶         1")

    visit(many, script, size=(80, 24))


def test_chats_out_of_order_are_put_right_from_the_library_after_a_look(tmp_path):
    path = tmp_path / "w.duckdb"
    with Store(path) as store:
        turns = (Turn("assistant", "Hello."), Turn("user", "Hi?"), Turn("assistant", "Yes."))
        store.conversations.add([
            Conversation(turns, Origin("cut.jsonl", 1, "sharegpt")),
            Conversation(turns[1:], Origin("whole.jsonl", 1, "sharegpt")),
        ])  # fmt: skip

    async def script(v):
        await v.press("L", "m")
        await v.see("1 chat with turns out of order")
        await v.see("A6 U3 A4 → U3 A4")
        assert v.store.fixes.undo(None) == 0
        await v.press("enter")
        await v.see("✓ fix")
        assert v.room == "runs"
        assert [c.turns[0].role for _, c in v.store.conversations.between(0, 9)][-1] == "user"

    visit(path, script, doing=Doing(Settings()))
