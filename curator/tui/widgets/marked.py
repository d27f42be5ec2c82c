"""Which rows of a list are marked, where marks belong to what a row shows, not to its place."""

from collections.abc import Callable

from curator.review.picks import Picks


class Marked:
    """The rows whose chats are picked, and those between an end of a range and the cursor."""

    def __init__(self, picks: Picks, ord_of: Callable[[int], int]) -> None:
        self.picks = picks
        self._ord_of = ord_of
        #: The row at which a range was begun, and the one that it reaches; None where none was.
        self.range: tuple[int, int] | None = None

    def __contains__(self, row: int) -> bool:
        if self.range is not None and min(self.range) <= row <= max(self.range):
            return True
        return bool(self.picks) and self._ord_of(row) in self.picks

    def toggle(self, row: int) -> None:
        """Pick a row, or let it go."""
        self.picks.toggle(self._ord_of(row))

    def clear(self) -> None:
        """Another list is shown: a range ends, picks stay."""
        self.range = None
