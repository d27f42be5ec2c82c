"""The papers at hand: bounded by what they weigh, and findable by the proposals beside them."""

from collections.abc import Collection, Iterator

from curator.review.items import Papers, Ticket

#: Characters of text that are kept at hand; far more than one leafs back and forth.
KEPT = 6_000_000
#: What a set of papers weighs beside its texts: its nouns, counted in characters.
NOUNS = 4_000


class Kept:
    """Papers by ticket. Neither the number of decisions nor the length of the chats lets it grow
    beyond `KEPT` characters and what lies next."""

    def __init__(self) -> None:
        self._papers: dict[Ticket, Papers] = {}
        self._weights: dict[Ticket, int] = {}
        #: The tickets whose papers name a proposal, by its id.
        self._beside: dict[str, set[Ticket]] = {}
        self._weight = 0

    def __contains__(self, ticket: Ticket) -> bool:
        return ticket in self._papers

    def __iter__(self) -> Iterator[Papers]:
        return iter(self._papers.values())

    def get(self, ticket: Ticket | None) -> Papers | None:
        """The papers of a ticket, if they are at hand."""
        return self._papers.get(ticket)

    def put(self, papers: Papers) -> None:
        """Keep these, in place of older ones of the same ticket."""
        ticket = papers.ticket
        self.drop(ticket)
        self._papers[ticket] = papers
        self._weights[ticket] = weight = _weight(papers)
        self._weight += weight
        for neighbour in papers.neighbours:
            self._beside.setdefault(neighbour.rewrite_id, set()).add(ticket)

    def drop(self, ticket: Ticket) -> None:
        """Keep these no longer."""
        papers = self._papers.pop(ticket, None)
        if papers is None:
            return
        self._weight -= self._weights.pop(ticket)
        for neighbour in papers.neighbours:
            tickets = self._beside[neighbour.rewrite_id]
            tickets.discard(ticket)
            if not tickets:
                del self._beside[neighbour.rewrite_id]

    def beside(self, rewrite_id: str) -> tuple[Ticket, ...]:
        """The tickets of the papers that name this proposal."""
        return tuple(self._beside.get(rewrite_id, ()))

    def room_for(self, window: int) -> int:
        """How many papers like those at hand there is room for, of so many: one at least."""
        mean = self._weight / len(self._papers) if self._papers else NOUNS
        return max(1, min(window, int(KEPT / 2 / mean)))

    def forget(self, near: Collection[Ticket]) -> None:
        """Let go of all that is not near, where it has become too much."""
        if self._weight > KEPT:
            for ticket in [ticket for ticket in self._papers if ticket not in near]:
                self.drop(ticket)


def _weight(papers: Papers) -> int:
    texts = sum(len(turn.content) for turn in papers.conversation.turns)
    others = sum(len(n.content) for n in papers.neighbours)
    return NOUNS + texts + len(papers.rewrite.content) + len(papers.rewrite.criticism) + others
