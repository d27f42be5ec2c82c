"""What dedup knows of the texts of each unit: where they stand, their sketches, and their pairs."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from curator.store.connection import Connection
from curator.store.conversations import SHOWN
from curator.store.passages import WHOLE, Passages, passages
from curator.store.sheets import Sheet, blobs, read_sheet
from curator.store.spared import Spared
from curator.store.worth import worth

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]

_TABLES = (
    "twin_places", "twin_sketches", "twin_templates", "twin_sources", "twin_pairs",
    "twin_searches", "twin_meanings", "meaning_pairs", "meaning_searches",
)  # fmt: skip
#: What DuckDB may take during a search.
MEMORY = 40 << 20
#: Rewrites that are there to be compared.
_STANDING = "verdict = 'improve' and ord not in (select ord from withdrawn)"


class Places(NamedTuple):
    """Where texts stand: `ord`, turn, the text's number and the bytes lost with it."""

    ords: "Whole"
    turns: "NDArray[np.int32]"
    texts: "Whole"
    sizes: "Whole"


class Twins(Spared):
    """The tables of 004_twins.sql; written by dedup alone."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        #: The `ord`s that a search is about, None for all in sight.
        self._only: Whole | None = None

    @contextmanager
    def within(self, ords: Sequence[int] | None) -> Iterator[None]:
        """Know of these conversations (or rewrites) alone: what else is in sight neither lacks
        anything nor stands anywhere. None is everything."""
        import numpy as np

        self._only = None if ords is None else np.asarray(ords, np.int64)
        try:
            yield
        finally:
            self._only = None

    def lean(self) -> AbstractContextManager[None]:
        """A search for twins holds a row of 512 bytes a text: DuckDB must not keep all that it
        reads beside it."""
        return self._db.at_most(MEMORY)

    # what is there to read ------------------------------------------------------------------------

    def missing(self, unit: str, everywhere: bool = False) -> "Whole":
        """The `ord`s in sight whose texts are not known yet, in order; also those that a search
        is not about where it says `everywhere`."""
        found: Whole = self._columns(
            f"""
            select ord from {_home(unit)}
            and ord not in (select ord from twin_places where unit = ?)
            """,
            [unit],
        )["ord"]
        found.sort()
        return found if everywhere else self._cut(found)

    def among(self, unit: str, texts: "Whole") -> "NDArray[np.bool_]":
        """Which of these texts stand where a search is about them."""
        import numpy as np

        if self._only is None:
            return np.ones(len(texts), np.bool_)
        return np.isin(texts, self.places(unit).texts)

    def _cut(self, ords: "Whole") -> "Whole":
        import numpy as np

        return ords if self._only is None else ords[np.isin(ords, self._only)]

    def passages(self, unit: str, ords: "Whole") -> Passages:
        """The texts of a unit in these conversations (or rewrites), which lie near each other."""
        return self._db.fed(lambda: passages(self._db, unit, int(ords[0]), int(ords[-1]), ords))

    def sources(self, unit: str, ords: "Whole") -> dict[str, "Whole"]:
        """Which of these `ord`s came from which source, each in order."""
        import numpy as np

        if unit == "rewrite":
            return {"rewrites": ords}
        bounds = [int(ords[0]), int(ords[-1])] if len(ords) else [0, -1]
        names = self._db.rows(
            """
            select source from conversations where ord between ? and ?
            group by source order by min(ord)
            """,
            bounds,
        )
        # A list of a million numbers for each source would be more than a search leaves DuckDB.
        found = self._columns(
            """
            with names as (
                select unnest($names::varchar[]) as source,
                    generate_subscripts($names::varchar[], 1) as place
            )
            select ord, place from conversations join names using (source)
            where ord between $first and $last
            """,
            {"names": [name for (name,) in names], "first": bounds[0], "last": bounds[1]},
        )
        here = np.isin(found["ord"], ords)
        spots, places = found["ord"][here], found["place"][here]
        order = np.lexsort((spots, places))
        spots, places = spots[order], places[order]
        return {
            names[place - 1][0]: spots[slice(*places.searchsorted((place, place + 1)).tolist())]
            for place in np.unique(places).tolist()
        }

    # what is known --------------------------------------------------------------------------------

    def searched(self, unit: str, version: int, whole: bool) -> int:
        """Texts below this number have been held against each other. What was kept by another
        version of the method, or with templates treated another way, is forgotten."""
        rows = self._db.rows(
            "select version, whole, searched from twin_searches where unit = ?", [unit]
        )
        if rows and rows[0][:2] == (version, whole):
            return int(rows[0][2])
        self.forget(unit)
        self._db.execute("insert into twin_searches values (?, ?, ?, 0)", [unit, version, whole])
        return 0

    def forget(self, unit: str) -> None:
        """Drop all that is known of a unit; the next search begins anew."""
        with self._db.transaction() as cursor:
            for table in _TABLES:
                cursor.execute(f"delete from {table} where unit = ?", [unit])

    def names(self, unit: str) -> "tuple[NDArray[np.uint64], NDArray[np.uint64]]":
        """The two names of each known text, by its number."""
        import numpy as np

        found = self._columns(
            "select text, name_1, name_2 from twin_sketches where unit = ? and own", [unit]
        )
        order = np.argsort(found["text"])
        return found["name_1"][order], found["name_2"][order]

    def numbers(self, unit: str) -> "tuple[Whole, NDArray[np.uint64], NDArray[np.int32]]":
        """The known texts in order, what stands for the numbers in each, and its words."""
        import numpy as np

        found = self._columns(
            "select text, numbers, words from twin_sketches where unit = ? and own", [unit]
        )
        order = np.argsort(found["text"])
        return found["text"][order], found["numbers"][order], found["words"][order]

    def add(self, unit: str, places: Places, sketches: Sequence[dict[str, Any]]) -> None:
        """Keep what was read: where each text stands, and the sketches of new ones; all or
        nothing. Each of `sketches` holds columns of `twin_sketches` but the unit."""
        self._db.fed(lambda: self._add(unit, places, sketches))

    def _add(self, unit: str, places: Places, sketches: Sequence[dict[str, Any]]) -> None:
        with self._db.transaction():
            if len(places.ords):
                self._insert(
                    "twin_places",
                    unit,
                    {
                        "ord": places.ords, "turn_index": places.turns, "text": places.texts,
                        "size": places.sizes,
                    },
                )  # fmt: skip
            for columns in sketches:
                self._insert("twin_sketches", unit, {**columns, "signature": blobs(columns)})

    def sheet(self, unit: str, shingle: int, room: int = 0) -> Sheet:
        """All sketches of one shingle size that can be compared, by text; `room` for so many
        rows more is left behind the last."""
        return self._db.fed(lambda: read_sheet(self._db, unit, shingle, room))

    # pairs ----------------------------------------------------------------------------------------

    def add_pairs(self, unit: str, pairs: "Whole", jaccards: Any, searched: int) -> None:
        """Keep pairs of texts with their Jaccard, and that texts below `searched` have been held
        against each other."""
        with self._db.transaction() as cursor:
            if len(pairs):
                columns = {"one": pairs[:, 0], "other": pairs[:, 1], "jaccard": jaccards}
                self._insert("twin_pairs", unit, columns)
            cursor.execute("update twin_searches set searched = ? where unit = ?", [searched, unit])

    def pairs(self, unit: str) -> "tuple[Whole, NDArray[np.float64]]":
        """All pairs of texts of a unit, in order, and their exact Jaccard."""
        import numpy as np

        found = self._columns("select one, other, jaccard from twin_pairs where unit = ?", [unit])
        both = np.stack([found["one"], found["other"]], axis=1)
        order = np.lexsort((both[:, 1], both[:, 0]))
        return both[order], found["jaccard"][order]

    def places(self, unit: str, hidden: bool = False) -> Places:
        """Where the texts of a unit stand, in order; in what is in sight, or everywhere."""
        import numpy as np

        sight = "" if hidden else f"and ord in (select ord from {_home(unit)})"
        found = self._columns(
            f"""
            select ord, turn_index, text, size from twin_places
            where unit = ? and text >= 0 {sight}
            """,
            [unit],
        )
        order = np.lexsort((found["turn_index"], found["ord"]))
        if self._only is not None and not hidden:
            order = order[np.isin(found["ord"][order], self._only)]
        return Places(*(found[name][order] for name in ("ord", "turn_index", "text", "size")))

    def worth(self, unit: str) -> "tuple[Whole, Whole, NDArray[np.float64]]":
        """What speaks for a conversation (or rewrite): the `ord`s that a person accepted or
        edited; then `ord`s, and their score: a person's mean from 1 to 5 (3 where there is none)
        less a tenth for each flag that a signal raised."""
        return worth(self._db, unit)

    # names for people -----------------------------------------------------------------------------

    def ids(self, unit: str, ords: Sequence[int]) -> dict[int, str]:
        """The id of the conversation (or rewrite) at each `ord`."""
        table = "rewrites" if unit == "rewrite" else "conversations"
        return dict(
            self._db.rows(
                f"select ord, id from {table} where ord in (select unnest(?::bigint[]))",
                [list(ords)],
            )
        )

    def homes(self, ords: Sequence[int]) -> dict[int, int]:
        """The `ord` of the conversation of each rewrite."""
        return dict(
            self._db.rows(
                """
                select r.ord, c.ord from rewrites r join conversations c on c.ord = r.chat
                where r.ord in (select unnest(?::bigint[]))
                """,
                [list(ords)],
            )
        )

    def _columns(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any]) -> dict[str, Any]:
        return self._db.cursor.execute(sql, parameters).by_column()

    def _insert(self, table: str, unit: str, columns: dict[str, Any]) -> None:
        import pyarrow as pa

        count = len(next(iter(columns.values())))
        self._db.insert(table, {"unit": pa.repeat(unit, count), **columns})


def name_of(id_: str, turn: int) -> str:
    """How a text is called: the conversation's (or rewrite's) id, or `id#turn`."""
    return id_ if turn == WHOLE else f"{id_}#{turn}"


def _home(unit: str) -> str:
    if unit == "rewrite":
        return f"rewrites where {_STANDING}"
    return f"conversations where {SHOWN}"
