"""dedup --semantic on a real workspace, by a model that knows which words mean the same."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curator.cli import main
from curator.conversation import Conversation, Origin, Turn
from curator.engines.embedder import GramEmbedder
from curator.errors import Cancelled, ConfigError
from curator.stages import closeness, deduping, encoded
from curator.stages.base import Report, Silent
from curator.stages.runner import perform
from curator.stages.threads import as_data, threads
from curator.stages.twinship import Cut, Ledger
from curator.store import Store
from tests.stages.scripted import ScriptedEngines

UNIT = "first-user-turn"
#: Each line is one meaning.
MEANINGS = (
    "car automobile auto", "buy purchase acquire", "cheap inexpensive", "big large huge",
    "fix repair mend", "child kid", "picture image", "sea ocean", "quick fast rapid", "town city",
    "bread", "music", "garden", "engine", "river", "winter", "school", "doctor",
    "letter", "mountain",
)  # fmt: skip
PLACE = {word: axis for axis, line in enumerate(MEANINGS) for word in line.split()}


class Thesaurus:
    """A model that counts meanings, not words; `read` is every text it was asked for."""

    model, revision, dimensions = "thesaurus", "1", len(MEANINGS) + 1

    def __init__(self) -> None:
        self.read: list[str] = []

    def encode(self, texts: list[str]) -> Any:
        self.read += texts
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in text.lower().replace("?", "").split():
                row[PLACE.get(word, len(MEANINGS))] += 1 if word in PLACE else 0.1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class Engines(ScriptedEngines):
    def __init__(self, embedder: Any) -> None:
        super().__init__()
        self.model = embedder

    def embedder(self) -> Any:
        return self.model


@pytest.fixture
def model() -> Thesaurus:
    return Thesaurus()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "w.duckdb") as store:
        yield store


def chats(*questions: str) -> list[Conversation]:
    return [
        Conversation((Turn("user", text), Turn("assistant", "Yes.")), Origin("made here"))
        for text in questions
    ]


def dedup(store: Store, model: Any, /, **wishes: Any) -> Report:
    config = deduping.Config(**{"semantic": True, **wishes})
    return perform(store, deduping.STAGE, config, Engines(model), Silent())


CAR = "Where can I buy a cheap car for winter ?"
SAME = "Where can I purchase an inexpensive automobile for winter ?"
BREAD = "How do I bake bread in the garden ?"


def test_other_words_for_the_same_are_twins_beside_those_by_words(
    store: Store, model: Thesaurus
) -> None:
    store.conversations.add(chats(CAR, SAME, BREAD, BREAD + " Please", "the river and the school"))
    report = dedup(store, model)
    assert report.counts["near twins"] == 1
    assert report.counts["twins by meaning"] == 1
    ledger = Ledger(store, UNIT)
    groups = ledger.at(Cut(0.7, 0.9))
    told = "\n".join(threads(ledger, groups))
    assert "├ meaning 1.00" in told or "├ meaning 0.9" in told
    assert "├ words 0." in told
    kinds = {m["kind"]: m for group in as_data(ledger, groups) for m in group["members"]}  # type: ignore[attr-defined]
    assert set(kinds) == {"words", "meaning"}
    assert "jaccard" in kinds["words"]
    assert "jaccard" not in kinds["meaning"]
    rows = store.connection.rows("select kind, jaccard from duplicates order by kind")
    assert [kind for kind, _ in rows] == ["meaning", "words"]


def test_words_alone_count_unless_meaning_is_asked_for(store: Store, model: Thesaurus) -> None:
    store.conversations.add(chats(CAR, SAME))
    assert dedup(store, model, semantic=False).counts["groups"] == 0
    assert model.read == []
    assert dedup(store, model).counts["groups"] == 1
    assert dedup(store, model, semantic=False).counts["groups"] == 0


def test_the_cosine_slides_over_stored_pairs_and_nothing_is_encoded_again(
    store: Store, model: Thesaurus
) -> None:
    near = CAR + " engine"
    store.conversations.add(chats(CAR, SAME, near))
    dedup(store, model)
    seen = len(model.read)
    ledger = Ledger(store, UNIT)
    twins = [ledger.tally(Cut(1.0, cosine)).twins for cosine in (0.85, 0.95, 0.99)]
    assert twins == sorted(twins, reverse=True)
    assert twins[0] > twins[-1]
    assert ledger.tally(Cut(1.0)).twins == 0
    again = dedup(store, model, cosine=0.85)
    assert again.counts["texts encoded now"] == 0
    assert len(model.read) == seen


def test_new_rows_alone_are_encoded_and_held_against_the_stored(
    store: Store, model: Thesaurus
) -> None:
    store.conversations.add(chats(CAR, BREAD))
    assert dedup(store, model).counts["twins by meaning"] == 0
    model.read.clear()
    store.conversations.add(chats(SAME))
    assert dedup(store, model).counts["twins by meaning"] == 1
    assert set(model.read) == {SAME}


def test_a_part_alone_is_encoded_and_the_rest_when_it_is_asked_for(
    store: Store, model: Thesaurus
) -> None:
    store.conversations.add(chats(CAR, BREAD, SAME))
    dedup(store, model, semantic=False)  # all texts have places now
    assert dedup(store, model, where='"inexpensive"').counts["texts encoded now"] == 1
    assert model.read == [SAME]
    assert dedup(store, model).counts["twins by meaning"] == 1
    assert sorted(model.read) == sorted([CAR, BREAD, SAME])


def test_a_part_is_held_against_another_part_by_words_and_by_meaning(
    store: Store, model: Thesaurus
) -> None:
    store.conversations.add(chats(CAR, BREAD, SAME, "the river and the school"))
    for semantic, near in ((False, 0), (True, 1)):
        report = dedup(
            store, model, semantic=semantic,
            where='"cheap" or "bread"', against_where='"inexpensive"',
        )  # fmt: skip
        assert report.counts["texts asked about"] == 1
        assert report.counts["near one of them"] == near
        assert report.counts["texts compared"] == 3


def test_a_vector_that_embed_stored_is_used(store: Store, model: Thesaurus) -> None:
    from curator.stages import embedding

    store.conversations.add(chats(CAR, SAME))
    perform(store, embedding.STAGE, embedding.Config(), Engines(model), Silent())
    model.read.clear()
    assert dedup(store, model).counts["texts encoded now"] == 0
    assert model.read == []


def test_after_a_stop_what_was_encoded_is_kept(
    store: Store, model: Thesaurus, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopping(Silent):
        left = 2

        def begin(self, total: int | None, what: str) -> None:
            super().begin(total, what)
            self.encoding = what.startswith("texts encoded")

        def step(self, n: int = 1, note: str = "") -> None:
            super().step(n, note)
            if self.encoding:
                self.left -= 1
                if not self.left:
                    raise Cancelled("stopped")

    monkeypatch.setattr("curator.stages.embedding.BATCH", 4)
    words = sorted(PLACE)
    store.conversations.add(chats(*(f"{word} {words[i % 7]} {i}" for i, word in enumerate(words))))
    with pytest.raises(Cancelled):
        perform(store, deduping.STAGE, deduping.Config(semantic=True), Engines(model), Stopping())
    first = set(model.read)
    model.read.clear()
    dedup(store, model)
    assert first
    assert not first & set(model.read)
    assert len(first) + len(set(model.read)) == len(words)


def test_another_model_makes_new_pairs_and_keeps_the_old_vectors(
    store: Store, model: Thesaurus
) -> None:
    store.conversations.add(chats(CAR, SAME))
    dedup(store, model)
    other = Thesaurus()
    other.revision = "2"
    dedup(store, other)
    assert other.read
    last = store.meanings.last(UNIT)
    assert last is not None
    assert last.revision == "2"
    model.read.clear()
    assert dedup(store, model).counts["twins by meaning"] == 1
    assert model.read == []


def test_sums_and_numbers_make_other_texts_whatever_the_model_says(
    store: Store, model: Thesaurus
) -> None:
    asked = ("buy 12 + 35 bread", "buy 12 * 35 bread", "purchase 12 + 53 bread", "buy 3 cars bread")
    store.conversations.add(chats(*asked, "purchase 12 + 35 bread"))
    report = dedup(store, model, threshold=1.0)
    assert report.counts["twins by meaning"] == 1


def test_removed_twins_come_back_one_by_one(store: Store, model: Thesaurus) -> None:
    store.conversations.add(chats(CAR, SAME, BREAD))
    assert dedup(store, model, remove=True).counts["chats taken out of sight"] == 1
    gone = store.twins.taken_out()
    assert len(gone) == 1
    store.hiding.show([gone[0][0]])
    assert store.conversations.count() == 3


def test_a_heap_of_one_meaning_is_held_back(store: Store, model: Thesaurus) -> None:
    cars, buys = MEANINGS[0].split(), MEANINGS[1].split()
    every = [f"{buy} {car} {big} {fix}" for buy in buys for car in cars
             for big in MEANINGS[3].split() for fix in MEANINGS[4].split()]  # fmt: skip
    store.conversations.add(chats(*every))
    report = dedup(store, model, blob=50, threshold=1.0, remove=True)
    assert report.counts["held back"] == len(every) - 1
    assert report.counts["chats taken out of sight"] == 0


def test_what_is_near_an_evaluation_set_in_other_words_is_found(
    store: Store, model: Thesaurus, tmp_path: Path
) -> None:
    path = tmp_path / "eval.jsonl"
    path.write_text(json.dumps({"instruction": SAME, "output": "No."}) + "\n", "utf-8")
    store.conversations.add(chats(CAR, BREAD))
    assert dedup(store, model, semantic=False, against=(str(path),)).counts["near one of them"] == 0
    report = dedup(store, model, against=(str(path),), remove=True)
    assert report.counts["near one of them"] == 1
    assert report.rows[0][0].startswith("meaning")
    assert report.counts["chats taken out of sight"] == 1


def test_what_is_near_another_part_of_the_workspace_is_found(
    store: Store, model: Thesaurus
) -> None:
    store.conversations.add(chats(CAR, SAME, BREAD))
    report = dedup(store, model, against_where='"inexpensive"')
    assert report.counts["near one of them"] == 1


def test_chinese_without_a_model_is_compared_by_its_wording(store: Store) -> None:
    asked = ("谁是鲁迅？", "鲁迅是谁？", "原子是什么？请详细解释：", "华为是什么？请详细解释：")
    store.conversations.add(chats(*asked, "这是什么？", "你在吗？"))
    report = dedup(store, GramEmbedder())
    assert report.counts["twins by meaning"] == 1
    assert any("wording" in line for line in report.lines)
    ledger = Ledger(store, UNIT)
    (group,) = ledger.at(Cut(1.0, 0.9))
    assert [member.kind for member in group.members] == ["wording"]


def test_a_script_that_the_model_does_not_know_is_said() -> None:
    class English:
        model, revision, dimensions = closeness.SENTENCES, "1", 2

    assert closeness.knows(English(), "How are you?")
    assert closeness.knows(English(), "Où est le café ?")
    assert not closeness.knows(English(), "🎉🎉")
    assert not closeness.knows(English(), "53+90=")
    assert not closeness.knows(English(), "كيف حالك اليوم يا صديقي")
    assert not closeness.knows(English(), "Как дела сегодня")
    assert not closeness.knows(English(), "你今天好吗")
    English.model = f"{closeness.SENTENCES}+{closeness.GRAMS}"
    assert closeness.knows(English(), "你今天好吗")


def test_a_model_that_is_not_known_gets_its_scale_from_its_vectors() -> None:
    draw = np.random.default_rng(0)
    narrow = draw.normal(size=(500, 40)).astype(np.float32) / 3 + 1
    narrow /= np.linalg.norm(narrow, axis=1, keepdims=True)
    usual, floor = closeness.bar_of("somebody/narrow", narrow)
    assert 0.97 < usual < 1
    assert floor < usual
    assert closeness.bar_of(closeness.SENTENCES, narrow) == closeness.BARS[closeness.SENTENCES]


def test_a_long_text_stands_for_all_of_its_pieces(store: Store, model: Thesaurus) -> None:
    head = "bread " * 200
    store.conversations.add(chats(head + "river " * 400, head + "doctor " * 400))
    assert dedup(store, model, threshold=1.0).counts["twins by meaning"] == 0
    assert encoded.pieces("x" * 1200) == ["x" * 1200]
    long = "".join(chr(0x4E00 + i // 100) for i in range(30_000))
    parts = encoded.pieces(long)
    assert len(parts) == encoded.PIECES
    assert parts[0] == long[:1000]
    assert long.endswith(parts[-1])


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"cosine": 1.5}, "--cosine is 1.5"),
        ({"cosine": 0.1}, "pairs are kept from"),
        ({"semantic": False, "cosine": 0.9}, "add --semantic"),
        ({"semantic": False, "model": "static"}, "add --semantic"),
        ({"model": "nowhere/at/all"}, "no embedder"),
    ],
)
def test_a_wrong_wish_is_refused_in_a_sentence(
    store: Store, model: Thesaurus, wishes: dict[str, Any], said: str
) -> None:
    store.conversations.add(chats(CAR, SAME))
    with pytest.raises(ConfigError, match=said):
        dedup(store, model, **wishes)


def test_groups_are_listed_as_the_last_search_made_them_or_as_asked(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.conversations.add(chats("谁是鲁迅？", "鲁迅是谁？"))
    dedup(store, GramEmbedder())
    store.close()
    path = str(tmp_path / "w.duckdb")

    def listed(*flags: str) -> dict[str, Any]:
        assert main(["duplicates", "--workspace", path, "--json", *flags]) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    said = listed()
    assert said["cosine"] == 0.9
    assert said["groups"][0]["members"][0]["kind"] == "wording"
    assert listed("--no-semantic")["groups"] == []
    assert listed("--cosine", "0.95")["cosine"] == 0.95
    assert main(["duplicates", "--workspace", path, "--cosine", "0.1"]) == 2
    assert "pairs are stored from" in capsys.readouterr().err
