"""The libraries of the extra `map`, or one sentence that says how to get them."""

from contextlib import AbstractContextManager, nullcontext
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


def one_thread() -> AbstractContextManager[Any]:
    """Linear algebra by one thread inside the block: matrices of some hundred rows are done before
    threads have met, and on a busy machine they wait for each other ten times as long."""
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return nullcontext()
    library("scipy.linalg")  # only libraries that are there already are held back
    limits: AbstractContextManager[Any] = threadpool_limits(1)
    return limits
