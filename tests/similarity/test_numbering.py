"""Texts are numbered by their names, once each, however many there are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.similarity import numbering
from curator.similarity.numbering import NOTHING, Numbering

NAMES = st.lists(st.tuples(st.integers(0, 40), st.just(7)), max_size=60)


def names(rows: list[tuple[int, int]]) -> "np.ndarray[tuple[int, int], np.dtype[np.uint64]]":
    return np.array(rows, np.uint64).reshape(-1, 2)


@given(st.lists(NAMES, max_size=4), st.integers(1, 9))
def test_a_text_keeps_the_number_it_got_when_it_was_first_seen(
    batches: list[list[tuple[int, int]]], late: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numbering, "LATE", late)
        known = Numbering(names([(3, 7), (1, 7)])[:, 0], names([(3, 7), (1, 7)])[:, 1])
        expected = {3: 0, 1: 1}
        for batch in batches:
            found = known.number(names(batch), set()).tolist()
            assert found == [expected.setdefault(one, len(expected)) for one, _ in batch]
        assert len(known) == len(expected)


def test_two_texts_of_one_name_are_told_apart_by_the_other() -> None:
    known = Numbering(names([(3, 7)])[:, 0], names([(3, 7)])[:, 1])
    assert known.number(names([(3, 8), (3, 7), (5, 1), (5, 2)]), set()).tolist() == [1, 0, 2, 3]


def test_an_empty_text_gets_no_number() -> None:
    known = Numbering(names([])[:, 0], names([])[:, 1])
    assert known.number(names([(3, 8), (4, 8)]), {0}).tolist() == [NOTHING, 0]
