"""Themes are found, named, laid out and stood for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.diversity import clustering, layout, mutual, naming, neighbours, picking
from tests.diversity.themes import texts, vectors


def test_neighbours_are_those_of_the_whole_matrix():
    x, _ = vectors(300)
    cosines = x @ x.T
    np.fill_diagonal(cosines, -2)
    wanted = np.sort(cosines, axis=1)[:, ::-1][:, :5]
    assert np.allclose(neighbours.others(x, 5).cosines, wanted, atol=1e-5)


@given(st.integers(2, 90), st.integers(1, 12), st.integers(0, 9))
@settings(max_examples=25, deadline=None)
def test_each_pair_is_asked_once_and_no_neighbour_is_lost(size, count, seed):
    rng = np.random.default_rng(seed)
    x, _ = vectors(size, dimensions=8, seed=seed)
    x = x[rng.integers(size, size=size)]  # some are copies
    rows, cosines = mutual.nearest_others(x, count := min(count, size - 1))
    every = x @ x.T
    np.fill_diagonal(every, -3)
    assert np.allclose(cosines, np.sort(every, axis=1)[:, ::-1][:, :count], atol=1e-5)
    assert np.allclose(np.take_along_axis(every, rows, 1), cosines, atol=1e-5)
    assert all(len(set(row)) == count for row in rows.tolist())


def test_neighbours_are_the_same_whatever_the_number_of_threads(monkeypatch):
    x, _ = vectors(700, themes=30)
    x[300:600] = x[:300]
    monkeypatch.setattr(mutual, "ROWS", 64)
    monkeypatch.setattr(mutual, "COLUMNS", 128)
    found = []
    for threads in (1, 3):
        monkeypatch.setattr(mutual, "cores", lambda threads=threads: threads)
        found.append(mutual.nearest_others(x, 5))
    assert np.array_equal(found[0][0], found[1][0])
    assert np.array_equal(found[0][1], found[1][1])
    assert found[0][0][:300, 0].tolist() == list(range(300, 600))


def test_a_text_is_not_its_own_neighbour_and_its_copy_is():
    x, _ = vectors(40)
    near = neighbours.others(np.concatenate([x, x]), 1)
    assert (near.rows[:, 0] != np.arange(80)).all()
    assert np.allclose(near.cosines, 1, atol=1e-5)


@pytest.mark.parametrize("dimensions", [128, 30])
def test_codes_find_99_of_100_neighbours(dimensions):
    spread = 0.8 / dimensions**0.5
    x, _ = vectors(4000, themes=12, dimensions=dimensions, spread=spread)
    assert hasattr(neighbours.index_of(x, 100), "k_factor")
    exact = neighbours.others(x, 10).rows
    found = neighbours.others(x, 10, limit=100).rows
    shared = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(exact, found, strict=True)])
    assert shared >= 0.99


def test_where_codes_cannot_tell_vectors_apart_everyone_is_asked():
    x, _ = vectors(4000, themes=4, spread=0.01)
    assert not hasattr(neighbours.index_of(x, 100), "k_factor")
    found, exact = neighbours.others(x, 10, limit=100), neighbours.others(x, 10)
    assert np.allclose(found.cosines, exact.cosines, atol=1e-5)


def test_levels_are_nested_and_numbered_by_size():
    x, _ = vectors(900, themes=12)
    coarse, middle, fine = clustering.group(x).levels
    for upper, lower in ((coarse, middle), (middle, fine)):
        assert all(len(set(upper[lower == number])) == 1 for number in np.unique(lower))
    sizes = np.bincount(fine)
    assert (np.diff(sizes) <= 0).all()


def test_grouping_finds_the_themes_there_are():
    x, theme = vectors(400, themes=4)
    fine = clustering.group(x).levels[-1]
    pure = sum(np.bincount(theme[fine == number]).max() for number in np.unique(fine))
    assert pure / len(theme) > 0.99


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7])
def test_a_handful_is_grouped_and_laid_out_without_a_crash(count):
    x, _ = vectors(max(count, 1))
    grouping = clustering.group(x[:count])
    assert [len(level) for level in grouping.levels] == [count] * 3
    assert layout.layout(x[:count]).shape == (count, 2)
    assert np.isfinite(layout.layout(x[:count])).all()


def test_names_say_what_their_group_alone_is_about():
    made, theme = texts(80)
    groups = [
        naming.counted(text for text, own in zip(made, theme, strict=True) if own == number)
        for number in range(4)
    ]
    cooking, python, travel, tea = naming.names(groups)
    assert {"egg", "onion", "bread", "rice", "pan"} & set(cooking.replace("·", "").split())
    assert "python" in python or "function" in python
    assert {"hotel", "train", "suitcase", "town"} & set(travel.replace("·", "").split())
    assert "茶" in tea


def test_names_differ_and_a_group_without_words_has_one_too():
    groups = [naming.counted(["123 456"]), naming.counted(["..."]), naming.counted(["tea pot"])]
    assert naming.names(groups)[2].startswith("tea pot")
    assert len(set(naming.names(groups))) == 3


def test_without_the_dictionary_chinese_is_named_by_its_characters(monkeypatch):
    monkeypatch.setattr(naming, "_cutter", lambda: None)
    made, theme = texts(80)
    groups = [
        naming.counted(text for text, own in zip(made, theme, strict=True) if own == number)
        for number in range(4)
    ]
    assert "茶" in naming.names(groups)[3]


def test_the_layout_keeps_themes_apart_and_is_decided_by_its_seed():
    x, theme = vectors(400, themes=4)
    points = layout.layout(x, seed=3)
    assert np.array_equal(points, layout.layout(x, seed=3))
    middles = np.stack([points[theme == number].mean(axis=0) for number in range(4)])
    own = np.linalg.norm(points - middles[theme], axis=1).mean()
    between = np.linalg.norm(middles[:, None] - middles[None], axis=2)[~np.eye(4, dtype=bool)]
    assert between.min() > 2 * own


def test_copies_do_not_drift_off_as_an_island():
    x, _ = vectors(300)
    points = layout.layout(np.concatenate([x, np.repeat(x[:1], 120, 0)]))
    assert np.abs(points[300:] - points[0]).max() < 0.1
    assert np.abs(points).max() < 4


@pytest.mark.parametrize("kinds", [1, 2, 3, 20])
def test_many_copies_of_few_texts_are_a_map_too(kinds):
    x, _ = vectors(kinds)
    points = layout.layout(np.repeat(x, 200, 0))
    assert np.isfinite(points).all()
    middles = points.reshape(kinds, 200, 2).mean(axis=1)
    assert np.abs(points.reshape(kinds, 200, 2) - middles[:, None]).max() < 0.05
    assert len(np.unique(np.round(middles, 3), axis=0)) == kinds
    assert np.unique(clustering.group(np.repeat(x, 200, 0)).levels[-1]).size >= min(kinds, 2)


def test_new_vectors_stand_among_their_like():
    x, theme = vectors(500, themes=4)
    points = layout.layout(x[:400])
    placed = layout.place(x[400:], x[:400], points)
    middles = np.stack([points[theme[:400] == number].mean(axis=0) for number in range(4)])
    nearest = np.linalg.norm(placed[:, None] - middles[None], axis=2).argmin(axis=1)
    assert (nearest == theme[400:]).mean() > 0.98


def test_landmarks_carry_the_others():
    x, theme = vectors(600, themes=4)
    points = layout.layout(x, landmarks=200)
    middles = np.stack([points[theme == number].mean(axis=0) for number in range(4)])
    nearest = np.linalg.norm(points[:, None] - middles[None], axis=2).argmin(axis=1)
    assert (nearest == theme).mean() > 0.98


@pytest.mark.parametrize("method", picking.PICKERS)
def test_a_choice_has_each_theme_and_no_text_twice(method):
    x, theme = vectors(200, themes=4)
    rows = picking.PICKERS[method](x, np.ones(200, np.float32), 8)
    assert len(set(rows.tolist())) == 8
    assert set(theme[rows]) == {0, 1, 2, 3}


@pytest.mark.parametrize("method", picking.PICKERS)
def test_of_two_alike_the_better_one_is_chosen(method):
    x, _ = vectors(60, themes=4)
    twice = np.concatenate([x, x])
    quality = np.concatenate([np.full(60, 0.4), np.ones(60)]).astype(np.float32)
    rows = picking.PICKERS[method](twice, quality, 10)
    assert (rows >= 60).mean() >= 0.9


def test_lazy_greedy_is_greedy():
    x, _ = vectors(45, themes=5, spread=0.3)
    likeness = np.maximum(x @ x.T - picking.ALIKE, 0) / (1 - picking.ALIKE)
    best, wanted = np.zeros(45), []
    for _ in range(6):
        gains = np.maximum(likeness - best, 0).sum(axis=1)
        gains[wanted] = -1
        wanted.append(int(gains.argmax()))
        best = np.maximum(best, likeness[wanted[-1]])
    found = picking.facility_location(x, np.ones(45, np.float32), 6)
    assert found.tolist() == wanted


def test_a_choice_covers_more_than_an_even_sample():
    x, _ = vectors(400, themes=8, spread=0.25)
    rows = picking.facility_location(x, np.ones(400, np.float32), 12)
    assert picking.covered(x, rows) > picking.covered(x, np.arange(12))


def test_a_missing_library_is_one_sentence(monkeypatch):
    import sys

    from curator.errors import ConfigError

    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(ConfigError, match=r"hindsight-curator\[map\]"):
        neighbours.index_of(vectors(5)[0])


@pytest.mark.parametrize("word", ["已经", "正在", "不过", "一个", "the"])
def test_a_word_that_says_nothing_names_no_cluster(word):
    from curator.diversity.naming import _stopwords

    assert word in _stopwords()
