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

def press(after):
    time.sleep(after)
    os.kill(os.getpid(), signal.SIGINT)

stopped = 0
with Store(Path(sys.argv[1])) as store:
    for number in range(25):
        threading.Thread(target=press, args=(random.Random(number).random() * 0.1,)).start()
        try:
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

acknowledged, pressed = set(), 0
signal.signal(signal.SIGINT, signal.default_int_handler)
with Store(Path(sys.argv[1])) as store:
    rewrites = fill(store, 600)
    thread = threading.Thread(target=press, daemon=True)
    try:
        thread.start()
    except KeyboardInterrupt:
        pressed += 1
    number = 0
    while number < len(rewrites):
        try:
            saved = store.decisions.record(said(rewrites[number], "accept"))
            acknowledged.add(saved.rewrite_id)
            number += 1
        except KeyboardInterrupt:
            pressed += 1
    while thread.is_alive():
        try:
            stop.set()
            thread.join()
        except KeyboardInterrupt:
            pass
with Store(Path(sys.argv[1])) as store:
    assert store.notices == [], store.notices
    history = {decision.rewrite_id for decision in store.decisions.history()}
    assert acknowledged <= history and len(acknowledged) == 600
    assert store.decisions.wrong_heads() == 0
print("pressed" if pressed > 5 else "hardly pressed")
"""


def test_ctrl_c_while_deciding_loses_and_breaks_nothing(path: Path) -> None:
    done = in_another_process(PRESS_WHILE_DECIDING, path)
    assert done.stdout == "pressed\n", done.stdout + done.stderr


def test_a_query_stopped_from_another_thread_is_a_cancel(store: Store) -> None:
    cursor = store.connection.cursor
    timer = threading.Timer(0.1, cursor._raw.interrupt)
    timer.start()
    with pytest.raises(Cancelled):
        cursor.execute(LONG)
    timer.join()
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
