"""What trainers are started with on these files: dataset_info.json and one YAML each.

LLaMA-Factory unsets every column and tag that a list of them leaves out, and fails on one that a
file does not have, so all that are there are written (its data/parser.py).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from curator.export.trainers import TRAINERS

MODEL = "HuggingFaceTB/SmolLM2-135M-Instruct"
#: Rates and ranks that a first run can be judged by; see each trainer's own advice.
RATE, RANK, EPOCHS, SEED = 2e-4, 8, 3, 0


class Part(NamedTuple):
    """One data file: its side (train, validation, test), name, rows and field names."""

    side: str
    file: str
    rows: int
    fields: frozenset[str]


class Written(NamedTuple):
    """What the configs are about: a dataset's name (ASCII), its layout and files, whether rows
    are cut at the answer to learn, the way from the configs to the files, and the longest chat in
    tokens (None: each trainer's own default, which rows are checked with)."""

    name: str
    layout: str
    teaches: str
    parts: tuple[Part, ...]
    cut: bool
    way: str = ""
    limit: int | None = None

    def length(self, trainer: str) -> int:
        return self.limit or TRAINERS[trainer].limit

    def path(self, part: Part) -> str:
        return self.way + part.file

    def side(self, name: str) -> Part | None:
        return next((part for part in self.parts if part.side == name), None)


def configs(written: Written) -> dict[str, str]:
    """File names and texts, one config for every trainer that reads the layout."""
    found: dict[str, str] = {}
    for name, make in _MAKERS.items():
        if written.layout in TRAINERS[name].reads:
            found |= make(written)
    return found


# LLaMA-Factory ------------------------------------------------------------------------------------

_FROM = {
    "role_tag": "from", "content_tag": "value", "user_tag": "human", "assistant_tag": "gpt",
    "observation_tag": "observation", "function_tag": "function_call", "system_tag": "system",
}  # fmt: skip
# `formatting: openai` would add a line to every system prompt; these tags do without.
_ROLE = {
    "role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant",
    "observation_tag": "tool", "function_tag": "function_call", "system_tag": "system",
}  # fmt: skip
#: Our field names by LLaMA-Factory's column names.
_COLUMNS = {
    "prompt": "instruction", "query": "input", "response": "output", "history": "history",
    "messages": "", "system": "system", "tools": "tools", "chosen": "chosen",
    "rejected": "rejected", "kto_tag": "label",
}  # fmt: skip
_OF_ALPACA = ("prompt", "query", "response", "history")


def _llamafactory(written: Written) -> dict[str, str]:
    if written.layout == "llamafactory-v1":
        return {}
    info = {_dataset(written, part): _info(written, part) for part in written.parts}
    stage = {"pairs": "dpo", "labels": "kto"}.get(written.teaches, "sft")
    train, validation = written.side("train"), written.side("validation")
    settings: dict[str, Any] = {
        "stage": stage,
        "do_train": True,
        "finetuning_type": "lora",
        "lora_target": "all",
        "lora_rank": RANK,
        "model_name_or_path": MODEL,
        "template": "default",
        "dataset_dir": ".",
        "dataset": _dataset(written, train or written.parts[0]),
        "cutoff_len": written.length("llamafactory"),
        "learning_rate": RATE,
        "num_train_epochs": EPOCHS,
        "seed": SEED,
        "output_dir": f"saves/{written.name}",
    }
    if validation:
        settings |= {"eval_dataset": _dataset(written, validation), "eval_strategy": "epoch"}
    if stage == "sft" and written.cut:
        # Every example is cut at the answer to learn; those before it were somebody's old chat.
        settings["mask_history"] = True
    return {
        "dataset_info.json": json.dumps(info, indent=2, ensure_ascii=False) + "\n",
        "llamafactory.yaml": _yaml(settings),
    }


def _dataset(written: Written, part: Part) -> str:
    return written.name if part.side == "train" else f"{written.name}_{part.side}"


def _info(written: Written, part: Part) -> dict[str, Any]:
    chats = next((name for name in ("conversations", "messages") if name in part.fields), None)
    columns = {
        column: field
        for column, field in _COLUMNS.items()
        if field in part.fields and (chats is None or column not in _OF_ALPACA)
    }
    info: dict[str, Any] = {
        "file_name": written.path(part),
        "formatting": "sharegpt" if chats else "alpaca",
    }
    if written.teaches == "pairs":
        info["ranking"] = True
    if written.teaches != "labels":
        columns.pop("kto_tag", None)
    if chats:
        columns = {"messages": chats, **columns}
        return {**info, "columns": columns, "tags": _FROM if chats == "conversations" else _ROLE}
    return {**info, "columns": columns}


# the others ---------------------------------------------------------------------------------------


def _axolotl(written: Written) -> dict[str, str]:
    def dataset(part: Part) -> dict[str, Any]:
        return {"path": written.path(part), "ds_type": "json", "split": "train", **kind}

    kind = _axolotl_kind(written.layout)
    train, validation = written.side("train"), written.side("validation")
    settings: dict[str, Any] = {
        "base_model": MODEL,
        **({"rl": "dpo"} if written.teaches == "pairs" and "rl" not in kind else {}),
        **({"rl": "kto"} if written.teaches == "labels" else {}),
        "datasets": [dataset(train or written.parts[0])],
        **({"test_datasets": [dataset(validation)]} if validation else {"val_set_size": 0.0}),
        "sequence_len": written.length("axolotl"),
        "adapter": "lora",
        "lora_r": RANK,
        "lora_alpha": 2 * RANK,
        "lora_target_linear": True,
        "train_on_inputs": False,
        "micro_batch_size": 2,
        "gradient_accumulation_steps": 2,
        "num_epochs": EPOCHS,
        "learning_rate": RATE,
        "optimizer": "adamw_torch",
        "seed": SEED,
        "output_dir": f"outputs/{written.name}",
    }
    if written.layout == "axolotl-reflection":
        settings.pop("rl", None)
    return {"axolotl.yaml": _yaml(settings)}


def _axolotl_kind(layout: str) -> dict[str, Any]:
    """How Axolotl reads a layout, every field and role named."""
    if layout in ("alpaca", "alpaca-plain"):
        return {"type": "alpaca"}
    if layout == "axolotl-reflection":
        return {"type": "reflection"}
    sharegpt = layout == "sharegpt"
    names = {"role": "from", "content": "value"} if sharegpt else {}
    users, answers = (
        (["human"], ["gpt", "function_call"]) if sharegpt else (["user"], ["assistant"])
    )
    mapping = {
        "message_property_mappings": names or {"role": "role", "content": "content"},
        "roles": {
            "system": ["system"], "user": users, "assistant": answers,
            "tool": ["observation"] if sharegpt else ["tool"],
        },
    }  # fmt: skip
    if layout == "dpo-axolotl":
        return {
            "type": "chat_template.default", "field_messages": "messages",
            "field_chosen": "chosen", "field_rejected": "rejected", **mapping,
        }  # fmt: skip
    if layout == "kto-trl":
        return {"type": "user_defined.default", "field_prompt": "prompt",
                "field_completion": "completion", "field_label": "label"}  # fmt: skip
    learnt: dict[str, Any] = (
        {"roles_to_train": [], "message_field_training": "train"}
        if layout == "messages-train"
        else {"roles_to_train": ["assistant"]}
    )
    return {
        "type": "chat_template",
        "field_messages": "conversations" if sharegpt else "messages",
        **mapping,
        **learnt,
        "train_on_eos": "turn",
    }


def _trl(written: Written) -> dict[str, str]:
    train = written.side("train") or written.parts[0]
    files = {"train": written.path(train)}
    if validation := written.side("validation"):
        files["test"] = written.path(validation)
    settings: dict[str, Any] = {
        "model_name_or_path": MODEL,
        "datasets": [{"path": "json", "data_files": files, "split": "train"}],
        "max_length": written.length("trl"),
        "learning_rate": RATE,
        "num_train_epochs": EPOCHS,
        "use_peft": True,
        "lora_r": RANK,
        "seed": SEED,
        "output_dir": f"outputs/{written.name}",
    }
    if written.teaches == "answers" and written.layout in ("messages", "sharegpt"):
        # Without it the questions are learnt too.
        settings["assistant_only_loss"] = True
    command = {"pairs": "dpo", "labels": "kto"}.get(written.teaches, "sft")
    note = _MARKS if "assistant_only_loss" in settings else ""
    return {f"trl-{command}.yaml": note + _yaml(settings)}


_MARKS = (
    "# assistant_only_loss needs a chat template with {% generation %} marks; the layout\n"
    "# prompt-completion learns the last answer alone and needs none.\n"
)


def _unsloth(written: Written) -> dict[str, str]:
    if written.teaches != "answers":
        return {}
    kind = {"sharegpt": "sharegpt", "alpaca": "alpaca", "alpaca-plain": "alpaca"}.get(
        written.layout, "chatml"
    )
    train = written.side("train") or written.parts[0]
    settings = {
        "model": MODEL,
        "data": {"local_dataset": [written.path(train)], "format_type": kind},
        "training": {
            "training_type": "lora",
            "max_seq_length": written.length("unsloth"),
            "num_epochs": EPOCHS,
            "learning_rate": RATE,
            "random_seed": SEED,
            "train_on_completions": True,
            "output_dir": f"outputs/{written.name}",
        },
        "lora": {"lora_r": RANK, "lora_alpha": 2 * RANK},
    }
    return {"unsloth.yaml": _yaml(settings)}


_MAKERS: dict[str, Callable[[Written], dict[str, str]]] = {
    "llamafactory": _llamafactory,
    "axolotl": _axolotl,
    "trl": _trl,
    "unsloth": _unsloth,
}


def _yaml(settings: Mapping[str, Any] | Sequence[Any]) -> str:
    import yaml

    text: str = yaml.safe_dump(settings, sort_keys=False, allow_unicode=True, width=100)
    return text
