"""A snapshot is a few numbers, and yet two of them say row by row what changed between."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.errors import ConfigError
from curator.store import Store
from tests.store.workspaces import chat, fill, said


def test_the_rows_that_entered_left_and_changed(store):
    rewrites = fill(store, 3)
    store.decisions.record(said(rewrites[0], "accept"))
    store.decisions.record(said(rewrites[2], "edit", content="One."))
    before = store.snapshots.save("before", "ann")
    assert (before.seq, before.last_ord) == (2, 2)
    new = chat(7)
    store.conversations.add([new])
    store.hiding.hide([1], "dedup")
    store.decisions.record(said(rewrites[0], "reject"))
    store.decisions.record(said(rewrites[2], "edit", content="Two."))
    rows = store.snapshots.diff("before")
    gone = chat(1).id
    assert {(r.kind, r.conversation_id) for r in rows if r.turn_index is None} == {
        ("entered", new.id), ("left", gone),
    }  # fmt: skip
    told = {r.kind: (r.before, r.after, r.old_text, r.new_text) for r in rows if r.turn_index}
    assert told["verdict+text"] == ("accept", "reject", rewrites[0].content, None)
    assert told["text"] == ("edit", "edit", "One.", "Two.")


def test_a_comparison_backwards_says_the_opposite(store):
    (rewrite,) = fill(store, 1)
    store.snapshots.save("a", "ann")
    store.conversations.add([chat(5)])
    store.decisions.record(said(rewrite, "accept"))
    store.snapshots.save("b", "ann")
    forth, back = store.snapshots.diff("a", "b"), store.snapshots.diff("b", "a")
    assert [r.kind for r in forth] == ["entered", "verdict+text"]
    assert [r.kind for r in back] == ["left", "verdict+text"]
    assert (forth[1].before, forth[1].after) == (back[1].after, back[1].before)
    assert store.snapshots.diff("b", "b") == []


def test_a_rolled_back_import_left_and_its_restoration_entered(store):
    number = store.runs.open("import", {})
    store.conversations.add([chat(0), chat(1)], number)
    store.snapshots.save("full", "ann")
    back = store.hiding.take_back(number)
    store.snapshots.save("empty", "ann")
    store.hiding.take_back(back)
    assert [r.kind for r in store.snapshots.diff("full", "empty")] == ["left", "left"]
    assert [r.kind for r in store.snapshots.diff("empty", "now")] == ["entered", "entered"]
    assert store.snapshots.diff("full", "now") == []


def test_names_are_given_once_and_unknown_ones_list_the_known(store):
    store.snapshots.save("first", "ann")
    with pytest.raises(ConfigError, match="already"):
        store.snapshots.save("first", "ann")
    with pytest.raises(ConfigError, match="known are first, now"):
        store.snapshots.diff("frist")
    for name in ("now", "", "  "):
        with pytest.raises(ConfigError, match="names no snapshot"):
            store.snapshots.save(name, "ann")


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["accept", "reject", "undo", "redo", "flag"]), st.integers(0, 2)),
        max_size=12,
    )
)
def test_the_past_is_as_it_was(tmp_path_factory, steps):
    """The heads of any earlier moment are those the workspace had then."""
    with Store(tmp_path_factory.mktemp("past") / "w.duckdb") as store:
        rewrites = fill(store, 3)
        was = {}
        for verb, which in steps:
            if verb in ("undo", "redo"):
                getattr(store.decisions, verb)("ann")
            else:
                store.decisions.record(said(rewrites[which], verb))
            was[store.decisions.last()[1]] = store.decisions.heads()
        for seq, heads in was.items():
            assert store.snapshots.heads(seq) == heads


def test_a_change_says_when_it_was_last_touched_and_by_whom(store):
    rewrites = fill(store, 2)
    store.snapshots.save("before", "ann")
    store.decisions.record(said(rewrites[0], "accept", reviewer="bob"))
    run = store.runs.open("import", {}, "cy")
    store.conversations.add([chat(7)], run)
    store.hiding.hide([1], "dedup", store.runs.open("dedup", {}, "di"))
    found = {(change.kind, change.who) for change in store.snapshots.diff("before")}
    assert found == {("entered", "cy"), ("left", "di"), ("verdict+text", "bob")}
    entered = next(c for c in store.snapshots.diff("before") if c.kind == "entered")
    assert entered.at == store.runs.of(run).started.replace(tzinfo=entered.at.tzinfo)
    store.hiding.take_back(run, who="eve")
    store.snapshots.save("after", "ann")
    store.acts.roll_back(f"r{store.runs.latest(1)[0].id}", "fay")
    (back,) = store.snapshots.diff("after")
    assert (back.kind, back.who) == ("entered", "fay")


def test_a_chat_that_no_run_brought_in_has_no_date(store):
    store.snapshots.save("before", "ann")
    store.conversations.add([chat(7)])
    (change,) = store.snapshots.diff("before")
    assert (change.kind, change.at, change.who) == ("entered", None, "")
