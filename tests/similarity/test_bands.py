"""Rows laid aside in a file find the pairs that rows in memory find."""

import numpy as np
import pytest

from curator.similarity.banding import BANDS, ROWS, candidates
from curator.similarity.bands import Bands

WIDE = BANDS * ROWS


def rows(count: int) -> np.ndarray:
    """Rows of which each third is like the one before, in more and more of its values."""
    draw = np.random.default_rng(5)
    made = draw.integers(0, 2**32, (count, WIDE), dtype=np.uint32)
    for place in range(1, count, 3):
        made[place, : place * WIDE // count] = made[place - 1, : place * WIDE // count]
    return made


@pytest.mark.parametrize("floor", [0.0, 0.5, 0.9])
def test_rows_in_a_file_give_the_pairs_of_rows_in_memory(floor: float) -> None:
    made = rows(600)
    aside = Bands()
    for first in range(0, len(made), 250):
        aside.add(made[first : first + 250])
    fresh = np.arange(len(made)) >= 200
    expected = candidates(made, fresh, floor)
    assert len(expected)
    assert candidates(aside, fresh, floor).tolist() == expected.tolist()


def test_a_band_is_read_as_it_was_put_down() -> None:
    made = rows(30)
    aside = Bands()
    aside.add(made[:20])
    aside.add(made[20:])
    aside.add(made[:0])
    assert len(aside) == 30
    assert all((aside.band(n) == made[:, n * ROWS : (n + 1) * ROWS]).all() for n in range(BANDS))


def test_no_pairs_are_no_pairs() -> None:
    aside = Bands()
    aside.add(rows(3))
    assert len(aside.agree(np.zeros((0, 2), np.int64), 0.5)) == 0


def test_the_same_pairs_are_found_however_few_may_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    made = rows(600)
    fresh = np.ones(len(made), bool)
    expected = candidates(made, fresh, 0.5)
    monkeypatch.setattr("curator.similarity.banding.AT_ONCE", 3)
    aside = Bands()
    aside.add(made)
    assert candidates(aside, fresh, 0.5).tolist() == expected.tolist()
    assert candidates(made, fresh, 0.5).tolist() == expected.tolist()
