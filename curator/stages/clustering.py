"""clusters: what the chats are about, as named groups on three levels; outliers and examples."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from curator.engines import Engines
from curator.stages.base import Filtered, Progress, Report, Stage
from curator.stages.mapping import MUCH, Asked, Change, texts_of, up_to_date
from curator.store import Store
from curator.store.maps import LEVELS, Cluster, Points
from curator.text import snippet

Mapped = Literal["first-user-turn", "answer", "chat"]


@dataclass(frozen=True, kw_only=True)
class Config(Filtered):
    """Group the chats by what they are about, and name the groups.

    Spherical k-means over the vectors of `curator embed`, joined to three levels; names by
    c-TF-IDF. Lays out the map (`curator map`) at the same time. Chats that came in since are
    placed among their neighbours, and everything else stays where it is. With --where the groups
    are those of all chats, and what the filter finds in each is counted.
    """

    unit: Annotated[Mapped, "what of a chat is grouped: first-user-turn, answer, chat"] = (
        "first-user-turn"
    )
    model: Annotated[str, "whose vectors to use (the model with the most)"] = ""
    level: Annotated[
        Literal["coarse", "middle", "fine"], "how fine the printed groups are: coarse, middle, fine"
    ] = "middle"
    outliers: Annotated[int, "how many of the most isolated chats to list"] = 5
    afresh: Annotated[bool, "group and lay out anew, also what has its place"] = False
    seed: Annotated[int, "decides the grouping and the layout"] = 0


def run(store: Store, config: Config, engines: Engines, progress: Progress) -> Report:
    """Bring the map up to date and show its clusters."""
    del engines
    part = config.ids(store)
    asked = Asked(config.unit, config.model, config.seed, config.afresh)
    change = up_to_date(store, asked, progress)
    clusters, points = store.maps.clusters(config.unit), store.maps.points(config.unit)
    if part is not None:
        clusters, points = within(clusters, points, set(part))
    report = Report(columns=("cluster", "chats", "share", "most typical"))
    report.counts |= {
        "chats": len(points),
        "placed now": change.placed,
        **{f"{name} clusters": _count(clusters, level) for level, name in enumerate(LEVELS)},
        "model": change.about.model,
    }
    alone = isolated(points, config.outliers)
    wanted = {c.example for c in clusters} | {points.items[row] for row in alone}
    texts = texts_of(store, config.unit, wanted, progress)
    _table(report, clusters, LEVELS.index(config.level), (len(points), texts))
    _outliers(report, points, alone, texts)
    _advise(report, change)
    report.data |= {"clusters": [_as_data(c, texts) for c in clusters]}
    return report


def within(
    clusters: list[Cluster], points: Points, ids: Collection[str]
) -> tuple[list[Cluster], Points]:
    """The same map for some conversations: their points, and the clusters they are in by their
    own numbers, each with the most typical of them."""
    import numpy as np

    rows = np.flatnonzero([id_ in ids for id_ in points.conversations])
    here = points.some(rows)
    found = []
    for cluster in clusters:
        members = np.flatnonzero(here.groups[cluster.level] == cluster.number)
        if len(members):
            best = int(members[np.argmax(here.typical[members])])
            found.append(cluster._replace(size=len(members), example=here.items[best]))
    return sorted(found, key=lambda cluster: (cluster.level, -cluster.size)), here


def isolated(points: Points, count: int) -> list[int]:
    """The rows of the points that are farthest from their ten nearest, the farthest first."""
    import numpy as np

    return [int(row) for row in np.argsort(-points.isolation, kind="stable")[:count]]


def _count(clusters: list[Cluster], level: int) -> int:
    return sum(cluster.level == level for cluster in clusters)


def _table(
    report: Report, clusters: list[Cluster], finest: int, known: tuple[int, dict[str, str]]
) -> None:
    """The clusters as a tree down to one level, each under its parent, the largest first."""
    total, texts = known

    def add(parent: int, level: int, depth: int) -> None:
        for cluster in clusters:
            if cluster.level != level or (level and cluster.parent != parent):
                continue
            below = [c for c in clusters if c.level == level + 1 and c.parent == cluster.number]
            only_one = len(below) == 1 and level < finest
            if not only_one:
                example = snippet(texts.get(cluster.example, ""), 56)
                share = f"{cluster.size / max(total, 1):.1%}"
                report.rows.append(("  " * depth + cluster.name, cluster.size, share, example))
            if level < finest:
                add(cluster.number, level + 1, depth if only_one else depth + 1)

    add(-1, 0, 0)


def _outliers(report: Report, points: Points, rows: list[int], texts: dict[str, str]) -> None:
    told = [
        {
            "item": points.items[row],
            "isolation": round(float(points.isolation[row]), 4),
            "text": snippet(texts.get(points.items[row], ""), 80),
        }
        for row in rows
    ]
    report.data["outliers"] = told
    if told:
        report.lines.append("alone on the map (1 - mean cosine to the ten nearest):")
        report.lines += [f"  {o['isolation']:.2f}  {str(o['item'])[:8]}  {o['text']}" for o in told]


def _advise(report: Report, change: Change) -> None:
    if not change.laid_out and change.placed >= MUCH * change.points:
        report.lines.append(
            f"{change.placed:,} of {change.points:,} chats were placed on a map that was laid out "
            "without them: `curator clusters --afresh` groups them all anew"
        )


def _as_data(cluster: Cluster, texts: dict[str, str]) -> dict[str, Any]:
    return {**cluster._asdict(), "text": snippet(texts.get(cluster.example, ""), 200)}


def lay_out(store: Store, config: Config, engines: Engines, progress: Progress) -> Report:
    """Bring the map up to date, and say only what was placed."""
    del engines
    asked = Asked(config.unit, config.model, config.seed, config.afresh)
    change = up_to_date(store, asked, progress)
    return Report({"chats": change.points, "placed now": change.placed})


STAGE = Stage("clusters", Config, run)
#: What `curator map` performs before it shows anything.
MAP = Stage("map", Config, lay_out)
