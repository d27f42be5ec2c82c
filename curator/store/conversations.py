"""Conversations and their turns, in the order they came in (`ord`)."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from curator.conversation import Conversation, Origin, Turn
from curator.store.connection import Connection, as_json
from curator.store.rejects import Reject, reject_columns

#: These keys of `meta` have their own columns; the rest is JSON.
COLUMNS = ("license", "language", "category")

#: A conversation that was put right by `fix` stays, but only its repaired form is worked on.
SHOWN = "ord not in (select ord from hidden)"


class Summary(msgspec.Struct, frozen=True):
    """A workspace's conversations in numbers; each `by_…` holds (value, count), largest first."""

    conversations: int
    turns: int
    hidden: int
    rejects: int
    by_source: tuple[tuple[str, int], ...]
    by_format: tuple[tuple[str, int], ...]
    by_language: tuple[tuple[str, int], ...]
    by_license: tuple[tuple[str, int], ...]


class Conversations:
    """The front door's tables."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, conversations: Sequence[Conversation], run_id: int | None = None) -> int:
        """Store those not yet here, all or nothing; how many were new."""
        return sum(self.take(conversations, run_id))

    def take(
        self,
        conversations: Sequence[Conversation],
        run_id: int | None = None,
        rejects: Sequence[Reject] = (),
    ) -> list[bool]:
        """Store those not yet here and what was refused beside them, all or nothing; for each
        conversation whether it was new."""
        with self._db.transaction():
            fresh = self.place(conversations, run_id)
            if rejects:
                self._db.insert("rejects", reject_columns(rejects, run_id))
        return fresh

    def place(self, conversations: Sequence[Conversation], run_id: int | None) -> list[bool]:
        """The same inside a transaction that the caller has begun."""
        ids = [conversation.id for conversation in conversations]
        known = self.known(ids)
        fresh: list[bool] = []
        for id_ in ids:
            fresh.append(id_ not in known)
            known.add(id_)
        new = [(i, c) for i, c, is_new in zip(ids, conversations, fresh, strict=True) if is_new]
        if new:
            first = self._db.next_number("conversations", "ord")
            self._db.insert("conversations", _conversation_columns(first, new, run_id))
            self._db.insert("turns", _turn_columns(first, [c for _, c in new]))
        return fresh

    def known(self, ids: Sequence[str]) -> set[str]:
        """Those of `ids` that are here, hidden ones too."""
        return {
            row[0]
            for row in self._db.rows(
                "select id from conversations where id in (select unnest(?::varchar[]))",
                [list(ids)],
            )
        }

    def count(self) -> int:
        """How many there are, without the hidden ones."""
        return int(self._db.value(f"select count(*) from conversations where {SHOWN}"))

    def summary(self) -> Summary:
        """What is here in numbers, for `curator status`."""
        return Summary(
            conversations=self.count(),
            turns=int(
                self._db.value(
                    f"select coalesce(sum(turn_count), 0) from conversations where {SHOWN}"
                )
            ),
            hidden=int(self._db.value("select count(*) from hidden")),
            rejects=int(self._db.value("select count(*) from rejects")),
            by_source=self._tally("source"),
            by_format=self._tally("format"),
            by_language=self._tally("language"),
            by_license=self._tally("license"),
        )

    def _tally(self, column: str) -> tuple[tuple[str, int], ...]:
        return tuple(
            (name or "", int(count))
            for name, count in self._db.rows(
                f"""
                select {column}, count(*) as n from conversations where {SHOWN}
                group by {column} order by n desc, {column}
                """
            )
        )

    def last(self) -> int:
        """The largest `ord`, -1 in an empty workspace."""
        return self._db.next_number("conversations", "ord") - 1

    def ids(self) -> list[str]:
        """The ids of all that are not hidden, in order."""
        return [
            row[0]
            for row in self._db.rows(f"select id from conversations where {SHOWN} order by ord")
        ]

    def get(self, conversation_id: str) -> Conversation | None:
        """One by its id, hidden or not, or None."""
        ord_ = self._db.value("select ord from conversations where id = ?", [conversation_id])
        if ord_ is None:
            return None
        return self._window(ord_, ord_, "true")[0][1]

    def between(self, first: int, last: int) -> list[tuple[int, Conversation]]:
        """Those whose `ord` lies in first..last (both included), in order, with their `ord`;
        hidden ones are left out."""
        return self._window(first, last, SHOWN)

    def _window(self, first: int, last: int, condition: str) -> list[tuple[int, Conversation]]:
        heads = self._db.rows(
            f"""
            select ord, source, line, format, source_id, license, language, category, meta
            from conversations where ord between ? and ? and {condition} order by ord
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
