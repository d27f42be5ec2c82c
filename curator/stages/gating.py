"""How the gates look at rewrites: a batch at a time, what lacks a signal, and nothing twice."""

from collections.abc import Sequence

from curator.conversation import Rewrite, Signal
from curator.signals import Case, Gate
from curator.stages.base import Progress, Report
from curator.store import Store

#: Rewrites measured and committed at a time.
BATCH = 64


def measure(
    store: Store,
    gates: Sequence[Gate],
    bounds: tuple[int | None, Sequence[str] | None],
    steps: tuple[Progress, Report],
) -> None:
    """Measure the rewrites that some gate has not seen, so many at most, or only those whose ids
    are named; stops between batches without loss."""
    progress, report = steps
    limit, only = bounds
    methods = {gate.name: gate.version for gate in gates}
    left = store.signals.unscored_count(methods, only)
    left = left if limit is None else min(left, max(0, limit))
    progress.begin(left, "rewrites measured")
    last = -1
    while left > 0:
        batch = store.signals.unscored(methods, last, min(BATCH, left), only)
        if not batch:
            break
        last, left = batch[-1][0], left - len(batch)
        cases = _cases(store, [(id_, rewrite) for _, id_, rewrite in batch], report)
        store.signals.add(_measured(gates, cases), methods, store.run_id)
        report.count("rewrites measured now", len(cases))
        progress.step(len(batch))


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
