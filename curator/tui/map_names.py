"""The names of clusters on the map: as many as have room, none on another."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len

from curator.diversity import raster
from curator.store.maps import Cluster

#: The widest name on the map, in cells.
WIDEST = 34


class Label(NamedTuple):
    """A cluster's name on the map, at the cell where it begins."""

    column: int
    row: int
    text: str


def labels(clusters: Sequence[Cluster], view: raster.View) -> list[Label]:
    """The names in sight that do not lie on one another, nor in the next row; the first of the
    clusters have the first choice."""
    free = [[True] * view.columns for _ in range(view.rows)]
    made: list[Label] = []
    for cluster in clusters:
        text = _clipped(f" {cluster.name} ", min(WIDEST, view.columns))
        column, row = view.cell(cluster.x, cluster.y)
        if not (0 <= row < view.rows and 0 <= column < view.columns):
            continue
        wide = cell_len(text)
        column = min(max(column - wide // 2, 0), view.columns - wide)
        if all(free[row][column : column + wide]):
            made.append(Label(column, row, text))
            for near in range(max(row - 1, 0), min(row + 2, view.rows)):
                free[near][column : column + wide] = [False] * wide
    return made


def _clipped(text: str, width: int) -> str:
    if cell_len(text) <= width:
        return text
    while text and cell_len(text) > width - 2:
        text = text[:-1]
    return f"{text.rstrip(' ·')}… "
