"""Curate raw chats into a fine-tuned model whose data a human has vouched for."""

__version__: str


def __getattr__(name: str) -> str:
    """`__version__`, looked up when it is asked for: that takes longer than all else here."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("hindsight-curator")
    except PackageNotFoundError:  # running from a source tree that was never installed
        return "0.0.0"
