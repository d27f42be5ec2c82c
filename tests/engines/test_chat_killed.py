"""Killed and started again: the server's own log says what was sent twice."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from curator.store import Store
from tests.lies import mostly_honest
from tests.lying_server import LyingServer

RUN = """
import sys
from pathlib import Path
from curator.engines.opened import OpenEngines
from curator.engines.patience import Patience
from curator.store import Store

path, url, count, workers = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
patience = Patience(first=0.002, longest=0.02, cap=0.3, cool=0.02)
table = {"base_url": url, "model": "liar-1", "max_tokens": 500}
roles = {"default": table}
with Store(path) as store, OpenEngines(roles, store.calls, patience=patience) as engines:
    chat = engines.chat("reflector")

    async def job(number):
        return await chat.ask([{"role": "user", "content": f"item {number}"}])

    rows = {}
    for number, reply in engines.each(job, range(count), workers):
        rows[number] = str(reply.kind if isinstance(reply, Exception) else reply.text)
    Path(sys.argv[5]).write_text("\\n".join(f"{n}: {rows[n]}" for n in sorted(rows)))
"""


def run(path: Path, url: str, count: int, workers: int, rows: Path) -> subprocess.Popen[bytes]:
    words = [str(path), url, str(count), str(workers), str(rows)]
    return subprocess.Popen([sys.executable, "-c", RUN, *words])


@pytest.mark.parametrize("faults", [0.0, 0.05], ids=["honest", "5 % faults"])
def test_a_killed_run_sends_nothing_twice_that_was_answered(tmp_path: Path, faults: float):
    count, workers, chance = 600, 16, random.Random(7)
    path, rows = tmp_path / "w.duckdb", tmp_path / "rows.txt"
    with LyingServer(mostly_honest(faults), delay=0.02) as server:
        lost_at_most = 0
        for _ in range(4):
            child = run(path, server.url, count, workers, rows)
            came = server.count
            while child.poll() is None and server.count < came + 60:
                time.sleep(0.005)
            time.sleep(chance.uniform(0, 0.1))
            if child.poll() is None:
                os.kill(child.pid, signal.SIGKILL)
                lost_at_most += workers
            child.wait(300)
        assert run(path, server.url, count, workers, rows).wait(300) == 0
        sent = Counter(json.loads(s.raw)["messages"][0]["content"] for s in server.calls)
        repeated = sum(sent.values()) - len(sent)
        assert len(sent) == count
        if not faults:
            # Sent again is only what was on its way when the process died.
            assert repeated <= lost_at_most
        broken = rows.read_text()
        unbroken = tmp_path / "unbroken.txt"
        if not faults:
            assert run(tmp_path / "new.duckdb", server.url, count, workers, unbroken).wait(300) == 0
            assert unbroken.read_text() == broken
        before = server.count
        assert run(path, server.url, count, workers, rows).wait(300) == 0
        # Everything that was answered is answered from the workspace.
        parked = sum(1 for line in broken.splitlines() if "About" not in line)
        assert server.count - before <= 3 * parked
    with Store(path) as store:
        assert store.calls.totals()["calls"] >= count
