"""Back to any moment, and forward again."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from curator.errors import Cancelled, ConfigError
from curator.progress import Silent
from curator.store import Store
from curator.store.travelling import go_back, journey
from tests.store.workspaces import fill, said

WORDS = ("accept", "reject", "tag", "untag", "hide", "undo")


def do(store, rewrites, word, at):
    """One act on a rewrite or its chat; not all are possible at all times."""
    rewrite = rewrites[at]
    if word in ("accept", "reject"):
        store.decisions.record(said(rewrite, word))
    elif word == "tag":
        store.tags.add([rewrite.conversation_id], "math", "ann")
    elif word == "untag":
        store.tags.remove([rewrite.conversation_id], "math", "ann")
    elif word == "undo":
        store.decisions.undo("ann")
    else:
        store.hiding.hide([at], "removed by hand")


def state(store, rewrites):
    """All that acts can change."""
    heads = store.decisions.heads()
    hidden = sorted(store.hiding.of(range(3)))
    ids = [rewrite.conversation_id for rewrite in rewrites]
    verdicts = [heads[r.id].verdict if r.id in heads else None for r in rewrites]
    return verdicts, store.tags.of(ids), hidden


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(WORDS), st.integers(0, 2)), min_size=2, max_size=7),
       st.integers(0, 6))  # fmt: skip
@example([("accept", 0), ("accept", 1), ("undo", 0)], 0)
def test_after_a_journey_all_is_as_it_was_and_the_way_forward_is_one_too(
    tmp_path_factory, acts, stop
):
    with Store(tmp_path_factory.mktemp("w") / "w.duckdb") as store:
        rewrites = fill(store, 3)
        moments = {}
        for word, at in acts:
            do(store, rewrites, word, at)
            newest = store.acts.latest(1)
            if newest:
                moments[newest[0].name] = state(store, rewrites)
        if not moments:
            return
        name = list(moments)[min(stop, len(moments) - 1)]
        last, now = list(moments)[-1], state(store, rewrites)
        go_back(store.acts, name, "ann")
        assert state(store, rewrites) == moments[name]
        go_back(store.acts, last, "ann")
        assert state(store, rewrites) == now


def test_a_journey_is_seen_first_and_says_what_stays(store):
    rewrites = fill(store, 2)
    store.decisions.record(said(rewrites[0], "accept"))
    store.runs.close(store.runs.open("export", {}), "finished", {"rows": 1})
    store.decisions.record(said(rewrites[1], "accept"))
    way = journey(store.acts, "d1")
    assert [plan.act.name for plan in way.back] == ["d2"]
    assert len(way.stays) == 1
    assert "export" in way.stays[0]
    assert journey(store.acts, "d2").back == ()
    with pytest.raises(ConfigError, match="no such act"):
        journey(store.acts, "d77")


def test_a_journey_that_is_stopped_keeps_the_way_so_far(store):
    rewrites = fill(store, 3)
    for rewrite in rewrites:
        store.decisions.record(said(rewrite, "accept"))

    class Stopped(Silent):
        def step(self, *_):
            raise Cancelled("stopped")

    assert len(go_back(store.acts, "d1", "ann", Stopped())) == 1
    assert [store.decisions.heads()[r.id].verdict for r in rewrites] == ["accept", "accept", None]
    go_back(store.acts, "d1", "ann")
    assert [store.decisions.heads()[r.id].verdict for r in rewrites] == ["accept", None, None]


def test_how_far_a_journey_is_is_told_by_what_the_acts_touched(store):
    rewrites = fill(store, 3)
    store.decisions.record(said(rewrites[0], "accept"))
    store.decisions.record_many([said(one, "accept") for one in rewrites[1:]])
    store.tags.add([rewrites[0].conversation_id], "math", "ann")
    told = []

    class Telling(Silent):
        def begin(self, total, what):
            told.append((total, what))

        def step(self, n=1, note=""):
            told.append((n, note))

    go_back(store.acts, "d1", "ann", Telling())
    assert told == [(3, "taken back"), (1, "t0"), (2, "d2")]


def test_what_is_otherwise_since_an_act_is_told_row_by_row(store):
    rewrites = fill(store, 3)
    store.decisions.record(said(rewrites[0], "accept"))
    store.decisions.record(said(rewrites[1], "reject"))
    store.decisions.undo("ann")
    snapshots = store.snapshots
    first, second = (snapshots.after(store.acts.get(name)) for name in ("d1", "d2"))
    (change,) = snapshots.between(first, second)
    assert (change.rewrite_id, change.after) == (rewrites[1].id, "reject")
    assert snapshots.between(first, snapshots.now()) == []


def test_what_was_decided_while_a_stage_was_at_work_came_after_it(store):
    rewrites = fill(store, 2)
    run = store.runs.open("score", {})
    store.decisions.record(said(rewrites[0], "accept"))
    store.runs.close(run, "finished", {})
    moment = store.snapshots.after(store.acts.get(f"r{run}"))
    (change,) = store.snapshots.between(moment, store.snapshots.now())
    assert change.after == "accept"
    assert [plan.act.name for plan in journey(store.acts, f"r{run}").back] == ["d1"]
