"""Import of UltraChat-like JSON lines against DuckDB's own reader and against `executemany`.

    python -m benchmarks.bench_import FILE.jsonl             # our import, and the two peers
    python -m benchmarks.bench_import FILE.jsonl --bad       # and with one bad row in 100, in 10
    python -m benchmarks.bench_import FILE.jsonl --alone     # our import alone (for 6 GB)

Each case runs in a process of its own, interleaved; the figures are medians of wall time, CPU time
of all threads, peak resident memory, and the size of the workspace. FILE holds one
`{"id", "data": [user, assistant, ...]}` a line. Goals: at least 0.4 of the speed of `read_json` and
insert without compression, 80 times `executemany`, under 1 GB, 0.45 of the source.

The very first run on a machine also compiles the fast pass (some 15 CPU seconds, once).
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

TOY_ROWS = 1000
SCHEMA = """
create table conversations (ord bigint, id varchar, n_turns smallint);
create table turns (ord bigint, idx smallint, role varchar, text varchar using compression {c});
"""


def ours(source: Path, target: Path) -> int:
    """`curator import`; how many conversations came in."""
    from curator.stages import importing
    from curator.stages.base import Silent
    from curator.stages.runner import perform
    from curator.store import Store

    with Store(target) as store:
        config = importing.Config(files=(str(source),))
        report = perform(store, importing.STAGE, config, None, Silent())  # type: ignore[arg-type]
        return int(report.counts["kept"]) + int(report.counts["already there"])


def read_json(source: Path, target: Path) -> int:
    """DuckDB's own reader, text uncompressed: two statements."""
    import duckdb

    connection = duckdb.connect(
        str(target), config={"storage_compatibility_version": "v1.5.0", "memory_limit": "4GB"}
    )
    connection.execute(SCHEMA.format(c="uncompressed"))
    rows = (
        f"read_json('{source}', format='newline_delimited', maximum_object_size=67108864, "
        "columns={id: 'varchar', data: 'varchar[]'})"
    )
    connection.execute(
        f"insert into conversations select row_number() over () - 1, id, len(data) from {rows}"
    )
    connection.execute(
        f"""
        insert into turns
        select ord, i - 1, case i % 2 when 1 then 'user' else 'assistant' end, t from (
            select ord, generate_subscripts(data, 1) as i, unnest(data) as t
            from (select row_number() over () - 1 as ord, data from {rows})
        )
        """
    )
    found = connection.execute("select count(*) from conversations").fetchall()
    connection.close()
    return int(found[0][0])


def executemany(source: Path, target: Path) -> int:
    """What a first version does, in one transaction, over the first thousand rows."""
    import duckdb

    connection = duckdb.connect(str(target), config={"storage_compatibility_version": "v1.5.0"})
    connection.execute(SCHEMA.format(c="zstd"))
    heads, turns = [], []
    with source.open(encoding="utf-8") as lines:
        for number, line in zip(range(TOY_ROWS), lines, strict=False):
            row = json.loads(line)
            heads.append((number, row["id"], len(row["data"])))
            turns += [
                (number, i, "assistant" if i % 2 else "user", text)
                for i, text in enumerate(row["data"])
            ]
    connection.execute("begin")
    connection.executemany("insert into conversations values (?, ?, ?)", heads)
    connection.executemany("insert into turns values (?, ?, ?, ?)", turns)
    connection.execute("commit")
    connection.close()
    return len(heads)


OURS = "curator import"
CASES: dict[str, Callable[[Path, Path], int]] = {
    OURS: ours,
    "read_json + insert, uncompressed": read_json,
    "executemany in a transaction": executemany,
}


def one(name: str, source: Path) -> dict[str, Any]:
    """Run a case here, in this process, on a fresh file."""
    with tempfile.TemporaryDirectory(dir=source.parent) as folder:
        target = Path(folder) / "w.duckdb"
        began = time.perf_counter()
        rows = CASES[name](source, target)
        seconds = time.perf_counter() - began
        size = target.stat().st_size
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "rows": rows,
        "wall": seconds,
        "cpu": used.ru_utime + used.ru_stime,
        "rss": used.ru_maxrss / 1024,
        "bytes": size,
    }


def apart(name: str, source: Path) -> dict[str, Any]:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.bench_import", str(source), "--one", name]
    # An installed package has its bytecode; a checkout that may not write any has not.
    usual = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True, env=usual)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def spoiled(source: Path, every: int) -> Path:
    """A copy in which one row in `every` is broken off in the middle."""
    target = source.with_name(f"bad{every}-{source.name}")
    with source.open("rb") as lines, target.open("wb") as out:
        for number, line in enumerate(lines):
            out.write(line if number % every else line[: len(line) // 2] + b"\n")
    return target


def main() -> None:
    """Print a table and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("--one")
    parser.add_argument("--bad", action="store_true")
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("-n", type=int, default=3)
    wanted = parser.parse_args()
    if wanted.one:
        print(json.dumps(one(wanted.one, wanted.source)))
        return
    cases = [OURS] if wanted.alone else [*CASES]
    jobs = [(name, name, wanted.source) for name in cases]
    bad = {every: spoiled(wanted.source, every) for every in (100, 10) if wanted.bad}
    jobs += [(f"{OURS}, one bad row in {every}", OURS, file) for every, file in bad.items()]
    runs: dict[str, list[dict[str, Any]]] = {title: [] for title, _, _ in jobs}
    for _ in range(wanted.n):
        for title, name, file in jobs:
            runs[title].append(apart(name, file))
    for file in bad.values():
        file.unlink()
    show(runs, os.path.getsize(wanted.source))


def show(runs: dict[str, list[dict[str, Any]]], size: int) -> None:
    """Medians by case, then ours as ratios to the peers'."""
    found = {
        name: {key: statistics.median(run[key] for run in several) for key in several[0]}
        for name, several in runs.items()
    }
    rows = found[OURS]["rows"]
    print("| case | wall s | cpu s | MB/s wall | peak RSS MB | file MB |")
    print("|---|---|---|---|---|---|")
    for name, m in found.items():
        # A case that stops early read so much less of the file.
        read = size / 1e6 * min(1, m["rows"] / rows)
        print(
            f"| {name} | {m['wall']:.2f} | {m['cpu']:.2f} | {read / m['wall']:.1f} "
            f"| {m['rss']:.0f} | {m['bytes'] / 1e6:.1f} |"
        )
    mine = found[OURS]
    print(f"load: {', '.join(f'{load:.1f}' for load in os.getloadavg())} on {os.cpu_count()} cores")
    if "read_json + insert, uncompressed" in found:
        duck = found["read_json + insert, uncompressed"]
        toy = found["executemany in a transaction"]
        print(f"speed against read_json + insert: {duck['wall'] / mine['wall']:.2f} (goal 0.4)")
        print(f"the same by cpu: {duck['cpu'] / mine['cpu']:.2f}")
        wall, cpu = (toy[key] / toy["rows"] / (mine[key] / mine["rows"]) for key in ("wall", "cpu"))
        print(f"a row against executemany: {wall:.0f} x by wall, {cpu:.0f} x by cpu (goal 80)")
    print(f"workspace / source: {mine['bytes'] / size:.2f} (goal 0.45)")
    for name, m in found.items():
        if "bad row" in name:
            times = f"{m['wall'] / mine['wall']:.2f} x the time, {m['cpu'] / mine['cpu']:.2f} x"
            print(f"{name}: {times} the cpu (goal 2)")


if __name__ == "__main__":
    main()
