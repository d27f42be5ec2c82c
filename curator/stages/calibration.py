"""How far a signal agrees with people: every signal on rewrites against their decisions."""

from typing import Any

from curator.stages.learning import auc, quality
from curator.store import Store

#: Signals whose high values speak for a rewrite; the others speak against it.
FOR = ("judge", "emptied")
COLUMNS = ("signal", "n", "accepted", "AUC", "95 %", "kappa", "agrees")
#: Fewer decisions, or all of one kind, say nothing.
LEAST = 5
#: In place of an interval where a signal has one value for all: it tells nothing from another.
SAME = "same for all"


def calibrated(store: Store) -> tuple[list[tuple[Any, ...]], int, int]:
    """A row for each signal with enough decisions (best first), how many rewrites are decided and
    how many of those are accepted. AUC is that of telling accepted from rejected; kappa and
    agreement are those of “not flagged” with “accepted”."""
    import numpy as np

    decided = {
        id_: int(head.verdict != "reject")
        for id_, head in store.decisions.heads().items()
        if head.verdict in ("accept", "edit", "reject")
    }
    rows = []
    for name, found in store.signals.values_by_name(list(decided)).items():
        wanted = np.array([decided[id_] for id_, _, _ in found])
        if len(wanted) < LEAST or not 0 < wanted.sum() < len(wanted):
            continue
        sign = 1 if name in FOR else -1
        value = np.array([sign * v for _, v, _ in found], float)
        fine = np.array([int(not flagged) for _, _, flagged in found])
        told = _interval(wanted, value) if value.min() < value.max() else SAME
        rows.append(
            (name, len(wanted), int(wanted.sum()), round(auc(wanted, value), 3), told,
             _kappa(wanted, fine), f"{float((wanted == fine).mean()):.0%}")
        )  # fmt: skip
    rows.sort(key=lambda row: -abs(row[3] - 0.5))
    return rows, len(decided), sum(decided.values())


def why_none(decided: int, accepted: int) -> str:
    """Why no signal can be held against these decisions, in words."""
    if decided and accepted in (0, decided):
        word = "accepted" if accepted else "rejected"
        return f"all that are decided are {word}: nothing can be told apart yet"
    needed = f"a signal is held against {LEAST} decided rewrites at least, with both kinds among"
    return f"{needed} them; `curator score` measures rewrites, `curator review` decides them"


def how_to_read(rows: list[tuple[Any, ...]]) -> str:
    """What the table does and does not say."""
    clear = sum(_clear(row[4]) for row in rows)
    return (
        f"AUC is the chance that an accepted rewrite looks better to the signal than a rejected "
        f"one; where its interval holds 0.5 that may be chance ({clear} of {len(rows)} do not)"
    )


def _clear(interval: str) -> bool:
    low, _, high = interval.partition(" to ")
    return bool(high) and not float(low) <= 0.5 <= float(high)


def _interval(wanted: Any, value: Any) -> str:
    import numpy as np

    span = value.max() - value.min()
    scaled = (value - value.min()) / span if span else np.zeros(len(value))
    found = quality(wanted, scaled)
    return f"{found['auc_low']:.2f} to {found['auc_high']:.2f}"


def _kappa(one: Any, other: Any) -> float:
    """Cohen's kappa of two rows of yes and no; 0 where one says always the same."""
    agree = float((one == other).mean())
    chance = float(one.mean() * other.mean() + (1 - one.mean()) * (1 - other.mean()))
    return round((agree - chance) / (1 - chance), 3) if chance < 1 else 0.0
