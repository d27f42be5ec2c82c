"""Places in a queue, in sixteen bytes each: a queue may be as long as the workspace."""

from array import array
from collections.abc import Iterable, Iterator, MutableSequence
from typing import Any, NamedTuple, Self, overload


class Ticket(NamedTuple):
    """A rewrite's place in the queue: its own `ord` and that of its conversation."""

    rewrite: int
    conversation: int


class Tickets(MutableSequence[Ticket]):
    """A list of tickets, each made when it is asked for."""

    def __init__(self, rows: Iterable[tuple[int, int]] = ()) -> None:
        self._rewrites, self._conversations = array("q"), array("q")
        self.take_in(rows)

    @classmethod
    def of(cls, rewrites: "array[int]", conversations: "array[int]") -> Self:
        """Those of two columns, which are theirs from now on."""
        tickets = cls()
        tickets._rewrites, tickets._conversations = rewrites, conversations
        return tickets

    def take_in(self, rows: Iterable[tuple[int, int]]) -> None:
        """Put these behind the others."""
        for rewrite, conversation in rows:
            self._rewrites.append(rewrite)
            self._conversations.append(conversation)

    def __len__(self) -> int:
        return len(self._rewrites)

    @overload
    def __getitem__(self, at: int) -> Ticket: ...
    @overload
    def __getitem__(self, at: slice) -> "Tickets": ...
    def __getitem__(self, at: int | slice) -> "Ticket | Tickets":
        if isinstance(at, slice):
            return Tickets(zip(self._rewrites[at], self._conversations[at], strict=True))
        return Ticket(self._rewrites[at], self._conversations[at])

    def __setitem__(self, at: Any, value: Any) -> None:
        self._rewrites[at], self._conversations[at] = value

    def __delitem__(self, at: int | slice) -> None:
        del self._rewrites[at], self._conversations[at]

    def __iter__(self) -> Iterator[Ticket]:
        return map(Ticket, self._rewrites, self._conversations)

    def __contains__(self, ticket: object) -> bool:
        try:
            self.index(ticket)
        except ValueError:
            return False
        return True

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Iterable):
            return NotImplemented
        return list(self) == list(other)

    def insert(self, index: int, value: Ticket) -> None:
        """As a list does."""
        self._rewrites.insert(index, value.rewrite)
        self._conversations.insert(index, value.conversation)

    def index(self, value: Any, start: int = 0, stop: int | None = None) -> int:
        """Where a ticket stands; a rewrite stands in a queue once. Raises ValueError."""
        if not isinstance(value, Ticket):
            raise ValueError(f"{value!r} is no ticket")
        end = len(self) if stop is None else stop
        at = self._rewrites.index(value.rewrite, start, end)
        if self._conversations[at] != value.conversation:
            raise ValueError(f"{value!r} is not in the queue")
        return at
