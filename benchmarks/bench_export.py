"""Export against DuckDB's own COPY of the same chats, in the same run.

    python benchmarks/bench_export.py [--chats 40000] [--rounds 3] [--format messages ...]

Writes a workspace of made-up UltraChat-like chats (about 6 kB, ten turns each), then exports it in
each layout and lets DuckDB write the chats as messages with COPY ... (FORMAT json), each in a
process of its own, in turns. Prints megabytes a second, peak memory, and the ratios by time and by
processor seconds (the medians of megabytes a second). The goal is a ratio of 1.3 and 500 MB at any
size.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import median

WORDS = [
    "answer", "because", "boil", "bring", "careful", "chart", "colour", "consider", "describe",
    "difference", "egg", "example", "family", "garden", "history", "important", "kitchen", "learn",
    "market", "minute", "mountain", "music", "number", "often", "people", "question", "reason",
    "river", "science", "several", "simple", "story", "student", "summer", "system", "teacher",
    "travel", "usually", "water", "winter", "write", "为什么", "例如", "问题", "学习", "时间",
]  # fmt: skip
COPY = """
    copy (
        select c.source_id as id, t.messages from (
            select ord, list({'role': role, 'content': content} order by turn_index) as messages
            from turns group by ord
        ) t join conversations c using (ord) order by ord
    ) to '{out}' (format json)
"""


def chats(count: int) -> Iterator[list[object]]:
    """Made-up chats, a batch of 5,000 at a time; the same for the same count."""
    from curator.conversation import Conversation, Origin, Turn

    chance = random.Random(7)
    text = " ".join(chance.choices(WORDS, k=400_000))
    batch: list[object] = []
    for number in range(count):
        turns = []
        for place in range(10):
            size = chance.randint(60, 240) if place % 2 == 0 else chance.randint(500, 1600)
            start = chance.randrange(len(text) - size)
            turns.append(
                Turn("assistant" if place % 2 else "user", f"{number} {text[start : start + size]}")
            )
        origin = Origin("made.jsonl", number + 1, "ultrachat", str(number))
        batch.append(Conversation(tuple(turns), origin))
        if len(batch) == 5000:
            yield batch
            batch = []
    yield batch


def build(path: Path, count: int) -> None:
    from curator.store import Store

    with Store(path) as store:
        for batch in chats(count):
            if batch:
                store.conversations.add(batch)  # type: ignore[arg-type]


def ours(path: Path, out: Path, layout: str = "messages") -> None:
    from curator.stages.base import Silent
    from curator.stages.exporting import STAGE, Config
    from curator.store import Store

    with Store(path) as store:
        config = Config(format=layout, out=str(out), include=("untouched",), force=True)
        STAGE.run(store, config, None, Silent())  # type: ignore[arg-type]


def theirs(path: Path, out: Path) -> None:
    import duckdb

    connection = duckdb.connect(str(path), read_only=True)
    connection.execute("set preserve_insertion_order = true")
    connection.execute("set enable_progress_bar = false")
    connection.execute(COPY.replace("{out}", str(out)))
    with out.open("rb") as file:
        os.fsync(file.fileno())


def child(way: str, path: Path, out: Path) -> dict[str, float]:
    """Seconds, processor seconds and peak megabytes of one way, in a process of its own."""
    command = [sys.executable, __file__, "--child", way, "--path", str(path), "--out", str(out)]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    measured: dict[str, float] = json.loads(found.stdout.splitlines()[-1])
    return measured


def measure(way: str, path: Path, out: Path) -> None:
    started = time.perf_counter()
    if way == "copy":
        theirs(path, out)
    else:
        ours(path, out, way)
    seconds = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "seconds": seconds,
                "cpu": used.ru_utime + used.ru_stime,
                "rss": peak(),
                "bytes": out.stat().st_size,
            }
        )
    )


def peak() -> float:
    """The most memory this process ever had, in MB. (`ru_maxrss` would begin with the parent's.)"""
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if "VmHWM" in line)) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chats", type=int, default=40_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--format", nargs="+", default=["messages"], help="our layouts")
    parser.add_argument("--workspace", type=Path, help="an own workspace instead of made-up chats")
    parser.add_argument("--child")
    parser.add_argument("--path", type=Path)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    if asked.child:
        measure(asked.child, asked.path, asked.out)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = asked.workspace or Path(folder) / "bench.duckdb"
        if not asked.workspace:
            build(path, asked.chats)
        print("| way | MB/s | seconds | cpu s | peak MB |\n|---|---|---|---|---|")
        rates: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for _ in range(asked.rounds):
            for way in (*asked.format, "copy"):
                out = Path(folder) / f"{way}.jsonl"
                m = child(way, path, out)
                size = m["bytes"] / 1e6
                rates[way].append((size / m["seconds"], size / m["cpu"]))
                seen = f"{m['seconds']:.1f} | {m['cpu']:.1f} | {m['rss']:.0f}"
                print(f"| {way} | {size / m['seconds']:.1f} | {seen} |", flush=True)
        print("\n| layout | ratio by time | by processor (goal 1.3) |\n|---|---|---|")
        for way in asked.format:
            both = (
                median(r[n] for r in rates[way]) / median(r[n] for r in rates["copy"])
                for n in (0, 1)
            )
            print(f"| {way} | {next(both):.2f} | {next(both):.2f} |")


if __name__ == "__main__":
    main()
