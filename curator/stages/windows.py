"""Drawing windows of work: read one ahead, and without the collector of cycles."""

import gc
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

from curator.conversation import Curated
from curator.export.sheaf import Sheaf

T = TypeVar("T")
Whole = Sequence[tuple[int, Curated]]
#: Chats that are worked on together: the memory of those before is used again, where that of a
#: whole window would be given back and taken anew each time.
AT_ONCE = 400


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


def parts(sheaf: Sheaf, whole: Whole) -> Iterator[tuple[Sheaf, Whole]]:
    """A window in parts: chats by column, with the whole ones that lie among them, in order."""
    count = len(sheaf.ords)
    bounds = [*range(0, count, AT_ONCE), count] if count else [0, 0]
    left = deque(whole)
    for start, stop in pairwise(bounds):
        among = []
        while left and (stop == count or left[0][0] < sheaf.ords[stop]):
            among.append(left.popleft())
        yield sheaf.part(start, stop), among
