"""Conversations and their turns, in the order they came in (`ord`)."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from curator.conversation import Conversation, Origin, Turn
from curator.store.connection import Connection, as_json

#: These keys of `meta` have their own columns; the rest is JSON.
COLUMNS = ("license", "language", "category")


class Conversations:
    """The front door's tables."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, conversations: Sequence[Conversation], run_id: int | None = None) -> int:
        """Store those not yet here, all or nothing; how many were new."""
        by_id = {conversation.id: conversation for conversation in conversations}
        known = {
            row[0]
            for row in self._db.rows(
                "select id from conversations where id in (select unnest(?))", [list(by_id)]
            )
        }
        new = [(i, c) for i, c in by_id.items() if i not in known]
        if not new:
            return 0
        with self._db.transaction():
            first = self._db.next_number("conversations", "ord")
            self._db.insert("conversations", _conversation_columns(first, new, run_id))
            self._db.insert("turns", _turn_columns(first, [c for _, c in new]))
        return len(new)

    def count(self) -> int:
        """How many there are."""
        return int(self._db.value("select count(*) from conversations"))

    def get(self, conversation_id: str) -> Conversation | None:
        """One by its id, or None."""
        ord_ = self._db.value("select ord from conversations where id = ?", [conversation_id])
        if ord_ is None:
            return None
        return next(iter(self.between(ord_, ord_)))[1]

    def between(self, first: int, last: int) -> list[tuple[int, Conversation]]:
        """Those whose `ord` lies in first..last (both included), in order, with their `ord`."""
        heads = self._db.rows(
            """
            select ord, source, line, format, source_id, license, language, category, meta
            from conversations where ord between ? and ? order by ord
            """,
            [first, last],
        )
        turns: dict[int, list[Turn]] = {}
        for ord_, role, content, extra in self._db.rows(
            """
            select ord, role, content, extra from turns
            where ord between ? and ? order by ord, turn_index
            """,
            [first, last],
        ):
            turns.setdefault(ord_, []).append(Turn(role, content, _from_json(extra)))
        found = []
        for ord_, source, line, format_, source_id, license_, language, category, meta in heads:
            named = {"license": license_, "language": language, "category": category}
            found.append(
                (
                    ord_,
                    Conversation(
                        tuple(turns.get(ord_, ())),
                        Origin(source, line, format_, source_id),
                        {**{k: v for k, v in named.items() if v is not None}, **_from_json(meta)},
                    ),
                )
            )
        return found

    def iterate(self, window: int = 1000) -> Iterator[Conversation]:
        """All of them, in order, a window at a time."""
        last = self._db.value("select max(ord) from conversations")
        for first in range(0, -1 if last is None else last + 1, window):
            for _, conversation in self.between(first, first + window - 1):
                yield conversation


def _conversation_columns(
    first: int, new: Sequence[tuple[str, Conversation]], run_id: int | None
) -> dict[str, list[Any]]:
    return {
        "ord": list(range(first, first + len(new))),
        "id": [i for i, _ in new],
        "source": [c.origin.source for _, c in new],
        "line": [c.origin.line for _, c in new],
        "format": [c.origin.format for _, c in new],
        "source_id": [c.origin.source_id for _, c in new],
        **{name: [c.meta.get(name) for _, c in new] for name in COLUMNS},
        "turn_count": [len(c.turns) for _, c in new],
        "meta": [as_json({k: v for k, v in c.meta.items() if k not in COLUMNS}) for _, c in new],
        "run_id": [run_id] * len(new),
    }


def _turn_columns(first: int, new: Sequence[Conversation]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {
        name: [] for name in ("ord", "turn_index", "role", "content", "extra")
    }
    for ord_, conversation in enumerate(new, first):
        for index, turn in enumerate(conversation.turns):
            columns["ord"].append(ord_)
            columns["turn_index"].append(index)
            columns["role"].append(turn.role)
            columns["content"].append(turn.content)
            columns["extra"].append(as_json(turn.extra) if turn.extra else None)
    return columns


def _from_json(text: str | None) -> dict[str, Any]:
    return msgspec.json.decode(text, type=dict[str, Any]) if text else {}
