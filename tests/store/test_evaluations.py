"""What the gym and the exam keep."""

import pytest

from curator.conversation import Adapter, Evaluation
from curator.store import Store
from curator.store.evaluations import Answer, Comparison


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "work.duckdb") as opened:
        yield opened


def test_an_adapter_comes_back_as_it_was_and_is_there_once(store):
    adapter = Adapter("/a", "base@1", "hash", {"rank": 8, "targets": ["q"]}, (2.5, 1.25), "/p")
    assert store.adapters.latest() is None
    assert store.adapters.add(adapter) == store.adapters.add(adapter) == 0
    kept = store.adapters.latest()
    assert (kept.settings, kept.losses, kept.parent) == (adapter.settings, (2.5, 1.25), "/p")
    store.adapters.add(Adapter("/b", "base@1", "hash"))
    assert store.adapters.latest().path == "/b"
    assert store.adapters.count() == 2


def test_answers_and_scores_are_found_by_key(store):
    answer = Answer("k1", "base", "maths", ("二加二？",), ("四",))
    store.evaluations.keep_answers([answer], None)
    assert store.evaluations.answers(["k1", "k2"]) == {"k1": answer}
    missing = Evaluation("base", "maths", "[]", "[]", "judge", None, "no score")
    given = Evaluation("base", "maths", "[]", "[]", "judge", 7.0, "good")
    store.evaluations.keep_scores([("s1", missing)], None)
    store.evaluations.keep_scores([("s2", given)], None)
    assert store.evaluations.scores(["s1", "s2"]) == {"s1": missing, "s2": given}


def test_comparisons_are_found_by_key(store):
    made = Comparison("k", "r", "c", 1, True, False, "judge", "rubric", "tie", "alike")
    store.evaluations.keep_comparisons([made], None)
    assert store.evaluations.comparisons(["k"]) == {"k": made}
    assert store.evaluations.comparisons([]) == {}
