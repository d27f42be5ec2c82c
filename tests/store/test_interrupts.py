import signal
import threading
from pathlib import Path

import pytest

from curator.errors import Cancelled
from curator.store import Store
from curator.store.interrupts import held_back
from tests.store.workspaces import in_another_process

LONG = "select count(*) from range(3000000) a, range(3000) b where (a.range * b.range) % 7 = 3"

PRESS = """
import os, random, signal, sys, threading, time
from pathlib import Path
from curator.store import Store
from tests.store.test_interrupts import LONG

stopped = 0
with Store(Path(sys.argv[1])) as store:
    def press(after):
        while not store.connection._speaking:  # not before the query, however busy the machine
            time.sleep(0.001)
        time.sleep(after)
        os.kill(os.getpid(), signal.SIGINT)

    for number in range(25):
        try:
            threading.Thread(target=press, args=(random.Random(number).random() * 0.1,)).start()
            store.connection.rows(LONG)
        except KeyboardInterrupt:
            stopped += 1
        assert store.connection.rows("select 42") == [(42,)]
        store.connection.execute("insert into runs (id, stage, config, state, started)"
                                 " values (?, 's', '{}', 'x', now())", [number])
    assert store.connection.value("select count(*) from runs") == 25
print("stopped", stopped)
"""


def test_ctrl_c_in_a_query_stops_it_and_never_wedges_the_store(path: Path) -> None:
    done = in_another_process(PRESS, path)
    assert done.stdout == "stopped 25\n", done.stderr


PRESS_WHILE_DECIDING = """
import os, random, signal, sys, threading, time
from pathlib import Path
from curator.store import Store
from tests.store.workspaces import fill, said

stop = threading.Event()
def press():
    chance = random.Random(4)
    while not stop.is_set():
        time.sleep(chance.random() * 0.03)
        os.kill(os.getpid(), signal.SIGINT)

acknowledged, pressed, open_to_it = set(), 0, False

def heard(*_):  # raises once in each stretch that is open to it, never in what comes after
    global pressed, open_to_it
    pressed += 1
    if open_to_it:
        open_to_it = False
        raise KeyboardInterrupt

signal.signal(signal.SIGINT, heard)
with Store(Path(sys.argv[1])) as store:
    rewrites = fill(store, 600)
    thread = threading.Thread(target=press, daemon=True)
    thread.start()
    number = 0
    while number < len(rewrites) or pressed <= 5:
        try:
            open_to_it = True
            saved = store.decisions.record(said(rewrites[number % len(rewrites)], "accept"))
            acknowledged.add(saved.rewrite_id)
            number += 1
            open_to_it = False
        except KeyboardInterrupt:
            pass
    stop.set()
    thread.join(200)
with Store(Path(sys.argv[1])) as store:
    assert store.notices == [], store.notices
    history = {decision.rewrite_id for decision in store.decisions.history()}
    assert acknowledged <= history and len(acknowledged) == 600
    assert store.decisions.wrong_heads() == 0
"""


def test_ctrl_c_while_deciding_loses_and_breaks_nothing(path: Path) -> None:
    done = in_another_process(PRESS_WHILE_DECIDING, path)
    assert done.returncode == 0, done.stderr


def test_a_query_stopped_from_another_thread_is_a_cancel(store: Store) -> None:
    cursor = store.connection.cursor
    over = threading.Event()

    def interrupt() -> None:  # again and again: the query may not have begun
        while not over.wait(0.1):
            cursor._raw.interrupt()

    timer = threading.Thread(target=interrupt)
    timer.start()
    try:
        with pytest.raises(Cancelled):
            cursor.execute(LONG)
    finally:
        over.set()
        timer.join(120)
    assert store.connection.value("select 1") == 1


def test_a_handler_that_only_notes_the_signal_runs_at_once_and_stops_nothing() -> None:
    noted = []
    before = signal.signal(signal.SIGINT, lambda *_: noted.append(True))
    try:
        with held_back(lambda: noted.append(False)):
            signal.raise_signal(signal.SIGINT)
            assert noted == [True]
        assert noted == [True]
    finally:
        signal.signal(signal.SIGINT, before)


def test_what_a_handler_raises_comes_after_the_block() -> None:
    done: list[str] = []
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            _work_through_a_signal(done)
    finally:
        signal.signal(signal.SIGINT, before)
    assert done == ["the rest of the block"]


def _work_through_a_signal(done: list[str]) -> None:
    with held_back():
        signal.raise_signal(signal.SIGINT)
        done.append("the rest of the block")
