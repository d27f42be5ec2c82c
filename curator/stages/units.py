"""What is compared or embedded: the parts of a chat that a person may ask about."""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple

from curator.conversation import Conversation
from curator.store import Store
from curator.text import blank

Unit = Literal["first-user-turn", "chat", "answer", "pair", "rewrite"]


class Item(NamedTuple):
    """One text with its name (a conversation's id, `id#turn`, or a rewrite's id), the
    conversation it belongs to, and the characters of what would be lost with it."""

    name: str
    text: str
    conversation_id: str
    size: int


def items(
    store: Store, unit: Unit, look: Callable[[int], None], only: Sequence[int] | None = None
) -> Iterator[Item]:
    """The texts of a unit that are not blank, in import order, of all conversations or of those
    at `only`; `look(1)` is called for each conversation (or rewrite) read."""
    if unit == "rewrite":
        for rewrite in store.rewrites.all():
            look(1)
            if not blank(rewrite.content) and rewrite.verdict == "improve":
                yield Item(
                    rewrite.id, rewrite.content, rewrite.conversation_id, len(rewrite.content)
                )
        return
    cut = _CUTS[unit]
    for conversation in store.conversations.iterate(only=only):
        look(1)
        id_, size = conversation.id, sum(len(turn.content) for turn in conversation.turns)
        for mark, text in cut(conversation):
            if not blank(text):
                yield Item(f"{id_}{mark}", text, id_, len(text) if mark else size)


def total(store: Store, unit: Unit) -> int:
    """How often `items` will call `look`."""
    return store.rewrites.count() if unit == "rewrite" else store.conversations.count()


def cut(unit: Unit, conversation: Conversation) -> Iterator[tuple[str, str]]:
    """The texts of a unit (not of rewrites) in one chat, each with the mark after its id."""
    return _CUTS[unit](conversation)


def _first_user_turn(conversation: Conversation) -> Iterator[tuple[str, str]]:
    for turn in conversation.turns:
        if turn.role == "user":
            yield "", turn.content
            return


def _chat(conversation: Conversation) -> Iterator[tuple[str, str]]:
    yield "", "\n\n".join(turn.content for turn in conversation.turns)


def _answer(conversation: Conversation) -> Iterator[tuple[str, str]]:
    for index, turn in enumerate(conversation.turns):
        if turn.role == "assistant":
            yield f"#{index}", turn.content


def _pair(conversation: Conversation) -> Iterator[tuple[str, str]]:
    asked = ""
    for index, turn in enumerate(conversation.turns):
        if turn.role == "assistant" and asked:
            yield f"#{index}", f"{asked}\n\n{turn.content}"
        if turn.role in ("user", "assistant"):
            asked = turn.content if turn.role == "user" else ""


_CUTS: dict[str, Callable[[Conversation], Iterator[tuple[str, str]]]] = {
    "first-user-turn": _first_user_turn,
    "chat": _chat,
    "answer": _answer,
    "pair": _pair,
}
