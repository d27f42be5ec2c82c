"""Hunk by hunk: any choice rebuilds what was chosen, and nothing is lost by splitting."""

from hypothesis import given
from hypothesis import strategies as st

from curator.review.hunks import Choices, choices, sentences

WORDS = st.sampled_from(
    [
        *("Water boils. ", "It is hot! ", "Salt it. ", "Wait six minutes. ", "水开了。"),
        *("再等。", "- one\n", "1. two\n", "\n", "\n\n", "```\na = 1\n```\n", "e.g. this ", "x"),
    ]
)  # fmt: skip
ANSWERS = st.lists(WORDS, max_size=12).map("".join)
KEYS = st.lists(st.sampled_from(["take", "refuse", "split", "next", "last", "back"]), max_size=30)


def pressed(state: Choices, keys: list[str]) -> Choices:
    for key in keys:
        if key == "back":
            state = state.back() or state
        elif key in ("take", "refuse"):
            state = state.judged(key == "take")
        else:
            state = state.split() if key == "split" else state.walked(1 if key == "next" else -1)
    return state


@given(ANSWERS, ANSWERS, KEYS)
def test_whatever_is_chosen_both_answers_can_be_rebuilt(before, after, keys):
    state = pressed(choices(before, after), keys)
    assert "".join(piece.old for piece in state.pieces) == before
    assert "".join(piece.new for piece in state.pieces) == after
    assert state.taken + state.refused + state.left == len(state.places)


@given(ANSWERS, ANSWERS, KEYS, st.data())
def test_any_subset_is_the_old_answer_with_just_these_pieces_new(before, after, keys, data):
    state = pressed(choices(before, after), keys)
    wanted = data.draw(st.sets(st.sampled_from(state.places))) if state.places else set()
    parts = [p.new if at in wanted else p.old for at, p in enumerate(state.pieces)]
    for at in state.places:
        state = Choices(state.pieces, at, state).judged(at in wanted)
    assert state.left == 0
    assert state.text(rest=True) == state.text(rest=False) == "".join(parts)


@given(ANSWERS, ANSWERS)
def test_all_taken_is_the_new_answer_and_all_refused_the_old(before, after):
    state = choices(before, after)
    assert (state.text(rest=True), state.text(rest=False)) == (after, before)


@given(ANSWERS, ANSWERS, KEYS)
def test_going_back_ends_where_it_began(before, after, keys):
    begun = choices(before, after)
    state = pressed(begun, keys)
    while (past := state.back()) is not None:
        state = past
    assert state.pieces == begun.pieces


def test_a_sentence_or_line_that_both_have_parts_two_hunks():
    prose = choices("It is hot. Wait. It is red.", "It is cold. Wait. It is blue.")
    code = choices("```\na = 1\nprint(a)\nb = 2\n```\n", "```\na = 3\nprint(a)\nb = 4\n```\n")
    assert [prose.pieces[at].old for at in prose.places] == ["It is hot. ", "It is red."]
    assert [code.pieces[at].new for at in code.places] == ["a = 3\n", "b = 4\n"]


def test_an_empty_line_that_both_have_parts_nothing():
    state = choices("One thing.\n\nAnother.", "All of it.\n\nQuite new.")
    assert len(state.places) == 1


@given(ANSWERS)
def test_sentences_joined_are_the_text(text):
    assert "".join(sentences(text)) == text


def test_sentences_end_at_signs_and_lines_but_not_at_the_number_of_a_list():
    assert sentences("Boil it. Wait!\n1. Cool it.\n2. Eat.\n水开了。再等。") == [
        "Boil it. ", "Wait!\n", "1. Cool it.\n", "2. Eat.\n", "水开了。", "再等。",
    ]  # fmt: skip


def test_a_hunk_is_split_at_sentences_and_a_sentence_at_its_words():
    state = choices(
        "Put the egg in water. Boil it for twelve minutes. Serve.",
        "Put the egg in boiling water. Boil it for six minutes. Then cool it. Serve.",
    )
    assert len(state.places) == 1
    state = state.split()
    assert [(p.old, p.new) for p in state.pieces if p.changed] == [
        ("Put the egg in water. ", "Put the egg in boiling water. "),
        ("Boil it for twelve minutes. ", "Boil it for six minutes. "),
        ("", "Then cool it. "),
    ]
    kept = state.judged(True).judged(False).judged(True).text(rest=False)
    assert kept == (
        "Put the egg in boiling water. Boil it for twelve minutes. Then cool it. Serve."
    )


def test_a_hunk_is_whole_sentences():
    state = choices("Hi there.\n\nIt is red. It is new.", "Hi there.\n\nIt is blue. It is new.")
    assert [(p.old, p.new) for p in state.pieces] == [
        ("Hi there.\n\n", "Hi there.\n\n"),
        ("It is red. ", "It is blue. "),
        ("It is new.", "It is new."),
    ]


def test_a_single_changed_word_cannot_be_split():
    state = choices("It is red.", "It is blue.")
    assert state.split() is state


def test_the_cursor_goes_on_to_what_is_still_open_and_turns_round():
    state = choices("A. B. C.", "X. Y. Z.").split()
    assert len(state.places) == 3
    state = state.walked(1).walked(1).judged(True)
    assert state.at == state.places[0]
    state = state.judged(False)
    assert state.at == state.places[1]
    assert (state.taken, state.refused, state.left) == (1, 1, 1)


def test_what_goes_on_in_a_small_letter_has_not_ended():
    assert sentences("Use `?.` (e.g. here). Mr. X. 3.5 is it! ok") == [
        "Use `?.` (e.g. here). ", "Mr. ", "X. ", "3.5 is it! ok",
    ]  # fmt: skip


def test_a_fence_that_both_have_parts_code_from_prose():
    state = choices("It is red.\n```\na = 1\n```\nSo.", "It is blue.\n```\na = 2\n```\nThus.")
    assert [(p.old, p.new) for p in state.pieces if p.changed] == [
        ("It is red.\n", "It is blue.\n"), ("a = 1\n", "a = 2\n"), ("So.", "Thus."),
    ]  # fmt: skip


def test_a_line_that_is_code_in_one_and_prose_in_the_other_is_not_shared():
    state = choices("Red.\na = 1\nIt is.", "Blue.\n```\na = 1\n```\nIt was.")
    fenced = [p for p in state.pieces if "```" in p.new]
    assert len(fenced) == 1
    assert fenced[0].new.count("```") == 2


def test_a_block_of_code_is_split_from_the_prose_around_it_whole():
    state = choices("One.", "Two, quite new.\n```\na = 1\nb = 2\n```\nThree.").split()
    assert "```\na = 1\nb = 2\n```\n" in [piece.new for piece in state.pieces]
    inner = choices("", "```\na = 1\nb = 2\n```\n").split()
    assert [piece.new for piece in inner.pieces] == ["```\n", "a = 1\n", "b = 2\n", "```\n"]


def test_the_indentation_of_a_line_of_code_stays_with_it():
    state = choices("```\na = f(1,\n    2)\n```\n", "```\na = g(1,\n    2)\n```\n")
    assert [(p.old, p.new) for p in state.pieces if p.changed] == [("a = f(1,\n", "a = g(1,\n")]


def test_paragraphs_that_are_versions_of_each_other_are_hunks_of_their_own():
    state = choices("The egg is red.\n\nIt is hot now.", "The egg is blue.\n\nIt is cold now.")
    assert [(p.old, p.new) for p in state.pieces if p.changed] == [
        ("The egg is red.\n\n", "The egg is blue.\n\n"), ("It is hot now.", "It is cold now."),
    ]  # fmt: skip


def test_what_differs_in_blanks_alone_is_no_hunk_before_another():
    state = choices("```\na = 1\n```", "```\nb\n```\n\nSo it is.").split()
    pieces = [piece for piece in state.pieces if piece.changed]
    assert len(pieces) > 1
    assert all(piece.old.split() != piece.new.split() for piece in pieces)
