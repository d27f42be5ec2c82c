"""Chats that were put right: the old one is hidden, never deleted, so that undo is whole."""

from collections.abc import Sequence

import msgspec

from curator.conversation import Conversation
from curator.store.connection import Connection
from curator.store.conversations import Conversations
from curator.store.hiding import Hiding


class Fix(msgspec.Struct, frozen=True):
    """One chat put right: the `ord` of the old one, the new one (None where nothing was left), and
    what was wrong."""

    old: int
    new: Conversation | None
    kinds: tuple[str, ...]


class Fixes:
    """What `curator fix` did, run by run."""

    def __init__(
        self, connection: Connection, conversations: Conversations, hiding: Hiding
    ) -> None:
        self._db, self._conversations, self._hiding = connection, conversations, hiding

    def apply(self, fixes: Sequence[Fix], run_id: int) -> None:
        """Bring in the new chats and hide the old ones, all or nothing."""
        new = [fix.new for fix in fixes if fix.new is not None]
        ids = [conversation.id for conversation in new]
        with self._db.transaction():
            fresh = iter(self._conversations.place(new, run_id))
            ords = self._ords(ids)
            asleep = set(self._hiding.of(list(ords.values())))
            woken = sorted(asleep)
            rows = []
            for fix, id_ in _with_ids(fixes, ids):
                place = ords[id_] if id_ is not None else None
                made = id_ is not None and (next(fresh) or place in asleep)
                if place is not None:
                    asleep.discard(place)
                rows.append((fix.old, place, made, fix.kinds))
            self._hiding.show(woken, run_id)
            self._hiding.hide([row[0] for row in rows], "fix", run_id)
            self._db.insert(
                "fixes",
                {
                    "run_id": [run_id] * len(rows),
                    "old_ord": [row[0] for row in rows],
                    "new_ord": [row[1] for row in rows],
                    "kinds": [" ".join(row[3]) for row in rows],
                    "made": [row[2] for row in rows],
                    "undone": [False] * len(rows),
                },
            )

    def undo(self, run_id: int | None = None) -> int:
        """Take back the latest run of fixes that still stands, as the run `run_id` where there is
        one; how many chats are as before."""
        target = self._db.value(
            "select max(run_id) from fixes where run_id not in (select run_id from taken_back)"
        )
        if target is None:
            return 0
        self._hiding.take_back(target, run_id)
        return int(self._db.value("select count(*) from fixes where run_id = ?", [target]))

    def worked_on(self) -> set[int]:
        """The `ord`s of chats that have rewrites, whose places a fix would shift."""
        return {
            row[0]
            for row in self._db.rows(
                """
                select ord from conversations
                where id in (select distinct conversation_id from rewrites)
                """
            )
        }

    def _ords(self, ids: Sequence[str]) -> dict[str, int]:
        rows = self._db.rows(
            "select id, ord from conversations where id in (select unnest(?::varchar[]))",
            [list(ids)],
        )
        return dict(rows)


def _with_ids(fixes: Sequence[Fix], ids: Sequence[str]) -> list[tuple[Fix, str | None]]:
    left = iter(ids)
    return [(fix, next(left) if fix.new is not None else None) for fix in fixes]
