import os
import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from curator.errors import CuratorError, StoreError
from curator.store import Store
from curator.store.health import examine
from tests.store.workspaces import fill, in_another_process, said

FOREIGN: dict[str, tuple[bytes, str]] = {
    "an empty file": (b"", "an empty file"),
    "one byte": (b"x", "not a DuckDB file"),
    "text": (b"hello world, " * 500, "not a DuckDB file"),
    "zeros": (bytes(8192), "not a DuckDB file"),
    "SQLite": (b"SQLite format 3\0" + bytes(4096), "an SQLite database"),
    "Parquet": (b"PAR1" + bytes(4096), "a Parquet file"),
    "gzip": (b"\x1f\x8b\x08" + bytes(4096), "a gzip file"),
    "zip": (b"PK\x03\x04" + bytes(4096), "a zip file"),
    "JSON": (b'{"conversations": []}', "a JSON file"),
    "noise": (random.Random(7).randbytes(20_000), "not a DuckDB file"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_file_is_named_and_left_as_it_is(path: Path, name: str) -> None:
    content, kind = FOREIGN[name]
    path.write_bytes(content)
    with pytest.raises(StoreError, match=f"is {kind}, so it cannot be a workspace; "):
        Store(path)
    assert path.read_bytes() == content


def test_a_name_that_can_never_be_a_workspace_is_told_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "w.duckdb"
    os.mkfifo(pipe)
    odd = tmp_path / os.fsdecode(b"\xff.duckdb")
    loop = tmp_path / "loop.duckdb"
    loop.symlink_to(loop)
    for path, why in ((pipe, "a pipe or a device"), (odd, "not UTF-8"), (loop, "leads nowhere")):
        with pytest.raises(StoreError, match=why):
            Store(path)
    assert {entry.name for entry in tmp_path.iterdir()} == {"w.duckdb", "loop.duckdb"}


def test_no_threads_are_begun_for_files_on_the_network(path: Path) -> None:
    with Store(path) as store:
        assert store.connection.value("select current_setting('async_threads')") == 1


def test_somebody_elses_duckdb_file_is_not_written_on(path: Path) -> None:
    in_another_process(
        "import sys, duckdb; duckdb.connect(sys.argv[1]).execute('create table theirs (i int)')",
        path,
    )
    before = path.read_bytes()
    with pytest.raises(StoreError, match="not a workspace of curator's"):
        Store(path)
    assert path.read_bytes() == before


def test_a_workspace_of_a_newer_curator_is_refused(path: Path) -> None:
    with Store(path) as store:
        store.connection.execute("insert into migrations values ('417_from_the_future.sql')")
    with pytest.raises(StoreError, match=r"newer curator \(it knows 417_from_the_future.sql\)"):
        Store(path)


def test_a_folder_that_is_not_there_or_is_a_file_is_said(path: Path) -> None:
    with pytest.raises(StoreError, match="does not exist; create the folder"):
        Store(path.parent / "nowhere" / "w.duckdb")
    path.parent.joinpath("file").write_text("x")
    with pytest.raises(StoreError, match="is not a folder"):
        Store(path.parent / "file" / "w.duckdb")
    path.mkdir()
    with pytest.raises(StoreError, match="is a folder; name a file"):
        Store(path)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without root's rights, for which every folder is writable."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        if not os.access(tempfile.gettempdir(), os.W_OK, effective_ids=True):
            pytest.skip("nobody may write temporary files here")
        yield
    finally:
        os.seteuid(0)


def test_a_folder_one_may_not_write_to_is_said() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        with as_nobody(), pytest.raises(StoreError, match="cannot be written here"):
            Store(Path(folder) / "w.duckdb")
        Path(folder).chmod(0o755)


def test_a_workspace_in_a_folder_one_may_only_read_is_opened_for_reading() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "w.duckdb"
        Store(path).close()
        path.with_name("w.duckdb.lock").unlink()
        for file in Path(folder).iterdir():
            file.chmod(0o666)
        Path(folder).chmod(0o555)
        with as_nobody(), Store(path) as store:
            assert store.read_only == f"nothing may be written in {store.path.parent}"
        Path(folder).chmod(0o755)


def test_a_workspace_one_may_not_read_is_said() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "w.duckdb"
        Store(path).close()
        path.chmod(0o000)
        path.with_name("w.duckdb.lock").chmod(0o666)
        Path(folder).chmod(0o777)
        with as_nobody(), pytest.raises(StoreError, match="cannot be read"):
            Store(path)


def test_what_the_store_writes_is_for_its_owner_only(path: Path, store: Store) -> None:
    fill(store, 3)
    modes = {file.name: oct(file.stat().st_mode & 0o777) for file in path.parent.iterdir()}
    assert set(modes.values()) == {"0o600"}, modes


def test_the_workspace_can_be_read_by_the_release_before(store: Store) -> None:
    (tags,) = store.connection.rows(
        "select tags['storage_version'] from duckdb_databases() where not internal"
    )
    assert tags[0].startswith("v1.5.0")


def test_sql_reaches_no_file_outside_the_workspaces_folder(store: Store, path: Path) -> None:
    (path.parent.parent / "secret.txt").write_text("x")
    for sql in (
        f"select * from read_text('{path.parent.parent}/secret.txt')",
        f"copy (select 1) to '{path.parent.parent}/out.csv'",
        f"attach '{path.parent.parent}/b.duckdb'",
        "load httpfs",
    ):
        with pytest.raises(CuratorError):
            store.connection.rows(sql)


def _use(path: Path) -> object:
    """All that a day's work reads of a workspace."""
    with Store(path) as store:
        for check in examine(store):
            if not check.ok:
                raise StoreError(check.sentence)
        return (
            list(store.conversations.iterate()),
            store.rewrites.all(),
            len(store.desk.papers(store.desk.queue(), "ann")),
            [decision.rewrite_id for decision in store.decisions.history()],
            store.decisions.heads(),
        )


def _worth_damaging(path: Path) -> bytes:
    with Store(path) as store:
        rewrites = fill(store, 200)
        store.decisions.record_many([said(rewrite, "accept") for rewrite in rewrites])
    return path.read_bytes()


def _flipped(whole: bytes, chance: random.Random) -> bytes:
    at, bit = chance.randrange(len(whole)), 1 << chance.randrange(8)
    return whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :]


def _cut(whole: bytes, chance: random.Random) -> bytes:
    return whole[: chance.randrange(len(whole))]


@pytest.mark.parametrize(("damage", "times"), [(_flipped, 30), (_cut, 12)])
def test_a_damaged_workspace_is_said_to_be_or_reads_as_before(
    path: Path, damage: Callable[[bytes, random.Random], bytes], times: int
) -> None:
    whole = _worth_damaging(path)
    journal = path.with_name("w.duckdb.journal.jsonl").read_bytes()
    expected = _use(path)
    chance = random.Random(5)
    refusals = []
    for number in range(times):
        victim = path.with_name(f"v{number}.duckdb")
        victim.write_bytes(damage(whole, chance))
        victim.with_name(victim.name + ".journal.jsonl").write_bytes(journal)
        try:
            assert _use(victim) == expected
        except StoreError as error:
            refusals.append(str(error))
        victim.unlink(missing_ok=True)
    assert refusals
    assert not [said for said in refusals if "\n" in said or "/v" not in said]
