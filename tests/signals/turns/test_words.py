"""One scan for all words says what a look for each of them would."""

from hypothesis import given
from hypothesis import strategies as st

from curator.signals import pii
from curator.signals.turns import words
from curator.signals.turns.base import Phrase, read
from curator.signals.turns.words import Words

KNOWN = sorted(words._EVERY)
TEXTS = st.lists(
    st.one_of(st.sampled_from(KNOWN), st.text(max_size=4)), max_size=12
).map("".join)  # fmt: skip


@given(TEXTS)
def test_a_scan_finds_each_word_that_stands_in_a_text(text: str) -> None:
    low = text.lower()
    whole = low.encode("utf-8", "replace").decode()
    assert words.held(low) == {word for word in KNOWN if word in whole}


def test_half_of_a_surrogate_pair_hides_no_word() -> None:
    assert "json" in words.held("a \ud800 json table")


def test_a_word_said_later_is_looked_for_too() -> None:
    late = Words("a word nobody has said yet")
    assert read([("user", "Here is A word nobody has said yet.", False)])[0].has(late)


def test_a_phrase_is_not_tried_where_none_of_its_words_is() -> None:
    phrase = Phrase(("zebra",), "horse")
    found = [phrase.find(turn) for turn in read([("user", "a horse", False),
                                                 ("user", "a horse, a zebra", False)])]  # fmt: skip
    assert found[0] is None
    assert found[1] is not None


DIGITS = st.text(st.sampled_from("0123456789 -.()+AZaz日"), max_size=40)


@given(DIGITS)
def test_no_shape_hides_private_data(text: str) -> None:
    for name, kind in pii.KINDS.items():
        if kind.like is None or not any(kind.proved(m) for m in kind.pattern.finditer(text)):
            continue
        assert kind.like.search(pii.shape(text.encode("ascii", "ignore"))), name
