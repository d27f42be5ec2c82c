"""Figures of diversity as they are told: definitions, intervals, what a change means."""

import os
from collections import Counter
from collections.abc import Sequence
from math import isnan
from pathlib import Path
from typing import Any, NamedTuple

from curator.diversity.figures import Reading
from curator.stages.base import Report


class About(NamedTuple):
    """What a figure is, where it is from, and which way is more various."""

    definition: str
    source: str
    more: str


ABOUT: dict[str, About] = {
    "mean pairwise cosine": About(
        "mean cosine of all pairs, in closed form", "Ding 2023, UltraChat's topic diversity",
        "lower",
    ),
    "nearest-neighbour distance": About(
        "mean of 1 - cosine to the nearest other chat", "Stasaski 2022", "higher"
    ),
    "Vendi score": About(
        "exp entropy of the eigenvalues of the cosines: a count of wholly different chats",
        "Friedman and Dieng 2023", "higher",
    ),
    "cluster entropy": About(
        "entropy of the shares of the map's fine clusters, 1 = all alike", "Shannon 1948", "higher"
    ),
    "MTLD": About(
        "mean length of stretches with a type-token ratio over 0.72, chats of 50 words or more",
        "McCarthy and Jarvis 2010", "higher",
    ),
    "distinct-1": About("different words in stretches of 5,000", "Li 2016", "higher"),
    "distinct-2": About("different pairs of words in stretches of 5,000", "Li 2016", "higher"),
    "distinct-3": About("different word triples in stretches of 5,000", "Li 2016", "higher"),
    "openings": About(
        "exp entropy of the first two words of the first question",
        "after Wang 2022, Self-Instruct", "higher",
    ),
    "verb-noun pairs": About(
        "exp entropy of opening verbs with their objects (write story, 写 故事), of questions that "
        "have them", "after Wang 2022, Self-Instruct, and Taori 2023, Alpaca", "higher",
    ),
    "topic coverage": About(
        "share of the listed topics that some chat is near to", "after UltraChat's topic list",
        "higher",
    ),
}  # fmt: skip
#: Figures that grow or shrink with the number of chats: two selections are cut to one size.
SIZED = (
    "nearest-neighbour distance", "Vendi score", "openings", "verb-noun pairs", "topic coverage",
)  # fmt: skip
#: Pairs of verb and object that are listed.
PAIRS = 8


class Part(NamedTuple):
    """A selection: its name, the rows of its vectors, its chats' words, their openings, and the
    verb and object of those questions that have them."""

    name: str
    rows: Any
    words: list[list[str]]
    openings: list[list[str]]
    pairs: list[tuple[str, str]]


class Topics(NamedTuple):
    """The listed topics and their vectors."""

    names: list[str]
    vectors: Any


def told(
    parts: list[Part],
    figures: list[dict[str, Reading]],
    topics: Topics | None,
    covered: list[Any],
) -> Report:
    report = Report(
        columns=("figure", *(part.name for part in parts), "more various", "what it is")
    )
    if len(parts) > 1:
        report.columns = ("figure", *(part.name for part in parts), "change", "what it is")
    report.counts |= {f"chats: {part.name}": len(part.rows) for part in parts}
    for name, about in ABOUT.items():
        readings = [made[name] for made in figures if name in made]
        if not readings:
            continue
        last = _change(readings, about.more) if len(parts) > 1 else f"if {about.more}"
        report.rows.append(
            (name, *map(_shown, readings), last, f"{about.definition} ({about.source})")
        )
    if len(parts) > 1:
        report.lines.append(
            f"{', '.join(SIZED[:-1])} and {SIZED[-1]} depend on the number of chats: measured on "
            f"{min(len(part.rows) for part in parts):,} of each; 95 % bootstrap intervals in "
            "brackets"
        )
    else:
        report.lines.append("95 % bootstrap intervals in brackets")
    if topics is not None:
        bare = [told["topic"] for told in covered[0] if not told["chats"]]
        report.lines.append(
            f"topics without a chat in {parts[0].name}: {', '.join(bare[:20]) or 'none'}"
        )
    tallies = [Counter(part.pairs).most_common() for part in parts]
    for part, tally in zip(parts, tallies, strict=True):
        share = 100 / max(1, len(part.openings))
        most = ", ".join(f"{' '.join(pair)} {n * share:.1f} %" for pair, n in tally[:PAIRS])
        if most:
            report.lines.append(f"what is asked for, in {part.name}: {most}")
    report.data |= {
        "verb_noun": [
            {" ".join(pair): count for pair, count in tally[: 20 * PAIRS]} for tally in tallies
        ],
        "figures": [
            {"selection": part.name, **{name: reading._asdict() for name, reading in made.items()}}
            for part, made in zip(parts, figures, strict=True)
        ],
        "about": {name: about._asdict() for name, about in ABOUT.items()},
        "topics": covered,
    }
    return report


def _shown(reading: Reading) -> str:
    if isnan(reading.value):
        return "–"
    return f"{reading.value:,.4g} [{reading.low:,.4g}, {reading.high:,.4g}]"


def _change(readings: Sequence[Reading], more: str) -> str:
    """How the first selection stands to the second, and whether that is more than noise."""
    one, other = readings
    if isnan(one.value) or isnan(other.value):
        return "–"
    change = one.value - other.value
    noise = (((one.high - one.low) / 2) ** 2 + ((other.high - other.low) / 2) ** 2) ** 0.5
    if abs(change) <= noise:
        return f"{change:+.3g}, within noise"
    return f"{change:+.3g}, {'more' if (change > 0) == (more == 'higher') else 'less'} various"


def save(path: Path, report: Report, parts: list[Part], figures: list[dict[str, Reading]]) -> None:
    import json

    from curator.diversity.forest import svg

    if path.suffix == ".json":
        content = json.dumps({**report.counts, **report.data}, ensure_ascii=False, indent=1) + "\n"
        content = content.replace("NaN", "null")
    else:
        rows = [
            (name, f"{about.more} is more various", [made[name] for made in figures])
            for name, about in ABOUT.items()
            if name in figures[0]
        ]
        names = [f"{part.name} ({len(part.rows):,})" for part in parts]
        content = svg("Diversity, with 95 % bootstrap intervals", rows, names)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    beside.write_text(content, encoding="utf-8")
    os.replace(beside, path)
    report.lines.append(f"written: {path}")
