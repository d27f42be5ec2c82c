"""score --reference and the r-IFD of rewrites, on a real workspace."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from curator.conversation import Conversation, Origin, Rewrite, Turn
from curator.engines.perplexity import Perplexity
from curator.errors import ConfigError, DataError
from curator.stages import difficulty, scoring
from curator.stages.base import Report, Silent
from curator.stages.referring import read
from curator.stages.runner import perform
from curator.store import Store
from tests import tiny_model

TOWER = "The tower in Paris was built from 1887 to 1889 and is 330 metres tall."


def chat(asked: str, answer: str, **meta: Any) -> Conversation:
    turns = (Turn("user", asked), Turn("assistant", answer), Turn("user", "sure?"))
    return Conversation(turns, Origin("made here", source_id=f"row-{asked[:4]}"), meta)


ONE = chat("When was the tower built?", "Long ago.", reference=TOWER)
TWO = chat("那座塔什么时候建的？", "很久以前。", reference="铁塔建于1887年至1889年，位于巴黎。")
NONE = chat("How are you doing today?", "Fine.")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "w.duckdb") as store:
        store.conversations.add([ONE, TWO, NONE])
        said = [(ONE, "It was built in 1893."), (TWO, "建于1887年。"), (NONE, "Very well, thanks.")]
        store.rewrites.add(
            [Rewrite(c.id, 1, "c", text, "m", "p", verdict="improve") for c, text in said]
        )
        yield store


def score(store: Store, **config: Any) -> Report:
    settings = scoring.Config(only=("unchanged",), **config)
    return perform(store, scoring.STAGE, settings, None, Silent())


def held(store: Store) -> dict[str, tuple[bool, str]]:
    found = store.signals.of_many([r.id for r in store.rewrites.all()])
    return {
        s.conversation_id: (s.flagged, s.note)
        for signals in found.values()
        for s in signals
        if s.name == "reference"
    }


def test_rewrites_are_held_against_the_field_of_their_chat(store: Store) -> None:
    report = score(store, reference="meta")
    found = held(store)
    assert found[ONE.id][0]
    assert "1893" in found[ONE.id][1]
    assert not found[TWO.id][0]
    assert NONE.id not in found
    assert report.counts["without a reference"] == 1
    assert score(store, reference="meta").counts.get("held against a reference", 0) == 0


def test_a_file_may_name_chats_by_id_source_or_question(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    by_question = {"WHEN was the tower built": TOWER}
    for texts in (
        {ONE.id: TOWER}, {f"{ONE.id}#2": TOWER}, {"row-When": TOWER}, by_question,
        [{"question": "When was the tower built?", "reference": TOWER}],
        [{"id": ONE.id, "text": TOWER}],
    ):  # fmt: skip
        file.write_text(json.dumps(texts), encoding="utf-8")
        score(store, reference=str(file))
        assert held(store)[ONE.id][0], texts


def test_another_text_is_held_against_anew(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    file.write_text(json.dumps({"id": ONE.id, "reference": TOWER}), encoding="utf-8")
    score(store, reference=str(file))
    assert held(store)[ONE.id][0]
    row = {"id": ONE.id, "reference": TOWER.replace("1889", "1893")}
    file.write_text(json.dumps(row) + "\n", encoding="utf-8")
    score(store, reference=str(file))
    assert not held(store)[ONE.id][0]


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '{"a": 1}', '{"id": "x", "text": "y"}\nnot json', '[{"id": ""}]', "["]
)
def test_a_file_that_holds_no_references_is_one_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "r.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"r\.json"):
        read(file)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="give a JSON file"):
        read(tmp_path / "none.json")


def test_it_is_said_before_anything_is_measured(store: Store, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="give a JSON file"):
        score(store, reference=str(tmp_path / "none.json"))
    assert store.signals.flag_counts() == {}


def test_the_small_model_says_whether_a_rewrite_helps(
    store: Store, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(tiny_model.build(tmp_path_factory.mktemp("tiny")))
    monkeypatch.setattr(difficulty, "Perplexity", partial(Perplexity, folder))
    score(store, ifd=True)
    (rewrite,) = [r for r in store.rewrites.all() if r.conversation_id == ONE.id]
    reader = Perplexity(folder)
    new = reader.of(rewrite.content, ONE.turns[0].content)
    old = reader.of(ONE.turns[1].content, ONE.turns[0].content)
    assert new is not None
    assert old is not None
    (found,) = [s for s in store.signals.of(rewrite.id) if s.name == "r-ifd"]
    assert found.value == pytest.approx(new.ifd - old.ifd, abs=1e-4)
    assert found.flagged == (found.value > 0)
    assert f"{new.ifd:.3f} with the rewrite" in found.note
    # a second run has nothing to read
    assert "difficulties measured now" not in score(store, ifd=True).counts
