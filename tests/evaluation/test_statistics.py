"""Intervals and agreements against values worked out elsewhere."""

import random

import pytest

from curator.evaluation import statistics


def test_the_mean_has_an_interval_around_it():
    found = statistics.mean([2, 4, 6, 8, 10, 0, 5, 5, 6, 4])
    assert found.value == 5.0
    assert found.low < 5 < found.high
    assert found.n == 10


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    draw = random.Random(5)
    hits = 0
    for _ in range(200):
        found = statistics.mean([draw.gauss(5, 2) for _ in range(40)])
        hits += found.low <= 5 <= found.high
    assert 0.88 <= hits / 200 <= 0.99


@pytest.mark.parametrize("values", [[7.0], [7.0, 7.0, 7.0]])
def test_no_interval_is_made_up_where_nothing_varies(values):
    assert statistics.mean(values)[1:3] == (None, None)


def test_turns_of_one_chat_do_not_count_as_independent():
    draw = random.Random(1)
    chats = [[draw.choice([0.0, 1.0])] * 20 for _ in range(12)]
    together = statistics.clustered_mean(chats)
    alone = statistics.mean([value for chat in chats for value in chat])
    assert together.value == alone.value
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_wilson_gives_the_published_interval():
    # Newcombe 1998, table I, method 3: 81 of 263 and 0 of 20
    found = statistics.share(81, 263)
    assert (found.low, found.high) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert statistics.share(0, 20).high == pytest.approx(0.1611, abs=5e-5)


def test_the_sign_test_is_exact():
    assert statistics.sign_test(9, 1) == pytest.approx(22 / 1024)
    assert statistics.sign_test(0, 0) == 1.0


def test_kappa_and_ac1_are_those_of_the_worked_example():
    # 125 yes-yes of 125 agreements etc.: Gwet 2008, table with raters A and B (118, 5, 2, 0)
    first = ["+"] * 118 + ["+"] * 5 + ["-"] * 2
    second = ["+"] * 118 + ["-"] * 5 + ["+"] * 2
    found = statistics.agreement(first, second)
    assert found.share == pytest.approx(0.944)
    assert found.kappa == pytest.approx(-0.0234, abs=5e-4)
    assert found.ac1 == pytest.approx(0.9408, abs=5e-4)


def test_kappa_is_not_defined_for_a_rater_who_always_says_the_same():
    assert statistics.agreement(["a", "a"], ["a", "b"]).kappa is None


def test_a_win_rate_that_is_all_length_becomes_a_half():
    draw = random.Random(2)
    scores, differences = [], []
    for _ in range(400):
        difference = draw.gauss(200, 100)
        scores.append(float(draw.random() < 1 / (1 + 2.718 ** (-difference / 50))))
        differences.append(difference)
    assert sum(scores) / 400 > 0.9
    assert statistics.length_controlled(scores, differences) < 0.75


def test_a_win_rate_without_length_in_it_stays():
    draw = random.Random(3)
    scores = [float(draw.random() < 0.7) for _ in range(600)]
    differences = [draw.gauss(0, 100) for _ in range(600)]
    controlled = statistics.length_controlled(scores, differences)
    assert controlled == pytest.approx(sum(scores) / 600, abs=0.02)


def test_few_pairs_are_not_controlled_for_length():
    assert statistics.length_controlled([1.0] * 19, list(range(19))) is None
    assert statistics.length_controlled([1.0] * 40, [5.0] * 40) is None
