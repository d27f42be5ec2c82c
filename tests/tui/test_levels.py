"""What is lit as changed: what two unlike passages happen to share is not news."""

from hypothesis import given
from hypothesis import strategies as st

from curator.diff import side_by_side
from curator.tui.ink import ANEW, NEW, OLD, PLAIN, SIGN, UNLIKE
from curator.tui.levels import ISLAND, painted
from curator.tui.palette import PALETTES, style
from curator.tui.sides import Look, columns, inline, neutral, sides

WORDS = st.lists(
    st.sampled_from(["the", "dough", "酸", "面", "，", "rise", "\n", "."]), max_size=40
)


def lit(before, after):
    """The words that are neither old nor new."""
    return [text.strip() for kind, text in painted(side_by_side(before, after)) if kind == "same"]


def test_words_that_two_passages_happen_to_share_are_lit_with_them():
    before = "Sourdough can be tricky! Add more sugar to the dough and bake it at a higher heat."
    after = "Two hours is the trouble: the starter had no time, so let your dough rest till noon"
    assert lit(before, after) == []


def test_characters_that_two_chinese_passages_happen_to_share_are_lit_with_them():
    before = "老师您好，我明天要去医院复查，想请一天假，落下的内容我会自己补上。谢谢"
    after = "尊敬的领导：您好！由于个人原因，本人拟于近日申请休假若干天，望予以批准为盼。此致敬礼"
    assert lit(before, after) == []


def test_words_changed_one_by_one_leave_the_words_between_dark():
    before = "The implementation is complicated and slow, and I think that we should go."
    after = "The function is simple and fast, and I believe that they should go."
    assert lit(before, after) == ["The", "is", "and", ", and I", "that", "should go."]


def test_a_long_insertion_lights_no_word_of_the_old_text():
    before = "Let it rise and bake it."
    after = (
        "Let it rise for six to ten hours in a warm place, covered by a cloth, and then bake it."
    )
    assert "old" not in [kind for kind, _ in painted(side_by_side(before, after))]


def test_paragraphs_stay_apart():
    before = "Nothing here is like anything.\n\nNeither is this one, I fear."
    after = "Wholly other words stand above.\n\nWhoever reads them will agree?"
    assert any(
        "\n\n" in text for kind, text in painted(side_by_side(before, after)) if kind == "same"
    )


@given(WORDS, WORDS)
def test_what_is_lit_and_dark_rebuilds_both_texts(before, after):
    old, new = " ".join(before), " ".join(after)
    spans = painted(side_by_side(old, new))
    assert "".join(text for kind, text in spans if kind != "new") == old
    assert "".join(text for kind, text in spans if kind != "old") == new


@given(WORDS, WORDS)
def test_nothing_long_that_both_texts_have_is_lit(before, after):
    hunks = side_by_side(" ".join(before), " ".join(after))
    kept = [span.text for hunk in hunks for span in hunk.spans if span.kind == "same"]
    dark = [text for kind, text in painted(hunks) if kind == "same"]
    assert [text for text in kept if len(text) > ISLAND] == [t for t in dark if len(t) > ISLAND]


def inks(rows, ink):
    return [text for row in rows for text, what in row if what & ink and text.strip()]


def test_an_answer_written_anew_is_signed_and_told_but_no_word_of_it_is_lit():
    both = sides("In water.\n\nThen wait.", "Nine minutes do.\n\nThe pot boils.")
    assert both.anew
    rows, changes = columns(both, 60, Look())
    assert changes == [0, 2]
    assert {"− ", "+ "} <= {text for row in rows for text, what in row if what & SIGN}
    for palette in PALETTES.values():
        looks = {style(what, palette).bgcolor for what in both.old_ink}
        assert looks == {style(PLAIN, palette).bgcolor}
    assert not inks(neutral(rows), OLD | NEW | UNLIKE | ANEW)
    one = ["".join(text for text, _ in row) for row in inline(both, 60, Look())[0]]
    assert one.index("− Then wait.") < one.index("+ Nine minutes do.")


def test_an_answer_that_was_mended_lights_its_words():
    both = sides("Boil it for five minutes in water.", "Boil it for nine minutes in water.")
    assert not both.anew
    assert inks(columns(both, 60, Look())[0], NEW)


def test_between_two_words_that_are_lit_no_blank_is_left_dark():
    before = "In his will, Nobel specified that his estate should be used to establish prizes."
    after = "In the year of 1901 he was inspired to create it, since he wanted to do some good."
    common = "Alfred Nobel, a Swedish inventor and chemist, gave his name to the prize. "
    both = sides(common + before, common + after)
    assert not both.anew
    for text, ink, what in ((both.old, both.old_ink, OLD), (both.new, both.new_ink, NEW)):
        for at in range(1, len(text) - 1):
            if text[at] == " " and ink[at - 1] & what and ink[at + 1] & what:
                assert ink[at] & what
