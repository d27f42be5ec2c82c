"""Ten thousand broken files: a clean error or a partial import, never a traceback or a hang."""

import gzip
import io
import json
import random
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from curator.conversation import Conversation
from curator.errors import DataError
from curator.stages import importing
from curator.stages.base import Silent
from curator.store import Store
from tests.formats.test_layouts_in import CASES, FORKED, NODES
from tests.formats.test_layouts_wild import FOUND

SNIPPETS = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\n", b"\r\n", b'"', b"{", b"}", b"[", b"]", b",",
    b":", b"\\", b"\\ud800", b"NaN", b"1e999", b"<<<<<<< HEAD\n", b"=======\n", b"null",
    b'{"id":' * 50, b"[" * 200, b"\xe5\xa5", b"\x1f\x8b", b"PK\x03\x04",
)  # fmt: skip


def seeds() -> list[bytes]:
    """Small good files of every shape."""
    chats = [
        {
            "id": f"c{n}",
            "conversations": [
                {"from": "human", "value": f"What is {n}? 第{n}个问题"},
                {"from": "gpt", "value": 'A "number", {as} [they] say.\n'},
            ],
        }
        for n in range(12)
    ]
    alpaca = [{"instruction": f"Add {n}", "input": "", "output": str(n + n)} for n in range(20)]
    ultra = [{"id": str(n), "data": [f"q{n}", f"a{n}"]} for n in range(20)]
    rows = "instruction,output\n" + "".join(f'"Say {n}, please",{n}\n' for n in range(20))
    as_lines = ["".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rs).encode()
                for rs in (chats, alpaca, ultra)]  # fmt: skip
    as_arrays = [json.dumps(rs, ensure_ascii=False, indent=i).encode()
                 for rs in (chats, alpaca) for i in (2, None)]  # fmt: skip
    wrapped = [{"version": 1, "data": alpaca}, {str(n): c for n, c in enumerate(chats)},
               {key: [row[key] for row in alpaca] for key in alpaca[0]}]  # fmt: skip
    as_objects = [json.dumps(value, ensure_ascii=False).encode() for value in wrapped]
    turns = [{"chat_id": n // 2, "speaker": ("user", "bot")[n % 2], "text": f"第{n}句"}
             for n in range(20)]  # fmt: skip
    told = [{"text": f"### Human: q{n}### Assistant: a{n}"} for n in range(20)]
    as_objects += ["".join(json.dumps(r) + "\n" for r in rs).encode() for rs in (turns, told)]
    said = "\n\n---\n\n".join(f"Human: q{n}\n\nAssistant: a{n}" for n in range(9)).encode()
    packed = [gzip.compress(as_lines[0]), gzip.compress(as_arrays[0])]
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", as_arrays[0])
    return [
        *as_lines,
        *as_arrays,
        *as_objects,
        said,
        *packed,
        zipped.getvalue(),
        rows.encode(),
        as_lines[1].decode().encode("utf-16"),
    ]


def every_layout() -> list[bytes]:
    """A small file of records of each layout there is, as lines, and all of them in one array."""
    rows = [row for _, row, _ in (*CASES, *FOUND)] + FORKED
    files = [json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows]
    tree = "".join(json.dumps(node) + "\n" for node in NODES).encode()
    whole = json.dumps(rows, ensure_ascii=False, indent=1).encode()
    return [*(file * 4 for file in files), tree, whole]


def mutated(content: bytes, rng: random.Random) -> bytes:
    """The file after one to eight flips, splices, cuts and repeats."""
    found = bytearray(content)
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(found) + 1)
        action = rng.randrange(5)
        if action == 0 and found:
            found[at % len(found)] = rng.randrange(256)
        elif action == 1:
            found[at:at] = rng.choice(SNIPPETS)
        elif action == 2:
            del found[at : at + rng.randint(1, 60)]
        elif action == 3:
            end = rng.randrange(len(found) + 1)
            found[at:at] = found[min(at, end) : max(at, end)][:2000]
        elif rng.random() < 0.2:
            del found[at:]
    return bytes(found)


def named(path: Path, error: DataError, seed: int) -> None:
    """A refusal must name its file."""
    assert str(path) in str(error), seed


def trial(store: Store, path: Path, seed: int, files: list[bytes]) -> None:
    """Import one mutated file; raises `AssertionError` where rows are lost or time is."""
    rng = random.Random(seed)
    path.write_bytes(mutated(rng.choice(files), rng))
    began = time.process_time()
    try:
        report = importing.run(store, importing.Config(files=(str(path),)), None, Silent())  # type: ignore[arg-type]
    except DataError as error:
        named(path, error, seed)
    else:
        for row in report.rows:
            assert row[2] == row[3] + row[4] + row[5], (seed, row)
    assert time.process_time() - began < 30, seed


@pytest.mark.parametrize("make", [seeds, every_layout])
def test_mutated_files_are_refused_or_accounted_for(tmp_path: Path, make: Any) -> None:
    files = make()
    with Store(tmp_path / "w.duckdb") as store:
        for seed in range(100):
            trial(store, tmp_path / "file", seed, files)


def read_all(path: Path) -> tuple[list[Any], Any]:
    """The good rows of a file and its layout. Raises `DataError`."""
    from curator.formats.layouts import layout_of
    from curator.formats.reading import LIMITS, Record, open_source, parts, read

    (name, *_) = parts(str(path), LIMITS)
    with open_source(name) as source:
        rows = [r.row for r in read(source) if isinstance(r, Record)]
    return rows, layout_of(rows, name, None, {}) if rows else None


def chats_of(layout: Any, rows: list[Any]) -> int:
    """How many rows became chats; raises whatever is no `DataError`."""
    kept, spread = 0, []
    for row in rows:
        try:
            if layout.format.gather is None:
                assert all(chat.id for chat in layout.conversations(row))
                kept += 1
            else:
                spread.append((len(spread), layout.row(row)))
        except DataError:
            continue
    if spread:
        found = list(layout.format.gather(spread))
        refused = [place for place, chat in found if isinstance(chat, DataError)]
        assert len(refused) == len(set(refused)), "a row is refused once"
        kept += sum(bool(chat.id) for _, chat in found if isinstance(chat, Conversation))
    return kept


@pytest.mark.slow
@pytest.mark.parametrize("make", [seeds, every_layout])
def test_thousands_of_mutated_files_are_refused_or_accounted_for(tmp_path: Path, make: Any) -> None:
    """Reading and layouts alone: no store, so that ten thousand take a minute or two."""
    files, path = make(), tmp_path / "file"
    kept = refused = 0
    layouts = set()
    for seed in range(5_000):
        rng = random.Random(seed)
        path.write_bytes(mutated(rng.choice(files), rng))
        began = time.process_time()
        try:
            rows, layout = read_all(path)
        except DataError as error:
            named(path, error, seed)
            refused += 1
            continue
        if layout is not None:
            layouts.add(layout.format.name)
            kept += chats_of(layout, rows)
        assert time.process_time() - began < 5, seed
    assert kept > (25_000 if make is seeds else 10_000)
    assert refused < 2_500
    assert len(layouts) > (5 if make is seeds else 45)
