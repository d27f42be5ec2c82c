"""Train, validation and test without leaks: what is akin stays on one side."""

import re
from collections.abc import Iterable, Sequence

from curator.conversation import Curated, digest
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


class Families:
    """Which chats are akin (union-find). Members are `ord` numbers of the workspace."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}
        self._first: dict[str, int] = {}

    def add(self, ord_: int, curated: Curated) -> None:
        """A chat, akin to those of the same source chat, seed or first question."""
        self._parent.setdefault(ord_, ord_)
        for mark in _marks(curated):
            # The digest is what is kept: a million first questions would fill the memory.
            self.join(ord_, self._first.setdefault(digest(mark), ord_))

    def join(self, one: int, other: int) -> None:
        """Two chats are akin; the smaller number becomes the family's."""
        a, b = self.of(one), self.of(other)
        if a != b:
            self._parent[max(a, b)] = min(a, b)

    def of(self, ord_: int) -> int:
        """The number of a chat's family."""
        root = self._parent.setdefault(ord_, ord_)
        while self._parent[root] != root:
            root = self._parent[root]
        while self._parent[ord_] != root:
            self._parent[ord_], ord_ = root, self._parent[ord_]
        return root

    def known(self, ord_: int) -> bool:
        """Whether the chat is among those to be split."""
        return ord_ in self._parent

    def sides(self, shares: Sequence[float], seed: int) -> dict[int, int]:
        """For each chat the place of its side in `NAMES`.

        Families are dealt in an order that the seed decides, test and validation first up to
        their shares, all others to train. No family is torn.
        """
        members: dict[int, list[int]] = {}
        for ord_ in self._parent:
            members.setdefault(self.of(ord_), []).append(ord_)
        total = len(self._parent)
        wanted = [round(share * total) for share in shares]
        dealt = dict.fromkeys(self._parent, 0)
        for family in sorted(members, key=lambda name: digest([seed, name])):
            size = len(members[family])
            side = next((s for s in range(len(shares) - 1, 0, -1) if wanted[s] >= size), 0)
            if side:
                wanted[side] -= size
                dealt.update(dict.fromkeys(members[family], side))
        return dealt


def parent_of(curated: Curated) -> str:
    """The id of the chat that this one was told anew from, or ""."""
    old = curated.conversation.meta.get(REPLAYED)
    return str(old.get("chat") or "") if isinstance(old, dict) else ""


def _marks(curated: Curated) -> Iterable[tuple[str, ...]]:
    chat = curated.conversation
    if chat.origin.source_id:
        piece = _PIECE.match(chat.origin.source_id)
        yield ("id", chat.origin.source, piece[1] if piece else chat.origin.source_id)
    for name in SEEDS:
        value = chat.meta.get(name)
        if isinstance(value, (str, int)) and value != "":
            yield ("seed", name, str(value))
    if parent := parent_of(curated):
        yield ("replayed", parent)
    question = next((turn.content for turn in chat.turns if turn.role == "user"), "")
    plain = normalise(question)
    if len(plain) >= SHORTEST:
        yield ("question", plain)
