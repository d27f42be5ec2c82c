"""Chats picked by hand: a set that survives any order, and acts that one taking back undoes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.errors import ConfigError
from curator.review.picks import ACTS, Picks, carry_out, look, touched
from curator.store import Store
from tests.store.workspaces import fill, said

ORDS = st.lists(st.integers(0, 30), max_size=8)
STEPS = st.lists(
    st.tuples(st.sampled_from(["toggle", "put", "drop", "invert", "clear"]), ORDS), max_size=12
)


@given(STEPS)
def test_picks_are_a_set(steps):
    picks, model = Picks(), set()
    for what, ords in steps:
        if what == "toggle":
            for ord_ in ords:
                picks.toggle(ord_)
                model ^= {ord_}
        elif what == "put":
            picks.put(ords)
            model |= {*ords}
        elif what == "drop":
            picks.put(ords, False)
            model -= {*ords}
        elif what == "invert":
            picks.invert(dict.fromkeys(ords))
            model ^= {*ords}
        else:
            picks.clear()
            model.clear()
        assert (picks.ords(), len(picks)) == (sorted(model), len(model))
        assert all((ord_ in picks) == (ord_ in model) for ord_ in range(40))


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9), st.booleans()), max_size=6))
def test_stretches_and_arrays_are_picked_as_lists_are(stretches):
    by_range, by_array, by_list = Picks(), Picks(), Picks()
    for first, length, picked in stretches:
        ords = range(first, first + length)
        for picks, given_ in ((by_range, ords), (by_array, np.asarray(ords)), (by_list, [*ords])):
            picks.put(given_, picked)
            picks.invert(given_ if length % 2 else given_[:0])
    assert by_range.ords() == by_array.ords() == by_list.ords()
    assert len(by_range) == len(by_array) == len(by_list) == len(by_list.ords())


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "w.duckdb") as store:
        fill(store, 8)
        yield store


@given(st.sets(st.integers(0, 200), max_size=60))
def test_a_handful_of_picks_is_a_filter_that_finds_them(ords):
    picks = Picks()
    picks.put(ords)
    found = set()
    for part in filter(None, picks.where().split(" or ")):
        ends = part.removeprefix("number:").split("..")
        found |= {*range(int(ends[0]) - 1, int(ends[-1]))}
    assert found == ords or picks.where() == ""


def test_the_filter_of_picks_means_the_same_chats_to_the_store(store):
    picks = Picks()
    picks.put([0, 3, 4, 5, 7])
    assert picks.where() == "number:1 or number:4..6 or number:8"
    assert store.selecting.conversations(picks.where()) == picks.ords()


def verdicts(store):
    heads = store.decisions.heads()
    return [h.verdict if (h := heads.get(r.id)) else None for r in store.rewrites.all()]


def test_what_an_act_would_touch_is_counted_first(store):
    store.decisions.record(said(store.rewrites.all()[2], "reject"))
    seen = look(store, [1, 2, 3])
    assert (seen.pending, seen.rewrites, len(seen.samples)) == (2, 3, 3)
    assert touched("accept", seen) == (2, "pending rewrites")
    assert touched("flag", seen) == (3, "rewrites")
    assert touched("hide", seen) == (3, "chats")
    assert touched("queue", seen) == (2, "pending rewrites")
    assert verdicts(store) == [None, None, "reject", *[None] * 5]


def state(store):
    return (
        verdicts(store), [h.flagged for h in store.decisions.heads().values()],
        store.tags.names(), store.conversations.ids(),
    )  # fmt: skip


@pytest.mark.parametrize("act", [act.name for act in ACTS])
def test_one_taking_back_undoes_an_act_on_many(store, act):
    store.tags.add(store.conversations.ids()[:3], "math", "ann")
    before = state(store)
    done = carry_out(store, look(store, [0, 2, 5]), act, "ann", "math" if "tag" in act else "")
    assert done.act is not None
    assert state(store) != before
    assert store.acts.get(done.act).stands
    store.acts.roll_back(done.act, "ann")
    after = state(store)
    assert (after[0], any(after[1]), after[2:]) == (before[0], any(before[1]), before[2:])


def test_accepting_settles_what_is_pending_in_the_picked_and_nothing_else(store):
    store.decisions.record(said(store.rewrites.all()[2], "reject"))
    carry_out(store, look(store, [1, 2, 3]), "accept", "ann")
    assert verdicts(store) == [None, "accept", "reject", "accept", *[None] * 4]
    assert len({d.op for d in store.decisions.history()[:2]}) == 1


def test_a_queue_is_handed_over_as_a_tag_of_its_own(store):
    one = carry_out(store, look(store, [1, 2]), "queue", "ann")
    two = carry_out(store, look(store, [3]), "queue", "ann")
    assert (one.where, two.where) == ("tag:picked-1", "tag:picked-2")
    assert store.selecting.conversations(one.where) == [1, 2]
    assert store.selecting.conversations(two.where) == [3]


def test_what_cannot_be_done_is_told(store):
    with pytest.raises(ConfigError, match="one word"):
        carry_out(store, look(store, [1]), "tag", "ann", "two words")
    with pytest.raises(ConfigError, match="nothing to do with many"):
        carry_out(store, look(store, [1]), "edit", "ann")
