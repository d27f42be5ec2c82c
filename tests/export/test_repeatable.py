"""The same workspace and command give the same bytes, whatever process writes them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from curator.conversation import Turn
from tests.export.curating import chat, settle, workspace

WRITE = """
import sys
from pathlib import Path
from curator.stages.base import Silent
from curator.stages.exporting import STAGE, Config
from curator.stages.runner import perform
from curator.store import Store

path, out, format_, split = sys.argv[1:]
config = Config(
    format=format_, out=out, include=("settled", "untouched"), after="replay", split=split,
    force=True, check=("trl", "llamafactory", "axolotl"),
)
with Store(Path(path)) as store:
    perform(store, STAGE, config, None, Silent())
"""


def fill(folder: Path) -> Path:
    """A workspace with settled, rich and bare chats of several sources, licences and fields."""
    with workspace(folder) as store:
        chats = []
        for number in range(120):
            later = {"zeta": 1, "alpha": [number]} if number % 3 else {}
            licence = ("mit", "cc0", "")[number % 3]
            chats.append(
                chat(
                    Turn("user", f"Why does number {number} come after the one before it?"),
                    Turn("assistant", f"Because {number} \x1f é 数", later),
                    Turn("user", f"And then, {number}?"),
                    Turn("assistant", "Then the next."),
                    source=f"{number % 4}.jsonl",
                    line=number,
                    source_id=f"c{number}" if number % 2 else "",
                    **({"license": licence} if licence else {}),
                    **{f"field {n}": n for n in range(number % 5)},
                )
            )
        store.conversations.add(chats)
        for one in chats[::7]:
            settle(store, one, "accept", turn=1)
        for one in chats[3::7]:
            settle(store, one, "reject", turn=1)
        return store.path


def written(path: Path, out: Path, *words: str, **environment: str) -> dict[str, bytes]:
    """Every file of an export that was written by a process of its own."""
    command = [sys.executable, "-c", WRITE, str(path), str(out), *words]
    subprocess.run(command, check=True, env={**os.environ, **environment})
    return {
        str(file.relative_to(out)): file.read_bytes()
        for file in sorted(out.rglob("*"))
        if file.is_file()
    }


@pytest.mark.parametrize("words", [("messages", ""), ("dpo-trl", "0.8,0.1,0.1")])
def test_another_process_with_other_threads_and_hashes_writes_the_same_bytes(
    tmp_path: Path, words: tuple[str, str]
) -> None:
    path = fill(tmp_path)
    first = written(path, tmp_path / "a" / "out", *words, PYTHONHASHSEED="1", OMP_NUM_THREADS="1")
    other = written(path, tmp_path / "b" / "out", *words, PYTHONHASHSEED="2", OMP_NUM_THREADS="2")
    assert {"train.jsonl", "manifest.json", "README.md"} < first.keys()
    assert other == first
    assert written(path, tmp_path / "a" / "out", *words, PYTHONHASHSEED="3") == first
