"""similar: the chats most (or least) like this one, or like some words."""

import re
from dataclasses import dataclass
from typing import Annotated

from curator.engines import Engines
from curator.errors import ConfigError
from curator.progress import Silent
from curator.stages.base import POSITIONAL, Filtered, Progress, Report, Stage
from curator.stages.clustering import Mapped
from curator.stages.mapping import embedder_of, texts_of, vectors_of
from curator.store import Store
from curator.text import snippet

_ID = re.compile(r"[0-9a-f]{6,32}(#\d+)?")


@dataclass(frozen=True, kw_only=True)
class Config(Filtered):
    """List the chats most like a chat (by its id or the beginning of it), or like some words."""

    to: Annotated[str, "a chat's id, six characters of it or more, or words in quotes", POSITIONAL]
    count: Annotated[int, "how many to list"] = 10
    least: Annotated[bool, "the least alike instead of the most"] = False
    unit: Annotated[Mapped, "whose vectors are compared: first-user-turn, answer, chat"] = (
        "first-user-turn"
    )
    model: Annotated[str, "whose vectors to use (the model with the most)"] = ""


def run(store: Store, config: Config, engines: Engines, progress: Progress) -> Report:
    """Compare one vector with all of them, exactly."""
    import numpy as np

    model, revision = vectors_of(store, config.unit, config.model)
    items, vectors = store.embeddings.of(config.unit, model, revision)
    row = _row_of(items, config.to)
    asked = (
        vectors[row]
        if row is not None
        else embedder_of(store, engines, model, revision).encode([config.to])[0]
    )
    cosines = vectors @ asked
    order = np.argsort(cosines if config.least else -cosines, kind="stable")
    ids = config.ids(store)
    wanted = None if ids is None else set(ids)
    rows = [
        int(r)
        for r in order
        if r != row and (wanted is None or items[r].partition("#")[0] in wanted)
    ][: config.count]
    texts = texts_of(store, config.unit, {items[r] for r in rows}, Silent())
    progress.begin(len(items), "chats compared")
    report = Report(columns=("cosine", "chat", "text"))
    report.counts |= {"compared": len(items), "model": model}
    for r in rows:
        report.rows.append(
            (round(float(cosines[r]), 3), items[r][:8], snippet(texts.get(items[r], ""), 80))
        )
    report.data |= {"items": [items[r] for r in rows]}
    return report


def _row_of(items: list[str], asked: str) -> int | None:
    """The row of the item that begins like this; None where it is words. Raises `ConfigError`
    where several begin so."""
    if not _ID.fullmatch(asked):
        return None
    found = [row for row, item in enumerate(items) if item.startswith(asked)]
    if len({items[row].partition("#")[0] for row in found}) > 1:
        raise ConfigError(f"{asked}: {len(found)} chats begin so; give more of the id")
    if not found:
        raise ConfigError(f"{asked}: no chat with a vector has an id that begins so")
    return found[0]


STAGE = Stage("similar", Config, run)
