"""What is wrong with a filter, and where."""

import re
from collections.abc import Collection
from difflib import SequenceMatcher, get_close_matches
from unicodedata import east_asian_width

from curator.errors import ConfigError
from curator.filters.fields import BY_NAME


class FilterError(ConfigError):
    """A filter that cannot be understood: a sentence, then the text with a caret below.

    `column` counts from 0; `sentence` is the first line alone.
    """

    def __init__(self, sentence: str, text: str, column: int) -> None:
        self.sentence, self.text, self.column = sentence, text, column
        shown = text.replace("\n", " ").replace("\t", " ")
        wide = sum(east_asian_width(sign) in "WF" for sign in shown[:column])
        super().__init__(f"{sentence}\n  {shown}\n  {' ' * (column + wide)}^")


def unknown_name(name: str, known: Collection[str], text: str, at: int) -> FilterError:
    """The error for a name that is neither a field nor a signal, with what was probably meant."""
    near = _nearest(name.lower(), known)
    word = re.split(r'[\s()"]', text[at:], maxsplit=1)[0] or name
    hint = f"did you mean {near}?" if near else f'to search for it write "{word}" in quotes'
    return FilterError(f"there is nothing called {name!r} to filter by; {hint}", text, at)


def _nearest(name: str, known: Collection[str]) -> str:
    """What was probably meant, of equally near names a field; "" where none is near."""
    near = get_close_matches(name, known, 5, 0.6)
    return max(
        near, key=lambda one: (SequenceMatcher(None, one, name).ratio(), one in BY_NAME), default=""
    )
