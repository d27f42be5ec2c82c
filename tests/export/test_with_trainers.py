"""What is written is read by the real loaders, and our rules say of rows what they do to them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from curator.conversation import Curated, Turn
from curator.export.checking import Place, checks_for, look
from curator.export.configs import Part, Written, configs
from curator.export.lengths import Estimated
from curator.export.trainers import TRAINERS, told
from curator.formats import FORMATS
from curator.stages.base import Silent
from curator.stages.exporting import STAGE, Config
from curator.stages.runner import perform
from curator.store import Store
from tests.export.curating import chat, settle, workspace

datasets = pytest.importorskip("datasets")
trl = pytest.importorskip("trl")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with workspace(tmp_path) as opened:
        one, two = chat(), chat(*chat().turns[1:], line=2)
        three = chat(
            Turn("user", "Weather?"),
            Turn("assistant", "", {"tool_calls": [
                {"type": "function", "function": {"name": "look", "arguments": "{}"}}
            ]}),
            Turn("tool", "Rain."),
            Turn("assistant", "It rains."),
        )  # fmt: skip
        opened.conversations.add([one, two, three])
        settle(opened, one, "accept")
        settle(opened, two, "edit", turn=1, content="十分钟")
        yield opened


def load(store: Store, tmp_path: Path, layout: str, **more: Any) -> Any:
    out = tmp_path / f"{layout}.jsonl"
    config = Config(format=layout, out=str(out), **more)
    perform(store, STAGE, config, None, Silent())  # type: ignore[arg-type]
    return datasets.load_dataset(
        "json", data_files=str(out), split="train", cache_dir=str(tmp_path / "cache")
    )


@pytest.mark.parametrize("layout", [f.name for f in FORMATS.values() if f.write is not None])
def test_datasets_loads_every_layout(store: Store, tmp_path: Path, layout: str) -> None:
    # Plain strings hold no chat with a system turn: that one leaves no row.
    assert len(load(store, tmp_path, layout)) == (1 if layout == "dpo-trl-text" else 2)


@pytest.mark.parametrize("layout", ["messages", "sharegpt"])
def test_datasets_loads_chats_with_and_without_tools_together(
    store: Store, tmp_path: Path, layout: str
) -> None:
    assert len(load(store, tmp_path, layout, include=("settled", "untouched"))) == 3


@pytest.mark.parametrize("layout", ["messages", "prompt-completion", "dpo-trl", "kto-trl"])
def test_trl_sees_a_conversation_in_what_is_written_for_it(
    store: Store, tmp_path: Path, layout: str
) -> None:
    from trl.data_utils import is_conversational

    assert all(is_conversational(row) for row in load(store, tmp_path, layout))


def test_trl_finds_the_prompt_of_implicit_pairs_where_ours_is(store: Store, tmp_path: Path) -> None:
    from trl.data_utils import extract_prompt

    explicit = load(store, tmp_path, "dpo-trl")
    implicit = load(store, tmp_path, "dpo-trl-implicit")
    for one, other in zip(explicit, implicit, strict=True):
        found = extract_prompt(other)
        assert [found[key] for key in ("prompt", "chosen", "rejected")] == [
            one[key] for key in ("prompt", "chosen", "rejected")
        ]


def findings(trainer: str, layout: str, row: dict[str, Any], limit: int | None = None) -> set[str]:
    (check,) = checks_for([TRAINERS[trainer]], layout, Estimated(), limit)
    return {finding.effect for _, finding in look([check], row, Place("x", 1))}


def said(*roles: str) -> list[dict[str, str]]:
    return [{"role": role, "content": f"{role} says so"} for role in roles]


LONG = [{"role": "user", "content": "why " * 900}, {"role": "assistant", "content": "so"}]


@pytest.mark.parametrize(
    ("trainer", "layout", "row", "effect"),
    [
        ("llamafactory", "messages", {"messages": said("assistant", "user")}, "dropped"),
        ("llamafactory", "messages", {"messages": said("user")}, "dropped"),
        ("llamafactory", "messages", {"messages": said("system", "user", "assistant")}, None),
        ("llamafactory", "messages", {"messages": said("user", "assistant", "system")}, "dropped"),
        ("llamafactory", "alpaca", {"instruction": "a", "input": "", "output": ["b"]}, "dropped"),
        ("axolotl", "messages", {"messages": []}, "error"),
        ("axolotl", "messages", {"messages": LONG}, "dropped"),
        ("axolotl", "messages", {"messages": said("user", "assistant", "user")}, "warned"),
        ("trl", "messages", {"messages": LONG}, "cut"),
        ("openai", "messages", {"messages": said("user")}, "error"),
        ("openai", "messages", {"messages": said("user", "assistant"), "mood": 1}, "error"),
        ("unsloth", "messages", {"messages": said("user")}, "masked"),
        (
            "trl",
            "dpo-trl",
            {"prompt": LONG[:1], "chosen": said("assistant"), "rejected": said("assistant")},
            "dropped",
        ),
        (
            "axolotl",
            "dpo-axolotl",
            {"messages": said("user"), "chosen": {"role": "assistant", "content": ""},
             "rejected": said("assistant")[0]},
            "error",
        ),
    ],
)  # fmt: skip
def test_rules_say_what_becomes_of_a_row(
    trainer: str, layout: str, row: dict[str, Any], effect: str | None
) -> None:
    found = findings(trainer, layout, row, 800 if LONG in row.values() or effect else None)
    assert (effect in found) if effect else not found


def test_an_answer_of_weight_0_is_learnt_by_those_that_do_not_read_it() -> None:
    row = {"messages": [*said("user"), {"role": "assistant", "content": "x", "weight": 0},
                        *said("user", "assistant")]}  # fmt: skip
    assert "learnt" in findings("trl", "messages", row)
    assert "learnt" not in findings("openai", "messages", row)


def test_arrow_is_warned_of_a_field_of_two_types() -> None:
    (check,) = checks_for([TRAINERS["trl"]], "messages", None, None)
    parts = [{"role": "user", "content": [{"type": "text", "text": "a"}]}, *said("assistant")]
    for row in ({"messages": said("user", "assistant")}, {"messages": parts}):
        assert list(look([check], row, Place("x", 1))) is not None
    assert any("Arrow holds one type" in finding.why for finding in check.whole())


def test_every_written_row_can_be_told_as_messages() -> None:
    pair = Curated(
        chat(
            Turn("user", "a"),
            Turn("assistant", "b", {"alternatives": [{"content": "c", "rank": 1}], "label": True,
                                    "criticism": "d"}),
        )
    )  # fmt: skip
    for layout in FORMATS.values():
        if layout.write is not None and layout.name not in ("reflection", "chatml"):
            for row in layout.write(pair):
                assert [m["role"] for m in told(row).chat][-2:] == ["user", "assistant"], (
                    layout.name
                )


def test_dataset_info_lists_every_column_and_tag_that_is_there() -> None:
    fields = frozenset(("conversations", "tools", "id"))
    written = Written("mine", "sharegpt", "answers", (Part("train", "t.jsonl", 2, fields),), True)
    files = configs(written)
    info = json.loads(files["dataset_info.json"])["mine"]
    assert info["columns"] == {"messages": "conversations", "tools": "tools"}
    assert len(info["tags"]) == 7
    assert "mask_history: true" in files["llamafactory.yaml"]
    assert {"axolotl.yaml", "trl-sft.yaml", "unsloth.yaml"} <= set(files)


@pytest.mark.parametrize(
    ("layout", "trainer", "row"),
    [
        (
            "dpo-trl-implicit", "trl",
            {
                name: [{"role": "user", "content": "q"}, {"role": "assistant", "content": name}]
                for name in ("chosen", "rejected")
            },
        ),
        ("chatml", "trl", {"text": "<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\na"}),
        (
            "llamafactory-v1", "llamafactory",
            {
                "messages": [
                    {"role": "user", "content": [{"type": "text", "value": "q"}]},
                    {"role": "assistant", "content": [{"type": "text", "value": "a"}]},
                ]
            },
        ),
    ],
)  # fmt: skip
def test_a_row_in_the_shape_that_a_trainer_wants_is_taken_whole(
    layout: str, trainer: str, row: dict[str, object]
) -> None:
    (check,) = checks_for([TRAINERS[trainer]], layout, None, None)
    assert not list(look([check], row, Place("x", 1)))
