"""Nothing that data or a pasted word says is obeyed by the terminal that a command prints to."""

import json
import re
from pathlib import Path

import pytest

from curator.cli import main
from curator.conversation import Conversation, Origin, Rewrite, Turn
from curator.store import Store
from tests.store.workspaces import said

#: A title, the clipboard, queries, pictures, C1, DEL, bidi, tag characters, markup.
HOSTILE = (
    "\x1b]0;t\x07\x1b]52;c;eA==\x1b\\\x1b[6n\x1b[c\x1bP+q544e\x1b\\\x1b_Ga=q;AA\x1b\\\x1bPq#0\x1b\\"
    "\x1b]1337;x\x07\x9b31m\x9d0;t\x9c\x7f\u202e\u2066\u200b\U000e0041[bold][/][@click=app.quit]"
)
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\U000e0041]")
LOOKS = (
    "status", "list", "list --json", "search new", "search new --json", "history",
    "history --json", "rollback d1", "rollback d1 --json", "snapshot list --json", "views",
    "signals", "failures --raw", "status --json", "list --where lang:en",
)  # fmt: skip
#: Commands that say again what was typed.
ECHOES = (
    ("tag", HOSTILE, "--where", "line:1", "--yes"),
    ("views", "save", HOSTILE, "--where", "line:1"), ("views", "delete", HOSTILE),
    ("rollback", HOSTILE), ("rollback", HOSTILE, "--since"), ("list", "--where", HOSTILE),
    ("list", "--view", HOSTILE), ("import", HOSTILE), ("why", f"{HOSTILE}:1"), (HOSTILE,),
    ("list", f"--{HOSTILE}"), ("signals", HOSTILE), ("snapshot", "diff", HOSTILE),
    ("backup", HOSTILE.replace("/", "")),
)  # fmt: skip


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HINDSIGHT_REVIEWER", "ann")
    path = tmp_path / "curator.duckdb"
    turns = (Turn("user", HOSTILE), Turn("assistant", HOSTILE), Turn("user", f"{HOSTILE} then"))
    chat = Conversation(turns, Origin(HOSTILE, 1, HOSTILE), {"language": "en", "x": HOSTILE})
    rewrite = Rewrite(chat.id, 1, HOSTILE, f"new {HOSTILE}", HOSTILE, "p")
    with Store(path) as store:
        store.conversations.add([chat])
        store.rewrites.add([rewrite])
        store.decisions.record(said(rewrite, "reject", HOSTILE))
        store.snapshots.save("one", HOSTILE)
    return path


@pytest.mark.parametrize("typed", [*(look.split() for look in LOOKS), *ECHOES])
def test_what_a_command_prints_is_inert(typed, capsys):
    main([*typed])
    told = capsys.readouterr()
    assert OBEYED.findall(told.out + told.err) == []


def test_json_that_is_inert_says_the_same(capsys):
    assert main(["search", "then", "--json"]) == 0
    out = capsys.readouterr().out
    assert json.loads(out)["hits"][0]["text"] == f"{HOSTILE} then"
    assert "\\u009b31m" in out
