import json
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curator.conversation import Conversation, Origin, Rewrite, Turn
from curator.errors import Cancelled, StoreError
from curator.filters.nodes import Words
from curator.store import Store, index_marks, index_texts, word_index
from curator.store.searching import Searching
from curator.store.selecting import Selecting
from tests.store.plain_filter import _says
from tests.store.workspaces import chat, fill, proposal
from tests.store.workspaces import said as decided

TEXTS = (
    "Two plus two is four.", "two, plus: TWO", "我想学习机器学习。", "学习，机器", "C++ or c?",
    "snake_case and snake case", "Ärger ärger", "mixed 中文 and English中文", "plusminus", "",
    "émigré e\u0301migre\u0301", "3.14 and 2,718", "한국어 텍스트", "a" * 300,
    "5 µm or ΜM", "ΟΔΟΣ οδοσ ὁδὸς", "ſuch ſtraße STRASSE Straẞe", "İstanbul istanbul ISTANBUL",
    "ＡＢＣ ａｂｃ abc", "學習", "🙂word🙂", "K ϑ 3²",
)  # fmt: skip


def said(*texts):
    return Conversation(tuple(Turn("user", text) for text in texts), Origin("made here"))


def begin_anew(store):
    """As another process finds the index."""
    store.searching = Searching(store.connection, store.path, store.identity)
    store.selecting = Selecting(store.connection, store.searching)


def fill_more(store):
    """A chat of four turns."""
    store.conversations.add([said("brand new", "b", "c", "d")])


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


def test_case_in_any_script_does_not_count_but_accents_width_and_the_other_script_do(indexed):
    for asked in ("μm", "µM", "μM"):
        assert found(indexed, asked) == [(0, 14)]
    assert found(indexed, "οδος") == found(indexed, "ΟΔΟΣ") == [(0, 15)]
    assert found(indexed, "such STRAßE strasse STRAßE") == [(0, 16)]
    assert found(indexed, "İstanbul istanbul") == [(0, 17)]
    assert found(indexed, "abc") == found(indexed, "ABC") == [(0, 18)]
    assert found(indexed, "ＡＢＣ ａｂｃ abc") == [(0, 18)]
    assert found(indexed, "學習") == [(0, 19)]
    assert (0, 19) not in found(indexed, "学习")
    assert found(indexed, "arger") == []
    assert found(indexed, "word") == [(0, 20)]


def test_chinese_is_found_anywhere_in_a_sentence(indexed):
    assert found(indexed, "学习") == [(0, 2), (0, 3)]
    assert found(indexed, "习机器") == [(0, 2), (0, 3)]
    assert found(indexed, "中文 and") == [(0, 7)]
    assert found(indexed, "机学") == []


WORDS = st.sampled_from(
    ["two", "plus", "学", "习", "机器", "c", "snake", "case", "snake_case", "ärger", "中文", "3",
     "14", "e\u0301migre\u0301", "émigré", "국어", "and", "a" * 300, "μm", "µM", "οδος", "ΟΔΟΣ",
     "such", "straße", "STRASSE", "straẞe", "İstanbul", "istanbul", "abc", "ＡＢＣ", "學", "word",
     "k", "θ", "3²", "5"]
)  # fmt: skip


@given(st.lists(WORDS, min_size=1, max_size=3).map(" ".join), st.booleans())
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
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
    assert store.searching.coverage().missing == 2
    store.searching.build()
    assert store.searching.coverage().missing == 0
    assert found(store, "brand new") == [(2, 0)]
    assert found(store, "quite different") == [(0, 1)]


def test_what_a_person_wrote_is_found_and_shown_at_once(store):
    rewrites = fill(store, 2)
    store.searching.build()
    store.decisions.record(decided(rewrites[1], "edit", content="Exactly forty-two."))
    assert found(store, "exactly forty") == [(1, 1)]
    (hit,) = store.finds.of("exactly", "exactly", 9)
    assert (hit.who, hit.text) == ("edit", "Exactly forty-two.")
    store.decisions.undo("ann")
    assert found(store, "exactly forty") == []


def test_without_an_index_the_texts_are_read(store):
    fill(store, 3)
    assert found(store, "added") == [(0, 1), (1, 1), (2, 1)]
    assert store.selecting.conversations("added") == [0, 1, 2]
    assert not store.searching.folder.exists()


def test_a_deleted_or_damaged_index_is_no_loss(store):
    fill(store, 3)
    store.searching.build()
    for file in store.searching.folder.glob("*.term"):
        file.write_bytes(b"rubbish")
    begin_anew(store)
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
        assert found(other, "added") == [(0, 1)]
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
    monkeypatch.setattr(index_texts, "COMMIT", 8)
    monkeypatch.setattr(index_texts, "CHUNK", 4)
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
    store.searching.build()
    fill_more(store)
    real = index_marks.write

    def crash(*_):
        raise OSError(5, "crash")

    monkeypatch.setattr(index_marks, "write", crash)
    with pytest.raises(StoreError, match="cannot be written"):
        store.searching.build()
    monkeypatch.setattr(index_marks, "write", real)
    assert found(store, "added") == [(ord_, 1) for ord_ in range(3)]
    store.searching.build()
    assert store.searching._index.count() == 15 + 4
    assert found(store, "brand new") == [(3, 0)]


def test_what_a_crash_left_behind_the_marks_is_not_believed(store):
    fill(store, 3)
    store.searching.build()
    marks = index_marks.read(store.searching.folder)
    fill_more(store)
    store.searching.build()
    index_marks.write(store.searching.folder, marks)
    # As if the crash had taken the new rows, and others had come in since.
    store.connection.execute("update turns set content = 'something else' where ord >= 3")
    assert found(store, "brand new") == []
    assert found(store, "something else") == [(3, at) for at in range(4)]


HARM = {
    "cut off": lambda f: f.write_bytes(f.read_bytes()[:-1]),
    "one bit": lambda f: f.write_bytes(bytes([f.read_bytes()[0] ^ 4]) + f.read_bytes()[1:]),
    "gone": lambda f: f.unlink(),
    "rubbish": lambda f: f.write_bytes(b"rubbish"),
}
TOLD = {
    "cut off": "has another size", "one bit": "has other bytes", "gone": "is gone",
    "rubbish": "has another size",
}  # fmt: skip


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.parametrize("kind", ["idx", "pos", "term", "fast", "store", "fieldnorm"])
def test_a_damaged_file_is_told_and_the_texts_are_read(store, harm, kind):
    fill(store, 3)
    store.searching.build()
    for file in store.searching.folder.glob(f"*.{kind}"):
        HARM[harm](file)
    begin_anew(store)
    assert store.selecting.conversations('"added up 1"') == [0]
    (told,) = store.searching.notices
    assert TOLD[harm] in told
    assert "nothing is lost" in told
    assert not store.searching.folder.exists()
    store.searching.build()
    assert found(store, "added up 1") == [(0, 1)]


OTHERS = {
    "no marks": lambda folder: (folder / index_marks.NAME).unlink(),
    "broken marks": lambda folder: (folder / index_marks.NAME).write_bytes(b'{"identity": 3'),
    "no list of files": lambda folder: (folder / "meta.json").unlink(),
    "a broken list of files": lambda folder: (folder / "meta.json").write_bytes(b'{"segments": 3}'),
    "an old list of files": lambda folder: (folder / "meta.json").write_text(
        json.dumps({**json.loads((folder / "meta.json").read_text()), "segments": []})
    ),
    "an older method": lambda folder: (folder / index_marks.NAME).write_text(
        json.dumps({**json.loads((folder / index_marks.NAME).read_text()), "method": 1})
    ),
}


@pytest.mark.parametrize("harm", OTHERS)
def test_an_index_that_cannot_be_believed_is_made_anew(store, harm):
    fill(store, 3)
    store.searching.build()
    OTHERS[harm](store.searching.folder)
    begin_anew(store)
    assert store.selecting.conversations('"added up 1"') == [0]
    assert "nothing is lost" in store.searching.notices[0]
    assert store.searching.build() == 15
    assert found(store, "added up 1") == [(0, 1)]


def test_a_workspace_put_back_from_a_backup_gets_another_index(store, tmp_path):
    fill(store, 2)
    kept = tmp_path / "kept.duckdb"
    store.backup(kept)
    store.conversations.add([said("brand new")])
    store.searching.build()
    folder = store.searching.folder
    with Store(kept) as back:
        back.conversations.add([said("other words")])
        shutil.copytree(folder, back.searching.folder)
        assert back.selecting.conversations('"other words"') == [2]
        assert back.selecting.conversations('"brand new"') == []
        assert "held other chats" in back.searching.notices[0]


def test_searches_go_on_while_another_thread_builds(store, monkeypatch):
    monkeypatch.setattr(index_texts, "COMMIT", 8)
    monkeypatch.setattr(index_texts, "CHUNK", 4)
    fill(store, 10)
    seen = []

    class Asks:
        def begin(self, total, what):
            """It begins."""

        def step(self, n=1, note=""):  # noqa: ARG002
            with ThreadPoolExecutor(1) as other:
                seen.append(other.submit(store.selecting.conversations, "added").result(20))

    store.searching.build(Asks())
    assert len(seen) >= 10
    assert all(each == list(range(10)) for each in seen)
    assert store.searching.notices == []


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
