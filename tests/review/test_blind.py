"""Judging blind: the coin is fair and steady, and the sums say what they are made of."""

from curator.review.blind import Tally, judged, new_is_left, sentences, tally


def test_the_coin_falls_the_same_way_every_time_and_differs_between_reviewers():
    ids = [f"rewrite {number}" for number in range(400)]
    ann = [new_is_left("ann", id_) for id_ in ids]
    assert ann == [new_is_left("ann", id_) for id_ in ids]
    assert 150 < sum(ann) < 250
    bob = [new_is_left("bob", id_) for id_ in ids]
    assert 100 < sum(a != b for a, b in zip(ann, bob, strict=True)) < 300


def test_the_chosen_side_decides_and_a_tie_keeps_the_old_answer():
    for number in range(20):
        id_ = f"r{number}"
        new = "left" if new_is_left("ann", id_) else "right"
        old = "right" if new == "left" else "left"
        verdict, extra = judged(new, "ann", id_, "short", "a longer answer")
        assert (verdict, extra["outcome"], extra["longer"]) == ("accept", "new", "new")
        verdict, extra = judged(old, "ann", id_, "short", "a longer answer")
        assert (verdict, extra["outcome"]) == ("reject", "old")
        verdict, extra = judged("tie", "ann", id_, "one", "two")
        assert (verdict, extra["outcome"], extra["longer"]) == ("reject", "tie", "")


def choice(outcome, side="left", longer="new"):
    return {"blind": True, "outcome": outcome, "side": side, "longer": longer}


def test_what_was_not_blind_is_not_counted():
    records = [choice("new"), choice("old", "right"), choice("tie", "tie"), {"later": True}, {}]
    assert tally(records) == Tally(new=1, old=1, ties=1, left=1, longer=1, unlike=2)
    assert sentences(tally([{}])) == []


def test_the_win_rate_has_its_interval_and_a_bias_is_named_only_when_it_is_sure():
    even = [choice("new" if n % 2 else "old", "left" if n % 4 < 2 else "right") for n in range(40)]
    said = sentences(tally(even))
    assert said[0] == "Blind: the new answer won 50% (35% to 65%) of 40, 0 ties."
    assert "the left side in 50%" in said[1]
    assert "no bias to be seen" in said[1]
    leaning = sentences(tally([choice("new", "left") for _ in range(30)]))
    assert leaning[1].endswith("a bias, unless it was better that often.")
    assert leaning[2].startswith("You chose the longer answer in 100%")
    assert "too few" in sentences(tally([choice("new")]))[1]


def test_nothing_but_ties_is_said_so():
    assert sentences(tally([choice("tie", "tie")])) == ["Blind: nothing but ties so far, 1 tie."]
