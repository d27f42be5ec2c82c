"""What an export says: of its rows, of its files, and of what it was asked."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from curator.conversation import Turn
from curator.errors import ConfigError
from curator.formats.reading import Record, open_source, read
from curator.stages import why
from curator.stages.base import Report, Silent
from curator.stages.exporting import STAGE, Config
from curator.stages.runner import perform
from curator.store import Store
from tests.export.curating import chat, settle, workspace

SHORT = chat(Turn("user", "a"), Turn("assistant", "b"))
LONG = Turn("user", "why " * 900)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with workspace(tmp_path) as opened:
        yield opened


class Told(Silent):
    """A progress that keeps what it was told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def begin(self, total: int | None, what: str) -> None:
        del total
        self.said.append(what)


def export(store: Store, progress: Silent | None = None, **wanted: Any) -> Report:
    wanted.setdefault("out", str(store.path.parent / "out.jsonl"))
    wanted.setdefault("include", ("untouched",))
    return perform(store, STAGE, Config(**wanted), None, progress or Silent())  # type: ignore[arg-type]


def records(path: Path) -> list[Any]:
    with open_source(str(path)) as source:
        return [item.row for item in read(source) if isinstance(item, Record)]


@pytest.mark.parametrize("ending", ["jsonl.gz", "jsonl.zst", "json.gz"])
def test_a_compressed_file_has_the_rows_of_a_plain_one_and_the_same_bytes_twice(
    store: Store, tmp_path: Path, ending: str
) -> None:
    one = chat()
    store.conversations.add([one, SHORT])
    settle(store, one, "accept")
    include = ("settled", "untouched")
    export(store, include=include)
    out = tmp_path / f"packed.{ending}"
    report = export(store, include=include, out=str(out))
    first = out.read_bytes()
    export(store, include=include, out=str(out), force=True)
    assert out.read_bytes() == first
    (file,) = report.data["manifest"]["files"]
    assert file["sha256"] == sha256(first).hexdigest()
    assert records(out) == records(tmp_path / "out.jsonl")
    line = 1 + ending.startswith("json.")
    said = why.run(store, why.Config(row=f"{out}:{line}"), None, Silent())  # type: ignore[arg-type]
    assert said.data["turn"] == 2
    assert (tmp_path / "packed.manifest.json").is_file()


def test_an_export_that_is_several_files_does_not_go_to_standard_output(store: Store) -> None:
    store.conversations.add([chat()])
    with pytest.raises(ConfigError, match="name a file"):
        export(store, out="-")
    with pytest.raises(ConfigError, match=r"\.zst"):
        export(store, out=str(store.path.parent / "rows.parquet"))


def test_a_dry_run_names_every_row_and_touches_no_disk(store: Store) -> None:
    long = [chat(LONG, Turn("assistant", str(n)), line=n + 1) for n in range(30)]
    store.conversations.add([*long, SHORT])
    out = store.path.parent / "nowhere" / "x.jsonl"
    report = export(store, out=str(out), dry_run=True, check=("axolotl", "trl"), max_length=100)
    assert not out.parent.exists()
    named = report.data["rows"]
    assert [one["row"] for one in named if one["effect"] == "dropped"] == list(range(1, 31))
    assert {one["trainer"] for one in named if one["row"] == 1} == {"axolotl", "trl"}
    first = "x.jsonl:1 (chats.jsonl:1) dropped by axolotl: "
    assert any(line.startswith(first) for line in report.lines)
    assert "and 40 more: --json names them" in report.lines


def test_a_dry_run_has_the_sums_of_the_files_it_would_write(store: Store) -> None:
    store.conversations.add([SHORT])
    dry, wet = (export(store, dry_run=dry).data["manifest"]["files"] for dry in (True, False))
    assert dry == wet


def test_the_paper_that_names_rows_is_told_of(store: Store) -> None:
    store.conversations.add([chat(LONG, Turn("assistant", "so"))])
    report = export(store, max_length=100)
    assert any(line.startswith("out.check.jsonl names every one") for line in report.lines)
    assert "rows" not in report.data


def test_the_manifest_has_every_setting_that_chose_rows(store: Store) -> None:
    store.conversations.add([chat(), SHORT])
    report = export(store, where="turns>3", redact=True)
    settings = report.data["manifest"]["settings"]
    assert (settings["where"], settings["quota"], settings["redact"]) == ("turns>3", 0, True)


def test_configs_cut_where_the_check_says(store: Store) -> None:
    store.conversations.add([chat()])
    configs = store.path.parent / "out.configs"
    export(store)
    assert "max_length: 1024" in (configs / "trl-sft.yaml").read_text()
    assert "sequence_len: 2048" in (configs / "axolotl.yaml").read_text()
    export(store, max_length=333, force=True)
    assert "max_length: 333" in (configs / "trl-sft.yaml").read_text()
    assert "cutoff_len: 333" in (configs / "llamafactory.yaml").read_text()


def test_what_leaves_and_what_stays_is_counted_before_it_is_written(store: Store) -> None:
    one, two = chat(line=1), chat(*chat().turns[1:], line=2)
    store.conversations.add([one, two, SHORT])
    settle(store, one, "accept")
    settle(store, two, "reject", turn=1)
    told = Told()
    export(store, told, include=("settled",))
    assert told.said[-1] == "chats to out.jsonl (1 accepted; 1 rejected and 1 untouched stay)"
    told = Told()
    export(store, told, include=("settled", "untouched"), format="dpo-trl", force=True)
    assert told.said[-1] == "chats to out.jsonl (1 accepted, 1 rejected, 1 untouched)"
    told = Told()
    export(store, told, include=("settled",), where="turns>3", force=True)
    assert told.said[-1] == "chats to out.jsonl (of those that turns>3 finds)"


def test_a_split_without_a_row_on_one_side_says_why(store: Store) -> None:
    # All of them ask the same thing, so all of them are akin.
    asked = Turn("user", "Write a poem about a river and its fish")
    store.conversations.add([chat(asked, Turn("assistant", f"poem {n}")) for n in range(10)])
    report = export(store, split="0.8,0.2", out=str(store.path.parent / "split"))
    (line,) = [line for line in report.lines if "validation" in line and "akin" in line]
    assert line == (
        "validation is empty: families are not torn, and the largest has 10 of 10 chats that are "
        "akin (one source, seed, first question, or near twins)"
    )
