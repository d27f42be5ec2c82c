"""Chats that were measured ahead of their turn: a filter found them beyond the marks.

A mark says that a signal has measured every chat up to an `ord`; a reading says the same of single
chats beyond it, so that neither a second run with the filter nor a later one without it finds
anything twice.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from curator.conversation import Signal
from curator.store.connection import Connection
from curator.store.turn_signals import TurnSignals

Names = frozenset[str]


class Readings:
    """What was measured of single chats."""

    def __init__(self, connection: Connection, turn_signals: TurnSignals) -> None:
        self._db = connection
        self._signals = turn_signals

    def due(self, ords: Sequence[int], versions: Mapping[str, int]) -> dict[Names, list[int]]:
        """These chats by the signals (of these versions) that have not measured them yet; those
        that lack nothing are left out."""
        marks = self._signals.marks()
        upto = {
            name: mark.upto
            for name, version in versions.items()
            if (mark := marks.get(name)) is not None and mark.version == version
        }
        edges = sorted({*upto.values()})
        lacking: dict[tuple[Names, int], Names] = {}
        found: dict[Names, list[int]] = {}
        for read, chats in self._read(ords, versions).items():
            for ord_ in chats:
                # Between two marks every chat lacks the same.
                place = (read, bisect_left(edges, ord_))
                if place not in lacking:
                    marked = {name for name, last in upto.items() if last >= ord_}
                    lacking[place] = frozenset(versions.keys() - read - marked)
                if lacking[place]:
                    found.setdefault(lacking[place], []).append(ord_)
        return found

    def add(
        self,
        found: Sequence[Signal],
        versions: Mapping[str, int],
        ords: Sequence[int],
        run_id: int | None,
    ) -> None:
        """Store what these signals found in these chats, in place of what they had found there,
        and that they were measured: both, or neither."""
        names = list(versions)
        with self._db.transaction() as cursor:
            cursor.execute(
                """
                delete from signals
                where rewrite_id is null and name in (select unnest($1)) and conversation_id in (
                    select id from conversations where ord in (select unnest($2::bigint[])))
                """,
                [names, list(ords)],
            )
            reading = self._db.next_number("turn_readings", "reading")
            self._db.insert(
                "turn_readings",
                {
                    "reading": [reading] * len(names), "name": names,
                    "version": list(versions.values()),
                },
            )  # fmt: skip
            self._db.insert("turn_read", {"reading": [reading] * len(ords), "ord": list(ords)})
            self._signals.insert(found, versions, run_id)

    def _read(self, ords: Sequence[int], versions: Mapping[str, int]) -> dict[Names, list[int]]:
        """These chats by the signals that have read them ahead of their turn."""
        of: dict[int, set[str]] = {}
        for reading, name in self._db.rows(
            """
            select g.reading, g.name from turn_readings g
            join (select unnest(?) as name, unnest(?::bigint[]) as version) m
            on m.name = g.name and m.version = g.version
            """,
            [list(versions), list(versions.values())],
        ):
            of.setdefault(reading, set()).add(name)
        found: dict[Names, list[int]] = {}
        for readings, chats in self._db.rows(
            """
            select readings, list(ord order by ord) from (
                select a.ord, list(r.reading order by r.reading) as readings
                from (select unnest(?::bigint[]) as ord) a left join turn_read r using (ord)
                group by a.ord
            ) group by readings order by min(ord)
            """,
            [list(ords)],
        ):
            read = frozenset(name for one in readings for name in of.get(one, ()))
            found.setdefault(read, []).extend(chats)
        return found
