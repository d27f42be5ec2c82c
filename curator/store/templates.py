"""What dedup found to be a template of a source: said by many of its texts, and so no likeness."""

from typing import TYPE_CHECKING, Any, NamedTuple

from curator.store.connection import Connection

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Learned(NamedTuple):
    """What was found out about one source's templates."""

    source: str
    texts: int
    sharing: int
    example: str


class Templates:
    """Two tables of 004_twins.sql: the sources that were looked through and the shingles that
    their texts share. Written by dedup alone; forgotten with all else that dedup knows of a unit.
    """

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def learned(self, unit: str) -> list[Learned]:
        """The sources whose templates have been looked for."""
        return [
            Learned(*row)
            for row in self._db.rows(
                """
                select source, texts, sharing, coalesce(example, '') from twin_sources
                where unit = ? order by source
                """,
                [unit],
            )
        ]

    def learn(self, unit: str, learned: Learned, hashes: "dict[int, NDArray[np.uint64]]") -> None:
        """Keep a source's templates: shingle hashes by shingle size."""
        import pyarrow as pa

        with self._db.transaction() as cursor:
            cursor.execute("insert into twin_sources values (?, ?, ?, ?, ?)", [unit, *learned])
            for size, found in hashes.items():
                if len(found):
                    columns: dict[str, Any] = {
                        "unit": pa.repeat(unit, len(found)),
                        "source": [learned.source] * len(found),
                        "shingle": [size] * len(found), "hash": found,
                    }  # fmt: skip
                    self._db.insert("twin_templates", columns)

    def hashes(self, unit: str) -> "NDArray[np.uint64]":
        """The hashes of all template shingles of a unit, whatever their size, sorted."""
        found: NDArray[np.uint64] = self._db.cursor.execute(
            "select distinct hash from twin_templates where unit = ?", [unit]
        ).by_column()["hash"]
        found.sort()
        return found
