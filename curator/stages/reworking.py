"""What reflection changed: the answers that were rewritten, and what stands in their place."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from curator.engines import Engines
from curator.errors import DataError
from curator.progress import Progress
from curator.stages import fitting
from curator.stages.base import Report
from curator.stages.embedding import by_length, embedder_for, encode_batch, text_hash
from curator.store import Store
from curator.text import blank

#: Rewritten answers that are compared; all of them are encoded, twice.
MOST = 2_000


class Change(NamedTuple):
    """A rewritten answer: the rewrite's id, the answer before, and after."""

    name: str
    before: str
    after: str


def changes(store: Store, ids: Sequence[str] | None, sample: int, seed: int) -> list[Change]:
    """The rewritten answers of these chats (of all, where None): what a person settled on, or what
    is proposed where nobody has spoken; rejected ones are no change. An even sample of `sample`.

    Raises `DataError` where there is none.
    """
    import random

    wanted = None if ids is None else set(ids)
    heads = store.decisions.heads()
    found: dict[tuple[str, int], tuple[str, str]] = {}
    for rewrite in store.rewrites.all():
        head = heads.get(rewrite.id)
        verdict = head.verdict if head else None
        if rewrite.verdict != "improve" or verdict == "reject" or blank(rewrite.content):
            continue
        if wanted is None or rewrite.conversation_id in wanted:
            after = head.content if head and verdict == "edit" else rewrite.content
            place = (rewrite.conversation_id, rewrite.turn_index)
            if place not in found or verdict in ("accept", "edit"):
                found[place] = rewrite.id, after or rewrite.content
    if not found:
        raise DataError("no rewrite stands or waits here: run `curator reflect` first")
    places = sorted(found)
    if 0 < sample < len(places):
        places = sorted(random.Random(seed).sample(places, sample))
    made = []
    for id_, turn in places:
        conversation = store.conversations.get(id_)
        if conversation is not None and not blank(conversation.turns[turn].content):
            name, after = found[id_, turn]
            made.append(Change(name, conversation.turns[turn].content, after))
    return made


def vectors(
    store: Store, texts: Sequence[str], engines: Engines, model: str, progress: Progress
) -> tuple[tuple[str, str], Any]:
    """The model and revision, and a vector for each text in order; encoded once and kept."""
    import numpy as np

    embedder = fitting.taught(
        store, "answer", embedder_for(model, engines, progress), False, progress
    ).embedder
    keys = [text_hash(text) for text in texts]
    known = store.embeddings.known(keys, embedder.model, embedder.revision)
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    progress.begin(len(missing), "answers encoded")
    report = Report()
    for batch in by_length(missing):
        encode_batch(store, embedder, batch, report)
        progress.step(len(batch))
    if report.failures:
        raise DataError(f"the embedder gave no number for {len(report.failures)} answers")
    made = store.embeddings.vectors(keys, embedder.model, embedder.revision)
    return (embedder.model, embedder.revision), np.stack([made[key] for key in keys])
