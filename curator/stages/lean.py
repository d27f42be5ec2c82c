"""Memory that is free goes back to the system."""

import ctypes
import sys
from functools import cache
from typing import Any


def give_back() -> None:
    """Hand freed memory back, where the C library keeps it for itself: glibc holds on to what lies
    below anything still in use, in every thread's own heap."""
    trim = _trim()
    if trim is not None:
        trim(0)
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:
        arrow.default_memory_pool().release_unused()


@cache
def _trim() -> Any:
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
