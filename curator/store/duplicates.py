"""Groups of near twins; written by dedup alone."""

from collections.abc import Collection, Mapping

import msgspec

from curator.conversation import DuplicateGroup
from curator.store.connection import Connection


class Sweep(msgspec.Struct, frozen=True):
    """One finished search for twins: over what, the fingerprint of what was compared, and the
    cosine that made twins by meaning, where that was compared."""

    unit: str
    threshold: float
    items: int
    fingerprint: str
    meaning: float | None = None


class Duplicates:
    """The latest groups of each unit."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def replace(
        self,
        sweep: Sweep,
        groups: list[DuplicateGroup],
        run_id: int | None,
        held: Collection[str] = (),
        kinds: Mapping[str, str] | None = None,
    ) -> None:
        """Store the groups of one search in place of those its unit had; all or nothing. Members
        among `held` wait for a person's word and are not left out of anything; `kinds` says of
        members what their likeness is one of, unless it is words."""
        kinds = kinds or {}
        rows = [
            (group.keeper, member, jaccard) for group in groups for member, jaccard in group.members
        ]
        with self._db.transaction() as cursor:
            cursor.execute("delete from duplicates where unit = ?", [sweep.unit])
            cursor.execute("delete from duplicate_sweeps where unit = ?", [sweep.unit])
            cursor.execute(
                """
                insert into duplicate_sweeps
                (run_id, unit, threshold, items, fingerprint, meaning) values (?, ?, ?, ?, ?, ?)
                """,
                [
                    run_id,
                    sweep.unit,
                    sweep.threshold,
                    sweep.items,
                    sweep.fingerprint,
                    sweep.meaning,
                ],
            )
            if rows:
                self._db.insert(
                    "duplicates",
                    {
                        "run_id": [run_id if run_id is not None else -1] * len(rows),
                        "unit": [sweep.unit] * len(rows),
                        "threshold": [sweep.threshold] * len(rows),
                        "keeper": [row[0] for row in rows],
                        "member": [row[1] for row in rows],
                        "jaccard": [row[2] for row in rows],
                        "held": [row[1] in held for row in rows],
                        "kind": [kinds.get(row[1], "words") for row in rows],
                    },
                )

    def last(self, unit: str) -> Sweep | None:
        """The search whose groups are stored for a unit."""
        rows = self._db.rows(
            """
            select unit, threshold, items, fingerprint, meaning from duplicate_sweeps
            where unit = ?
            """,
            [unit],
        )
        return Sweep(*rows[0]) if rows else None

    def units(self) -> list[str]:
        """The units that were searched, the last one first."""
        rows = self._db.rows("select unit from duplicate_sweeps order by run_id desc, unit")
        return [unit for (unit,) in rows]

    def groups(self, unit: str) -> list[DuplicateGroup]:
        """The groups of a unit, the largest first; members from most to least alike."""
        rows = self._db.rows(
            """
            select keeper, member, jaccard, threshold from duplicates where unit = ?
            order by keeper, jaccard desc, member
            """,
            [unit],
        )
        found: dict[str, list[tuple[str, float]]] = {}
        for keeper, member, jaccard, _ in rows:
            found.setdefault(keeper, []).append((member, jaccard))
        threshold = rows[0][3] if rows else 0.0
        made = [
            DuplicateGroup(keeper, tuple(members), unit, threshold)
            for keeper, members in found.items()
        ]
        return sorted(made, key=lambda group: (-len(group.members), group.keeper))

    def members(self, unit: str) -> dict[str, tuple[str, float]]:
        """What is not a keeper, each with its keeper and its Jaccard to it: what an export
        without twins leaves out. What is held back is not among it."""
        return {
            member: (keeper, jaccard)
            for member, keeper, jaccard in self._db.rows(
                """
                select member, keeper, jaccard from duplicates
                where unit = ? and held is not true
                """,
                [unit],
            )
        }
