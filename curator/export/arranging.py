"""How layouts put the turns of a chat into a row: in which order, with what before each of them."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from curator.conversation import Turn
from curator.export.sheaf import Sheaf
from curator.formats.base import Form, Plain

#: The turns of some chats in the order in which they are written: their places in the sheaf, which
#: opening stands before each (NumPy), and which ending behind the turns of each chat.
Order = tuple[Any, Any, Any]
_ASKED, _ANSWERED = Turn("user", ""), Turn("assistant", "")
#: From this opening on, the same ones behind a comma.
_AGAIN = 128


class Style(NamedTuple):
    """What a form of row is made of: a chat in which nothing is said, what its turns are in JSON,
    what stands before a turn and behind it, and behind all of them, and how turns are ordered."""

    nobody: tuple[Turn, ...]
    silence: Callable[[Plain], bytes]
    bracket: bytes
    openings: Callable[[Plain], list[bytes]]
    closing: bytes
    endings: list[bytes]
    ordered: Callable[[Sheaf, Any], Order]


def _spans(sheaf: Sheaf, picked: Any) -> tuple[Any, Any, Any]:
    """For each turn of the picked chats: its place in the chat, the chat's first turn, and how
    many turns the chat has."""
    import numpy as np

    starts = sheaf.firsts[picked]
    counts = sheaf.firsts[picked + 1] - starts
    within = np.arange(counts.sum()) - np.repeat(counts.cumsum() - counts, counts)
    return within, np.repeat(starts, counts), np.repeat(counts, counts)


def _by_turn(sheaf: Sheaf, picked: Any) -> Order:
    import numpy as np

    within, starts, _ = _spans(sheaf, picked)
    order = starts + within
    how = sheaf.roles[order] + np.where(within > 0, _AGAIN, 0).astype(np.uint8)
    return order, how, np.zeros(len(picked), np.int64)


def _by_exchange(sheaf: Sheaf, picked: Any) -> Order:
    """The last question and answer, then those before them."""
    import numpy as np

    within, starts, counts = _spans(sheaf, picked)
    order = starts + np.where(within < 2, counts - 2 + within, within - 2)
    later = np.where(within % 2 == 1, 3, 4)
    how = np.where(within <= 2, within, later).astype(np.uint8)
    lengths = sheaf.firsts[picked + 1] - sheaf.firsts[picked]
    return order, how, (lengths > 2).astype(np.int64)


def _of_turns(plain: Plain) -> list[bytes]:
    found = [b""] * 2 * _AGAIN
    for role, text in plain.openings.items():
        found[ord(role[0])] = f'{text}"'.encode()
        found[ord(role[0]) + _AGAIN] = f',{text}"'.encode()
    return found


def _of_strings(plain: Plain) -> list[bytes]:
    del plain
    return [b'"' if place < _AGAIN else b',"' for place in range(2 * _AGAIN)]


#: Instruction, output, then the history: its first question, answers, and further questions.
_EXCHANGES = [b'{"instruction":"', b',"input":"","output":"', b',"history":[["', b',"', b'],["']

STYLES: Mapping[Form, Style] = {
    "turns": Style(
        (_ASKED,), lambda plain: plain.nobody, b"[", _of_turns, b'"}', [b"]"], _by_turn
    ),
    "strings": Style(
        (_ASKED, _ANSWERED), lambda _: b'["",""]', b"[", _of_strings, b'"', [b"]"], _by_turn
    ),
    "alpaca": Style(
        (_ASKED, _ANSWERED), lambda _: b'{"instruction":"","input":"","output":""', b"",
        lambda _: _EXCHANGES, b'"', [b"", b"]]"], _by_exchange,
    ),
}  # fmt: skip
