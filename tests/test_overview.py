"""What `curator status` knows."""

from curator.conversation import Conversation, Origin, Rewrite, Turn
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


def test_a_rewrite_behind_a_changed_answer_is_counted_until_the_change_is_undone(tmp_path):
    turns = tuple(Turn(("user", "assistant")[i % 2], f"words {i}") for i in range(6))
    chat = Conversation(turns, Origin("test"))
    made = [
        Rewrite(conversation_id=chat.id, turn_index=at, criticism="c", content=f"new {at}",
                model="m", prompt_digest="p", verdict="improve")
        for at in (1, 3)
    ]  # fmt: skip
    with Store(tmp_path / "w.duckdb") as store:
        store.conversations.add([chat])
        store.rewrites.add(made)
        assert "behind a changed answer" not in overview(store).counts
        session = Session(store.desk, "ann")
        session.decide("accept")
        assert overview(store).counts["behind a changed answer"] == 1
        session.undo()
        assert "behind a changed answer" not in overview(store).counts
