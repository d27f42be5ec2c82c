"""Which rewrites a reviewer sees and in which order: a queue, as a noun, and as a command."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from curator.errors import ConfigError

State = Literal[
    "pending", "accepted", "rejected", "edited", "skipped", "flagged", "stale", "suspicious", "all"
]
Order = Literal[
    "made", "uncertain", "likely", "objections", "clusters", "longest", "shortest", "random"
]  # fmt: skip

STATES: dict[State, str] = {
    "pending": "nobody has settled them",
    "accepted": "the new answer was taken",
    "rejected": "the old answer was kept",
    "edited": "somebody wrote an answer",
    "skipped": "left for later",
    "flagged": "somebody flagged them",
    "stale": "an earlier answer of the chat was changed since",
    "suspicious": "pending, and a signal warns of them",
    "all": "every proposal, settled or not",
}
ORDERS: dict[Order, str] = {
    "made": "as they were made, what signals warn of last",
    "uncertain": "what is hardest to foretell first",
    "likely": "what is likeliest to be taken first",
    "objections": "what users objected to most first",
    "clusters": "cluster by cluster, as on the map",
    "longest": "long answers first",
    "shortest": "short answers first",
    "random": "drawn by the seed",
}


@dataclass(frozen=True)
class QueueSpec:
    """A queue: the state of its rewrites, a filter besides, an order, and the seed of random."""

    state: State = "pending"
    order: Order = "made"
    where: str = ""
    seed: int = 0

    @property
    def plain(self) -> bool:
        """Whether it is the queue that a session begins with."""
        return self == QueueSpec()

    def flags(self) -> list[str]:
        """The flags of `curator review` that show this queue."""
        words = ["--queue", self.state] * (self.state != "pending")
        words += ["--order", self.order] * (self.order != "made")
        words += ["--seed", str(self.seed)] * (self.order == "random" and self.seed != 0)
        return words + asking(self.where)

    def command(self, workspace: str = "") -> str:
        """What to type to see this queue again."""
        place = ["--workspace", workspace] if workspace else []
        return in_shell(["curator", "review", *self.flags(), *place])

    def label(self) -> str:
        """What it is called in the bar above, "" for the queue that a session begins with."""
        parts: list[str] = [self.state] * (self.state != "pending" or self.order != "made")
        if self.order != "made":
            parts.append(f"{self.order} {self.seed}" if self.order == "random" else self.order)
        return " · ".join(part for part in (*parts, self.where.strip()) if part)


def asking(where: str) -> list[str]:
    """A filter as words of a command line; one word where it begins like a flag."""
    if not where.strip():
        return []
    return [f"--where={where}"] if where.startswith("-") else ["--where", where]


#: What no shell takes for anything else; zsh looks a command up behind a first =.
_PLAIN = re.compile(r"[\w@+:,./-][\w@%+=:,./-]*\Z", re.ASCII)


def in_shell(words: Iterable[str]) -> str:
    """A command line that sh, bash, zsh and fish read as these words. (`shlex` leaves a backslash
    between single quotes, where fish takes it for the beginning of an escape.)"""
    return " ".join(word if _PLAIN.match(word) else _quoted(word) for word in words)


def _quoted(word: str) -> str:
    parts = re.split(r"([\\']+)", word)
    quoted = [
        ("".join(f"\\{sign}" for sign in part) if at % 2 else f"'{part}'")
        for at, part in enumerate(parts)
        if part
    ]
    return "".join(quoted) or "''"


def queue_of(state: str, order: str, where: str = "", seed: int = 0) -> QueueSpec:
    """The queue of these words. Raises `ConfigError` with what was probably meant."""
    states = {name: name for name in STATES}
    orders = {name: name for name in ORDERS}
    if state not in states:
        raise _unknown("queue", state, tuple(states))
    if order not in orders:
        raise _unknown("order", order, tuple(orders))
    return QueueSpec(states[state], orders[order], where, seed)


def _unknown(what: str, word: str, known: Collection[str]) -> ConfigError:
    near = get_close_matches(word, known, 1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
    return ConfigError(f"there is no {what} {word!r}; {hint}")
