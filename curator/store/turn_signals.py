"""Signals on turns: only what is out of the ordinary has a row; marks say how far each has got.

A mark covers every chat up to an `ord`, hidden ones too, for a hidden chat may come back. Whoever
counts or lists leaves the hidden ones out.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from curator.conversation import Signal
from curator.store.connection import Connection

_HIDDEN = "(select id from conversations join hidden using (ord))"
#: What some signals found in chats that a filter had them read before their marks got there.
_ANY_AHEAD = """
select count(*) from turn_read where ord > coalesce(
    (select min(upto) from turn_marks where name in (select unnest(?))), -1) and ord <= ?
"""
_AHEAD = """
delete from signals where rewrite_id is null and name in (select unnest($names))
and conversation_id in (
    select c.id from turn_read r
    join turn_readings g using (reading) join conversations c using (ord)
    left join turn_marks m on m.name = g.name
    where g.name in (select unnest($names)) and r.ord > coalesce(m.upto, -1) and r.ord <= $upto
)
"""


class Mark(msgspec.Struct, frozen=True):
    """How far a signal has got: chats up to `upto` were measured by this version of it."""

    version: int
    upto: int


class ReadChat(msgspec.Struct, frozen=True):
    """A chat's turns as signals need them: role, words, and whether something rides along."""

    ord: int
    id: str
    turns: list[tuple[str, str, bool]]


class Sample(msgspec.Struct, frozen=True):
    """A flagged place, and the words that stand there."""

    conversation_id: str
    turn_index: int
    value: float
    note: str
    content: str


class TurnSignals:
    """The rows of `signals` that speak of turns as they came in."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def marks(self) -> dict[str, Mark]:
        """How far each signal has got, by name."""
        found = self._db.rows("select name, version, upto from turn_marks")
        return {name: Mark(version, upto) for name, version, upto in found}

    def begin_anew(self, names: Sequence[str]) -> None:
        """Forget what these signals found, and how far they got."""
        with self._db.transaction() as cursor:
            cursor.execute("delete from turn_marks where name in (select unnest(?))", [list(names)])
            cursor.execute(
                "delete from signals where rewrite_id is null and name in (select unnest(?))",
                [list(names)],
            )

    def chats(self, first: int, last: int) -> list[ReadChat]:
        """The chats whose `ord` lies in first..last, hidden ones too, in order."""
        return self._read([first, last])

    def chats_at(self, ords: Sequence[int]) -> list[ReadChat]:
        """These chats, hidden ones too, in order."""
        if not ords:
            return []
        among = "and ord in (select unnest(?::bigint[]))"
        return self._read([min(ords), max(ords), list(ords)], among)

    def _read(self, parameters: Sequence[Any], among: str = "") -> list[ReadChat]:
        turns: dict[int, list[tuple[str, str, bool]]] = {}
        for ord_, role, content, bare in self._db.rows(
            f"""
            select ord, role, content, extra is null from turns
            where ord between ? and ? {among} order by ord, turn_index
            """,
            parameters,
        ):
            turns.setdefault(ord_, []).append((role, content, not bare))
        ids = self._db.rows(
            f"select ord, id from conversations where ord between ? and ? {among} order by ord",
            parameters,
        )
        return [ReadChat(ord_, id_, turns.get(ord_, [])) for ord_, id_ in ids]

    def turn_count(self, after: int, upto: int) -> int:
        """How many turns the chats have whose `ord` lies beyond `after`, up to `upto`."""
        return int(
            self._db.value(
                "select coalesce(sum(turn_count), 0) from conversations where ord > ? and ord <= ?",
                [after, upto],
            )
        )

    def add(
        self, found: Sequence[Signal], versions: Mapping[str, int], upto: int, run_id: int | None
    ) -> None:
        """Store what was found, and that these signals have now got as far as `upto`: both, or
        neither. What they had found ahead of their turn (`readings`) gives way."""
        with self._db.transaction() as cursor:
            names = list(versions)
            if self._db.value(_ANY_AHEAD, [names, upto]):
                cursor.execute(_AHEAD, {"names": names, "upto": upto})
            cursor.execute("delete from turn_marks where name in (select unnest(?))", [names])
            self._db.insert(
                "turn_marks",
                {"name": names, "version": list(versions.values()), "upto": [upto] * len(names)},
            )
            self.insert(found, versions, run_id)

    def replace(
        self, found: Sequence[Signal], versions: Mapping[str, int], run_id: int | None
    ) -> None:
        """Store what was found in place of everything that these signals had found."""
        with self._db.transaction() as cursor:
            cursor.execute(
                "delete from signals where rewrite_id is null and name in (select unnest(?))",
                [list(versions)],
            )
            self.insert(found, versions, run_id)

    def append(
        self, found: Sequence[Signal], versions: Mapping[str, int], run_id: int | None
    ) -> None:
        """Store what was found beside what there is."""
        with self._db.transaction():
            self.insert(found, versions, run_id)

    def insert(
        self, found: Sequence[Signal], versions: Mapping[str, int], run_id: int | None
    ) -> None:
        """The rows alone, inside a transaction that the caller has begun."""
        if not found:
            return
        columns = ("conversation_id", "turn_index", "name", "value", "flagged", "note")
        import pyarrow as pa

        self._db.insert(
            "signals",
            {
                **{name: [getattr(s, name) for s in found] for name in columns},
                "rewrite_id": pa.array([s.rewrite_id for s in found], pa.string()),
                "version": [versions[s.name] for s in found],
                "run_id": pa.array([run_id] * len(found), pa.int64()),
            },
        )

    def counts(self) -> dict[str, tuple[int, int]]:
        """By name: how many turns have a value worth keeping, and how many of them are flagged."""
        return {
            name: (kept, flagged)
            for name, kept, flagged in self._db.rows(
                f"""
                select name, count(*), count(*) filter (where flagged) from signals
                where rewrite_id is null and conversation_id not in {_HIDDEN}
                group by name
                """
            )
        }

    def flagged_turns(self) -> tuple[int, int]:
        """How many turns, and how many chats, have at least one flag."""
        found = self._db.rows(
            f"""
            select count(distinct (conversation_id, turn_index)), count(distinct conversation_id)
            from signals
            where rewrite_id is null and flagged and conversation_id not in {_HIDDEN}
            """
        )
        return int(found[0][0]), int(found[0][1])

    def of(self, conversation_id: str) -> list[Signal]:
        """What is out of the ordinary in one chat, by turn, flagged first."""
        rows = self._db.rows(
            """
            select conversation_id, turn_index, name, value, flagged, coalesce(note, '')
            from signals where rewrite_id is null and conversation_id = ?
            order by turn_index, flagged desc, name
            """,
            [conversation_id],
        )
        return [Signal(*row) for row in rows]

    def samples(self, name: str, limit: int) -> list[Sample]:
        """Some places that a signal flags, the same ones each time, spread over the workspace."""
        rows = self._db.rows(
            f"""
            with picked as (
                select conversation_id, turn_index, value, coalesce(note, '') as note from signals
                where rewrite_id is null and flagged and name = ?
                and conversation_id not in {_HIDDEN}
                order by hash(conversation_id), turn_index limit ?
            )
            select s.conversation_id, s.turn_index, s.value, s.note, left(t.content, 400)
            from picked s join conversations c on c.id = s.conversation_id
            join turns t on t.ord = c.ord and t.turn_index = s.turn_index
            order by hash(s.conversation_id), s.turn_index
            """,
            [name, limit],
        )
        return [Sample(*row) for row in rows]

    def versions_of(self, name: str, version: int) -> set[tuple[str, int]]:
        """The turns (chat and index) that this version of a signal has a value for."""
        return set(
            self._db.rows(
                """
                select conversation_id, turn_index from signals
                where rewrite_id is null and name = ? and version = ?
                """,
                [name, version],
            )
        )

    def values(self, name: str) -> list[tuple[str, int, float, str]]:
        """Every value of one signal on turns: chat, turn, value and note."""
        return self._db.rows(
            f"""
            select conversation_id, turn_index, value, coalesce(note, '') from signals
            where rewrite_id is null and name = ? and conversation_id not in {_HIDDEN}
            """,
            [name],
        )

    def weights(self, weight: Mapping[str, float], limit: int) -> list[tuple[Any, ...]]:
        """Turns by the sum of their flags' weights, heaviest first: conversation, turn, sum, names,
        notes (both joined by line ends) and the first words of the turn."""
        return self._db.rows(
            f"""
            with heavy as (
                select conversation_id, turn_index, sum(w.weight) as total,
                    string_agg(s.name, chr(10) order by w.weight desc, s.name) as names,
                    string_agg(coalesce(s.note, ''), chr(10) order by w.weight desc, s.name)
                        as notes
                from signals s
                join (select unnest(?) as name, unnest(?) as weight) w on w.name = s.name
                where s.rewrite_id is null and s.flagged and conversation_id not in {_HIDDEN}
                group by all order by total desc, conversation_id, turn_index limit ?
            )
            select h.conversation_id, h.turn_index, h.total, h.names, h.notes, left(t.content, 400)
            from heavy h join conversations c on c.id = h.conversation_id
            join turns t on t.ord = c.ord and t.turn_index = h.turn_index
            order by h.total desc, h.conversation_id, h.turn_index
            """,
            [list(weight), list(weight.values()), limit],
        )
