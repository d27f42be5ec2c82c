"""diversity: how various the chats are, in numbers, and whether a change made them more so."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from curator.diversity.figures import Reading
from curator.engines import Engines
from curator.errors import ConfigError, DataError
from curator.stages.base import MINUS, Filtered, Progress, Report, Stage
from curator.stages.clustering import Mapped
from curator.stages.mapping import embedder_of, vectors_of
from curator.stages.units import items, total
from curator.store import Store

#: Chats whose words are counted, drawn evenly: MTLD reads some 100,000 words a second.
SAMPLE = 10_000
#: Characters of a chat whose words are counted.
READ = 20_000


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
    "topic coverage": About(
        "share of the listed topics that some chat is near to", "after UltraChat's topic list",
        "higher",
    ),
}  # fmt: skip
#: Figures that grow or shrink with the number of chats: two selections are cut to one size.
SIZED = ("nearest-neighbour distance", "Vendi score", "openings", "topic coverage")


@dataclass(frozen=True, kw_only=True)
class Config(Filtered):
    """Say in numbers how various the chats are; compare two selections.

    Each figure has a definition, a source and a 95 % bootstrap interval. With --against a second
    selection stands beside the first (`--where twin:no` against all shows what dedup did); figures
    that depend on the number of chats are then measured on equally many.
    """

    against: Annotated[str, "a second selection to compare with: a filter, or all", MINUS] = ""
    unit: Annotated[Mapped, "whose vectors are compared: first-user-turn, answer, chat"] = (
        "first-user-turn"
    )
    model: Annotated[str, "whose vectors to use (the model with the most)"] = ""
    topics: Annotated[str, "file with a topic a line: is each of them covered?"] = ""
    near: Annotated[float, "cosine from which a chat covers a topic"] = 0.4
    save: Annotated[tuple[str, ...], "write the figures to these files (.json, .svg)"] = ()
    sample: Annotated[int, "chats whose words are counted, drawn evenly (0: all)"] = SAMPLE
    seed: Annotated[int, "decides samples and intervals"] = 0


class Part(NamedTuple):
    """A selection: its name, the rows of its vectors, its chats' words, and their openings."""

    name: str
    rows: Any
    words: list[list[str]]
    openings: list[list[str]]


def run(store: Store, config: Config, engines: Engines, progress: Progress) -> Report:
    """Measure one selection or two, print, and save where asked."""
    _check(config)
    model, revision = vectors_of(store, config.unit, config.model)
    found, vectors = store.embeddings.of(config.unit, model, revision)
    chosen = [config.ids(store)]
    if config.against:
        other = "" if config.against == "all" else config.against
        chosen.append(Filtered(where=other).ids(store))
    wanted = [None if ids is None else set(ids) for ids in chosen]
    parts = _parts(store, config, found, wanted, progress)
    groups, clusters = _groups(store, config, found, vectors)
    topics = _topics(store, config, engines, (model, revision))
    progress.begin(len(parts), "selections measured")
    figures: list[dict[str, Reading]] = []
    covered: list[Any] = []
    least = min(len(part.rows) for part in parts)
    for part in parts:
        figures.append(_vector_figures(vectors, groups, clusters, (part, least, config.seed)))
        figures[-1] |= _word_figures(part, config.seed)
        if topics is not None:
            reading, told = _coverage(vectors, found, topics, (part, least, config))
            figures[-1]["topic coverage"] = reading
            covered.append(told)
        progress.step(1)
    report = _told(parts, figures, topics, covered)
    report.counts |= {"model": model, "unit": config.unit}
    if len(parts) > 1 and model.endswith("char-grams"):
        report.lines.append(
            "English is compared by meaning and Chinese by characters: figures of vectors compare "
            "selections of one language"
        )
    for path in config.save:
        _save(Path(path).expanduser(), report, parts, figures)
    return report


def _check(config: Config) -> None:
    for path in config.save:
        if Path(path).suffix not in (".json", ".svg"):
            raise ConfigError(f"--save {path}: a file of figures ends in .json or .svg")
        if not Path(path).expanduser().absolute().parent.is_dir():
            raise ConfigError(f"--save {path}: there is no such folder")
    if config.topics and not Path(config.topics).expanduser().is_file():
        raise ConfigError(f"--topics {config.topics}: there is no such file")


def _parts(
    store: Store,
    config: Config,
    found: Sequence[str],
    chosen: Sequence[set[str] | None],
    progress: Progress,
) -> list[Part]:
    """The selections with their rows and words; the words of each chat are cut once."""
    import numpy as np

    from curator.diversity.lexical import tokens

    owners = [item.partition("#")[0] for item in found]
    names = [config.asked(store) or "all", *([config.against] if config.against else [])]
    sampled = [_drawn(store, ids, config) for ids in chosen]
    made = [
        Part(
            name,
            np.array([i for i, id_ in enumerate(owners) if ids is None or id_ in ids], np.int64),
            [], [],
        )
        for name, ids in zip(names, chosen, strict=True)
    ]  # fmt: skip
    for part in made:
        if not len(part.rows):
            raise DataError(f"no chat with a vector matches {part.name}")
    first = {item.conversation_id: item.text for item in items(store, "first-user-turn", _ignore)}
    progress.begin(total(store, "chat"), "chats read")
    for item in items(store, "chat", progress.step):
        wanted = [part for part, ids in zip(made, sampled, strict=True) if item.name in ids]
        if wanted:
            words = tokens(item.text[:READ])
            opening = tokens(first.get(item.name, "")[:200])[:2]
            for part in wanted:
                part.words.append(words)
                part.openings.append(opening)
    return made


def _ignore(_: int) -> None:
    return None


def _drawn(store: Store, ids: set[str] | None, config: Config) -> set[str]:
    """An even, seeded sample of a selection's chats."""
    import random

    every = sorted(ids) if ids is not None else sorted(store.conversations.ids())
    if config.sample <= 0 or len(every) <= config.sample:
        return set(every)
    return set(random.Random(config.seed).sample(every, config.sample))


def _groups(store: Store, config: Config, found: Sequence[str], vectors: Any) -> tuple[Any, int]:
    """The fine cluster of each vector: the map's where there is one, else made for this."""
    import numpy as np

    from curator.diversity import clustering

    points = store.maps.points(config.unit) if store.maps.about(config.unit) else None
    if points is not None and len(points):
        place = {item: int(n) for item, n in zip(points.items, points.groups[-1], strict=True)}
        if all(item in place for item in found):
            groups = np.array([place[item] for item in found], np.int64)
            return groups, int(groups.max()) + 1
    groups = clustering.group(vectors, config.seed).levels[-1]
    return groups, int(groups.max()) + 1


def _vector_figures(
    vectors: Any, groups: Any, clusters: int, asked: tuple[Part, int, int]
) -> dict[str, Reading]:
    from curator.diversity import figures

    part, least, seed = asked
    own = vectors[part.rows]
    cut = vectors[_cut(part.rows, least, seed)]
    return {
        "mean pairwise cosine": figures.mean_pairwise_cosine(own, seed),
        "nearest-neighbour distance": figures.mean_nearest_distance(cut, seed),
        "Vendi score": figures.vendi(cut, seed),
        "cluster entropy": figures.cluster_entropy(groups[part.rows], clusters, seed),
    }


def _cut(rows: Any, least: int, seed: int) -> Any:
    """An even, seeded sample of `least` rows, in order."""
    import numpy as np

    if len(rows) <= least:
        return rows
    return np.sort(np.random.default_rng(seed).permutation(rows)[:least])


def _word_figures(part: Part, seed: int) -> dict[str, Reading]:
    from curator.diversity import lexical

    return {
        "MTLD": lexical.mean_mtld(part.words, seed),
        **{f"distinct-{n}": lexical.distinct(part.words, n, seed) for n in (1, 2, 3)},
        "openings": lexical.openings(part.openings, seed),
    }


class Topics(NamedTuple):
    """The listed topics and their vectors."""

    names: list[str]
    vectors: Any


def _topics(
    store: Store, config: Config, engines: Engines, model: tuple[str, str]
) -> Topics | None:
    if not config.topics:
        return None
    text = Path(config.topics).expanduser().read_text(encoding="utf-8", errors="replace")
    names = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    if not names:
        raise DataError(f"{config.topics}: no topic in it; write one a line")
    return Topics(names, embedder_of(store, engines, *model).encode(names))


def _coverage(
    vectors: Any, found: Sequence[str], topics: Topics, asked: tuple[Part, int, Config]
) -> tuple[Reading, list[dict[str, Any]]]:
    from curator.diversity import figures

    part, least, config = asked
    rows = _cut(part.rows, least, config.seed)
    own = vectors[rows]
    reading, counts, nearest = figures.coverage(own, topics.vectors, config.near, config.seed)
    told = [
        {
            "topic": name,
            "chats": int(counts[i]),
            "nearest": found[int(rows[nearest[i]])],
            "cosine": round(float(own[nearest[i]] @ topics.vectors[i]), 3),
        }
        for i, name in enumerate(topics.names)
    ]
    return reading, told


def _told(
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
    report.data |= {
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


def _save(path: Path, report: Report, parts: list[Part], figures: list[dict[str, Reading]]) -> None:
    import json

    from curator.diversity.forest import svg

    if path.suffix == ".json":
        content = json.dumps({**report.counts, **report.data}, ensure_ascii=False, indent=1) + "\n"
        content = content.replace("NaN", "null")
    else:
        rows = [(name, [made[name] for made in figures]) for name in ABOUT if name in figures[0]]
        content = svg("diversity, with 95 % intervals", rows, [part.name for part in parts])
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    beside.write_text(content, encoding="utf-8")
    os.replace(beside, path)
    report.lines.append(f"written: {path}")


STAGE = Stage("diversity", Config, run)
