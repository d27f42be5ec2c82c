"""Memory that is free goes back to the system."""

import ctypes
import sys
from functools import cache
from pathlib import Path
from typing import Any

#: glibc's number of the setting that says how many heaps there may be (`M_ARENA_MAX`, malloc.h).
HEAPS = -8
#: `MADV_DONTNEED` of mman.h: what is mapped from a file is read from it again when it is needed.
UNNEEDED = 4
#: Bytes of code from which a library is worth a look.
LARGE = 1 << 20
#: The rights of what lies in memory as it does in its file.
FIXED = (b"r-xp", b"r--p")
#: What was looked at, as `maps` says it, and whether no page of it was changed.
_unchanged: dict[bytes, bool] = {}


def give_back() -> None:
    """Hand freed memory back, where the C library keeps it for itself: glibc holds on to what lies
    below anything still in use, in every thread's own heap."""
    trim = _function("malloc_trim")
    if trim is not None:
        trim(0)
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:
        arrow.default_memory_pool().release_unused()


def share_heap() -> None:
    """Have the threads to come share the heaps there are, where the C library would give each one
    of its own, with free memory that no other can use. For a process that mostly waits."""
    if (set_ := _function("mallopt")) is not None:
        set_(HEAPS, 1)


def give_back_code() -> None:
    """Take large libraries out of this process's memory until they are used again: most of what
    was read of them is what they do once, when they are loaded, or now and then. The system has
    the file's pages still, and may now drop them; to take all of DuckDB's in again that a window
    of papers needs costs a millisecond or two."""
    advise = _function("madvise")
    if advise is None:
        return
    advise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    for start, end in _code():
        advise(start, end - start, UNNEEDED)


def _code() -> list[tuple[int, int]]:
    """Where large libraries lie that can be read from their file again as they are: of what may
    not be written, that of which no page was ever changed."""
    found: list[tuple[int, int]] = []
    for area in _areas("maps", b"\n"):
        start, end = (int(place, 16) for place in area.partition(b" ")[0].split(b"-"))
        if end - start < LARGE or b".so" not in area or area.split(b" ")[1] not in FIXED:
            continue
        if area not in _unchanged:
            # To count the pages takes 9 ms: once for each library.
            _unchanged.update({area: False} | _counted())
        if _unchanged.get(area):
            found.append((start, end))
    return found


def _counted() -> dict[bytes, bool]:
    """Of all that is mapped from libraries, as `maps` says it: whether no page was changed."""
    found: dict[bytes, bool] = {}
    for area in _areas("smaps", b"\nVmFlags:"):
        # Before the name is what was left of the area before.
        name, *numbers = area[area.find(b"\n") + 1 :].split(b"\n")
        if b".so" in name:
            changed = [line.split()[1] for line in numbers if line.startswith(b"Anonymous:")]
            found[name] = changed == [b"0"]
    return found


def _areas(name: str, end: bytes) -> list[bytes]:
    try:
        return [area for area in (b"\n" + Path(f"/proc/self/{name}").read_bytes()).split(end)
                if area.strip()]  # fmt: skip
    except OSError:
        return []


@cache
def _function(name: str) -> Any:
    """A function of Linux's C library; None where there is none."""
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None), name, None)
