"""Ten thousand broken files: a clean error or a partial import, never a traceback or a hang."""

import gzip
import json
import random
import time
from pathlib import Path

import pytest

from curator.errors import DataError
from curator.stages import importing
from curator.stages.base import Silent
from curator.store import Store

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
    return [
        *as_lines,
        *as_arrays,
        *as_objects,
        said,
        *packed,
        rows.encode(),
        as_lines[1].decode().encode("utf-16"),
    ]


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
    began = time.monotonic()
    try:
        report = importing.run(store, importing.Config(files=(str(path),)), None, Silent())  # type: ignore[arg-type]
    except DataError as error:
        named(path, error, seed)
    else:
        (row,) = report.rows
        assert row[2] == row[3] + row[4] + row[5], (seed, row)
    assert time.monotonic() - began < 30, seed


def test_mutated_files_are_refused_or_accounted_for(tmp_path: Path) -> None:
    files = seeds()
    with Store(tmp_path / "w.duckdb") as store:
        for seed in range(120):
            trial(store, tmp_path / "file", seed, files)


@pytest.mark.slow
def test_thousands_of_mutated_files_are_refused_or_accounted_for(tmp_path: Path) -> None:
    """Reading and layouts alone: no store, so that ten thousand take a minute or two."""
    from curator.formats.layouts import layout_of
    from curator.formats.reading import Record, open_source, read

    files, path = seeds(), tmp_path / "file"
    kept = refused = 0
    for seed in range(10_000):
        rng = random.Random(seed)
        path.write_bytes(mutated(rng.choice(files), rng))
        began = time.monotonic()
        try:
            with open_source(str(path)) as source:
                records = list(read(source))
            rows = [r.row for r in records if isinstance(r, Record)]
            layout = layout_of(rows, str(path), None, {}) if rows else None
        except DataError as error:
            named(path, error, seed)
            refused += 1
            continue
        for row in rows:
            try:
                assert layout is not None
                assert layout.conversations(row)
            except DataError:
                continue
            kept += 1
        assert time.monotonic() - began < 5, seed
    assert kept > 50_000
    assert refused < 5_000
