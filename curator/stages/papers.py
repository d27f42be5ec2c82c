"""What an export says of itself: its manifest, and the report to the person."""

from collections import Counter
from typing import TYPE_CHECKING, Any

from curator.export.checking import Check
from curator.export.manifest import versions
from curator.stages.base import Report

if TYPE_CHECKING:
    from curator.stages.shipment import Shipment

VERDICTS = {"accept": "accepted", "edit": "edited", "reject": "rejected"}


def manifest_of(shipment: "Shipment") -> dict[str, Any]:
    """Counts, checksums, sources, settings and versions; nothing of this machine or hour."""
    tally, order = shipment.tally, shipment.order
    return {
        "name": order.places.name,
        "counts": {
            "chats": tally.chats,
            "rows": sum(side.file.rows for side in shipment.sides),
            "chats without a row": tally.empty,
            "blocked by the evaluation set": tally.blocked,
            "of another licence or language": tally.unwanted,
        },
        "files": [
            {
                "side": s.name,
                "name": s.file.name,
                "rows": s.file.rows,
                "sha256": s.sha256,
            }
            for s in shipment.sides
        ],
        "settings": {
            "format": order.layout.name,
            "include": list(order.include),
            "after": order.after,
            "loss": order.loss,
            "split": list(order.shares),
            "seed": order.seed,
            "licenses": sorted(order.licenses),
            "languages": sorted(order.languages),
            "eval set": [path.name for path in order.eval_set],
            "max length": order.max_length,
        },
        "sources": [
            {"source": source, "license": license_, "chats": n}
            for (source, license_), n in sorted(tally.sources.items())
        ],
        "languages": dict(sorted(tally.languages.items())),
        "decided": [
            {"verdict": VERDICTS[verdict], "reviewer": reviewer, "answers": n}
            for (verdict, reviewer), n in sorted(tally.decided.items())
        ],
        "lost": dict(sorted(tally.lost.items())),
        "checks": [_opinion(check) for check in shipment.checks],
        "lengths": order.lengths.name,
        "versions": versions(),
    }


def _opinion(check: Check) -> dict[str, Any]:
    return {
        "trainer": check.trainer.name,
        "max length": check.rules.limit,
        "findings": [
            {"effect": effect, "rows": n, "example": where, "why": why}
            for _, effect, n, where, why in check.table()
        ],
    }


def report(shipment: "Shipment", manifest: dict[str, Any]) -> Report:
    tally, order = shipment.tally, shipment.order
    by_verdict: Counter[str] = Counter()
    for (verdict, _), n in tally.decided.items():
        by_verdict[VERDICTS[verdict]] += n
    told = Report(columns=("trainer", "would be", "rows", "for example", "why"))
    told.counts = {name: n for name, n in manifest["counts"].items() if n}
    told.counts |= {f"{name} answers": n for name, n in by_verdict.items()}
    for check in shipment.checks:
        told.rows += list(check.table())
        if not check.refused and not check.tally:
            told.lines.append(f"{check.trainer.about} would take every row whole.")
    told.lines.append(f"Lengths: {order.lengths.name}.")
    for what, n in tally.lost.most_common(5):
        told.lines.append(f"{order.layout.name} cannot hold {what} ({n:,} examples).")
    for side in shipment.sides:
        verb = "would hold" if order.dry_run else "holds"
        told.lines.append(f"{side.file.path} {verb} {side.file.rows:,} rows of {order.layout.name}")
    if not told.rows:
        told.columns = ()
    told.data = {"manifest": manifest, "out": str(shipment.sides[0].file.path)}
    return told
