"""One event loop in one thread, and the bridge to it for code that knows nothing of loops."""

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar, cast

from curator.errors import Cancelled
from curator.progress import Silent

T = TypeVar("T")
R = TypeVar("R")

#: Seconds between looks at whether the person asked to stop, and what is in flight then has.
LOOK = 0.25
GRACE = 5.0


class Until(Silent):
    """A `Progress` that shows nothing, and stops once an event is set."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    def step(self, n: int = 1, note: str = "") -> None:
        """Nothing, or `Cancelled`."""
        del n, note
        if self._stop.is_set():
            raise Cancelled("stopped; what was finished is kept, the same command goes on")


class Worker:
    """An event loop of its own. Starts with the first job."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._guard = threading.Lock()
        self.closed = False

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The running loop. Raises `Cancelled` when it was closed meanwhile."""
        with self._guard:
            if self.closed:
                raise Cancelled("the engines were closed while they were at work")
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=self._loop.run_forever, name="engines", daemon=True
                )
                self._thread.start()
            return self._loop

    @property
    def started(self) -> bool:
        """Whether anything was ever run."""
        return self._loop is not None

    def run(self, work: Coroutine[Any, Any, R]) -> R:
        """What `work` returns, run on the loop while this thread waits."""
        try:
            loop = self.loop
        except Cancelled:
            work.close()
            raise
        future = asyncio.run_coroutine_threadsafe(work, loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """Cancel what still runs and end the thread."""
        with self._guard:
            self.closed = True
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(_cancel_all(), loop).result()
        asyncio.run_coroutine_threadsafe(loop.shutdown_default_executor(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _cancel_all() -> None:
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class Crew(Generic[T, R]):
    """So many workers on the loop over one stream of items; results in the order they finish.

    At most twice as many items as workers are drawn and not yet handed on, so memory is flat and
    the workers never wait for the consumer between two items.
    """

    def __init__(
        self,
        worker: Worker,
        job: Callable[[T], Awaitable[R]],
        concurrency: int,
        asked_to_stop: threading.Event,
        waiting: Callable[[], None],
    ) -> None:
        self._worker = worker
        self._job = job
        self._concurrency = max(1, concurrency)
        self._asked = asked_to_stop
        self._waiting = waiting
        self._done: SimpleQueue[tuple[T, R | Exception]] = SimpleQueue()
        self._todo: deque[T] = deque()
        self._starting = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._halted: Exception | None = None

    def over(self, items: Iterable[T]) -> Iterator[tuple[T, R | Exception]]:
        """Each item with its result, or with what its job raised. Raises the exception whose
        `stops_run` is true, after everything that was finished."""
        stream = iter(items)
        drawn = out = 0
        exhausted = False
        try:
            while True:
                room = 2 * self._concurrency - (drawn - out)
                if not exhausted and self._halted is None and 2 * room > self._concurrency:
                    batch = _take(stream, room)
                    exhausted = len(batch) < room
                    drawn += len(batch)
                    self._feed(batch)
                if out == drawn:
                    break
                item, result = self._next()
                out += 1
                if getattr(result, "stops_run", False) and isinstance(result, Exception):
                    self._halted = result
                    out += self._drop_todo()
                    continue
                yield item, result
            if self._halted is not None:
                raise self._halted
        finally:
            if not self._worker.closed:
                self._worker.run(self._cancel())

    def _next(self) -> tuple[T, R | Exception]:
        waited = 0.0
        while True:
            try:
                return self._done.get(timeout=LOOK)
            except Empty:
                if self._worker.closed:
                    raise Cancelled("the engines were closed while they were at work") from None
                self._waiting()
                waited = waited + LOOK if self._asked.is_set() else 0.0
                if waited >= GRACE:
                    raise Cancelled(
                        "stopped; what was finished is kept, the same command goes on"
                    ) from None

    def _feed(self, batch: list[T]) -> None:
        if batch:
            self._worker.loop.call_soon_threadsafe(self._start, batch)

    def _start(self, batch: list[T]) -> None:
        self._todo.extend(batch)
        while len(self._tasks) < self._concurrency and self._starting < len(self._todo):
            task = asyncio.get_running_loop().create_task(self._work())
            self._tasks.add(task)
            self._starting += 1

    async def _work(self) -> None:
        self._starting -= 1
        while self._todo and self._halted is None:
            item = self._todo.popleft()
            try:
                result: R | Exception = await self._job(item)
            except Exception as error:
                result = error
                if getattr(error, "stops_run", False) and self._halted is None:
                    self._halted = error
            self._done.put((item, result))
        # Here, not in a callback: whoever feeds must not count on a worker that has looked.
        self._tasks.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    def _drop_todo(self) -> int:
        """Items that nobody will start now; how many."""

        async def drop() -> int:
            dropped = len(self._todo)
            self._todo.clear()
            return dropped

        return self._worker.run(drop())

    async def _cancel(self) -> None:
        self._todo.clear()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _take(stream: Iterator[T], most: int) -> list[T]:
    batch = []
    for item in stream:
        batch.append(item)
        if len(batch) == most:
            break
    return batch
