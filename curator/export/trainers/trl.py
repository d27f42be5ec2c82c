"""TRL's rules, from trl 1.16's sft, dpo and kto trainers, and those of the `datasets` loader."""

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
    in_arrow,
    muted,
    unweighed,
)

SFT = "trl/trainer/sft_trainer.py"
DPO = "trl/trainer/dpo_trainer.py"
KTO = "trl/trainer/kto_trainer.py"
ARROW = "datasets, packaged_modules/json"
UNANSWERED = "ends with a question that nobody answers"


def inspect(told: Told, rules: Rules) -> Iterator[Finding]:
    where = _where(rules.layout)
    if where == SFT:
        yield from _sft(told, rules)
        return
    if not told.context:
        yield Finding("error", "the prompt is empty", where)
        return
    if blank(told.context):
        yield Finding("warned", "the prompt says nothing", where)
    if rules.full(told):
        yield _filled(rules, where)
        return
    if over := rules.longest(told):
        yield Finding("cut", f"the end, {rules.about}{over} tokens over {rules.limit}", where)


def _sft(told: Told, rules: Rules) -> Iterator[Finding]:
    messages = told.chat
    if not messages:
        yield Finding("error", "the list of messages is empty", SFT)
        return
    if "completion" in told.row and rules.full(told):
        yield _filled(rules, SFT)
        return
    over = rules.over(messages, told.tools)
    # A text that is trained on as it stands is nobody's question.
    asks = messages[-1].get("role") == "user" and rules.layout != "chatml"
    yield from _ends(over, asks, rules)
    if muted(told.context) and "completion" not in told.row:
        why = f"{unweighed(told.context)}: `weight` is not read"
        yield Finding("learnt", f"{why} (prompt-completion learns the last alone)", SFT)


def _filled(rules: Rules, where: str) -> Finding:
    why = f"the prompt alone fills {rules.limit} tokens"
    return Finding("dropped", why, f"{where}, filter after the cut")


def _ends(over: int, asks: bool, rules: Rules) -> Iterator[Finding]:
    if over:
        yield Finding("cut", _too_long(rules).format(over), SFT)
    if asks:
        yield Finding("warned", UNANSWERED, SFT)


def _too_long(rules: Rules) -> str:
    return f"the end, {rules.about}{{}} tokens over {rules.limit}"


def glance(seen: Glances, rules: Rules) -> tuple[list[Sight], Any]:
    if _where(rules.layout) != SFT:
        return [], seen.messages >= 0
    over = rules.over_at_a_glance(seen)
    (long,), (asking,) = over.nonzero(), seen.asks.nonzero()
    found = [
        Sight("cut", _too_long(rules), SFT, long, over[long]),
        Sight("warned", UNANSWERED, SFT, asking),
    ]
    return found, seen.messages == 0


def _where(layout: str) -> str:
    if layout.startswith("dpo"):
        return DPO
    return KTO if layout.startswith("kto") else SFT


def whole(seen: Seen) -> Iterator[Finding]:
    yield from in_arrow(seen, ARROW)
    if seen.layout.startswith("kto") and not (seen.desired and seen.undesired):
        kind = "desired" if seen.desired else "undesired"
        yield Finding("warned", f"every answer is {kind}: set the weights, or label more", KTO)
    if seen.rows and seen.dropped == seen.rows:
        yield Finding("error", "no row is left", _where(seen.layout))


TRAINER = Trainer(
    "trl",
    "TRL",
    frozenset(
        (
            "messages", "sharegpt", "ultrachat-200k", "prompt-completion", "chatml", "dpo-trl",
            "dpo-trl-implicit", "dpo-trl-text", "kto-trl", "messages-train",
        )
    ),
    1024,
    inspect,
    whole,
    glance,
)  # fmt: skip
