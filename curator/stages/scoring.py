"""score: what a reviewer should know about each rewrite, and about every turn of the chats."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated

from curator.engines import Engines
from curator.errors import ConfigError
from curator.signals import GATES
from curator.signals.catalogue import CATALOGUE, entry, words
from curator.signals.turns import TURN_SIGNALS
from curator.stages import (
    difficulty,
    gating,
    judging,
    learning,
    referring,
    second_opinion,
    turn_reading,
)
from curator.stages.base import Filtered, Progress, Report, Spending, Stage
from curator.store import Store

#: Signals that the closing table shows; `curator signals` lists them all.
SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Config(Spending, Filtered):
    """Measure rewrites and turns, and flag what a reviewer should look at.

    Over a hundred signals, English and Chinese, without a model: leaks, refusals, damage, broken
    endings, wrong sums, private data and more. Only what has not been measured is; a flag removes
    nothing, and says why in words. `curator signals` lists them with samples.
    """

    only: Annotated[
        tuple[str, ...], "codes or names of the signals to measure; none means all"
    ] = ()
    limit: Annotated[int | None, "stop after so many rewrites, and so many chats"] = None
    judge: Annotated[bool, "also ask the judge (role judge) for a score and a reason"] = False
    second_opinion: Annotated[bool, "also ask the judge whether rewrites leak"] = False
    ifd: Annotated[bool, "also measure difficulty (IFD) by a small local model"] = False
    reference: Annotated[
        str,
        "also hold rewrites against reference texts: a JSON file of id or question to text, or "
        "`meta` for each chat's own field `reference`",
    ] = ""
    learn: Annotated[bool, "also learn from decisions which rewrites will be accepted"] = False
    learn_from: Annotated[int, "decisions that learning needs at least"] = learning.LEAST


def run(store: Store, config: Config, engines: Engines, progress: Progress) -> Report:
    """Measure what lacks a signal, and count the flags of all."""
    if config.judge or config.second_opinion:
        config.hold(engines)
    chosen, part = _chosen(config.only), config.part(store)
    references = referring.texts(config.reference)
    gates = [gate for gate in GATES if gate.name in chosen]
    report = Report(counts={"rewrites measured now": 0, "turns measured now": 0})
    if gates:
        only = None if part is None else part.rewrites
        gating.measure(store, gates, (config.limit, only), (progress, report))
    if not config.only and part is None and store.objections.missing():
        # For the order `objections` of a review, which else weighs them beside the screen.
        report.counts["objections weighed now"] = store.objections.weigh(config.limit, progress)
    steps = (progress, report)
    if turns := [signal for signal in TURN_SIGNALS if signal.name in chosen]:
        if part is None:
            turn_reading.measure(store, turns, config.limit, steps)
        else:
            turn_reading.measure_part(store, turns, part.chats, config.limit, steps)
    if config.judge:
        judging.judge(store, engines, (config.limit, part), steps)
    if config.second_opinion:
        second_opinion.ask_again(store, engines, (config.limit, part), steps)
    if config.ifd:
        difficulty.measure(store, (config.limit, part), steps)
    if references is not None:
        referring.measure(store, references, (config.limit, part), steps)
    if config.learn:
        learning.learn(store, config.learn_from, steps)
    _conclude(store, report)
    if part is not None:
        part.told(report)
    return report


def _chosen(named: Sequence[str]) -> set[str]:
    """The names of the signals to measure."""
    names = set()
    for word in named:
        found = entry(word)
        if found is None:
            near = get_close_matches(word.lower(), words(), 1)
            hint = f"did you mean {near[0]}?" if near else "`curator signals` lists them"
            raise ConfigError(f"there is no signal {word!r}; {hint}")
        names.add(found.name)
    return names or {one.name for one in CATALOGUE}


def _conclude(store: Store, report: Report) -> None:
    counts = store.signals.flag_counts()
    on_turns = store.turn_signals.counts()
    turns, chats = store.turn_signals.flagged_turns()
    report.counts |= {
        "rewrites measured in all": max((n for n, _ in counts.values()), default=0),
        "rewrites with a flag": store.signals.flagged_rewrites(),
        "turns with a flag": turns,
        "chats with a flag": chats,
    }
    flags = {name: flags for name, (_, flags) in counts.items()}
    report.data |= {"flags": flags, "turn_flags": {n: f for n, (_, f) in on_turns.items() if f}}
    flags |= report.data["turn_flags"]
    weight = ("grave", "warning", "hint").index
    said = [one for one in CATALOGUE if flags.get(one.name)]
    said.sort(key=lambda one: (weight(one.severity), -flags[one.name]))
    report.columns = ("code", "signal", "severity", "reads", "flagged", "flags when")
    report.rows = [
        (one.code, one.name, one.severity, one.on, flags[one.name], one.when)
        for one in said[:SHOWN]
    ]
    if len(said) > SHOWN:
        more = len(said) - SHOWN
        report.lines.append(f"{more} milder signals have flags too; `curator signals` lists them")


STAGE = Stage("score", Config, run)
