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
    # The long texts are read only of those that were found by their short columns.
    near = connection.rows(
        """
        select ord, id from rewrites
        where conversation_id in (select unnest(?::varchar[]))
        and verdict not in ('keep', 'unanswerable')
        """,
        [list(conversations)],
    )
    found: dict[str, list[Neighbour]] = {}
    if not near:
        return {}
    ords = [ord_ for ord_, _ in near]
    for conversation, ord_, *told in connection.rows(
        """
        select r.conversation_id, r.ord, r.id, r.turn_index, r.model, r.advice, r.content,
            h.verdict, h.content, coalesce(h.seq, 0)
        from (
            select * from rewrites where ord between ? and ? and ord in (select unnest(?::bigint[]))
        ) r left join (select * from heads where rewrite_id in (select unnest(?::varchar[]))) h
        on h.rewrite_id = r.id
        where r.ord not in (select ord from withdrawn where ord between ? and ?)
        order by r.turn_index, r.ord
        """,
        [min(ords), max(ords), ords, [id_ for _, id_ in near], min(ords), max(ords)],
    ):
        ticket = Ticket(ord_, conversations[conversation])
        found.setdefault(conversation, []).append(Neighbour(ticket, *told))
    return {conversation: tuple(several) for conversation, several in found.items()}
