"""What is seen of a map and what is marked on it: a plain object, no terminal.

The screen tells it the keys and draws its frame.
"""

from collections.abc import Sequence
from typing import Any

from curator.diversity import raster
from curator.stages.painting import OTHER, Paint
from curator.store.maps import Cluster, Points
from curator.tui.kinds import Kind, kinds
from curator.tui.map_names import Label, labels

#: How near the view must be for names of the next level (times nearer than the whole map).
NEARER = (1.7, 4.5)
STEP = 1.5
NEAREST = 4000.0


class Chart:
    """The view of a map, the cursor on it, the lit hits and the selection."""

    def __init__(self, points: Points, clusters: Sequence[Cluster]) -> None:
        self.points = points
        self.clusters = clusters
        self._paint: Paint | None = None
        self.view = raster.whole(points.x, points.y, 80, 20)
        self._home = self.view.span
        self.cursor = (40, 10)
        #: The point that the cursor was sent to, with view and cursor as they then were.
        self._sent = -1, self.view, (-1, -1)
        #: Where a rectangle was begun, or None.
        self.corner: tuple[float, float] | None = None
        self.chosen = _none(len(points))
        self._lit: Any = None
        #: Whether only lit and chosen points are drawn.
        self.alone = False
        # What was computed for the view and the marks as they stand: a step of the cursor changes
        # neither, and a million points take a while.
        self._marked = 0
        self._seen: tuple[raster.View, raster.Placed] | None = None
        self._frame: tuple[object, raster.Frame] | None = None
        self._kinds: tuple[object, list[Kind]] | None = None

    @property
    def paint(self) -> Paint | None:
        """What the points are coloured by."""
        return self._paint

    @paint.setter
    def paint(self, paint: Paint | None) -> None:
        self._paint = paint
        self._marked += 1

    @property
    def lit(self) -> Any:
        """The rows of the hits of a search, or None."""
        return self._lit

    @lit.setter
    def lit(self, rows: Any) -> None:
        self._lit = rows
        self._marked += 1

    # moving ---------------------------------------------------------------------------------------

    def resize(self, columns: int, rows: int) -> None:
        """The same part of the map on another size of screen."""
        columns, rows = max(columns, 1), max(rows, 1)
        if (columns, rows) == (self.view.columns, self.view.rows):
            return
        x, y = self.here
        home = raster.whole(self.points.x, self.points.y, columns, rows)
        nearer = self._home / self.view.span
        self._home = home.span
        if nearer <= 1.001:
            self.view = home
        else:
            self.view = self.view._replace(columns=columns, rows=rows, span=home.span / nearer)
        self._go(x, y)

    def centre(self) -> None:
        """The cursor to the middle of the view."""
        self.cursor = (self.view.columns // 2, self.view.rows // 2)

    @property
    def here(self) -> tuple[float, float]:
        """The place on the map under the cursor."""
        return self.view.place(*self.cursor)

    @property
    def nearness(self) -> float:
        """How many times nearer than the whole map the view is."""
        return self._home / self.view.span

    @property
    def level(self) -> int:
        """The level of clusters that fits the view: 0 coarse to 2 fine."""
        return sum(self.nearness >= near for near in NEARER)

    def move(self, columns: int, rows: int) -> None:
        """The cursor by so many cells; at the edge the map moves under it."""
        column, row = self.cursor[0] + columns, self.cursor[1] + rows
        inside_c = min(max(column, 0), self.view.columns - 1)
        inside_r = min(max(row, 0), self.view.rows - 1)
        wide, high = raster.CELL_WIDE * self.view.unit, raster.CELL_HIGH * self.view.unit
        self.view = self.view._replace(
            x=self.view.x + (column - inside_c) * wide, y=self.view.y - (row - inside_r) * high
        )
        self.cursor = (inside_c, inside_r)

    def zoom(self, steps: int) -> None:
        """Nearer (or farther) around the cursor, never farther than the whole map."""
        factor = STEP**steps
        if self.nearness * factor <= 1.0:
            self.whole()
        elif self.nearness * factor < NEAREST:
            self.view = self.view.zoomed(factor, *self.cursor)

    def whole(self) -> None:
        """The whole map, the cursor on the same place."""
        x, y = self.here
        self.view = raster.whole(self.points.x, self.points.y, self.view.columns, self.view.rows)
        self._go(x, y)

    def go_to(self, x: float, y: float) -> None:
        """The cursor to a place; the map moves where that is out of sight."""
        column, row = self.view.cell(x, y)
        if not (0 <= column < self.view.columns and 0 <= row < self.view.rows):
            self.view = self.view._replace(x=x, y=y)
        self._go(x, y)

    def _go(self, x: float, y: float) -> None:
        column, row = self.view.cell(x, y)
        self.cursor = (
            min(max(column, 0), self.view.columns - 1),
            min(max(row, 0), self.view.rows - 1),
        )

    # what is under the cursor, and what is marked -------------------------------------------------

    @property
    def near(self) -> int:
        """The row of the point the cursor was sent to (of several in its cell, perhaps), else of
        the nearest to it; -1 where there is none."""
        if self._sent[1:] == (self.view, self.cursor):
            return self._sent[0]
        return raster.nearest(self.points.x, self.points.y, self.here)

    def next_cluster(self, way: int) -> None:
        """To the middle of the next (or previous) cluster of the level, by number."""
        here = [c for c in self.clusters if c.level == self.level]
        if not here or not len(self.points):
            return
        numbers = [c.number for c in here]
        now = int(self.points.groups[self.level][self.near])
        cluster = here[(numbers.index(now) + way) % len(here)]
        rows = (self.points.groups[self.level] == cluster.number).nonzero()[0]
        row = rows[raster.nearest(self.points.x[rows], self.points.y[rows], (cluster.x, cluster.y))]
        self._send(int(row))

    def next_lit(self, way: int) -> bool:
        """To the next (or previous) lit point, from left to right; whether there is one."""
        if self.lit is None or not len(self.lit):
            return False
        order = self.lit[self.points.x[self.lit].argsort(kind="stable")]
        found = (order == self.near).nonzero()[0]
        ahead = self.points.x[order].searchsorted(self.here[0]) - (way < 0)
        self._send(int(order[(found[0] + way if len(found) else ahead) % len(order)]))
        return True

    def _send(self, row: int) -> None:
        self.go_to(float(self.points.x[row]), float(self.points.y[row]))
        self._sent = row, self.view, self.cursor

    def toggle_rectangle(self) -> None:
        """Begin a rectangle at the cursor, or end it and choose what is in it."""
        if self.corner is None:
            self.corner = self.here
            return
        self.chosen[raster.inside(self.seen, self.view, self.box)] = True
        self.corner = None
        self._marked += 1

    @property
    def box(self) -> tuple[int, int, int, int]:
        """The cells from the rectangle's corner to the cursor."""
        column, row = self.view.cell(*self.corner) if self.corner else self.cursor
        across, down = sorted((column, self.cursor[0])), sorted((row, self.cursor[1]))
        return across[0], across[1], down[0], down[1]

    def toggle_cluster(self) -> None:
        """Choose the cluster of the nearest point on the level in sight, or let go of it."""
        near = self.near
        if near < 0:
            return
        groups = self.points.groups[self.level]
        member = groups == groups[near]
        self.chosen[member] = not self.chosen[member].all()
        self._marked += 1

    def choose_lit(self) -> None:
        """Choose what is lit."""
        if self.lit is not None:
            self.chosen[self.lit] = True
            self._marked += 1

    def clear(self) -> bool:
        """Let go of the rectangle, else of the selection, else of the hits; whether any was."""
        if self.corner is not None:
            self.corner = None
        elif self.alone:
            self.alone = False
        elif self.chosen.any():
            self.chosen[:] = False
            self._marked += 1
        elif self.lit is not None:
            self.lit = None
        else:
            return False
        return True

    # what is drawn --------------------------------------------------------------------------------

    @property
    def dim(self) -> int:
        """The code of what is not marked while something is; that of what is marked is one more."""
        return len(self.paint.names) if self.paint else 1

    def codes(self) -> Any:
        """The code of each point: its kind's, or dim and lit where something is marked."""
        import numpy as np

        if self.paint is None or not len(self.points):
            return np.zeros(len(self.points), np.int64)
        made = self.paint.codes.astype(np.int64)
        marked = self.chosen.copy()
        if self.lit is not None:
            marked[self.lit] = True
        if not marked.any():
            return made
        made[~marked] = -1 if self.alone else self.dim
        made[self.chosen] = self.dim + 1
        if self.lit is not None and not self.chosen.any():
            made[self.lit] = self.dim + 1
        return made

    @property
    def seen(self) -> raster.Placed:
        """The points in sight, and where."""
        if self._seen is None or self._seen[0] != self.view:
            self._seen = self.view, raster.placed(self.points.x, self.points.y, self.view)
        return self._seen[1]

    def frame(self) -> raster.Frame:
        """The view, drawn."""
        asked = (self.view, self.alone, self._marked)
        if self._frame is None or self._frame[0] != asked:
            self._frame = asked, raster.draw(self.seen, self.codes(), self.view, self.dim + 1)
        return self._frame[1]

    def labels(self) -> list[Label]:
        """The names of the larger clusters in sight that do not lie on one another."""
        return labels([c for c in self.clusters if c.level == self.level], self.view)

    def legend(self) -> list[Kind]:
        """The kinds in sight, the most frequent first."""
        if self.paint is None or not len(self.points):
            return []
        asked = (self.view, self._marked)
        if self._kinds is None or self._kinds[0] != asked:
            self._kinds = asked, kinds(self.paint, self.seen.rows)
        return self._kinds[1]

    @property
    def whose(self) -> str:
        """What the colours mean."""
        return self.paint.by if self.paint else OTHER


def _none(count: int) -> Any:
    import numpy as np

    return np.zeros(count, bool)
