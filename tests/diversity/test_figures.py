"""The closed and dual forms say what the n x n matrix says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.diversity import figures
from tests.diversity.themes import vectors


@given(st.integers(2, 60), st.integers(0, 9))
@settings(max_examples=25, deadline=None)
def test_the_mean_cosine_of_all_pairs_is_that_of_the_matrix(count, seed):
    x, _ = vectors(count, dimensions=8, seed=seed)
    matrix = x.astype(np.float64) @ x.T.astype(np.float64)
    pairs = matrix[~np.eye(count, dtype=bool)]
    found = figures.mean_pairwise_cosine(x)
    assert found.value == pytest.approx(pairs.mean(), abs=1e-6)


@given(st.integers(1, 60), st.integers(0, 9))
@settings(max_examples=25, deadline=None)
def test_the_vendi_score_in_d_dimensions_is_that_of_the_n_by_n_kernel(count, seed):
    x, _ = vectors(count, dimensions=8, seed=seed)
    eigenvalues = np.linalg.eigvalsh(x.astype(np.float64) @ x.T.astype(np.float64) / count)
    shares = eigenvalues[eigenvalues > 1e-12]
    wanted = np.exp(-(shares * np.log(shares)).sum())
    assert figures.vendi(x).value == pytest.approx(wanted, rel=1e-4)


def test_vendi_counts_wholly_different_texts():
    assert figures.vendi(np.eye(7, dtype=np.float32)).value == pytest.approx(7)
    assert figures.vendi(np.repeat(np.eye(7, dtype=np.float32), 9, 0)).value == pytest.approx(7)
    assert figures.vendi(np.ones((5, 1), np.float32)).value == pytest.approx(1)


def test_copies_bring_the_nearest_distance_to_zero():
    x, _ = vectors(50)
    assert figures.mean_nearest_distance(x).value > 0.01
    assert figures.mean_nearest_distance(np.repeat(x, 2, 0)).value == pytest.approx(0, abs=1e-5)


def test_an_interval_holds_its_figure_and_shrinks_with_the_number_of_texts():
    few, many = (figures.mean_pairwise_cosine(vectors(n)[0]) for n in (60, 3000))
    assert few.low <= few.value <= few.high
    assert many.high - many.low < (few.high - few.low) / 3


def test_clusters_of_one_size_have_an_entropy_of_one():
    assert figures.cluster_entropy(np.arange(40) % 4, 4).value == pytest.approx(1)
    assert figures.cluster_entropy(np.zeros(40, int), 4).value == 0


def test_a_topic_without_a_near_chat_is_not_covered():
    x = np.eye(4, dtype=np.float32)[:3]
    reading, counts, nearest = figures.coverage(x, np.eye(4, dtype=np.float32), 0.5)
    assert reading.value == 0.75
    assert counts.tolist() == [1, 1, 1, 0]
    assert nearest.tolist()[:3] == [0, 1, 2]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_nothing_and_next_to_nothing_have_figures_without_a_crash(count):
    x, _ = vectors(max(count, 1))
    x = x[:count]
    for figure in (figures.mean_pairwise_cosine, figures.mean_nearest_distance, figures.vendi):
        assert figure(x).size in (0, count)


def _paper(x):
    """Friedman and Dieng 2023, definition 1, word for word: K / n, its eigenvalues, exp of their
    entropy; no dual form, no single precision."""
    kernel = x.astype(float) @ x.astype(float).T
    values = np.linalg.eigvals(kernel / len(x)).real
    return float(np.exp(-sum(v * np.log(v) for v in values if v > 1e-12)))


@pytest.mark.parametrize(("count", "dimensions"), [(1, 6), (5, 40), (40, 40), (90, 24), (150, 33)])
def test_the_vendi_score_is_the_papers(count, dimensions):
    x, _ = vectors(count, dimensions=dimensions, themes=min(4, dimensions))
    assert figures.vendi(x).value == pytest.approx(_paper(x), rel=1e-6)
    assert figures.vendi_score(x) == pytest.approx(_paper(x), rel=1e-6)


def test_copies_and_empty_dimensions_do_not_change_the_vendi_score():
    x, _ = vectors(60, dimensions=24)
    wide = np.concatenate([x, np.zeros((60, 500), np.float32)], axis=1)
    assert figures.vendi(wide).value == pytest.approx(_paper(x), rel=1e-6)
    assert figures.vendi(np.repeat(x, 5, 0)).value == pytest.approx(_paper(x), rel=1e-6)
    one = np.repeat(x[:1], 2000, 0)
    assert figures.vendi(one).value == pytest.approx(1, abs=1e-6)


def test_single_precision_is_right_where_it_is_used():
    # No share is tiny here: the fast way is taken, and agrees with the definition.
    x, _ = vectors(400, dimensions=48, themes=40, spread=0.3)
    assert figures._shares(figures._gram(x), np.float32).min() > figures.SMALLEST
    assert figures.vendi_score(x) == pytest.approx(_paper(x), rel=1e-6)


def test_entropy_coverage_and_distances_are_those_of_their_definitions():
    x, theme = vectors(120, themes=5)
    sizes = np.bincount(theme, minlength=5) / len(theme)
    by_hand = -sum(p * np.log(p) for p in sizes if p) / np.log(5)
    assert figures.cluster_entropy(theme, 5).value == pytest.approx(by_hand)
    cosines = x.astype(float) @ x.T.astype(float)
    apart = [min(1 - cosines[i, j] for j in range(120) if j != i) for i in range(120)]
    assert figures.mean_nearest_distance(x).value == pytest.approx(np.mean(apart), abs=1e-5)
    topics, _ = vectors(9, themes=9, seed=4)
    hit = [any(float(t @ row) >= 0.3 for row in x) for t in topics]
    assert figures.coverage(x, topics, 0.3)[0].value == pytest.approx(np.mean(hit))


def test_an_interval_holds_the_true_mean_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    held = 0
    for seed in range(200):
        reading = figures.mean_of(rng.exponential(size=80), seed)
        held += reading.low <= 1 <= reading.high
    assert 0.88 <= held / 200 <= 0.99
