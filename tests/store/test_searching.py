import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curator.conversation import Conversation, Origin, Rewrite, Turn
from curator.errors import Cancelled
from curator.filters.nodes import Words
from curator.store import Store, searching, word_index
from tests.store.plain_filter import _says
from tests.store.workspaces import chat, fill, proposal

TEXTS = (
    "Two plus two is four.", "two, plus: TWO", "我想学习机器学习。", "学习，机器", "C++ or c?",
    "snake_case and snake case", "Ärger ärger", "mixed 中文 and English中文", "plusminus", "",
    "émigré e\u0301migre\u0301", "3.14 and 2,718", "한국어 텍스트", "a" * 300,
)  # fmt: skip


def said(*texts):
    return Conversation(tuple(Turn("user", text) for text in texts), Origin("made here"))


def found(store, text, prefix=False):
    table = store.searching.places(Words(text, prefix))
    return sorted(set(zip(*(table[c].to_pylist() for c in ("ord", "turn_index")), strict=True)))


@pytest.fixture(scope="module")
def indexed(tmp_path_factory):
    with Store(tmp_path_factory.mktemp("indexed") / "w.duckdb") as store:
        store.conversations.add([said(*TEXTS)])
        store.searching.build()
        yield store


def test_words_are_found_in_order_whatever_stands_between(indexed):
    assert found(indexed, "plus two") == [(0, 0), (0, 1)]
    assert found(indexed, "TWO PLUS") == [(0, 0), (0, 1)]
    assert found(indexed, "two four") == []


def test_a_word_is_not_found_inside_of_another(indexed):
    assert found(indexed, "plus") == [(0, 0), (0, 1)]
    assert found(indexed, "plus", prefix=True) == [(0, 0), (0, 1), (0, 8)]


def test_chinese_is_found_anywhere_in_a_sentence(indexed):
    assert found(indexed, "学习") == [(0, 2), (0, 3)]
    assert found(indexed, "习机器") == [(0, 2), (0, 3)]
    assert found(indexed, "中文 and") == [(0, 7)]
    assert found(indexed, "机学") == []


WORDS = st.sampled_from(
    ["two", "plus", "学", "习", "机器", "c", "snake", "case", "snake_case", "ärger", "中文", "3",
     "14", "e\u0301migre\u0301", "émigré", "국어", "and", "a" * 300]
)  # fmt: skip


@given(st.lists(WORDS, min_size=1, max_size=3).map(" ".join), st.booleans())
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_index_finds_what_reading_every_text_finds(indexed, text, prefix):
    words = Words(text, prefix)
    read = [(0, at) for at, each in enumerate(TEXTS) if _says(words, each)]
    assert found(indexed, text, prefix) == read
    store = indexed
    from curator.filters.words import pattern

    rows = store.connection.rows(
        "select ord, turn_index from turns where regexp_matches(content, ?) order by all",
        [pattern(words)],
    )
    assert rows == read


def test_what_a_rewrite_says_is_found_at_its_turn(store):
    fill(store, 3)
    store.searching.build()
    assert found(store, "Added up") == [(0, 1), (1, 1), (2, 1)]
    assert found(store, "forgot to add") == [(0, 1), (1, 1), (2, 1)]
    assert store.selecting.conversations('"added up 3"') == [2]


def test_new_rows_are_found_at_once(store):
    fill(store, 2)
    store.searching.build()
    store.conversations.add([said("brand new")])
    store.rewrites.add([proposal(chat(0), "quite different", 1)])
    assert found(store, "brand new") == [(2, 0)]
    assert found(store, "quite different") == [(0, 1)]
    assert store.searching.coverage().missing == 0


def test_many_new_rows_are_found_before_they_are_indexed(store, monkeypatch):
    fill(store, 2)
    store.searching.build()
    monkeypatch.setattr(searching, "FEW", 0)
    store.conversations.add([said("brand new")])
    store.rewrites.add([proposal(chat(0), "quite different", 1)])
    assert found(store, "brand new") == [(2, 0)]
    assert found(store, "quite different") == [(0, 1)]
    assert store.searching.coverage().missing == 2


def test_without_an_index_the_texts_are_read(store):
    fill(store, 3)
    assert store.searching.places(Words("added")) is None
    assert store.selecting.conversations("added") == [0, 1, 2]
    assert not store.searching.folder.exists()


def test_a_deleted_or_damaged_index_is_no_loss(store):
    fill(store, 3)
    store.searching.build()
    for file in store.searching.folder.glob("*.term"):
        file.write_bytes(b"rubbish")
    store.searching._index._opened = None
    assert store.selecting.conversations('"added up 1"') == [0]
    shutil.rmtree(store.searching.folder, ignore_errors=True)
    assert store.selecting.conversations('"added up 1"') == [0]
    store.searching.build()
    assert found(store, "added up 1") == [(0, 1)]


def test_an_index_of_another_workspace_is_made_anew(store, tmp_path):
    fill(store, 3)
    store.searching.build()
    with Store(tmp_path / "other.duckdb") as other:
        fill(other, 1)
        shutil.copytree(store.searching.folder, other.searching.folder)
        assert other.searching.places(Words("added")) is None
        other.searching.build()
        assert found(other, "added") == [(0, 1)]


class _StopsAt:
    def __init__(self, at):
        self.at, self.done = at, 0

    def begin(self, total, what):  # noqa: ARG002
        self.total = total

    def step(self, n=1, note=""):  # noqa: ARG002
        self.done += n
        if self.done >= self.at:
            raise Cancelled("stopped")


def test_a_build_that_was_stopped_goes_on(store, monkeypatch):
    monkeypatch.setattr(searching, "COMMIT", 8)
    fill(store, 10)
    with pytest.raises(Cancelled):
        store.searching.build(_StopsAt(10))
    missing = store.searching.coverage().missing
    assert 0 < missing < 50
    assert store.searching.build() == missing
    assert found(store, "added") == [(ord_, 1) for ord_ in range(10)]
    assert store.searching.build() == 0


def test_a_crash_between_commit_and_marks_doubles_nothing(store, monkeypatch):
    fill(store, 3)
    real = searching._write

    def crash(*_):
        raise OSError(5, "crash")

    monkeypatch.setattr(searching, "_write", crash)
    with pytest.raises(Exception, match="cannot be written"):
        store.searching.build()
    monkeypatch.setattr(searching, "_write", real)
    store.searching.build()
    assert store.searching._index.count() == 15


def test_very_many_hits_come_in_parts(store, monkeypatch):
    monkeypatch.setattr(word_index, "AT_ONCE", 3)
    fill(store, 20)
    store.searching.build()
    assert found(store, "added") == [(ord_, 1) for ord_ in range(20)]
    assert found(store, "what is") == [(ord_, 0) for ord_ in range(20)]


def test_a_rewrite_taken_back_is_not_found(store):
    fill(store, 2)
    run = store.runs.open("reflect", {})
    store.rewrites.add([Rewrite(chat(0).id, 1, "", "only here", "m", "p", run_id=run)])
    store.runs.close(run, "finished", {})
    store.searching.build()
    assert found(store, "only here") == [(0, 1)]
    store.hiding.take_back(run)
    assert found(store, "only here") == []
