import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from curator.errors import StoreError
from curator.store import Store, batching, settling
from curator.store.decisions import Decisions
from curator.store.journal import AHEAD
from tests.store.workspaces import fill, in_another_process, said


def _committed(store: Store) -> int:
    """How many decisions the workspace holds, without making it take in what waits."""
    raw = store.connection._root.cursor()
    return int(raw.execute("select count(*) from events").fetchall()[0][0])


@pytest.fixture
def no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "QUIET", 60.0)


@pytest.mark.usefixtures("no_hurry")
def test_decisions_are_durable_at_once_and_committed_together(store: Store) -> None:
    for rewrite in fill(store, 5):
        store.decisions.record(said(rewrite, "accept"))
    assert store.decisions.journal.count == 5
    assert _committed(store) == 0
    assert store.decisions.count() == 5
    assert _committed(store) == 5
    assert store.decisions.wrong_heads() == 0


def test_they_are_committed_when_nobody_decides_any_more(store: Store) -> None:
    for rewrite in fill(store, 3):
        store.decisions.record(said(rewrite, "reject"))
    give_up = time.monotonic() + 120
    while _committed(store) < 3 and time.monotonic() < give_up:
        time.sleep(0.02)
    assert _committed(store) == 3


@pytest.mark.usefixtures("no_hurry")
def test_no_more_than_so_many_wait(store: Store) -> None:
    rewrites = fill(store, batching.MOST + 5)
    for rewrite in rewrites:
        store.decisions.record(said(rewrite, "accept"))
    give_up = time.monotonic() + 120
    while _committed(store) < batching.MOST and time.monotonic() < give_up:
        time.sleep(0.02)
    assert batching.MOST <= _committed(store) <= batching.MOST + 5


@pytest.mark.usefixtures("no_hurry")
def test_twice_as_many_never_wait_even_where_nothing_else_commits(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curator.store.decisions.MOST", 5)
    monkeypatch.setattr(store.decisions.batching, "hear", lambda **_: None)
    for rewrite in fill(store, 14):
        store.decisions.record(said(rewrite, "accept"))
    assert _committed(store) == 10


@pytest.mark.usefixtures("no_hurry")
@pytest.mark.parametrize(
    "read",
    [
        lambda store: store.decisions.tally()["accept"],
        lambda store: store.counts()["decided"],
        lambda store: len(store.connection.rows("select * from heads")),
        lambda store: len(store.connection.fresh_cursor().execute("from events").fetchall()),
        lambda store: 8 - len(store.desk.queue()),
        lambda store: sum(act.name.startswith("d") for act in store.acts.latest()),
        lambda store: len(store.decisions.undo("ann")) + 3,
    ],
)
def test_whoever_reads_sees_what_waits_on_any_thread(
    store: Store, read: Callable[[Store], int]
) -> None:
    for rewrite in fill(store, 8)[:4]:
        store.decisions.record(said(rewrite, "accept"))
    found = []
    reader = threading.Thread(target=lambda: found.append(read(store)))
    reader.start()
    reader.join(300)
    assert found == [4]


@pytest.mark.usefixtures("no_hurry")
def test_whoever_writes_finds_them_there(store: Store) -> None:
    (rewrite,) = fill(store, 1)
    store.decisions.record(said(rewrite, "accept"))
    with store.connection.transaction() as cursor:
        cursor.execute("update heads set reviewer = 'bob'")
    head = store.decisions.head(rewrite.id)
    assert head is not None
    assert head.reviewer == "bob"


WAITING = """
import os, sys
from pathlib import Path
from curator.store import Store, batching
from tests.store.workspaces import fill, said
batching.QUIET = 60.0
store = Store(Path(sys.argv[1]))
rewrites = fill(store, 9)
for verdict in ("accept", "reject"):
    for rewrite in rewrites:
        store.decisions.record(said(rewrite, verdict))
    if verdict == "accept":
        store.decisions.settle()
os._exit(0)
"""


def test_what_waited_in_a_killed_process_comes_in_without_a_word(path: Path) -> None:
    assert in_another_process(WAITING, path).returncode == 0
    with Store(path) as store:
        assert store.notices == []
        assert store.decisions.tally() == {"reject": 9, "flagged": 0}
        assert store.decisions.count() == 18 == store.decisions.journal.count
        assert store.decisions.wrong_heads() == 0
        assert len(store.decisions.undo("ann")) == 1
    with Store(path) as store:
        assert store.notices == []
        assert store.decisions.tally() == {"accept": 1, "reject": 8, "flagged": 0}


@pytest.mark.usefixtures("no_hurry")
def test_a_commit_that_fails_keeps_them_waiting_and_is_told_to_the_next(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store(path) as store:
        one, two, three = fill(store, 3)
        store.decisions.record(said(one, "accept"))
        _fail(monkeypatch)
        with pytest.raises(StoreError, match="full"):
            store.decisions.count()
        with pytest.raises(StoreError, match="full"):
            store.decisions.record(said(two, "accept"))
        assert store.decisions.journal.count == 1
        monkeypatch.undo()
        store.decisions.record(said(three, "accept"))
        assert store.decisions.tally()["accept"] == 2
        store.decisions.record(said(two, "reject"))
        _fail(monkeypatch)
    monkeypatch.undo()
    with Store(path) as store:
        assert store.notices == []
        assert store.decisions.tally() == {"accept": 2, "reject": 1, "flagged": 0}


@pytest.mark.usefixtures("no_hurry")
def test_a_commit_that_failed_and_was_made_all_the_same_is_not_made_twice(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    import curator.store.decisions as module

    put = module.settle
    (rewrite,) = fill(store, 1)
    store.decisions.record(said(rewrite, "accept"))

    def put_and_fail(*given: Any) -> None:
        put(*given)
        raise StoreError("the line went dead")

    monkeypatch.setattr(module, "settle", put_and_fail)
    with pytest.raises(StoreError):
        store.decisions.count()
    monkeypatch.undo()
    assert store.decisions.count() == 1
    assert store.decisions.wrong_heads() == 0


def _fail(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*given: object) -> None:
        del given
        raise StoreError("the disk is full")

    monkeypatch.setattr("curator.store.decisions.settle", full)


def test_room_is_made_in_the_journal_beside_the_keys_and_cut_off_at_the_end(path: Path) -> None:
    with Store(path) as store:
        journal = store.decisions.journal
        one, *others = fill(store, 4)
        assert journal.path.stat().st_size < AHEAD
        store.decisions.record(said(one, "accept"))
        give_up = time.monotonic() + 120
        while (size := journal.path.stat().st_size) < AHEAD and time.monotonic() < give_up:
            time.sleep(0.02)
        for rewrite in others:
            store.decisions.record(said(rewrite, "accept"))
        assert journal.path.stat().st_size == size >= AHEAD
        assert [len(act.decisions) for act in journal.lines() if act] == [0, 1, 1, 1, 1]
    assert journal.path.read_bytes().count(b"\0") == 0
    assert journal.path.stat().st_size < AHEAD


def test_a_closed_desk_leaves_no_thread_behind(path: Path) -> None:
    before = set(threading.enumerate())  # some of which may just be ending
    with Store(path) as store:
        store.decisions.record(said(fill(store, 1)[0], "accept"))
        assert isinstance(store.decisions, Decisions)
    assert set(threading.enumerate()) <= before


def test_whoever_wants_to_tidy_up_after_a_commit_is_called(path: Path, monkeypatch) -> None:
    monkeypatch.setattr("curator.store.batching.QUIET", 0.01)
    called = threading.Event()
    with Store(path) as store:
        store.decisions.batching.then = called.set
        store.decisions.record(said(fill(store, 1)[0], "accept"))
        assert called.wait(120)


def test_what_keeps_up_with_keys_is_not_followed_by_tidying() -> None:
    done, tidied = threading.Event(), threading.Event()
    room = batching.Batching(lambda: None, done.set)
    room.then = tidied.set
    room.hear(now=True)
    assert done.wait(60)
    room.close()
    assert not tidied.is_set()


@pytest.mark.usefixtures("no_hurry")
def test_a_decision_does_not_wait_for_a_commit_of_others(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = fill(store, 2)
    begun, go_on = threading.Event(), threading.Event()
    commit = settling.settle

    def slow(*given: Any) -> None:
        begun.set()
        assert go_on.wait(300)
        commit(*given)

    store.decisions.record(said(first, "accept"))
    monkeypatch.setattr("curator.store.decisions.settle", slow)
    committing = threading.Thread(target=store.decisions.settle, daemon=True)
    committing.start()
    try:
        assert begun.wait(60)
        deciding = threading.Thread(
            target=store.decisions.record, args=[said(second, "reject")], daemon=True
        )
        deciding.start()
        deciding.join(60)
        assert not deciding.is_alive(), "it waited for the commit"
        assert store.decisions.journal.count == 2
    finally:
        go_on.set()
        committing.join(60)
    assert _committed(store) == 1
    assert store.decisions.tally() == {"accept": 1, "reject": 1, "flagged": 0}
    assert [d.seq for d in store.decisions.history()] == [2, 1]


def test_room_in_the_journal_is_made_while_nobody_decides(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "QUIET", 0.01)
    rewrite = fill(store, 1)[0]
    store.decisions.journal.make_room()
    reason = "r" * (AHEAD // 3)
    store.decisions.record(msgspec.structs.replace(said(rewrite, "reject"), reason=reason))
    assert not store.decisions.journal.is_short
    give_up = time.monotonic() + 60
    while store.decisions.journal.is_worn and time.monotonic() < give_up:
        time.sleep(0.02)
    assert not store.decisions.journal.is_worn


@pytest.mark.usefixtures("no_hurry")
def test_a_window_of_papers_commits_what_waits_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    rewrite = fill(store, 3)[0]
    tickets = store.desk.queue()
    store.decisions.record(said(rewrite, "accept"))
    commits: list[int] = []
    commit = settling.settle

    def counting(connection: Any, some: Any, *more: Any) -> None:
        commits.append(len(some))
        commit(connection, some, *more)
        # The next key is pressed while the papers are read.
        store.decisions.record(said(rewrite, "reject"))

    monkeypatch.setattr("curator.store.decisions.settle", counting)
    found = store.desk.papers(tickets, "ann")
    assert commits == [1]
    assert {p.head.verdict for p in found if p.head is not None} == {"accept"}
    assert store.decisions.count() == 2
