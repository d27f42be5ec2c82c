"""Vectors of texts, kept by text and by model: two models never mix."""

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from curator.store.connection import Connection

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


_AMONG = """and split_part(conversation_id, '#', 1) in (
    select id from conversations where ord in (select unnest(?::bigint[])))"""


class Embeddings:
    """The vectors, and which text stands for which conversation."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def known(self, hashes: Sequence[str], model: str, revision: str) -> set[str]:
        """Those of the text hashes that this model has a vector for."""
        return {
            row[0]
            for row in self._db.rows(
                """
                select text_hash from embeddings
                where model = ? and revision = ? and text_hash in (select unnest(?))
                """,
                [model, revision, list(hashes)],
            )
        }

    def add(
        self, hashes: Sequence[str], vectors: "NDArray[np.float32]", model: str, revision: str
    ) -> None:
        """Store the vectors (one row a hash) that are not here yet."""
        known = self.known(hashes, model, revision)
        rows = [i for i, text_hash in enumerate(hashes) if text_hash not in known]
        if not rows:
            return
        import pyarrow as pa

        dimensions = int(vectors.shape[1])
        flat = pa.array(vectors[rows].reshape(-1))
        self._db.insert(
            "embeddings",
            {
                "text_hash": [hashes[i] for i in rows],
                "model": [model] * len(rows),
                "revision": [revision] * len(rows),
                "dimensions": [dimensions] * len(rows),
                "vector": pa.FixedSizeListArray.from_arrays(flat, dimensions),
            },
        )

    def vectors(self, hashes: Sequence[str], model: str, revision: str) -> dict[str, Any]:
        """By text hash, the vectors of those that this model has one for."""
        import numpy as np

        return {
            key: np.array(vector, np.float32)
            for key, vector in self._db.rows(
                """
                select text_hash, any_value(vector) from embeddings
                where model = ? and revision = ? and text_hash in (select unnest(?))
                group by text_hash
                """,
                [model, revision, list(hashes)],
            )
        }

    def link(
        self, unit: str, texts: Sequence[tuple[str, str]], only: Sequence[int] | None = None
    ) -> None:
        """Say which text (its hash) is the `unit` of which item, replacing what was said: of all,
        or of the conversations at `only`."""
        among = "" if only is None else _AMONG
        with self._db.transaction() as cursor:
            cursor.execute(
                f"delete from embedded_units where unit = ? {among}",
                [unit] if only is None else [unit, list(only)],
            )
            if texts:
                self._db.insert(
                    "embedded_units",
                    {
                        "conversation_id": [item for item, _ in texts],
                        "unit": [unit] * len(texts),
                        "text_hash": [text_hash for _, text_hash in texts],
                    },
                )

    def count(self, model: str | None = None) -> int:
        """How many vectors there are, of one model or of all."""
        if model is None:
            return int(self._db.value("select count(*) from embeddings"))
        return int(self._db.value("select count(*) from embeddings where model = ?", [model]))

    def models(self) -> list[tuple[str, str, int, int]]:
        """Model, revision, dimensions and number of vectors, the most used first."""
        return [
            (model, revision, dimensions, n)
            for model, revision, dimensions, n in self._db.rows(
                """
                select model, revision, dimensions, count(*) from embeddings
                group by all order by count(*) desc, model
                """
            )
        ]

    def best(self, unit: str, model: str = "") -> tuple[str, str] | None:
        """The model and revision with the most vectors for a unit (of one model, where it is
        named), or None where there are none."""
        rows = self._db.rows(
            """
            select e.model, e.revision from embedded_units u
            join embeddings e on e.text_hash = u.text_hash
            where u.unit = ? and (? = '' or e.model = ?)
            group by all order by count(*) desc, e.model, e.revision desc limit 1
            """,
            [unit, model, model],
        )
        return (rows[0][0], rows[0][1]) if rows else None

    def of(self, unit: str, model: str, revision: str) -> tuple[list[str], Any]:
        """The items of a unit in import order and a float32 array with their vectors, a row
        each, all of one model."""
        import numpy as np

        found = self._db.cursor.execute(
            """
            select u.conversation_id as item, e.vector, c.ord as place
            from embedded_units u
            join embeddings e
            on e.text_hash = u.text_hash and e.model = ? and e.revision = ?
            left join conversations c on c.id = split_part(u.conversation_id, '#', 1)
            where u.unit = ? and (c.ord is null or c.ord not in (select ord from hidden))
            """,
            [model, revision, unit],
        )
        with warnings.catch_warnings():
            # DuckDB warns of a copy; its way around it works on connections, not on cursors.
            warnings.simplefilter("ignore", UserWarning)
            table = found.arrow().sort_by([("place", "ascending"), ("item", "ascending")])
        items = table.column("item").to_pylist()
        if not items:
            return [], np.zeros((0, 0), np.float32)
        flat = table.column("vector").combine_chunks().flatten().to_numpy()
        return items, flat.astype(np.float32, copy=False).reshape(len(items), -1)
