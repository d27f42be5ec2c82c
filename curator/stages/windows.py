"""Drawing windows of work: read one ahead, and without the collector of cycles."""

import gc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(windows: Iterator[T]) -> Iterator[T]:
    """The windows, each read while the one before is written."""
    with ThreadPoolExecutor(1, "reading") as reader:
        pending = reader.submit(next, windows, None)
        while (window := pending.result()) is not None:
            pending = reader.submit(next, windows, None)
            yield window


def unswept(windows: Iterator[T]) -> Iterator[T]:
    """The windows, with the cyclic garbage collector at rest: rows have no cycles, and looking
    for some among a million live objects takes a sixth of the time."""
    sweeping = gc.isenabled()
    gc.disable()
    try:
        yield from windows
    finally:
        if sweeping:
            gc.enable()
