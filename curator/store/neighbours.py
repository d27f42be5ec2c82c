"""The proposals for the same chats: what one who judges one of them needs to know of the others."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from curator.store.connection import Connection
from curator.store.tickets import Ticket
from curator.verdicts import Neighbour

if TYPE_CHECKING:
    import numpy as np

#: Up to so many rewrites all is read in one go; beyond, their numbers are looked up first, for
#: that reads one column through and not the texts.
FEW = 2_000
#: Up to so many rewrites the table itself is searched; beyond, an index in memory (16 bytes each).
SEARCHED = 100_000


class Neighbours:
    """All proposals for a conversation, found without reading the table through."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        #: Hashes of conversation ids in order, the `ord` of the rewrite of each, and how far the
        #: table had come when they were read.
        self._index: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], int] | None = None
        #: The first picture is not kept waiting for the index.
        self._asked = False

    def of(self, conversations: Mapping[str, int]) -> dict[str, tuple[Neighbour, ...]]:
        """By conversation (id to `ord`), its proposals by turn, then oldest first."""
        last = self._db.value("select coalesce(max(ord), -1) from rewrites")
        where, named = "", []
        if last >= FEW:
            indexed = last >= SEARCHED and self._asked
            ords = self._ords if indexed else self._searched
            named = ords(list(conversations), int(last))
            where = "and r.ord between ? and ? and r.ord in (select unnest(?))"
        self._asked = True
        found: dict[str, list[Neighbour]] = {}
        for stretch in _stretches(named) if where else [[]]:
            for conversation, ord_, *told in self._db.rows(
                f"""
                select r.conversation_id, r.ord, r.id, r.turn_index, r.model, r.advice, r.content,
                    h.verdict, h.content, coalesce(h.seq, 0)
                from rewrites r left join heads h on h.rewrite_id = r.id
                where r.conversation_id in (select unnest(?)) {where}
                and r.verdict not in ('keep', 'unanswerable')
                and r.ord not in (select ord from withdrawn)
                """,
                [list(conversations), *([stretch[0], stretch[-1], stretch] if where else [])],
            ):
                ticket = Ticket(ord_, conversations[conversation])
                found.setdefault(conversation, []).append(Neighbour(ticket, *told))
        return {
            conversation: tuple(sorted(several, key=lambda n: (n.turn_index, n.ticket.rewrite)))
            for conversation, several in found.items()
        }

    def _searched(self, ids: Sequence[str], last: int) -> list[int]:
        """The `ord` of every rewrite of these conversations, up to the last one."""
        rows = self._db.rows(
            """
            select ord from rewrites
            where ord <= ? and conversation_id in (select unnest(?)) order by ord
            """,
            [last, list(ids)],
        )
        return [int(row[0]) for row in rows]

    def _ords(self, ids: Sequence[str], last: int) -> list[int]:
        """The `ord` of every rewrite of these conversations (and of some others, at random)."""
        import numpy as np

        if self._index is None or self._index[2] < last:
            begun = -1 if self._index is None else self._index[2]
            found = self._db.cursor.execute(
                "select hash(conversation_id) as hash, ord from rewrites where ord > ?", [begun]
            ).by_column()
            hashes, ords = found["hash"], found["ord"]
            if self._index is not None:
                hashes = np.concatenate([self._index[0], hashes])
                ords = np.concatenate([self._index[1], ords])
            order = np.argsort(hashes, kind="stable")
            self._index = hashes[order], ords[order], last
        wanted = [row[0] for row in self._db.rows("select hash(unnest(?))", [list(ids)])]
        hashes, ords, _ = self._index
        keys = np.array(wanted, dtype=np.uint64)
        starts, stops = np.searchsorted(hashes, keys), np.searchsorted(hashes, keys, "right")
        return sorted(
            int(ord_)
            for start, stop in zip(starts, stops, strict=True)
            for ord_ in ords[start:stop]
        )


def _stretches(ords: Sequence[int]) -> list[list[int]]:
    """The numbers in groups that lie near each other: far ones are cheaper asked for apart."""
    found: list[list[int]] = []
    for ord_ in ords:
        if found and ord_ - found[-1][-1] < SEARCHED:
            found[-1].append(ord_)
        else:
            found.append([ord_])
    return found
