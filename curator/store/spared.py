"""A person's word on near twins: what is kept although it is one, and what was taken out."""

from collections.abc import Sequence

from curator.store.connection import Connection


class Spared:
    """The part of the twins that people write."""

    _db: Connection

    def spare(self, unit: str, places: Sequence[tuple[int, int]], spared: bool) -> None:
        """Keep what stands at these places (ord, turn) although it is a twin, or no longer."""
        for ord_, turn in places:
            self._db.execute(
                "insert into twin_spared values (?, ?, ?, ?, now()::timestamp)",
                [unit, ord_, turn, spared],
            )

    def spared(self, unit: str) -> set[tuple[int, int]]:
        """The places that a person wants kept."""
        rows = self._db.rows(
            """
            select ord, turn_index from twin_spared where unit = ?
            group by ord, turn_index having arg_max(spared, marked)
            """,
            [unit],
        )
        return {(ord_, turn) for ord_, turn in rows}

    def taken_out(self, beginning: str = "") -> list[tuple[int, str, str]]:
        """(ord, id, why) of the conversations that a search for twins took out of sight, or of
        all hidden ones whose id begins so; in order."""
        chosen = "id like ? || '%'" if beginning else "why in ('dedup', 'against')"
        return [
            (ord_, id_, why)
            for ord_, id_, why in self._db.rows(
                f"""
                select c.ord, c.id, max(h.why) as why from conversations c join hidden h using (ord)
                where {chosen} group by c.ord, c.id order by c.ord
                """,
                [beginning] if beginning else [],
            )
        ]
