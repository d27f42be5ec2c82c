"""What chats look like from afar: enough to tell most trainers' mind without their words."""

from typing import Any, NamedTuple


class Glances(NamedTuple):
    """Of many chats of words alone, a NumPy array each: how many messages, their characters and
    bytes in UTF-8, whether question and answer take turns (a system text may stand before them)
    and every turn says something, and whether a user spoke last."""

    messages: Any
    characters: Any
    size: Any
    sound: Any
    asks: Any
