from pathlib import Path

import pytest

from curator.cli import main
from curator.store import Store
from curator.store.journal import read_line
from tests.store.workspaces import fill, journal_of, said


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "curator.duckdb"
    with Store(path) as store:
        store.decisions.record(said(fill(store, 3)[0], "accept"))
    return path


def test_backup_makes_a_workspace_that_opens(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["backup", "copy.duckdb"]) == 0
    assert capsys.readouterr().out.startswith("copy.duckdb: ")
    with Store(path.with_name("copy.duckdb")) as copy:
        assert copy.decisions.count() == 1


def test_backup_onto_the_workspace_itself_is_refused(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["backup", "curator.duckdb"]) == 2
    assert "is the workspace itself" in capsys.readouterr().err
    with Store(path) as store:
        assert store.decisions.count() == 1


def decisions_in(journal: bytes) -> list[object]:
    acts = [read_line(line) for line in journal.splitlines()]
    return [decision for act in acts if act for decision in act.decisions]


def test_doctor_repairs_when_told_to(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = journal_of(path)
    whole = journal.read_bytes()
    journal.write_bytes(whole.replace(b'"workspace"', b'"workspac_"'))
    assert main(["doctor"]) == 4
    assert "doctor --repair" in capsys.readouterr().out
    assert main(["doctor", "--repair"]) == 0
    assert decisions_in(journal.read_bytes()) == decisions_in(whole)
    assert main(["doctor"]) == 0
