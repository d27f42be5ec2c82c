import subprocess
import sys
import threading
import time
from pathlib import Path
from random import Random

import pytest

from curator.errors import ConfigError
from curator.store import Store
from tests.store.workspaces import fill, said


def test_a_backup_holds_all_that_the_workspace_holds(store: Store, tmp_path: Path) -> None:
    rewrites = fill(store, 30)
    store.decisions.record_many([said(rewrite, "accept") for rewrite in rewrites])
    destination = tmp_path / 'it\'s a "copy" 副本.duckdb'
    rows = store.backup(destination)
    with Store(destination) as copy:
        assert list(copy.conversations.iterate()) == list(store.conversations.iterate())
        assert copy.rewrites.all() == rewrites
        assert copy.decisions.history() == store.decisions.history()
        assert copy.decisions.heads() == store.decisions.heads()
        assert copy.backup(tmp_path / "again.duckdb") == rows
        copy.decisions.record(said(rewrites[0], "reject"))
        sql = "select table_name, sql from duckdb_tables() where database_name = current_database()"
        assert dict(copy.connection.rows(sql)) == dict(store.connection.rows(sql))


def test_work_goes_on_while_a_backup_is_made(store: Store, tmp_path: Path) -> None:
    rewrites = fill(store, 400)
    stop = threading.Event()
    recorded = []

    def review() -> None:
        for rewrite in rewrites:
            if stop.is_set():
                return
            recorded.append(store.decisions.record(said(rewrite, "accept")))

    reviewer = threading.Thread(target=review)
    reviewer.start()
    while not recorded and reviewer.is_alive():
        time.sleep(0.01)
    counts = []
    for number in range(4):
        before = len(recorded)
        store.backup(tmp_path / f"b{number}.duckdb")
        counts.append((before, len(recorded) + 1))
    stop.set()
    reviewer.join(300)
    for number, (least, most) in enumerate(counts):
        with Store(tmp_path / f"b{number}.duckdb") as copy:
            assert least <= copy.decisions.count() <= most
            assert copy.decisions.count() == len(copy.decisions.heads())
    assert store.decisions.count() == len(recorded)


def test_an_old_backup_stays_until_the_new_one_is_whole(path: Path, tmp_path: Path) -> None:
    with Store(path) as store:
        fill(store, 300)
        store.backup(tmp_path / "b.duckdb")
    code = (
        "import sys; from pathlib import Path; from curator.store import Store\n"
        "with Store(Path(sys.argv[1])) as store:\n"
        "    print('go', flush=True)\n"
        "    while True: store.backup(Path(sys.argv[2]))"
    )
    for number in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", code, path, tmp_path / "b.duckdb"], stdout=subprocess.PIPE
        ) as child:
            assert child.stdout
            child.stdout.readline()
            time.sleep(Random(number).random() * 0.3)
            child.kill()
        with Store(tmp_path / "b.duckdb") as copy:
            assert copy.conversations.count() == 300


def test_a_destination_that_cannot_be_is_refused(store: Store, path: Path) -> None:
    with pytest.raises(ConfigError, match="is the workspace itself"):
        store.backup(path)
    with pytest.raises(ConfigError, match="does not exist"):
        store.backup(path.parent / "nowhere" / "b.duckdb")
    assert not list(path.parent.glob(".*backup*"))
