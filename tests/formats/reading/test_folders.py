"""A folder as an argument, and files packed in other ways."""

import bz2
import io
import lzma
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from curator.errors import DataError
from curator.formats.reading import Limits, Record, open_source, read, unfolded

LINES = b"".join(b'{"prompt": "q%d", "completion": "a%d"}\n' % (n, n) for n in range(400))
PACKED: dict[str, Callable[[bytes], bytes]] = {"bz2": bz2.compress, "xz": lzma.compress}


def rows(path: Path, limits: Limits | None = None) -> tuple[list[Any], list[str]]:
    with open_source(str(path), limits or Limits()) as source:
        reading = read(source)
        return [r.row for r in reading if isinstance(r, Record)], reading.notes


@pytest.mark.parametrize("kind", PACKED)
def test_packed_lines_are_read_also_in_several_streams(tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"chats.jsonl.{kind}"
    file.write_bytes(PACKED[kind](LINES[:5000]) + PACKED[kind](LINES[5000:]))
    found, notes = rows(file)
    assert len(found) == 400
    assert found[399] == {"prompt": "q399", "completion": "a399"}
    assert not notes


@pytest.mark.parametrize("kind", PACKED)
def test_a_cut_or_damaged_stream_keeps_what_came_before(tmp_path: Path, kind: str) -> None:
    noise = os.urandom(40_000).hex().encode()
    lines = b"".join(b'{"prompt": "%s", "completion": "a"}\n' % noise[n : n + 400]
                     for n in range(0, 80_000, 20))  # fmt: skip
    whole = PACKED[kind](lines)
    file = tmp_path / f"cut.{kind}"
    file.write_bytes(whole[: len(whole) * 2 // 3])
    found, notes = rows(file)
    assert 0 < len(found) < 4000
    assert any("ends early" in note for note in notes)
    file.write_bytes(whole + b"what is no stream")
    found, notes = rows(file)
    assert len(found) == 4000
    assert any("damaged" in note for note in notes)


@pytest.mark.parametrize("kind", PACKED)
def test_a_bomb_is_refused(tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"bomb.{kind}"
    row = b'{"prompt": "q", "completion": "%s"}\n' % (b"a" * (1 << 16))
    file.write_bytes(PACKED[kind](row * 1400))
    with pytest.raises(DataError, match="blows up"):
        rows(file)


def test_arrow_files_and_streams_are_tables(tmp_path: Path) -> None:
    import pyarrow as pa

    said = [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}]
    table = pa.table({"messages": [said] * 1500, "source": ["x"] * 1500})
    plain, stream = tmp_path / "a.feather", tmp_path / "data-00000-of-00001.arrow"
    with pa.ipc.new_file(plain, table.schema) as out:
        out.write_table(table)
    with pa.ipc.new_stream(stream, table.schema) as out:
        out.write_table(table)
    for file in (plain, stream):
        found, _ = rows(file)
        assert found == [{"messages": said, "source": "x"}] * 1500
    stream.write_bytes(b"\xff" * 900)
    with pytest.raises(DataError, match="damaged or foreign Arrow"):
        rows(stream)


def test_a_folder_stands_for_the_data_in_it(tmp_path: Path) -> None:
    for name in ("data/train-0.jsonl", "data/test.parquet", "README.md", "dataset_info.json",
                 ".git/config.json", ".cache/a.jsonl", "b.csv.bz2", "w.rejects.jsonl"):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    files, words = unfolded([str(tmp_path)])
    names = [str(Path(file).relative_to(tmp_path)) for file in files]
    assert names == ["b.csv.bz2", "data/test.parquet", "data/train-0.jsonl"]
    assert words[0].startswith(f"{tmp_path} is a folder: 3 files read")
    assert "README.md" in words[0]
    assert "dataset_info.json" in words[0]


def test_an_unpacked_export_of_chatgpt_is_its_conversations(tmp_path: Path) -> None:
    for name in ("conversations.json", "user.json", "message_feedback.json", "chat.html"):
        (tmp_path / name).write_text("[]")
    files, words = unfolded([str(tmp_path), str(tmp_path / "user.json")])
    assert files == [str(tmp_path / "conversations.json"), str(tmp_path / "user.json")]
    assert "1 file read" in words[0]


def test_a_folder_without_data_says_what_it_has(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="it is empty"):
        unfolded([str(tmp_path)])
    (tmp_path / "model.bin").write_text("x")
    with pytest.raises(DataError, match=r"it has model\.bin"):
        unfolded([str(tmp_path)])


def test_a_packed_file_is_read_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    class Input:
        buffer = io.BytesIO(bz2.compress(LINES))

    monkeypatch.setattr("sys.stdin", Input)
    with open_source("-") as source:
        assert len(list(read(source))) == 400
