"""The chat engine against a server that answers in 200 ms: ratios to the ceiling and to openai.

    python -m benchmarks.bench_chat speed           # share of concurrency / latency, cpu a call
    python -m benchmarks.bench_chat faults          # 100,000 calls, 5 % of them faults
    python -m benchmarks.bench_chat kills           # 10,000 calls, killed 30 times

The server is another process, and so is each client: nobody's work is counted as another's.
Every call of the engine is synced to the workspace's disk; those of its peer are thrown away.
"""

import argparse
import asyncio
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MODEL = "liar-1"
PROMPT = "Say something about this. " + "It was said before and will be said again. " * 22
DELAY = 0.2


@contextmanager
def server(*words: str) -> Iterator[str]:
    """A lying server in a process of its own; its base URL."""
    command = [sys.executable, "-m", "tests.lying_server", *words]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(child.stdout.readline())}/v1"
    finally:
        child.kill()
        child.wait()


def messages(number: int) -> list[dict[str, str]]:
    return [{"role": "user", "content": f"{PROMPT} item {number}"}]


def rss() -> float:
    """Resident memory of this process now, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


# clients: each is run in a process of its own and prints one JSON line -------------------------


def engine(url: str, calls: int, concurrency: int, path: Path) -> dict[str, Any]:
    """Our engine, ledger and all."""
    from curator.engines.opened import OpenEngines
    from curator.engines.patience import Patience
    from curator.store import Store

    table = {"base_url": url, "model": MODEL, "concurrency": concurrency, "max_tokens": 500}
    patience = Patience(first=0.05, longest=1.0, cool=0.5)
    outcomes: Counter[str] = Counter()
    sizes: list[float] = []
    with (
        Store(path) as store,
        OpenEngines({"default": table}, store.calls, patience=patience) as engines,
    ):
        chat = engines.chat("reflector")

        async def job(number: int) -> Any:
            return await chat.ask(messages(number))

        cpu, started = time.process_time(), time.perf_counter()
        for done, (_, reply) in enumerate(engines.each(job, range(calls), concurrency), 1):
            outcomes[reply.kind if isinstance(reply, Exception) else "done"] += 1
            if done % max(1, calls // 20) == 0:
                sizes.append(rss())
        seconds, spent = time.perf_counter() - started, time.process_time() - cpu
        requests, cached = engines.meter.requests, engines.meter.cached
    return {
        "seconds": seconds, "cpu": spent, "outcomes": dict(outcomes), "rss": sizes,
        "requests": requests, "cached": cached,
    }  # fmt: skip


def peer(url: str, calls: int, concurrency: int, _: Path) -> dict[str, Any]:
    """A plain AsyncOpenAI loop of as many workers."""
    from openai import AsyncOpenAI

    async def run() -> None:
        client = AsyncOpenAI(base_url=url, api_key="x", max_retries=0)
        numbers = iter(range(calls))

        async def worker() -> None:
            for number in numbers:
                reply = await client.chat.completions.create(
                    model=MODEL,
                    messages=messages(number),
                    max_tokens=500,  # type: ignore[arg-type]
                )
                assert reply.choices[0].message.content

        await asyncio.gather(*(worker() for _ in range(concurrency)))

    async def timed() -> tuple[float, float]:
        cpu, started = time.process_time(), time.perf_counter()
        await run()
        return time.perf_counter() - started, time.process_time() - cpu

    seconds, spent = asyncio.run(timed())
    return {"seconds": seconds, "cpu": spent}


CLIENTS = {"engine": engine, "peer": peer}


def measured(client: str, url: str, calls: int, concurrency: int, path: Path) -> dict[str, Any]:
    """What a client's own process says about itself."""
    words = ["client", client, url, str(calls), str(concurrency), str(path)]
    command = [sys.executable, "-m", "benchmarks.bench_chat", *words]
    found = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    result: dict[str, Any] = json.loads(found.splitlines()[-1])
    return result


# the three questions ----------------------------------------------------------------------------


def speed(calls: int) -> None:
    """Share of the ceiling at 64 and 256 in flight, and processor time a call beside openai's."""
    print("in flight  client  calls/s  of ceiling  cpu ms a call  of openai's")
    with tempfile.TemporaryDirectory() as folder, server("--delay", str(DELAY)) as url:
        for concurrency in (64, 256):
            ceiling = concurrency / DELAY
            found = {
                client: measured(client, url, calls, concurrency, Path(folder, f"{concurrency}.db"))
                for client in CLIENTS
            }
            for client, result in found.items():
                rate, cpu = calls / result["seconds"], result["cpu"] / calls * 1000
                share = result["cpu"] / found["peer"]["cpu"]
                print(
                    f"{concurrency:9}  {client:6}  {rate:7.0f}  {rate / ceiling:10.2f}"
                    f"  {cpu:13.2f}  {share:11.2f}"
                )


def faults(calls: int) -> None:
    """Every item done or parked with a reason; requests per item; memory from 5 % to the end."""
    with tempfile.TemporaryDirectory() as folder, server("--faults", "0.05") as url:
        result = measured("engine", url, calls, 64, Path(folder, "w.duckdb"))
    sizes = result["rss"]
    print(f"{calls:,} calls, 5 % faults: {result['outcomes']}")
    print(f"requests per item: {result['requests'] / calls:.3f} (bar: below 1.10)")
    print(f"{calls / result['seconds']:.0f} calls/s")
    print(f"MiB at each twentieth: {' '.join(f'{size:.0f}' for size in sizes)}")
    assert sum(result["outcomes"].values()) == calls


def kills(calls: int, times: int) -> None:
    """Answers that were asked for again although they had been acknowledged; rows in the end."""
    chance = random.Random(1)
    workers = 64
    with tempfile.TemporaryDirectory() as folder:
        log, path = Path(folder, "log"), Path(folder, "w.duckdb")
        with server("--delay", "0.05", "--log", str(log)) as url:
            words = ["client", "engine", url, str(calls), str(workers), str(path)]
            killed = 0
            for _ in range(times):
                child = subprocess.Popen(
                    [sys.executable, "-m", "benchmarks.bench_chat", *words],
                    stdout=subprocess.DEVNULL,
                )
                time.sleep(chance.uniform(1.5, 3.5))
                if child.poll() is None:
                    os.kill(child.pid, signal.SIGKILL)
                    killed += 1
                child.wait()
            whole = measured("engine", url, calls, workers, path)
            again = measured("engine", url, calls, workers, path)
            sent = Counter(line.split()[0] for line in log.read_text().splitlines())
            rows = _rows(path)
            measured("engine", url, calls, workers, Path(folder, "unbroken.duckdb"))
            unbroken = _rows(Path(folder, "unbroken.duckdb"))
    repeated = sum(sent.values()) - len(sent)
    print(f"{calls:,} calls, killed {killed} times: {whole['outcomes']}")
    print(
        f"asked: {len(sent):,} different, {repeated} again (at most {killed * workers} in flight)"
    )
    print(f"a further run sent {again['requests']} and found {again['cached']:,}")
    print(f"rows as in an unbroken run: {rows == unbroken}")
    assert repeated <= killed * workers
    assert again["requests"] == 0
    assert rows == unbroken


def _rows(path: Path) -> list[tuple[Any, ...]]:
    from curator.store import Store

    with Store(path) as store:
        return store.connection.rows("select key, reply from llm_calls order by key")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["speed", "faults", "kills", "client"])
    parser.add_argument("words", nargs="*")
    parser.add_argument("--calls", type=int)
    parser.add_argument("--times", type=int, default=30)
    typed = parser.parse_args()
    if typed.what == "client":
        name, url, calls, concurrency, path = typed.words
        found = CLIENTS[name](url, int(calls), int(concurrency), Path(path))
        found["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(found))
    elif typed.what == "speed":
        speed(typed.calls or 3000)
    elif typed.what == "faults":
        faults(typed.calls or 100_000)
    else:
        kills(typed.calls or 10_000, typed.times)


if __name__ == "__main__":
    main()
