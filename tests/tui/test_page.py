"""The page of an item: what stands level with what, and what is cut."""

import time

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.conversation import Conversation, Origin, Rewrite, Signal, Turn
from curator.review import ReviewItem
from curator.review.pace import pace
from curator.tui.footnotes import leaks
from curator.tui.ink import width_of
from curator.tui.levels import blocks
from curator.tui.notes import notes
from curator.tui.page import View, page
from curator.tui.screens.nothing import nothing_left
from curator.tui.sides import sides
from curator.tui.work import Seen

LINES = st.lists(st.sampled_from(["a b c", "d", "", "你好。", "```"]), max_size=8).map("\n".join)


def item(before="old", after="new", question="why?", criticism="so"):
    chat = Conversation(
        (Turn("user", question), Turn("assistant", before), Turn("user", "ok")), Origin("f", 1)
    )
    rewrite = Rewrite(chat.id, 1, criticism, after, "m", "p")
    return ReviewItem(rewrite.id, rewrite, chat, 1, before, after, (), 1, 1)


@given(LINES, LINES)
def test_the_blocks_cover_both_texts_in_order(before, after):
    both = sides(before, after)
    found = blocks(both.hunks)
    assert "".join(both.old[slice(*block.old)] for block in found) == both.old
    assert "".join(both.new[slice(*block.new)] for block in found) == both.new


@given(LINES, LINES)
def test_a_block_that_is_the_same_has_the_same_text(before, after):
    both = sides(before, after)
    for block in blocks(both.hunks):
        same = both.old[slice(*block.old)] == both.new[slice(*block.new)]
        assert same or block.changed


@settings(deadline=None)
@given(LINES, LINES, st.sampled_from([20, 60, 80, 100, 160, 200]))
def test_no_row_is_wider_than_the_screen(before, after, width):
    for view in (View(), View("inline", later=True), View("new", notes=False), View(blanks=True)):
        laid = page(item(before, after), width, view)
        assert all(width_of(row) <= width for row in laid.rows)


def test_a_paragraph_put_in_stands_beside_nothing():
    both = sides("one\n\nthree\n", "one\n\ntwo\n\nthree\n")
    assert [(both.old[slice(*b.old)], both.new[slice(*b.new)]) for b in blocks(both.hunks)] == [
        ("one\n", "one\n"), ("\n", "\n"), ("", "two\n\n"), ("three\n", "three\n"),
    ]  # fmt: skip


def test_lines_that_replace_others_stand_beside_them():
    both = sides("```\na = 1\nb = 2\n```\n", "```\nx\ny\nz\n```\n")
    assert [(both.old[slice(*b.old)], both.new[slice(*b.new)]) for b in blocks(both.hunks)] == [
        ("```\n", "```\n"), ("a = 1\nb = 2\n", "x\ny\nz\n"), ("```\n", "```\n"),
    ]  # fmt: skip


def test_what_has_nothing_in_common_begins_level():
    before = "```sql\nselect a\nfrom b\n```"
    after = "```sql\nchoose one\nof these\nor those\n```\n\nAnd so on."
    laid = page(item(before, after), 120, View())
    rows = ["".join(text for text, _ in row) for row in laid.rows]
    assert any("select a" in row and "choose one" in row for row in rows)


def test_a_text_of_five_million_characters_is_cut_and_counted():
    started = time.process_time()
    laid = page(item("word " * 1_000_000, "word " * 1_000_000 + "end"), 120, View())
    text = "\n".join("".join(part for part, _ in row) for row in laid.rows)
    assert "more characters of the old answer" in text
    assert len(laid.rows) < 5_000
    assert time.process_time() - started < 30  # a hang, not a speed


def test_a_line_of_two_million_characters_is_cut():
    laid = page(item("x" * 2_000_000, "y" * 2_000_000), 90, View())
    text = "".join(part for row in laid.rows for part, _ in row)
    assert "characters on this line" in text
    assert "more characters of the new answer" in text
    assert len(laid.rows) < 1_000


def test_the_question_is_in_sight_on_opening_and_so_are_the_answers():
    laid = page(item(question="line\n" * 200), 80, View())
    first = laid.first_row(20)
    assert first <= laid.answers_at < first + 20


def test_each_place_of_a_paragraph_that_differs_is_a_change_of_its_own():
    before = " ".join(f"word{n}" for n in range(200))
    after = before.replace("word10 ", "ten ").replace("word150 ", "hundred and fifty ")
    laid = page(item(before, after), 120, View())
    assert len(laid.changes) == 2
    told = "".join(text for text, _ in laid.rows[laid.answers_at + 1])
    assert "2 changes" in told


def test_a_change_of_nothing_but_blank_lines_is_a_change():
    assert page(item("a\n\nb", "a\n\n\nb"), 120, View()).changes


def test_leaks_are_looked_for_unless_scoring_found_none():
    one = item("You could take the train.", "As you asked later, take the train to Ljubljana.")
    chat = one.rewrite.conversation_id
    clean, leaky = (Signal(chat, 1, "leak", value, value > 0.5) for value in (0.0, 0.9))
    asked = msgspec.structs.replace(one, rewrite_id="another", signals=(leaky,))
    assert leaks(one)
    assert leaks(asked)
    assert not leaks(msgspec.structs.replace(one, signals=(clean,)))


def test_an_answer_that_is_wholly_another_is_not_torn_apart_where_a_blank_line_is_level():
    old = "\n\n".join(f"{at}. The old answer says {at} things here." for at in range(9))
    new = "Quite another text.\n\nIt has two paragraphs, both short."
    assert len(blocks(sides(old, new).hunks)) == 1
    laid = words_of(page(item(old, new), 120, View()).rows).split("\n")
    assert laid[laid.index(next(r for r in laid if "Quite" in r)) + 2].count("It has two") == 1


def test_a_long_answer_made_short_stays_level_with_what_it_kept():
    old = "\n\n".join(f"{at}. The old answer says {at} things here." for at in range(20))
    kept = "11. The old answer says 11 things here."
    laid = words_of(page(item(old, kept), 120, View()).rows).split("\n")
    assert any(row.count("says 11 things") == 2 for row in laid)


def test_a_table_keeps_its_columns_though_the_other_side_shares_a_row():
    head = "| name | what it is |\n|---|---|\n"
    old = f"{head}| a | one |\n| b | two |\n"
    new = f"{head}| a | one |\n| a longer name | two |\n"
    laid = words_of(page(item(old, new), 120, View()).rows)
    assert "a             ┆ one" in laid
    assert "a longer name ┆ two" in laid
    assert "──────────────┼─" in laid


def test_a_reason_names_the_turn_by_its_number_on_the_page_and_is_told_once():
    one = item("Take the train.", "Take the train to Ljubljana at 17:45.")
    chat = Conversation(
        (*one.conversation.turns[:2], Turn("user", "To Ljubljana, at 17:45.")), Origin("f", 1)
    )
    leaky = Signal(chat.id, 1, "leak", 0.9, True, "“Ljubljana” (later turn 1) and so on")
    one = msgspec.structs.replace(one, rewrite_id="third", conversation=chat, signals=(leaky,))
    said = words_of(notes(one, 100, View()))
    assert "knows too much · leak 0.9" in said
    assert "(turn 3): " in said
    assert said.count("Ljubljana") == 1


def test_the_criticism_in_short_is_without_the_signs_of_markdown():
    long = "\n".join(f"line {at}" for at in range(30))
    laid = page(item(long, long + "!", criticism="Call `xlApp`, **not** Outlook."), 100, View())
    assert "why: Call xlApp, not Outlook." in words_of(laid.rows)


def words_of(rows):
    return "\n".join("".join(piece[0] for piece in row) for row in rows)


def test_what_is_gravely_wrong_with_the_chat_stands_among_the_notes():
    plain = item("So 12 + 35 = 48.", "So 12 + 35 = 47.")
    flags = (
        Signal(plain.conversation.id, 0, "no-input-mark", 1.0, True, "a mark"),
        Signal(plain.conversation.id, 1, "wrong-sum", 1.0, True, "47 would be right"),
        Signal(plain.conversation.id, 1, "opening-habit", 1.0, True, "a hint"),
        Signal(plain.conversation.id, 2, "prompt-injection", 1.0, True, "of a later turn"),
    )
    said = " ".join(
        words_of(notes(msgspec.structs.replace(plain, turn_flags=flags), 80, View())).split()
    )
    assert "old answer: A calculation that stands in the answer is wrong. 47 would be right" in said
    assert "question: A generator's mark" in said
    assert said.index("old answer: A calc") < said.index("question: A gen")
    assert "habit" not in said
    assert "of a later turn" not in said
    assert "the chat as it is" not in words_of(notes(plain, 80, View()))


def test_a_filter_that_finds_nothing_is_named_where_nothing_is_left():
    seen = Seen(None, pace({}, 0, 0, 0, 0.0), None, lambda: ["0 left."], rewrites=9)
    said = words_of(nothing_left(seen, 100, where="lang:zh leak>0.3").rows)
    assert "another filter than lang:zh leak>0.3, or none" in said
    assert "filter" not in words_of(nothing_left(seen, 100).rows)


def test_all_rules_of_a_page_end_at_its_edge():
    for width in (90, 118, 140):
        rules = [r for r in page(item(), width, View(later=True)).rows if r and r[0][0] == "── "]
        assert len(rules) > 2
        assert {width_of(row) for row in rules} == {width}
