"""What a workspace's texts taught for their vectors, and whose vectors stand for a unit."""

from typing import TYPE_CHECKING

from curator.store.connection import Connection

if TYPE_CHECKING:
    from curator.diversity.grams import Fit


class Fits:
    """The fits of character runs, one to each unit and any number of older ones."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def newest(self, unit: str) -> "Fit | None":
        """The fit that new texts of a unit are encoded with."""
        return self._read("unit = ? order by created desc, name", unit)

    def named(self, name: str) -> "Fit | None":
        """The fit of this name."""
        return self._read("name = ?", name)

    def add(self, unit: str, fit: "Fit", run_id: int | None) -> None:
        """Keep a fit; it becomes the newest of its unit."""
        with self._db.transaction() as cursor:
            cursor.execute(
                "delete from embedding_fits where unit = ? and name = ?", [unit, fit.name]
            )
            cursor.execute(
                "insert into embedding_fits values (?, ?, ?, ?, ?, ?, ?, now()::timestamp)",
                [unit, fit.name, fit.texts, fit.directions,
                 fit.buckets.astype("<i4").tobytes(), fit.axes.astype("<f2").tobytes(), run_id],
            )  # fmt: skip

    def _read(self, where: str, value: str) -> "Fit | None":
        import numpy as np

        from curator.diversity.grams import Fit

        rows = self._db.rows(
            f"select texts, directions, buckets, axes from embedding_fits where {where} limit 1",
            [value],
        )
        if not rows:
            return None
        texts, directions, buckets, axes = rows[0]
        return Fit(
            np.frombuffer(buckets, "<i4"), np.frombuffer(axes, "<f2").reshape(-1, directions), texts
        )

    def choose(self, unit: str, model: str, revision: str, run_id: int | None) -> None:
        """Say whose vectors stand for a unit where no model is named."""
        with self._db.transaction() as cursor:
            cursor.execute("delete from embedding_choices where unit = ?", [unit])
            cursor.execute(
                "insert into embedding_choices values (?, ?, ?, ?, now()::timestamp)",
                [unit, model, revision, run_id],
            )

    def chosen(self, unit: str) -> tuple[str, str] | None:
        """The model and revision that stand for a unit, where some of their vectors are here."""
        rows = self._db.rows(
            """
            select c.model, c.revision from embedding_choices c
            where c.unit = ? and exists (
                select 1 from embeddings e join embedded_units u on u.text_hash = e.text_hash
                where e.model = c.model and e.revision = c.revision and u.unit = c.unit)
            """,
            [unit],
        )
        return (str(rows[0][0]), str(rows[0][1])) if rows else None

    def fronts(self, hashes: list[str], model: str, kin: str, shared: int) -> dict[str, object]:
        """By text hash, the first `shared` numbers of a vector by this model whose revision begins
        with `kin`, for the texts that have one."""
        return dict(
            self._db.rows(
                """
                select text_hash, any_value(vector[1:?]) from embeddings
                where model = ? and starts_with(revision, ?) and text_hash in (select unnest(?))
                group by text_hash
                """,
                [shared, model, kin, hashes],
            )
        )

    def learnable(
        self, count: int, languages: list[str] | None, seed: int
    ) -> tuple[int, list[int]]:
        """How many shown conversations there are in these languages (in all, where None), and the
        `ord` of `count` of them, drawn evenly, in order."""
        where = "ord not in (select ord from hidden)" + (
            " and language in (select unnest(?))" if languages is not None else ""
        )
        given = [] if languages is None else [languages]
        total = int(self._db.value(f"select count(*) from conversations where {where}", given))
        rows = self._db.rows(
            f"select ord from conversations where {where} order by hash(ord + ?), ord limit ?",
            [*given, seed, count],
        )
        return total, sorted(int(row[0]) for row in rows)
