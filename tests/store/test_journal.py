from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.conversation import Decision
from curator.store.journal import Act, Journal, read_line, write_line


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
