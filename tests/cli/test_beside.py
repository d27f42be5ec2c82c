"""In the next pane of the terminal: what looks is shown what the app has open, the rest is told."""

from pathlib import Path

import pytest

from curator.cli import main
from curator.store import Store
from tests.store.workspaces import fill, said

LOOKS = (
    "status", "list", "list --where line:2..3 --sample", "search one", "failures", "history",
    "rollback d1", "rollback d1 --since", "snapshot list", "snapshot diff one", "signals",
    "signals G01", "views", "tag", "restore", "doctor",
)  # fmt: skip
WRITES = (
    "tag more --where line:1 --yes", "untag sums --where line:1 --yes", "rollback d1 --yes",
    "snapshot save two", "views save v --where line:1", "search --rebuild", "restore --all",
    "decide reject --where line:1 --yes", "import chats.jsonl", "score", "tag --undo",
)  # fmt: skip


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HINDSIGHT_REVIEWER", "ann")
    path = tmp_path / "curator.duckdb"
    with Store(path) as store:
        store.decisions.record(said(fill(store, 6)[0], "accept"))
        store.tags.add_at([0, 1], "sums", "ann")
        store.snapshots.save("one", "ann")
    return path


@pytest.fixture
def run(capsys):
    """Run a command; its exit code, what it printed and what it complained of."""

    def run(typed):
        code = main(typed.split())
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


@pytest.mark.parametrize("typed", LOOKS)
def test_what_only_looks_says_the_same_while_the_workspace_is_open(path, run, typed):
    alone = run(typed)
    with Store(path) as store:
        store.let_look()
        beside = run(typed)
    if typed == "doctor":
        # The table breaks a long path, and what follows it, where its column ends.
        assert "is checked when nobody has it open" in " ".join(beside[1].split())
        assert "in use" not in beside[1]
        return
    if "diff" in typed:  # "now" has moved on
        alone, beside = ((code, out.split("\n")[1:], err) for code, out, err in (alone, beside))
    assert beside == alone
    assert beside[0] == (2 if typed.startswith("rollback r") else 0), beside


@pytest.mark.parametrize("typed", WRITES)
def test_what_writes_is_told_who_has_the_workspace_open(path, run, typed):
    Path("chats.jsonl").write_text('{"messages": [{"role": "user", "content": "hello"}]}\n')
    with Store(path) as store:
        store.let_look()
        code, out, err = run(typed)
        assert store.decisions.count() == 1
        assert store.tags.names() == {"sums": 2}
    assert (code, out) == (4, "")
    assert f"{path} is in use by process " in err
    assert err.count("\n") == 1


def test_a_backup_can_be_made_while_the_app_is_open(path, run, tmp_path):
    with Store(path) as store:
        store.let_look()
        code, out, _ = run("backup copy.duckdb")
    assert code == 0
    assert "rows copied" in out
    with Store(tmp_path / "copy.duckdb") as copy:
        assert copy.decisions.count() == 1


def test_a_search_beside_the_app_uses_the_index_and_makes_none(path, run):
    with Store(path) as store:
        store.let_look()
        store.searching.build()
        before = sorted(file.name for file in store.searching.folder.iterdir())
        code, out, err = run("search one")
        assert (code, err) == (0, "")
        assert "6 chats found" in out
        assert sorted(file.name for file in store.searching.folder.iterdir()) == before
