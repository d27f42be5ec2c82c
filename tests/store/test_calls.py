"""The ledger of raw replies: an acknowledged one is never lost, and never asked for again."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from curator.errors import StoreError
from curator.store import Store
from curator.store import calls as calls_module


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "w.duckdb") as store:
        yield store


def call(number: int, reply: bytes | None = None) -> dict[str, Any]:
    return {
        "key": f"{number:032x}",
        "role": "judge",
        "model": "m",
        "endpoint": "http://localhost/v1",
        "request": {"messages": [{"role": "user", "content": f"问 {number}"}]},
        "reply": reply if reply is not None else b'{"n": %d}' % number,
        "prompt_tokens": 3,
        "completion_tokens": 4,
        "cost": 0.5,
        "seconds": 0.1,
    }


def spool(store: Store) -> Path:
    return store.path.with_name(store.path.name + ".calls.jsonl")


def test_a_reply_is_found_by_its_key_before_and_after_folding(store: Store):
    store.calls.keep_all([call(1), call(2)])
    assert store.calls.find(call(1)["key"]) == b'{"n": 1}'
    store.calls.fold()
    assert store.calls.find(call(2)["key"]) == b'{"n": 2}'
    assert store.calls.find(call(3)["key"]) is None


@pytest.mark.parametrize("reply", [b"", b"\xff\xfe\x00", "好\n\u2028".encode(), b"a" * 3_000_000])
def test_any_bytes_come_back_as_they_were(tmp_path: Path, reply: bytes):
    path = tmp_path / "w.duckdb"
    with Store(path) as store:
        store.calls.keep_all([call(1, reply)])
        assert store.calls.find(call(1)["key"]) == reply
    with Store(path) as store:
        assert store.calls.find(call(1)["key"]) == reply


def test_the_spool_is_private_and_gone_after_closing(tmp_path: Path):
    with Store(tmp_path / "w.duckdb") as store:
        store.calls.keep_all([call(1)])
        assert spool(store).stat().st_mode & 0o777 == 0o600
    assert not spool(store).exists()


def test_a_long_run_folds_as_it_goes(store: Store, monkeypatch):
    monkeypatch.setattr(calls_module, "FOLD_CALLS", 100)
    for first in range(0, 1000, 10):
        store.calls.keep_all([call(n) for n in range(first, first + 10)])
        assert spool(store).stat().st_size < 100 * 600
    assert store.connection.value("select count(*) from llm_calls") == 1000
    assert all(store.calls.find(call(n)["key"]) for n in range(1000))


def test_replies_are_kept_while_somebody_else_writes_for_long(store: Store, monkeypatch):
    monkeypatch.setattr(calls_module, "FOLD_CALLS", 1)
    import threading

    with store.connection.transaction():
        keeping = threading.Thread(target=store.calls.keep_all, args=([call(1)],))
        keeping.start()
        keeping.join(120)
        assert not keeping.is_alive()
        assert store.calls.find(call(1)["key"])


def test_totals_count_everything_ever_paid(tmp_path: Path):
    path = tmp_path / "w.duckdb"
    for number in range(3):
        with Store(path) as store:
            store.calls.keep_all([call(number)])
    with Store(path) as store:
        total = store.calls.totals()
    assert total == {"calls": 3, "prompt_tokens": 9, "completion_tokens": 12, "cost": 1.5}


def test_a_forgotten_reply_stays_on_the_bill_and_may_be_kept_anew(tmp_path: Path):
    path = tmp_path / "w.duckdb"
    with Store(path) as store:
        store.calls.keep_all([call(1), call(2)])
        store.calls.forget([call(1)["key"], call(9)["key"]])
        assert store.calls.find(call(1)["key"]) is None
        store.calls.keep_all([call(1, b"new")])
    with Store(path) as store:
        assert store.calls.find(call(1)["key"]) == b"new"
        assert store.calls.totals()["calls"] == 3


def test_what_was_found_out_about_an_endpoint_is_remembered(tmp_path: Path):
    path = tmp_path / "w.duckdb"
    with Store(path) as store:
        assert store.calls.fact("json mode") is None
        store.calls.note("json mode", "text")
        store.calls.note("json mode", "json")
    with Store(path) as store:
        assert store.calls.fact("json mode") == "json"


def test_a_spool_cut_at_any_byte_gives_back_every_whole_line(tmp_path: Path):
    with Store(tmp_path / "a.duckdb") as store:
        store.calls.keep_all([call(n) for n in range(3)])
        whole = spool(store).read_bytes()
    ends = [n + 1 for n, byte in enumerate(whole) if byte == ord("\n")]
    for cut in [*range(0, len(whole), 97), *ends]:
        path = tmp_path / f"cut{cut}.duckdb"
        path.with_name(path.name + ".calls.jsonl").write_bytes(whole[:cut])
        found = list(calls_module._read(path.with_name(path.name + ".calls.jsonl")))
        assert len(found) == sum(1 for end in ends if end <= cut)
    with Store(tmp_path / f"cut{len(whole)}.duckdb") as store:
        assert store.calls.totals()["calls"] == 3


def test_a_damaged_line_is_left_out_and_the_others_are_kept(tmp_path: Path):
    path = tmp_path / "w.duckdb"
    with Store(tmp_path / "a.duckdb") as store:
        store.calls.keep_all([call(n) for n in range(3)])
        lines = spool(store).read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b'"m"', b'"x"')
    path.with_name(path.name + ".calls.jsonl").write_bytes(b"".join(lines))
    with Store(path) as store:
        assert [store.calls.find(call(n)["key"]) is not None for n in range(3)] == [
            True,
            False,
            True,
        ]


def test_a_spool_that_was_folded_already_adds_nothing(tmp_path: Path):
    path = tmp_path / "w.duckdb"
    with Store(path) as store:
        store.calls.keep_all([call(n) for n in range(3)])
        left = spool(store).read_bytes()
    # As if the process had died after the commit, before the spool was emptied.
    spool(store).write_bytes(left)
    with Store(path) as store:
        assert store.calls.totals()["calls"] == 3


def test_a_full_disk_is_one_sentence_and_leaves_the_spool_whole(store: Store):
    store.calls.keep_all([call(1)])
    size = spool(store).stat().st_size
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, limits[1]))
    try:
        with pytest.raises(StoreError, match=r"could not be saved .*make room"):
            store.calls.keep_all([call(2)])
        assert spool(store).stat().st_size == size
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    store.calls.keep_all([call(2)])
    assert store.calls.find(call(2)["key"])


KEEP_FOR_EVER = """
import sys
from pathlib import Path
from curator.store import Store
from curator.store import calls
from tests.store.test_calls import call

calls.FOLD_CALLS = 40
with Store(Path(sys.argv[1])) as store:
    number = store.calls.totals()["calls"]
    while True:
        store.calls.keep_all([call(number + n) for n in range(5)])
        number += 5
        print(number, flush=True)
"""


def test_no_acknowledged_reply_is_lost_to_kill_9(tmp_path: Path):
    path = tmp_path / "w.duckdb"
    kept = 0
    for round_ in range(4):
        child = subprocess.Popen(
            [sys.executable, "-c", KEEP_FOR_EVER, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        kept = int(child.stdout.readline())
        time.sleep(0.05 * round_)
        os.kill(child.pid, signal.SIGKILL)
        said = child.stdout.read().split()
        child.wait(300)
        kept = int(said[-1]) if said else kept
        with Store(path) as store:
            assert store.calls.totals()["calls"] >= kept
            assert all(store.calls.find(call(n)["key"]) for n in range(kept))
