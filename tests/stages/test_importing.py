"""Importing keeps every good row, says what became of every other, and can be broken off."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from curator.errors import Cancelled, ConfigError, DataError
from curator.stages import importing
from curator.stages.base import Report, Silent
from curator.stages.intake import Intake
from curator.stages.runner import perform
from curator.store import Store


def chat(n: int, turns: int = 2) -> dict[str, Any]:
    """A ShareGPT record of its own words."""
    speakers = ("human", "gpt")
    return {
        "id": f"c{n}",
        "conversations": [
            {"from": speakers[i % 2], "value": f"What is {n} and {i}? 第{n}个问题。"}
            for i in range(turns)
        ],
    }


def lines(path: Path, rows: list[Any]) -> str:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return str(path)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work" / "w.duckdb"


def bring(workspace: Path, *files: str, **wishes: Any) -> Report:
    with Store(workspace) as store:
        config = importing.Config(files=files, **wishes)
        return perform(store, importing.STAGE, config, None, Silent())  # type: ignore[arg-type]


def balanced(report: Report) -> bool:
    """Whether rows in = kept + already there + rejected, for each file."""
    return all(row[2] == row[3] + row[4] + row[5] for row in report.rows)


def test_a_second_import_adds_nothing(tmp_path: Path, workspace: Path) -> None:
    file = lines(tmp_path / "a.jsonl", [chat(n) for n in range(20)])
    first = bring(workspace, file)
    again = bring(workspace, file)
    assert (first.counts["kept"], first.counts["already there"]) == (20, 0)
    assert (again.counts["kept"], again.counts["already there"]) == (0, 20)
    assert balanced(first)
    assert balanced(again)


def test_turns_come_back_as_they_were_written(tmp_path: Path, workspace: Path) -> None:
    odd = "‮ \x1b[2J  \n\t好 😀 \x00 \\ \" '"
    row = {"id": "x", "conversations": [{"from": "human", "value": odd}], "score": 10**40}
    bring(workspace, lines(tmp_path / "a.json", [row]), license="CC0-1.0", language="zh")
    with Store(workspace) as store:
        (found,) = store.conversations.iterate()
    assert [(t.role, t.content) for t in found.turns] == [("user", odd)]
    assert found.meta == {"score": 10**40, "license": "CC0-1.0", "language": "zh"}
    assert (found.origin.line, found.origin.format, found.origin.source_id) == (1, "sharegpt", "x")


def test_bad_rows_go_to_the_rejects_with_line_byte_and_reason(
    tmp_path: Path, workspace: Path
) -> None:
    good = json.dumps(chat(1)).encode()
    bad = [b'{"id": NaN}', b'{"id": "c", "conversations": [{"from": "cat", "value": "miau"}]}']
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\n".join([good, *bad, json.dumps(chat(2)).encode()]))
    report = bring(workspace, str(path))
    assert report.rows[0][2:6] == (4, 2, 0, 2)
    rejects = [
        json.loads(line)
        for line in (workspace.parent / "w.duckdb.rejects.jsonl").read_text().splitlines()
    ]
    assert [r["line"] for r in rejects] == [2, 3]
    assert path.read_bytes()[rejects[0]["byte"] :].startswith(bad[0])
    assert rejects[0]["reason"] == "NaN is not JSON"
    assert "cat" in rejects[1]["reason"]
    assert "miau" in rejects[1]["raw"]


def test_reading_a_mended_file_again_clears_its_rejects(tmp_path: Path, workspace: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(chat(1)) + "\n{oops\n")
    bring(workspace, str(path))
    lines(path, [chat(1), chat(2)])
    report = bring(workspace, str(path))
    assert report.rows[0][2:6] == (2, 1, 1, 0)
    assert not (workspace.parent / "w.duckdb.rejects.jsonl").exists()


def test_pieces_of_a_cut_chat_are_joined_where_their_numbers_say(
    tmp_path: Path, workspace: Path
) -> None:
    whole = chat(7, 10)["conversations"]
    rows = [
        {"id": "abc_0", "conversations": whole[:4]},
        {"id": "abc_3", "conversations": whole[3:6]},
        {"id": "abc_6", "conversations": whole[6:]},
        {"id": "xyz_0", "conversations": whole[:2]},
        {"id": "xyz_5", "conversations": whole[5:]},
    ]
    report = bring(workspace, lines(tmp_path / "a.json", rows))
    assert report.rows[0][2:] == (5, 5, 0, 0, 3)
    with Store(workspace) as store:
        found = list(store.conversations.iterate())
    assert [len(c.turns) for c in found] == [10, 2, 5]
    apart = workspace.with_name("apart.duckdb")
    assert bring(apart, str(tmp_path / "a.json"), join=False).counts["conversations"] == 5


def test_one_unreadable_file_does_not_stop_the_others(tmp_path: Path, workspace: Path) -> None:
    file = lines(tmp_path / "a.jsonl", [chat(1)])
    (tmp_path / "b.jsonl").write_bytes(b"")
    report = bring(workspace, str(tmp_path / "b.jsonl"), str(tmp_path / "c.jsonl"), file)
    assert report.counts["kept"] == 1
    assert len(report.failures) == 2
    with pytest.raises(DataError, match="is empty"):
        bring(workspace, str(tmp_path / "b.jsonl"))


def test_patterns_name_files_and_the_extension_does_not_matter(
    tmp_path: Path, workspace: Path
) -> None:
    for n in range(3):
        (tmp_path / f"part-{n}.csv").write_bytes(gzip.compress(json.dumps([chat(n)]).encode()))
    report = bring(workspace, str(tmp_path / "part-*.csv"))
    assert [row[3] for row in report.rows] == [1, 1, 1]
    with pytest.raises(DataError, match="no file matches"):
        bring(workspace, str(tmp_path / "*.nothing"))


def test_an_unknown_layout_is_refused_until_its_fields_are_mapped(
    tmp_path: Path, workspace: Path
) -> None:
    file = lines(tmp_path / "a.jsonl", [{"q1": "What is up?", "reply": "The sky.", "n": 1}])
    with pytest.raises(DataError, match=r"'q1', 'reply', 'n'.*--map"):
        bring(workspace, file)
    bring(workspace, file, map=("instruction=q1", "output=reply"))
    with Store(workspace) as store:
        (found,) = store.conversations.iterate()
    assert [t.content for t in found.turns] == ["What is up?", "The sky."]
    assert found.meta["n"] == 1
    with pytest.raises(ConfigError, match="FIELD=NAME"):
        bring(workspace, file, map=("instruction",))
    with pytest.raises(ConfigError, match="did you mean sharegpt"):
        bring(workspace, file, as_format="sharegtp")


def test_rows_of_another_layout_are_read_by_their_own(tmp_path: Path, workspace: Path) -> None:
    other = {"instruction": "Say hello", "input": "", "output": "Hello."}
    report = bring(workspace, lines(tmp_path / "a.jsonl", [chat(1), chat(2), other, chat(3)]))
    assert report.rows[0][1:6] == ("sharegpt", 4, 4, 0, 0)
    with Store(workspace) as store:
        assert store.conversations.summary().by_format == (("sharegpt", 3), ("alpaca", 1))


def test_explaining_imports_nothing(tmp_path: Path, workspace: Path) -> None:
    report = bring(workspace, lines(tmp_path / "a.json", [chat(1)] * 5), explain=True)
    words = "\n".join(report.lines)
    assert "one JSON value a line" in words
    assert "layout sharegpt" in words
    assert "conversations[0].value -> turn 0, user" in words
    assert len({row[1] for row in report.rows}) == 3
    with Store(workspace) as store:
        assert store.conversations.count() == 0


def test_what_is_out_of_order_is_counted(tmp_path: Path, workspace: Path) -> None:
    leading = {"id": "l", "conversations": chat(1, 3)["conversations"][1:]}
    report = bring(workspace, lines(tmp_path / "a.json", [leading, chat(2)]))
    assert any("leading-assistant 1" in line and "trailing-user 1" in line
               for line in report.lines)  # fmt: skip


def test_stopping_keeps_what_was_read_and_a_second_run_completes(
    tmp_path: Path, workspace: Path
) -> None:
    class Stop(Silent):
        def step(self, n: int = 1, note: str = "") -> None:  # noqa: ARG002
            raise Cancelled("stopped")

    file = lines(tmp_path / "a.jsonl", [chat(n) for n in range(1000)])
    with Store(workspace) as store:
        config = importing.Config(files=(file,))
        with pytest.raises(Cancelled):
            perform(store, importing.STAGE, config, None, Stop())  # type: ignore[arg-type]
        kept = store.conversations.count()
    report = bring(workspace, file)
    assert 0 < kept < 1000
    assert report.counts["already there"] == kept
    assert report.counts["kept"] == 1000 - kept


def test_killed_in_the_middle_nothing_is_half_there_and_it_completes(
    tmp_path: Path, workspace: Path
) -> None:
    rows = [chat(n, 12) for n in range(6000)]
    file = lines(tmp_path / "a.jsonl", rows)
    code = (
        "import sys; from pathlib import Path; from curator.store import Store\n"
        "from curator.stages import importing, intake; from curator.stages.base import Silent\n"
        "intake.BATCH_TURNS = 3000\n"
        "with Store(Path(sys.argv[1])) as store:\n"
        "    importing.run(store, importing.Config(files=(sys.argv[2],)), None, Silent())\n"
    )
    for delay in (0.15, 0.4):
        child = subprocess.Popen([sys.executable, "-c", code, str(workspace), file])
        deadline = time.monotonic() + 120
        wal = workspace.with_name(workspace.name + ".wal")
        while child.poll() is None and time.monotonic() < deadline:
            if wal.exists() and wal.stat().st_size > 200_000:
                time.sleep(delay)
                os.kill(child.pid, signal.SIGKILL)
                break
            time.sleep(0.01)
        child.wait(300)
        with Store(workspace) as store:
            assert all(len(c.turns) == 12 for c in store.conversations.iterate())
    report = bring(workspace, file)
    assert report.counts["kept"] + report.counts["already there"] == 6000  # type: ignore[operator]
    with Store(workspace) as store:
        assert store.conversations.count() == 6000
        assert len(set(store.conversations.ids())) == 6000


KILLED = """
import sys
from pathlib import Path
from curator.formats.reading import decoding, lines, opening, shapes
from curator.stages import accounts, importing
from curator.stages.base import Silent
from curator.stages.intake import Intake
from curator.store import Store, bulk

decoding.LARGE, shapes.LARGE, bulk.ROW_GROUP = 0, 0, 301  # chats are committed in two halves
opening.CHUNK, opening.HEAD, lines.STRETCH = 5000, 5000, 9000
accounts.BATCH_TURNS, accounts.BATCH_CHARACTERS = 300, 20000
take, taken = Intake._take_block, []

def marked(self, *given):
    taken.append(1)
    if len(taken) == int(sys.argv[2]):
        Path(sys.argv[3]).touch()
        sys.stdin.read()  # until somebody kills this process
    return take(self, *given)

Intake._take_block = marked
with Store(Path(sys.argv[1])) as store:
    importing.run(store, importing.Config(files=tuple(sys.argv[4:])), None, Silent())
"""


def test_a_compiled_pass_that_was_killed_goes_on_to_the_rows_of_an_unbroken_one(
    tmp_path: Path,
) -> None:
    files = mixed(tmp_path)
    for name in ("broken", "whole"):
        (tmp_path / name).mkdir()
    workspace = tmp_path / "broken" / "w.duckdb"
    kept = []
    for block in (12, 25):
        mark = tmp_path / f"mark{block}"
        command = [sys.executable, "-c", KILLED, str(workspace), str(block), str(mark), *files]
        child = subprocess.Popen(command, stdin=subprocess.PIPE)
        while not mark.exists() and child.poll() is None:
            time.sleep(0.02)
        child.kill()
        assert child.wait(300) == -signal.SIGKILL
        with Store(workspace) as store:
            kept.append(store.conversations.count())
    assert 0 < kept[0] < kept[1]
    bring(workspace, *files)
    bring(tmp_path / "whole" / "w.duckdb", *files)
    broken, whole = (said(tmp_path / name / "w.duckdb") for name in ("broken", "whole"))
    assert broken == whole
    assert kept[1] < len(whole["chats"])


def said(workspace: Path) -> dict[str, list[Any]]:
    """What a workspace holds, whatever the order and the run that it came in with."""
    with Store(workspace) as store:
        return {
            "chats": store.connection.rows(
                "select * exclude (ord, run_id) from conversations order by all"
            ),
            "turns": store.connection.rows(
                """
                select c.id, t.* exclude (ord) from turns t join conversations c using (ord)
                order by c.id, turn_index
                """
            ),
            "rejects": store.connection.rows(
                "select file, line, byte, reason from rejects order by all"
            ),
        }


def mixed(folder: Path) -> list[str]:
    """Files of four layouts with clean rows, odd rows, broken rows and repetitions."""
    said = [f"Tell me the story of the number {n}, please." for n in range(400)]
    rows: dict[str, list[Any]] = {
        "ultrachat": [{"id": str(n), "data": [a, f"It is {n}."]} for n, a in enumerate(said)],
        "sharegpt": [chat(n) for n in range(400)],
        "messages": [
            {"messages": [{"role": "user", "content": a}, {"role": "assistant", "content": "七"}]}
            for a in said
        ],
        "prompted": [
            {
                "prompt": a,
                "prompt_id": n,
                "messages": [
                    {"role": "system", "content": "Be kind."},
                    {"role": "user", "content": a},
                    {"role": "assistant", "content": f"Of course, it is {n % 50}."},
                ],
            }
            for n, a in enumerate(said)
        ],
    }
    odd: list[Any] = [
        {"data": ["a", "b", "c"]},
        {"data": ["a", ""], "id": 5},
        {"data": ["Why?", "So.\nHuman: more\nAssistant: yes"], "license": "MIT"},
        {"messages": [{"role": "user", "content": "x"}], "tools": [{"name": "f"}]},
        {"data": [1, 2]},
        {"data": []},
        {"conversations": [{"from": "nobody", "value": "x"}]},
        "text alone",
        {"id": "again", "data": [said[150], "It is 150."]},
    ]
    files = []
    for name, several in rows.items():
        file = folder / f"{name}.jsonl"
        lines(file, several[:150] + odd + several[150:] + several[:20])
        text = file.read_bytes().split(b"\n")
        text[200:200] = [
            b'{"data": ["a", "b"',
            b'{"id": 1, "id": 2, "data": ["a", "b"]}',
            b"<<<<<<<",
        ]
        file.write_bytes(b"\n".join(text))
        files.append(str(file))
    return files


def tables(workspace: Path) -> dict[str, Any]:
    with Store(workspace) as store:
        return {
            name: store.connection.rows(f"select * exclude (run_id) from {name} order by all")
            for name in ("conversations", "rejects")
        } | {"turns": store.connection.rows("select * from turns order by ord, turn_index")}


def test_the_shortcut_fills_the_workspace_as_the_long_way_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "short").mkdir()
    (tmp_path / "long").mkdir()
    files = mixed(tmp_path)
    short = bring(tmp_path / "short" / "w.duckdb", *files, license="CC0-1.0")
    monkeypatch.setattr("curator.formats.plain.shortcut", lambda _: None)
    long = bring(tmp_path / "long" / "w.duckdb", *files, license="CC0-1.0")
    assert tables(tmp_path / "short" / "w.duckdb") == tables(tmp_path / "long" / "w.duckdb")
    assert short.rows == long.rows
    assert balanced(short)
    assert [line for line in short.lines if "workspace" not in line and ".rejects" not in line] == [
        line for line in long.lines if "workspace" not in line and ".rejects" not in line
    ]
    assert short.counts["rejected"] > 4
    assert short.counts["already there"] > 80


def test_the_compiled_pass_fills_the_workspace_as_the_long_way_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fast").mkdir()
    (tmp_path / "long").mkdir()
    files = mixed(tmp_path)
    monkeypatch.setattr("curator.formats.plain.shortcut", lambda _: None)
    long = bring(tmp_path / "long" / "w.duckdb", *files, license="CC0-1.0")
    monkeypatch.setattr("curator.formats.reading.shapes.LARGE", 0)
    for size in ("CHUNK", "HEAD"):
        monkeypatch.setattr(f"curator.formats.reading.opening.{size}", 5000)
    monkeypatch.setattr("curator.formats.reading.lines.STRETCH", 9000)
    blocks = []
    take = Intake._take_block
    monkeypatch.setattr(
        Intake, "_take_block", lambda self, *given: blocks.append(given) or take(self, *given)
    )
    fast = bring(tmp_path / "fast" / "w.duckdb", *files, license="CC0-1.0")
    assert sum(len(block) for _, block in blocks) > 1000
    assert tables(tmp_path / "fast" / "w.duckdb") == tables(tmp_path / "long" / "w.duckdb")
    assert fast.rows == long.rows
    assert balanced(fast)
    again = bring(tmp_path / "fast" / "w.duckdb", *files)
    assert again.counts["kept"] == 0
    assert balanced(again)


def test_a_table_of_any_columns_is_read_when_they_are_mapped(
    tmp_path: Path, workspace: Path
) -> None:
    file = tmp_path / "t.csv"
    file.write_text('title,body\n"What, then?",This.\n', encoding="utf-8")
    report = bring(workspace, str(file), map=("instruction=title", "output=body"))
    assert report.counts["kept"] == 1
    with Store(workspace) as store:
        (found,) = store.conversations.iterate()
    assert [turn.content for turn in found.turns] == ["What, then?", "This."]


def test_lists_that_python_printed_into_a_table_are_read(tmp_path: Path, workspace: Path) -> None:
    file = tmp_path / "t.csv"
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "it's"}]
    file.write_text(f'id,messages\n1,"{turns}"\n2,"[broken]"\n'.replace('"it\'s"', '""it\'s""'))
    report = bring(workspace, str(file))
    assert (report.counts["kept"], report.counts["rejected"]) == (1, 1)
    with Store(workspace) as store:
        (found,) = store.conversations.iterate()
    assert [turn.content for turn in found.turns] == ["q", "it's"]


def test_an_encoding_that_no_byte_gives_away_can_be_named(tmp_path: Path, workspace: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes("question,answer\nOù?,À côté.\n".encode("cp1252"))
    with pytest.raises(DataError, match="not UTF-8; name its encoding"):
        bring(workspace, str(file))
    assert bring(workspace, str(file), encoding="cp1252").counts["kept"] == 1
    with Store(workspace) as store:
        (found,) = store.conversations.iterate()
    assert [turn.content for turn in found.turns] == ["Où?", "À côté."]
    with pytest.raises(ConfigError, match="--encoding latin-99: no such encoding"):
        bring(workspace, str(file), encoding="latin-99")


def test_a_file_that_cannot_be_read_is_named_once(tmp_path: Path, workspace: Path) -> None:
    good = lines(tmp_path / "a.jsonl", [chat(1)])
    report = bring(workspace, good, str(tmp_path / "none.jsonl"))
    (line,) = [line for line in report.lines if "no such file" in line]
    assert line.count("none.jsonl") == 1


def test_the_workspaces_own_files_are_not_read_as_chats(workspace: Path) -> None:
    lines(workspace.parent / "a.jsonl", [chat(1)])
    bring(workspace, str(workspace.parent / "a.jsonl"))
    report = bring(workspace, str(workspace.parent / "*.jsonl"))
    assert [Path(str(row[0])).name for row in report.rows] == ["a.jsonl"]
    with pytest.raises(ConfigError, match="workspace itself"):
        bring(workspace, str(workspace.with_name("w.duckdb.journal.jsonl")))


def test_an_archive_is_read_file_by_file_and_each_has_its_account(
    tmp_path: Path, workspace: Path
) -> None:
    import zipfile

    name = tmp_path / "a.zip"
    with zipfile.ZipFile(name, "w") as archive:
        archive.writestr("one.jsonl", json.dumps(chat(1)) + "\n{oops\n")
        archive.writestr("two.json", json.dumps([chat(2), chat(3)]))
    report = bring(workspace, str(name))
    assert [row[0] for row in report.rows] == [f"{name}!one.jsonl", f"{name}!two.json"]
    assert [row[2:6] for row in report.rows] == [(2, 1, 0, 1), (2, 2, 0, 0)]
    assert bring(workspace, f"{name}!two.json").counts["already there"] == 2
    with Store(workspace) as store:
        assert [r.file for r in store.rejects.all()] == [f"{name}!one.jsonl"]
        assert {c.origin.source for c in store.conversations.iterate()} == {
            f"{name}!one.jsonl", f"{name}!two.json"
        }  # fmt: skip


def test_a_broken_archive_does_not_stop_the_others(tmp_path: Path, workspace: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 and no more")
    report = bring(workspace, str(tmp_path / "a.zip"), lines(tmp_path / "b.jsonl", [chat(1)]))
    assert report.counts["kept"] == 1
    assert "damaged or cut ZIP archive" in report.failures[0].reason


def test_pieces_in_several_files_are_joined_and_each_row_counts_in_its_own(
    tmp_path: Path, workspace: Path
) -> None:
    whole = chat(7, 10)["conversations"]
    files = [
        lines(tmp_path / "a.json", [{"id": "abc_4", "conversations": whole[4:]}]),
        lines(tmp_path / "b.json", [{"id": "abc_0", "conversations": whole[:4]}, chat(1)]),
    ]
    report = bring(workspace, *files, join=True)
    assert [row[2:] for row in report.rows] == [(1, 1, 0, 0, 0), (2, 2, 0, 0, 2)]
    with Store(workspace) as store:
        found = {len(c.turns): c.origin.source for c in store.conversations.iterate()}
    assert found == {10: files[1], 2: files[1]}
    again = bring(workspace, *files, join=True)
    assert [row[2:6] for row in again.rows] == [(1, 0, 1, 0), (2, 0, 2, 0)]


def test_a_language_that_is_written_out_becomes_its_code(tmp_path: Path, workspace: Path) -> None:
    row = {"instruction": "你好", "output": "您好", "language": "Chinese"}
    bring(workspace, lines(tmp_path / "a.jsonl", [row]))
    with Store(workspace) as store:
        assert [c.meta["language"] for c in store.conversations.iterate()] == ["zh"]


def test_rows_of_other_layouts_are_told_and_none_is_taken_when_one_is_named(
    tmp_path: Path, workspace: Path
) -> None:
    rows = [chat(1), chat(2), {"instruction": "q", "output": "a"}]
    file = lines(tmp_path / "a.jsonl", rows)
    assert f"{file}: rows of other layouts: alpaca 1" in bring(workspace, file).lines
    report = bring(workspace.with_name("b.duckdb"), file, as_format="sharegpt")
    assert report.rows[0][2:6] == (3, 2, 0, 1)
    assert report.data["reasons"] == {"field `conversations` is missing": 1}
