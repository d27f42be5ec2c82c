"""Diversity against the plain way, in one run: `python benchmarks/bench_diversity.py [part …]`.

Parts: figures (closed and dual forms against n x n at 2,000 rows), neighbours (10-NN against
blocked numpy, with recall), layout (100,000 points in the plane), frame (100,000 points drawn).
Vectors are made: 400 themes in 384 dimensions, a heavy noise; ratios are what counts. With
VECTORS=file.npy the neighbours are those of real unit vectors.
"""

import os
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from curator.diversity import figures, layout, neighbours, raster
from curator.diversity.library import one_thread

DIMENSIONS, THEMES = 384, 400


def made(count: int) -> Any:
    """Unit vectors around `THEMES` middles, some 0.6 of their length noise."""
    rng = np.random.default_rng(0)
    middles = rng.normal(size=(THEMES, DIMENSIONS)).astype(np.float32)
    middles /= np.linalg.norm(middles, axis=1, keepdims=True)
    noise = rng.normal(size=(count, DIMENSIONS)).astype(np.float32) * 0.6 / DIMENSIONS**0.5
    vectors = middles[rng.integers(THEMES, size=count)] + noise
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def timed(
    work: Callable[[], Any], rounds: int = 3, clock: Callable[[], float] = time.perf_counter
) -> tuple[float, Any]:
    """The median seconds of some rounds, and the last result."""
    seconds, result = [], None
    for _ in range(rounds):
        began = clock()
        result = work()
        seconds.append(clock() - began)
    return sorted(seconds)[rounds // 2], result


def bench_figures() -> None:
    """Without intervals on either side: the same figure, two ways."""
    x = made(2000)

    def whole_vendi() -> float:
        values = np.linalg.eigvalsh((x @ x.T).astype(np.float64) / len(x))
        values = values[values > 1e-12]
        return float(np.exp(-(values * np.log(values)).sum()))

    def dual_vendi() -> float:
        with one_thread():  # as the product does
            return figures._effective(figures._gram(x) / len(x))

    def whole_mean() -> float:
        pairs = [float(x[i] @ x[j]) for i in range(len(x)) for j in range(i)]
        return sum(pairs) / len(pairs)

    def matrix_mean() -> float:
        matrix = x.astype(np.float64) @ x.T.astype(np.float64)
        return float(matrix[~np.eye(len(x), dtype=bool)].mean())

    def closed_mean() -> float:
        total = x.sum(axis=0, dtype=np.float64)
        return (float(total @ total) - len(x)) / (len(x) * (len(x) - 1))

    slow, a = timed(whole_vendi)
    fast, b = timed(dual_vendi, 15)
    print(f"Vendi, 2,000 rows: n x n {slow:.2f} s, d x d {fast:.4f} s: {slow / fast:,.0f} x")
    with one_thread():
        slow, _ = timed(whole_vendi, 3, time.process_time)
        fast, _ = timed(dual_vendi, 15, time.process_time)
    print(
        f"  CPU seconds, both by one thread: {slow:.2f} and {fast:.4f}: {slow / fast:,.0f} x "
        f"(the score: {a:.6f} and {b:.6f})"
    )
    fast, b = timed(closed_mean, 9)
    for name, work in (("matrix", matrix_mean), ("loop over pairs", whole_mean)):
        slow, a = timed(work, 1)
        print(f"mean pairwise: {name} {slow:.3f} s, closed {fast:.5f} s: {slow / fast:,.0f} x")
        print(f"  {a:.8f} and {b:.8f}")


def bench_neighbours(count: int = 100_000, queries: int = 2000, wanted: int = 10) -> None:
    """Ten neighbours of 2,000 of the vectors, and how many of the true ones are found (one as near
    as the last true one is as good: real texts have copies)."""
    real = os.environ.get("VECTORS")
    x = np.ascontiguousarray(np.load(real), np.float32) if real else made(count)
    asked = x[np.random.default_rng(1).permutation(len(x))[:queries]]

    def blocked() -> Any:
        found = []
        for first in range(0, queries, 256):
            cosines = asked[first : first + 256] @ x.T
            rows = np.argpartition(-cosines, wanted, axis=1)[:, :wanted]
            found.append(np.take_along_axis(cosines, rows, 1).min(axis=1))
        return np.concatenate(found)

    slow, last = timed(blocked)
    for name, limit in (("flat", len(x)), ("codes", 0)):
        built, index = timed(lambda limit=limit: neighbours.index_of(x, limit), 1)
        fast, near = timed(lambda index=index: neighbours.nearest(index, asked, wanted))
        recall = float((near.cosines >= last[:, None] - 1e-5).mean())
        print(
            f"10-NN of {len(x):,} x {x.shape[1]}, {name} ({type(index).__name__}): blocked numpy "
            f"{queries / slow:,.0f} queries/s, ours {queries / fast:,.0f} ({slow / fast:.1f} x), "
            f"build {built:.1f} s, recall {recall:.4f}"
        )


def bench_layout(count: int = 100_000) -> None:
    """Everything in its place, and how many neighbours on the map are of the same theme."""
    x = made(count)
    layout.layout(x[:200])  # numba compiles
    seconds, points = timed(lambda: layout.layout(x), 1)
    print(f"layout of {count:,} x {DIMENSIONS}: {seconds:.1f} s ({points.shape})")


def bench_frame(count: int = 100_000) -> None:
    """A frame of 200 x 50 cells, and the rows of text made of it."""
    from curator.stages.painting import Paint
    from curator.store.maps import Points
    from curator.tui.chart import Chart
    from curator.tui.widgets.scatter import rows_of

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, count)).astype(np.float32) * 0.4
    groups = rng.integers(12, size=count).astype(np.int32)
    points = Points([str(i) for i in range(count)], np.arange(count), x, y, (groups,) * 3, x, x)
    chart = Chart(points, [])
    chart.paint = Paint("made", groups, tuple("abcdefghijkl"))
    chart.resize(200, 50)
    seconds, _ = timed(lambda: raster.draw(x, y, groups, chart.view), 9)
    whole, _ = timed(lambda: (rows_of(chart, "dots"), chart.legend(), chart.near), 9)
    print(f"frame of {count:,} points: raster {seconds * 1000:.1f} ms, all {whole * 1000:.1f} ms")


PARTS = {
    "figures": bench_figures,
    "neighbours": bench_neighbours,
    "layout": bench_layout,
    "frame": bench_frame,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()
