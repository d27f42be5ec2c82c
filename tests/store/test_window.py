"""What one process has open, others look into: the same answers, and nothing can be changed."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from curator.errors import ReadOnly, StoreError
from curator.overview import overview
from curator.store import Store
from curator.store.lock import InUse
from curator.store.looking_in import Far
from curator.store.window import LOOKERS, ROWS, sweep
from tests.store.workspaces import fill, in_another_process, said

HOLD = """
import sys, time
from pathlib import Path
from curator.store import Store
store = Store(Path(sys.argv[1]))
store.let_look()
print("holding", flush=True)
sys.stdin.read()
"""
COUNT = """
import sys
from pathlib import Path
from curator.store import Store
with Store(Path(sys.argv[1]), look=True) as store:
    print(store.rewrites.count(), store.decisions.count(), store.read_only)
"""
#: A query that takes far longer than any test.
LONG = "select sum(a.range * b.range) from range(10000000) a, range(10000000) b"


@pytest.fixture
def holder(store: Store) -> Store:
    fill(store, 6)
    store.let_look()
    return store


def look(path: Path) -> Store:
    return Store(path, look=True)


def waited(what, seconds=120):
    """Whether it becomes true."""
    end = time.monotonic() + seconds
    while not what() and time.monotonic() < end:
        time.sleep(0.02)
    return what()


def far_of(store: Store) -> Far:
    assert store._looked_in is not None
    return store._looked_in


def test_another_process_sees_what_is_there_the_latest_decision_too(
    holder: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curator.store.batching.QUIET", 600.0)
    rewrite = holder.rewrites.all()[0]
    holder.decisions.record(said(rewrite, "accept"))
    assert holder.decisions._waiting, "it came into the workspace at once: the test shows nothing"
    done = in_another_process(COUNT, path)
    assert done.stdout.startswith(f"6 1 process {os.getpid()} ("), done.stderr
    assert "has it open" in done.stdout


def test_every_room_answers_from_afar_as_it_does_at_home(holder: Store, path: Path) -> None:
    rewrite = holder.rewrites.all()[0]
    holder.decisions.record(said(rewrite, "edit", content="再算 👍 \x00"))
    holder.tags.add_at([0, 1], "sums", "ann")
    moment = holder.snapshots.save("one", "ann")
    with look(path) as far:
        for ask in (
            overview,
            lambda s: s.decisions.history(),
            lambda s: s.decisions.heads(),
            lambda s: s.acts.latest(10),
            lambda s: s.selecting.conversations("line:2..4"),
            lambda s: s.selecting.conversations("nothing-such"),
            lambda s: s.selecting.sample("", 3),
            lambda s: s.selecting.known(),
            lambda s: s.shelf.cards([0, 3]),
            lambda s: s.tags.names(),
            lambda s: s.snapshots.all(),
            lambda s: s.snapshots.counts(moment),
            lambda s: s.snapshots.between(moment, s.snapshots.get("one")),
            lambda s: s.finds.of('"one"', "one", 4),
            lambda s: s.conversations.between(0, 5),
            lambda s: s.desk.queue(),
            lambda s: s.turn_signals.counts(),
            lambda s: s.twins.taken_out(),
        ):
            assert ask(far) == ask(holder)


def test_words_are_found_through_the_index_from_afar(holder: Store, path: Path) -> None:
    holder.searching.build()
    with look(path) as far:
        assert far.selecting.count("再算一次") == 6
        assert far.searching.notices == []


def test_rows_come_as_they_are_at_home(holder: Store, path: Path) -> None:
    sql = """
    select timestamp '2026-01-02 03:04:05.678' as t, null::timestamp as nt, date '2026-01-02' as d,
        1.50::decimal(9, 2) as n, 1::hugeint as h, 0.5 as f, 'ä\x01' as s, '\\x00\\xFF'::blob as b,
        [1, null] as l, {'a': 'x', 'b': [true]} as st, map {'k': 2} as m, null as nothing
    """
    with look(path) as far:
        (row,) = far.connection.rows(sql)
        assert row == holder.connection.rows(sql)[0]
        assert row[:4] == (datetime(2026, 1, 2, 3, 4, 5, 678000), None, date(2026, 1, 2),
                           Decimal("1.50"))  # fmt: skip
        many = f"select range from range({3 * ROWS + 7}) order by range"
        assert far.connection.rows(many) == holder.connection.rows(many)
        cursor = far.connection.cursor.execute(many)
        assert (cursor.fetchone(), len(cursor.fetchmany(ROWS + 1))) == ((0,), ROWS + 1)
        assert len(cursor.fetchall()) == 2 * ROWS + 5
        assert cursor.fetchone() is None
        wide = "select range as a, nullif(range, 1)::int as b, 'ä' as s, nullif('x', 'x') as n,"
        wide += " timestamp '2026-01-02' as t from range(3) order by 1"
        here, there = (db.cursor.execute(wide).by_column() for db in (
            holder.connection, far.connection))  # fmt: skip
        assert repr(there) == repr(here)
        with pytest.raises(StoreError, match="cannot be told"):
            far.connection.rows("select [timestamp '2026-01-02 03:04:05']")


def test_parameters_arrive_as_they_are(holder: Store, path: Path) -> None:
    import numpy as np

    given = [datetime(2026, 1, 2, 3), "ä", 3, None, [1, 2], True, b"\x00", 0.5]
    asked = "select " + ", ".join(f"typeof(${n})" for n in range(1, len(given) + 1))
    now = {"moment": datetime(2026, 1, 2, tzinfo=UTC)}
    with look(path) as far:
        assert far.connection.rows(asked, given) == holder.connection.rows(asked, given)
        assert far.connection.rows("select ? + 1", [np.int64(4)]) == [(5,)]
        found = far.connection.cursor.execute("select typeof($moment)", now).fetchall()
        assert found == [("TIMESTAMP WITH TIME ZONE",)]


@pytest.mark.parametrize(
    "sql",
    [
        "delete from rewrites",
        "select 1; delete from rewrites",
        "with x as (select 1) insert into migrations select 'x'",
        "begin",
        "set threads = 1",
        "copy (select 1) to 'stolen'",
        "attach 'other' as other",
        "checkpoint",
    ],
)
def test_nothing_can_be_changed_through_a_window(holder: Store, path: Path, sql: str) -> None:
    with look(path) as far:
        with pytest.raises(ReadOnly):
            far.connection.cursor.execute(sql)
        assert far.rewrites.count() == 6
    assert holder.rewrites.count() == 6


def test_whoever_would_write_is_told_who_has_the_workspace_open(holder: Store, path: Path) -> None:
    with look(path) as far:
        rewrite = far.rewrites.all()[0]
        with pytest.raises(ReadOnly) as refused:
            far.decisions.record(said(rewrite, "accept"))
    assert f"process {os.getpid()} (" in str(refused.value)
    assert "copy" not in str(refused.value), "a copy of an open file is no advice"
    assert holder.decisions.count() == 0


@pytest.mark.usefixtures("holder")
def test_our_own_wrong_sql_is_a_bug_there_and_hurts_nobody_here(path: Path) -> None:
    with look(path) as far:
        with pytest.raises(RuntimeError, match="no_such"):
            far.connection.rows("select no_such from rewrites")
        assert far.rewrites.count() == 6


def test_without_a_window_there_is_only_the_sentence(store: Store, path: Path) -> None:
    with pytest.raises(InUse, match=r"in use by process \d+ \(.*\) since \d\d:\d\d"):
        look(path)
    store.let_look()
    with look(path) as far:
        assert far.rewrites.count() == 0
    with pytest.raises(InUse):
        Store(path)


@pytest.mark.usefixtures("holder")
def test_a_holder_of_another_version_is_not_looked_into(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curator.store.workspace.VERSION", "0 other")
    with pytest.raises(InUse):
        look(path)


def test_a_holder_that_does_not_answer_is_not_waited_for(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curator.store.looking_in.FIRST", 0.3)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"holding\n"
        process.send_signal(signal.SIGSTOP)
        with pytest.raises(InUse, match=f"process {process.pid} "):
            look(path)
        process.kill()


def test_a_killed_holder_leaves_nothing_that_stands_in_the_way(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"holding\n"
        with look(path) as far:
            process.kill()
            process.wait(300)
            with pytest.raises(StoreError, match="went away"):
                far.rewrites.count()
    left = Path(path.with_name(path.name + ".lock").read_text().split("\n")[2])
    assert left.exists()
    with Store(path) as store:
        store.let_look()
        assert waited(lambda: not left.exists())
        with look(path) as far:
            assert far.rewrites.count() == 0
    assert path.with_name(path.name + ".lock").read_text() == ""


def test_whoever_opens_any_workspace_clears_dead_sockets_and_no_others(
    holder: Store, tmp_path: Path
) -> None:
    assert holder._window is not None
    here = Path(holder._window.address)
    dead, halfway, other = (here.with_name(f"{os.getpid()}-{name}") for name in
                            ("dead.socket", "half.socket.new", "note.txt"))  # fmt: skip
    lines = [socket.socket(socket.AF_UNIX) for _ in range(2)]
    for line, left in zip(lines, (dead, halfway), strict=True):
        line.bind(str(left))
        line.close()
    other.write_text("not ours")
    try:
        with Store(tmp_path / "another.duckdb") as store:
            store.let_look()
            assert waited(lambda: not dead.exists())
            assert here.exists()
            assert halfway.exists(), "it may be about to answer"
            assert other.exists()
            os.utime(halfway, (0, 0))
            sweep(here.parent)
            assert not halfway.exists()
            assert here.exists()
        with look(holder.path) as far:
            assert far.rewrites.count() == 6
    finally:
        for left in (dead, halfway, other):
            left.unlink(missing_ok=True)


def asking_long(holder: Store, ask: Callable[[str], object]) -> tuple[threading.Thread, list[str]]:
    """A thread that asks what takes long, once the holder is at it; what it is told goes there."""
    told: list[str] = []

    def asked() -> None:
        try:
            ask(LONG)
        except StoreError as error:
            told.append(str(error))

    thread = threading.Thread(target=asked)
    thread.start()
    assert waited(lambda: holder.connection._speaking)
    return thread, told


def test_closing_ends_what_others_ask_just_now(holder: Store, path: Path) -> None:
    far = look(path)
    thread, told = asking_long(holder, far.connection.rows)
    holder.close()
    thread.join(120)
    assert not thread.is_alive()
    assert "went away" in told[0]
    far.close()


def test_whoever_stops_waiting_ends_the_query_in_the_holder(holder: Store, path: Path) -> None:
    with look(path) as far:
        raw = far.connection.cursor._raw
        thread, told = asking_long(holder, raw.execute)
        raw.interrupt()
        thread.join(120)
        assert not thread.is_alive()
        assert "went away" in told[0]
    assert waited(lambda: not holder.connection._speaking)
    assert holder.rewrites.count() == 6


def test_those_who_left_leave_no_cursor_and_no_place_taken(holder: Store, path: Path) -> None:
    before = len(holder.connection._raws)
    for _ in range(2 * LOOKERS):
        with look(path) as far:
            far.rewrites.count()
    assert waited(lambda: len(holder.connection._raws) <= before)
    kept = []
    with suppress(InUse):
        for _ in range(LOOKERS + 1):
            kept.append(look(path))  # noqa: PERF401 (those before the refusal are to be closed)
    assert len(kept) == LOOKERS // 2
    for far in kept:
        far.close()
    assert waited(lambda: not holder._window._lookers)
    look(path).close()


def test_what_is_no_question_sends_the_asker_away(holder: Store, path: Path) -> None:
    assert holder._window is not None
    for junk in (b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 64, b"\0" * 7 + b"\x01\xc0", b""):
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(20)
            line.connect(holder._window.address)
            with suppress(ConnectionError):
                line.sendall(junk)
                line.shutdown(socket.SHUT_WR)
                while line.recv(4096):
                    pass
    with look(path) as far:
        assert far.rewrites.count() == 6


def test_a_long_way_to_temporary_files_is_no_hindrance(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far_away = tmp_path / ("long" * 30)
    far_away.mkdir()
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(far_away))
    with Store(path) as store:
        store.let_look()
        with look(path) as far:
            assert far.rewrites.count() == 0
        assert store._window is not None
        assert len(store._window.address) < 100


def test_only_this_user_may_come_to_the_window(holder: Store) -> None:
    assert holder._window is not None
    folder = Path(holder._window.address).parent
    assert folder.stat().st_mode & 0o077 == 0
    assert folder.stat().st_uid == os.getuid()


def test_a_forked_child_keeps_no_window_open(holder: Store, path: Path) -> None:
    child = os.fork()
    if child == 0:
        signal.pause()
        os._exit(0)
    try:
        address = holder._window.address
        holder.close()
        with (
            socket.socket(socket.AF_UNIX) as line,
            pytest.raises((ConnectionRefusedError, FileNotFoundError)),
        ):
            line.connect(address)
        with Store(path) as store:
            assert store.rewrites.count() == 6
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


@pytest.mark.usefixtures("holder")
def test_a_backup_is_made_by_the_process_that_has_the_workspace_open(
    path: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.duckdb"
    with look(path) as far:
        assert far.backup(copy) > 6
    with Store(copy) as store:
        assert store.rewrites.count() == 6


def test_a_failed_write_is_mended_while_others_look(holder: Store, path: Path) -> None:
    """All handles are closed and the file is opened anew: those of who looks in are among them."""
    with look(path) as far:
        assert far.rewrites.count() == 6
        holder.connection._broken = True
        assert holder.rewrites.count() == 6
        assert far.rewrites.count() == 6
