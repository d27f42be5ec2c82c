"""What the check says of rows is what TRL does to them: its own preparation is run beside it."""

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from curator.conversation import Turn, Verdict
from curator.stages.base import Silent
from curator.stages.exporting import STAGE, Config
from curator.stages.runner import perform
from curator.store import Store
from tests.export.curating import chat, settle, workspace

datasets = pytest.importorskip("datasets")
trl = pytest.importorskip("trl")

LIMIT = 60
#: Shows the tools, too, as many do.
TEMPLATE = """
{%- if tools %}<|tools|> {{ tools | tojson }} <|end|> {% endif -%}
{%- for message in messages %}<|{{ message.role }}|> {{ message.content }} <|end|> {% endfor -%}
{%- if add_generation_prompt %}<|assistant|> {% endif -%}
"""
WORDS = [f"w{n}" for n in range(50)]
TOOL = {"name": "look", "parameters": {"type": "object", "properties": {}}}


@pytest.fixture
def tokenizer(tmp_path: Path) -> Any:
    """One token a word, and a chat template."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = ["?", *WORDS, "<|end|>", *(f"<|{role}|>" for role in ("system", "user", "assistant"))]
    made = Tokenizer(models.WordLevel({w: n for n, w in enumerate(words)}, unk_token="?"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    found = PreTrainedTokenizerFast(tokenizer_object=made, unk_token="?", eos_token="<|end|>")
    found.chat_template = TEMPLATE.strip()
    found.save_pretrained(tmp_path / "tokenizer")
    return found


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    draw = random.Random(4)
    with workspace(tmp_path) as opened:
        for number in range(60):
            turns = [Turn("system", "w1 w2")] if number % 5 == 0 else []
            for _ in range(draw.choice((1, 1, 2))):
                asked, said = (" ".join(draw.choices(WORDS, k=draw.randint(1, 32))) for _ in "ab")
                turns += [Turn("user", asked), Turn("assistant", said)]
            meta = {"tools": [TOOL]} if number % 7 == 0 else {}
            one = chat(*turns, line=number, **meta)
            opened.conversations.add([one])
            verdicts: tuple[Verdict, ...] = ("accept", "reject", "edit")
            verdict = verdicts[number % 3]
            settle(opened, one, verdict, turn=len(turns) - 1, content="w3 " * (number % 40 + 1))
        yield opened


def written(store: Store, tmp_path: Path, layout: str) -> tuple[Any, list[dict[str, Any]]]:
    """The rows as `datasets` has them, numbered, and what the check said of them."""
    out = tmp_path / f"{layout}.jsonl"
    config = Config(
        format=layout, out=str(out), check=("trl",), max_length=LIMIT,
        tokenizer=str(tmp_path / "tokenizer"),
    )  # fmt: skip
    perform(store, STAGE, config, None, Silent())  # type: ignore[arg-type]
    rows = datasets.load_dataset(
        "json", data_files=str(out), split="train", cache_dir=str(tmp_path / "cache")
    )
    paper = tmp_path / f"{layout}.check.jsonl"
    said = [json.loads(line) for line in paper.read_text(encoding="utf-8").splitlines()]
    return rows.add_column("number", list(range(1, len(rows) + 1))), said


def prepared(kind: str, rows: Any, tokenizer: Any, limit: int | None, folder: Path) -> Any:
    """The rows after TRL's own preparation."""
    asked = {"output_dir": str(folder / "o"), "report_to": [], "use_cpu": True, "bf16": False}
    args = getattr(trl, f"{kind}Config")(**asked, max_length=limit)
    trainer = getattr(trl, f"{kind}Trainer")
    bare = SimpleNamespace(
        chat_template=tokenizer.chat_template, _tokenizer=tokenizer, calculate_KL=False,
        completion_only_loss="prompt" in rows.column_names,
        desirable_weight=1.0, undesirable_weight=1.0,
    )  # fmt: skip
    more = (False, None, "train") if kind == "SFT" else ("train",)
    return trainer._prepare_dataset(bare, rows, tokenizer, args, *more)


def lengths(rows: Any) -> dict[int, int]:
    """Tokens of each row, with the longer answer where there are two."""
    found = {}
    for row in rows:
        endings = [row[k] for k in ("chosen_ids", "rejected_ids", "completion_ids") if k in row]
        whole = row["prompt_ids"] if endings else row["input_ids"]
        found[row["number"]] = len(whole) + max(map(len, endings), default=0)
    return found


@pytest.mark.parametrize(
    ("layout", "kind"),
    [("messages", "SFT"), ("prompt-completion", "SFT"), ("dpo-trl", "DPO"), ("kto-trl", "KTO")],
)
def test_rows_are_dropped_and_cut_as_the_check_says(
    store: Store, tmp_path: Path, tokenizer: Any, layout: str, kind: str
) -> None:
    rows, said = written(store, tmp_path, layout)
    kept = lengths(prepared(kind, rows, tokenizer, LIMIT, tmp_path))
    dropped = {number for number in rows["number"] if number not in kept}
    assert {one["row"] for one in said if one["effect"] == "dropped"} == dropped
    assert dropped or layout == "messages"
    whole = lengths(prepared(kind, rows, tokenizer, None, tmp_path))
    over = {number: whole[number] - LIMIT for number in kept if whole[number] > LIMIT}
    assert over
    found = {
        one["row"]: int(re.findall(r"(\d+) tokens over", one["why"])[0])
        for one in said
        if one["effect"] == "cut"
    }
    assert found == over
