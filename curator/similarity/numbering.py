"""Numbers for texts by the two names of their words, in 32 bytes a text."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]
    Whole = NDArray[np.int64]

#: New names that are kept in a dictionary before they are sorted in among the others.
LATE = 65_536
#: No number: the text says nothing.
NOTHING = -1
_UNKNOWN = -2


class Numbering:
    """The texts that have a number: 0, 1, … in the order in which they were first seen."""

    def __init__(self, first: "Hashes", second: "Hashes") -> None:
        self._first, self._second = first, second
        self._late: dict[int, int] = {}
        self._late_first: list[int] = []
        self._late_second: list[int] = []
        self._sort()

    def __len__(self) -> int:
        return len(self._second) + len(self._late_second)

    def number(self, names: "Hashes", empty: set[int]) -> "Whole":
        """The number of each text (a row of two names each), a new one where its words were not
        known; `NOTHING` at the `empty` places."""
        import numpy as np

        found = self._known(names)
        found[list(empty)] = NOTHING
        for place in np.flatnonzero(found == _UNKNOWN).tolist():
            first, second = int(names[place, 0]), int(names[place, 1])
            number = self._late.setdefault(first, len(self))
            if number < len(self) and self._late_second[number - len(self._second)] != second:
                # Two texts of one name are told apart by the other.
                number = len(self)
            if number == len(self):
                self._late_first.append(first)
                self._late_second.append(second)
            found[place] = number
        if len(self._late_second) >= LATE:
            self._settle()
        return found

    def _known(self, names: "Hashes") -> "Whole":
        """The numbers of texts that are among the sorted ones, else `_UNKNOWN`."""
        import numpy as np

        found = np.full(len(names), _UNKNOWN, np.int64)
        if len(self._sorted):
            at = np.minimum(np.searchsorted(self._sorted, names[:, 0]), len(self._sorted) - 1)
            number = self._order[at]
            same = (self._sorted[at] == names[:, 0]) & (self._second[number] == names[:, 1])
            found[same] = number[same]
        return found

    def _settle(self) -> None:
        import numpy as np

        self._first = np.concatenate([self._first, np.array(self._late_first, np.uint64)])
        self._second = np.concatenate([self._second, np.array(self._late_second, np.uint64)])
        self._late, self._late_first, self._late_second = {}, [], []
        self._sort()

    def _sort(self) -> None:
        import numpy as np

        self._order = np.argsort(self._first, kind="stable")
        self._sorted = self._first[self._order]
