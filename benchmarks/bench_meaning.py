"""Pairs of one meaning among many vectors: ours against the plain way and faiss, in one run.

    python -m benchmarks.bench_meaning [vectors] [WORKSPACE]

Vectors are those of a workspace's first questions (`curator embed` made them), resampled with noise
where there are fewer, or made up with a spectrum like theirs. Prints CPU seconds (user and system,
all threads), recall against the plain way on the same vectors, and what 100,000 would take.
"""

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from curator.similarity.meaning import close

FLOOR, WIDE = 0.8, 384


def vectors(count: int, workspace: str) -> Any:
    """So many unit vectors; a tenth are near copies of others."""
    draw = np.random.default_rng(1)
    if workspace:
        from curator.store import Store

        with Store(Path(workspace)) as store:
            best = store.embeddings.best("first-user-turn")
            assert best is not None, "run `curator embed` first"
            found = store.embeddings.of("first-user-turn", *best)[1]
        found = found[:, (found != 0).any(axis=0)]
        noise = 0.4 / found.shape[1] ** 0.5
        found = found[np.sort(draw.integers(0, len(found), count))]
        found = found + draw.normal(size=found.shape).astype(np.float32) * noise
    else:
        strength = (1 / np.arange(1, WIDE + 1) ** 0.6).astype(np.float32)
        found = draw.normal(size=(count, WIDE)).astype(np.float32) * strength
        copies = count // 10
        noise = draw.normal(size=(copies, WIDE)).astype(np.float32) * strength
        found[-copies:] = found[:copies] + 0.5 * noise
    return np.ascontiguousarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


def plain(rows: Any) -> set[tuple[int, int]]:
    """Every block of cosines in full."""
    found = set()
    for first in range(0, len(rows), 512):
        cosines = rows[first : first + 512] @ rows.T
        one, other = np.nonzero(cosines >= FLOOR)
        one = one + first
        later = one < other
        found |= set(zip(one[later].tolist(), other[later].tolist(), strict=True))
    return found


def by_faiss(rows: Any) -> set[tuple[int, int]]:
    """faiss' own search for all within a range."""
    import faiss

    index = faiss.IndexFlatIP(rows.shape[1])
    index.add(rows)
    limits, _, near = index.range_search(rows, FLOOR)
    one = np.repeat(np.arange(len(rows)), np.diff(limits.astype(np.int64)))
    later = one < near
    return set(zip(one[later].tolist(), near[later].tolist(), strict=True))


def ours(rows: Any) -> set[tuple[int, int]]:
    return {(a, b) for a, b in close(rows, FLOOR).pairs.tolist()}


def timed(work: Callable[[Any], set[tuple[int, int]]], rows: Any) -> tuple[float, float, Any]:
    """CPU seconds, seconds, and what was found."""
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    found = work(rows)
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, time.perf_counter() - started, found


def main(count: int, workspace: str) -> None:
    """Print the table."""
    rows = vectors(count, workspace)
    ours(rows[:2000])
    print(f"{len(rows):,} vectors of {rows.shape[1]}, cosine {FLOOR} and more")
    print(f"{'':10}{'CPU s':>9}{'wall s':>9}{'pairs':>10}{'recall':>9}")
    truth: set[tuple[int, int]] = set()
    spent = {}
    for name, work in (("plain", plain), ("faiss", by_faiss), ("ours", ours)):
        cpu, wall, found = timed(work, rows)
        truth = truth or found
        spent[name] = cpu
        recall = len(found & truth) / max(1, len(truth))
        print(f"{name:10}{cpu:9.1f}{wall:9.1f}{len(found):10,}{recall:9.4f}")
    for name in ("plain", "faiss"):
        print(f"ours is {spent[name] / spent['ours']:.1f} x as fast as {name}, by CPU")
    print(f"100,000 would take about {spent['ours'] * (1e5 / len(rows)) ** 2:,.0f} s of CPU")


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 20_000, sys.argv[2] if len(sys.argv) > 2 else ""
    )
