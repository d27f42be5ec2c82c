"""LLaMA-Factory's rules, from its data/converter.py and data/processor/ (at ff6d4d1)."""

from bisect import bisect_left
from collections.abc import Iterator

from curator.export.lengths import Message
from curator.export.trainers.base import (
    Finding,
    Rules,
    Seen,
    Told,
    Trainer,
    fits,
    in_arrow,
    muted,
    unweighed,
)

LOADER = "LLaMA-Factory data/loader.py"
CONVERTER = "LLaMA-Factory data/converter.py"
SUPERVISED = "LLaMA-Factory data/processor/supervised.py"
PAIRWISE = "LLaMA-Factory data/processor/pairwise.py"
FEEDBACK = "LLaMA-Factory data/processor/feedback.py"
ODD, EVEN = ("user", "tool"), ("assistant",)


def inspect(told: Told, rules: Rules) -> Iterator[Finding]:
    """What happens to one row; a dropped row is looked at no further."""
    pairs = rules.layout.startswith("dpo")
    if "output" in told.row and not isinstance(told.row["output"], str):
        yield Finding("dropped", "output is a list of answers, not one string", CONVERTER)
        return
    messages = told.context if pairs else told.chat
    reason = _out_of_turn(messages, pairs, told)
    if reason:
        yield Finding("dropped", reason, CONVERTER)
        return
    # The new engine reads parts, and tools as they are.
    new = rules.layout == "llamafactory-v1"
    if not new and "tools" in told.row and not isinstance(told.row["tools"], str):
        yield Finding("error", "tools is a list, where a JSON string is read", CONVERTER)
    if not new and any(_parts(message) for message in messages):
        yield Finding("error", "content is a list of parts, where a string is read", CONVERTER)
    if any("tool_calls" in m for m in messages) and "conversations" not in told.row:
        yield Finding(
            "learnt", "an empty answer: tool_calls are not read (sharegpt's are)", CONVERTER
        )
    yield from _lengths(told, rules, pairs)
    if not pairs and muted(messages) and rules.layout != "llamafactory-v1":
        why = f"{unweighed(messages)}: `weight` is not read"
        yield Finding("learnt", f"{why} (mask_history: true learns the last alone)", SUPERVISED)


def _out_of_turn(messages: list[Message], pairs: bool, told: Told) -> str:
    spoken = messages[1:] if messages and messages[0]["role"] == "system" else messages
    for place, message in enumerate(spoken):
        if message["role"] not in (EVEN if place % 2 else ODD):
            return f"message {place + 1}: {message['role']} is out of turn"
    if len(spoken) % 2 != (1 if pairs else 0):
        return f"{len(spoken)} messages: an {'even' if pairs else 'odd'} count"
    if not spoken:
        return "no messages"
    if pairs and any(ending[0]["role"] != "assistant" for ending in told.endings):
        return "chosen or rejected is no answer"
    return ""


def _parts(message: Message) -> bool:
    return isinstance(message.get("content"), list)


def _lengths(told: Told, rules: Rules, pairs: bool) -> Iterator[Finding]:
    if pairs:
        over = rules.longest(told)
        if over:
            why = f"{rules.about}{over} tokens over {rules.limit}: both answers are cut"
            yield Finding("cut", f"{why} to the longer one's budget", PAIRWISE)
        return
    messages = told.chat
    over = rules.over(messages, told.tools)
    if not over:
        return
    one_answer = "label" in told.row
    # A shorter chat has fewer tokens, so not every ending need be counted.
    cuts = range(2, len(messages), 2)
    lost = bisect_left(cuts, True, key=lambda n: not rules.over(messages[:-n], told.tools)) + 1
    why = f"{rules.about}{over} tokens over {rules.limit}: "
    if one_answer or len(messages) <= 3:
        yield Finding("cut", why + "question and answer are cut", SUPERVISED)
    else:
        which = f"the last {lost} exchanges (the first with mask_history: true)"
        yield Finding("cut", f"{why}{which} are cut or lost", SUPERVISED)


def whole(seen: Seen) -> Iterator[Finding]:
    yield from in_arrow(seen, LOADER)
    if seen.rows and seen.dropped == seen.rows:
        yield Finding("error", "no row is left: Cannot find valid samples", SUPERVISED)
    if seen.layout.startswith("kto") and seen.rows and not (seen.desired and seen.undesired):
        kind = "desired" if seen.desired else "undesired"
        yield Finding("warned", f"every answer is {kind}: KTO wants both", FEEDBACK)


TRAINER = Trainer(
    "llamafactory",
    "LLaMA-Factory",
    frozenset(
        (
            "alpaca", "alpaca-history", "alpaca-plain", "sharegpt", "messages", "ultrachat-200k",
            "llamafactory-v1", "dpo-llamafactory", "dpo-llamafactory-alpaca", "dpo-axolotl",
            "kto-llamafactory",
        )
    ),
    2048,
    inspect,
    whole,
    fits,
)  # fmt: skip
