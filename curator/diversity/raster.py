"""Points to braille: which dots of each cell are set, and whose colour the cell has.

A cell holds 2 x 4 dots, and a terminal's cell is about twice as high as wide: the dots are square.
"""

from typing import Any, NamedTuple

CELL_WIDE, CELL_HIGH = 2, 4
#: The bit of each dot of a cell (column, then row from the top) in Unicode's braille patterns.
_BITS = ((0, 1, 2, 6), (3, 4, 5, 7))
#: The view holds everything and this much more.
MARGIN = 1.06


class View(NamedTuple):
    """What part of the map is in sight: its middle, its width in map units, its size in cells."""

    x: float
    y: float
    span: float
    columns: int
    rows: int

    @property
    def unit(self) -> float:
        """Map units a dot."""
        return self.span / max(self.columns * CELL_WIDE, 1)

    @property
    def height(self) -> float:
        """Map units from the top to the bottom."""
        return self.unit * self.rows * CELL_HIGH

    def cell(self, x: float, y: float) -> tuple[int, int]:
        """The column and row (which may lie outside) of a place on the map."""
        left, top = self.x - self.span / 2, self.y + self.height / 2
        column = (x - left) / (self.unit * CELL_WIDE)
        return int(column // 1), int((top - y) / (self.unit * CELL_HIGH) // 1)

    def place(self, column: float, row: float) -> tuple[float, float]:
        """The middle of a cell on the map."""
        left, top = self.x - self.span / 2, self.y + self.height / 2
        return (
            left + (column + 0.5) * self.unit * CELL_WIDE,
            top - (row + 0.5) * self.unit * CELL_HIGH,
        )

    def zoomed(self, factor: float, column: int, row: int) -> "View":
        """The view `factor` times nearer, with the same place under the cell."""
        x, y = self.place(column, row)
        nearer = self._replace(span=self.span / factor)
        now = nearer.place(column, row)
        return nearer._replace(x=nearer.x + x - now[0], y=nearer.y + y - now[1])


class Frame(NamedTuple):
    """A drawn view, an array of (rows, columns) each: braille bits (0: nothing there), the code of
    the colour, and the number of points."""

    bits: Any
    codes: Any
    counts: Any


def whole(x: Any, y: Any, columns: int, rows: int) -> View:
    """The view that holds all points."""
    columns, rows = max(columns, 1), max(rows, 1)
    if not len(x):
        return View(0.0, 0.0, 2.0, columns, rows)
    left, right, low, high = (float(end) for end in _ends(x) + _ends(y))
    wide, tall = right - left, high - low
    span = max(wide, tall * columns * CELL_WIDE / (rows * CELL_HIGH), 1e-3) * MARGIN
    return View((left + right) / 2, (low + high) / 2, span, columns, rows)


def _ends(numbers: Any) -> tuple[Any, Any]:
    low, high = numbers.min(), numbers.max()
    if low != low:  # some are no numbers
        import numpy as np

        known = numbers[np.isfinite(numbers)]
        return (known.min(), known.max()) if len(known) else (0.0, 0.0)
    return low, high


class Placed(NamedTuple):
    """Where the points in sight of a view fall: their rows, the cell of each (counted row by row)
    and its dot in the cell (its bit)."""

    rows: Any
    cells: Any
    dots: Any


def placed(x: Any, y: Any, view: View) -> Placed:
    """The points that are in sight. One whose place is no number is nowhere."""
    import numpy as np

    left, top = view.x - view.span / 2, view.y + view.height / 2
    wide, high = view.columns * CELL_WIDE, view.rows * CELL_HIGH
    # In double precision: far in, a cell is less than single precision can tell apart.
    across = (np.asarray(x, np.float64) - left) / view.unit
    down = (top - np.asarray(y, np.float64)) / view.unit
    rows = np.flatnonzero((across >= 0) & (across < wide) & (down >= 0) & (down < high))
    across, down = across[rows].astype(np.int32), down[rows].astype(np.int32)
    cells = (down // CELL_HIGH) * np.int32(view.columns) + across // CELL_WIDE
    bits = np.array(_BITS, np.int32).ravel()
    return Placed(rows, cells, bits[(across % CELL_WIDE) * CELL_HIGH + down % CELL_HIGH])


def draw(seen: Placed, codes: Any, view: View, first: int = -1) -> Frame:
    """The frame of the points that are in sight; a cell takes the code that most of its points
    have, but `first` wherever any has it. Codes (one for each point of the map) count from 0;
    points of a negative code are not drawn."""
    import numpy as np

    cells = view.columns * view.rows
    code = codes[seen.rows]
    at, dots = seen.cells, seen.dots
    if len(code) and int(code.min()) < 0:
        drawn = np.flatnonzero(code >= 0)
        code, at, dots = code[drawn], at[drawn], dots[drawn]
    shape = (view.rows, view.columns)
    lit = np.zeros(cells * 8, bool)
    lit[at * 8 + dots] = True
    bits = np.packbits(lit.reshape(cells, 8), axis=1, bitorder="little")[:, 0]
    counts = np.bincount(at, minlength=cells)
    kinds = int(code.max()) + 1 if len(code) else 1
    votes = np.bincount(at * np.int64(kinds) + code, minlength=cells * kinds).reshape(cells, kinds)
    most = votes.argmax(axis=1)
    if 0 <= first < kinds:
        most[votes[:, first] > 0] = first
    return Frame(bits.reshape(shape), most.reshape(shape), counts.reshape(shape))


def inside(seen: Placed, view: View, box: tuple[int, int, int, int]) -> Any:
    """The rows of the points in a box of cells: first and last column, first and last row, all
    included."""
    column, row = seen.cells % view.columns, seen.cells // view.columns
    left, right, top, bottom = box
    found = (column >= left) & (column <= right) & (row >= top) & (row <= bottom)
    return seen.rows[found]


def nearest(x: Any, y: Any, place: tuple[float, float]) -> int:
    """The row of the point nearest to a place, -1 where there is none."""
    import numpy as np

    if not len(x):
        return -1
    apart = (x - np.float32(place[0])) ** 2 + (y - np.float32(place[1])) ** 2
    found = int(apart.argmin())
    if np.isnan(apart[found]):  # the first of those that are nowhere
        found = int(np.where(np.isnan(apart), np.inf, apart).argmin())
    return found
