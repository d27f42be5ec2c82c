"""dedup: groups of near twins around the one worth keeping, and their removal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from curator.conversation import DuplicateGroup, digest
from curator.engines import Engines
from curator.errors import ConfigError
from curator.similarity.banding import chance
from curator.stages import twinship
from curator.stages.against import Question, across
from curator.stages.base import Filtered, Progress, Report, Stage
from curator.stages.sketched import FLOOR, search
from curator.stages.threads import threads
from curator.stages.twinship import KEEP, STEPS, Group, Ledger
from curator.stages.units import Unit
from curator.store import Store
from curator.store.duplicates import Sweep
from curator.text import snippet

SHOWN = 10
#: Part of the fingerprint: another method must look again.
METHOD = "minhash-32x4-2"


@dataclass(frozen=True, kw_only=True)
class Config(Filtered):
    """Find chats that are near copies of another.

    Case, width, spacing and punctuation do not count; Chinese is compared by character; what many
    texts of a file share (a template, a preamble) is left out. Of each group one is kept: approved
    by a person first, then by score, the longest, the earliest. Every likeness is exact. Nothing
    goes unless `--remove` says so, and `curator restore` brings it back.
    """

    unit: Annotated[
        Unit, "what is compared: first-user-turn, chat, answer, pair (question and answer), rewrite"
    ] = "first-user-turn"
    threshold: Annotated[float, "share of common word runs (Jaccard) that makes a twin, to 1"] = 0.7
    keep: Annotated[
        str, f"which of two twins stays, in this order; of {', '.join(twinship.RULES)}"
    ] = KEEP
    whole: Annotated[bool, "compare templates and preambles, too"] = False
    show: Annotated[int, "list so many groups like threads: keeper, twins, what they share"] = 0
    remove: Annotated[bool, "take the twins out of sight; `curator restore` undoes it"] = False
    blob: Annotated[
        int, "hold a heap of more texts than this back: chained together, it may be no family"
    ] = twinship.HEAP
    against: Annotated[
        tuple[str, ...], "files (an evaluation set): find what is near one of their texts"
    ] = ()
    against_where: Annotated[
        str | None, "a filter: find what is near a text of the chats that match it"
    ] = None
    fresh: Annotated[bool, "forget all sketches and templates of the unit, begin anew"] = False


def run(store: Store, config: Config, engines: Engines, progress: Progress) -> Report:  # noqa: ARG001
    """Sketch what is new, hold it against what is known, group, and remove what is asked."""
    if not FLOOR <= config.threshold <= 1:
        raise ConfigError(
            f"--threshold is {config.threshold}; it must lie between {FLOOR} (half in common) and 1"
        )
    twinship.parse_keep(config.keep)
    if config.remove and config.unit == "rewrite":
        raise ConfigError("--remove takes chats out of sight, not rewrites; reject those in review")
    if config.fresh:
        store.twins.forget(config.unit)
    with store.twins.lean():
        return _searched(store, config, progress)


def _searched(store: Store, config: Config, progress: Progress) -> Report:
    found = search(store, config.unit, config.whole, progress)
    if config.against or config.against_where:
        return across(store, _question(config), progress)
    ledger = Ledger(store, config.unit, config.keep, config.blob)
    groups = ledger.at(config.threshold)
    changed = _keep(store, config, ledger, groups)
    report = _report(ledger, groups)
    if found.read == 0 and not changed:
        report.lines.append("nothing has changed since the last search; its groups are shown")
    _explain(store, config, ledger, report)
    if config.show:
        report.lines += threads(ledger, groups[: config.show])
    if config.remove:
        gone = store.hiding.hide(ledger.removable(groups), "dedup", store.run_id)
        report.counts["chats taken out of sight"] = gone
        report.lines.append(
            "`curator restore --all` brings all back, `curator restore ID` one" if gone else
            "nothing was taken out of sight"
        )  # fmt: skip
    return report


def _question(config: Config) -> Question:
    return Question(
        config.unit, config.threshold, config.against, config.against_where, config.remove
    )


def _keep(store: Store, config: Config, ledger: Ledger, groups: Sequence[Group]) -> bool:
    """Store the groups in place of the last ones; whether they were others."""
    places = sorted({p for g in groups for p in (g.keeper, *(m.place for m in g.members))})
    names = ledger.names(places)
    made = [
        DuplicateGroup(
            names[group.keeper],
            tuple((names[member.place], member.jaccard) for member in group.members),
            config.unit,
            config.threshold,
        )
        for group in groups
    ]
    held = {names[member.place] for group in groups if group.held for member in group.members}
    print_ = digest([METHOD, config.keep, len(ledger), made, sorted(held)])
    last = store.duplicates.last(config.unit)
    if last and (last.fingerprint, last.threshold) == (print_, config.threshold):
        return False
    sweep = Sweep(config.unit, config.threshold, len(ledger), print_)
    store.duplicates.replace(sweep, made, store.run_id, held)
    return True


def _report(ledger: Ledger, groups: Sequence[Group]) -> Report:
    likeness = [member.jaccard for group in groups for member in group.members]
    exact = sum(jaccard == 1.0 for jaccard in likeness)
    held = sum(len(group.members) for group in groups if group.held)
    first = groups[:SHOWN]
    texts = ledger.texts([group.keeper for group in first])
    names = ledger.names([group.keeper for group in first])
    report = Report(
        counts={
            "texts compared": len(ledger),
            "groups": len(groups),
            "exact copies": exact,
            "near twins": len(likeness) - exact,
        },
        columns=("kept", "twins", "least alike", "id"),
        rows=[
            (
                snippet(ledger.telling(texts[group.keeper])), len(group.members),
                f"{min(member.jaccard for member in group.members):.2f}", names[group.keeper],
            )
            for group in first
        ],
    )  # fmt: skip
    if held:
        report.counts["held back"] = held
    report.data["thresholds"] = [
        dict(zip(("threshold", "groups", "twins", "held"), ledger.tally(step), strict=True))
        for step in STEPS
    ]
    return report


def _explain(store: Store, config: Config, ledger: Ledger, report: Report) -> None:
    """What moving the threshold would do, what was left out as template, what is held back."""
    tallies = [ledger.tally(step) for step in STEPS[::2]]
    if tallies[0].twins:
        report.lines.append(
            "twins by threshold: "
            + ", ".join(f"{tally.threshold:.1f} {tally.twins:,}" for tally in tallies)
            + f" (a pair of 0.5 is found with probability {chance(0.5):.2f}, of 0.6 with "
            f"{chance(0.6):.3f}, of 0.7 with {chance(0.7):.4f})"
        )
    for learned in store.twins.learned(config.unit):
        if learned.sharing * 10 >= learned.texts > 0:
            report.lines.append(
                f"{learned.source}: {learned.sharing / learned.texts:.0%} of its texts are made "
                f"from a template, which was not compared (--whole compares it): "
                f"“{snippet(learned.example, 70)}”"
            )
    if held := report.counts.get("held back"):
        report.lines.append(
            f"{held:,} twins hang together in heaps of more than {config.blob} texts and are held "
            f"back from removal: look at them (--show), raise --threshold, or raise --blob"
        )


def run_within(store: Store, config: Config, engines: Engines, progress: Progress) -> Report:
    """`run` on what the filter finds alone: nothing else is read, compared or removed."""
    part = config.part(store)
    if part is None:
        return run(store, config, engines, progress)
    rewrites = config.unit == "rewrite"
    ords = store.rewrites.ords(part.rewrites) if rewrites else part.chats
    with store.twins.within(ords):
        report = run(store, config, engines, progress)
    part.told(report)
    report.lines.append("the stored groups are those of this part; without --where all come back")
    return report


STAGE = Stage("dedup", Config, run_within)
