import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.conversation import Decision
from curator.store.journal import AHEAD, Act, Journal, read_line, write_line
from tests.store.workspaces import in_another_process


def _decision(seq: int, content: str | None = None) -> Decision:
    return Decision("r" * 32, "c" * 32, 1, "ann", "edit", content, op=f"op{seq}", seq=seq)


def _acts(count: int) -> list[list[Decision]]:
    """Acts of one, two, three … decisions, some of them Chinese."""
    acts, seq = [], 0
    for size in range(1, count + 1):
        acts.append([_decision(seq + n + 1, "改\n\r" * n) for n in range(size)])
        seq += size
    return acts


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "j.jsonl"


@given(st.text(), st.text(), st.integers(0, 2**40))
def test_a_line_says_what_was_written(content: str, reason: str, seq: int) -> None:
    content = content.encode("utf-8", "replace").decode()
    act = Act(1, decisions=(Decision("r", "c", 0, "安", "edit", content, reason, seq=seq),))
    line = write_line(act)
    assert line.count(b"\n") == 1
    assert read_line(line) == act


def test_a_line_with_any_bit_flipped_is_known_for_damaged() -> None:
    act = Act(1, decisions=(_decision(1, "hello 你好"),))
    line = write_line(act)[:-1]
    for at in range(len(line)):
        for bit in range(8):
            flipped = line[:at] + bytes([line[at] ^ 1 << bit]) + line[at + 1 :]
            assert read_line(flipped) in (None, act)  # act: a letter case of the checksum


def test_a_journal_cut_at_any_byte_keeps_exactly_its_whole_acts(path: Path) -> None:
    acts = _acts(2)
    Journal.create(path, "w", acts).close()
    whole = path.read_bytes()
    ends = [n for n, byte in enumerate(whole, 1) if byte == 10]
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        journal = Journal(path)
        act, torn = journal.tail()
        journal.cut(torn)
        # A line is whole with or without its newline; the first line holds no act.
        lines = sum(cut >= end - 1 for end in ends)
        assert [list(a.decisions) for a in journal.lines() if a][1:] == acts[: max(0, lines - 1)]
        assert (act is None) == (lines == 0)
        if act:
            journal.count = act.count
            journal.append([_decision(99)])
            assert journal.tail() == (Act(act.count + 1, decisions=(_decision(99),)), b"")
            assert None not in journal.lines()
        journal.close()


def test_the_count_goes_on_over_acts(path: Path) -> None:
    journal = Journal.create(path, "w")
    for act in _acts(3):
        journal.append(act)
    assert journal.count == 6
    assert [act.count for act in journal.lines() if act] == [0, 1, 3, 6]
    assert journal.workspace() == "w"
    journal.close()


def test_the_acts_behind_one_are_found_from_the_end(path: Path) -> None:
    journal = Journal.create(path, "w")
    assert journal.after(0, 0, "") == []
    for act in _acts(4):
        journal.append(act, settled=3)
    assert journal.after(10, 10, "op10") == []
    behind = journal.after(3, 3, "op3")
    assert behind is not None
    assert [(act.count, act.settled) for act in behind] == [(6, 3), (10, 3)]
    assert [act.count for act in journal.after(0, 0, "") or ()] == [1, 3, 6, 10]
    assert journal.after(3, 3, "another") is None
    assert journal.after(4, 4, "op4") is None
    journal.close()


def test_a_long_line_is_read_from_the_end_too(path: Path) -> None:
    journal = Journal.create(path, "w")
    journal.append([_decision(1, "长" * 200_000)])
    journal.append([_decision(2, "短")])
    assert journal.tail()[0] == Act(2, decisions=(_decision(2, "短"),))
    assert journal.after(1, 1, "op1") == [Act(2, decisions=(_decision(2, "短"),))]
    journal.close()


def _all(journal: Journal) -> list[list[Decision]]:
    """The acts, oldest first; the first line is none."""
    lines = list(journal.lines())
    assert None not in lines
    return [list(line.decisions) for line in lines if line][1:]


def test_a_line_within_room_leaves_the_size_of_the_file_alone(path: Path) -> None:
    journal = Journal.create(path, "w")
    journal.append([_decision(1)])
    assert journal.is_short
    journal.make_room()
    assert not journal.is_short
    size = path.stat().st_size
    for seq in range(2, 40):
        journal.append([_decision(seq, "改\0")])
        assert journal.tail()[0] == Act(seq, decisions=(_decision(seq, "改\0"),))
    assert path.stat().st_size == size
    assert len(_all(journal)) == 39
    assert len(journal.after(3, 3, "op3") or ()) == 36
    journal.close()
    assert b"\0" not in path.read_bytes()


def test_a_line_longer_than_the_room_is_kept_whole(path: Path) -> None:
    journal = Journal.create(path, "w")
    journal.make_room()
    journal.append([_decision(1, "长" * AHEAD)])
    assert journal.is_short
    journal.append([_decision(2)])
    journal.make_room()
    journal.append([_decision(3)])
    assert [act[0].seq for act in _all(journal)] == [1, 2, 3]
    journal.close()


def test_a_journal_torn_at_any_byte_of_its_room_keeps_exactly_its_whole_acts(path: Path) -> None:
    """As a power cut leaves it: of the last line some bytes came to disk, before or behind."""
    Journal.create(path, "w", [[_decision(1)]]).close()
    whole, line = path.read_bytes(), write_line(Act(2, decisions=(_decision(2, "改"),)))
    ends = range(len(line) - 3, len(line) + 1)
    for cut in (*range(0, len(line) - 3, 7), *ends):
        for begin in (line[:cut] + bytes(len(line) - cut), bytes(cut) + line[cut:]):
            path.write_bytes(whole + begin + bytes(5000))
            journal = Journal(path)
            act, torn = journal.tail()
            kept = begin.rstrip(b"\0") in (line, line[:-1])
            assert act is not None
            assert act.count == 1 + kept
            assert torn == (b"" if kept else begin.rstrip(b"\0"))
            journal.cut(torn)
            journal.count = act.count
            journal.append([_decision(9)])
            assert [found[0].seq for found in _all(journal)] == [1, 2, 9] if kept else [1, 9]
            journal.close()


@settings(max_examples=30)
@given(st.lists(st.sampled_from(("append", "long", "room", "close", "kill", "torn")), max_size=25))
def test_any_sequence_of_lines_room_ends_and_kills_keeps_all_acts(steps: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "j.jsonl"
        journal, expected = Journal.create(path, "w"), []
        for seq, step in enumerate(steps, 1):
            if step in ("append", "long"):
                expected.append([_decision(seq, "长" * (AHEAD // 6 if step == "long" else 1))])
                journal.append(expected[-1])
            elif step == "room":
                journal.make_room()
            elif step == "close":
                journal.close()
            else:  # the file is left as it is, and a line may be begun
                if step == "torn":
                    with path.open("r+b") as file:
                        file.seek(journal._size)
                        file.write(b'{"check":"')
                os.close(journal._file)
            if step in ("close", "kill", "torn"):
                journal = Journal(path)
                act, torn = journal.tail()
                assert act is not None
                assert torn == (b'{"check":"' if step == "torn" else b"")
                journal.cut(torn)
                journal.count = act.count
            assert journal.count == len(expected)
            assert _all(journal) == expected
        journal.close()
        assert path.stat().st_size == journal._size


@pytest.mark.parametrize("child", ["close", "leave"])
def test_a_forked_child_cuts_nothing_off(path: Path, child: str) -> None:
    journal = Journal.create(path, "w")
    journal.make_room()
    journal.append([_decision(1)])
    held, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.read(held, 1)
        if child == "close":
            journal.close()
        os._exit(0)
    journal.append([_decision(2)])
    os.write(told, b"x")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert [act[0].seq for act in _all(journal)] == [1, 2]
    journal.close()
    for end in (held, told):
        os.close(end)


#: No file may grow beyond so many bytes: room cannot be made, some lines can be written still.
NO_ROOM = """
import resource, signal, sys
from pathlib import Path
from curator.conversation import Decision
from curator.store.journal import AHEAD, Journal

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, resource.RLIM_INFINITY))
path = Path(sys.argv[1])
journal = Journal.create(path, "w")
kept = 0
while kept < 1000:
    if journal.is_short:
        journal.make_room()
    try:
        journal.append([Decision("r", "c", 1, "ann", "edit", "x" * 900, op="o", seq=kept + 1)])
    except OSError:
        break
    kept += 1
    assert path.stat().st_size == journal._size, "what could not be room stayed"
assert 20 < kept < 60, kept
assert journal.tail()[0].count == kept == journal.count
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
while not journal.is_short:
    kept += 1
    journal.append([Decision("r", "c", 1, "ann", "edit", "x" * 900, op="o", seq=kept)])
journal.make_room()
assert path.stat().st_size >= AHEAD
journal.close()
print(kept, sum(len(act.decisions) for act in Journal(path).lines()))
"""


def test_where_there_is_no_room_lines_are_appended_until_there_is(path: Path) -> None:
    answer = in_another_process(NO_ROOM, path)
    assert answer.returncode == 0, answer.stderr
    kept, found = answer.stdout.split()
    assert kept == found
