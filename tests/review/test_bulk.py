import pytest

from curator.errors import ConfigError
from curator.filters.views import QueueSpec
from curator.review import Session, bulk
from curator.store import Store
from tests.store.workspaces import fill, said

WORDS = {"accept": "accept", "reject": "reject", "skip": "skip"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "w.duckdb"


@pytest.fixture
def store(path):
    with Store(path) as store:
        fill(store, 8)
        yield store


def verdicts(store):
    heads = store.decisions.heads()
    return [heads[r.id].verdict if r.id in heads else None for r in store.rewrites.all()]


def test_what_will_be_touched_is_counted_and_sampled(store):
    seen = bulk.preview(store.desk, QueueSpec(where="line<=7"))
    assert (seen.count, seen.chats, len(seen.samples)) == (7, 7, bulk.SAMPLES)
    assert seen.samples[0].source == "made here"
    assert seen.samples[0].before.startswith("It is")
    assert seen.samples[0].after.startswith("Added up")
    none = bulk.preview(store.desk, QueueSpec(where="lang:xx"))
    assert (none.count, none.chats, none.samples) == (0, 0, ())


@pytest.mark.parametrize("verdict", WORDS)
def test_one_word_for_all_is_one_act_that_one_undo_takes_back(store, verdict):
    store.decisions.record(said(store.rewrites.all()[0], "reject", "bob"))
    acts = bulk.carry_out(store.desk, QueueSpec(), bulk.Word(verdict, "ann", "because"))
    assert len(acts) == 7
    assert len({act.op for act in acts}) == 1
    assert {act.extra["bulk"] for act in acts} == {acts[0].op}
    assert {act.reason for act in acts} == {"because"}
    assert verdicts(store) == ["reject", *[verdict] * 7]
    assert len(store.decisions.undo("ann")) == 7
    assert verdicts(store) == ["reject", *[None] * 7]
    assert len(store.decisions.redo("ann")) == 7
    assert verdicts(store) == ["reject", *[verdict] * 7]


def test_a_bulk_act_survives_a_restart_and_is_undone_after_it(path):
    with Store(path) as store:
        fill(store, 5)
        bulk.carry_out(store.desk, QueueSpec(), bulk.Word("accept", "ann"))
    with Store(path) as store:
        assert verdicts(store) == ["accept"] * 5
        store.decisions.undo("ann")
        assert verdicts(store) == [None] * 5
        assert store.decisions.wrong_heads() == 0


def test_tags_are_added_to_those_that_are_there(store):
    first = store.rewrites.all()[0]
    word = bulk.Word("mark", "ann", tags=("math",))
    bulk.carry_out(store.desk, QueueSpec(where="line:1"), word)
    bulk.carry_out(store.desk, QueueSpec(), bulk.Word("mark", "ann", tags=("hard", "math")))
    assert store.decisions.head(first.id).marks == {"tags": ["math", "hard"]}
    assert store.selecting.count("tag:hard", "rewrite") == 8
    store.decisions.undo("ann")
    assert store.decisions.head(first.id).marks == {"tags": ["math"]}


def test_flags_come_and_go(store):
    bulk.carry_out(store.desk, QueueSpec(where="line<=3"), bulk.Word("flag", "ann"))
    assert store.queues.count(QueueSpec("flagged")) == 3
    bulk.carry_out(store.desk, QueueSpec("flagged"), bulk.Word("unflag", "ann"))
    assert store.queues.count(QueueSpec("flagged")) == 0


def test_what_cannot_be_said_of_many_is_refused(store):
    with pytest.raises(ConfigError, match="not for many"):
        bulk.carry_out(store.desk, QueueSpec(), bulk.Word("edit", "ann"))
    with pytest.raises(ConfigError, match="name a tag"):
        bulk.carry_out(store.desk, QueueSpec(), bulk.Word("mark", "ann"))
    assert store.decisions.count() == 0


def test_a_session_goes_on_behind_a_bulk_act_and_back_with_its_undo(store):
    session = Session(store.desk, "ann")
    session.turn_to(QueueSpec(where="line>2"))
    session.reject()
    assert len(session.decide_all(bulk.Word("accept", "ann"))) == 5
    assert session.item is None
    assert verdicts(store) == [None, None, "reject", *["accept"] * 5]
    assert "5 decided all at once." in session.summary()
    session.undo()
    assert session.progress.left == 5
    assert session.item is not None
    session.undo()
    assert verdicts(store) == [None] * 8


def test_another_queue_begins_at_its_first_item_and_a_wrong_one_leaves_the_old(store):
    session = Session(store.desk, "ann")
    session.accept()
    assert session.turn_to(QueueSpec("accepted")) == 1
    assert session.item.verdict == "accept"
    with pytest.raises(ConfigError):
        session.turn_to(QueueSpec(where="rol:x"))
    assert session.spec == QueueSpec("accepted")
    assert session.turn_to(QueueSpec(order="longest")) == 7


def test_seeking_goes_to_the_next_item_of_the_chats_and_back(store):
    session = Session(store.desk, "ann")
    assert session.seek({3, 5}, 1)
    assert session.item.conversation.origin.line == 4
    assert session.seek({3, 5}, 1)
    assert session.item.conversation.origin.line == 6
    assert not session.seek({3, 5}, 1)
    assert session.seek({3, 5}, -1)
    assert session.item.conversation.origin.line == 4


def test_samples_are_shown_from_where_they_first_differ():
    same = "What both of them begin with says nothing. "
    sample = bulk.Sample("f", 1, f"{same}Old\n words.", f"{same}New words.")
    assert bulk.apart(sample) == ("…ys nothing. Old words.", "…ys nothing. New words.")
    sample = bulk.Sample("f", 1, "旧的回答。", "新的回答。")
    assert bulk.apart(sample) == ("旧的回答。", "新的回答。")
    assert bulk.apart(bulk.Sample("f", 1, same, same))[0].startswith("…")
