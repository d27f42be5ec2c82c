from hypothesis import given, settings
from hypothesis import strategies as st

from curator.filters.words import spread, tokens

TEXT = st.text(max_size=60) | st.lists(
    st.sampled_from(
        ["学", "习・", "Ω", "ΟΔΟΣ", "İstanbul", "a_b", "c++", "e\u0301", "हिन्दी", "३", " ", "\n",
         "µm", "ſt", "ς", "ϑ", "ẞ"]
    ),
    max_size=12,
).map("".join)  # fmt: skip


@settings(deadline=None)  # the first text of other signs has a table made
@given(st.lists(TEXT | st.text("a b_1", max_size=9), max_size=5))
def test_texts_that_are_spread_out_have_the_same_words_with_blanks_between(texts):
    assert [said.split() for said in spread(texts)] == [tokens(text) for text in texts]
