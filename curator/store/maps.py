"""The map: where each item stands, which clusters there are, and what is known of the items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from curator.store.connection import Connection

#: The levels of clusters, coarse to fine, as the columns of a point.
LEVELS = ("coarse", "middle", "fine")


class About(NamedTuple):
    """Whose map it is: the unit, the model that made the vectors, the seed of the layout."""

    unit: str
    model: str
    revision: str
    seed: int


class Cluster(NamedTuple):
    """One cluster of one level (0 coarse, 2 fine); `example` is the item nearest its middle."""

    level: int
    number: int
    parent: int
    name: str
    size: int
    x: float
    y: float
    example: str


@dataclass(frozen=True)
class Points:
    """The points in import order, a NumPy array for each column but `items`.

    `ords` is the conversation's place in the workspace; `groups` holds the cluster of each point
    for each level.
    """

    items: list[str]
    ords: Any
    x: Any
    y: Any
    groups: tuple[Any, Any, Any]
    isolation: Any
    typical: Any

    def __len__(self) -> int:
        return len(self.items)

    def some(self, rows: Any) -> "Points":
        """The points of these rows, a NumPy array, alone."""
        return Points(
            [self.items[row] for row in rows.tolist()],
            self.ords[rows], self.x[rows], self.y[rows],
            (self.groups[0][rows], self.groups[1][rows], self.groups[2][rows]),
            self.isolation[rows], self.typical[rows],
        )  # fmt: skip

    @property
    def conversations(self) -> list[str]:
        """The id of each item's conversation."""
        return [item.partition("#")[0] for item in self.items]


class Maps:
    """The tables of the map; written by the stage `clusters` alone."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def about(self, unit: str) -> About | None:
        """Whose map there is of a unit, or None."""
        rows = self._db.rows("select unit, model, revision, seed from maps where unit = ?", [unit])
        return About(*rows[0]) if rows else None

    def missing(self, about: About) -> int:
        """How many items have a vector by the map's model and no place on it."""
        return int(
            self._db.value(
                """
                select count(*) from embedded_units u
                join embeddings e on e.text_hash = u.text_hash and e.model = ? and e.revision = ?
                where u.unit = ? and u.conversation_id not in
                    (select item from map_points where unit = ?)
                """,
                [about.model, about.revision, about.unit, about.unit],
            )
        )

    def units(self) -> list[str]:
        """The units that have a map, the newest first."""
        return [unit for (unit,) in self._db.rows("select unit from maps order by created desc")]

    def replace(
        self,
        about: About,
        points: Mapping[str, Any],
        clusters: Sequence[Cluster],
        run_id: int | None,
    ) -> None:
        """Put a new map in the place of the unit's old one; all or nothing. `points` holds the
        columns item, x, y, coarse, middle, fine, isolation and typical."""
        with self._db.transaction() as cursor:
            for table in ("maps", "map_points", "clusters"):
                cursor.execute(f"delete from {table} where unit = ?", [about.unit])
            cursor.execute(
                "insert into maps values (?, ?, ?, ?, ?, now()::timestamp)", [*about, run_id]
            )
            self._add_points(about.unit, points, run_id)
            self._add_clusters(about.unit, clusters)

    def extend(
        self, unit: str, points: Mapping[str, Any], clusters: Sequence[Cluster], run_id: int | None
    ) -> None:
        """Add points to a map whose others stay where they are, and renew its clusters."""
        with self._db.transaction() as cursor:
            self._add_points(unit, points, run_id)
            cursor.execute("delete from clusters where unit = ?", [unit])
            self._add_clusters(unit, clusters)

    def _add_points(self, unit: str, points: Mapping[str, Any], run_id: int | None) -> None:
        count = len(points["item"])
        if count:
            own: dict[str, Any] = {"unit": [unit] * count, "run_id": [run_id] * count}
            self._db.insert("map_points", own | dict(points))

    def _add_clusters(self, unit: str, clusters: Sequence[Cluster]) -> None:
        if not clusters:
            return
        names = ("level", "cluster", "parent", "name", "size", "x", "y", "example")
        columns = dict(zip(names, zip(*clusters, strict=True), strict=True))
        self._db.insert("clusters", {"unit": [unit] * len(clusters), **columns})

    def points(self, unit: str) -> Points:
        """The points of a unit whose conversations are not hidden, in import order."""
        import numpy as np

        found = self._db.cursor.execute(
            """
            select p.item, coalesce(c.ord, -1) as place, p.x, p.y, p.coarse, p.middle, p.fine,
                   p.isolation, p.typical
            from map_points p
            left join conversations c on c.id = split_part(p.item, '#', 1)
            where p.unit = ? and (c.ord is null or c.ord not in (select ord from hidden))
            """,
            [unit],
        ).by_column()
        order = np.lexsort((found["item"].astype(str), found["place"]))
        column = {name: np.asarray(values)[order] for name, values in found.items()}
        return Points(
            column["item"].tolist(),
            column["place"],
            column["x"],
            column["y"],
            (column["coarse"], column["middle"], column["fine"]),
            column["isolation"],
            column["typical"],
        )

    def clusters(self, unit: str) -> list[Cluster]:
        """The clusters of a unit, coarse levels first, by number."""
        return [
            Cluster(*row)
            for row in self._db.rows(
                """
                select level, cluster, parent, name, size, x, y, example
                from clusters where unit = ? order by level, cluster
                """,
                [unit],
            )
        ]

    def column(self, name: str) -> dict[int, str]:
        """A column of the conversations (source, language, category or license) by `ord`."""
        if name not in ("source", "language", "category", "license", "format"):
            raise ValueError(name)
        return {
            ord_: value or ""
            for ord_, value in self._db.rows(f"select ord, {name} from conversations")
        }

    def verdicts(self) -> dict[str, str]:
        """The verdict on each conversation that has rewrites: `pending` where one is not settled,
        else the verdict they share, or `mixed`."""
        return dict(
            self._db.rows(
                """
                select r.conversation_id,
                       case when count(*) filter (where h.verdict is null) > 0 then 'pending'
                            when min(h.verdict) = max(h.verdict) then min(h.verdict)
                            else 'mixed' end
                from rewrites r left join heads h on h.rewrite_id = r.id
                where r.verdict = 'improve' group by r.conversation_id
                """
            )
        )

    def signal_names(self) -> list[str]:
        """The signals that were measured, the most flagged first."""
        return [
            name
            for (name,) in self._db.rows(
                "select name from signals group by name order by count_if(flagged) desc, name"
            )
        ]

    def signal(self, name: str) -> dict[str, tuple[float, bool]]:
        """The largest value of a signal on each conversation, and whether any was flagged."""
        return {
            id_: (value, flagged)
            for id_, value, flagged in self._db.rows(
                """
                select conversation_id, max(value), bool_or(flagged) from signals
                where name = ? group by conversation_id
                """,
                [name],
            )
        }

    def flags(self) -> dict[str, int]:
        """How many different signals are flagged on each conversation, where any is."""
        return dict(
            self._db.rows(
                """
                select conversation_id, count(distinct name) from signals
                where flagged group by conversation_id
                """
            )
        )

    def holding(self, text: str) -> set[int]:
        """The `ord` of the conversations that hold a text, without regard to case."""
        return {
            ord_
            for (ord_,) in self._db.rows(
                "select distinct ord from turns where contains(lower(content), lower(?))", [text]
            )
        }
