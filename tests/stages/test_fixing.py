"""A fix is shown before it is done, hides what it replaces, and can be taken back."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curator.conversation import Conversation, Origin, Rewrite, Turn
from curator.stages import fixing
from curator.stages.base import Report, Silent
from curator.stages.runner import perform
from curator.store import Store

GOOD = (("user", "Hello?"), ("assistant", "Hello."))


def chat(*turns: tuple[Any, str]) -> Conversation:
    return Conversation(tuple(Turn(role, text) for role, text in turns), Origin("a.json", 1))


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with Store(tmp_path / "w.duckdb") as store:
        yield store


def fix(store: Store, **wishes: Any) -> Report:
    return perform(store, fixing.STAGE, fixing.Config(**wishes), None, Silent())  # type: ignore[arg-type]


def texts(store: Store) -> list[list[str]]:
    return [[t.content for t in c.turns] for c in store.conversations.iterate()]


def test_a_preview_changes_nothing_and_shows_samples(store: Store) -> None:
    store.conversations.add([chat(("assistant", f"Hi {n}"), *GOOD) for n in range(5)])
    report = fix(store)
    assert report.counts["leading-assistant"] == 5
    assert len(report.rows) == 3
    assert report.rows[0] == ("leading-assistant", "a.json:1", "A4 U6 A6", "U6 A6")
    assert store.conversations.count() == 5
    assert len(texts(store)[0]) == 3


def test_applied_fixes_hide_the_old_and_undo_brings_it_back(store: Store) -> None:
    store.conversations.add(
        [chat(*GOOD), chat(("assistant", "Hi"), *GOOD), chat(("user", "A"), ("user", "B"), *GOOD)]
    )
    before = texts(store)
    fix(store, apply=True)
    after = texts(store)
    assert after == [["Hello?", "Hello."], ["A\n\nB\n\nHello?", "Hello."]]
    assert store.conversations.count() == 2
    assert fix(store, apply=True).counts["chats put right"] == 0
    assert fix(store, undo=True).counts["chats as before"] == 2
    assert texts(store) == before
    fix(store, apply=True)
    assert texts(store) == after
    fix(store, undo=True)
    assert texts(store) == before
    assert fix(store, undo=True).counts["chats as before"] == 0


def test_importing_the_old_chat_again_adds_nothing(store: Store) -> None:
    old = chat(*GOOD, ("user", "And?"))
    store.conversations.add([old])
    fix(store, apply=True)
    assert store.conversations.add([old]) == 0
    assert texts(store) == [["Hello?", "Hello."]]
    assert store.conversations.get(old.id) == old


def test_a_chat_that_says_nothing_is_left_out(store: Store) -> None:
    store.conversations.add([chat(("user", " "), ("assistant", ""))])
    assert fix(store, apply=True).counts["left with nothing"] == 1
    assert store.conversations.count() == 0
    fix(store, undo=True)
    assert store.conversations.count() == 1


def test_only_the_named_kinds_are_put_right(store: Store) -> None:
    store.conversations.add([chat(("assistant", "Hi"), *GOOD, ("user", "And?"))])
    fix(store, apply=True, kinds=("trailing-user",))
    assert texts(store) == [["Hi", "Hello?", "Hello."]]


def test_rewritten_chats_are_left_alone(store: Store) -> None:
    old = chat(("assistant", "Hi"), *GOOD)
    store.conversations.add([old])
    store.rewrites.add([Rewrite(old.id, 2, "short", "Hello there.", "model", "digest")])
    report = fix(store, apply=True)
    assert report.counts["left alone: already rewritten"] == 1
    assert len(texts(store)[0]) == 3


def test_what_is_only_a_guess_is_done_when_it_is_named(store: Store) -> None:
    store.conversations.add([chat(("user", "Hi"), ("assistant", "Yes.\nHuman: more\nSo be it."))])
    report = fix(store, apply=True)
    assert report.counts["chats put right"] == 0
    assert any("role-confusion" in name for name in report.counts)
    assert texts(store) == [["Hi", "Yes.\nHuman: more\nSo be it."]]
    fix(store, apply=True, kinds=("role-confusion",))
    assert texts(store) == [["Hi", "Yes."]]


def test_what_is_hidden_is_neither_scored_nor_embedded_nor_exported(store: Store) -> None:
    old, other = chat(("assistant", "Hi"), *GOOD), chat(("user", "Why?"), ("assistant", "So."))
    store.conversations.add([old, other])
    fix(store, apply=True)
    (new,) = [i for i in store.conversations.ids() if i not in (old.id, other.id)]
    for id_, index in ((old.id, 2), (new, 1), (other.id, 1)):
        store.rewrites.add([Rewrite(id_, index, "short", "Hello there.", "model", "digest")])
    vector = np.ones((1, 2), np.float32)
    store.embeddings.add(["h"], vector, "m", "r")
    store.embeddings.link("first-turn", [(i, "h") for i in (old.id, new, other.id)])

    scored = [rewrite.conversation_id for _, _, rewrite in store.signals.unscored({"x": 1}, -1, 9)]
    assert sorted(scored) == sorted([new, other.id])
    assert store.signals.unscored_count({"x": 1}) == 2
    assert store.embeddings.of("first-turn", "m", "r")[0] == [other.id, new]
    leaving = store.exports.curated(store.exports.ords(("accept",), True))
    exported = [curated.conversation.id for window in leaving for _, curated in window]
    assert sorted(exported) == sorted([new, other.id])


def test_what_cannot_be_put_right_without_a_loss_is_counted_and_left(store: Store) -> None:
    turns = (Turn("user", "q"), Turn("assistant", "a", {"label": True}), Turn("assistant", "b"))
    store.conversations.add([Conversation(turns, Origin("a.json", 1))])
    report = fix(store, apply=True)
    assert report.counts["left alone: what rides along with two turns cannot be one"] == 1
    assert texts(store) == [["q", "a", "b"]]
    assert fix(store, undo=True).lines == ["there is no fix to take back"]
