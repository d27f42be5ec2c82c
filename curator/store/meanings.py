"""What dedup knows of the meaning of texts: whose vectors they have, and which are near."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from curator.store.connection import Connection
from curator.store.conversations import SHOWN

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]

#: Texts whose vectors are read at once.
SLICE = 16_384


class Meant(NamedTuple):
    """One finished search by meaning: by whose vectors, the smallest cosine that is kept, the one
    that usually makes a twin, and how many texts were near more others than are kept."""

    model: str
    revision: str
    version: int
    floor: float
    usual: float
    crowded: int = 0


class Spots(NamedTuple):
    """Texts by number, and a place (`ord`, turn) where each stands."""

    texts: "Whole"
    ords: "Whole"
    turns: "NDArray[np.int32]"

    def some(self, which: Any) -> "Spots":
        """Those that `which` says, by place or by flag."""
        return Spots(*(column[which] for column in self))


class Piece(NamedTuple):
    """A part of a text that a vector stands for: its hash, and of the text what share is CJK and
    what stands for the sums in it."""

    text: int
    place: int
    text_hash: str
    cjk: float
    sums: int


class Linked(NamedTuple):
    """Texts that have vectors: whether each was held against the others, how much of it is CJK,
    what stands for its sums."""

    texts: "Whole"
    held: "NDArray[np.bool_]"
    cjk: "NDArray[np.float32]"
    sums: "NDArray[np.uint64]"

    def some(self, which: Any) -> "Linked":
        """Those that `which` says, by place or by flag."""
        return Linked(*(column[which] for column in self))


class Near(NamedTuple):
    """Pairs of texts in order, how alike they are, and by what: meaning or wording."""

    pairs: "Whole"
    likenesses: "NDArray[np.float32]"
    kinds: "NDArray[Any]"


class Meanings:
    """The tables of 009_meaning.sql but the columns of `duplicates`; written by dedup alone."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # vectors --------------------------------------------------------------------------------------

    def missing(self, unit: str, meant: Meant, knows_all: bool) -> Spots:
        """The texts in sight that have no vectors by this model, by place; where the model
        `knows_all` scripts, those in scripts unknown to another are among them."""
        import numpy as np

        home = "rewrites" if unit == "rewrite" else f"conversations where {SHOWN}"
        found = self._columns(
            f"""
            select text, min(ord) as ord, arg_min(turn_index, ord) as turn_index
            from twin_places where unit = $unit and text >= 0
            and ord in (select ord from {home}) and text not in (
                select m.text from twin_meanings m
                left join embeddings e on e.text_hash = m.text_hash
                and e.model = $model and e.revision = $revision
                where m.unit = $unit group by m.text
                having bool_and(e.text_hash is not null or (m.text_hash = '' and not $all))
            )
            group by text
            """,
            {"unit": unit, "model": meant.model, "revision": meant.revision, "all": knows_all},
        )
        order = np.lexsort((found["turn_index"], found["ord"]))
        return Spots(*(found[name][order] for name in ("text", "ord", "turn_index")))

    def link(self, unit: str, rows: Sequence[Piece]) -> None:
        """Say which pieces these texts have, in place of what was said."""
        if not rows:
            return
        import numpy as np

        texts, places, hashes, cjk, sums = zip(*rows, strict=True)
        columns: dict[str, Any] = {
            "unit": [unit] * len(rows), "text": list(texts), "piece": list(places),
            "text_hash": list(hashes), "cjk": list(cjk), "sums": np.array(sums, np.uint64),
            "held": [False] * len(rows),
        }  # fmt: skip
        with self._db.transaction() as cursor:
            cursor.execute(
                "delete from twin_meanings where unit = ? and text in (select unnest(?::bigint[]))",
                [unit, sorted(set(texts))],
            )
            self._db.insert("twin_meanings", columns)

    def linked(self, unit: str, meant: Meant) -> Linked:
        """The texts that have vectors by this model, those held against each other first."""
        import numpy as np

        found = self._columns(
            """
            select m.text, bool_and(m.held) as held, any_value(m.cjk) as cjk,
                any_value(m.sums) as sums
            from twin_meanings m join embeddings e on e.text_hash = m.text_hash
            where m.unit = ? and e.model = ? and e.revision = ? group by m.text
            """,
            [unit, meant.model, meant.revision],
        )
        order = np.lexsort((found["text"], ~found["held"]))
        return Linked(*(found[name][order] for name in ("text", "held", "cjk", "sums")))

    def fill(self, unit: str, meant: Meant, texts: "Whole", rows: Any) -> None:
        """Write the unit vector of each text (a mean of its pieces') into its row; `texts` says
        whose the rows are."""
        import numpy as np

        order = np.argsort(texts)
        ordered = texts[order]
        for first in range(0, len(ordered), SLICE):
            part = ordered[first : first + SLICE]
            table = self._db.cursor.table(
                """
                select m.text, e.vector from twin_meanings m
                join embeddings e on e.text_hash = m.text_hash
                where m.unit = ? and e.model = ? and e.revision = ? and m.text between ? and ?
                """,
                [unit, meant.model, meant.revision, int(part[0]), int(part[-1])],
            )
            whose = table["text"].to_numpy()
            flat = table["vector"].combine_chunks().flatten().to_numpy()
            vectors = flat.reshape(len(whose), -1)
            here = np.isin(whose, part)
            sums = np.zeros((len(part), rows.shape[1]), np.float32)
            np.add.at(sums, np.searchsorted(part, whose[here]), vectors[here])
            lengths = np.linalg.norm(sums, axis=1, keepdims=True)
            rows[order[first : first + SLICE]] = sums / np.where(lengths > 0, lengths, 1)

    def vectors(self, hashes: Sequence[str], model: str, revision: str) -> dict[str, Any]:
        """The vectors of these text hashes, of those that have one."""
        found = self._columns(
            """
            select text_hash, vector from embeddings
            where model = ? and revision = ? and text_hash in (select unnest(?))
            """,
            [model, revision, list(hashes)],
        )
        return dict(zip(found["text_hash"].tolist(), found["vector"], strict=True))

    def unknown(self, unit: str) -> int:
        """How many texts are written in a script that the model does not know."""
        return int(
            self._db.value(
                "select count(*) from twin_meanings where unit = ? and text_hash = ''", [unit]
            )
        )

    # pairs ----------------------------------------------------------------------------------------

    def last(self, unit: str) -> Meant | None:
        """The search whose pairs are kept for a unit."""
        rows = self._db.rows(
            """
            select model, revision, version, floor, usual, crowded from meaning_searches
            where unit = ?
            """,
            [unit],
        )
        return Meant(*rows[0]) if rows else None

    def begin(self, unit: str, meant: Meant) -> None:
        """Forget the pairs of a unit (its vectors are not forgotten): a search of another kind
        begins."""
        with self._db.transaction() as cursor:
            for table in ("meaning_pairs", "meaning_searches"):
                cursor.execute(f"delete from {table} where unit = ?", [unit])
            cursor.execute("update twin_meanings set held = false where unit = ? and held", [unit])
            cursor.execute(
                "insert into meaning_searches values (?, ?, ?, ?, ?, ?, 0)",
                [unit, meant.model, meant.revision, meant.version, meant.floor, meant.usual],
            )

    def add(self, unit: str, near: Near, crowded: int) -> None:
        """Keep new pairs, and that all texts with vectors have been held against each other."""
        import pyarrow as pa

        with self._db.transaction() as cursor:
            if len(near.pairs):
                columns: dict[str, Any] = {
                    "unit": pa.repeat(unit, len(near.pairs)), "one": near.pairs[:, 0],
                    "other": near.pairs[:, 1], "likeness": near.likenesses,
                    "kind": near.kinds.tolist(),
                }  # fmt: skip
                self._db.insert("meaning_pairs", columns)
            cursor.execute(
                "update twin_meanings set held = true where unit = ? and not held", [unit]
            )
            cursor.execute(
                "update meaning_searches set crowded = crowded + ? where unit = ?", [crowded, unit]
            )

    def pairs(self, unit: str) -> Near:
        """All pairs of texts of a unit, in order."""
        import numpy as np

        found = self._columns(
            "select one, other, likeness, kind from meaning_pairs where unit = ?", [unit]
        )
        pairs = np.stack([found["one"], found["other"]], axis=1)
        order = np.lexsort((pairs[:, 1], pairs[:, 0]))
        return Near(pairs[order], found["likeness"][order], np.asarray(found["kind"])[order])

    def _columns(self, sql: str, parameters: Any) -> dict[str, Any]:
        return self._db.cursor.execute(sql, parameters).by_column()
