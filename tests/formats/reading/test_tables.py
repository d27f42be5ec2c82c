"""Tables as spreadsheets and pandas write them."""

from pathlib import Path
from typing import Any

import pytest

from curator.formats.reading import Record, open_source, read


def table(tmp_path: Path, content: str | bytes) -> tuple[str, list[Any]]:
    path = tmp_path / "table"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with open_source(str(path)) as source:
        reading = read(source)
        return reading.shape, [r.row for r in reading if isinstance(r, Record)]


@pytest.mark.parametrize(
    ("content", "shape", "rows"),
    [
        ("question|answer\na|b\n", "psv", [{"question": "a", "answer": "b"}]),
        ("sep=;\r\nquestion;answer\r\na;b\r\n", "scsv", [{"question": "a", "answer": "b"}]),
        (
            ",question,answer\n0,a,b\n",
            "csv",
            [{"Unnamed: 0": "0", "question": "a", "answer": "b"}],
        ),
        ("question,answer\ra,b\rc,d\r", "csv",
         [{"question": "a", "answer": "b"}, {"question": "c", "answer": "d"}]),
        ("K,C,L\nq,c,a\n", "csv", [{"K": "q", "C": "c", "L": "a"}]),
        ('prompt\n"one\ntwo"\nthree\n', "column", [{"prompt": "one\ntwo"}, {"prompt": "three"}]),
        ("\ufeffQuestion;Answer\nW?;N\n", "scsv", [{"Question": "W?", "Answer": "N"}]),
    ],
    ids=["bars", "sep", "index", "returns", "letters", "column", "capitals"],
)  # fmt: skip
def test_a_table_is_known_by_its_header(
    tmp_path: Path, content: str, shape: str, rows: list[Any]
) -> None:
    assert table(tmp_path, content) == (shape, rows)


@pytest.mark.parametrize(
    "content",
    [
        "Dear reader, hello\nit is me, again\n",
        "prompt us, please\nand wait, dear\n",
        "| question | answer |\n|---|---|\n| a | b |\n",
        "prompt\n",
        "Human: q, r\nAssistant: a, b\n",
    ],
)
def test_prose_with_commas_is_no_table(tmp_path: Path, content: str) -> None:
    assert table(tmp_path, content)[0] == "text"


def test_a_return_inside_a_cell_does_not_end_the_row(tmp_path: Path) -> None:
    assert table(tmp_path, 'question,answer\n"a\rb",c\n')[1] == [
        {"question": "a\rb", "answer": "c"}
    ]


def test_lists_that_numpy_printed_into_a_cell_are_read(tmp_path: Path) -> None:
    cell = "[{'role': 'user', 'content': \"it's } {\"}\n {'role': 'assistant', 'content': 'a\\nb'}]"
    quoted = cell.replace('"', '""')
    rows = table(tmp_path, f'id,messages\n1,"{quoted}"\n')[1]
    assert [m["content"] for m in rows[0]["messages"]] == ["it's } {", "a\nb"]
