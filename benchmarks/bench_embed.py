"""Embedding by length against `encode` in file order: `python benchmarks/bench_embed.py [texts]`.

Made texts of mixed lengths (a few words to some hundred, as first user turns are). Both sides use
the embedded model in batches of 32; what is stored is not part of it. Then the workspace: a second
run encodes nothing.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from curator.conversation import Conversation, Origin, Turn
from curator.engines.embedder import open_embedder
from curator.stages import embedding
from curator.stages.base import Silent
from curator.stages.runner import perform
from curator.store import Store

WORDS = [
    "the",
    "model",
    "reads",
    "a",
    "long",
    "question",
    "about",
    "rice,",
    "trains,",
    "python",
    "and",
    "the",
    "weather",
    "of",
    "May",
]
BATCH = 32


def texts(count: int) -> list[str]:
    """Texts whose lengths are spread as those of real first turns: median 15 words, long tail."""
    rng = np.random.default_rng(0)
    lengths = np.clip(rng.lognormal(np.log(15), 1.2, count), 2, 400).astype(int)
    return [
        f"{number} " + " ".join(WORDS[i] for i in rng.integers(len(WORDS), size=length))
        for number, length in enumerate(lengths)
    ]


class Engines:
    """The embedded model alone."""

    def __init__(self) -> None:
        self._embedder = open_embedder("all-minilm-l6-v2")

    def embedder(self):  # type: ignore[no-untyped-def]
        return self._embedder


def main(count: int = 384) -> None:
    """Print texts a second both ways, and what a second run does."""
    made, engines = texts(count), Engines()
    embedder = engines.embedder()
    embedder.encode(made[:BATCH])
    began, worked = time.perf_counter(), time.process_time()
    plain = [embedder.encode(made[i : i + BATCH]) for i in range(0, count, BATCH)]
    file_order, file_work = time.perf_counter() - began, time.process_time() - worked
    began, worked = time.perf_counter(), time.process_time()
    by_length: dict[str, np.ndarray] = {}
    for batch in embedding.by_length(dict(zip(made, made, strict=True))):
        by_length |= zip([k for k, _ in batch], embedder.encode([t for _, t in batch]), strict=True)
    sorted_, sorted_work = time.perf_counter() - began, time.process_time() - worked
    apart = max(
        float(np.abs(by_length[text] - vector).max())
        for text, vector in zip(made, np.concatenate(plain), strict=True)
    )
    print(
        f"{count} texts: file order {count / file_order:.1f} a second, by length "
        f"{count / sorted_:.1f}: {file_order / sorted_:.2f} x, by CPU seconds "
        f"{file_work / sorted_work:.2f} x (largest difference {apart:.1e})"
    )
    sys.stdout.flush()
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "w.duckdb") as store:
        store.conversations.add(
            [Conversation((Turn("user", text),), Origin("made")) for text in made[:96]]
        )
        for name in ("first", "second"):
            began = time.perf_counter()
            report = perform(store, embedding.STAGE, embedding.Config(), engines, Silent())
            seconds = time.perf_counter() - began
            print(f"{name} run: {report.counts['encoded now']} encoded, {seconds:.1f} s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
