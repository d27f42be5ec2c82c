"""Ctrl-C and DuckDB: a signal that raises inside a query can wedge the connection for good.

DuckDB runs Python's signal handlers while it works. One that raises there left the call, or the
next one, hanging in 6 of 26 tries; `interrupt()` never did. So the handler runs at its time, but
what it raises is held back until DuckDB has returned.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def held_back(interrupt: Callable[[], object] | None = None) -> Iterator[None]:
    """Whatever a SIGINT handler raises inside the block is raised at its end instead.

    `interrupt` is called when there is something to raise, to end the block sooner.
    """
    previous = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(previous):
        yield
        return
    raised: list[BaseException] = []

    def hold(number: int, frame: FrameType | None) -> None:
        try:
            previous(number, frame)
        except BaseException as error:
            raised.append(error)
            if interrupt is not None:
                interrupt()

    signal.signal(signal.SIGINT, hold)
    try:
        yield
    except BaseException:
        if not raised:
            raise
    finally:
        signal.signal(signal.SIGINT, previous)
    if raised:
        raise raised[0]
