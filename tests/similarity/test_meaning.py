"""Pairs of vectors above a cosine: all of them, whatever the bound leaves out."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from curator.similarity import meaning
from curator.similarity.meaning import across, close


def vectors(count: int, wide: int, seed: int = 0) -> "np.ndarray":
    """Unit vectors with a few strong directions, a tenth of them near copies of others."""
    draw = np.random.default_rng(seed)
    strength = (1 / np.arange(1, wide + 1) ** 0.7).astype(np.float32)
    found = draw.normal(size=(count, wide)).astype(np.float32) * strength
    copies = max(count // 10, 1)
    noise = draw.normal(size=(copies, wide)).astype(np.float32) * strength
    found[-copies:] = found[:copies] + noise * draw.uniform(0, 0.9, (copies, 1)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def every(rows: "np.ndarray", floor: float, fresh: int = 0) -> set[tuple[int, int]]:
    one, other = np.nonzero(np.triu(rows.astype(np.float64) @ rows.T >= floor, 1))
    return {(a, b) for a, b in zip(one.tolist(), other.tolist(), strict=True) if b >= fresh}


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 300), st.sampled_from((3, 40, 200)), st.floats(0.3, 0.99), st.integers(0, 9))
@example(259, 3, 0.5, 0)
def test_no_pair_is_missed_but_in_a_crowd_and_none_is_too_far_apart(
    count: int, wide: int, floor: float, seed: int
) -> None:
    rows = vectors(count, wide, seed)
    found = {(a, b) for a, b in close(rows, floor).pairs.tolist()}
    near, cosines = every(rows, floor - 1e-4), rows.astype(np.float64) @ rows.T
    assert found <= near
    for one, other in every(rows, floor + 1e-4) - found:
        earlier = sorted(a for a, b in near if b == other)
        assert len(earlier) > meaning.FIRST + meaning.NEAREST
        assert one not in earlier[: meaning.FIRST - 5], "the first ones stay (5 may be a hair off)"
        kept = [a for a, b in found if b == other]
        nearer = sum(cosines[a, other] > cosines[one, other] - 1e-5 for a in kept)
        assert nearer >= meaning.NEAREST


def test_blocks_and_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = vectors(1500, 64)
    whole = close(rows, 0.8)
    monkeypatch.setattr(meaning, "ROWS", 100)
    monkeypatch.setattr(meaning, "COLUMNS", 170)
    parts = close(rows, 0.8)
    assert np.array_equal(whole.pairs, parts.pairs)
    assert len(whole.pairs) > 50


def test_only_pairs_with_a_fresh_row_are_looked_for() -> None:
    rows = vectors(900, 50)
    found = close(rows, 0.8, fresh=700)
    assert {(a, b) for a, b in found.pairs.tolist()} == every(rows, 0.8, 700)


def test_what_may_not_be_a_pair_is_none() -> None:
    rows = vectors(400, 50)
    even = close(rows, 0.8, allowed=lambda one, other: (one + other) % 2 == 0)
    assert {(a, b) for a, b in even.pairs.tolist()} == {
        (a, b) for a, b in every(rows, 0.8) if (a + b) % 2 == 0
    }


def test_a_crowd_of_one_meaning_keeps_the_first_and_the_nearest_and_is_told() -> None:
    draw = np.random.default_rng(1)
    rows = np.ones((3000, 30), np.float32) + draw.normal(size=(3000, 30)).astype(np.float32) / 20
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    found = close(rows, 0.9)
    most = meaning.FIRST + meaning.NEAREST
    assert len(found.pairs) <= most * len(rows)
    assert found.crowded > 2000
    # Every row still meets the first one, so that a group of all of them can form.
    assert set(found.pairs[found.pairs[:, 0] == 0][:, 1].tolist()) == set(range(1, 3000))


def test_texts_asked_about_meet_only_the_known_ones() -> None:
    rows = vectors(500, 40)
    found = across(rows[:400], rows[400:], 0.8)
    wanted = {(a, b) for a, b in every(rows, 0.8) if a < 400 <= b}
    assert {(a, b) for a, b in found.pairs.tolist()} == wanted
    assert wanted


def test_nothing_and_one_text_have_no_pairs() -> None:
    for count in (0, 1):
        assert not len(close(np.ones((count, 8), np.float32), 0.5).pairs)
