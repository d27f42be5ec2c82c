"""Files that `datasets` reads whole: it learns the columns from the beginning of a file, and
refuses a row with another one later on."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from curator.conversation import Conversation, Turn
from curator.stages.base import Report, Silent
from curator.stages.exporting import STAGE, Config
from curator.stages.runner import perform
from curator.store import Store
from tests.export.curating import chat, settle, workspace

#: Bytes that `datasets` reads at once in these tests: some thirty of the plain chats.
CHUNK = 16 << 10
CALL = {"type": "function", "function": {"name": "look", "arguments": "{}"}}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with workspace(tmp_path) as opened:
        yield opened


def plain(number: int) -> Conversation:
    return chat(
        Turn("user", f"Question {number}: " + f"why {number}? " * 15),
        Turn("assistant", f"Answer {number}: " + f"so {number}. " * 20),
        line=number + 1,
    )


def tool(name: str) -> dict[str, Any]:
    return {"name": name, "parameters": {"properties": {f"{name}_of": {"type": "string"}}}}


def export(store: Store, layout: str, **wanted: Any) -> Report:
    config = Config(
        format=layout, out=str(store.path.parent / "out.jsonl"), force=True,
        include=("settled", "untouched"), **wanted,
    )  # fmt: skip
    return perform(store, STAGE, config, None, Silent())  # type: ignore[arg-type]


def rows(store: Store) -> list[dict[str, Any]]:
    text = (store.path.parent / "out.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def various() -> list[Conversation]:
    """Plain chats, and at their end one of each kind that brings something new."""
    asks = Turn("user", "Weather?")
    return [
        *(plain(n) for n in range(150)),
        chat(asks, Turn("assistant", "", {"tool_calls": [CALL]}), Turn("tool", "Rain."),
             Turn("assistant", "It rains."), tools=[tool("look")]),
        chat(asks, Turn("assistant", "Sun."), tools=[tool("ask")], language="en"),
        chat(Turn("system", "Be brief."), asks, Turn("assistant", "Fog."), category="sky"),
        chat(asks, Turn("assistant", "Snow."), fields={"mood": "cold"}, source_id="s1"),
        chat(asks, Turn("assistant", "Hail."), asks, Turn("assistant", "Still.")),
        chat(Turn("user", "Again?"), Turn("assistant", "No.", {"weight": 0})),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "layout",
    ["messages", "sharegpt", "alpaca", "ultrachat-200k", "prompt-completion", "messages-train",
     "llamafactory-v1", "openai"],
)  # fmt: skip
def test_a_field_that_only_late_chats_have_is_in_the_first_rows(
    store: Store, tmp_path: Path, layout: str
) -> None:
    datasets = pytest.importorskip("datasets")
    store.conversations.add(various())
    settled = chat(*plain(999).turns, *plain(998).turns)
    store.conversations.add([settled])
    settle(store, settled, "accept", turn=3)
    export(store, layout)
    loaded = datasets.load_dataset(
        "json", data_files=str(tmp_path / "out.jsonl"), split="train", chunksize=CHUNK,
        cache_dir=str(tmp_path / "cache"),
    )  # fmt: skip
    written = rows(store)
    assert len(loaded) == len(written) >= 155
    assert {*loaded.column_names} == {key for row in written for key in row}


def test_each_side_of_a_split_begins_with_the_fields_it_has(store: Store, tmp_path: Path) -> None:
    store.conversations.add([plain(n) for n in range(400)])
    late = [chat(*plain(500 + n).turns, language="en", line=n) for n in range(200)]
    store.conversations.add(late)
    config = Config(
        out=str(tmp_path / "split"), include=("untouched",), split="0.5,0.5", format="messages"
    )
    perform(store, STAGE, config, None, Silent())  # type: ignore[arg-type]
    for side in ("train", "validation"):
        lines = (tmp_path / "split" / f"{side}.jsonl").read_text(encoding="utf-8").splitlines()
        places = [n for n, line in enumerate(lines) if "language" in json.loads(line)]
        assert len(lines) > 100
        assert places[0] == 0


def test_the_order_is_the_import_s_where_no_field_is_late(store: Store) -> None:
    store.conversations.add([plain(n) for n in range(150)])
    export(store, "messages")
    asked = [row["messages"][0]["content"].split(":")[0] for row in rows(store)]
    assert asked == [f"Question {n}" for n in range(150)]


def test_tools_are_a_string_but_for_openai(store: Store) -> None:
    store.conversations.add([chat(*plain(1).turns, tools=[tool("look")])])
    export(store, "messages")
    assert json.loads(rows(store)[0]["tools"]) == [tool("look")]
    export(store, "openai")
    assert rows(store)[0]["tools"] == [tool("look")]


def test_a_field_that_is_late_all_the_same_is_named_by_the_check(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curator.stages.cargo.SEEN", CHUNK)
    monkeypatch.setattr("curator.store.firsts.EARLY", 1000)
    store.conversations.add(various())
    report = export(store, "messages", check=("trl", "llamafactory", "axolotl", "unsloth"))
    named = {row[0] for row in report.rows if "category is first there at" in row[4]}
    assert named == {"trl", "llamafactory", "axolotl", "unsloth"}
    (inner,) = {row[1] for row in report.rows if "messages[].tool_calls is first" in row[4]}
    assert inner == "warned"


def test_ranked_answers_leave_as_the_best_of_them_that_a_trainer_takes(store: Store) -> None:
    ranked = {"alternatives": [{"content": "worse", "rank": 1}]}
    store.conversations.add([chat(Turn("user", "How?"), Turn("assistant", "best", ranked))])
    report = export(store, "alpaca", check=("llamafactory",))
    assert rows(store)[0]["output"] == "best"
    assert not report.rows
    assert report.data["manifest"]["lost"] == {"alternatives of a turn": 1}


def test_a_criticism_stays_with_the_answer_that_it_was_said_of(store: Store) -> None:
    one, two = chat(line=1), chat(*chat().turns[1:], line=2)
    store.conversations.add([one, two])
    settle(store, one, "reject")
    settle(store, two, "accept", turn=1)
    export(store, "axolotl-reflection")
    (row,) = rows(store)
    assert (row["output"], row["corrected"]) == ("Put it in the microwave.", "Boil it.")
