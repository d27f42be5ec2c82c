"""Near twins: ours against datasketch's bulk path and gaoya, on the same documents in one run.

    python -m benchmarks.bench_neardup FILE.jsonl [documents]

FILE holds chats as {"data": [turn, turn, …]} lines. Prints documents a second (loading not timed,
everything after it is), recall and precision against the exact truth, and the ratios that matter;
then the same work with the texts left on disk, and its peak memory. The truth comes from
`exact_pairs`, and 200 of its pairs are compared once more in plain Python. gaoya is no dependency
of the project: it takes part where it can be imported (in GAOYA, a folder, for one).
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

THRESHOLD, PERMUTATIONS, SLICE, AT_ONCE = 0.7, 128, 1024, 1024
#: datasketch takes some milliseconds a document: it is timed on so many.
FEW = 3000
#: Each is timed so often (once from so many documents), and the best time counts: the machine may
#: be busy otherwise.
REPEATS, MANY = 3, 20_000


def texts(path: Path, limit: int) -> Iterator[str]:
    """The documents: the turns of each chat, a line end between."""
    import orjson

    with path.open("rb") as file:
        for number, line in enumerate(file):
            if number == limit:
                return
            yield "\n".join(orjson.loads(line)["data"])


def folded(text: str) -> str:
    """What the peers are given: lower case, blanks folded."""
    return " ".join(text.lower().split())


def ours(documents: list[str]) -> list[tuple[int, int]]:
    """Through `curator.similarity`, from raw text to exact pairs."""
    from curator.similarity import twins

    return [(pair.one, pair.other) for pair in twins(documents, THRESHOLD, compiled=True)]


def datasketch_bulk(documents: list[str]) -> list[tuple[int, int]]:
    """datasketch 2's bulk path with xxh32, then its LSH by its own optimiser."""
    import xxhash
    from datasketch import MinHash, MinHashLSH

    shingles = (
        {" ".join(words[i : i + 5]).encode() for i in range(max(1, len(words) - 4))}
        for words in (text.split() for text in documents)
    )
    sketches = MinHash.generator(shingles, num_perm=PERMUTATIONS, hashfunc=xxhash.xxh32_intdigest)
    lsh = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    found = []
    for place, sketch in enumerate(sketches):
        found += [(int(near), place) for near in lsh.query(sketch)]
        lsh.insert(place, sketch)
    return found


def gaoya(documents: list[str]) -> list[tuple[int, int]]:
    """gaoya (Rust), 16 bands of 8, both cores."""
    from gaoya.minhash import MinHashStringIndex

    index = MinHashStringIndex(32, THRESHOLD, 16, 8, None, "word", False, (5, 5), "vec")
    index.par_bulk_insert_docs(list(range(len(documents))), documents)
    found = set()
    for first in range(0, len(documents), 5000):
        part = index.par_bulk_query(documents[first : first + 5000])
        for place, near in enumerate(part, first):
            found |= {(min(place, one), max(place, one)) for one in near if one != place}
    return sorted(found)


def streamed(path: Path, limit: int) -> int:
    """Ours with the texts left on disk: a slice at a time is sketched, then those of candidates
    are read again; how many pairs."""
    from curator.similarity import banding, pairs, sketching
    from curator.similarity.batches import Lists, packed
    from curator.stages.lean import give_back

    rows = np.empty((limit, PERMUTATIONS), np.uint32)
    few = []
    for first, part in zip(range(0, limit, SLICE), _slices(path, limit), strict=False):
        made = sketching.sketch(packed(part), compiled=True)
        rows[first : first + len(part)] = made.rows
        few.append((made.counts, made.numbers))
    counts, numbers = (np.concatenate([pair[column] for pair in few]) for column in (0, 1))
    rows = rows[: len(counts)]
    give_back()
    total = 0
    for size in pairs.SIZES:
        places = np.flatnonzero(pairs.sizes_of(counts) == size)
        fresh = np.ones(len(places), np.bool_)
        own = rows if len(places) == len(rows) else rows[places]
        found = places[banding.candidates(own, fresh, THRESHOLD)]
        found = found[pairs.comparable(counts, numbers, found, size)]
        wanted = banding.distinct(found.ravel())
        if not len(wanted):
            continue
        kept: list[Any] = []
        for first, part in zip(range(0, limit, SLICE), _slices(path, limit), strict=False):
            mine = wanted[(wanted >= first) & (wanted < first + SLICE)]
            batch = packed([part[place - first] for place in mine.tolist()])
            lists = sketching.shingle_lists(batch, np.full(len(mine), size, np.int8), compiled=True)
            kept += [
                lists.flat[start : start + length].copy()
                for start, length in zip(lists.starts.tolist(), lists.lengths.tolist(), strict=True)
            ]
        lengths = np.array([len(each) for each in kept], np.int32)
        flat = np.concatenate(kept) if kept else np.zeros(0, np.uint64)
        lists = Lists(flat, np.cumsum(lengths.astype(np.int64)) - lengths, lengths)
        kept.clear()
        for first in range(0, len(found), AT_ONCE):
            some = np.searchsorted(wanted, found[first : first + AT_ONCE])
            total += int((sketching.likeness(lists, some, True) >= THRESHOLD).sum())
    return total


def _slices(path: Path, limit: int) -> Iterator[list[str]]:
    part: list[str] = []
    for text in texts(path, limit):
        part.append(text)
        if len(part) == SLICE:
            yield part
            part = []
    if part:
        yield part


CASES: dict[str, tuple[Callable[[list[str]], list[tuple[int, int]]], bool]] = {
    "ours": (ours, False),
    "datasketch bulk, xxh32": (datasketch_bulk, True),
    "gaoya": (gaoya, True),
}


def truth(path: Path, limit: int) -> None:
    """Seconds, memory and what `exact_pairs` says."""
    from benchmarks import exact_pairs

    # A first run compiles.
    exact_pairs.truth(_slices(path, 200))
    started = time.perf_counter()
    found = exact_pairs.truth(_slices(path, limit))
    seconds, peak = time.perf_counter() - started, peak_mb()
    exact_pairs.check(found.pairs, _slices(path, limit))
    told = sorted(found.pairs), sorted(found.chinese), found.documents, found.size
    print(json.dumps([seconds, peak, told]))


def one(case: str, path: Path, limit: int, out: Path) -> None:
    """One case in this process: its time, its memory, its pairs."""
    found: list[tuple[int, int]] = []
    if case == "streamed":
        streamed(path, 100)
        started = time.perf_counter()
        streamed(path, limit)
        seconds, count = time.perf_counter() - started, limit
    else:
        work, fold = CASES[case]
        limit = min(limit, FEW) if case.startswith("datasketch") else limit
        documents = [folded(text) if fold else text for text in texts(path, limit)]
        # Neither numba's compiling nor a first import is timed.
        work(documents[:100])
        seconds, count = float("inf"), len(documents)
        for _ in range(REPEATS if count < MANY else 1):
            started = time.perf_counter()
            found = work(documents)
            seconds = min(seconds, time.perf_counter() - started)
    peak = peak_mb()
    np.save(out, np.array(found, np.int64).reshape(-1, 2))
    print(json.dumps([count / seconds, len(found), peak]))


def peak_mb() -> float:
    """The most memory this process has held. (`ru_maxrss` of a child begins at its parent's.)"""
    told = Path("/proc/self/status")
    if not told.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = next(line for line in told.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def run(case: str, path: Path, limit: int, out: Path) -> list[Any] | None:
    """A case in a process of its own; None where it cannot run."""
    place = os.environ.get("GAOYA")
    extra = {"PYTHONPATH": place} if place and case == "gaoya" else {}
    made = subprocess.run(
        [sys.executable, "-m", "benchmarks.bench_neardup", "one", case, path, str(limit), out],
        capture_output=True, text=True, env={**os.environ, **extra},
    )  # fmt: skip
    if made.returncode:
        print(f"{case}: {made.stderr.strip().splitlines()[-1]}")
        return None
    found: list[Any] = json.loads(made.stdout.splitlines()[-1])
    return found


def main(path: Path, limit: int) -> None:
    """Print the table."""
    told = run("truth", path, limit, Path(os.devnull))
    if told is None:
        raise SystemExit(1)
    seconds, peak, (pairs, chinese, documents, size) = told
    real, chinese = {(a, b) for a, b in pairs}, set(chinese)
    print(
        f"{documents:,} documents, {size / 1e6:,.0f} MB, {len(real):,} pairs of 0.7 or more (found "
        f"without sketches in {seconds:,.0f} s, {peak:,.0f} MB)"
    )
    print(f"{'':26}{'docs/s':>9}{'recall':>9}{'Chinese':>9}{'precision':>11}{'peak MB':>9}")
    rates = {}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "pairs.npy"
        for case in CASES:
            told = run(case, path, documents, out)
            if told is None:
                continue
            rates[case] = told[0]
            seen = min(documents, FEW) if case.startswith("datasketch") else documents
            found = {(a, b) for a, b in np.load(out).tolist()}
            wanted = {pair for pair in real if pair[1] < seen}
            theirs = {pair for pair in wanted if pair[0] in chinese}
            shares = [len(found & some) / max(1, len(some)) for some in (wanted, theirs)] + [
                len(found & wanted) / max(1, len(found))
            ]
            print(
                f"{case:26}{told[0]:9,.0f}{shares[0]:9.4f}{shares[1]:9.3f}{shares[2]:11.4f}"
                f"{told[2]:9,.0f}"
            )
        told = run("streamed", path, documents, out)
    if told:
        allowed = documents / 1024 + 400
        print(
            f"{'ours, texts on disk':26}{told[0]:9,.0f}{'':29}{told[2]:9,.0f}   of {allowed:,.0f}"
        )
    for case, rate in rates.items():
        if case != "ours":
            print(f"ours / {case}: {rates['ours'] / rate:.1f} x")


if __name__ == "__main__":
    if sys.argv[1:3] == ["one", "truth"]:
        truth(Path(sys.argv[3]), int(sys.argv[4]))
    elif sys.argv[1] == "one":
        one(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]), Path(sys.argv[5]))
    else:
        main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10_000)
