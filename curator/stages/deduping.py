"""dedup: groups of near twins around the one worth keeping, and their removal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from curator.conversation import DuplicateGroup, digest
from curator.engines import Engines
from curator.errors import ConfigError
from curator.similarity.banding import chance
from curator.stages import meaning, twinship
from curator.stages.against import Question, across, sought
from curator.stages.base import Filtered, Progress, Report, Stage
from curator.stages.closeness import MEANING, WORDING, needed
from curator.stages.embedding import embedder_for
from curator.stages.meaning import Meaning
from curator.stages.sketched import FLOOR, Found, search
from curator.stages.threads import least_of, threads
from curator.stages.twinship import KEEP, STEPS, WORDS, Cut, Group, Ledger, steps_of
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
    goes unless `--remove` says so, and `curator restore` brings it back. `--semantic` finds what
    says the same in other words, too, by the vectors that `curator embed` stores; what has none is
    encoded first.
    """

    unit: Annotated[
        Unit, "what is compared: first-user-turn, chat, answer, pair (question and answer), rewrite"
    ] = "first-user-turn"
    threshold: Annotated[float, "share of common word runs (Jaccard) that makes a twin, to 1"] = 0.7
    semantic: Annotated[bool, "compare by meaning, too: cosines of embeddings"] = False
    cosine: Annotated[
        float, "cosine that makes a twin by meaning, to 1 (0: the model's own, 0.9 for the default)"
    ] = 0.0
    model: Annotated[
        str, "the embedder for --semantic, as for `curator embed`: a folder, a hub name, static"
    ] = ""
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


def run(store: Store, config: Config, engines: Engines, progress: Progress) -> Report:
    """Sketch what is new, hold it against what is known, group, and remove what is asked."""
    if not FLOOR <= config.threshold <= 1:
        raise ConfigError(
            f"--threshold is {config.threshold}; it must lie between {FLOOR} (half in common) and 1"
        )
    if config.cosine and not 0 < config.cosine <= 1:
        raise ConfigError(f"--cosine is {config.cosine}; it must lie between 0 and 1")
    if (config.cosine or config.model) and not config.semantic:
        raise ConfigError("--cosine and --model say how meaning is compared; add --semantic")
    twinship.parse_keep(config.keep)
    if config.remove and config.unit == "rewrite":
        raise ConfigError("--remove takes chats out of sight, not rewrites; reject those in review")
    if config.fresh:
        store.twins.forget(config.unit)
    with store.twins.lean():
        found = search(store, config.unit, config.whole, progress)
    report = Report()
    meant = _meant(store, config, engines, report, progress) if config.semantic else None
    with store.twins.lean():
        return _searched(store, config, (found, meant), report, progress)


def _meant(
    store: Store, config: Config, engines: Engines, report: Report, progress: Progress
) -> Meaning:
    """What the search by meaning did. Raises `ConfigError` for a cosine that was not kept."""
    embedder = embedder_for(config.model, engines, progress)
    meant = meaning.search(store, config.unit, embedder, report, config.whole, progress)
    if config.cosine and config.cosine < meant.meant.floor:
        raise ConfigError(
            f"--cosine is {config.cosine}; of {embedder.model} pairs are kept from "
            f"{meant.meant.floor} up (below it hardly any mean the same)"
        )
    return meant


def _searched(
    store: Store, config: Config, done: tuple[Found, Meaning | None], report: Report,
    progress: Progress,
) -> Report:  # fmt: skip
    found, meant = done
    cut = Cut(config.threshold, (config.cosine or meant.meant.usual) if meant else None)
    if config.against or config.against_where:
        return across(store, _question(config, cut, meant), progress)
    ledger = Ledger(store, config.unit, config.keep, config.blob)
    groups = ledger.at(cut)
    changed = _keep(store, config, ledger, cut, groups)
    _tell(report, ledger, cut, groups)
    if meant:
        _tell_meaning(store, report, ledger, cut, meant)
    if config.unit == "rewrite" and not len(ledger):
        report.lines.append("there are no rewrites to compare; `curator reflect` makes them")
    elif found.read == 0 and not (meant and meant.encoded) and not changed:
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


def _question(config: Config, cut: Cut, meant: Meaning | None) -> Question:
    embedder = meant.embedder if meant else None
    return Question(config.unit, cut, config.against, config.against_where, config.remove, embedder)


def _keep(store: Store, config: Config, ledger: Ledger, cut: Cut, groups: Sequence[Group]) -> bool:
    """Store the groups in place of the last ones; whether they were others."""
    places = sorted({p for g in groups for p in (g.keeper, *(m.place for m in g.members))})
    names = ledger.names(places)
    made = [
        DuplicateGroup(
            names[group.keeper],
            tuple((names[member.place], member.likeness) for member in group.members),
            config.unit,
            config.threshold,
        )
        for group in groups
    ]
    held = {names[member.place] for group in groups if group.held for member in group.members}
    kinds = {
        names[member.place]: member.kind
        for group in groups
        for member in group.members
        if member.kind != WORDS
    }
    said = [METHOD, config.keep, len(ledger), made, sorted(held)]
    print_ = digest([*said, *([sorted(kinds.items())] if cut.meaning else [])])
    last = store.duplicates.last(config.unit)
    if last and (last.fingerprint, last.threshold, last.meaning) == (print_, *cut):
        return False
    sweep = Sweep(config.unit, config.threshold, len(ledger), print_, cut.meaning)
    store.duplicates.replace(sweep, made, store.run_id, held, kinds)
    return True


def _tell(report: Report, ledger: Ledger, cut: Cut, groups: Sequence[Group]) -> None:
    """The numbers, and the first groups."""
    members = [member for group in groups for member in group.members]
    by_words = [member.likeness for member in members if member.kind == WORDS]
    exact = sum(jaccard == 1.0 for jaccard in by_words)
    held = sum(len(group.members) for group in groups if group.held)
    first = groups[:SHOWN]
    texts = ledger.texts([group.keeper for group in first])
    names = ledger.names([group.keeper for group in first])
    report.counts |= {
        "texts compared": len(ledger),
        "groups": len(groups),
        "exact copies": exact,
        "near twins": len(by_words) - exact,
    }
    if cut.meaning is not None:
        report.counts["twins by meaning"] = len(members) - len(by_words)
    if held:
        report.counts["held back"] = held
    report.columns = ("kept", "twins", "least alike", "id")
    report.rows = [
        (
            snippet(ledger.telling(texts[group.keeper])), len(group.members), least_of(group),
            names[group.keeper],
        )
        for group in first
    ]  # fmt: skip
    report.data["thresholds"] = [ledger.tally(cut._replace(words=step))._asdict() for step in STEPS]


def _tell_meaning(store: Store, report: Report, ledger: Ledger, cut: Cut, found: Meaning) -> None:
    """By whose vectors, how far the cosine could be moved, and what was not compared."""
    assert cut.meaning is not None
    meant = found.meant
    report.counts |= {"texts encoded now": found.encoded, "model": meant.model}
    kinds = {kind for kind in (MEANING, WORDING) if ledger.has(kind)}
    tallies = [(cosine, ledger.tally(cut._replace(meaning=cosine))) for cosine in steps_of(meant)]
    report.data |= {
        "cosine": cut.meaning, "revision": meant.revision,
        "cosines": [{**tally._asdict(), "cosine": cosine} for cosine, tally in tallies],
    }  # fmt: skip
    words = ledger.tally(cut._replace(meaning=None)).twins
    report.lines.append(
        "twins that only meaning finds, by cosine: "
        + ", ".join(f"{cosine:.2f} {tally.twins - words:,}" for cosine, tally in tallies)
        + f" (now {cut.meaning:.2f}; the default of {meant.model} is {meant.usual:.2f})"
    )
    if WORDING in kinds:
        report.lines.append(
            f"Chinese, Japanese and Korean are compared by their wording (rare words count more, "
            f"order does not) from {needed(cut.meaning, WORDING):.2f}: the embedded model does not "
            f"know them, nor does it find translations; --model names one that does"
        )
    if found.unknown:
        report.lines.append(
            f"{found.unknown:,} texts are written in a script or in signs that {meant.model} does "
            f"not know, and were compared by words alone"
        )
    if (last := store.meanings.last(ledger.unit)) and last.crowded:
        report.lines.append(
            f"{last.crowded:,} texts are near so many others that only the nearest of their pairs "
            f"are kept"
        )


def _explain(store: Store, config: Config, ledger: Ledger, report: Report) -> None:
    """What moving the threshold would do, what was left out as template, what is held back."""
    tallies = [ledger.tally(Cut(step)) for step in STEPS[::2]]
    if tallies[0].twins:
        report.lines.append(
            "twins by words, by threshold: "
            + ", ".join(f"{tally.threshold:.1f} {tally.twins:,}" for tally in tallies)
            + f" (a pair of 0.5 is found with probability {chance(0.5):.2f}, of 0.6 with "
            f"{chance(0.6):.3f}, of 0.7 with {chance(0.7):.4f})"
        )
    for learned in store.templates.learned(config.unit):
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
    if config.against_where:
        # What they are held against has to be read, too.
        ords = sorted({*ords, *sought(store, config.unit, config.against_where)})
    with store.twins.within(ords):
        report = run(store, config, engines, progress)
    part.told(report)
    if not (config.against or config.against_where):
        report.lines.append(
            "the stored groups are those of this part; without --where all come back"
        )
    return report


STAGE = Stage("dedup", Config, run_within)
