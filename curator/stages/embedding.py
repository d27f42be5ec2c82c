"""embed: a vector for each text, once."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated, Literal

from curator.engines import Embedder, Engines
from curator.errors import EngineError
from curator.stages import fitting
from curator.stages.base import Filtered, Progress, Report, Stage
from curator.stages.units import items, total
from curator.store import Store
from curator.text import CJK_SHARE, cjk_share, snippet

#: Texts encoded and committed at a time: at most so much work is lost to Ctrl-C.
BATCH = 64
#: Texts that are looked up at a time; those with a vector are let go again.
WINDOW = 4096


@dataclass(frozen=True, kw_only=True)
class Config(Filtered):
    """Turn each chat's text into a vector, for maps, clusters and coverage.

    A text that was encoded before, by the same model, is not encoded again, and an interrupted run
    goes on where it was. Without --model, English is encoded by all-MiniLM-L6-v2 and Chinese by its
    character runs, in one vector. A million chats take that model days on two cores; what is
    cheaper, and what it costs: first-user-turn (the default; blind to how the chat went on),
    --sample (the others are on no map), --model static (a hundred times as fast; about a quarter of
    the ten nearest are those of the whole model).
    """

    unit: Annotated[
        Literal["first-user-turn", "answer", "chat"],
        "what of a chat is encoded: first-user-turn, answer, chat",
    ] = "first-user-turn"
    model: Annotated[
        str,
        "another embedder: a sentence-transformers folder, a name on the hub (for Chinese: "
        "intfloat/multilingual-e5-small), static, or char-grams",
    ] = ""
    sample: Annotated[int, "encode only so many texts, drawn evenly, always the same (0: all)"] = 0
    refit: Annotated[
        bool, "learn anew from this workspace what Chinese character runs go together"
    ] = False


def run(store: Store, config: Config, engines: Engines, progress: Progress) -> Report:
    """Encode the texts that have no vector by this model yet, and say which is whose."""
    taught = fitting.taught(
        store, config.unit, embedder_for(config.model, engines, progress), config.refit, progress
    )
    embedder = taught.embedder
    part = config.part(store)
    chats = None if part is None else part.chats
    report = Report()
    progress.begin(total(store, config.unit) if chats is None else len(chats), "chats read")
    links: list[tuple[str, str]] = []
    missing: dict[str, str] = {}
    waiting: dict[str, str] = {}
    encoded = cjk = 0
    for item in items(store, config.unit, progress.step, chats):
        key = text_hash(item.text)
        links.append((item.name, key))
        cjk += cjk_share(item.text) >= CJK_SHARE
        waiting[key] = item.text
        if len(waiting) >= WINDOW:
            missing |= _unknown(store, waiting, embedder)
            waiting = {}
    missing |= _unknown(store, waiting, embedder)
    if config.sample:
        missing = _sampled(missing, {key for _, key in links}, config.sample)
    progress.begin(len(missing), "texts encoded")
    for batch in by_length(missing):
        encode_batch(store, embedder, batch, report)
        encoded += len(batch)
        progress.step(len(batch))
    store.embeddings.link(config.unit, links, chats)
    if links:
        store.fits.choose(config.unit, embedder.model, embedder.revision, store.run_id)
    if config.sample:
        report.counts["sample"] = min(config.sample, len({key for _, key in links}))
    _conclude(report, taught, len(links), encoded, cjk)
    if part is not None:
        part.told(report)
    return report


def text_hash(text: str) -> str:
    """32 hex digits that stand for a text."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def embedder_for(name: str, engines: Engines, progress: Progress) -> Embedder:
    """The embedder of this name, the session's own where none is named."""
    if not name:
        return engines.embedder()
    from curator.engines.embedder import open_embedder

    return open_embedder(name, progress)


def _unknown(store: Store, texts: dict[str, str], embedder: Embedder) -> dict[str, str]:
    known = store.embeddings.known(list(texts), embedder.model, embedder.revision)
    return {key: text for key, text in texts.items() if key not in known}


def _sampled(missing: dict[str, str], keys: set[str], count: int) -> dict[str, str]:
    """Those missing of the first `count` texts by hash: an even sample that a larger one holds."""
    chosen = set(sorted(keys)[:count])
    return {key: text for key, text in missing.items() if key in chosen}


def by_length(texts: dict[str, str]) -> Iterator[list[tuple[str, str]]]:
    """Batches of texts of like length: padding a short text to a long one is work for nothing."""
    ordered = sorted(texts.items(), key=lambda pair: (len(pair[1]), pair[0]))
    for first in range(0, len(ordered), BATCH):
        yield ordered[first : first + BATCH]


def encode_batch(
    store: Store, embedder: Embedder, batch: list[tuple[str, str]], report: Report
) -> None:
    """Store the vectors of these texts (each after its hash); what has none fails in the report."""
    import numpy as np

    texts = [text for _, text in batch]
    made = fitting.encoded(store, embedder, [key for key, _ in batch], texts)
    vectors = np.asarray(made, np.float32)
    if vectors.shape != (len(batch), embedder.dimensions):
        raise EngineError(
            f"the embedder {embedder.model} gave vectors of shape {vectors.shape} for "
            f"{len(batch)} texts of {embedder.dimensions} dimensions; it cannot be used"
        )
    good = np.flatnonzero(np.isfinite(vectors).all(axis=1)).tolist()
    for place in sorted(set(range(len(batch))) - set(good)):
        report.fail(snippet(batch[place][1]), "the embedder gave no number for this text")
    keys = [batch[place][0] for place in good]
    store.embeddings.add(keys, vectors[good], embedder.model, embedder.revision)


def _conclude(report: Report, taught: fitting.Taught, texts: int, encoded: int, cjk: int) -> None:
    embedder = taught.embedder
    report.counts |= {
        "texts": texts,
        "encoded now": encoded - len(report.failures),
        "model": embedder.model,
        "dimensions": embedder.dimensions,
    }
    report.data |= {"revision": embedder.revision, "cjk_texts": cjk}
    if taught.fit is not None:
        report.data |= {"fit": taught.fit.name, "fit_texts": taught.fit.texts}
    report.lines += fitting.told(taught, texts, cjk)


STAGE = Stage("embed", Config, run)
