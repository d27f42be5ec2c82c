"""score: what a reviewer should know about each rewrite before reading it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from curator.conversation import Rewrite, Signal
from curator.engines import Engines
from curator.errors import ConfigError
from curator.signals import GATES, Case, Gate
from curator.stages.base import Progress, Report, Stage
from curator.store import Store

#: Rewrites measured and committed at a time.
BATCH = 64


@dataclass(frozen=True, kw_only=True)
class Config:
    """Measure each rewrite and flag what a reviewer should look at.

    Looks for hindsight leaks, refusals, obeyed orders, lost code, changed numbers and links,
    another language or length, repetition and more, English and Chinese, without a model. Only
    what has not been measured is; a flag removes nothing, and says why in words.
    """

    only: Annotated[
        tuple[str, ...], "names of signals to measure, none means all: " + ", ".join(
            gate.name for gate in GATES
        )
    ] = ()  # fmt: skip
    limit: Annotated[int | None, "stop after this many rewrites"] = None


def run(store: Store, config: Config, engines: Engines, progress: Progress) -> Report:  # noqa: ARG001
    """Measure the rewrites that lack a signal, and count the flags of all."""
    gates = _chosen(config.only)
    methods = {gate.name: gate.version for gate in gates}
    left = store.signals.unscored_count(methods)
    left = left if config.limit is None else min(left, max(0, config.limit))
    report = Report(counts={"rewrites measured now": 0})
    progress.begin(left, "rewrites measured")
    last = -1
    while left > 0:
        batch = store.signals.unscored(methods, last, min(BATCH, left))
        if not batch:
            break
        last, left = batch[-1][0], left - len(batch)
        cases = _cases(store, [(id_, rewrite) for _, id_, rewrite in batch], report)
        store.signals.add(_measured(gates, cases), methods, store.run_id)
        report.count("rewrites measured now", len(cases))
        progress.step(len(batch))
    _conclude(store, gates, report)
    return report


def _chosen(names: Sequence[str]) -> Sequence[Gate]:
    by_name = {gate.name: gate for gate in GATES}
    for name in names:
        if name not in by_name:
            from difflib import get_close_matches

            near = get_close_matches(name, by_name, 1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(by_name)}"
            raise ConfigError(f"there is no signal {name!r}; {hint}")
    return [by_name[name] for name in dict.fromkeys(names)] or GATES


def _cases(
    store: Store, rewrites: Sequence[tuple[str, Rewrite]], report: Report
) -> list[tuple[str, Rewrite, Case]]:
    """What the signals see of each rewrite; one whose chat is gone is noted as a failure."""
    chats = {
        id_: store.conversations.get(id_)
        for id_ in dict.fromkeys(rewrite.conversation_id for _, rewrite in rewrites)
    }
    cases = []
    for id_, rewrite in rewrites:
        chat, index = chats[rewrite.conversation_id], rewrite.turn_index
        if chat is None or not 0 <= index < len(chat.turns):
            report.fail(id_, "its conversation is not in this workspace")
            continue
        turns = chat.turns
        case = Case(turns[:index], turns[index].content, rewrite.content, turns[index + 1 :])
        cases.append((id_, rewrite, case))
    return cases


def _measured(gates: Sequence[Gate], cases: Sequence[tuple[str, Rewrite, Case]]) -> list[Signal]:
    signals = []
    for gate in gates:
        findings = gate.measure([case for _, _, case in cases])
        for (id_, rewrite, _), (value, flagged, note) in zip(cases, findings, strict=True):
            signals.append(
                Signal(
                    rewrite.conversation_id, rewrite.turn_index, gate.name, float(value), flagged,
                    note, id_,
                )
            )  # fmt: skip
    return signals


def _conclude(store: Store, gates: Sequence[Gate], report: Report) -> None:
    counts = store.signals.flag_counts()
    flagged = store.signals.flagged_rewrites()
    report.counts |= {"rewrites measured in all": max((n for n, _ in counts.values()), default=0)}
    report.counts |= {"rewrites with a flag": flagged}
    report.columns = ("signal", "flagged", "measured", "flags when")
    report.rows = [
        (gate.name, counts[gate.name][1], counts[gate.name][0], gate.when)
        for gate in gates
        if gate.name in counts
    ]
    report.data |= {"flags": {name: flags for name, (_, flags) in counts.items()}}


STAGE = Stage("score", Config, run)
