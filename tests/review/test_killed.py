"""Fifty times, a reviewing process is killed at a random moment. Three in fifty is the most that a
clean run still allows at 95 % (rule of three); the long run is `KILLS=1000 pytest …`."""

import multiprocessing
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from curator.store import Store
from curator.store.journal import Journal
from tests.review.reviewing import review_until_killed
from tests.store.workspaces import fill

KILLS = int(os.environ.get("KILLS", "50"))
LINE = 44  # bytes of what is noted of a decision, more or less


def _round(path: Path, oracle: Path, number: int, chance: random.Random) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.review.reviewing"])
    ready = path.with_name(f"ready-{number}")
    process = context.Process(target=review_until_killed, args=(path, oracle, ready, number))
    process.start()
    before = oracle.stat().st_size
    _until(ready.exists, process, "the reviewing process did not start")
    # So many acknowledged decisions and then some: on a busy machine as on a quick one.
    more = chance.randrange(60) * LINE
    _until(lambda: oracle.stat().st_size - before >= more, process, "it decided nothing")
    time.sleep(chance.random() * 0.02)
    assert process.is_alive(), "the reviewing process ended by itself"
    process.kill()
    process.join(120)


def _until(holds: Callable[[], bool], process: Any, otherwise: str) -> None:
    give_up = time.monotonic() + 120
    while not holds() and process.is_alive() and time.monotonic() < give_up:
        time.sleep(0.001)
    assert holds(), otherwise


def _ahead(path: Path) -> int:
    """How many decisions are in the journal and not in the workspace."""
    with duckdb.connect(str(path), read_only=True) as raw:
        (last,) = raw.execute("select coalesce(max(seq), 0) from events").fetchall()[0]
    journal = Journal(path.with_name(path.name + ".journal.jsonl"))
    act, _ = journal.tail()
    journal.close()
    return (act.decisions[-1].seq or 0) - int(last) if act and act.decisions else 0


def _check(path: Path, oracle: Path, kills: int) -> tuple[int, int]:
    """How many were acknowledged and how many are in the store, after finding none lost."""
    with Store(path) as store:
        history = store.decisions.history()
        assert store.decisions.wrong_heads() == 0
        assert store.decisions.journal.count == len(history)
    assert [decision.seq for decision in history] == list(range(len(history), 0, -1))
    ops = {decision.seq: (decision.verdict, decision.op) for decision in history}
    undone = Counter(decision.undoes for decision in history if decision.verdict == "undo")
    lines = [line.split() for line in oracle.read_text().splitlines()]
    decided = [(int(seq), (verdict, op)) for verdict, seq, *rest in lines for op in rest]
    lost = [entry for entry in decided if ops.get(entry[0]) != entry[1]]
    assert not lost
    taken = Counter(int(seq) for verdict, seq in (x for x in lines if len(x) == 2))
    assert not taken - undone, "an acknowledged undo was lost"
    doubled = [op for op, times in Counter(op for _, op in ops.values()).items() if times > 1]
    assert not doubled
    assert len(history) <= len(lines) + kills, "more was kept than was asked for"
    return len(lines), len(history)


@pytest.mark.slow
def test_a_reviewing_process_killed_at_any_moment_loses_and_doubles_nothing(path: Path) -> None:
    oracle = path.with_name("acknowledged")
    oracle.touch()
    with Store(path) as store:
        fill(store, 40 * KILLS + 1000)
    chance = random.Random(20)
    waited = 0
    for number in range(KILLS):
        _round(path, oracle, number, chance)
        waited += _ahead(path) > 0
        if number % 10 == 9:
            _check(path, oracle, number + 1)
    acknowledged, kept = _check(path, oracle, KILLS)
    print(
        f"{KILLS} kills: {acknowledged} acknowledged, 0 lost; {kept} kept; "
        f"{waited} of them between a decision and its commit"
    )
    assert acknowledged > KILLS
    # Nine in ten, whatever the machine.
    assert waited > KILLS // 4, "hardly a kill came between a journal's line and its commit"
