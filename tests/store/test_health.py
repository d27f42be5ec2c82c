from pathlib import Path

from curator.store import Store
from curator.store.health import examine, repair
from tests.store.workspaces import fill, journal_of, said


def _faults(workspace: Store | Path) -> dict[str, str]:
    return {check.name: check.sentence for check in examine(workspace) if not check.ok}


def test_a_healthy_workspace_has_no_faults_open_or_closed(path: Path) -> None:
    with Store(path) as store:
        store.decisions.record(said(fill(store, 3)[0], "accept"))
        assert _faults(store) == {}
    assert _faults(path) == {}
    assert _faults(path.with_name("not-there.duckdb")) == {}


def test_wrong_verdicts_and_a_damaged_journal_are_found_and_repaired(store: Store) -> None:
    rewrites = fill(store, 4)
    for rewrite in rewrites:
        store.decisions.record(said(rewrite, "accept"))
    store.connection.execute("update heads set verdict = 'reject' where seq > 2")
    journal = journal_of(store.path)
    journal.write_bytes(journal.read_bytes().replace(b'"ann"', b'"bob"', 1))
    faults = _faults(store)
    assert set(faults) == {"journal", "verdicts"}
    assert faults["verdicts"].startswith("2 verdicts differ")
    assert "1 line is damaged" in faults["journal"]
    assert len(repair(store)) == 2
    assert _faults(store) == {}
    store.decisions.record(said(rewrites[0], "reject"))
    assert _faults(store) == {}


def test_decisions_on_rewrites_that_are_not_here_are_told(store: Store) -> None:
    rewrites = fill(store, 2)
    store.decisions.record(said(rewrites[0], "accept"))
    store.connection.execute("delete from rewrites")
    assert set(_faults(store)) == {"rewrites"}
    store.rewrites.add(rewrites)
    assert _faults(store) == {}


def test_a_file_that_is_no_workspace_is_one_fault(path: Path) -> None:
    path.write_text("hello")
    assert set(_faults(path)) == {"workspace"}


def test_a_run_that_was_cut_off_is_told(store: Store) -> None:
    store.runs.open("import", {})
    said_about = {check.name: check.sentence for check in examine(store)}
    assert said_about["runs"] == "1 run was cut off (import); the same command goes on"
