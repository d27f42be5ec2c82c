from hypothesis import given
from hypothesis import strategies as st

from curator.filters.words import spread, tokens

TEXT = st.text(max_size=60) | st.lists(
    st.sampled_from(
        ["学", "习・", "Ω", "ΟΔΟΣ", "İstanbul", "a_b", "c++", "e\u0301", "हिन्दी", "३", " ", "\n"]
    ),
    max_size=12,
).map("".join)  # fmt: skip


@given(TEXT)
def test_a_text_that_is_spread_out_has_the_same_words_with_blanks_between(text):
    assert [word for word in spread(text).split(" ") if word] == tokens(text)
