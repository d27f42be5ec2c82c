"""The proposals for the same chats: what one who judges one of them needs to know of the others."""

from collections.abc import Mapping
from typing import NamedTuple

from curator.store.connection import Connection
from curator.verdicts import Neighbour


class Ticket(NamedTuple):
    """A rewrite's place in the queue: its own `ord` and that of its conversation."""

    rewrite: int
    conversation: int


def neighbours(
    connection: Connection, conversations: Mapping[str, int]
) -> dict[str, tuple[Neighbour, ...]]:
    """All proposals for each of these conversations (id to `ord`), by turn, then oldest first."""
    found: dict[str, list[Neighbour]] = {}
    for conversation, ord_, *told in connection.rows(
        """
        select r.conversation_id, r.ord, r.id, r.turn_index, r.model, r.advice, r.content,
            h.verdict, h.content, coalesce(h.seq, 0)
        from rewrites r left join heads h on h.rewrite_id = r.id
        where r.conversation_id in (select unnest(?)) and r.verdict not in ('keep', 'unanswerable')
        and r.ord not in (select ord from withdrawn)
        order by r.turn_index, r.ord
        """,
        [list(conversations)],
    ):
        ticket = Ticket(ord_, conversations[conversation])
        found.setdefault(conversation, []).append(Neighbour(ticket, *told))
    return {conversation: tuple(several) for conversation, several in found.items()}
