"""The map as a file: one page for a browser, or a table that Embedding Atlas opens."""

import os
from pathlib import Path
from typing import Any

from curator.errors import DataError
from curator.progress import Progress
from curator.stages.mapping import peopled, points_of, texts_of
from curator.stages.painting import Paint, by_cluster, paint, ways
from curator.stages.units import Unit
from curator.store import Store
from curator.store.maps import LEVELS, Points

#: Characters of a text on a page of few dots, and on one of many: a page of 100,000 dots stays
#: under 40 MB.
SHOWN, SHOWN_OF_MANY, MANY = 600, 160, 20_000
#: Signals that a page can be coloured by.
SIGNALS = 8
#: Neighbours of each row in the table.
NEIGHBOURS = 10


def write_html(store: Store, unit: Unit, path: Path, progress: Progress, where: str = "") -> int:
    """Write the page, whole or not at all; how many dots it has: the chats that a filter finds."""
    from curator.diversity.page import page

    points, texts = _texts(store, unit, progress, where)
    cut = SHOWN if len(points) <= MANY else SHOWN_OF_MANY
    about = store.maps.about(unit)
    html = page(
        f"{store.path.stem}: {len(points):,} chats",
        f"by {unit}, vectors of {about.model if about else 'no model'}"
        + (f", where {where.strip()}" if where.strip() else ""),
        {
            "items": points.items,
            "texts": [_short(texts.get(item, ""), cut) for item in points.items],
            "x": points.x,
            "y": points.y,
        },
        [(made.by, made.codes, made.names) for made in _paints(store, points, unit)],
        [
            {"level": c.level, "name": c.name, "x": c.x, "y": c.y}
            for c in peopled(points, store.maps.clusters(unit))
        ],
    )
    _place(path, html.encode("utf-8", "replace"))
    return len(points)


def write_parquet(store: Store, unit: Unit, path: Path, progress: Progress, where: str = "") -> int:
    """Write the table, whole or not at all; how many rows it has: the chats that a filter finds.

    Columns as Embedding Atlas reads them: `text`, `projection_x`, `projection_y`, `neighbors` (ids
    are row numbers, distances 1 - cosine); then the id, and a column for each way to colour.
    """
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    points, texts = _texts(store, unit, progress, where)
    columns: dict[str, Any] = {
        "id": points.conversations,
        "item": points.items,
        "text": [texts.get(item, "") for item in points.items],
        "projection_x": pa.array(points.x, pa.float32()),
        "projection_y": pa.array(points.y, pa.float32()),
        "neighbors": _neighbours(store, unit, points),
        "isolation": pa.array(points.isolation, pa.float32()),
    }
    for made in _paints(store, points, unit):
        names = made.names
        columns[made.by.replace(" ", "_")] = [names[code] for code in made.codes.tolist()]
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, compression="zstd")
    _place(path, out.getvalue())
    return len(points)


def _texts(
    store: Store, unit: Unit, progress: Progress, where: str
) -> tuple[Points, dict[str, str]]:
    points = points_of(store, unit, where)
    if not len(points):
        raise DataError(
            f"no dot of the map is found by --where {where!r}; `curator list` tries a filter"
            if where.strip() else "the map is empty: import chats, then `curator embed`"
        )  # fmt: skip
    return points, texts_of(store, unit, set(points.items), progress)


def _paints(store: Store, points: Points, unit: str) -> list[Paint]:
    clusters = store.maps.clusters(unit)
    made = [by_cluster(points, clusters, level) for level in range(len(LEVELS))]
    known = ways(store)
    signals = [way for way in known if way.startswith("signal ")][:SIGNALS]
    others = [way for way in known if not way.startswith("signal ")]
    return [*made, *(paint(store, points, way) for way in (*others, *signals))]


def _neighbours(store: Store, unit: str, points: Points) -> Any:
    import numpy as np
    import pyarrow as pa

    from curator.diversity.neighbours import others

    about = store.maps.about(unit)
    assert about is not None  # the map has points
    found, vectors = store.embeddings.of(unit, about.model, about.revision)
    row = {item: place for place, item in enumerate(found)}
    wanted = np.array([row.get(item, 0) for item in points.items], np.int64)
    near = others(vectors[wanted], NEIGHBOURS)
    return pa.array(
        [
            {"ids": ids, "distances": distances}
            for ids, distances in zip(
                near.rows.tolist(), np.round(1 - near.cosines, 5).tolist(), strict=True
            )
        ],
        pa.struct([("ids", pa.list_(pa.int64())), ("distances", pa.list_(pa.float32()))]),
    )


def _short(text: str, cut: int) -> str:
    text = text.strip()
    return text if len(text) <= cut else f"{text[:cut].rstrip()}…"


def _place(path: Path, content: bytes) -> None:
    path = path.expanduser()
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.write_bytes(content)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
