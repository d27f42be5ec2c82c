"""One object around all the records of a file."""

import json
from pathlib import Path
from typing import Any

import pytest

from curator.formats.reading import Record, Spoiled, open_source, read

ROWS = [{"instruction": f"q{n}", "input": "", "output": "a" * n} for n in range(1, 6)]


def records(tmp_path: Path, text: str) -> tuple[list[Any], list[str]]:
    file = tmp_path / "all.json"
    file.write_text(text, encoding="utf-8")
    with open_source(str(file)) as source:
        reading = read(source)
        found = [r.row if isinstance(r, Record) else r for r in reading]
    return found, reading.notes


WRAPPED: dict[str, Any] = {
    "under a key": {"data": ROWS},
    "after other fields": {"version": "1.0", "about": {"by": ["us"]}, "data": ROWS, "end": [1]},
    "in two lists": {"train": ROWS[:3], "test": ROWS[3:]},
    "as columns": {key: [row[key] for row in ROWS] for key in ROWS[0]},
    "as columns by number": {
        key: {str(n): row[key] for n, row in enumerate(ROWS)} for key in ROWS[0]
    },
}


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("kind", WRAPPED)
def test_records_are_found_inside_an_object(tmp_path: Path, kind: str, indent: int | None) -> None:
    found, _ = records(tmp_path, json.dumps(WRAPPED[kind], indent=indent))
    assert found == ROWS


@pytest.mark.parametrize("indent", [None, 1])
def test_records_under_their_ids_keep_them(tmp_path: Path, indent: int | None) -> None:
    found, _ = records(
        tmp_path, json.dumps({f"c{n}": r for n, r in enumerate(ROWS)}, indent=indent)
    )
    assert found == [{"id": f"c{n}", **row} for n, row in enumerate(ROWS)]


CHATS: list[dict[str, Any]] = [
    {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]},
    {"instruction": "i", "conversations": [{"question": "q", "answer": "a"}]},
    {"prompt": "q", "responses": [{"response": "a"}, {"response": "b"}]},
    {"instruction": "q", "output": ["a", "b"]},
    {"unheard": {"of": [1, 2]}},
]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("chat", CHATS, ids=str)
def test_an_object_that_is_a_chat_itself_is_left_alone(
    tmp_path: Path, chat: dict[str, Any], indent: int | None
) -> None:
    assert records(tmp_path, json.dumps(chat, indent=indent))[0] == [chat]


def test_a_broken_record_inside_costs_itself_alone(tmp_path: Path) -> None:
    text = json.dumps({"data": ROWS}, indent=1).replace('"q3"', '"q3')
    found, notes = records(tmp_path, text)
    assert [row for row in found if not isinstance(row, Spoiled)] == ROWS[:2] + ROWS[3:]
    assert len(found) == len(ROWS)
    assert not any("cut" in note for note in notes)


def test_a_cut_object_gives_every_whole_record_before_the_cut(tmp_path: Path) -> None:
    text = json.dumps({"version": 1, "data": ROWS})
    found, notes = records(tmp_path, text[: text.index('"q5"')])
    assert found[:4] == ROWS[:4]
    assert any("may be cut" in note for note in notes)


def test_what_stands_around_the_records_is_named(tmp_path: Path) -> None:
    _, notes = records(tmp_path, json.dumps({"version": 1, "data": ROWS, "end": 2}))
    assert "`data`, `version` beside them left out, `end` beside them left out" in notes[-1]


def test_a_list_larger_than_any_record_may_be_is_read_row_by_row(tmp_path: Path) -> None:
    rows = [{"instruction": f"q{n}", "input": "", "output": "a" * 9000} for n in range(2500)]
    found, _ = records(tmp_path, json.dumps({"data": rows}))
    assert found == rows


def test_a_column_with_foreign_bytes_costs_its_own_row(tmp_path: Path) -> None:
    file = tmp_path / "all.json"
    file.write_bytes(json.dumps(WRAPPED["as columns"]).encode().replace(b'"q3"', b'"q\xbd"'))
    with open_source(str(file)) as source:
        found = list(read(source))
    assert [isinstance(one, Spoiled) for one in found] == [n == 2 for n in range(5)]


@pytest.mark.parametrize("answer", ['"a"', '{"role": "assistant", "content": "a"}', "3"])
def test_a_record_with_a_chat_in_one_field_is_no_object_of_chats(
    tmp_path: Path, answer: str
) -> None:
    path = tmp_path / "one.jsonl"
    asked = '[{"role": "user", "content": "q"}]'
    path.write_text(f'{{"input": {asked}, "output": {answer}}}\n')
    with open_source(str(path)) as source:
        (record,) = list(read(source))
    assert isinstance(record, Record)
    assert set(record.row) == {"input", "output"}


def test_the_rows_of_a_viewer_are_found_in_their_list(tmp_path: Path) -> None:
    rows = [{"row_idx": n, "row": {"instruction": f"q{n}", "output": "a"}} for n in range(3)]
    path = tmp_path / "rows.json"
    path.write_text(json.dumps({"features": [], "rows": rows, "num_rows_total": 3}))
    with open_source(str(path)) as source:
        assert [r.row for r in read(source) if isinstance(r, Record)] == rows


def test_a_log_with_times_in_brackets_is_a_text(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_text("[2024-01-01 10:00] User: q\n[2024-01-01 10:01] Assistant: a\n")
    with open_source(str(path)) as source:
        assert read(source).shape == "text"
