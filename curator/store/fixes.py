"""Chats that were put right: the old one is hidden, never deleted, so that undo is whole."""

from collections.abc import Sequence

import msgspec

from curator.conversation import Conversation
from curator.store.connection import Connection
from curator.store.conversations import Conversations


class Fix(msgspec.Struct, frozen=True):
    """One chat put right: the `ord` of the old one, the new one (None where nothing was left), and
    what was wrong."""

    old: int
    new: Conversation | None
    kinds: tuple[str, ...]


class Fixes:
    """What `curator fix` did, run by run."""

    def __init__(self, connection: Connection, conversations: Conversations) -> None:
        self._db, self._conversations = connection, conversations

    def apply(self, fixes: Sequence[Fix], run_id: int) -> None:
        """Bring in the new chats and hide the old ones, all or nothing."""
        new = [fix.new for fix in fixes if fix.new is not None]
        ids = [conversation.id for conversation in new]
        with self._db.transaction() as cursor:
            fresh = iter(self._conversations.place(new, run_id))
            ords = self._ords(ids)
            asleep = self._hidden()
            rows = []
            for fix, id_ in _with_ids(fixes, ids):
                place = ords[id_] if id_ is not None else None
                made = id_ is not None and (next(fresh) or place in asleep)
                asleep.discard(place)
                rows.append((fix.old, place, made, fix.kinds))
            made_ords = [place for _, place, made, _ in rows if made]
            cursor.execute("delete from hidden where ord in (select unnest(?::bigint[]))",
                           [made_ords])  # fmt: skip
            self._db.insert("hidden", {"ord": [row[0] for row in rows]})
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

    def undo(self) -> int:
        """Take back the latest run of fixes that still stands; how many chats are as before."""
        run_id = self._db.value("select max(run_id) from fixes where not undone")
        if run_id is None:
            return 0
        with self._db.transaction() as cursor:
            cursor.execute(
                """
                delete from hidden
                where ord in (select old_ord from fixes where run_id = ? and not undone)
                """,
                [run_id],
            )
            cursor.execute(
                """
                insert into hidden
                select distinct new_ord from fixes where run_id = ? and not undone and made
                """,
                [run_id],
            )
            count = self._db.value(
                "select count(*) from fixes where run_id = ? and not undone", [run_id]
            )
            cursor.execute("update fixes set undone = true where run_id = ?", [run_id])
        return int(count)

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

    def _hidden(self) -> set[int | None]:
        return {row[0] for row in self._db.rows("select ord from hidden")}


def _with_ids(fixes: Sequence[Fix], ids: Sequence[str]) -> list[tuple[Fix, str | None]]:
    left = iter(ids)
    return [(fix, next(left) if fix.new is not None else None) for fix in fixes]
