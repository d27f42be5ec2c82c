"""Row groups are compressed side by side and committed one after the other, or not at all."""

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from curator.conversation import Conversation, Origin, Turn
from curator.errors import StoreError
from curator.store import Store, bulk, presses
from curator.store.bulk import Bulk
from curator.store.cursor import Cursor
from curator.store.rejects import Reject

PATIENCE = 120


def chat(name: str, turns: int = 4) -> Conversation:
    said = [Turn(("user", "assistant")[i % 2], f"{name} says {i}") for i in range(turns)]
    return Conversation(tuple(said), Origin("a"))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "ROW_GROUP", 10)
    # However much the tests before this one have loaded into this process.
    monkeypatch.setattr(presses, "ROOMY", 1 << 40)


def put_all(store: Store, chats: Sequence[Conversation]) -> None:
    coming = Bulk(store.connection, None)
    try:
        for begin in range(0, len(chats), 3):
            coming.put(chats[begin : begin + 3])
    finally:
        coming.finish()


def stored(store: Store) -> list[tuple[Any, ...]]:
    return store.connection.rows("select ord, turn_index, content from turns order by rowid")


@pytest.mark.usefixtures("small")
def test_turns_lie_on_disk_in_the_order_of_their_chats_though_a_later_group_is_ready_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert, others = Cursor.insert, threading.Event()
    seen: list[str] = []

    def unevenly(self: Cursor, table: str, columns: Any, replace: bool = False) -> Cursor:
        if table == "turns":
            seen.append(threading.current_thread().name)
            if len(seen) == 1:
                assert others.wait(PATIENCE), "the second group did not begin beside the first"
            else:
                others.set()
        return insert(self, table, columns, replace)

    monkeypatch.setattr(Cursor, "insert", unevenly)
    chats = [chat(f"chat {n}", 1 + n % 7) for n in range(60)]
    with Store(tmp_path / "w.duckdb") as store:
        put_all(store, chats)
        found = stored(store)
    assert found == [
        (ord_, i, turn.content) for ord_, c in enumerate(chats) for i, turn in enumerate(c.turns)
    ]
    assert len(set(seen)) == presses.AT_ONCE


@pytest.mark.usefixtures("small")
def test_no_chat_is_seen_before_its_last_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[int] = []
    commit = presses.Presses._commit
    with Store(tmp_path / "w.duckdb") as store:

        def looked_at(self: presses.Presses) -> None:
            commit(self)
            found.extend(
                n
                for (n,) in store.connection.rows(
                    "select turn_count - (select count(*) from turns t where t.ord = c.ord)"
                    " from conversations c"
                )
            )

        monkeypatch.setattr(presses.Presses, "_commit", looked_at)
        put_all(store, [chat(f"chat {n}", 1 + n % 13) for n in range(40)])
        assert store.connection.value("select count(*) from conversations") == 40
    assert found
    assert not any(found)


@pytest.mark.usefixtures("small")
def test_after_an_error_nothing_more_is_written_and_the_next_import_completes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert = Cursor.insert

    def failing(self: Cursor, table: str, columns: Any, replace: bool = False) -> Cursor:
        if table == "turns" and columns["ord"][0].as_py() == 7:
            raise StoreError("the disk is full")
        return insert(self, table, columns, replace)

    chats = [chat(f"chat {n}") for n in range(50)]
    with Store(tmp_path / "w.duckdb") as store:
        with monkeypatch.context() as broken:
            broken.setattr(Cursor, "insert", failing)
            with pytest.raises(StoreError, match="the disk is full"):
                put_all(store, chats)
        assert len(stored(store)) == 30
        # Seven whole chats; of the eighth the first half is there, and nobody sees it.
        assert store.connection.value("select count(*) from conversations") == 7
        put_all(store, chats)
        assert len(stored(store)) == 200
        assert store.connection.value("select count(*) from conversations") == 50
    with Store(tmp_path / "w.duckdb") as store:
        assert [row[0] for row in stored(store)] == [n for n in range(50) for _ in range(4)]


@pytest.mark.usefixtures("small")
def test_rejects_need_no_chats(tmp_path: Path) -> None:
    with Store(tmp_path / "w.duckdb") as store:
        coming = Bulk(store.connection, None)
        assert coming.put([], [Reject("a", 1, 0, "broken", "{")]) == []
        coming.finish()
        assert store.rejects.count() == 1


@pytest.mark.parametrize(("room", "most_bytes"), [(1 << 50, 150), (0, 1 << 30)])
def test_long_groups_and_those_of_a_large_process_are_compressed_one_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int, most_bytes: int
) -> None:
    monkeypatch.setattr(bulk, "ROW_GROUP", 10)
    monkeypatch.setattr(bulk, "MOST_BYTES", most_bytes)
    monkeypatch.setattr(presses, "ROOMY", room)
    insert = Cursor.insert
    at_work, most = 0, 0
    guard = threading.Lock()

    def counted(self: Cursor, table: str, columns: Any, replace: bool = False) -> Cursor:
        nonlocal at_work, most
        if table != "turns":
            return insert(self, table, columns, replace)
        with guard:
            at_work += 1
            most = max(most, at_work)
        time.sleep(0.05)
        try:
            return insert(self, table, columns, replace)
        finally:
            with guard:
                at_work -= 1

    monkeypatch.setattr(Cursor, "insert", counted)
    with Store(tmp_path / "w.duckdb") as store:
        put_all(store, [chat(f"{n}" * 20) for n in range(30)])
        assert len(stored(store)) == 120
    assert most == 1
