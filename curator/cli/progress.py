"""Progress on the terminal's error stream: a bar with rate and ETA, or plain lines in a log."""

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TextIO

from curator.errors import Cancelled
from curator.wording import clock

LINE_EVERY = 10.0  # seconds between lines where there is no terminal


class Stop:
    """Ctrl-C, told politely: the first asks the stage to stop after the item in hand; the second
    does not ask. SIGTERM asks too."""

    def __init__(self) -> None:
        self.asked = threading.Event()

    def __call__(self, number: int, _: FrameType | None) -> None:
        if self.asked.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.asked.set()
        print("\nstopping after the item in hand; Ctrl-C again stops at once", file=sys.stderr)


@contextmanager
def listening(stop: Stop) -> Iterator[None]:
    """Ctrl-C and SIGTERM go to `stop` inside the block (in the main thread; elsewhere nothing)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Lines:
    """A `Progress` for logs: a line at the start, then one every ten seconds."""

    def __init__(self, stop: Stop, spent: Callable[[], str], out: TextIO) -> None:
        self._stop, self._spent, self._out = stop, spent, out
        self._what, self._done = "", 0
        self._total: int | None = None
        self._started = self._shown = time.monotonic()

    def begin(self, total: int | None, what: str) -> None:
        self._what, self._done, self._total = what, 0, total
        self._started = self._shown = time.monotonic()
        print(what if total is None else f"{what}: {total:,}", file=self._out, flush=True)

    def step(self, n: int = 1, note: str = "") -> None:
        self._done += n
        now = time.monotonic()
        if now - self._shown >= LINE_EVERY:
            self._shown = now
            print(self._line(now, note), file=self._out, flush=True)
        if self._stop.asked.is_set():
            raise Cancelled("stopped; what was finished is kept, the same command goes on")

    def look(self) -> None:
        """Show that nothing is finished yet, and why."""
        now = time.monotonic()
        if now - self._shown >= LINE_EVERY:
            self._shown = now
            print(self._line(now, ""), file=self._out, flush=True)

    def _line(self, now: float, note: str) -> str:
        rate = self._done / max(now - self._started, 1e-9)
        parts = [f"{self._what}: {self._done:,}"]
        if self._total:
            parts[0] += f" of {self._total:,}"
        if self._total and self._done:
            parts.append(f"about {clock((self._total - self._done) / max(rate, 1e-9))} left")
            parts.append(f"{rate:,.1f} a second")
        parts += [self._spent(), note]
        return ", ".join(part for part in parts if part)


class Bar(Lines):
    """A `Progress` for people: one rich bar at the foot of the terminal."""

    def __init__(self, stop: Stop, spent: Callable[[], str], out: TextIO) -> None:
        super().__init__(stop, spent, out)
        from rich import progress
        from rich.console import Console

        self._bar = progress.Progress(
            progress.TextColumn("{task.description}", markup=False),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TextColumn("{task.fields[rate]}", markup=False),
            progress.TimeRemainingColumn(compact=True),
            progress.TextColumn("{task.fields[note]}", markup=False),
            console=Console(file=out),
            transient=True,
        )
        self._task: progress.TaskID | None = None

    def begin(self, total: int | None, what: str) -> None:
        self._what, self._done, self._total = what, 0, total
        self._started = self._shown = time.monotonic()
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(what, total=total, rate="", note="")
        self._bar.start()

    def step(self, n: int = 1, note: str = "") -> None:
        self._done += n
        now = time.monotonic()
        if now - self._shown >= 0.1:
            self._draw(now, note)
        if self._stop.asked.is_set():
            raise Cancelled("stopped; what was finished is kept, the same command goes on")

    def look(self) -> None:
        self._draw(time.monotonic(), "")

    def _draw(self, now: float, note: str) -> None:
        self._shown = now
        rate = self._done / max(now - self._started, 1e-9)
        told = ", ".join(part for part in (self._spent(), note) if part)
        if self._task is not None:
            self._bar.update(
                self._task, completed=self._done, rate=f"{rate:,.1f}/s", note=told[:60]
            )

    def close(self) -> None:
        """Take the bar off the screen."""
        self._bar.stop()


@contextmanager
def shown(stop: Stop, spent: Callable[[], str] = lambda: "") -> Iterator[Lines]:
    """The right `Progress` for this error stream; Ctrl-C goes to `stop` meanwhile."""
    interactive = sys.stderr.isatty()
    progress = (Bar if interactive else Lines)(stop, spent, sys.stderr)
    with listening(stop):
        try:
            yield progress
        finally:
            if isinstance(progress, Bar):
                progress.close()
