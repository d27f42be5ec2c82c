"""A workspace that may only be read is opened, shown and never written to."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from curator.conversation import Rewrite
from curator.errors import ReadOnly, StoreError
from curator.filters.views import QueueSpec
from curator.progress import Silent
from curator.review import Session
from curator.stages.registry import STAGES
from curator.stages.runner import perform
from curator.store import Store
from curator.store.lock import Lock
from tests.store.workspaces import chat, fill, said

NOBODY = 65_534


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """The folder and all in it may be read and not written, by whoever this test is: root, who may
    write everything, is nobody meanwhile."""
    each = [folder, *folder.rglob("*")]
    for path in each:
        path.chmod(0o555 if path.is_dir() else 0o444)
    root = os.geteuid() == 0
    try:
        if root:
            try:
                os.setegid(NOBODY)
                os.seteuid(NOBODY)
            except OSError as error:
                pytest.skip(f"root cannot become nobody here: {error}")
        if os.access(folder, os.W_OK, effective_ids=True) or not os.access(
            folder, os.R_OK, effective_ids=True
        ):
            pytest.skip("nothing can be made read-only for this user here")
        if not os.access(tempfile.gettempdir(), os.W_OK, effective_ids=True):
            pytest.skip("this user may write no temporary files here")
        yield
    finally:
        if root:
            os.seteuid(0)
            os.setegid(0)
        for path in each:
            path.chmod(0o755 if path.is_dir() else 0o644)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that others may enter, unlike pytest's own."""
    path = Path(tempfile.mkdtemp()).resolve()
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def path(folder: Path) -> Path:
    """A workspace of twelve rewrites with an index; of five decisions two are in the journal
    alone, as a killed process leaves them."""
    path = folder / "w.duckdb"
    with Store(path) as store:
        rewrites = fill(store, 12)
        store.searching.build()
        for rewrite in rewrites[:3]:
            store.decisions.record(said(rewrite, "accept"))
    before = path.read_bytes()
    with Store(path) as store:
        for rewrite in rewrites[3:5]:
            store.decisions.record(said(rewrite, "reject"))
    path.write_bytes(before)
    return path


def everything(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_it_is_opened_said_so_and_left_as_it_is(path: Path) -> None:
    before = everything(path.parent)
    with read_only(path.parent), Store(path) as store:
        assert store.read_only == "w.duckdb may not be written"
        assert "open only for reading (w.duckdb may not be written)" in store.notices[0]
        assert store.conversations.count() == 12
        assert len(store.shelf.cards(range(12))) == 12
        assert store.acts.latest()
    assert everything(path.parent) == before


def test_what_is_only_in_the_journal_is_shown(path: Path) -> None:
    with read_only(path.parent), Store(path) as store:
        assert store.decisions.tally() == {"accept": 3, "reject": 2, "flagged": 0}
        assert store.decisions.count() == 5
        assert store.decisions.wrong_heads() == 0
        assert len(store.desk.queue()) == 7
        assert len(store.desk.queue(QueueSpec("rejected", "objections"))) == 2
        assert store.selecting.count("verdict:reject") == 2
        assert any("2 decisions are only in w.duckdb.journal.jsonl yet" in n for n in store.notices)
    with Store(path) as store:  # and nothing is lost for who may write
        assert store.decisions.tally() == {"accept": 3, "reject": 2, "flagged": 0}


def test_a_journal_that_cannot_be_read_is_said(path: Path) -> None:
    journal = path.with_name("w.duckdb.journal.jsonl")
    with read_only(path.parent):
        as_was = os.geteuid()
        if as_was == NOBODY:
            os.seteuid(0)
        journal.chmod(0)
        os.seteuid(as_was)
        with Store(path) as store:
            assert store.decisions.tally() == {"accept": 3, "flagged": 0}
            assert any("journal.jsonl cannot be read" in notice for notice in store.notices)


WRITES: dict[str, Callable[[Store, Rewrite], object]] = {
    "a decision": lambda s, r: s.decisions.record(said(r, "accept")),
    "an undo": lambda s, _: s.decisions.undo("ann"),
    "a redo": lambda s, _: s.decisions.redo("ann"),
    "an act taken back": lambda s, _: s.decisions.reverse(1, "ann"),
    "a chat": lambda s, _: s.conversations.add([chat(99)]),
    "a tag": lambda s, _: s.tags.add_at([0], "math", "ann"),
    "a run": lambda s, _: s.runs.open("import", {}),
    "a view": lambda s, _: s.views.save("mine", QueueSpec()),
    "a hiding": lambda s, _: s.hiding.hide([0], "by hand"),
    "an index": lambda s, _: s.searching.build(),
    "a backup": lambda s, _: s.backup(Path(tempfile.gettempdir()) / "never-made.duckdb"),
}


def test_every_write_is_refused_in_one_sentence(path: Path) -> None:
    before = everything(path.parent)
    with read_only(path.parent), Store(path) as store:
        rewrite = store.rewrites.all()[7]
        for what, write in WRITES.items():
            with pytest.raises(ReadOnly, match=r"is open only for reading \(.*copy it") as refused:
                write(store, rewrite)
            assert "\n" not in str(refused.value), what
        assert store.conversations.count() == 12
    assert everything(path.parent) == before


def test_words_are_found_by_the_index_where_it_lies(path: Path) -> None:
    with read_only(path.parent), Store(path) as store:
        assert store.searching.coverage().missing == 0
        assert store.selecting.conversations('"added up 7"') == [6]
        assert not store.searching.notices
    (path.with_name("w.duckdb.search") / "meta.json").write_bytes(b"{}")
    before = everything(path.parent)
    with read_only(path.parent), Store(path) as store:
        assert store.selecting.conversations('"added up 7"') == [6]
        assert "the texts are read instead" in store.searching.notices[0]
    assert everything(path.parent) == before


def test_a_session_looks_at_items_and_says_why_nothing_is_decided(path: Path) -> None:
    with read_only(path.parent), Store(path) as store:
        session = Session(store.desk, "ann")
        item = session.item
        assert item is not None
        with pytest.raises(ReadOnly):
            session.accept()
        assert session.unsaved is None
        assert session.item == item
        session.draft("half a thought")
        session.autosave()
        assert session.next()
        assert session.progress.done == 0


def test_an_export_is_written_elsewhere_and_an_import_is_refused_at_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages = {stage.name: stage for stage in STAGES}
    target = Path(tempfile.mkdtemp())
    target.chmod(0o777)
    monkeypatch.setenv("XDG_DATA_HOME", str(target))  # what root has there is not for nobody
    try:
        with read_only(path.parent), Store(path) as store:
            config = stages["export"].config(out=target / "out.jsonl")
            report = perform(store, stages["export"], config, None, Silent())  # type: ignore[arg-type]
            assert report.counts["rows"] == 3
            chats = stages["import"].config(files=(target / "not-there.jsonl",))
            with pytest.raises(ReadOnly):
                perform(store, stages["import"], chats, None, Silent())  # type: ignore[arg-type]
        assert (target / "out.jsonl").read_text(encoding="utf-8").count("\n") == 3
    finally:
        shutil.rmtree(target)


def test_one_of_an_older_curator_says_that_it_cannot_be_brought_up_to_date(path: Path) -> None:
    with Store(path) as store:
        store.connection.execute("delete from migrations where name like '020%'")
    with read_only(path.parent), pytest.raises(ReadOnly, match="cannot be brought up to date"):
        Store(path)


def test_whoever_writes_is_named_to_a_reader(path: Path) -> None:
    writer = rf"in use by process {os.getpid()} \("
    with Store(path), read_only(path.parent), pytest.raises(StoreError, match=writer):
        Store(path)


def test_readers_share_their_lock_and_a_writer_waits_for_them(path: Path) -> None:
    file = path.with_name("w.duckdb.lock")
    readers = [Lock.shared(file, path) for _ in range(2)]
    with pytest.raises(StoreError, match="in use by another process"):
        Lock(file, path)
    for reader in readers:
        assert reader is not None
        reader.release()
    Lock(file, path).release()
    assert Lock.shared(path.with_name("no-such.lock"), path) is None
