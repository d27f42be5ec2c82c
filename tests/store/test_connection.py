import threading
import time
from pathlib import Path

import pytest

from curator.errors import StoreError
from curator.store import Store
from tests.store.workspaces import fill, in_another_process, said


def test_readers_on_their_own_threads_never_hinder_the_writer(store: Store) -> None:
    rewrites = fill(store, 120)
    stop, troubles = threading.Event(), []
    counts: list[int] = []

    def read() -> None:
        try:
            while not stop.is_set():
                counts.append(store.decisions.count())
                store.desk.papers(store.desk.queue()[:8], "ann")
        except Exception as error:
            troubles.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    end = time.monotonic() + 300
    for number, rewrite in enumerate(rewrites):
        store.decisions.record(said(rewrite, "accept"))
        while number == 60 and not any(counts) and not troubles and time.monotonic() < end:
            time.sleep(0.001)
    stop.set()
    for reader in readers:
        reader.join(300)
    assert troubles == []
    assert store.decisions.count() == 120
    assert max(counts) > 0, "they read while it was written"


def test_writers_on_several_threads_take_turns_and_lose_nothing(store: Store) -> None:
    rewrites = fill(store, 60)

    def write(reviewer: str) -> None:
        for rewrite in rewrites:
            store.decisions.record(said(rewrite, "accept", reviewer))

    writers = [threading.Thread(target=write, args=(name,)) for name in ("ann", "bob", "cho")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(300)
    history = store.decisions.history()
    assert [decision.seq for decision in history] == list(range(180, 0, -1))
    assert {decision.reviewer for decision in history} == {"ann", "bob", "cho"}
    assert store.decisions.journal.count == 180


def test_a_transaction_that_fails_leaves_nothing_and_the_next_one_works(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        _fail_half_way(store)
    with store.connection.transaction() as cursor:
        cursor.execute("insert into lifts values (2, 0)")
    assert store.connection.rows("select ord from lifts") == [(2,)]


def test_too_little_memory_is_said_in_a_sentence(path: Path) -> None:
    code = """
import sys
from pathlib import Path
import curator.store.opening
curator.store.opening.MEMORY = 16 << 20
from curator.errors import StoreError
from curator.store import Store
with Store(Path(sys.argv[1])) as store:
    try:
        store.connection.rows(
            "select list(s) from (select repeat('x', 1000) || range as s from range(200000))")
    except StoreError as error:
        print(error)
    print(store.connection.value("select 42"))
"""
    out = in_another_process(code, path).stdout.splitlines()
    assert "needs more memory than the store may take" in out[0]
    assert out[-1] == "42"


def test_a_closed_store_lets_go_of_everything_even_when_closing_fails(path: Path) -> None:
    store = Store(path)

    def fail() -> None:
        raise StoreError("the disk is full")

    store.calls.close = fail  # type: ignore[method-assign]
    with pytest.raises(StoreError, match="disk is full"):
        store.close()
    Store(path).close()


def _fail_half_way(store: Store) -> None:
    with store.connection.transaction() as cursor:
        cursor.execute("insert into lifts values (1, 0)")
        raise ZeroDivisionError


def test_one_long_text_gets_the_memory_it_needs_and_the_limit_comes_back(store: Store) -> None:
    db, long = store.connection, 30_000_000
    db.execute("create table long as select repeat('x', ?) as text", [long])

    def read() -> int:
        return len(db.cursor.table("select text from long")["text"][0].as_py())

    def limit() -> str:
        return str(db.value("select current_setting('memory_limit')"))

    usual = limit()
    with db.at_most(16 << 20):
        with pytest.raises(StoreError, match="memory"):
            read()
        assert db.fed(read) == long
    assert limit() == usual
