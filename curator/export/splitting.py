"""Train, validation and test without leaks: what is akin stays on one side."""

import re
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from curator.conversation import Conversation, digest
from curator.errors import ConfigError
from curator.text import normalise

NAMES = ("train", "validation", "test")
_PIECE = re.compile(r"^(.+)_\d+$")
#: Meta fields that say that two chats grew from one seed.
SEEDS = ("seed", "seed_id", "topic", "parent", "thread")
#: The meta field of a chat that was told anew from a changed answer on; its `chat` is the old one.
REPLAYED = "replayed"
#: A question of fewer characters ("continue", "hi") does not make two chats akin.
SHORTEST = 12


def shares_of(text: str) -> tuple[float, ...]:
    """`0.9,0.05,0.05` as shares of train, validation and test; () for nothing."""
    if not text.strip():
        return ()
    try:
        shares = tuple(float(part) for part in text.split(","))
    except ValueError:
        shares = ()
    if not 2 <= len(shares) <= 3 or min(shares) < 0 or not 0.999 <= sum(shares) <= 1.001:
        raise ConfigError(
            f"--split {text}: write two or three shares that add up to 1, as in 0.9,0.05,0.05"
        )
    return shares


class Kin(NamedTuple):
    """What of a chat tells its kin: source, id there, fields, and the first question."""

    source: str
    source_id: str
    meta: Mapping[str, Any]
    question: str

    @property
    def parent(self) -> str:
        """The id of the chat that this one was told anew from, or ""."""
        old = self.meta.get(REPLAYED)
        return str(old.get("chat") or "") if isinstance(old, dict) else ""


def kin_of(chat: Conversation) -> Kin:
    """What of a chat tells its kin."""
    question = next((turn.content for turn in chat.turns if turn.role == "user"), "")
    return Kin(chat.origin.source, chat.origin.source_id, chat.meta, question)


@dataclass(frozen=True)
class Dealt:
    """For chats, by `ord` in ascending order, the places of their sides in `NAMES` (NumPy), and
    how many chats the largest family has."""

    ords: Any
    sides: Any
    largest: int = 0

    def of(self, ords: Any) -> Any:
        """The sides of several chats, all of which are here."""
        return self.sides[self.ords.searchsorted(ords)]

    def __getitem__(self, ord_: int) -> int:
        return int(self.of(ord_))


class Families:
    """Which chats are akin. Members are `ord` numbers of the workspace, added in ascending order.
    A million of them take some 50 bytes each."""

    def __init__(self) -> None:
        self._ords = array("q")
        # Of each mark a number, and the place of the chat that bears it: the first questions
        # themselves would fill the memory. (Of two million, two are alike by chance once in ten
        # million splits.)
        self._marks, self._bearers = array("Q"), array("q")
        self._ones, self._others = array("q"), array("q")

    def add(self, ord_: int, kin: Kin) -> None:
        """A chat, akin to those of the same source chat, seed or first question."""
        for mark in _marks(kin):
            self._marks.append(_number(mark))
            self._bearers.append(len(self._ords))
        self._ords.append(ord_)

    def join(self, one: int, other: int) -> None:
        """Two chats are akin. One that was never added is nobody's kin."""
        self._ones.append(one)
        self._others.append(other)

    def of(self, ord_: int) -> int:
        """The number of a chat's family: the smallest `ord` in it."""
        labels, firsts = self._labels()
        ords = np_array(self._ords)
        return int(ords[firsts[labels[ords.searchsorted(ord_)]]])

    def sides(self, shares: Sequence[float], seed: int) -> Dealt:
        """For each chat its side.

        Families are dealt in an order that the seed decides, test and validation first up to
        their shares, all others to train. No family is torn.
        """
        import numpy as np

        labels, firsts = self._labels()
        ords = np_array(self._ords)
        keys = [_number((seed, name)) for name in ords[firsts].tolist()]
        order = np.argsort(np.array(keys, np.uint64), kind="stable")
        sizes = np.bincount(labels, minlength=len(firsts))[order]
        wanted = [round(share * len(ords)) for share in shares]
        dealt = np.zeros(len(firsts), np.int8)
        for place, size in enumerate(sizes.tolist()):
            side = next((s for s in range(len(shares) - 1, 0, -1) if wanted[s] >= size), 0)
            if side:
                wanted[side] -= size
                dealt[order[place]] = side
        return Dealt(ords, dealt[labels], int(sizes.max()))

    def _labels(self) -> tuple[Any, Any]:
        """For each chat the place of its family, and for each family that of its first chat."""
        import numpy as np

        ords, marks, bearers = map(np_array, (self._ords, self._marks, self._bearers))
        order = np.argsort(marks, kind="stable")
        same = np.flatnonzero(marks[order[1:]] == marks[order[:-1]])
        ones, others = (np_array(side) for side in (self._ones, self._others))
        here = np.isin(ones, ords) & np.isin(others, ords)
        one = np.concatenate([bearers[order[same]], ords.searchsorted(ones[here])])
        other = np.concatenate([bearers[order[same + 1]], ords.searchsorted(others[here])])
        firsts, labels = np.unique(_reached(len(ords), one, other), return_inverse=True)
        return labels, firsts


def _reached(count: int, one: Any, other: Any) -> Any:
    """For each of so many places the smallest that can be reached by the edges. (SciPy's graphs
    would take forty megabytes of memory to load.)"""
    import numpy as np

    least = np.arange(count)
    while True:
        both = np.minimum(least[one], least[other])
        if (least[one] == both).all() and (least[other] == both).all():
            return least
        for ends in (one, other):
            # The one before may still be the first of others.
            np.minimum.at(least, least[ends], both)
            np.minimum.at(least, ends, both)
        while (least[least] != least).any():
            least = least[least]


def np_array(numbers: "array[int]") -> Any:
    """The same memory as a NumPy array."""
    import numpy as np

    return np.frombuffer(numbers, np.dtype(numbers.typecode))


def _number(mark: Sequence[Any]) -> int:
    return int(digest(mark)[:16], 16)


def _marks(kin: Kin) -> Iterable[tuple[str, ...]]:
    if kin.source_id:
        piece = _PIECE.match(kin.source_id)
        yield ("id", kin.source, piece[1] if piece else kin.source_id)
    for name in SEEDS:
        value = kin.meta.get(name)
        if isinstance(value, (str, int)) and value != "":
            yield ("seed", name, str(value))
    if kin.parent:
        yield ("replayed", kin.parent)
    plain = normalise(kin.question)
    if len(plain) >= SHORTEST:
        yield ("question", plain)
