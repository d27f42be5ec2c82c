"""A pass is compiled once on a machine; later processes load it without a compiler."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from curator.formats.fast import machine, spec
from curator.formats.fast.machine import Pass

LATER = """
import sys
import numpy as np
from curator.formats.fast import spec
from curator.formats.fast.passes import digests
buffer, found = np.zeros(1000 + spec.SPARE, np.uint8), np.empty((1, 2), np.uint64)
digests(buffer, 1000, np.array([0]), np.array([300]), found)
print(found.astype("<u8").tobytes().hex(), "numba" in sys.modules)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "passes"
    monkeypatch.setattr(machine, "_folder", lambda: place)
    return place


def digest_of(code: Pass) -> bytes:
    buffer, found = np.zeros(1000 + spec.SPARE, np.uint8), np.empty((1, 2), np.uint64)
    lanes = np.zeros((3, spec.LANES), np.int64)
    lanes[0] = -1
    work = np.zeros(10 * spec.LANES, np.uint64)
    code(buffer, 1000, np.array([0]), np.array([300]), found, work, lanes)
    return found.astype("<u8").tobytes()


def test_what_one_process_compiled_the_next_one_loads_without_numba() -> None:
    from hashlib import blake2b

    command = [sys.executable, "-c", LATER]
    done = [subprocess.run(command, capture_output=True, text=True, timeout=600) for _ in range(2)]
    expected = blake2b(bytes(300), digest_size=16).hexdigest()
    assert done[0].stdout.split()[0] == expected, done[0].stderr
    assert done[1].stdout.split() == [expected, "False"]


def test_a_damaged_pass_is_compiled_anew_and_kept_again(folder: Path) -> None:
    first = Pass("hashing", "digests")
    whole = digest_of(first)
    assert first.compiled
    (kept,) = folder.iterdir()
    code = bytearray(kept.read_bytes())
    code[len(code) // 2] ^= 1
    kept.write_bytes(code)
    second, third = Pass("hashing", "digests"), Pass("hashing", "digests")
    assert digest_of(second) == whole
    assert second.compiled
    assert digest_of(third) == whole
    assert not third.compiled


def test_a_place_that_cannot_be_written_only_costs_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(machine, "_folder", lambda: tmp_path / "file" / "passes")
    code = Pass("hashing", "digests")
    assert digest_of(code)
    assert code.compiled
    assert not machine.ready()


def test_a_pass_needs_nothing_of_numba_and_nothing_outside_itself(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import llvmlite.binding as llvm  # type: ignore[import-untyped]

    seen: list[str] = []
    made = machine._object

    def watched(text: str) -> bytes:
        seen.append(text)
        return made(text)

    monkeypatch.setattr(machine, "_object", watched)
    digest_of(Pass("hashing", "digests"))
    code = llvm.parse_assembly(seen[0])
    outside = [one.name for one in code.functions if one.is_declaration]
    assert all(name.startswith("llvm.") for name in outside), outside
    assert folder.is_dir()
