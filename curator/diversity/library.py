"""The libraries of the extra `map`, or one sentence that says how to get them."""

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
