"""`curator history`, `rollback` and `snapshot`, as a person or a script calls them."""

import json
import signal

import pytest

from curator.cli import main
from curator.store import Store
from curator.store.acts import Acts
from tests.store.workspaces import chat


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "w.duckdb"
    with Store(path) as store:
        run = store.runs.open("import", {})
        store.conversations.add([chat(0), chat(1)], run)
        store.runs.close(run, "finished", {"conversations": 2})
    return path


def said(capsys, *words):
    code = main([*words])
    return code, capsys.readouterr()


def test_an_import_is_previewed_taken_back_and_restored(path, capsys):
    where = ("-w", str(path))
    code, told = said(capsys, "rollback", "r0", *where)
    assert code == 0
    assert "2 conversations leave sight" in told.out
    assert "nothing was changed" in told.out
    said(capsys, "snapshot", "save", "before", *where)
    _, told = said(capsys, "rollback", "r0", "--yes", "--json", *where)
    assert json.loads(told.out)["by"] == "r1"
    _, told = said(capsys, "snapshot", "diff", "before", "--json", *where)
    assert json.loads(told.out)["counts"] == {"left": 2}
    said(capsys, "rollback", "r1", "--yes", *where)
    _, told = said(capsys, "history", "--json", *where)
    acts = json.loads(told.out)["acts"]
    assert [(a["act"], a["stands"]) for a in acts] == [("r2", True), ("r1", False), ("r0", True)]
    _, told = said(capsys, "snapshot", "diff", "before", *where)
    assert told.out.endswith("\nnothing differs\n")


def test_an_act_that_is_not_there_is_one_sentence(path, capsys):
    code, told = said(capsys, "rollback", "d9", "-w", str(path))
    assert code == 2
    assert told.err == "curator: d9: there is no such act; `curator history` lists them\n"
    code, told = said(capsys, "snapshot", "diff", "nope", "-w", str(path))
    assert code == 2
    assert "known are now" in told.err


def test_one_act_says_what_it_changed(path, capsys):
    with Store(path) as store:
        ids = store.conversations.ids()
        store.tags.add(ids, "math", "ann")
    code, told = said(capsys, "history", "t0", "-w", str(path))
    assert code == 0
    assert all(f"tagged math 2 chats: {id_[:12]}\n" in told.out for id_ in ids)
    assert "`curator rollback t0`" in told.out
    _, told = said(capsys, "history", "r0", "--json", "-w", str(path))
    assert json.loads(told.out)["changed"] == ["2 conversations"]
    code, told = said(capsys, "history", "d9", "-w", str(path))
    assert code == 2
    assert told.err == "curator: d9: there is no such act; `curator history` lists them\n"


def test_who_and_when_stand_beside_every_act_and_every_change(path, capsys, monkeypatch):
    monkeypatch.setenv("HINDSIGHT_REVIEWER", "ann")
    where = ("-w", str(path))
    said(capsys, "snapshot", "save", "full", *where)
    said(capsys, "rollback", "r0", "--yes", "--reviewer", "bob", *where)
    _, told = said(capsys, "history", "--json", *where)
    assert [a["by"] for a in json.loads(told.out)["acts"]] == ["bob", "curator"]
    _, told = said(capsys, "snapshot", "list", *where)
    assert " ann " in told.out
    _, told = said(capsys, "snapshot", "diff", "full", "--json", *where)
    found = json.loads(told.out)
    assert (found["from"]["by"], found["to"]["name"]) == ("ann", "now")
    assert found["from"]["at"] <= found["rows"][0]["at"] <= found["to"]["at"]
    assert [row["who"] for row in found["rows"]] == ["bob", "bob"]
    _, told = said(capsys, "snapshot", "diff", "full", *where)
    first, *_, last = told.out.strip().splitlines()
    assert first.startswith("full (20")
    assert ", ann) → now (20" in first
    assert "UTC" in last
    assert "bob" in last


def test_a_journey_tells_how_far_it_is_and_ctrl_c_leaves_no_act_half_done(
    path, capsys, monkeypatch
):
    where = ("-w", str(path))
    with Store(path) as store:
        for tag in ("a", "b", "c"):
            store.tags.add_at([0, 1], tag, "ann")
    back = Acts.roll_back

    def interrupted(self, name, reviewer):
        if name == "t1":
            signal.raise_signal(signal.SIGINT)
        return back(self, name, reviewer)

    monkeypatch.setattr(Acts, "roll_back", interrupted)
    code, told = said(capsys, "rollback", "r0", "--since", "--yes", *where)
    assert code == 130
    assert "taken back: 6" in told.err
    assert "stopped after 2 acts, each taken back as a whole" in told.err
    with Store(path) as store:
        assert store.tags.names() == {"a": 2}
    monkeypatch.undo()
    code, _ = said(capsys, "rollback", "r0", "--since", "--yes", *where)
    assert code == 0
    with Store(path) as store:
        assert store.tags.names() == {}
