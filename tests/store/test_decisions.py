from pathlib import Path

import pytest

from curator.conversation import Decision
from curator.errors import DataError, StoreError
from curator.store import Store
from tests.store.workspaces import fill, in_another_process, said


def test_a_decision_comes_back_with_its_number_its_act_and_its_time(store: Store) -> None:
    (rewrite,) = fill(store, 1)
    saved = store.decisions.record(said(rewrite, "edit", content="编辑 😀"))
    assert saved.seq == 1
    assert saved.op
    assert saved.at is not None
    assert saved.at.tzinfo is not None
    assert store.decisions.history() == [saved]


def test_the_last_settling_word_is_the_head(store: Store) -> None:
    (rewrite,) = fill(store, 1)
    for verdict in ("accept", "reject"):
        store.decisions.record(said(rewrite, verdict))
    head = store.decisions.head(rewrite.id)
    assert head is not None
    assert (head.verdict, head.seq, head.reviewer) == ("reject", 2, "ann")


def test_a_skip_does_not_unsettle(store: Store) -> None:
    (rewrite,) = fill(store, 1)
    store.decisions.record(said(rewrite, "accept"))
    store.decisions.record(said(rewrite, "skip"))
    head = store.decisions.head(rewrite.id)
    assert head is not None
    assert head.verdict == "accept"


def test_marks_live_beside_the_verdict(store: Store) -> None:
    (rewrite,) = fill(store, 1)
    mark = said(rewrite, "mark")
    store.decisions.record(said(rewrite, "flag"))
    store.decisions.record(
        Decision(**{**_fields(mark), "extra": {"tags": ["好"], "note": "see me"}})
    )
    store.decisions.record(said(rewrite, "accept"))
    store.decisions.record(Decision(**{**_fields(mark), "extra": {"note": None, "score": 4}}))
    head = store.decisions.head(rewrite.id)
    assert head is not None
    assert (head.verdict, head.flagged, head.marks) == (
        "accept", True, {"tags": ["好"], "score": 4},
    )  # fmt: skip


def test_undo_goes_back_act_by_act_across_restarts(path: Path) -> None:
    with Store(path) as store:
        rewrites = fill(store, 5)
        for rewrite in rewrites:
            store.decisions.record(said(rewrite, "accept"))
    for expected in reversed(rewrites):
        with Store(path) as store:
            assert [d.rewrite_id for d in store.decisions.undo("ann")] == [expected.id]
    with Store(path) as store:
        assert store.decisions.undo("ann") == []
        assert store.decisions.count() == 10  # history never shrinks


def test_redo_restores_in_order_until_a_new_decision_is_made(store: Store) -> None:
    one, two, three = fill(store, 3)
    for rewrite in (one, two, three):
        store.decisions.record(said(rewrite, "accept"))
    for _ in range(3):
        store.decisions.undo("ann")
    assert [d.rewrite_id for d in store.decisions.redo("ann")] == [one.id]
    assert [d.rewrite_id for d in store.decisions.redo("ann")] == [two.id]
    store.decisions.record(said(one, "reject"))
    assert store.decisions.redo("ann") == []
    assert {i: h.verdict for i, h in store.decisions.heads().items() if h.verdict} == {
        one.id: "reject", two.id: "accept",
    }  # fmt: skip


def test_a_reviewer_takes_back_only_their_own_words(store: Store) -> None:
    one, two = fill(store, 2)
    store.decisions.record(said(one, "accept", "ann"))
    store.decisions.record(said(two, "reject", "bob"))
    assert [d.rewrite_id for d in store.decisions.undo("ann")] == [one.id]
    assert store.decisions.undo("ann") == []
    assert store.decisions.heads()[two.id].verdict == "reject"


def test_many_decisions_of_one_act_are_undone_by_one_undo(store: Store) -> None:
    rewrites = fill(store, 40)
    store.decisions.record(said(rewrites[0], "reject"))
    saved = store.decisions.record_many([said(rewrite, "accept") for rewrite in rewrites])
    assert len({decision.op for decision in saved}) == 1
    assert store.decisions.tally() == {"accept": 40, "flagged": 0}
    assert len(store.decisions.undo("ann")) == 40
    assert store.decisions.tally() == {"reject": 1, "flagged": 0}
    assert len(store.decisions.redo("ann")) == 40
    assert store.decisions.tally() == {"accept": 40, "flagged": 0}


def test_heads_can_be_folded_anew_from_the_history(store: Store) -> None:
    rewrites = fill(store, 12)
    store.decisions.record_many([said(rewrite, "accept") for rewrite in rewrites])
    store.decisions.record(said(rewrites[0], "edit", content="mine"))
    store.decisions.record(said(rewrites[1], "flag"))
    store.decisions.undo("ann")
    before = store.decisions.heads()
    assert store.decisions.wrong_heads() == 0
    store.connection.execute("update heads set verdict = 'reject'")
    assert store.decisions.wrong_heads() == 12
    store.decisions.rebuild_heads()
    assert store.decisions.heads() == before


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"verdict": "undo"}, "undo"),
        ({"verdict": "edit", "content": None}, "needs a text"),
        ({"verdict": "edit", "content": " \n"}, "needs a text"),
        ({"verdict": "accept", "reviewer": ""}, "reviewer"),
        ({"verdict": "edit", "content": "ab\ud800"}, "half a character at position 3"),
    ],
)
def test_a_decision_that_cannot_be_is_refused_before_anything_is_written(
    store: Store, wrong: dict[str, object], why: str
) -> None:
    (rewrite,) = fill(store, 1)
    with pytest.raises(DataError, match=why):
        store.decisions.record(Decision(**{**_fields(said(rewrite, "accept")), **wrong}))
    assert store.decisions.count() == 0
    assert store.decisions.journal.count == 0


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from curator.errors import StoreError
from curator.store import Store
from tests.store.workspaces import fill, said

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
path = Path(sys.argv[1])
text = "x" * 3000
acknowledged = refused = 0
with Store(path) as store:
    rewrites = fill(store, 400)
    room = (path.stat().st_size >> 12 << 12) + 300_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    waiting = None
    for rewrite in rewrites:
        try:
            store.decisions.record(said(rewrite, "edit", content=text))
            acknowledged += 1
        except StoreError as error:
            assert "disk is full" in str(error) or "takes nothing" in str(error), error
            refused += 1
            waiting = rewrite
            assert store.decisions.journal.count == acknowledged, "a refused decision was kept"
            if refused == 3:
                break
    assert refused == 3, (acknowledged, refused)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    store.decisions.record(said(waiting, "edit", content=text))
    acknowledged += 1
with Store(path) as store:
    assert store.notices == [], store.notices
    assert store.decisions.count() == acknowledged == len(store.decisions.heads())
    assert store.decisions.journal.count == acknowledged
assert acknowledged > 2
print("ok")
"""


FAILED_CHECKPOINT = """
import os, resource, signal, sys
from pathlib import Path
from curator.errors import StoreError
from curator.store import Store
from tests.store.workspaces import fill, said

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
path = Path(sys.argv[1])
no_limit = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
with Store(path) as store:
    rewrites = fill(store, 20)
    store.connection.execute("checkpoint")
    size = path.stat().st_size
    for rewrite in rewrites[:10]:  # fits into the log, but not into the file
        store.decisions.record(said(rewrite, "edit", content=os.urandom(20_000).hex()))
    store.decisions.settle()
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    try:
        store.connection.execute("checkpoint")
    except StoreError as error:
        print("checkpoint:", type(error.__cause__).__name__)
    resource.setrlimit(resource.RLIMIT_FSIZE, no_limit)
    assert store.decisions.count() == 10
    store.decisions.record(said(rewrites[10], "accept"))
with Store(path) as store:
    assert store.notices == [], store.notices
    assert store.decisions.count() == len(store.decisions.heads()) == 11
print("ok")
"""


@pytest.mark.parametrize(
    ("code", "last"), [(FULL_DISK, "ok"), (FAILED_CHECKPOINT, "FatalException\nok")]
)
def test_a_full_disk_loses_nothing_and_the_same_process_goes_on_when_there_is_room(
    path: Path, code: str, last: str
) -> None:
    done = in_another_process(code, path)
    assert done.stdout.strip().endswith(last), done.stdout + done.stderr


def _fields(decision: Decision) -> dict[str, object]:
    return {name: getattr(decision, name) for name in decision.__struct_fields__}


def test_a_bulk_act_leaves_flags_and_marks_where_they_were(store: Store) -> None:
    rewrites = fill(store, 300)
    mark = _fields(said(rewrites[1], "mark"))
    store.decisions.record(said(rewrites[0], "flag"))
    store.decisions.record(Decision(**{**mark, "extra": {"tags": ["好"]}}))
    store.decisions.record(said(rewrites[2], "edit", content="mine"))
    for verdict in ("accept", "reject"):
        store.decisions.record_many([said(rewrite, verdict) for rewrite in rewrites])
        assert store.decisions.wrong_heads() == 0
    heads = store.decisions.heads()
    assert {head.verdict for head in heads.values()} == {"reject"}
    assert heads[rewrites[0].id].flagged
    assert heads[rewrites[1].id].marks == {"tags": ["好"]}
    assert heads[rewrites[2].id].content is None


def test_a_bulk_act_says_its_word_of_new_and_of_known_rewrites(store: Store) -> None:
    rewrites = fill(store, 400)
    store.decisions.record(said(rewrites[7], "flag"))
    store.decisions.record(said(rewrites[9], "reject"))
    store.decisions.record_many([said(rewrite, "accept") for rewrite in rewrites])
    assert store.decisions.tally() == {"accept": 400, "flagged": 1}
    store.decisions.record_many([said(rewrite, "reject") for rewrite in rewrites[7:]])
    assert store.decisions.tally() == {"accept": 7, "reject": 393, "flagged": 1}
    assert store.decisions.wrong_heads() == 0
    assert store.decisions.count() == 400 + 393 + 2


@pytest.mark.parametrize("what", ["moved", "deleted", "replaced", "folder"])
def test_a_workspace_that_is_gone_from_its_place_takes_no_decision(
    tmp_path: Path, what: str
) -> None:
    """What would be written then goes to a file that nobody finds by its name, or to none."""
    folder = tmp_path / "here"
    folder.mkdir()
    path, aside = folder / "w.duckdb", folder / "aside.duckdb"
    with Store(path) as store:
        rewrites = fill(store, 3)
        store.decisions.record(said(rewrites[0], "accept"))
        if what == "folder":
            folder.rename(tmp_path / "there")
        else:
            path.rename(aside)
        if what == "replaced":
            path.write_bytes(aside.read_bytes())
        with pytest.raises(StoreError, match="was moved, deleted or replaced while it was open"):
            store.decisions.record(said(rewrites[1], "reject"))
        assert store.decisions.count() == 1
        if what == "deleted":
            aside.unlink()
            return
        if what == "folder":
            (tmp_path / "there").rename(folder)
        else:
            aside.replace(path)
        store.decisions.record(said(rewrites[1], "reject"))
    with Store(path) as store:
        assert [d.verdict for d in store.decisions.history()] == ["reject", "accept"]
        assert store.notices == []


def test_a_journal_that_was_deleted_is_written_anew_before_more_is_promised(path: Path) -> None:
    journal = path.with_name(path.name + ".journal.jsonl")
    with Store(path) as store:
        rewrites = fill(store, 4)
        for rewrite in rewrites[:2]:
            store.decisions.record(said(rewrite, "accept"))
        journal.unlink()
        store.decisions.record(said(rewrites[2], "reject"))
        lines = [line for line in journal.read_bytes().split(b"\n") if line.strip(b"\0")]
        assert len(lines) == 4, "the workspace's line and three acts"
        store.decisions.record(said(rewrites[3], "skip"))
        assert store.decisions.journal.count == store.decisions.count() == 4
    with Store(path) as store:
        assert store.notices == []
        assert store.decisions.count() == store.decisions.journal.count == 4
