"""What an export says of itself: its manifest, and the report to the person."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from curator.export.checking import Check
from curator.export.manifest import versions
from curator.export.trainers import EFFECTS
from curator.stages.base import Report
from curator.stages.order import Order

if TYPE_CHECKING:
    from curator.stages.loading import Shipment

ADVICE = " Name your model's --tokenizer FOLDER to have them counted."
#: By so much a chat may be longer than its estimate: code and rare scripts take more tokens.
UNSURE = 1.5
#: The paper of rows that trainers would not take as they are, and how many a dry run shows.
CHECK, SHOWN = "check.jsonl", 20
#: Unreadable rows of an evaluation set that are shown, and characters of each reason.
FIRST, LINE = 3, 160
VERDICTS = {"accept": "accepted", "edit": "edited", "reject": "rejected"}


def leaving(order: Order, tally: Mapping[str, int]) -> str:
    """How many chats leave and stay, by what was decided on them; with a filter or a quota, that
    there is one."""
    if order.where or order.quota:
        of = f"of those that {order.where} finds" if order.where else ""
        most = f"at most {order.quota:,} of a cluster" if order.quota else ""
        return ", ".join(part for part in (of, most) if part)
    words = {VERDICTS[verdict] for verdict in order.verdicts} | {*order.include}
    goes = [f"{n:,} {name}" for name, n in tally.items() if n and name in words]
    stays = [f"{n:,} {name}" for name, n in tally.items() if n and name not in words]
    return ", ".join(goes) + (f"; {' and '.join(stays)} stay" if stays else "")


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
                "tokens": tokens_of(s.tokens),
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
            "where": order.where,
            "quota": order.quota,
            "redact": order.redact,
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
        **({"replay": _replay(shipment)} if tally.replay else {}),
        "lost": dict(sorted(tally.lost.items())),
        **({"redacted": dict(sorted(tally.redacted.items()))} if order.redact else {}),
        "checks": [_opinion(check) for check in shipment.checks],
        "lengths": order.lengths.name,
        "versions": versions(),
    }


def tokens_of(lengths: Sequence[int]) -> dict[str, int]:
    """How long the rows of a file are: in all, and by rank. Rows that no chat template takes are
    left out."""
    import numpy as np

    known = np.array(lengths, np.int64)
    known = np.sort(known[known >= 0])
    if not len(known):
        return {}
    last = len(known) - 1
    return {
        "in all": int(known.sum()),
        "shortest": int(known[0]),
        "median": int(known[last // 2]),
        "95 %": int(known[last * 95 // 100]),
        "longest": int(known[-1]),
    }


def unread(faults: Sequence[str]) -> str:
    """How many rows of the evaluation set could not be read, and the first of them."""
    first = "; ".join(fault[:LINE] for fault in faults[:FIRST])
    more = f"; and {len(faults) - FIRST:,} more" if len(faults) > FIRST else ""
    return f"{len(faults):,} rows of the evaluation set cannot be read ({first}{more})"


def _replay(shipment: "Shipment") -> dict[str, Any]:
    return {
        "file": shipment.order.places.paper("replay.jsonl").name,
        "examples": shipment.tally.replay,
        "what it is": (
            "questions that followed a changed answer: `curator generate --replay` puts them to a "
            "model again, to have the rest of the chat anew; no trainer reads them"
        ),
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


def _named(shipment: "Shipment") -> list[str]:
    """The rows that trainers would not take as they are: the first, worst ones, of a dry run, else
    the paper that names them."""
    if not shipment.order.dry_run:
        if not shipment.noted(CHECK):
            return []
        return [f"{shipment.order.places.paper(CHECK).name} names every one of these rows and why."]
    found = [orjson.loads(line) for line in shipment.named]
    found.sort(key=lambda one: EFFECTS.index(one["effect"]) if one["effect"] in EFFECTS else -1)
    lines = [f"{_place(one)} {one['effect']}{_by(one)}: {one['why']}" for one in found[:SHOWN]]
    more = len(found) - len(lines)
    return [*lines, f"and {more:,} more: --json names them"] if more > 0 else lines


def _place(one: dict[str, Any]) -> str:
    """Where a row would stand, and where its chat came from."""
    row = f"{one['file']}:{one['row']} ({one['source']})" if "row" in one else one["source"]
    return str(row)


def _by(one: dict[str, Any]) -> str:
    """By whom something would be done to a row."""
    return f" by {one['trainer']}" if "trainer" in one else ""


def _empty_sides(shipment: "Shipment") -> list[str]:
    """Why a side of a split has no row."""
    family, chats = shipment.largest
    return [
        f"{side.name} is empty: families are not torn, and the largest has {family:,} of {chats:,} "
        "chats that are akin (one source, seed, first question, or near twins)"
        for side, share in zip(shipment.sides, shipment.order.shares, strict=False)
        if share and not side.file.rows
    ]


def _verdicts(shipment: "Shipment") -> list[str]:
    """For each trainer whether it takes every row whole, and how many rows its limit may cut
    though their estimate is below it."""
    import numpy as np

    lengths = np.concatenate([np.array(side.tokens, np.int64) for side in shipment.sides])
    lines = []
    for check in shipment.checks:
        name, limit = check.trainer.about, check.rules.limit
        near = 0
        if not shipment.order.lengths.exact:
            near = int(((lengths <= limit) & (limit < UNSURE * lengths)).sum())
        over = f"may be over {name}'s {limit:,} tokens"
        more = f"there can be {UNSURE} times as many as estimated"
        if check.refused or check.tally:
            lines += [f"{near:,} more rows {over}: {more}."] if near else []
        elif near:
            lines.append(
                f"By estimate {name} would take every row whole, but {near:,} {over}: {more}."
            )
        else:
            lines.append(f"{name} would take every row whole.")
    return lines


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
    told.lines.append(f"Lengths: {order.lengths.name}.{'' if order.lengths.exact else ADVICE}")
    for file in manifest["files"]:
        if tokens := file["tokens"]:
            found = ", ".join(f"{name} {count:,}" for name, count in tokens.items())
            told.lines.append(f"{file['name']}: tokens a row: {found}")
    told.lines += _verdicts(shipment)
    told.lines += _named(shipment)
    if tally.replay:
        paper = order.places.paper("replay.jsonl")
        told.lines.append(
            f"{tally.replay:,} examples have questions to ask again: "
            f"`curator generate --replay {paper}` asks them"
        )
    if order.redact:
        gone = ", ".join(f"{n:,} {kind}" for kind, n in tally.redacted.most_common())
        told.lines.append(f"Private places replaced by marks: {gone or 'none was found'}.")
    for what, n in tally.lost.most_common(5):
        told.lines.append(f"{order.layout.name} cannot hold {what} ({n:,} examples).")
    told.lines += _empty_sides(shipment)
    for side in shipment.sides:
        verb = "would hold" if order.dry_run else "holds"
        told.lines.append(f"{side.file.path} {verb} {side.file.rows:,} rows of {order.layout.name}")
    if not told.rows:
        told.columns = ()
    told.data = {"manifest": manifest, "out": str(shipment.sides[0].file.path)}
    if order.dry_run:
        told.data["rows"] = [orjson.loads(line) for line in shipment.named]
    return told
