"""Texts of filters put together."""

from curator.filters.nodes import Any
from curator.filters.parsing import parse


def both(*texts: str) -> str:
    """The filter that says all of these; empty ones say nothing."""
    asked = [text for text in texts if text.strip()]
    return asked[0] if len(asked) == 1 else " ".join(f"({text})" for text in asked)


def beside(*texts: str) -> str:
    """The filter that says all of these of one turn, as side by side they do."""
    asked = [text for text in texts if text.strip()]
    return " ".join(f"({text})" if isinstance(parse(text).root, Any) else text for text in asked)
