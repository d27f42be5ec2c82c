import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from curator.store import Store
from curator.store.journal import Journal
from tests.store.workspaces import fill, in_another_process, journal_of, said

#: Decides on ten rewrites, the last three since DuckDB's last checkpoint, and dies.
DIE = """
import os, sys
from pathlib import Path
from curator.store import Store
from tests.store.workspaces import fill, said
store = Store(Path(sys.argv[1]))
rewrites = fill(store, 20)
for number, rewrite in enumerate(rewrites[:10]):
    store.decisions.record(said(rewrite, "edit", content=f"by hand {number}"))
    store.decisions.settle()
    if number == 6:
        store.connection.execute("checkpoint")
os._exit(0)
"""


@pytest.fixture(scope="module")
def dead(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace as a killed process left it: file, log and journal."""
    path = tmp_path_factory.mktemp("dead") / "w.duckdb"
    answer = in_another_process(DIE, path)
    assert answer.returncode == 0, answer.stderr
    assert path.with_name("w.duckdb.wal").exists()
    return path


@pytest.fixture
def crashed(dead: Path, tmp_path: Path) -> Path:
    shutil.copytree(dead.parent, tmp_path / "c")
    return tmp_path / "c" / "w.duckdb"


def _decided(path: Path) -> tuple[list[str | None], list[str]]:
    """The texts decided on, oldest first, and what the opening had to say."""
    with Store(path) as store:
        assert store.decisions.wrong_heads() == 0
        assert store.decisions.journal.count == store.decisions.count()
        return [d.content for d in reversed(store.decisions.history())], store.notices


EVERYTHING = [f"by hand {number}" for number in range(10)]


def test_a_killed_process_leaves_nothing_to_repair(crashed: Path) -> None:
    assert _decided(crashed) == (EVERYTHING, [])


def test_a_deleted_log_is_noticed_and_the_decisions_come_back(crashed: Path) -> None:
    crashed.with_name("w.duckdb.wal").unlink()
    decided, notices = _decided(crashed)
    assert decided == EVERYTHING
    assert len(notices) == 1
    assert "3 decisions were missing from the workspace and came back" in notices[0]
    assert _decided(crashed) == (EVERYTHING, [])


def test_a_log_of_garbage_is_set_aside_and_the_decisions_come_back(crashed: Path) -> None:
    log = crashed.with_name("w.duckdb.wal")
    log.write_bytes(random.Random(1).randbytes(3000))
    assert _decided(crashed)[0] == EVERYTHING


def test_no_flipped_bit_in_the_log_loses_a_decision_or_goes_untold(crashed: Path) -> None:
    log = crashed.with_name("w.duckdb.wal")
    whole, main, journal = log.read_bytes(), crashed.read_bytes(), journal_of(crashed).read_bytes()
    chance = random.Random(3)
    told = 0
    for number in range(25):
        at = chance.randrange(len(whole))
        victim = crashed.with_name(f"v{number}.duckdb")
        victim.write_bytes(main)
        journal_of(victim).write_bytes(journal)
        victim.with_name(victim.name + ".wal").write_bytes(
            whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :]
        )
        decided, notices = _decided(victim)
        assert decided == EVERYTHING
        told += bool(notices)
        assert bool(notices) == any("decision" in notice for notice in notices)
    assert told > 15


def test_a_deleted_journal_is_written_anew_from_the_workspace(crashed: Path) -> None:
    journal_of(crashed).unlink()
    decided, notices = _decided(crashed)
    assert decided == EVERYTHING
    assert "was missing or empty and was written anew" in notices[0]
    assert _decided(crashed) == (EVERYTHING, [])


def test_a_journal_cut_anywhere_is_completed_from_the_workspace(crashed: Path) -> None:
    with Store(crashed):
        pass
    whole = journal_of(crashed).read_bytes()
    for cut in random.Random(2).sample(range(len(whole)), 12):
        journal_of(crashed).write_bytes(whole[:cut])
        assert _decided(crashed)[0] == EVERYTHING


def test_a_torn_last_line_is_kept_aside(crashed: Path) -> None:
    journal = journal_of(crashed)
    with journal.open("ab") as file:
        file.write(b'{"check":"0000')
    decided, notices = _decided(crashed)
    assert decided == EVERYTHING
    (aside,) = crashed.parent.glob("*.torn-*")
    assert aside.read_bytes() == b'{"check":"0000'
    assert aside.name in notices[0]


@pytest.mark.parametrize("where", [0, 3, 9])
def test_a_damaged_line_in_the_journal_costs_nothing_while_the_workspace_is_whole(
    crashed: Path, where: int
) -> None:
    lines = journal_of(crashed).read_bytes().splitlines(keepends=True)
    lines[where] = lines[where].replace(b"ann", b"bob").replace(b'"workspace":"', b'"workspace":"0')
    journal_of(crashed).write_bytes(b"".join(lines))
    crashed.with_name("w.duckdb.wal").unlink()
    decided, _ = _decided(crashed)
    lost = [] if where < 8 else ["by hand 8"]
    assert decided == [text for text in EVERYTHING if text not in lost]


def test_what_is_in_neither_record_is_said(crashed: Path) -> None:
    lines = journal_of(crashed).read_bytes().splitlines(keepends=True)
    lines[9] = lines[9].replace(b"ann", b"bob")
    journal_of(crashed).write_bytes(b"".join(lines))
    crashed.with_name("w.duckdb.wal").unlink()
    _, notices = _decided(crashed)
    assert any("1 decision is in neither record" in notice for notice in notices)


def test_a_bulk_act_comes_back_whole(path: Path) -> None:
    with Store(path) as store:
        store.decisions.record_many([said(rewrite, "accept") for rewrite in fill(store, 30)])
        store.connection.execute("delete from events")
        store.connection.execute("delete from heads")
    with Store(path) as store:
        assert store.decisions.tally()["accept"] == 30
        assert len(store.decisions.undo("ann")) == 30


def test_the_journal_of_another_workspace_is_not_mixed_in(path: Path) -> None:
    with Store(path) as store:
        store.decisions.record(said(fill(store, 1)[0], "accept"))
    path.unlink()
    with Store(path) as store:
        assert store.decisions.count() == 0
        assert "held the decisions of another workspace" in store.notices[0]
    (aside,) = path.parent.glob("*.of-another-workspace-*")
    journal = Journal(aside)
    assert sum(len(act.decisions) for act in journal.lines() if act) == 1
    journal.close()


def test_an_older_copy_put_back_gets_the_decisions_made_since(path: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup.duckdb"
    with Store(path) as store:
        rewrites = fill(store, 3)
        store.decisions.record(said(rewrites[0], "accept"))
        store.backup(backup)
        store.decisions.record(said(rewrites[1], "reject"))
        store.decisions.undo("ann")
    shutil.copyfile(backup, path)
    with Store(path) as store:
        assert store.decisions.count() == 3
        assert "2 decisions were missing" in store.notices[0]


def test_two_stories_are_not_mixed(path: Path, tmp_path: Path) -> None:
    """A copy that went its own way and is put back: what it says holds, the other is kept."""
    copy = tmp_path / "copy.duckdb"
    with Store(path) as store:
        one, two = fill(store, 2)
        store.decisions.record(said(one, "accept"))
        store.backup(copy)
        store.decisions.record(said(two, "reject"))
    with Store(copy) as store:
        store.decisions.record(said(two, "accept"))
    shutil.copyfile(copy, path)
    with Store(path) as store:
        assert store.decisions.heads()[two.id].verdict == "accept"
        assert "tells-another-story" in store.notices[0]
    assert list(path.parent.glob("*.tells-another-story-*"))


def _nothing(store: Store) -> None:
    del store


def _later(store: Store) -> None:
    store.decisions.record(said(store.rewrites.all()[15], "accept"))


@pytest.mark.parametrize("also", [_nothing, _later])
def test_a_repair_lasts(crashed: Path, also: Callable[[Store], None]) -> None:
    crashed.with_name("w.duckdb.wal").unlink()
    with Store(crashed) as store:
        also(store)
        expected = store.decisions.history()
    with Store(crashed) as store:
        assert store.notices == []
        assert store.decisions.history() == expected
