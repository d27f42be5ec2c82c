"""Any act can be taken back, and so can the taking back."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.errors import ConfigError
from curator.store import Store
from curator.store.hiding import REVERSIBLE
from curator.store.lasting import LASTING
from tests.store.workspaces import chat, fill, said


def run(store, stage):
    number = store.runs.open(stage, {})
    store.runs.close(number, "finished", {"new": 3})
    return number


def verdicts(store, rewrites):
    heads = store.decisions.heads()
    return [head.verdict if (head := heads.get(r.id)) else None for r in rewrites]


def test_history_lists_runs_and_decisions_newest_first(store):
    number = run(store, "import")
    one, two = fill(store, 2)
    store.decisions.record(said(one, "accept"))
    store.decisions.record_many([said(one, "reject"), said(two, "reject")])
    acts = store.acts.latest()
    assert [a.name for a in acts] == ["d2", "d1", f"r{number}"]
    assert acts[0].said == "2 rejected"
    begins = store.conversations.get(one.conversation_id).turns[0].content
    assert acts[1].said == f"1 accepted · turn {one.turn_index + 1} of “{begins}”"
    assert acts[2].said == "3 new"
    assert all(a.stands for a in acts)
    assert [a.name for a in store.acts.latest(before=acts[1].at)] == [f"r{number}"]


def test_a_decision_tells_how_it_stood_before_and_after(store):
    one, two = fill(store, 2)
    where = f"turn {one.turn_index + 1} of {one.conversation_id[:12]}"
    say = store.decisions.record
    say(said(one, "edit", content="mine"))
    say(msgspec.structs.replace(said(one, "mark"), extra={"score": 4, "tags": ["a", "数学"]}))
    say(said(one, "edit", content="better\nmine"))
    say(said(two, "flag"))
    store.decisions.record_many([
        msgspec.structs.replace(said(two, "reject"), reason="tone"), said(one, "accept"),
    ])  # fmt: skip
    store.acts.roll_back("d3", "ann")
    other = f"turn {two.turn_index + 1} of {two.conversation_id[:12]}"
    assert [store.acts.told(store.acts.get(f"d{number}")) for number in (1, 2, 3, 4, 5, 7)] == [
        [f"d1: edited, {where} · pending → edited", "+ mine"],
        [f"d2: marked, {where} · score none → 4 · tags none → a 数学"],
        [f"d3: edited, {where}", "− mine", "+ better\nmine"],
        [f"d4: flagged, {other} · flag no → yes"],
        [f"d5: rejected, {other} · pending → rejected · tone",
         f"d6: accepted, {where} · edited → accepted", "− better\nmine"],
        [f"d7: taken back, {where}, d3"],
    ]  # fmt: skip


def test_a_run_says_first_what_it_was_for(store):
    number = store.runs.open("import", {})
    report = {"already there": 1, "conversations": 7, "kept": 8, "rejected": 2}
    store.runs.close(number, "finished", report)
    (act,) = store.acts.latest()
    assert act.said == "7 conversations, 8 kept, 1 already there"
    assert act.items == 7


def test_an_old_decision_is_taken_back_while_later_ones_stand(store):
    rewrites = fill(store, 3)
    for rewrite in rewrites:
        store.decisions.record(said(rewrite, "accept"))
    plan, by = store.acts.roll_back("d1", "bob")
    assert (plan.items, by) == (1, "d4")
    assert verdicts(store, rewrites) == [None, "accept", "accept"]
    assert [a.stands for a in store.acts.latest()] == [True, True, True, False]
    store.acts.roll_back(by, "bob")
    assert verdicts(store, rewrites) == ["accept"] * 3
    assert store.acts.get(by).stands is False


def test_a_bulk_act_is_taken_back_as_one(store):
    rewrites = fill(store, 12)
    store.decisions.record_many([said(r, "accept") for r in rewrites])
    store.acts.roll_back("d1", "ann")
    assert verdicts(store, rewrites) == [None] * 12
    assert store.decisions.wrong_heads() == 0


def test_a_plan_changes_nothing_and_counts_what_it_would_touch(store):
    number = run(store, "import")
    store.conversations.add([chat(0), chat(1)], number)
    plan = store.acts.plan(f"r{number}")
    assert (plan.items, plan.lines) == (2, ("2 conversations leave sight",))
    assert store.conversations.count() == 2
    assert store.acts.plan(str(number)) == plan


def test_what_cannot_be_taken_back_says_why(store):
    number = run(store, "score")
    with pytest.raises(ConfigError, match="only measures"):
        store.acts.plan(f"r{number}")
    for name in ("r99", "d5", "x", "r", ""):
        with pytest.raises(ConfigError, match="no such act"):
            store.acts.plan(name)


def test_taggings_are_acts_and_are_taken_back_and_restored(store):
    fill(store, 4)
    ids = store.conversations.ids()
    store.tags.add(ids[:3], "math", "ann")
    store.tags.remove(ids[:1], "math", "bob")
    assert [(a.name, a.who, a.said) for a in store.acts.latest()] == [
        ("t1", "bob", "untagged math 1 chat"), ("t0", "ann", "tagged math 3 chats"),
    ]  # fmt: skip
    assert store.acts.plan("t0").lines == ("3 conversations lose the tag math",)
    assert store.acts.told(store.acts.get("t1")) == [f"untagged math 1 chat: {ids[0][:12]}"]
    _, by = store.acts.roll_back("t0", "cat")
    assert store.tags.names() == {}
    assert [a.stands for a in store.acts.latest()] == [True, True, False]
    with pytest.raises(ConfigError, match="t0 does not stand"):
        store.acts.plan("t0")
    store.acts.roll_back(by, "cat")
    assert store.tags.names() == {"math": 2}
    assert store.acts.get("t0").stands
    assert store.tags.undo("ann") == ("add", "math", 3)
    assert store.tags.names() == {}


def test_every_stage_can_be_taken_back_or_says_why_not(store):
    from curator.stages.registry import STAGES

    for stage in STAGES:
        assert (stage.name in REVERSIBLE) or stage.name in LASTING
    number = run(store, "export")
    with pytest.raises(ConfigError, match="wrote files outside the workspace: delete them"):
        store.acts.plan(f"r{number}")


def test_what_was_taken_back_names_the_act_that_restores_it(store):
    number = run(store, "import")
    store.conversations.add([chat(0)], number)
    _, by = store.acts.roll_back(f"r{number}", "ann")
    with pytest.raises(ConfigError, match=f"rollback {by}"):
        store.acts.plan(f"r{number}")
    assert store.acts.latest()[0].said == f"took back r{number}"
    (line,) = store.acts.plan(by).lines
    assert line == f"what it took back (r{number}) counts again"
    store.acts.roll_back(by, "ann")
    assert store.conversations.count() == 1


steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["accept", "reject", "flag"]), st.sets(st.integers(0, 3))),
        st.tuples(st.just("back"), st.integers(0, 30)),
        st.tuples(st.sampled_from(["undo", "redo"]), st.none()),
    ),
    max_size=14,
)


@settings(max_examples=25, deadline=None)
@given(steps)
def test_rolling_back_and_rolling_that_back_changes_nothing(tmp_path_factory, steps):
    """After any sequence, every act that stands can be taken back and restored: the heads are the
    same as before, and always what the whole history says."""
    with Store(tmp_path_factory.mktemp("any") / "w.duckdb") as store:
        rewrites = fill(store, 4)
        for verb, what in steps:
            names = [a.name for a in store.acts.latest() if a.stands]
            if verb == "back" and names:
                before = store.decisions.heads()
                _, by = store.acts.roll_back(names[what % len(names)], "ann")
                _, again = store.acts.roll_back(by, "bob")
                assert store.decisions.heads().keys() >= before.keys()
                assert _standing(store) == {k: _said(h) for k, h in before.items() if _said(h)}
                store.acts.roll_back(again, "ann")
            elif verb == "undo":
                store.decisions.undo("ann")
            elif verb == "redo":
                store.decisions.redo("ann")
            elif verb != "back" and what:
                store.decisions.record_many([said(rewrites[n], verb) for n in sorted(what)])
        assert store.decisions.wrong_heads() == 0


def _said(head):
    return (head.verdict, head.flagged) if head.verdict or head.flagged else None


def _standing(store):
    return {k: _said(h) for k, h in store.decisions.heads().items() if _said(h)}


def test_a_mark_says_in_the_list_what_it_marks(store):
    (one,) = fill(store, 1)
    for marks in ({"score": 4}, {"tags": ["a", "数学"]}, {"note": None}, {}):
        store.decisions.record(msgspec.structs.replace(said(one, "mark"), extra=marks))
    words = [act.said.partition(" · ")[0] for act in reversed(store.acts.latest())]
    assert words == ["score 4", "tags a, 数学", "no note", "1 marked"]


def test_a_clock_that_was_put_back_turns_no_order_round(store: Store) -> None:
    from datetime import UTC, datetime, timedelta

    now = datetime.now(UTC)
    rewrites = fill(store, 4)
    for days, rewrite in zip((0, 4000, -400, 1), rewrites, strict=True):
        at = now + timedelta(days=days)
        store.decisions.record(msgspec.structs.replace(said(rewrite, "accept"), at=at))
    assert [act.name for act in store.acts.latest(4)] == ["d4", "d3", "d2", "d1"]
    assert [act.name for act in store.acts.latest(2)] == ["d4", "d3"]
