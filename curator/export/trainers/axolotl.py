"""Axolotl's rules, from its prompt_strategies (chat_template, dpo/chat_template) and data utils."""

from collections.abc import Iterator

from curator.export.trainers.base import (
    Finding,
    Rules,
    Seen,
    Told,
    Trainer,
    blank,
    fits,
    in_arrow,
    muted,
    unweighed,
)

CHAT = "axolotl prompt_strategies/chat_template.py"
DPO = "axolotl prompt_strategies/dpo/chat_template.py"
LENGTH = "axolotl excess_length_strategy, default drop"
ROLES = ("system", "user", "assistant", "tool")


def inspect(told: Told, rules: Rules) -> Iterator[Finding]:
    pairs = bool(told.endings) and len(told.endings) == 2
    messages = told.context if pairs else told.chat
    if not messages:
        yield Finding("error", "messages is empty", DPO if pairs else CHAT)
        return
    strange = [m["role"] for m in messages if m.get("role") not in ROLES]
    if strange:
        yield Finding("error", f"role {strange[0]} is in no role map", DPO if pairs else CHAT)
    if pairs:
        yield from _pairs(told, rules)
        return
    over = rules.over(messages, told.tools)
    if over:
        why = f"{rules.about}{over} tokens over {rules.limit}"
        yield Finding("dropped", f"{why}: the whole row goes", LENGTH)
        return
    if messages[-1].get("role") == "user":
        why = "ends with a question, which mistral_common refuses and others do not learn from"
        yield Finding("warned", why, "axolotl issue 3231")
    if muted(told.context) and rules.layout != "messages-train":
        why = f"{unweighed(told.context)}: `weight` is not read"
        yield Finding("learnt", f"{why} (messages-train says it with `train`)", CHAT)
    trained = [m for m in messages if m.get("role") == "assistant" and m.get("train", True)]
    if not trained:
        yield Finding("masked", "no answer in it carries loss", CHAT)
    if any(isinstance(_arguments(call), dict) for m in messages for call in _calls(m)):
        why = "arguments of a tool call are an object: differing keys break Arrow; use a string"
        yield Finding("warned", why, CHAT)


def _calls(message: dict[str, object]) -> list[object]:
    calls = message.get("tool_calls")
    return calls if isinstance(calls, list) else []


def _arguments(call: object) -> object:
    function = call.get("function") if isinstance(call, dict) else None
    return function.get("arguments") if isinstance(function, dict) else None


def _pairs(told: Told, rules: Rules) -> Iterator[Finding]:
    for name, part in zip(
        ("prompt", "chosen", "rejected"), (told.context, *told.endings), strict=True
    ):
        if blank(part):
            yield Finding("error", f"{name} is empty", DPO)
    over = rules.longest(told)
    if over:
        why = f"{rules.about}{over} tokens over {rules.limit}"
        yield Finding("dropped", f"{why}: the whole row goes", LENGTH)


def whole(seen: Seen) -> Iterator[Finding]:
    yield from in_arrow(seen, CHAT)
    if seen.rows and seen.dropped == seen.rows:
        yield Finding("error", "no row is left", LENGTH)


TRAINER = Trainer(
    "axolotl",
    "Axolotl",
    frozenset(
        (
            "alpaca", "alpaca-plain", "messages", "messages-train", "sharegpt", "ultrachat-200k",
            "dpo-axolotl", "axolotl-reflection", "kto-trl",
        )
    ),
    2048,
    inspect,
    whole,
    fits,
)  # fmt: skip
