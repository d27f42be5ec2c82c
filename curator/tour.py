"""The whole loop once, on the sample chats: what `curator demo` does."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from curator.conversation import Verdict
from curator.engines import Engines
from curator.errors import StoreError
from curator.stages.base import Progress, Report
from curator.stages.registry import STAGES
from curator.stages.runner import perform
from curator.store import Store

#: Decisions made by the unattended tour carry this name, so that nobody takes them for a person's.
SCRIPTED = "demo-script (not a person)"
SAMPLES = ("chats_sharegpt.json", "chats_zh.jsonl", "ultrachat.jsonl", "single_turn_alpaca.json")
#: The signals that the script takes for a no; the others are warnings to a person.
GRAVE = {"leak", "injection", "emptied", "refusal", "role-confusion", "meta-talk"}
QUESTION = "What is the difference between a list and a tuple in Python?"

_STAGES = {stage.name: stage for stage in STAGES}


@dataclass(frozen=True)
class Step:
    """One stop of the tour: a stage with its settings, and a word on why it is there."""

    stage: str
    why: str
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Stop:
    """What one step did, for the closing table; `seconds` is wall time."""

    step: str
    did: str
    seconds: float


def samples() -> list[Path]:
    """The sample chats, from the checkout or from inside the installed package.

    Raises `StoreError` where neither has them.
    """
    package = Path(__file__).parent
    for folder in (package / "sample_data", package.parent / "sample_data"):
        if (folder / SAMPLES[0]).is_file():
            return [folder / name for name in SAMPLES]
    raise StoreError("the sample chats are missing from this installation; install it again")


def to_review(turns: int) -> list[Step]:
    """The steps up to the review app."""
    files = tuple(str(path) for path in samples())
    return [
        Step("import", "chats in four layouts", {"files": files, "license": "Apache-2.0"}),
        Step("reflect", "rewrite answers, knowing how the user took them", {"limit": turns}),
        Step("score", "what a reviewer should know about each rewrite"),
        Step("dedup", "near twins", {"threshold": 0.5}),
        Step("embed", "where each chat lies"),
    ]


def after_review(folder: Path, steps: int) -> list[Step]:
    """The steps from the settled data to an adapter."""
    export = folder / "demo.alpaca.json"
    settled = {"format": "alpaca", "out": str(export), "force": True, "include": INCLUDED}
    return [
        Step("export", "what leaves is settled, or an original nobody changed", settled),
        Step("train", "a LoRA adapter", {"data": str(export), "steps": steps, **SMALL}),
    ]


INCLUDED = ("settled", "untouched")
#: Training that two cores finish while a person looks on.
SMALL = {"batch_size": 2, "max_length": 256, "val": 0.0}


def walk(
    steps: list[Step], store: Store, engines: Engines, progress: Progress
) -> Iterator[tuple[Step, Report, float]]:
    """Perform the steps one by one: the step, its report, and its wall time in seconds."""
    for step in steps:
        started = time.monotonic()
        stage = _STAGES[step.stage]
        report = perform(store, stage, stage.config(**step.settings), engines, progress)
        yield step, report, time.monotonic() - started


def decide_by_script(store: Store) -> dict[str, int]:
    """Settle what waits for review by a fixed rule, under a name that says so.

    The rule: reject what a `GRAVE` signal flagged, accept the rest. It shows the machinery, not
    taste.
    """
    from curator.review import Session

    made = {"accept": 0, "reject": 0}
    session = Session(store.desk, SCRIPTED)
    while (item := session.item) is not None:
        flagged = any(signal.flagged and signal.name in GRAVE for signal in item.signals)
        verdict: Verdict = "reject" if flagged else "accept"
        session.decide(verdict, reason="decided by the demo's script")
        made[verdict] += 1
    return made


def did(report: Report, most: int = 3) -> str:
    """A report's first numbers in words."""
    numbers = [
        f"{value:,} {name}"
        for name, value in report.counts.items()
        if isinstance(value, int) and value
    ][:most]
    return ", ".join(numbers) or "nothing was due"
