"""ZIP archives: their files are read under `archive.zip!member`, and nothing else happens."""

import io
import json
import os
import struct
import zipfile
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from curator.errors import DataError
from curator.formats.reading import LIMITS, Record, open_source, parts, read, size_of

ROWS = [{"instruction": f"Say {n}", "output": f"{n} 好"} for n in range(3)]


def packed(path: Path, members: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> str:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return str(path)


def rows(name: str) -> tuple[list[Any], list[str]]:
    with open_source(name) as source:
        found = [r.row for r in read(source) if isinstance(r, Record)]
        return found, source.notes


def lines() -> str:
    return "".join(json.dumps(row) + "\n" for row in ROWS)


def parquet() -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(ROWS), out)
    return out.getvalue()


def test_of_an_export_the_chats_alone_are_read_and_the_rest_is_named(tmp_path: Path) -> None:
    name = packed(
        tmp_path / "export.zip",
        {"user.json": "{}", "conversations.json": json.dumps(ROWS), "chat.html": "<html>"},
    )
    assert parts(name, LIMITS) == [f"{name}!conversations.json"]
    found, notes = rows(f"{name}!conversations.json")
    assert found == ROWS
    assert notes == ["left out of the archive: user.json, chat.html"]


@pytest.mark.parametrize(
    "method",
    [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA],
    ids=["stored", "deflated", "bzip2", "lzma"],
)
def test_every_data_file_of_another_archive_is_read(tmp_path: Path, method: int) -> None:
    import gzip

    name = packed(
        tmp_path / "a.zip",
        {
            "README.md": "Human: no\n\nAssistant: chat",
            "deep/folder/a.JSONL": lines(),
            "b.jsonl.gz": gzip.compress(lines().encode()),
            "c.parquet": parquet(),
            "__MACOSX/._a.jsonl": b"\x00\x05\x16\x07",
            ".hidden.json": "[]",
        },
        method,
    )
    found = parts(name, LIMITS)
    assert found == [f"{name}!{m}" for m in ("deep/folder/a.JSONL", "b.jsonl.gz", "c.parquet")]
    assert [rows(part)[0] for part in found] == [ROWS] * 3
    assert size_of(found[0]) == len(lines())


def test_texts_are_read_where_there_is_no_data(tmp_path: Path) -> None:
    name = packed(tmp_path / "a.zip", {"one.txt": "Human: q\n\nAssistant: a"})
    assert parts(name, LIMITS) == [f"{name}!one.txt"]


def test_a_stored_name_is_never_a_path(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    name = packed(tmp_path / "in" / "a.zip", {"../../evil.jsonl": lines(), "/abs.jsonl": lines()})
    before = sorted(tmp_path.rglob("*"))
    found = parts(name, LIMITS)
    assert [rows(part)[0] for part in found] == [ROWS, ROWS]
    assert sorted(tmp_path.rglob("*")) == before


def test_a_link_is_left_out(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.json")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("a.jsonl", lines())
    name = str(tmp_path / "a.zip")
    assert parts(name, LIMITS) == [f"{name}!a.jsonl"]


def test_a_file_with_the_sign_in_its_name_is_itself(tmp_path: Path) -> None:
    packed(tmp_path / "a.zip", {"b.jsonl": "[]"})
    (tmp_path / "a.zip!b.jsonl").write_text(lines())
    assert rows(str(tmp_path / "a.zip!b.jsonl"))[0] == ROWS


def encrypted(path: Path) -> str:
    """An archive whose only member says that it is encrypted."""
    content = bytearray(Path(packed(path, {"a.jsonl": lines()})).read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + at] |= 1
    path.write_bytes(content)
    return str(path)


def bomb(path: Path) -> str:
    return packed(path, {"a.json": b"[" + b" " * (80 << 20)})


def overlapping(path: Path) -> str:
    """Forty members that are one and the same 30 MB of blanks, as in Fifield's bomb."""
    content = Path(packed(path, {"a.jsonl": b" " * (30 << 20)})).read_bytes()
    begin, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    entry, tail = content[begin:end], bytearray(content[end:])
    entries = b"".join(entry.replace(b"a.jsonl", b"%c.jsonl" % (65 + n)) for n in range(40))
    struct.pack_into("<HHI", tail, 8, 40, 40, len(entries))
    path.write_bytes(content[:begin] + entries + bytes(tail))
    return str(path)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (encrypted, "is encrypted; unpack it with its password"),
        (bomb, "blows up more than 200 times"),
        (overlapping, "blows up more than 200 times"),
        (lambda p: packed(p, {"xl/a.xml": "<x/>", "[Content_Types].xml": ""}), "is an Office file"),
        (lambda p: packed(p, {"a.png": b"x", "b.zip": b"x"}), r"no JSON, .*it has a\.png, b\.zip"),
        (lambda p: packed(p, {"a.jsonl": lines()}), r"name one file in it, as in '.*!a\.jsonl'"),
    ],
    ids=["encrypted", "bomb", "overlapping", "office", "nothing in it", "whole"],
)
def test_an_archive_that_is_not_read_says_why(tmp_path: Path, make: Any, said: str) -> None:
    name = make(tmp_path / "a.zip")
    with pytest.raises(DataError, match=said) as raised, open_source(name):
        pass
    assert name in str(raised.value)
    if "name one" not in said:
        assert parts(name, LIMITS) == [name]


def test_a_list_of_members_that_would_fill_memory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    content = bytearray(Path(packed(path, {"a.jsonl": lines()})).read_bytes())
    struct.pack_into("<I", content, content.rindex(b"PK\x05\x06") + 12, 1 << 30)
    path.write_bytes(content)
    with pytest.raises(DataError, match="too many files in it"), open_source(str(path)):
        pass


def test_a_member_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    name = packed(tmp_path / "a.zip", {"a.jsonl": lines()})
    with (
        pytest.raises(DataError, match=r"no such file .* it has a\.jsonl"),
        open_source(f"{name}!b"),
    ):
        pass


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_archive_is_refused_in_words_or_read(tmp_path: Path, seed: int) -> None:
    import random

    path = tmp_path / "a.zip"
    content = bytearray(Path(packed(path, {"a.jsonl": lines() * 50})).read_bytes())
    rng = random.Random(seed)
    for _ in range(3):
        content[rng.randrange(len(content))] = rng.randrange(256)
    path.write_bytes(content[: rng.choice([len(content), rng.randrange(4, len(content))])])
    for part in parts(str(path), LIMITS):
        with suppress(DataError):
            rows(part)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_loses_nothing_to_the_look_for_an_archive(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = Thread(target=pipe.write_text, args=(lines(),), daemon=True)
    writer.start()
    assert parts(str(pipe), LIMITS) == [str(pipe)]
    assert rows(str(pipe))[0] == ROWS
    writer.join(10)
