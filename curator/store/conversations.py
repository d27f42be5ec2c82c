"""Conversations and their turns, in the order they came in (`ord`)."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from curator.conversation import Conversation, Origin, Turn
from curator.store.connection import Connection
from curator.store.hiding import wake
from curator.store.known import known_ids

if TYPE_CHECKING:
    from curator.store.bulk import Bulk

#: A conversation that was put right by `fix` stays, but only its repaired form is worked on.
SHOWN = "ord not in (select ord from hidden)"


#: Chats this near to each other are fetched in one go.
REACH = 4000


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
        with self._db.transaction():
            return sum(self.place(conversations, run_id))

    def bulk(self, run_id: int | None = None) -> "Bulk":
        """The way in for very many: the caller must call its `finish`."""
        from curator.store.bulk import Bulk

        return Bulk(self._db, run_id)

    def place(self, conversations: Sequence[Conversation], run_id: int | None) -> list[bool]:
        """Store those not yet here, inside a transaction that the caller has begun; for each
        whether it was new."""
        # The writers know all formats, which whoever only reads has no need of.
        from curator.store.bulk import forget_halves
        from curator.store.columns import conversation_columns, turn_columns

        ids = [conversation.id for conversation in conversations]
        forget_halves(self._db)
        known = known_ids(self._db, ids)
        wake(self._db, list(known), run_id)
        fresh: list[bool] = []
        for id_ in ids:
            fresh.append(id_ not in known)
            known.add(id_)
        first = self._db.next_number("conversations", "ord")
        new = [(i, c) for i, c, is_new in zip(ids, conversations, fresh, strict=True) if is_new]
        heads = [(ord_, id_, chat) for ord_, (id_, chat) in enumerate(new, first)]
        if heads:
            turns = [(ord_, i, turn) for ord_, _, c in heads for i, turn in enumerate(c.turns)]
            self._db.insert("conversations", conversation_columns(heads, run_id))
            if turns:
                self._db.insert("turns", turn_columns(turns))
        return fresh

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
            hidden=int(self._db.value("select count(distinct ord) from hidden")),
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

    def source_ids(self, source: str) -> set[str]:
        """The names that the conversations of one source have there."""
        sql = "select source_id from conversations where source = ?"
        return {name for (name,) in self._db.rows(sql, [source])}

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

    def at(self, ords: Sequence[int]) -> dict[int, Conversation]:
        """Those of `ords` that are in sight. Near ones are read together: a row group costs the
        same for one of its chats as for many."""
        found: dict[int, Conversation] = {}
        near: list[int] = []
        for ord_ in [*sorted(set(ords)), None]:
            if near and (ord_ is None or ord_ - near[0] > REACH):
                named = ", ".join(str(int(one)) for one in near)
                found.update(self._window(near[0], near[-1], f"ord in ({named}) and {SHOWN}"))
                near = []
            if ord_ is not None:
                near.append(ord_)
        return found

    def _window(self, first: int, last: int, condition: str) -> list[tuple[int, Conversation]]:
        heads = self._db.rows(
            f"""
            select ord, source, line, format, source_id, license, language, category, meta
            from conversations where ord between ? and ? and {condition} order by ord
            """,
            [first, last],
        )
        if not heads:
            return []
        turns: dict[int, list[Turn]] = {}
        for ord_, role, content, extra in self._db.rows(
            """
            select ord, role, content, extra from turns
            where ord between ? and ? and ord in (select unnest(?::bigint[]))
            order by ord, turn_index
            """,
            [first, last, [head[0] for head in heads]],
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

    def iterate(
        self, window: int = 1000, only: Sequence[int] | None = None
    ) -> Iterator[Conversation]:
        """All of them, or those in sight of the `ord`s named (in order), a window at a time."""
        for chats in self.windows(window, only):
            for _, conversation in chats:
                yield conversation

    def windows(
        self, window: int, only: Sequence[int] | None = None
    ) -> Iterator[list[tuple[int, Conversation]]]:
        """The same in lists, each conversation with its `ord`."""
        if only is None:
            for first in range(0, self.last() + 1, window):
                yield self.between(first, first + window - 1)
            return
        for start in range(0, len(only), window):
            yield list(self.at(only[start : start + window]).items())


def _from_json(text: str | None) -> dict[str, Any]:
    return msgspec.json.decode(text, type=dict[str, Any]) if text else {}
