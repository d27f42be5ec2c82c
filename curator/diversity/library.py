"""The libraries of the extra `map`, or one sentence that says how to get them."""

import os
import sys
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from importlib import import_module
from typing import Any

from curator.errors import ConfigError


def library(name: str) -> Any:
    """The module called `name`. Raises `ConfigError` where the extra is not installed."""
    try:
        return import_module(name)
    except ImportError:
        raise ConfigError(
            f"this needs {name}, which is not installed: "
            "`pip install 'hindsight-curator[map]'` brings it"
        ) from None


def cores() -> int:
    """How many threads share the work."""
    affinity = getattr(os, "sched_getaffinity", None)
    return min(16, len(affinity(0)) if affinity else os.cpu_count() or 1)


def one_thread() -> AbstractContextManager[Any]:
    """Linear algebra by one thread inside the block: matrices of some hundred rows are done before
    threads have met, and on a busy machine they wait for each other ten times as long."""
    library("scipy.linalg")  # only libraries that are there already are held back
    control = _control(tuple(name in sys.modules for name in ("faiss", "torch", "sklearn")))
    if control is None:
        return nullcontext()
    limits: AbstractContextManager[Any] = control.limit(limits=1)
    return limits


@cache
def _control(_loaded: tuple[bool, ...]) -> Any:
    """The thread pools of what is loaded now; finding them takes a millisecond."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    return ThreadpoolController()
