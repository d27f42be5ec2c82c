"""select: the k chats that stand for all, good ones first; the choice is a tag."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from curator.engines import Engines
from curator.errors import ConfigError, DataError
from curator.stages.base import POSITIONAL, Filtered, Names, Progress, Report, Stage
from curator.stages.clustering import Mapped
from curator.stages.mapping import vectors_of
from curator.store import Store


@dataclass(frozen=True, kw_only=True)
class Config(Filtered):
    """Choose the k chats that stand for all the others, and tag them.

    Quality first: what a chat adds is weighed by 1 / (1 + signals flagged on it). Then diversity:
    `facility` takes those that lie nearest to all chats together, `centre` those that lie farthest
    from each other (it takes the outliers). Export them with `curator export --where tag:NAME`.
    """

    count: Annotated[int, "how many chats to choose", POSITIONAL, Names("-k")] = 1000
    method: Annotated[
        Literal["facility", "centre"], "facility: near to all; centre: far from each other"
    ] = "facility"
    tag: Annotated[str, "the tag that the chosen chats get, and all others lose"] = "selected"
    unit: Annotated[Mapped, "whose vectors are compared: first-user-turn, answer, chat"] = (
        "first-user-turn"
    )
    model: Annotated[str, "whose vectors to use (the model with the most)"] = ""
    seed: Annotated[int, "decides the even sample that the choice is compared with"] = 0


def run(store: Store, config: Config, engines: Engines, progress: Progress) -> Report:
    """Choose, tag, and say how well the choice covers the rest, against an even sample."""
    del engines
    import numpy as np

    from curator.diversity.picking import PICKERS, covered

    if config.count < 1:
        raise ConfigError(f"-k {config.count}: choose one chat at least")
    items, vectors = _candidates(store, config)
    flags = store.maps.flags()
    quality = np.array([1 / (1 + flags.get(item, 0)) for item in items], np.float32)
    progress.begin(1, "chats chosen")
    rows = PICKERS[config.method](vectors, quality, config.count)
    progress.step(1)
    chosen = [items[row] for row in rows]
    _retag(store, config.tag, chosen)
    even = np.random.default_rng(config.seed).permutation(len(items))[: len(rows)]
    report = Report()
    report.counts |= {
        "chats": len(items),
        "chosen": len(chosen),
        "tag": config.tag,
        "flags per chat, all": _mean([flags.get(item, 0) for item in items]),
        "flags per chat, chosen": _mean([flags.get(item, 0) for item in chosen]),
        "mean cosine to the nearest chosen": round(covered(vectors, rows), 4),
        "the same for an even sample": round(covered(vectors, even), 4),
    }
    report.data |= {"ids": chosen}
    report.lines.append(f"next: curator export --where tag:{config.tag}")
    return report


def _candidates(store: Store, config: Config) -> tuple[list[str], Any]:
    """The conversations to choose among and a vector each (of the first item of each)."""
    model, revision = vectors_of(store, config.unit, config.model)
    found, vectors = store.embeddings.of(config.unit, model, revision)
    ids = config.ids(store)
    wanted = None if ids is None else set(ids)
    place: dict[str, int] = {}
    for row, item in enumerate(found):
        id_ = item.partition("#")[0]
        if wanted is None or id_ in wanted:
            place.setdefault(id_, row)
    if not place:
        raise DataError(
            f"none of the chats that --where {config.asked(store)!r} finds has a vector; "
            "`curator embed` makes them"
        )
    return list(place), vectors[list(place.values())]


def _retag(store: Store, tag: str, chosen: list[str]) -> None:
    by = "curator select"
    had = store.selecting.ids(f"tag:{tag}") if tag in store.tags.names() else []
    store.tags.remove(sorted(set(had) - set(chosen)), tag, by)
    store.tags.add(chosen, tag, by)


def _mean(numbers: list[int]) -> float:
    return round(sum(numbers) / len(numbers), 3) if numbers else 0.0


STAGE = Stage("select", Config, run)
