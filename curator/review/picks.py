"""Chats picked by hand, and what is done with all of them at once.

A pick is a chat's `ord`: it stays picked in whatever order or filter the list is shown. Every act
is seen first (how many, and some of them), is one act of the history, and one taking back undoes
it.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from curator.conversation import Verdict
from curator.errors import ConfigError
from curator.filters.views import QueueSpec, State
from curator.progress import Progress
from curator.review import bulk
from curator.wording import several

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from curator.store import Store

#: `ord`s: a stretch, any others, or an array of them.
Ords = Iterable[int]

#: Chats that are shown before an act.
SAMPLES = 5
#: Picks are said as a filter up to so many stretches of numbers; more are too long to read.
STRETCHES = 40
#: The beginning of the tags that hand over what was picked.
TAG = "picked"


class Picks:
    """A set of `ord`s, as bits: a million cost a megabyte, also turned round."""

    def __init__(self) -> None:
        self._bits = bytearray()
        self._count = 0

    def __contains__(self, ord_: int) -> bool:
        return ord_ < len(self._bits) and bool(self._bits[ord_])

    def __len__(self) -> int:
        return self._count

    def toggle(self, ord_: int) -> None:
        """Pick one, or let it go."""
        self.put([ord_], ord_ not in self)

    def put(self, ords: Ords, picked: bool = True) -> None:
        """Pick all of these, or let all of them go."""
        bits, found = self._reached(ords)
        bits[found] = picked
        self._count = int(bits.sum())

    def invert(self, ords: Ords) -> None:
        """Of these, each of them once, let go what is picked and pick the others."""
        bits, found = self._reached(ords)
        bits[found] ^= 1
        self._count = int(bits.sum())

    def clear(self) -> None:
        """Let all go."""
        self._bits, self._count = bytearray(), 0

    def ords(self) -> list[int]:
        """What is picked, in order."""
        import numpy as np

        picked: list[int] = np.frombuffer(self._bits, np.uint8).nonzero()[0].tolist()
        return picked

    def where(self) -> str:
        """The picks as a filter, "" where that would be too long to read."""
        ends: list[list[int]] = []
        for ord_ in self.ords():
            if ends and ends[-1][1] == ord_:
                ends[-1][1] = ord_ + 1
            else:
                ends.append([ord_ + 1, ord_ + 1])
            if len(ends) > STRETCHES:
                return ""
        return " or ".join(
            f"number:{first}" if first == last else f"number:{first}..{last}"
            for first, last in ends
        )

    def _reached(self, ords: Ords) -> "tuple[NDArray[np.uint8], slice | NDArray[np.int64]]":
        """The bits to write to, and where these stand among them: a million at once on a key."""
        import numpy as np

        if isinstance(ords, range) and ords.step == 1:
            self._reach(ords.stop - 1)
            return np.frombuffer(self._bits, np.uint8), slice(ords.start, ords.stop)
        found = np.asarray(ords if hasattr(ords, "__array__") else list(ords), np.int64)
        self._reach(int(found.max(initial=-1)))
        return np.frombuffer(self._bits, np.uint8), found

    def _reach(self, ord_: int) -> None:
        if ord_ >= len(self._bits):
            self._bits.extend(bytes(ord_ + 1 - len(self._bits)))


class Handful(msgspec.Struct, frozen=True):
    """What an act on picked chats would touch: the chats, their rewrites by whether they are
    pending, and some of the chats (where from, and how they open)."""

    ords: tuple[int, ...]
    pending: int
    rewrites: int
    samples: tuple[tuple[str, str], ...]


class Done(msgspec.Struct, frozen=True):
    """What was done: a sentence, the act's name in the history (None where there was nothing to
    do), and the filter that now finds the chats where they were handed over."""

    said: str
    act: str | None
    where: str = ""


class Act(msgspec.Struct, frozen=True):
    """One thing to do with picked chats: how it is called, and what it promises; `asks` is what
    must be typed first."""

    name: str
    label: str
    promise: str
    asks: str = ""


ACTS: tuple[Act, ...] = (
    Act("accept", "accept", "take the new answers of their pending rewrites"),
    Act("reject", "reject", "keep the old answers of their pending rewrites"),
    Act("skip", "skip", "leave their pending rewrites for later"),
    Act("flag", "flag", "flag their rewrites"),
    Act("unflag", "unflag", "take the flags of their rewrites away"),
    Act("tag", "tag", "give the chats the tag", "tag them with"),
    Act("untag", "untag", "take from the chats the tag", "take away which tag?"),
    Act("hide", "hide", "take the chats out of sight"),
    Act("queue", "to a queue", "review their rewrites, and no others"),
    Act("export", "export", "export the chats to", "export to which file? (.jsonl)"),
)
BY_NAME = {act.name: act for act in ACTS}
_VERDICTS: dict[str, tuple[Verdict, State]] = {
    "accept": ("accept", "pending"), "reject": ("reject", "pending"), "skip": ("skip", "pending"),
    "flag": ("flag", "all"), "unflag": ("unflag", "all"),
}  # fmt: skip


def look(store: "Store", ords: Sequence[int]) -> Handful:
    """What an act on these chats would touch. Asks the store."""
    pending, _ = store.queues.size(QueueSpec(), ords)
    rewrites, _ = store.queues.size(QueueSpec("all"), ords)
    step = max(1, len(ords) // SAMPLES)
    cards = store.shelf.cards(list(ords[::step][:SAMPLES]))
    samples = tuple((f"{c.source}:{c.line}" if c.line else c.source, c.opening) for c in cards)
    return Handful(tuple(ords), pending, rewrites, samples)


def touched(act: str, seen: Handful) -> tuple[int, str]:
    """How many things an act would touch, and what they are."""
    if act in _VERDICTS or act == "queue":
        pending = act == "queue" or _VERDICTS[act][1] == "pending"
        return (seen.pending, "pending rewrites") if pending else (seen.rewrites, "rewrites")
    return len(seen.ords), "chats"


def carry_out(
    store: "Store",
    seen: Handful,
    act: str,
    by: str,
    said: str = "",
    progress: Progress | None = None,
) -> Done:
    """Do it with all of the chats; `said` is what was typed (a tag). Durable when this returns.

    Raises `ConfigError` for what cannot be done, `StoreError` where nothing could be saved.
    """
    if act in _VERDICTS:
        verdict, state = _VERDICTS[act]
        word = bulk.Word(verdict, by)
        done = bulk.carry_out(store.desk, QueueSpec(state), word, seen.ords, progress)
        name = f"d{done[0].seq}" if done else None
        return Done(f"{several(len(done), 'rewrite')}: {bulk.BULK[verdict]}", name)
    if act == "hide":
        count = store.hiding.hide(seen.ords, "by hand")
        runs = store.runs.latest(1)
        return Done(f"{count:,} out of sight", f"r{runs[0].id}" if count else None)
    if act in ("tag", "untag"):
        return _tag(store, seen.ords, act, by, said)
    if act in ("queue", "export"):
        tag = _fresh(store.tags.names())
        return _tag(store, seen.ords, "tag", by, tag)
    raise ConfigError(f"{act!r} is nothing to do with many chats; use one of {', '.join(BY_NAME)}")


def _tag(store: "Store", ords: Sequence[int], act: str, by: str, said: str) -> Done:
    names = said.replace("#", " ").split()
    if len(names) != 1:
        raise ConfigError("a tag is one word; nothing was done")
    change = store.tags.add_at if act == "tag" else store.tags.remove_at
    count = change(ords, names[0], by)
    last = store.tags.acts()[:1] if count else []
    verb = "tagged" if act == "tag" else "untagged"
    return Done(
        f"{several(count, 'chat')} {verb} {names[0]}", f"t{last[0].act}" if last else None,
        f"tag:{names[0]}",
    )  # fmt: skip


def _fresh(known: Iterable[str]) -> str:
    """A tag that nothing has yet."""
    taken = set(known)
    return next(tag for n in range(1, len(taken) + 2) if (tag := f"{TAG}-{n}") not in taken)
