"""Curate raw chats into a fine-tuned model whose data a human has vouched for."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("hindsight-curator")
except PackageNotFoundError:  # running from a source tree that was never installed
    __version__ = "0.0.0"
