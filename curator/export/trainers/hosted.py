"""Rules of hosted fine-tuning (OpenAI's layouts, which others take too) and of Unsloth."""

from collections.abc import Iterator
from typing import Any

from curator.export.glance import Glances
from curator.export.trainers.base import (
    Finding,
    Rules,
    Seen,
    Sight,
    Told,
    Trainer,
    blank,
    fits,
    in_arrow,
    muted,
    unweighed,
)

OPENAI = "OpenAI fine-tuning guide, data preparation"
PREFERENCE = "OpenAI direct preference optimization guide"
FEWEST = 10
UNSLOTH = "unsloth train_on_responses_only, issues 2095 and 11321"
STANDARDIZE = "unsloth standardize_sharegpt, issues 1766 and 1769"


def inspect_openai(told: Told, rules: Rules) -> Iterator[Finding]:
    if "preferred_output" in told.row:
        if any(len(ending) != 1 or ending[0].get("role") != "assistant" for ending in told.endings):
            yield Finding("error", "an output is not one assistant message", PREFERENCE)
        if not told.context or told.context[-1].get("role") == "assistant":
            yield Finding("error", "the input does not end with a question", PREFERENCE)
        messages = told.context
    else:
        messages = told.context
        answers = [m for m in messages if m.get("role") == "assistant"]
        if not answers:
            yield Finding("error", "no assistant message to learn from", OPENAI)
        elif muted(answers) == len(answers):
            yield Finding("masked", "every answer has weight 0", OPENAI)
        if messages and messages[-1].get("role") != "assistant":
            yield Finding("error", "the last message is not the assistant's", OPENAI)
    odd = sorted({k for m in messages for k in m} - MESSAGE_KEYS)
    if odd:
        yield Finding("error", f"message field {odd[0]} is not known", OPENAI)
    if isinstance(told.row.get("tools"), str):
        yield Finding("error", "tools is a JSON string, where a list is read", OPENAI)
    extra = sorted(set(told.row) - ROW_KEYS)
    if extra:
        yield Finding("error", f"field {extra[0]} is not known", OPENAI)
    over = rules.over([*messages, *(told.endings[0] if told.endings else ())], told.tools)
    if over:
        yield Finding("cut", f"the end, {rules.about}{over} tokens over {rules.limit}", OPENAI)


def glance_openai(seen: Glances, rules: Rules) -> tuple[list[Sight], Any]:
    # Any other layout has fields that it may not know.
    return fits(seen, rules) if rules.layout == "openai" else ([], seen.messages >= 0)


MESSAGE_KEYS = {
    "role", "content", "name", "weight", "tool_calls", "tool_call_id", "refusal", "function_call",
}  # fmt: skip
ROW_KEYS = {
    "messages", "tools", "parallel_tool_calls", "functions", "input", "preferred_output",
    "non_preferred_output",
}  # fmt: skip


def whole_openai(seen: Seen) -> Iterator[Finding]:
    if seen.rows < FEWEST:
        yield Finding("error", f"{seen.rows} rows; at least {FEWEST} are wanted", OPENAI)


def inspect_unsloth(told: Told, rules: Rules) -> Iterator[Finding]:
    messages = told.chat
    if blank([m for m in messages if m.get("role") == "assistant"]):
        yield Finding("masked", "no answer in it: all of its labels are -100", UNSLOTH)
    over = rules.over(messages, told.tools)
    if over:
        yield Finding("cut", f"the end, {rules.about}{over} tokens over {rules.limit}", UNSLOTH)
        first = next((n for n, m in enumerate(messages) if m.get("role") == "assistant"), 0)
        if rules.over(messages[:first]):
            yield Finding("masked", "the first answer begins after the cut", UNSLOTH)
    if muted(messages):
        why = f"{unweighed(messages)}: `weight` is not read"
        yield Finding("learnt", why, UNSLOTH)


def whole_unsloth(seen: Seen) -> Iterator[Finding]:
    yield from in_arrow(seen, UNSLOTH)
    if seen.layout == "sharegpt" and seen.rows < 2:
        why = "standardize_sharegpt tells the speakers by statistics, and one row has none"
        yield Finding("error", why, STANDARDIZE)


OPENAI_TRAINER = Trainer(
    "openai", "OpenAI and those that take its layout",
    frozenset(("openai", "messages", "dpo-openai")), 65_536, inspect_openai, whole_openai,
    glance_openai,
)  # fmt: skip
UNSLOTH_TRAINER = Trainer(
    "unsloth",
    "Unsloth",
    frozenset(
        ("messages", "sharegpt", "ultrachat-200k", "prompt-completion", "alpaca", "alpaca-plain",
         "dpo-trl", "dpo-trl-implicit", "dpo-trl-text", "kto-trl")
    ),
    2048,
    inspect_unsloth,
    whole_unsloth,
    fits,
)  # fmt: skip
