"""What a reviewer's desk needs of the store: the queue, the papers of an item, drafts."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from curator.conversation import Conversation, Decision, Rewrite, Signal
from curator.filters.views import QueueSpec
from curator.progress import Progress
from curator.store.connection import Connection
from curator.store.conversations import Conversations
from curator.store.decisions import Decisions
from curator.store.given import Given
from curator.store.neighbours import Neighbours
from curator.store.queues import Queues
from curator.store.rewrites import Rewrites
from curator.store.signals import Signals
from curator.store.tickets import Ticket as Ticket
from curator.store.tickets import Tickets
from curator.store.turn_flags import TurnFlags
from curator.verdicts import Head, Neighbour

#: The queue that a session begins with.
BEGINNING = QueueSpec()
#: Bytes that DuckDB keeps of what it read for a queue or a window of it: the next window lies
#: elsewhere, and what both need is in the cache of the system.
KEPT = 1 << 20


class Papers(msgspec.Struct, frozen=True):
    """All that is known of one rewrite under review."""

    ticket: Ticket
    rewrite_id: str
    rewrite: Rewrite
    conversation: Conversation
    signals: tuple[Signal, ...]
    head: Head | None
    draft: str | None
    neighbours: tuple[Neighbour, ...] = ()
    turn_flags: tuple[Signal, ...] = ()


class Desk:
    """The store as `review.Session` sees it."""

    def __init__(
        self, connection: Connection, decisions: Decisions, queues: Queues, given: Given
    ) -> None:
        self._db = connection
        self._given = given
        #: What is asked of whole queues.
        self.queues = queues
        self._decisions = decisions
        self._rewrites = Rewrites(connection)
        self._conversations = Conversations(connection)
        self._signals = Signals(connection)
        self._neighbours = Neighbours(connection)
        self._turn_flags = TurnFlags(connection)

    def queue(self, spec: QueueSpec = BEGINNING) -> Tickets:
        """The tickets of a queue; by default the rewrites that are due, in the order they were
        made, the suspicious ones last."""
        try:
            return self.queues.draw(spec)
        finally:
            self._db.let_go(KEPT)

    def kept(self) -> int:
        """How many rewrites the reflector itself made no proposal in; they need no review."""
        return int(
            self._db.value(
                "select count(*) from rewrites where verdict in ('keep', 'unanswerable')"
            )
        )

    def given(self) -> int:
        """`Given.count`."""
        return self._given.count()

    def all_chats(self) -> int:
        """How many chats there are in sight."""
        return self._conversations.count()

    def ticket(self, rewrite_id: str) -> Ticket | None:
        """The ticket of one rewrite, due or not."""
        rows = self._db.rows(
            """
            select r.ord, c.ord from rewrites r join conversations c on c.ord = r.chat
            where r.id = ?
            """,
            [rewrite_id],
        )
        return Ticket(*rows[0]) if rows else None

    def papers(self, tickets: Sequence[Ticket], reviewer: str) -> list[Papers]:
        """The papers of each ticket, in the order asked for; none where its chat was hidden. What
        is decided meanwhile may be lacking in them."""
        try:
            with self._db.settled_once():
                return self._papers(tickets, reviewer)
        finally:
            self._db.let_go(KEPT)

    def _papers(self, tickets: Sequence[Ticket], reviewer: str) -> list[Papers]:
        rewrites = self._rewrites.at([ticket.rewrite for ticket in tickets])
        conversations = self._conversations.at([ticket.conversation for ticket in tickets])
        ids = {ord_: id_ for ord_, (id_, _) in rewrites.items()}
        heads = self._decisions.heads(list(ids.values()))
        signals = self._signals.of_many(list(ids.values()))
        drafts = self._drafts(reviewer, list(ids.values()))
        places = {
            rewrites[ticket.rewrite][1].conversation_id: ticket.conversation
            for ticket in tickets
            if ticket.rewrite in ids
        }
        near = self._neighbours.of(places)
        flags = self._turn_flags.of(list(places))
        return [
            Papers(
                ticket,
                id_ := ids[ticket.rewrite],
                rewrites[ticket.rewrite][1],
                conversations[ticket.conversation],
                tuple(signals.get(id_, ())),
                heads.get(id_),
                drafts.get(id_),
                near.get(rewrites[ticket.rewrite][1].conversation_id, ()),
                flags.get(rewrites[ticket.rewrite][1].conversation_id, ()),
            )
            for ticket in tickets
            if ticket.rewrite in ids and ticket.conversation in conversations
        ]

    def record(
        self, decisions: Sequence[Decision], progress: Progress | None = None
    ) -> list[Decision]:
        """`Decisions.record_many`: durable when it returns."""
        return self._decisions.record_many(decisions, progress)

    def undo(self, reviewer: str, progress: Progress | None = None) -> list[Decision]:
        """`Decisions.undo`."""
        return self._decisions.undo(reviewer, progress)

    def redo(self, reviewer: str, progress: Progress | None = None) -> list[Decision]:
        """`Decisions.redo`."""
        return self._decisions.redo(reviewer, progress)

    def head(self, rewrite_id: str) -> Head | None:
        """`Decisions.head`."""
        return self._decisions.head(rewrite_id)

    def tally(self) -> dict[str, int]:
        """`Decisions.tally`."""
        return self._decisions.tally()

    def used(self) -> tuple[list[str], list[str]]:
        """The tags on rewrites and the reasons of verdicts, the most used ones first."""
        tags = Counter(
            tag
            for (marks,) in self._db.rows(
                "select marks from heads where contains(marks, '\"tags\"') limit 50000"
            )
            for tag in msgspec.json.decode(marks, type=dict[str, Any]).get("tags") or ()
        )
        reasons = self._db.rows(
            """
            select reason from events
            where reason <> '' and not contains(coalesce(extra, ''), '"instead"')
            group by reason order by count(*) desc, reason limit 200
            """
        )
        return [tag for tag, _ in tags.most_common()], [reason for (reason,) in reasons]

    def blind(self) -> dict[str, list[dict[str, Any]]]:
        """By reviewer, what is recorded of the blind choices that stand."""
        found: dict[str, list[dict[str, Any]]] = {}
        for reviewer, extra in self._db.rows(
            """
            with word as (
                select undoes, arg_max(verdict, seq) as verdict from events
                where verdict in ('undo', 'redo') group by undoes
            )
            select reviewer, extra from events
            where contains(coalesce(extra, ''), '"blind"')
            and seq not in (select undoes from word where verdict = 'undo') order by seq
            """
        ):
            record = msgspec.json.decode(extra, type=dict[str, Any])
            found.setdefault(reviewer, []).append(record)
        return found

    def place(self, reviewer: str) -> tuple[str, str] | None:
        """The rewrite this reviewer was last looking at, and the command of the queue it was in
        ("" where that was not kept)."""
        found = self._db.rows(
            """
            select rewrite_id, coalesce(queue, '') from desks
            where reviewer = ? and draft is null
            """,
            [reviewer],
        )
        return (str(found[0][0]), str(found[0][1])) if found else None

    def keep_place(self, reviewer: str, rewrite_id: str, queue: str) -> None:
        """Remember what this reviewer is looking at, and in which queue; durable when it
        returns."""
        with self._db.transaction() as cursor:
            cursor.execute("delete from desks where reviewer = ? and draft is null", [reviewer])
            cursor.execute(
                "insert into desks values (?, ?, null, ?)", [reviewer, rewrite_id, queue]
            )

    def keep_draft(self, reviewer: str, rewrite_id: str, draft: str | None) -> None:
        """Keep (or with None, drop) what is being typed; durable when it returns."""
        with self._db.transaction() as cursor:
            cursor.execute(
                "delete from desks where reviewer = ? and rewrite_id = ? and draft is not null",
                [reviewer, rewrite_id],
            )
            if draft is not None:
                cursor.execute(
                    "insert into desks values (?, ?, ?, null)", [reviewer, rewrite_id, draft]
                )

    def _drafts(self, reviewer: str, rewrite_ids: list[str]) -> dict[str, str]:
        return dict(
            self._db.rows(
                """
                select rewrite_id, draft from desks
                where reviewer = ? and draft is not null and rewrite_id in (select unnest(?))
                """,
                [reviewer, rewrite_ids],
            )
        )
