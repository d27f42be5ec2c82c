"""Every way a file can be broken has a decided answer."""

import gzip
import json
import random
import zlib
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.errors import DataError
from curator.formats.reading import Limits, Record, Spoiled, open_source, read

ROWS = [
    {"id": f"chat {n}", "conversations": [{"from": "human", "value": f"第{n}问?\n\"x\": {{"},
                                          {"from": "gpt", "value": "Yes — 好。"}]}
    for n in range(5)
]  # fmt: skip


def jsonl(rows: list[object]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def array(rows: list[object], indent: int | None = 2) -> bytes:
    return json.dumps(rows, ensure_ascii=False, indent=indent).encode()


def outcome(
    path: Path, content: bytes, limits: Limits | None = None
) -> tuple[list[object], list[str], list[str]]:
    """Good rows, reasons of the spoiled, notes."""
    path.write_bytes(content)
    limits = limits or Limits()
    with open_source(str(path), limits) as source:
        reading = read(source, limits)
        found = list(reading)
    return (
        [r.row for r in found if isinstance(r, Record)],
        [r.reason for r in found if isinstance(r, Spoiled)],
        reading.notes,
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "chats.bin"


@pytest.mark.parametrize(
    "content",
    [
        jsonl(ROWS),
        array(ROWS),
        array(ROWS, None),
        jsonl(ROWS).replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + array(ROWS),
        jsonl(ROWS).decode().encode("utf-16"),
        array(ROWS).decode().encode("utf-16-le"),
        jsonl(ROWS).decode().encode("utf-16-be"),
        gzip.compress(jsonl(ROWS[:2])) + gzip.compress(jsonl(ROWS[2:])),
        b"\n\n" + jsonl(ROWS)[:-1],
        b"".join(json.dumps(row, indent=1).encode() + b"\n" for row in ROWS),
        b"[\n" + b",\n".join(jsonl([row]).strip() for row in ROWS) + b"\n]",
        b",\n".join(jsonl([row]).strip() for row in ROWS),
        jsonl(ROWS) + b"\x00" * 4096,
    ],
    ids=[
        "lines", "array", "array in one line", "CRLF", "BOM", "UTF-16", "UTF-16-LE unmarked",
        "UTF-16-BE unmarked", "two gzip members", "blank lines", "objects over many lines",
        "one a line in an array", "lines with commas", "a tail of NULs",
    ],
)  # fmt: skip
def test_the_same_rows_come_out_of_every_clean_shape(file: Path, content: bytes) -> None:
    rows, spoiled, _ = outcome(file, content)
    assert rows == ROWS
    assert spoiled == []


def test_zstd_and_the_name_does_not_matter(tmp_path: Path) -> None:
    import pyarrow as pa

    content = pa.compress(jsonl(ROWS), codec="zstd", asbytes=True)
    rows, _, _ = outcome(tmp_path / "wrong-name.csv", content)
    assert rows == ROWS


def test_older_chinese_files_are_read_as_gb18030(file: Path) -> None:
    rows, spoiled, notes = outcome(file, array([{"instruction": "请介绍一下北京的名胜古迹"}] * 3)
                                   .decode().encode("gb18030"))  # fmt: skip
    assert rows == [{"instruction": "请介绍一下北京的名胜古迹"}] * 3
    assert (spoiled, notes) == ([], ["read as gb18030"])


@pytest.mark.parametrize("cut", range(1, 40))
def test_a_cut_array_yields_every_whole_record_before_the_cut(file: Path, cut: int) -> None:
    whole = array(ROWS)
    kept = whole[: len(whole) * cut // 40]
    if not kept.strip(b"[\n "):
        return
    rows, spoiled, notes = outcome(file, kept)
    ends = [whole.index(b'"chat %d"' % n) for n in range(5)] + [len(whole)]
    complete = sum(b"\n  }" in whole[a:b] and a + whole[a:b].rindex(b"\n  }") + 4 <= len(kept)
                   for a, b in pairwise(ends))  # fmt: skip
    assert rows == ROWS[:complete]
    assert len(spoiled) <= 1
    assert spoiled or any("not closed" in note for note in notes)


BAD_LINES = {
    b'{"id": "a", "conversations": [': "ends in the middle",
    b'{"id": NaN}': "NaN is not JSON",
    b'{"id": -Infinity}': "-Infinity is not JSON",
    b'{"id": 1e999}': "too large",
    b'{"id": ' + b"9" * 5000 + b"}": "5000 digits",
    b'{"id": "a", "id": "b"}': "there twice",
    b'{"id": "\xff\xfe"}': "not UTF-8",
    b"<<<<<<< HEAD": "merge-conflict marker",
    b"=======": "merge-conflict marker",
    b">>>>>>> theirs": "merge-conflict marker",
    b"[" * 65 + b"]" * 65: "deeper than 64",
    b'{"a":' * 5000 + b"1" + b"}" * 5000: "deeper than 64",
    b"{" + b",".join(b'"k%d":1' % n for n in range(10_001)) + b"}": "10001 keys",
    b'{"id": "' + b"x" * (17 << 20) + b'"}': "over 16 MiB",
    b"word": "not JSON",
    b'{"id": "a"} {"id": "b"}': "extra data",
}


@pytest.mark.parametrize("bad", BAD_LINES, ids=[str(reason) for reason in BAD_LINES.values()])
def test_one_bad_line_costs_itself_alone(file: Path, bad: bytes) -> None:
    lines = jsonl(ROWS).splitlines(keepends=True)
    rows, spoiled, _ = outcome(file, b"".join([*lines[:2], bad + b"\n", *lines[2:]]))
    assert rows == ROWS
    assert len(spoiled) == 1
    assert BAD_LINES[bad] in spoiled[0]


@pytest.mark.parametrize(
    "bad",
    [b for b in BAD_LINES if not b.startswith((b"word", b'{"id": "a"} '))],
    ids=[BAD_LINES[b] for b in BAD_LINES if not b.startswith((b"word", b'{"id": "a"} '))],
)
def test_one_bad_element_costs_itself_alone(file: Path, bad: bytes) -> None:
    parts = [json.dumps(row, ensure_ascii=False).encode() for row in ROWS]
    content = b"[" + b",\n".join([*parts[:2], bad, *parts[2:]]) + b"]"
    rows, spoiled, _ = outcome(file, content)
    assert rows == ROWS
    assert len(spoiled) == 1


def test_places_are_lines_from_one_and_bytes_from_zero(file: Path) -> None:
    content = b"\n".join([b'{"a": "\xe5\xa5\xbd"}', b"", b"oops", b'{"a": 2}'])
    for wrapped in (content, b"[" + content + b"]"):
        file.write_bytes(wrapped)
        with open_source(str(file)) as source:
            for record in read(source):
                at = wrapped[record.byte :]
                assert at.startswith((b'{"a"', b"oops"))
                assert record.line == wrapped[: record.byte].count(b"\n") + 1


def test_lone_surrogates_become_the_replacement_character_and_are_counted(file: Path) -> None:
    line = rb'{"a": "x\ud800y", "b": "\ud83d\ude00"}' + b"\n"
    rows, spoiled, notes = outcome(file, line * 2 + jsonl(ROWS))
    assert rows[0] == {"a": "x\ufffdy", "b": "😀"}
    assert spoiled == []
    assert notes == ["2 texts held lone surrogates, which became U+FFFD"]


def test_a_key_twice_with_one_value_loses_nothing(file: Path) -> None:
    rows, spoiled, _ = outcome(file, b'{"a": 1, "a": 1}\n{"a" : 2, "b": "\\":"}\n')
    assert (rows, spoiled) == ([{"a": 1}, {"a": 2, "b": '":'}], [])


def test_control_characters_inside_strings_are_kept(file: Path) -> None:
    rows, spoiled, _ = outcome(file, b'{"a": "x\ty\x00z\x1b[31m"}\n' + jsonl(ROWS))
    assert rows[0] == {"a": "x\ty\x00z\x1b[31m"}
    assert spoiled == []


def test_a_line_of_just_under_sixteen_mebibytes_is_taken(file: Path) -> None:
    text = "好" * ((16 << 20) // 3 - 20)
    rows, spoiled, _ = outcome(file, jsonl([{"a": text}, {"a": "b"}]))
    assert rows == [{"a": text}, {"a": "b"}]
    assert spoiled == []


def test_both_sides_of_a_merge_conflict_are_kept(file: Path) -> None:
    parts = [f"  {json.dumps(row)}" for row in ROWS]
    text = "[\n" + ",\n".join(parts[:2]) + ",\n<<<<<<< HEAD\n" + parts[2] + ",\n=======\n"
    text += parts[3] + ",\n>>>>>>> theirs\n" + parts[4] + "\n]\n"
    rows, spoiled, _ = outcome(file, text.encode())
    assert rows == ROWS
    assert spoiled == ["merge-conflict marker"] * 3


def test_comments_between_the_records_of_an_array_cost_no_record(file: Path) -> None:
    text = '// mine\n[\n{"a": 1}, // first\n/* second\n of two */ {"a": "// no"}\n# end\n]\n'
    rows, spoiled, _ = outcome(file, text.encode())
    assert rows == [{"a": 1}, {"a": "// no"}]
    assert spoiled == ["a comment"] * 4


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"[{'a': 'b'}]", "write with json.dumps"),
        (b'{"a": 1}\n{"a": [1,]}\n', "a comma before a closing bracket"),
    ],
)
def test_the_commonest_slips_are_called_by_their_names(
    file: Path, content: bytes, why: str
) -> None:
    assert why in outcome(file, content)[1][0]


def test_the_mark_of_a_file_put_behind_another_costs_no_record(file: Path) -> None:
    marked = b"\xef\xbb\xbf" + jsonl(ROWS[:2])
    assert outcome(file, marked + marked + jsonl(ROWS[2:])) == ([*ROWS[:2], *ROWS], [], [])


def test_chinese_in_utf_16_without_a_mark_is_told_by_its_first_sign(file: Path) -> None:
    text = '{"a": "%s"}\n' % ("怎样给水壶除垢" * 50)
    for encoding in ("utf-16-le", "utf-16-be"):
        assert outcome(file, text.encode(encoding))[0] == [{"a": "怎样给水壶除垢" * 50}]


def test_a_conflict_inside_a_record_spoils_that_record(file: Path) -> None:
    text = array(ROWS).decode()
    text = text.replace('    "id": "chat 2",', '<<<<<<< HEAD\n    "id": "x",\n=======\n'
                        '    "id": "chat 2",\n>>>>>>> theirs')  # fmt: skip
    rows, spoiled, _ = outcome(file, text.encode())
    assert rows == ROWS[:2] + ROWS[3:]
    assert spoiled[0] == "merge-conflict marker inside the record"


def test_a_gzip_bomb_is_refused_before_it_fills_memory(file: Path) -> None:
    squeeze = zlib.compressobj(9, wbits=31)
    row = b'{"a": "%s"}\n' % (b"1" * (1 << 16))
    bomb = b"".join(squeeze.compress(row * 18) for _ in range(200))
    with pytest.raises(DataError, match="blows up more than 200 times"):
        outcome(file, bomb + squeeze.flush())


def test_more_bytes_than_allowed_are_refused(file: Path) -> None:
    with pytest.raises(DataError, match="--max-bytes 1000"):
        outcome(file, gzip.compress(jsonl(ROWS * 100)), Limits(total=1000))


def test_a_cut_gzip_gives_what_came_before_the_cut(file: Path) -> None:
    random.seed(1)
    rows: list[object] = [{"a": random.random()} for _ in range(5000)]
    content = gzip.compress(jsonl(rows))
    found, spoiled, notes = outcome(file, content[: len(content) // 2])
    assert 1000 < len(found) < 4000
    assert found == rows[: len(found)]
    assert len(spoiled) <= 1
    assert any("ends early" in note for note in notes)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n\t\n", "nothing but blanks"),
        (b"\x00" * 5000, "nothing but blanks"),
        (b"PK\x03\x04rest", "cut ZIP archive"),
        (b"%PDF-1.7 ...", "a PDF"),
        (b"SQLite format 3\x00", "SQLite"),
        (bytes(range(256)) * 50, "is binary"),
        (gzip.compress(gzip.compress(b"{}", mtime=0), mtime=0), "compressed twice"),
        (gzip.compress(b"", mtime=0), "nothing but blanks"),
        (b"PAR1" + bytes(100) + b"PAR1", "damaged or foreign Parquet"),
    ],
)
def test_what_is_no_data_is_said_in_one_sentence(file: Path, content: bytes, said: str) -> None:
    with pytest.raises(DataError, match=said) as raised:
        outcome(file, content)
    assert "chats.bin" in str(raised.value)


def test_a_missing_file_is_named_with_its_nearest_neighbour(tmp_path: Path) -> None:
    (tmp_path / "sharegpt.json").write_text("[]")
    with (
        pytest.raises(DataError, match=r"did you mean .*sharegpt\.json"),
        open_source(str(tmp_path / "sharegtp.json")),
    ):
        pass


def test_tables_keep_cells_as_text_and_refuse_ragged_rows(file: Path) -> None:
    table = (
        'instruction,output,messages\n"1,2\nand 3",yes,\nshort\n是,007,"[{""role"": ""user""}]"\n'
    )
    rows, spoiled, _ = outcome(file, table.encode())
    assert rows == [
        {"instruction": "1,2\nand 3", "output": "yes", "messages": ""},
        {"instruction": "是", "output": "007", "messages": [{"role": "user"}]},
    ]
    assert spoiled == ["1 cells where the header has 3"]


def test_a_stray_quote_does_not_swallow_the_rows_behind_it(file: Path) -> None:
    lines = ["instruction\toutput", *(f"q{n}\ta{n}" for n in range(50))]
    lines[10] = 'q9\t"never closed'
    rows, spoiled, _ = outcome(file, "\n".join(lines).encode())
    assert len(rows) == 49
    assert spoiled == ["not CSV: unexpected end of data"]


def test_parquet_rows_come_through_a_child(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "table"
    pq.write_table(pa.Table.from_pylist(ROWS), path)
    with open_source(str(path)) as source:
        assert [r.row for r in read(source) if isinstance(r, Record)] == ROWS


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_mutation_of_a_file_is_fatal_or_silent(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(data.draw(st.sampled_from([jsonl(ROWS), array(ROWS), array(ROWS, None)])))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    path = tmp_path_factory.mktemp("mutated") / "file"
    try:
        rows, spoiled, notes = outcome(path, bytes(content))
    except DataError:
        return
    assert sum(row in rows for row in ROWS) >= 5 - 6 or spoiled or notes
