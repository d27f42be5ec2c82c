"""Signals on rewrites: what was measured on each; written by score alone. Those on turns are in
`turn_signals`."""

from collections.abc import Mapping, Sequence

from curator.conversation import Rewrite, Signal
from curator.store.connection import Connection
from curator.store.rewrites import Rewrites


class Signals:
    """The table of measurements. A row per rewrite and signal, flagged or not, with the version
    of the method: what a newer method has not looked at yet is missing."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._rewrites = Rewrites(connection)

    def unscored(
        self,
        methods: Mapping[str, int],
        after: int,
        limit: int,
        only: Sequence[str] | None = None,
    ) -> list[tuple[int, str, Rewrite]]:
        """Up to `limit` proposals beyond `ord` `after` that some method (name to version) has not
        measured: each with its `ord` and its id, oldest first; `only` these ids where given."""
        rows = self._db.rows(
            f"{_MISSING} {_among(only)} and r.ord > ? order by r.ord limit ?",
            [*_parameters(methods), *_named(only), after, limit],
        )
        found = self._rewrites.at([row[0] for row in rows])
        return [(ord_, *found[ord_]) for ord_ in sorted(found)]

    def unscored_count(self, methods: Mapping[str, int], only: Sequence[str] | None = None) -> int:
        """How many proposals, or how many of those named, some method has not measured."""
        sql = f"select count(*) from ({_MISSING} {_among(only)})"
        return int(self._db.value(sql, [*_parameters(methods), *_named(only)]))

    def add(
        self, signals: Sequence[Signal], methods: Mapping[str, int], run_id: int | None
    ) -> None:
        """Store measurements in place of those the same rewrites had; all or nothing."""
        if not signals:
            return
        rewrites = list({signal.rewrite_id for signal in signals})
        with self._db.transaction() as cursor:
            cursor.execute(
                """
                delete from signals
                where rewrite_id in (select unnest(?)) and name in (select unnest(?))
                """,
                [rewrites, list({signal.name for signal in signals})],
            )
            self._db.insert(
                "signals",
                {
                    **{name: [getattr(s, name) for s in signals] for name in _COLUMNS},
                    "version": [methods[s.name] for s in signals],
                    "run_id": [run_id] * len(signals),
                },
            )

    def of(self, rewrite_id: str) -> list[Signal]:
        """What was measured on one rewrite, flagged ones first."""
        return self.of_many([rewrite_id]).get(rewrite_id, [])

    def of_many(self, rewrite_ids: Sequence[str]) -> dict[str, list[Signal]]:
        """What was measured on each of many rewrites, flagged ones first."""
        found: dict[str, list[Signal]] = {}
        for row in self._db.rows(
            f"""
            select {", ".join(_COLUMNS)} from signals
            where rewrite_id in (select unnest(?)) order by flagged desc, name
            """,
            [list(rewrite_ids)],
        ):
            signal = Signal(**dict(zip(_COLUMNS, row, strict=True)))
            found.setdefault(str(signal.rewrite_id), []).append(signal)
        return found

    def values_by_name(
        self, rewrite_ids: Sequence[str]
    ) -> dict[str, list[tuple[str, float, bool]]]:
        """By signal: rewrite, value and whether it is flagged, for those of the rewrites that it
        has measured."""
        found: dict[str, list[tuple[str, float, bool]]] = {}
        for name, id_, value, flagged in self._db.rows(
            """
            select name, rewrite_id, value, flagged from signals
            where rewrite_id in (select unnest(?)) order by name, rewrite_id
            """,
            [list(rewrite_ids)],
        ):
            found.setdefault(name, []).append((id_, value, flagged))
        return found

    def flag_counts(self) -> dict[str, tuple[int, int]]:
        """By signal name: how many rewrites were measured, and how many of them are flagged."""
        return {
            name: (measured, flagged)
            for name, measured, flagged in self._db.rows(
                """
                select name, count(*), count(*) filter (where flagged)
                from signals where rewrite_id is not null group by name order by name
                """
            )
        }

    def flagged_rewrites(self) -> int:
        """How many rewrites have at least one flag."""
        return int(
            self._db.value(
                "select count(distinct rewrite_id) from signals "
                "where flagged and rewrite_id is not null"
            )
            or 0
        )


_COLUMNS = (
    "conversation_id", "turn_index", "name", "value", "flagged", "note", "rewrite_id",
)  # fmt: skip

_MISSING = """
    select r.ord from rewrites r
    left join (
        select s.rewrite_id, count(*) as n from signals s
        join (select unnest(?) as name, unnest(?) as version) m
        on m.name = s.name and m.version = s.version
        where s.rewrite_id is not null
        group by s.rewrite_id
    ) done on done.rewrite_id = r.id
    where coalesce(done.n, 0) < ? and r.verdict not in ('keep', 'unanswerable')
    and r.conversation_id not in (select id from conversations join hidden using (ord))
    and r.ord not in (select ord from withdrawn)
"""


def _among(only: Sequence[str] | None) -> str:
    return "" if only is None else "and r.id in (select unnest(?::varchar[]))"


def _named(only: Sequence[str] | None) -> list[list[str]]:
    return [] if only is None else [list(only)]


def _parameters(methods: Mapping[str, int]) -> tuple[list[str], list[int], int]:
    return list(methods), list(methods.values()), len(methods)
