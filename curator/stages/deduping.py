"""dedup: groups of near twins around the one worth keeping."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple

from curator.conversation import DuplicateGroup, digest
from curator.engines import Engines
from curator.errors import ConfigError
from curator.similarity import Twin, grouped, twins
from curator.stages.base import Progress, Report, Stage
from curator.stages.units import Unit, items, total
from curator.store import Store
from curator.store.duplicates import Sweep
from curator.text import normalise, snippet

SHOWN = 10
#: A group this large, and holding this share of all, is told: it is more likely a template.
CROWD, CROWD_SHARE = 50, 0.05
APPROVED = ("accept", "edit")
#: Part of the fingerprint: another method must look again.
METHOD = "minhash-32x4-1"


@dataclass(frozen=True, kw_only=True)
class Config:
    """Find chats that are near copies of another.

    Case, width, spacing and punctuation do not count; Chinese is compared by character. Of each
    group one is kept: approved by a person first, then the longest, then the earliest. Nothing is
    deleted; the groups are stored, each member with its exact likeness to the keeper.
    """

    unit: Annotated[
        Unit, "what is compared: first-user-turn, chat, answer, pair (question and answer), rewrite"
    ] = "first-user-turn"
    threshold: Annotated[float, "share of common word runs (Jaccard) that makes a twin, to 1"] = 0.7


class Known(NamedTuple):
    """One text under comparison: its name, how to show it, and its rank (lower is kept)."""

    name: str
    snippet: str
    rank: tuple[bool, int, int]


def run(store: Store, config: Config, engines: Engines, progress: Progress) -> Report:  # noqa: ARG001
    """Compare all texts of the unit and store the groups, unless nothing has changed."""
    if not 0.3 <= config.threshold <= 1:
        raise ConfigError(
            f"--threshold is {config.threshold}; it must lie between 0.3 (a third in common) and 1"
        )
    known, papers = _read(store, config.unit, progress)
    print_ = digest([METHOD, [[each.name, each.rank] for each in known]])
    last = store.duplicates.last(config.unit)
    if last and (last.fingerprint, last.threshold) == (print_, config.threshold):
        groups = store.duplicates.groups(config.unit)
        report = _report(known, groups)
        report.lines.append("nothing has changed since the last search; its groups are shown")
        return report
    groups = _groups(known, papers, config, progress)
    sweep = Sweep(config.unit, config.threshold, len(known), print_)
    store.duplicates.replace(sweep, groups, store.run_id)
    return _report(known, groups)


def _read(store: Store, unit: Unit, progress: Progress) -> tuple[list[Known], list[str]]:
    approved = {
        head.conversation_id
        for head in store.decisions.heads().values()
        if head.verdict in APPROVED
    }
    progress.begin(total(store, unit), "chats read" if unit != "rewrite" else "rewrites read")
    known, papers = [], []
    for place, item in enumerate(items(store, unit, progress.step)):
        rank = (item.conversation_id not in approved, -item.size, place)
        known.append(Known(item.name, snippet(item.text), rank))
        papers.append(item.text)
    return known, papers


def _groups(
    known: Sequence[Known], papers: Sequence[str], config: Config, progress: Progress
) -> list[DuplicateGroup]:
    """Copies first, so that only one of each is compared; then twins of those."""
    order = sorted(range(len(known)), key=lambda place: known[place].rank)
    copies: dict[str, list[int]] = {}
    for place in order:
        copies.setdefault(normalise(papers[place]), []).append(place)
    firsts = [places[0] for places in copies.values()]
    others = {places[0]: places[1:] for places in copies.values()}
    distinct = [papers[place] for place in firsts]
    progress.begin(len(distinct), "texts sketched")
    pairs = twins(distinct, config.threshold)
    progress.step(len(distinct))
    # `firsts` are in order of worth already: `copies` was filled that way.
    groups, _ = grouped(pairs, range(len(firsts)))
    members = {
        firsts[keeper]: [Twin(firsts[twin.place], twin.jaccard) for twin in near]
        for keeper, near in groups
    }
    gone = {twin.place for near in members.values() for twin in near}
    made = []
    for first in firsts:
        if first in gone:
            continue
        near = [Twin(place, 1.0) for place in others[first]]
        for twin in members.get(first, ()):
            near += [Twin(place, twin.jaccard) for place in (twin.place, *others[twin.place])]
        if near:
            named = tuple((known[twin.place].name, twin.jaccard) for twin in near)
            made.append(DuplicateGroup(known[first].name, named, config.unit, config.threshold))
    return sorted(made, key=lambda group: (-len(group.members), group.keeper))


def _report(known: Sequence[Known], groups: Sequence[DuplicateGroup]) -> Report:
    texts = {each.name: each.snippet for each in known}
    likeness = [jaccard for group in groups for _, jaccard in group.members]
    exact = sum(jaccard == 1.0 for jaccard in likeness)
    report = Report(
        counts={
            "texts compared": len(known),
            "groups": len(groups),
            "exact copies": exact,
            "near twins": len(likeness) - exact,
        },
        columns=("kept", "twins", "least alike", "id"),
        rows=[
            (
                texts.get(group.keeper, ""), len(group.members),
                f"{min(jaccard for _, jaccard in group.members):.2f}", group.keeper,
            )
            for group in groups[:SHOWN]
        ],
    )  # fmt: skip
    for group in groups:
        if len(group.members) >= max(CROWD, CROWD_SHARE * len(known)):
            report.lines.append(
                f"{len(group.members)} texts are twins of {texts.get(group.keeper, '')!r}: "
                f"perhaps a template; another --unit or a higher --threshold tells them apart"
            )
    return report


STAGE = Stage("dedup", Config, run)
