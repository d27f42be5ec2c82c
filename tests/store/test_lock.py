import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from curator.errors import StoreError
from curator.store import Store
from curator.store.health import examine
from tests.store.workspaces import OPEN, fill, in_another_process, said

HOLD = """
import sys, time
from pathlib import Path
from curator.store import Store
store = Store(Path(sys.argv[1]))
print("holding", flush=True)
time.sleep(900)
"""

#: A process that was called as the words behind the path say.
KILLED = """
import sys, time
from pathlib import Path
from curator.store import Store
path, sys.argv = sys.argv[1], sys.argv[2:]
store = Store(Path(path))
print("open", flush=True)
time.sleep(900)
"""

#: What a second process could do to a workspace whose lock was dropped behind DuckDB's back.
BARE_DUCKDB = """
import sys, duckdb
try:
    duckdb.connect(sys.argv[1]).execute("create table intruder (i int)")
    print("opened")
except duckdb.Error as error:
    print("refused", error)
"""


def test_a_second_process_is_told_who_holds_the_workspace(path: Path) -> None:
    with Store(path):
        answer = in_another_process(OPEN, path).stdout
    assert answer.startswith("refused:")
    assert f"process {os.getpid()} (" in answer
    assert "--workspace" in answer
    assert in_another_process(OPEN, path).stdout == "opened 0\n"


def test_the_same_process_cannot_open_a_workspace_twice(path: Path, store: Store) -> None:
    link = path.with_name("another-name.duckdb")
    link.symlink_to(path)
    for name in (path, link):
        with pytest.raises(StoreError, match="in use by process"):
            Store(name)
    assert store.decisions.count() == 0


def test_a_holder_that_is_not_curator_is_named_from_duckdbs_own_words(path: Path) -> None:
    Store(path).close()
    code = "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print(1, flush=True); "
    with subprocess.Popen(
        [sys.executable, "-c", code + "time.sleep(900)", path], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        holder.stdout.readline()
        with pytest.raises(StoreError, match=rf"in use by process {holder.pid} \(python"):
            Store(path)
        holder.kill()


def test_a_killed_holder_leaves_no_lock(path: Path) -> None:
    for _ in range(3):
        with subprocess.Popen([sys.executable, "-c", HOLD, path], stdout=subprocess.PIPE) as holder:
            assert holder.stdout
            assert holder.stdout.readline() == b"holding\n"
            holder.send_signal(signal.SIGKILL)
            holder.wait(300)
        with Store(path) as store:
            assert store.decisions.count() == 0


def test_nothing_the_product_does_with_an_open_workspace_drops_its_lock(
    path: Path, store: Store, tmp_path: Path
) -> None:
    rewrites = fill(store, 5)
    store.decisions.record(said(rewrites[0], "accept"))
    store.connection.execute("checkpoint")
    store.backup(tmp_path / "copy.duckdb")
    examine(store)
    store.desk.queue()
    store.desk.papers(store.desk.queue(), "ann")
    store.connection.execute("checkpoint")
    with pytest.raises(StoreError, match="in use"):
        Store(path)
    assert in_another_process(BARE_DUCKDB, path).stdout.startswith("refused")
    assert in_another_process(OPEN, path).stdout.startswith("refused")


def test_the_trap_is_real_and_our_own_lock_has_no_such_trap(path: Path, tmp_path: Path) -> None:
    """Were this to fail, DuckDB would have mended its lock and the rule could be relaxed."""
    with Store(path) as store:
        store.connection.execute("checkpoint")
        shutil.copyfile(path, tmp_path / "plain-copy.duckdb")
        assert in_another_process(BARE_DUCKDB, path).stdout == "opened\n"
        assert in_another_process(OPEN, path).stdout.startswith("refused")


def test_a_forked_child_is_refused_and_harms_nothing(path: Path) -> None:
    with Store(path) as store:
        rewrites = fill(store, 3)
        store.decisions.record(said(rewrites[0], "accept"))
        # Room may be made meanwhile.
        before = store.decisions.journal.path.read_bytes().rstrip(b"\0")
        # At once, and while the thread that commits may hold any lock.
        for act in (
            lambda: store.decisions.record(said(rewrites[1], "accept")),
            lambda: store.decisions.undo("ann"),
            lambda: (store.close(), store.connection.check()),
        ):
            child = os.fork()
            if child == 0:
                signal.alarm(60)
                try:
                    act()
                    os._exit(1)
                except StoreError as error:
                    os._exit(0 if "forked" in str(error) else 2)
                finally:
                    os._exit(3)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert store.decisions.journal.path.read_bytes().rstrip(b"\0") == before
        store.decisions.record(said(rewrites[2], "accept"))
        assert in_another_process(OPEN, path).stdout.startswith("refused")
    with Store(path) as store:
        assert store.notices == []
        assert sorted(store.decisions.heads()) == sorted([rewrites[0].id, rewrites[2].id])


def test_a_child_that_outlives_its_parent_does_not_keep_the_lock(path: Path) -> None:
    code = """
import os, sys, time
from pathlib import Path
from curator.store import Store
store = Store(Path(sys.argv[1]))
child = os.fork()
if child == 0:
    os.closerange(0, 3)  # else whoever reads our output waits for this child
    time.sleep(900)
    os._exit(0)
print(child, flush=True)
os._exit(0)
"""
    child = int(in_another_process(code, path).stdout)
    try:
        with Store(path) as store:
            assert store.decisions.count() == 0
    finally:
        os.kill(child, signal.SIGKILL)  # raises where it was waited for


@pytest.mark.parametrize(
    ("argv", "told"),
    [(["curator", "review", "--queue", "flagged"], True), (["curator"], True),
     (["curator", "-w", "x"], True), (["curator", "reflect"], False)],
)  # fmt: skip
def test_an_app_that_was_killed_is_told_of_once_at_the_next_opening(
    path: Path, argv: list[str], told: bool
) -> None:
    victim = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path), *argv], stdout=subprocess.PIPE, text=True
    )
    assert victim.stdout is not None
    try:
        assert victim.stdout.readline() == "open\n"
    finally:
        victim.kill()
        victim.wait(timeout=60)
    with Store(path) as store:
        found = [notice for notice in store.notices if "reset-terminal" in notice]
    assert [f"process {victim.pid} (" in notice for notice in found] == [True] * told
    with Store(path) as store:
        assert not any("reset-terminal" in notice for notice in store.notices)
