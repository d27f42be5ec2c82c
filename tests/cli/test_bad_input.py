"""Bad input gets one sentence with what, where and what to do, the right code, and no traceback."""

import json
import os
import sqlite3

import pytest

from curator.cli import main
from curator.store import Store

CHAT = {
    "id": "a",
    "conversations": [
        {"from": "human", "value": "Name a prime number."},
        {"from": "gpt", "value": "Nine is a prime number."},
        {"from": "human", "value": "That is wrong, nine is three times three."},
        {"from": "gpt", "value": "You are right. Seven is a prime number."},
    ],
}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """An empty folder, with nobody's settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("curator.settings.user_file", lambda: tmp_path / "none" / "curator.toml")
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "HINDSIGHT_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def chats(here):
    path = here / "chats.json"
    path.write_text(json.dumps([CHAT]), encoding="utf-8")
    return path


def told(capsys, *argv):
    """The exit code and the one line on the error stream that begins with our name."""
    code = main(list(argv))
    err = capsys.readouterr().err
    assert "Traceback" not in err
    lines = [line for line in err.splitlines() if line.startswith("curator: ")]
    assert len(lines) == 1, err
    return code, lines[0]


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (["imprt", "x"], 2, "did you mean 'import'"),
        (["import", "--limt", "3", "x"], 2, "Did you mean --limit"),
        (["import"], 2, "import"),
        (["import", "nowhere.json"], 3, "nowhere.json"),
        (["reflect", "--limit", "many"], 2, "--limit"),
        (["status"], 4, "no workspace"),
        (["review"], 2, "needs a terminal"),
        (["models", "get", "smollm"], 2, "smollm2-135m-instruct"),
    ],
)
def test_a_wrong_command_is_one_sentence(capsys, argv, code, words):
    got, line = told(capsys, *argv)
    assert words in line
    assert got == code


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.json", b"", "empty"),
        ("blank.jsonl", b"  \n\n", "blanks"),
        ("picture.json", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 8, "picture"),
        ("program.json", bytes(range(256)) * 40, "binary"),
        ("odd.json", b'[{"colour": "red", "size": 3}]', "layout"),
    ],
)
def test_a_file_that_is_no_chat_data_is_refused_by_name(capsys, here, name, content, words):
    (here / name).write_bytes(content)
    code, line = told(capsys, "import", name)
    assert code == 3
    assert name in line
    assert words in line


def test_half_an_array_yields_every_whole_record(capsys, here):
    text = json.dumps(
        [
            {**CHAT, "id": str(i)}
            | {
                "conversations": [
                    {**turn, "value": f"{turn['value']} ({i})"} for turn in CHAT["conversations"]
                ]
            }
            for i in range(5)
        ]
    )
    (here / "half.json").write_text(text[: int(len(text) * 0.7)], encoding="utf-8")
    assert main(["import", "half.json", "--json"]) in (0, 6)
    counts = json.loads(capsys.readouterr().out)
    assert counts["kept"] == 3
    assert counts["rows"] == counts["kept"] + counts["already there"] + counts["rejected"]


def test_an_unknown_setting_names_the_file_and_what_was_meant(capsys, here, chats):
    (here / "curator.toml").write_text("[import]\nlicence = 'MIT'\n", encoding="utf-8")
    code, line = told(capsys, "import", str(chats))
    assert code == 2
    assert "licence" in line
    assert "--license" in line


def test_a_locked_workspace_says_who_holds_it(capsys, here, chats):
    with Store(here / "curator.duckdb"):
        code, line = told(capsys, "import", str(chats))
    assert code == 4
    assert "curator.duckdb" in line
    assert f"process {os.getpid()}" in line


def test_a_foreign_workspace_is_left_alone(capsys, here, chats):
    path = here / "curator.duckdb"
    with sqlite3.connect(path) as other:
        other.execute("create table t (x)")
    before = path.read_bytes()
    code, line = told(capsys, "import", str(chats))
    assert code == 4
    assert "curator.duckdb" in line
    assert path.read_bytes() == before


def test_a_missing_folder_is_named(capsys, chats):
    code, line = told(capsys, "import", str(chats), "-w", "no/such/folder/x.duckdb")
    assert code == 4
    assert "no/such/folder" in line


def test_an_endpoint_that_is_down_is_named_and_nothing_is_lost(capsys, here, chats):
    assert main(["import", str(chats)]) == 0
    (here / "curator.toml").write_text(
        '[engines.default]\nbase_url = "http://127.0.0.1:9/v1"\nmodel = "m"\n', encoding="utf-8"
    )
    capsys.readouterr()
    code, line = told(capsys, "reflect")
    assert code in (5, 6)
    assert "127.0.0.1:9" in line
    with Store(here / "curator.duckdb") as store:
        assert store.conversations.count() == 1
        assert store.rewrites.count() == 0


def test_explaining_a_file_makes_no_workspace(here, chats, capsys):
    assert main(["import", "--explain", str(chats)]) == 0
    assert "layout sharegpt" in capsys.readouterr().out
    assert sorted(p.name for p in here.iterdir()) == ["chats.json"]
    (here / "bad.json").write_text("{")
    assert told(capsys, "import", "--explain", "bad.json")[0] == 3
    assert told(capsys, "import", "--explain", "bad.json", str(chats))[0] == 6
    assert sorted(p.name for p in here.iterdir()) == ["bad.json", "chats.json"]
