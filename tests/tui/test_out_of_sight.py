"""What does not fit on the screen and must be known of: changes, the question, the criticism."""

import pytest

from curator.conversation import Conversation, Origin, Rewrite, Turn
from curator.store import Store
from tests.tui.chats import fill
from tests.tui.driving import drive
from tests.tui.test_judging import made

SENTENCES = [f"Sentence number {n} says what it says." for n in range(60)]
LONG = "\n\n".join(SENTENCES)


@pytest.fixture
def one_change(tmp_path):
    return made(tmp_path / "w.duckdb", LONG.replace("number 50", "number fifty"), before=LONG)


def test_a_change_below_the_screen_is_told_and_its_key_goes_there(one_change):
    async def script(d):
        told = d.text()
        await d.press("right_square_bracket")
        return told, d.text()

    told, then = drive(one_change, script, size=(120, 40))
    assert "] next change" in told
    assert "lines down" in told
    assert "fifty" not in told
    assert "number fifty" in then
    assert "next change" not in then
    assert "change 1 of 1" in then


def test_a_key_that_cannot_go_further_says_so(one_change):
    async def script(d):
        await d.press("G", "right_square_bracket")
        return d.text()

    said = drive(one_change, script)
    assert "no further change that way" in said or "in sight" in said


def test_the_criticism_stands_above_long_answers_but_not_in_blind_mode(one_change):
    async def script(d):
        plainly = d.text()
        await d.press("b")
        blind = d.text()
        await d.press("b", "c")
        return plainly, blind, d.text()

    plainly, blind, folded = drive(one_change, script)
    assert "why: too hard" in plainly
    assert "too hard" not in blind
    assert "too hard" not in folded


def test_the_end_of_a_long_question_tells_where_it_begins(tmp_path):
    path = tmp_path / "w.duckdb"
    lines = "\n".join(f"line {n}" for n in range(40))
    with Store(path) as store:
        fill(store, [((f"{lines}\nWhich line is last?", "Thanks."), "None.", "Line 39.", "wrong")])

    async def script(d):
        told = d.text()
        await d.press("g")
        return told, d.text()

    told, at_its_beginning = drive(path, script)
    assert "question begins" in told
    assert "lines up" in told
    assert "Which line is last?" in told
    assert "question begins" not in at_its_beginning


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("One. Two.", "nothing new"),
        ("One. Two. Three. Four.", "% new"),
    ],
)
def test_the_title_says_nothing_new_where_only_something_went(tmp_path, new, said):
    path = made(tmp_path / "w.duckdb", new, before="One. Two. Three.")

    async def script(d):
        return d.text()

    shown = drive(path, script)
    assert said in shown
    assert "the same" not in shown


def test_a_text_that_is_cut_is_called_the_same_only_as_far_as_it_is_shown(tmp_path):
    path = made(tmp_path / "w.duckdb", "word " * 20_000 + "end", before="word " * 20_000)

    async def script(d):
        return d.text()

    assert "the same as far as shown" in drive(path, script)


def test_what_is_out_of_sight_is_counted_anew_where_the_page_grows(tmp_path):
    path = tmp_path / "w.duckdb"
    long = "\n".join(f"line {n}" for n in range(60))
    with Store(path) as store:
        fill(store, [(("q", "r"), long, f"{long}!", "c"), (("s", "r"), "One two.", "One.", "c")])

    async def script(d):
        assert d.room.parted
        await d.press("J")
        return d.text()

    shown = drive(path, script, size=(80, 24))
    assert "+ NEW" in shown
    assert "next change" not in shown


def test_the_question_is_in_sight_above_panes_however_long_the_chat_before_it(tmp_path):
    said = [("user", "assistant")[n % 2] for n in range(11)]
    turns = [Turn(role, f"Turn {n} of the chat.") for n, role in enumerate(said)]
    turns += [Turn("assistant", LONG), Turn("user", "Shorter, please.")]
    chat = Conversation(tuple(turns), Origin("chats.jsonl", 1, "sharegpt"))
    with Store(tmp_path / "w.duckdb") as store:
        fill(store, [(("How?", "Thanks."), "So.", "So and so.", "short")])
        store.conversations.add([chat])
        new = LONG.replace("number 5 ", "number five ")
        store.rewrites.add([Rewrite(chat.id, 11, "too long", new, "tiny", "p")])

    async def script(d):
        assert "Turn 10 of the chat." in d.text()
        await d.press("J", "K")
        return d.text()

    assert "Turn 10 of the chat." in drive(tmp_path / "w.duckdb", script, size=(80, 24))
