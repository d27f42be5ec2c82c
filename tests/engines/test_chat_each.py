"""The bridge: items in, results out, from code that knows nothing of loops."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from curator.engines.opened import OpenEngines
from curator.engines.worker import Worker
from curator.errors import Cancelled, EngineError
from curator.store import Store


@pytest.fixture
def engines(store: Store) -> Iterator[OpenEngines]:
    with OpenEngines({}, store.calls) as engines:
        yield engines


async def double(number: int) -> int:
    await asyncio.sleep(0)
    return 2 * number


@pytest.mark.parametrize("items", [0, 1, 2, 7, 500])
@pytest.mark.parametrize("concurrency", [1, 3, 64])
def test_every_item_comes_out_once(engines: OpenEngines, items: int, concurrency: int):
    found = sorted(engines.each(double, range(items), concurrency))
    assert found == [(n, 2 * n) for n in range(items)]


def test_jobs_that_never_wait_come_out_too(engines: OpenEngines):
    async def at_once(number: int) -> int:
        return number

    assert len(list(engines.each(at_once, range(5000), 16))) == 5000


def test_no_more_run_at_once_than_was_said(engines: OpenEngines):
    running = most = 0

    async def job(_: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        running -= 1

    list(engines.each(job, range(200), 7))
    assert most == 7


def test_items_are_drawn_as_they_are_needed(engines: OpenEngines):
    drawn = 0

    def items() -> Iterator[int]:
        nonlocal drawn
        for number in range(10_000):
            drawn += 1
            yield number

    results = engines.each(double, items(), 4)
    for _ in range(10):
        next(results)
    assert drawn <= 10 + 2 * 4
    results.close()  # type: ignore[attr-defined]


def test_what_a_job_raises_is_its_result(engines: OpenEngines):
    async def job(number: int) -> int:
        if number == 3:
            raise EngineError("not this one")
        return number

    found = dict(engines.each(job, range(6), 2))
    assert isinstance(found[3], EngineError)
    assert len(found) == 6


def test_closing_the_iterator_cancels_what_is_in_flight(engines: OpenEngines):
    cancelled = []

    async def job(number: int) -> int:
        try:
            await asyncio.sleep(0 if number == 0 else 60)
        except asyncio.CancelledError:
            cancelled.append(number)
            raise
        return number

    results = engines.each(job, range(100), 5)
    assert next(results)[0] == 0
    results.close()  # type: ignore[attr-defined]
    assert len(cancelled) in (4, 5)


def test_what_stops_the_run_is_raised_after_all_that_was_finished(engines: OpenEngines):
    started = []

    async def job(number: int) -> int:
        started.append(number)
        if number == 10:
            error = EngineError("no money")
            error.stops_run = True
            raise error
        await asyncio.sleep(0.02)
        return number

    found = []

    def run() -> None:
        found.extend(engines.each(job, range(1000), 4))

    with pytest.raises(EngineError, match="no money"):
        run()
    assert {item for item, _ in found} == set(started) - {10}


def test_stopping_does_not_wait_for_a_long_pause(store: Store, monkeypatch):
    monkeypatch.setattr("curator.engines.worker.GRACE", 0.3)
    stop = threading.Event()

    async def job(_: int) -> None:
        stop.set()
        await asyncio.sleep(60)

    with OpenEngines({}, store.calls, stop) as engines, pytest.raises(Cancelled):
        list(engines.each(job, [1], 1))


def test_a_run_that_was_stopped_leaves_the_engines_usable(engines: OpenEngines):
    results = engines.each(double, range(100), 4)
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert len(list(engines.each(double, range(100), 4))) == 100


def test_engines_that_were_never_used_close_without_a_thread():
    before = set(threading.enumerate())  # some of which may just be ending
    Worker().close()
    assert set(threading.enumerate()) <= before


def test_one_piece_of_work_can_be_run_on_the_loop(engines: OpenEngines):
    async def work() -> Any:
        return threading.current_thread().name

    assert engines.run(work) == "engines"


def test_closing_the_engines_ends_a_run_in_another_thread(store: Store):
    engines = OpenEngines({}, store.calls)
    begun = threading.Event()
    ended: list[BaseException] = []

    async def job(_: int) -> None:
        begun.set()
        await asyncio.sleep(60)

    def run() -> None:
        try:
            list(engines.each(job, range(10), 2))
        except Cancelled as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert begun.wait(60)
    engines.close()
    thread.join(60)
    assert not thread.is_alive()
    assert ended
