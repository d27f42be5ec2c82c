"""The map of a unit, kept up to date: laid out once, and added to where chats came in."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple, cast

from curator.engines import Embedder, Engines
from curator.errors import DataError
from curator.progress import Progress
from curator.stages import fitting
from curator.stages.units import Unit, items, total
from curator.store import Store
from curator.store.maps import LEVELS, About, Cluster, Points

#: Characters of a text that are kept for its cluster's name.
KEPT = 1600
#: An item's isolation is measured to so many neighbours.
AROUND = 10
#: From this share of new items on, the old map says little about them.
MUCH = 0.5


class Asked(NamedTuple):
    """Which map is meant, and whether it is to be laid out anew."""

    unit: Unit
    model: str = ""
    seed: int = 0
    afresh: bool = False


class Change(NamedTuple):
    """What was done to a map: whose it is, its points, how many were placed now, and whether
    all of it is new."""

    about: About
    points: int
    placed: int
    laid_out: bool


def up_to_date(store: Store, asked: Asked, progress: Progress) -> Change:
    """Lay out the map of a unit, or place what is new on it. Points that stand stay.

    Raises `DataError` where nothing was embedded yet.
    """
    model, revision = vectors_of(store, asked.unit, asked.model)
    about = About(asked.unit, model, revision, asked.seed)
    old = store.maps.about(asked.unit)
    anew = asked.afresh or old is None or (old.model, old.revision) != (model, revision)
    if old is not None and not anew and not store.maps.missing(old):
        return Change(old, len(store.maps.points(asked.unit)), 0, False)
    found, vectors = store.embeddings.of(asked.unit, model, revision)
    if anew or old is None:
        _lay_out(store, about, found, vectors, progress)
        return Change(about, len(found), len(found), True)
    known = store.maps.points(asked.unit)
    placed = _add(store, old, known, (found, vectors), progress)
    return Change(old, len(known) + placed, placed, False)


def vectors_of(store: Store, unit: str, model: str = "") -> tuple[str, str]:
    """The model and revision whose vectors stand for a unit. Raises `DataError` where there are
    none."""
    best = (None if model else store.fits.chosen(unit)) or store.embeddings.best(unit, model)
    if best is None:
        whose = f" by {model}" if model else ""
        raise DataError(
            f"no {unit} has a vector{whose} yet: run `curator embed"
            f"{'' if unit == 'first-user-turn' else f' --unit {unit}'}"
            f"{f' --model {model}' if model else ''}` first"
        )
    return best


def embedder_of(store: Store, engines: Engines, model: str, revision: str) -> Embedder:
    """The embedder that made the stored vectors, for a few words more. Raises `DataError` where
    only another revision of it is at hand."""
    from curator.engines.embedder import open_embedder

    default = engines.embedder()
    found = fitting.again(
        store, default if default.model == model else open_embedder(model), revision
    )
    if found.revision != revision:
        raise DataError(
            f"the vectors are of {model} {revision} and this is {found.revision}: "
            "run `curator embed` again"
        )
    return found


def points_of(store: Store, unit: str, where: str = "") -> Points:
    """The points of a map whose chats a filter finds, each where it stands among all.

    Raises `FilterError` for a filter that cannot be understood.
    """
    import numpy as np

    points = store.maps.points(unit)
    if not where.strip():
        return points
    found = np.asarray(store.selecting.conversations(where), np.int64)
    return points.some(np.flatnonzero(np.isin(points.ords, found)))


def peopled(points: Points, clusters: Sequence[Cluster]) -> list[Cluster]:
    """The clusters that have one of these points."""
    here = [set(group.tolist()) if len(points) else set() for group in points.groups]
    return [cluster for cluster in clusters if cluster.number in here[cluster.level]]


def texts_of(store: Store, unit: Unit, wanted: set[str], progress: Progress) -> dict[str, str]:
    """The beginnings of the texts of some items."""
    progress.begin(total(store, unit), "chats read")
    return {
        item.name: item.text[:KEPT]
        for item in items(store, unit, progress.step)
        if item.name in wanted
    }


def _lay_out(
    store: Store, about: About, found: Sequence[str], vectors: Any, progress: Progress
) -> None:
    from curator.diversity import clustering, layout

    progress.begin(3, "grouping, laying out, naming")
    grouping = clustering.group(vectors, about.seed)
    progress.step(1)
    points = layout.layout(vectors, about.seed)
    progress.step(1)
    columns = {
        "item": list(found),
        "x": points[:, 0],
        "y": points[:, 1],
        **dict(zip(LEVELS, grouping.levels, strict=True)),
        "isolation": _isolation(vectors, vectors),
        "typical": (vectors * grouping.centres[grouping.levels[-1]]).sum(axis=1),
    }
    progress.step(1)
    clusters = _clusters(store, about, columns, progress)
    store.maps.replace(about, columns, clusters, store.run_id)


def _add(
    store: Store, about: About, known: Points, given: tuple[list[str], Any], progress: Progress
) -> int:
    """Place the items that the map does not know; how many."""
    import numpy as np

    from curator.diversity import clustering, layout

    found, vectors = given
    row = {item: place for place, item in enumerate(known.items)}
    new = [place for place, item in enumerate(found) if item not in row]
    if not new:
        return 0
    here = [place for place, item in enumerate(found) if item in row]
    there = np.array([row[found[place]] for place in here], np.int64)
    progress.begin(2, "placing and naming")
    stands = np.stack([known.x, known.y], axis=1)[there]
    points = layout.place(vectors[new], vectors[here], stands, about.seed)
    fine = known.groups[-1][there]
    centres = clustering.centres_of(vectors[here], fine)
    nearest = clustering.assign(vectors[new], centres)
    progress.step(1)
    parents = [_parents(known.groups[level], known.groups[-1]) for level in (0, 1)]
    columns: dict[str, Any] = {
        "item": [found[place] for place in new],
        "x": points[:, 0],
        "y": points[:, 1],
        "coarse": parents[0][nearest],
        "middle": parents[1][nearest],
        "fine": nearest,
        "isolation": _isolation(vectors[new], vectors),
        "typical": (vectors[new] * centres[nearest]).sum(axis=1),
    }
    progress.step(1)
    clusters = _clusters(store, about, _joined(known, columns), progress)
    store.maps.extend(about.unit, columns, clusters, store.run_id)
    return len(new)


def _joined(known: Points, new: dict[str, Any]) -> dict[str, Any]:
    import numpy as np

    old = {
        "item": known.items,
        "x": known.x,
        "y": known.y,
        **dict(zip(LEVELS, known.groups, strict=True)),
        "isolation": known.isolation,
        "typical": known.typical,
    }
    return {
        name: [*old[name], *new[name]] if name == "item" else np.concatenate([old[name], new[name]])
        for name in old
    }


def _parents(upper: Any, lower: Any) -> Any:
    """The group of the upper level that each group of the lower one belongs to."""
    import numpy as np

    made = np.zeros(int(lower.max()) + 1 if len(lower) else 0, np.int32)
    made[lower] = upper
    return made


def _isolation(queries: Any, vectors: Any) -> Any:
    """1 - mean cosine to the ten nearest others, among a seeded sample where there are very many:
    who is alone among 20,000 is alone."""
    import numpy as np

    from curator.diversity.layout import LANDMARKS
    from curator.diversity.neighbours import index_of, nearest

    if len(vectors) < 2:
        return np.ones(len(queries), np.float32)
    sample = np.random.default_rng(0).permutation(len(vectors))[:LANDMARKS]
    count = min(AROUND, len(vectors) - 1)
    found = nearest(index_of(vectors[np.sort(sample)]), queries, count + 1)
    # The item itself, if it is in the sample, is the nearest: leave the nearest out for all.
    return np.asarray(1 - found.cosines[:, 1:].mean(axis=1), np.float32)


def _clusters(
    store: Store, about: About, columns: dict[str, Any], progress: Progress
) -> list[Cluster]:
    """The clusters of the points, named from the texts of those nearest their middle and of a
    seeded sample."""
    import numpy as np

    from curator.diversity import naming

    members = [_members(columns[level]) for level in LEVELS]
    rng = np.random.default_rng(about.seed)
    sampled = [np.sort(rng.permutation(rows)[: naming.TEXTS]) for rows in members[-1]]
    names_of = columns["item"]
    wanted = {names_of[row] for rows in sampled for row in rows}
    texts = texts_of(store, _unit(about.unit), wanted, progress)
    fine = [
        naming.counted(texts[names_of[row]] for row in rows if names_of[row] in texts)
        for rows in sampled
    ]
    made: list[Cluster] = []
    for level, column in enumerate(LEVELS):
        of_fine = _parents(columns[column], columns["fine"])
        terms = naming.summed(fine, of_fine.tolist(), len(members[level]))
        above = _parents(columns[LEVELS[level - 1]], columns[column]) if level else None
        for number, name in enumerate(naming.names(terms)):
            rows = members[level][number]
            parent = int(above[number]) if above is not None else -1
            made.append(_cluster((level, number, parent, name), rows, columns))
    return made


def _cluster(named: tuple[int, int, int, str], rows: Any, columns: dict[str, Any]) -> Cluster:
    import numpy as np

    x, y = (float(np.median(columns[axis][rows])) for axis in ("x", "y"))
    example = columns["item"][int(rows[columns["typical"][rows].argmax()])]
    return Cluster(*named, len(rows), x, y, example)


def _members(groups: Any) -> list[Any]:
    import numpy as np

    order = np.argsort(groups, kind="stable")
    bounds = np.searchsorted(groups[order], np.arange(int(groups.max()) + 2))
    return [order[a:b] for a, b in pairwise(bounds)]


def _unit(name: str) -> Unit:
    return cast("Unit", name)
