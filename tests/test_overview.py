"""What `curator status` knows."""

from curator.overview import next_step, overview
from curator.review import Session
from curator.store import Store
from tests.store.workspaces import fill


def test_status_says_what_blind_choices_say_of_each_reviewer(tmp_path):
    with Store(tmp_path / "w.duckdb") as store:
        fill(store, 6)
        assert overview(store).blind == {}
        for name, count in (("ann", 3), ("bob", 1)):
            session = Session(store.desk, name)
            for _ in range(count):
                session.judge("left")
        Session(store.desk, "ann").undo()
        told = overview(store).blind
    assert set(told) == {"ann", "bob"}
    assert "of 2, 0 ties" in told["ann"][0]
    assert "You chose the left side in 100%" in told["bob"][1]


def test_rewrites_that_nobody_judged_are_the_next_step_until_one_is(tmp_path):
    with Store(tmp_path / "w.duckdb") as store:
        fill(store, 3)
        now = overview(store)
        assert now.counts["pending"] == 3
        assert "curator score" in now.next
        assert next_step({**now.counts, "signals": 1}).startswith("`curator review`: 3 rewrites")
        Session(store.desk, "ann").judge("left")
        now = overview(store)
    assert now.counts["pending"] == 2
    assert "curator export" in next_step({**now.counts, "signals": 1})
