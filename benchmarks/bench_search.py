"""Full-text search through the index beside a workspace, against DuckDB's `contains()`.

    python benchmarks/bench_search.py WORKSPACE [--build-seconds 200] [--words paperclip 中文]

Builds the index first, as `curator search` does (for as long as is allowed; run it again to go
on), then asks for each word both ways, in turns, and prints the ratio. With --share 0.2 contains()
reads a fifth of what is indexed, from its middle, and its time is multiplied by five (up to 6 % too
much at a million chats). The workspace gets the tables of this version and a folder
WORKSPACE.search: give it a copy.
"""

import argparse
import resource
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from curator.cli.searching import MEMORY
from curator.conversation import Conversation, Origin, Turn
from curator.errors import Cancelled
from curator.filters.nodes import Words
from curator.store import Store

WORDS = ("paperclip", "how do I", "thank you very much", "机器学习", "的时候", "zzyzx")


class Until:
    """A progress that stops after some seconds."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._begun = time.monotonic()
        self._done = 0
        self._told = 0.0

    def begin(self, total: int | None, what: str) -> None:
        print(f"{what}: {total:,}", flush=True)

    def step(self, n: int = 1, note: str = "") -> None:
        self._done += n
        took = time.monotonic() - self._begun
        if took - self._told >= 10:
            self._told = took
            print(f"  {self._done:,} in {took:.0f} s {note}", flush=True)
        if time.monotonic() > self._end:
            raise Cancelled("time is up; run it again to go on")


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("workspace", type=Path)
    options.add_argument("--build-seconds", type=float, default=200)
    options.add_argument("--words", nargs="*", default=WORDS)
    options.add_argument("--share", type=float, default=1.0, help="of the chats, for contains()")
    asked = options.parse_args()
    with Store(asked.workspace) as store:
        build(store, asked.build_seconds)
        ask(store, asked.words, asked.share)
        come_in(store)


def build(store: Store, seconds: float) -> None:
    """Add to the index for so long, and say what that took."""
    start, cpu = time.monotonic(), time.process_time()
    before = store.searching.coverage()
    if seconds > 0:
        try:
            with store.connection.at_most(MEMORY):
                store.searching.build(Until(seconds))
        except Cancelled:
            print("stopped; the rest is for another run")
    after = store.searching.coverage()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"index: {after.texts - after.missing:,} of {after.texts:,} texts, "
        f"{after.bytes / 2**20:,.0f} MB; {before.missing - after.missing:,} added in "
        f"{time.monotonic() - start:.0f} s ({time.process_time() - cpu:.0f} s of CPU), "
        f"peak memory {peak:,.0f} MB"
    )


def ask(store: Store, words: Sequence[str], share: float) -> None:
    """Both ways, over what is indexed: a part of the workspace while the index is not whole."""
    searching = store.searching
    marks = searching._marks()
    assert marks is not None
    whole = searching.coverage().missing == 0
    searching._index.places("said", Words("warm"))
    told = "" if share == 1 else f" (of {share:.0%} of the chats, times {1 / share:.0f})"
    print(f"contains() on {marks.ord + 1:,} chats{told}")
    print(
        f"{'words':24} {'hits':>9} {'index ms':>10} {'contains ms':>12} {'ratio':>8} {'by CPU':>8}"
    )
    for text in words:
        asked = Words(text)
        times = []
        for _ in range(5):
            begun = now()
            hits = searching.places(asked) if whole else searching._index.places("said", asked)
            times.append(since(begun))
        took, busy = (1000 * statistics.median(each) for each in zip(*times, strict=True))
        scan, scanning = (1000 * one for one in _scanned(store, text, marks.ord, share))
        print(
            f"{text:24} {len(hits):>9,} {took:>10.1f} {scan:>12,.0f} {scan / took:>7,.0f}x "
            f"{scanning / max(busy, 0.01):>7,.0f}x",
            flush=True,
        )


def now() -> tuple[float, float]:
    """Seconds by the clock, and of CPU in all threads."""
    return time.perf_counter(), time.process_time()


def since(begun: tuple[float, float]) -> tuple[float, float]:
    """How much of both has gone by."""
    clock, cpu = now()
    return clock - begun[0], cpu - begun[1]


def come_in(store: Store) -> None:
    """Whether a chat that has just come in is found, and what that search takes; where the index
    is not whole, all that it lacks is read as well."""
    word = f"zz{time.time_ns()}"
    store.conversations.add(
        [Conversation((Turn("user", f"brand {word} new"),), Origin("bench", 1))]
    )
    start = time.perf_counter()
    hits = store.searching.places(Words(word))
    took = 1000 * (time.perf_counter() - start)
    print(f"a chat that has just come in: {len(hits)} hit, {took:,.1f} ms")


def _scanned(store: Store, text: str, last: int, share: float) -> tuple[float, float]:
    """Seconds of contains() over all chats, by the clock and of CPU, by a share of them from the
    middle. One stretch: each costs up to a row group (122,880 turns) more than its own rows."""
    first = int((last + 1) * (1 - share) / 2)
    begun = now()
    store.connection.value(
        "select count(*) from turns where ord between ? and ? and contains(content, ?)",
        [first, first + int(last * share), text],
    )
    clock, cpu = since(begun)
    return clock / share, cpu / share


if __name__ == "__main__":
    main()
