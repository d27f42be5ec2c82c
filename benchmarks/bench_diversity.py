"""Diversity against the plain way, in one run: `python benchmarks/bench_diversity.py [part …]`.

Parts: figures (closed and dual forms against n x n at 2,000 rows), neighbours (10-NN against
blocked NumPy at 2,000 to 100,000 rows, with building and recall), layout (100,000 points in the
plane), frame (100,000 and 1,000,000 points drawn). Vectors
are made: 400 themes in 384 dimensions, a heavy noise; ratios are what counts. With VECTORS=file.npy
the neighbours are those of real unit vectors.
"""

import os
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np

from curator.diversity import figures, layout, neighbours, raster
from curator.diversity.library import one_thread

DIMENSIONS, THEMES = 384, 400
SIZES = (2_000, 5_000, 10_000, 20_000, 50_000, 100_000)


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
    bench_vendi(x)

    def whole_mean() -> float:
        pairs = [float(x[i] @ x[j]) for i in range(len(x)) for j in range(i)]
        return sum(pairs) / len(pairs)

    def matrix_mean() -> float:
        matrix = x.astype(np.float64) @ x.T.astype(np.float64)
        return float(matrix[~np.eye(len(x), dtype=bool)].mean())

    def closed_mean() -> float:
        total = x.sum(axis=0, dtype=np.float64)
        return (float(total @ total) - len(x)) / (len(x) * (len(x) - 1))

    for clock in (time.perf_counter, time.process_time):
        fast, b = timed(lambda: sum(closed_mean() for _ in range(50)) / 50, 5, clock)
        for name, work in (("matrix", matrix_mean), ("loop over pairs", whole_mean)):
            slow, a = timed(work, 1, clock)
            print(
                f"mean pairwise ({clock.__name__}): {name} {slow:.3f} s, closed {fast / 50:.6f} s: "
                f"{slow * 50 / fast:,.0f} x ({a:.8f} and {b:.8f})"
            )


def bench_vendi(x: Any) -> None:
    """The n x n matrix in double precision and its eigenvalues by NumPy, or by SciPy as the
    authors' package does it, against ours; in turns, and the median of each."""
    from scipy.linalg import eigvalsh

    def entropy(values: Any) -> float:
        values = values[values > 1e-12]
        return float(np.exp(-(values * np.log(values)).sum()))

    def whole(x: Any) -> Any:
        # In single precision the score is off by 4e-6; ours is right to 1e-8.
        double = x.astype(np.float64)
        return double @ double.T / len(x)

    def by_pairs(x: Any) -> Any:
        matrix = np.eye(len(x))
        for i in range(len(x)):
            for j in range(i):
                matrix[i, j] = matrix[j, i] = x[i] @ x[j]
        return matrix

    ways: dict[str, Callable[[], float]] = {
        "n x n, NumPy": lambda: entropy(np.linalg.eigvalsh(whole(x))),
        "n x n, NumPy in single precision": lambda: entropy(
            np.linalg.eigvalsh(x @ x.T / np.float32(len(x))).astype(np.float64)
        ),
        "n x n, SciPy": lambda: entropy(eigvalsh(whole(x))),
        "a product for each pair, then SciPy (as the package of the score does)": lambda: entropy(
            eigvalsh(by_pairs(x) / len(x))
        ),
        "ours": lambda: figures.vendi_score(x),
    }
    for name, clock in (("wall", time.perf_counter), ("CPU", time.process_time)):
        with one_thread() if name == "CPU" else nullcontext():
            taken: dict[str, list[float]] = {way: [] for way in ways}
            for _ in range(3):
                for way, work in ways.items():
                    taken[way] += [
                        timed(work, 1, clock)[0] for _ in range(9 if way == "ours" else 1)
                    ]
        ours = float(np.median(taken.pop("ours")))
        threads = "one thread each" if name == "CPU" else "as many threads as they like"
        for way, seconds in taken.items():
            slow = float(np.median(seconds))
            print(
                f"Vendi, 2,000 rows, {name} seconds, {threads}: {way} {slow:.3f}, ours {ours:.5f}: "
                f"{slow / ours:,.0f} x"
            )
    wanted, found = ways["n x n, NumPy"](), ways["ours"]()
    print(f"  the score: {wanted:.7f} and {found:.7f}, apart {abs(found / wanted - 1):.0e}")


def bench_neighbours(wanted: int = 10) -> None:
    """Ten neighbours of each of 2,000 to 100,000 vectors, building included, against NumPy in
    blocks (of which 2,000 searches are timed, for all rows take so many times as long), by the
    clock with as many threads as they like and by CPU seconds with one for NumPy; and how many of
    the true ones are found (one as near as the last true one is as good: texts have copies)."""
    real = os.environ.get("VECTORS")
    vectors = np.ascontiguousarray(np.load(real), np.float32) if real else made(100_000)
    neighbours.others(vectors[:600], wanted)  # numba and faiss come up
    neighbours.others(vectors[:6000], wanted, 100)
    for count in sorted({min(size, len(vectors)) for size in SIZES}):
        bench_one_size(vectors[:count], wanted)


def bench_one_size(x: Any, wanted: int) -> None:
    count, queries = len(x), min(len(x), 2000)
    chosen = np.random.default_rng(1).permutation(count)[:queries]
    asked = x[chosen]

    def blocked() -> Any:
        found = []
        for first in range(0, queries, 256):
            cosines = asked[first : first + 256] @ x.T
            rows = np.argpartition(-cosines, wanted + 1, axis=1)[:, : wanted + 1]  # and itself
            found.append(np.take_along_axis(cosines, rows, 1).min(axis=1))
        return np.concatenate(found)

    rounds = 3 if count <= 10_000 else 1
    told = []
    for name, clock in (("wall", time.perf_counter), ("CPU", time.process_time)):
        with one_thread() if name == "CPU" else nullcontext():
            slow, last = timed(blocked, rounds, clock)
        fast, near = timed(lambda: neighbours.others(x, wanted), rounds, clock)
        slow *= count / queries
        told.append(f"{name} NumPy {slow:.3f}, ours {fast:.3f}: {slow / fast:.1f} x")
    recall = float((near.cosines[chosen] >= last[:, None] - 1e-5).mean())
    how = "exact" if count <= neighbours.MUTUAL_LIMIT else "by codes"
    print(
        f"10-NN of all {count:,} x {x.shape[1]} ({how}), seconds with building: {'; '.join(told)}; "
        f"recall {recall:.4f}",
        flush=True,
    )


def bench_layout(count: int = 100_000) -> None:
    """Everything in its place, and how many neighbours on the map are of the same theme."""
    x = made(count)
    layout.layout(x[:200])  # numba compiles
    seconds, points = timed(lambda: layout.layout(x), 1)
    print(f"layout of {count:,} x {DIMENSIONS}: {seconds:.1f} s ({points.shape})")


def bench_frame() -> None:
    """A frame of 200 x 50 cells, and the rows of text made of it."""
    for count in (100_000, 1_000_000):
        bench_frame_of(count)


def bench_frame_of(count: int) -> None:
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

    def all_of_it() -> None:
        rows_of(chart, "dots")
        chart.legend()
        assert chart.near >= 0

    def moved() -> None:
        chart.view = chart.view._replace(x=chart.view.x + 1e-4)
        all_of_it()

    seconds, _ = timed(lambda: raster.draw(raster.placed(x, y, chart.view), groups, chart.view), 9)
    whole, _ = timed(moved, 9)
    step, _ = timed(all_of_it, 9)
    print(
        f"frame of {count:,} points: raster {seconds * 1000:.1f} ms, all {whole * 1000:.1f} ms, "
        f"a step of the cursor {step * 1000:.1f} ms"
    )


PARTS = {
    "figures": bench_figures,
    "neighbours": bench_neighbours,
    "layout": bench_layout,
    "frame": bench_frame,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()
