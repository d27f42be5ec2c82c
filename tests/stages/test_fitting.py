"""What a workspace teaches is learned once, kept, and holds for all that comes later."""

import numpy as np
import pytest

from curator.conversation import Conversation, Origin, Turn
from curator.stages import embedding, fitting, mapping
from curator.stages.base import Silent
from curator.stages.runner import perform
from curator.store import Store
from tests.diversity.themes import texts

UNIT = "first-user-turn"


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setattr(fitting, "LEAST", 40)
    with Store(tmp_path / "w.duckdb") as store:
        add(store, texts(44)[0])
        yield store


def add(store, made):
    store.conversations.add(
        [
            Conversation((Turn("user", text), Turn("assistant", "yes")), Origin("a.jsonl", i, "x"))
            for i, text in enumerate(made)
        ]
    )


def embed(store, **config):
    config = embedding.Config(**{"model": "char-grams", **config})
    return perform(store, embedding.STAGE, config, None, Silent())


def vectors(store, revision):
    items, found = store.embeddings.of(UNIT, "char-grams", revision)
    return dict(zip(items, found, strict=True))


def test_a_fit_is_learned_said_and_stored_and_old_vectors_stay_when_chats_come(store):
    report = embed(store)
    revision = report.data["revision"]
    assert revision.startswith("svd-1.")
    assert "SVD of 44 of them, learned now" in report.lines[0]
    before = vectors(store, revision)
    add(store, ["ein ganz neuer Text", "龙井茶水温", "nothing like it was ever seen: ζηθ"])
    again = embed(store)
    assert again.data["revision"] == revision
    assert again.counts["encoded now"] == 3
    assert "learned now" not in again.lines[0]
    after = vectors(store, revision)
    assert len(after) == 47
    assert all(np.array_equal(after[item], vector) for item, vector in before.items())


def test_refit_learns_anew_and_its_vectors_are_the_ones_in_use(store):
    first = embed(store).data["revision"]
    add(store, [f"{text} again" for text in texts(60, seed=1)[0]])
    second = embed(store, refit=True).data["revision"]
    assert second != first
    assert mapping.vectors_of(store, UNIT) == ("char-grams", second)
    assert embed(store).counts["encoded now"] == 0


def test_few_texts_are_counted_plainly_and_that_is_said(store, monkeypatch):
    monkeypatch.setattr(fitting, "LEAST", 500)
    report = embed(store)
    assert report.data["revision"] == "grams-2"
    assert "plain hashed counts: 500 such texts or more" in report.lines[0]


def test_words_are_held_against_vectors_by_the_fit_that_made_them(store):
    from curator.engines.embedder import GramEmbedder

    revision = embed(store).data["revision"]
    found = fitting.again(store, GramEmbedder(), revision)
    text = texts(44)[0][3]
    assert found.revision == revision
    wanted = next(iter(v for k, v in vectors(store, revision).items() if k in _ids(store, text)))
    assert found.encode([text])[0] == pytest.approx(wanted, abs=1e-5)


def _ids(store, text):
    return {c.id for c in store.conversations.iterate() if c.turns[0].content == text}


def test_vectors_that_another_stage_makes_do_not_take_the_maps_place(store):
    chosen = embed(store).data["revision"]
    keys = [embedding.text_hash(text) for text in texts(44)[0]]
    store.embeddings.add(keys, np.eye(44, 64, dtype=np.float32), "zz-other", "9")
    assert mapping.vectors_of(store, UNIT) == ("char-grams", chosen)
    assert mapping.vectors_of(store, UNIT, "zz-other") == ("zz-other", "9")


def test_outgrown_fits_are_said(store):
    embed(store)
    add(store, [f"{text} more" for text in texts(200, seed=2)[0]])
    assert "`curator embed --refit` learns anew" in embed(store).lines[1]
