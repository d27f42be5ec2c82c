"""Conversations are stored once, whole, in order, and windows leave out the hidden."""

import time
from pathlib import Path
from typing import Any

import pytest

from curator.conversation import Conversation, Origin, Turn
from curator.store import Store, bulk


def chat(n: int, turns: int = 2) -> Conversation:
    roles: Any = ("user", "assistant")
    return Conversation(
        tuple(Turn(roles[i % 2], f"{n} {i} 好") for i in range(turns)), Origin("a.json", n + 1)
    )


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with Store(tmp_path / "w.duckdb") as store:
        yield store


def settled(load: bulk.Bulk, store: Store, turns: int) -> int:
    """How many turns are there once `turns` are, or after a long while."""
    found = -1
    for _ in range(12_000):
        load.put([])
        found = int(store.connection.value("select count(*) from turns"))
        if found >= turns:
            break
        time.sleep(0.01)
    return found


def test_a_chat_is_stored_once(store: Store) -> None:
    assert store.conversations.add([chat(1), chat(2), chat(1)]) == 2
    assert store.conversations.add([chat(2), chat(3)]) == 1
    assert list(store.conversations.iterate(window=2)) == [chat(1), chat(2), chat(3)]
    assert store.conversations.get(chat(2).id) == chat(2)
    assert store.conversations.get("nobody") is None


def test_bulk_commits_whole_row_groups_and_finish_the_rest(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "ROW_GROUP", 10)
    load = store.conversations.bulk()
    assert load.put([chat(n, 4) for n in range(6)]) == [True] * 6
    assert settled(load, store, 20) == 20
    assert store.conversations.count() == 5
    assert load.put([chat(5, 4), chat(1, 4)]) == [False, False]
    load.finish()
    assert list(store.conversations.iterate()) == [chat(n, 4) for n in range(6)]


def test_turns_of_a_chat_that_never_came_are_forgotten(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "ROW_GROUP", 10)
    load = store.conversations.bulk()
    load.put([chat(n, 4) for n in range(3)])
    assert settled(load, store, 10) == 10
    assert list(store.conversations.iterate()) == [chat(0, 4), chat(1, 4)]
    store.conversations.add([chat(7)])
    assert list(store.conversations.iterate()) == [chat(0, 4), chat(1, 4), chat(7)]


def test_long_turns_do_not_wait_for_a_row_group(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST_BYTES", 20)
    load = store.conversations.bulk()
    load.put([chat(n, 4) for n in range(3)])
    assert settled(load, store, 12) == 12
    assert store.conversations.count() == 3


def test_texts_are_kept_zstd_compressed(tmp_path: Path) -> None:
    text = " ".join(f"word{n}" for n in range(400))
    with Store(tmp_path / "w.duckdb") as store:
        store.conversations.add(
            [Conversation((Turn("user", f"{n} {text}"),), Origin("a")) for n in range(3000)]
        )
        store.connection.execute("checkpoint")
        kinds = store.connection.rows(
            "select distinct compression from pragma_storage_info('turns') "
            "where column_name = 'content' and segment_type = 'VARCHAR'"
        )
    assert [kind.lower() for (kind,) in kinds] == ["zstd"]
