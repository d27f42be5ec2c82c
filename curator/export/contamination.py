"""Rows that an evaluation set already holds: letter by letter, or nearly so."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from curator.conversation import Conversation
from curator.text import normalise

#: Jaccard from which two texts are the same test question in other words.
NEAR = 0.7
#: Equal texts of fewer characters ("thanks", "go on") say nothing.
SHORTEST = 16


class Hit(NamedTuple):
    """A chat that the evaluation set knows: how surely (1 is letter by letter), and what of it."""

    place: int
    jaccard: float
    known: str


class EvalSet:
    """The questions and answers of an evaluation set."""

    def __init__(self, chats: Iterable[Conversation]) -> None:
        self._texts = sorted({text for chat in chats for text in _texts(chat)})
        self._exact = {normalise(text) for text in self._texts}

    def __len__(self) -> int:
        return len(self._texts)

    def hits(self, chats: Sequence[Conversation], near: float = NEAR) -> Iterator[Hit]:
        """Those of `chats` with a turn that the set holds, each once, in order."""
        from curator.similarity import twins

        found: dict[int, Hit] = {}
        texts: list[tuple[int, str]] = []
        for place, chat in enumerate(chats):
            for text in _texts(chat):
                if normalise(text) in self._exact:
                    found.setdefault(place, Hit(place, 1.0, text))
                else:
                    texts.append((place, text))
        own = len(self._texts)
        held = [*self._texts, *(text for _, text in texts)]
        for pair in twins(held, near, against=own):
            place, text = texts[pair.other - own]
            if place not in found or found[place].jaccard < pair.jaccard:
                found[place] = Hit(place, pair.jaccard, text)
        yield from (found[place] for place in sorted(found))


def _texts(chat: Conversation) -> Iterator[str]:
    """What of a chat would give the test away: questions and answers of some length, and its
    first question however short."""
    first = True
    for turn in chat.turns:
        if turn.role not in ("user", "assistant"):
            continue
        if len(turn.content) >= SHORTEST or (first and turn.role == "user" and turn.content):
            yield turn.content
        first = first and turn.role != "user"
