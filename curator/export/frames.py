"""What layouts put around the words of many chats, as bytes: rows are made of it in one pass."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from curator.export.sheaf import Sheaf
from curator.formats.base import Form, Plain

#: Turns in the order in which they are written (their places in the sheaf), and which opening
#: stands before each (NumPy).
Order = tuple[Any, Any]
#: From this opening on, the same ones behind a comma.
_AGAIN = 128


class Pieces(NamedTuple):
    """Byte strings behind each other (NumPy), and where each begins and the last ends."""

    text: Any
    bounds: Any


class Said(NamedTuple):
    """The texts of rows: their places, the opening before each, and how many each row has."""

    order: Any
    how: Any
    counts: Any


class Style(NamedTuple):
    """A form of row as bytes: what its turns are where nothing is said, the part of that before
    the first turn, openings and what stands behind each text, how turns are ordered, and what ends
    them by whether a chat has more than one exchange."""

    silence: Callable[[Plain], bytes]
    bracket: bytes
    openings: Callable[[Plain], list[bytes]]
    closing: bytes
    ordered: Callable[[Sheaf], Order]
    endings: tuple[bytes, bytes]


def pieces(parts: Sequence[bytes]) -> Pieces:
    """The parts as one."""
    import numpy as np

    bounds = np.zeros(len(parts) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, parts), np.int64, len(parts)), out=bounds[1:])
    return Pieces(np.frombuffer(b"".join(parts) + b" ", np.uint8), bounds)


def _within(sheaf: Sheaf) -> tuple[Any, Any]:
    """For each turn its place in its chat, and how many turns that has."""
    import numpy as np

    counts = np.diff(sheaf.firsts)
    within = np.arange(int(sheaf.firsts[-1])) - np.repeat(sheaf.firsts[:-1], counts)
    return within, np.repeat(counts, counts)


def _by_turn(sheaf: Sheaf) -> Order:
    import numpy as np

    within, _ = _within(sheaf)
    return np.arange(len(within)), sheaf.roles.astype(np.int64) + _AGAIN * (within > 0)


def _by_exchange(sheaf: Sheaf) -> Order:
    """The last question and answer, then those before them."""
    import numpy as np

    within, counts = _within(sheaf)
    order = np.arange(len(within)) + np.where(within < 2, counts - 2, -2)
    return order, np.where(within <= 2, within, np.where(within % 2 == 1, 3, 4))


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
    "turns": Style(lambda plain: plain.nobody, b"[", _of_turns, b'"}', _by_turn, (b"]", b"]")),
    "strings": Style(lambda _: b'["",""]', b"[", _of_strings, b'"', _by_turn, (b"]", b"]")),
    "alpaca": Style(
        lambda _: b'{"instruction":"","input":"","output":""', b"", lambda _: _EXCHANGES, b'"',
        _by_exchange, (b"", b"]]"),
    ),
}  # fmt: skip
