"""diversity: how various the chats are, in numbers, and whether a change made them more so."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from curator.diversity.figures import Reading
from curator.engines import Engines
from curator.errors import ConfigError, DataError
from curator.stages.base import MINUS, Filtered, Progress, Report, Stage
from curator.stages.clustering import Mapped
from curator.stages.figuring import Part, Topics, save, told
from curator.stages.mapping import embedder_of, vectors_of
from curator.stages.units import items, total
from curator.store import Store

#: Chats whose words are counted, drawn evenly: MTLD reads some 100,000 words a second.
SAMPLE = 10_000
#: Characters of a chat whose words are counted.
READ = 20_000


@dataclass(frozen=True, kw_only=True)
class Config(Filtered):
    """Say in numbers how various the chats are; compare two selections.

    Each figure has a definition, a source and a 95 % bootstrap interval, printed beside it. With
    --against a second selection stands beside the first: `--where twin:no --against all` is after
    and before dedup (before its --remove). --rewrites is after and before reflect: the rewritten
    answers, and those they replace. Figures that depend on the number of chats are then measured on
    equally many.
    """

    rewrites: Annotated[
        bool, "compare the rewritten answers with those they replace (rejected ones left out)"
    ] = False
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


class Measured(NamedTuple):
    """What figures are made from: names of the vectors' texts, the vectors, whose they are, the
    selections, and the cluster of each vector of so many clusters."""

    names: Sequence[str]
    vectors: Any
    model: tuple[str, str]
    parts: list[Part]
    groups: Any
    clusters: int


def run(store: Store, config: Config, engines: Engines, progress: Progress) -> Report:
    """Measure one selection or two, print, and save where asked."""
    _check(config)
    if config.rewrites:
        measured = _reworked(store, config, engines, progress)
    else:
        measured = _chosen(store, config, progress)
    topics = _topics(store, config, engines, measured.model)
    report = _figures(config, measured, topics, progress)
    unit = "rewritten answer" if config.rewrites else config.unit
    report.counts |= {"model": measured.model[0], "unit": unit}
    if len(measured.parts) > 1 and measured.model[0].endswith("char-grams"):
        report.lines.append(
            "English is compared by meaning and Chinese by characters: figures of vectors compare "
            "selections of one language"
        )
    return report


def _chosen(store: Store, config: Config, progress: Progress) -> Measured:
    """The chats of one filter or two."""
    model, revision = vectors_of(store, config.unit, config.model)
    found, vectors = store.embeddings.of(config.unit, model, revision)
    chosen = [config.ids(store)]
    if config.against:
        other = "" if config.against == "all" else config.against
        chosen.append(Filtered(where=other).ids(store))
    wanted = [None if ids is None else set(ids) for ids in chosen]
    parts = _parts(store, config, found, wanted, progress)
    return Measured(
        found, vectors, (model, revision), parts, *_groups(store, config, found, vectors)
    )


def _reworked(store: Store, config: Config, engines: Engines, progress: Progress) -> Measured:
    """The rewritten answers, after and before."""
    import numpy as np

    from curator.diversity import clustering
    from curator.diversity.lexical import tokens
    from curator.diversity.phrases import pair
    from curator.stages import reworking

    most = min(config.sample, reworking.MOST) if config.sample else 0
    changed = reworking.changes(store, config.ids(store), most, config.seed)
    sides = [change.after for change in changed], [change.before for change in changed]
    model, vectors = reworking.vectors(
        store, [*sides[0], *sides[1]], engines, config.model, progress
    )
    count = len(changed)
    parts = []
    for place, (name, texts) in enumerate(zip(("after reflect", "before"), sides, strict=True)):
        words = [tokens(text[:READ]) for text in texts]
        rows = np.arange(place * count, (place + 1) * count)
        pairs = [found for text in texts if (found := pair(text))]
        parts.append(Part(name, rows, words, [said[:2] for said in words], pairs))
    groups = clustering.group(vectors, config.seed).levels[-1]
    names = [change.name for change in changed] * 2
    return Measured(names, vectors, model, parts, groups, int(groups.max()) + 1)


def _figures(
    config: Config, measured: Measured, topics: Topics | None, progress: Progress
) -> Report:
    parts, vectors = measured.parts, measured.vectors
    progress.begin(len(parts), "selections measured")
    figures: list[dict[str, Reading]] = []
    covered: list[Any] = []
    least = min(len(part.rows) for part in parts)
    for part in parts:
        asked = (part, least, config.seed)
        figures.append(_vector_figures(vectors, measured.groups, measured.clusters, asked))
        figures[-1] |= _word_figures(part, config.seed)
        if topics is not None:
            reading, each = _coverage(vectors, measured.names, topics, (part, least, config))
            figures[-1]["topic coverage"] = reading
            covered.append(each)
        progress.step(1)
    report = told(parts, figures, topics, covered)
    for path in config.save:
        save(Path(path).expanduser(), report, parts, figures)
    return report


def _check(config: Config) -> None:
    for path in config.save:
        if Path(path).suffix not in (".json", ".svg"):
            raise ConfigError(f"--save {path}: a file of figures ends in .json or .svg")
        if not Path(path).expanduser().absolute().parent.is_dir():
            raise ConfigError(f"--save {path}: there is no such folder")
    if config.rewrites and config.against:
        raise ConfigError("--rewrites compares after with before: leave --against out")
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
    from curator.diversity.phrases import pair

    owners = [item.partition("#")[0] for item in found]
    names = [config.asked(store) or "all", *([config.against] if config.against else [])]
    sampled = [_drawn(store, ids, config) for ids in chosen]
    made = [
        Part(
            name,
            np.array([i for i, id_ in enumerate(owners) if ids is None or id_ in ids], np.int64),
            [], [], [],
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
            asked = pair(first.get(item.name, ""))
            for part in wanted:
                part.words.append(words)
                part.openings.append(opening)
                part.pairs.extend([asked] if asked else [])
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
        "verb-noun pairs": lexical.openings(part.pairs, seed),
    }


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


STAGE = Stage("diversity", Config, run)
