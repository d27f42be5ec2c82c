"""Do the turn signals point at what people touched? AUC by cross-validation, on real repairs.

    python benchmarks/bench_quality.py BEFORE.json AFTER.json [--original ENGLISH.json]

BEFORE and AFTER are the same Alpaca records before and after a person went through them; a record
is touched where it does not come back word for word. ORIGINAL holds the records that BEFORE was
translated from, one for one: from it alone it is told which questions the person rewrote.

Signals are the built-in ones, untrained; a small model on their values is trained on four fifths
of the records and asked about the fifth, five times. Folds are stretches of 50 records as they
came, so that one sitting of the person is never on both sides. The interval is a bootstrap over
records of the cross-validated expectations.
"""

import argparse
import difflib
import gzip
import json
import os
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from rapidfuzz import fuzz

from curator.signals.turns import TURN_SIGNALS, read
from curator.stages.learning import auc

Record = dict[str, str]
FIELDS = ("instruction", "input", "output")
#: Records of one stretch, folds, bootstrap draws, and the likeness of a record to its edited self.
STRETCH, FOLDS, DRAWS, ALIKE = 50, 5, 1000, 35
COLUMNS = [(signal, role) for signal in TURN_SIGNALS for role in signal.roles]


def load(path: Path) -> list[Record]:
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        records: list[Record] = json.load(file)
    return records


def said(record: Record) -> tuple[str, ...]:
    return tuple(record.get(field, "") for field in FIELDS)


def partners(before: list[Record], after: list[Record]) -> list[int | None]:
    """Where each record went: by order, and within an edited stretch by likeness."""
    old, new = [said(r) for r in before], [said(r) for r in after]
    found: list[int | None] = [None] * len(old)
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, False).get_opcodes():
        if tag == "equal":
            found[i1:i2] = range(j1, j2)
        for i in range(i1, i2) if tag == "replace" else ():
            alike = [(fuzz.ratio(" ".join(old[i]), " ".join(new[j])), j) for j in range(j1, j2)]
            score, j = max(alike, default=(0, 0))
            if score > ALIKE:
                found[i], j1 = j, j + 1
    return found


def values(records: list[Record]) -> Any:
    """A row a record: the value of each signal on its question and on its answer, and its flag."""
    table = np.zeros((len(records), 2 * len(COLUMNS)))
    for row, record in enumerate(records):
        asked = "\n".join(part for part in said(record)[:2] if part)
        chat = read([("user", asked, False), ("assistant", record["output"], False)])
        for place, (signal, role) in enumerate(COLUMNS):
            finding = signal.look(chat[role == "assistant"])
            table[row, 2 * place : 2 * place + 2] = finding.value, finding.flagged
    return table


def expected(table: Any, touched: Any, kind: str) -> Any:
    """What models that did not see a stretch expect of its records."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = (
        make_pipeline(StandardScaler(), LogisticRegression(C=0.005, max_iter=2000))
        if kind == "linear"
        else HistGradientBoostingClassifier(
            max_iter=80, learning_rate=0.05, max_leaf_nodes=6, min_samples_leaf=30, random_state=0
        )
    )
    groups = np.arange(len(touched)) // STRETCH
    parts = GroupKFold(FOLDS, shuffle=True, random_state=0)
    return cross_val_predict(
        model, table, touched, groups=groups, cv=parts, method="predict_proba"
    )[:, 1]


def interval(touched: Any, value: Any) -> tuple[float, float]:
    draw = np.random.default_rng(0)
    drawn = []
    for _ in range(DRAWS):
        some = draw.integers(0, len(touched), len(touched))
        drawn.append(auc(touched[some], value[some]))
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(low), float(high)


def report(title: str, table: Any, touched: Any, names: list[str]) -> None:
    print(f"\n{title}: {touched.sum():,} of {len(touched):,}")
    varied = table.std(0) > 0
    table, names = table[:, varied], [n for n, v in zip(names, varied, strict=True) if v]
    for kind in ("linear", "boosted"):
        value = expected(table, touched, kind)
        low, high = interval(touched, value)
        print(f"  {kind:8} AUC {auc(touched, value):.3f}  (95 % {low:.3f} to {high:.3f})")
    alone = [(auc(touched, table[:, k]), name) for k, name in enumerate(names)]
    alone.sort(key=lambda pair: -abs(pair[0] - 0.5))
    print("  alone:", ", ".join(f"{n} {max(a, 1 - a):.3f}" for a, n in alone[:8]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--original", type=Path)
    asked = parser.parse_args()
    before, after = load(asked.before), load(asked.after)
    kept = {said(record) for record in after}
    touched = np.array([int(said(record) not in kept) for record in before])
    names = [
        f"{signal.name} of the {'question' if role == 'user' else 'answer'}{mark}"
        for signal, role in COLUMNS
        for mark in ("", " (flag)")
    ]
    translated = values(before)
    report("Records a person touched, by the signals on the text", translated, touched, names)
    if asked.original is None:
        return
    place = partners(before, after)
    rewritten = np.array([
        int(j is not None and said(record)[:2] != said(after[j])[:2])
        for record, j in zip(before, place, strict=True)
    ])  # fmt: skip
    gone = np.array([int(j is None) for j in place])
    report("Question rewritten or record removed, by the text", translated, rewritten | gone, names)
    table = values(load(asked.original))
    report("Touched, by the signals on the originals", table, touched, names)
    report("Question rewritten or record removed, by originals", table, rewritten | gone, names)
    here = gone == 0
    report("Question rewritten, of those kept, by originals", table[here], rewritten[here], names)


if __name__ == "__main__":
    main()
