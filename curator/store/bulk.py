"""Conversations by the million: turns go in as whole row groups, compressed once.

DuckDB compresses a row group (122,880 rows) when it is full. Batches of any other size leave small
groups that the next checkpoint merges, so that everything is compressed twice and the file is half
as big again (measured: 8.2 against 4.3 CPU seconds, 292 against 175 MB). So the turns of a
conversation may be committed in two steps; its own row, which makes it visible, comes with the
last of them.
"""

from collections.abc import Sequence
from contextlib import ExitStack

from curator.conversation import Conversation
from curator.formats.fast import Block, Head
from curator.formats.plain import Plain
from curator.store.columns import WaitingTurns, conversation_columns
from curator.store.connection import Connection
from curator.store.hiding import wake
from curator.store.rejects import Reject, reject_columns

ROW_GROUP = 122_880
#: Row groups written at once. Two would be compressed by two threads, but cost a quarter of a
#: gigabyte more; while one is, the next is read by the other core.
TOGETHER = 1
#: Long turns do not wait for full row groups: memory matters more.
MOST_BYTES = 224 * 2**20


#: What DuckDB may hold meanwhile: what it has written it need not keep.
MEMORY = 384 << 20


class Bulk:
    """A long import: `put` batches, then `finish`. One at a time, in one thread at a time."""

    def __init__(self, connection: Connection, run_id: int | None) -> None:
        self._db, self._run_id = connection, run_id
        self._bounds = ExitStack()
        self._bounds.enter_context(connection.at_most(MEMORY))
        forget_halves(connection)
        self._ord = connection.next_number("conversations", "ord")
        self._heads: list[tuple[int, str, Conversation | Plain | Head]] = []
        self._turns = WaitingTurns()
        self._waiting: set[str] = set()

    def put(
        self, chats: Sequence[Conversation | Plain | Block], rejects: Sequence[Reject] = ()
    ) -> list[bool]:
        """Take in those not yet here; for each conversation whether it was new. Full row groups
        are committed, the rest waits for more or for `finish`."""
        ids = [id_ for chat in chats for id_ in _ids(chat)]
        stored = known_ids(self._db, ids)
        wake(self._db, list(stored), self._run_id)
        known = stored | self._waiting
        fresh: list[bool] = []
        for chat in chats:
            new = []
            for id_ in _ids(chat):
                new.append(id_ not in known)
                known.add(id_)
            fresh += new
            if isinstance(chat, Block):
                self._add_block(chat if all(new) else chat.only(new))
            elif new[0]:
                self._waiting.add(chat.id)
                self._heads.append((self._ord, chat.id, chat))
                self._turns.add(self._ord, chat)
                self._ord += 1
        self._write(self._ready(), rejects)
        return fresh

    def _add_block(self, block: Block) -> None:
        if not block:
            return
        self._waiting.update(block.ids)
        ords = range(self._ord, self._ord + len(block))
        self._heads += zip(ords, block.ids, block.heads(), strict=True)
        self._turns.add_block(self._ord, block)
        self._ord += len(block)

    def _room(self) -> int:
        """Rows that the last row group still takes."""
        return ROW_GROUP - int(self._db.value("select count(*) from turns")) % ROW_GROUP

    def _ready(self) -> int:
        """How many turns to commit now: whole row groups, several at once."""
        waiting = len(self._turns)
        if self._turns.size() > MOST_BYTES:
            return waiting
        if waiting < TOGETHER * ROW_GROUP:
            return 0
        room = self._room()
        return room + (waiting - room) // ROW_GROUP * ROW_GROUP

    def _pieces(self, count: int) -> list[int]:
        """`count` turns by the row group that they come into."""
        pieces, room = [], self._room()
        while count:
            pieces.append(min(count, room))
            count, room = count - pieces[-1], ROW_GROUP
        return pieces

    def finish(self) -> None:
        """Commit what waits."""
        with self._bounds:
            self._write(len(self._turns), ())

    def _write(self, count: int, rejects: Sequence[Reject]) -> None:
        """Commit the first `count` waiting turns, the conversations that they complete, and the
        rejects."""
        turns = self._turns.take(self._pieces(count)) if count else None
        first = self._turns.first()
        unfinished = self._ord if first is None else first
        done = [head for head in self._heads if head[0] < unfinished]
        if not (count or done or rejects):
            return
        with self._db.transaction():
            if turns is not None:
                self._db.insert("turns", turns)
            if done:
                self._db.insert("conversations", conversation_columns(done, self._run_id))
            if rejects:
                self._db.insert("rejects", reject_columns(rejects, self._run_id))
        self._heads = self._heads[len(done) :]
        self._waiting.difference_update(id_ for _, id_, _ in done)


def _ids(chat: Conversation | Plain | Block) -> list[str]:
    return chat.ids if isinstance(chat, Block) else [chat.id]


def forget_halves(connection: Connection) -> None:
    """Drop turns whose conversation never came: an import was killed between the two steps."""
    last = connection.next_number("conversations", "ord") - 1
    if connection.value("select 1 from turns where ord > ? limit 1", [last]) is not None:
        connection.execute("delete from turns where ord > ?", [last])


def known_ids(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Those of `ids` that are in the workspace, hidden ones too."""
    if not ids:
        return set()
    rows = connection.rows(
        "select id from conversations where id in (select unnest(?::varchar[]))", [list(ids)]
    )
    return {row[0] for row in rows}
