"""Conversations by the million: turns go in as whole row groups, compressed once.

DuckDB compresses a row group (122,880 rows) when it is full. Batches of any other size leave small
groups that the next checkpoint merges, so that everything is compressed twice and the file is half
as big again (measured: 8.2 against 4.3 CPU seconds, 292 against 175 MB). So the turns of a
conversation may be committed in two steps; its own row, which makes it visible, comes with the
last of them.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from itertools import islice
from typing import Any, NamedTuple

from curator.conversation import Conversation
from curator.formats.fast import Block
from curator.formats.plain import Plain
from curator.store.columns import block_columns, conversation_columns
from curator.store.connection import Connection
from curator.store.hiding import wake
from curator.store.known import Known
from curator.store.presses import Job, Presses, cramped
from curator.store.rejects import Reject, reject_columns
from curator.store.waiting import WaitingTurns

ROW_GROUP = 122_880
#: Long turns do not wait for full row groups: memory matters more.
MOST_BYTES = 144 * 2**20


#: What DuckDB may hold meanwhile: what it has written it need not keep.
MEMORY = 224 << 20


class Bulk:
    """A long import: `put` batches, then `finish`. One at a time, in one thread at a time."""

    def __init__(self, connection: Connection, run_id: int | None) -> None:
        self._db, self._run_id = connection, run_id
        self._presses = Presses(connection, MOST_BYTES, self._committed)
        self._bounds = ExitStack()
        self._bounds.enter_context(connection.at_most(MEMORY))
        self._bounds.callback(self._presses.close)
        self._failed: BaseException | None = None
        forget_halves(connection)
        self._ord = connection.next_number("conversations", "ord")
        self._known = Known(connection)
        #: Conversations whose turns wait, in order; the last ones not yet by column.
        self._heads: deque[_Heads] = deque()
        self._singles: list[tuple[int, str, Conversation | Plain]] = []
        room = ROW_GROUP - int(connection.value("select count(*) from turns")) % ROW_GROUP
        self._turns = WaitingTurns(ROW_GROUP, room, MOST_BYTES)

    def put(
        self, chats: Sequence[Conversation | Plain | Block], rejects: Sequence[Reject] = ()
    ) -> list[bool]:
        """Take in those not yet here; for each conversation whether it was new. Full row groups
        are on their way to disk, the rest waits for more or for `finish`. After an error nothing
        more is taken in."""
        if self._failed is not None:
            raise self._failed
        try:
            return self._put(chats, rejects)
        except BaseException as error:
            self._failed = error
            raise

    def _put(
        self, chats: Sequence[Conversation | Plain | Block], rejects: Sequence[Reject]
    ) -> list[bool]:
        stored, fresh = self._known.sort_out([id_ for chat in chats for id_ in _ids(chat)])
        wake(self._db, stored, self._run_id)
        news = iter(fresh)
        for chat in chats:
            if isinstance(chat, Block):
                self._add_block(chat, list(islice(news, len(chat))))
            elif next(news):
                self._singles.append((self._ord, chat.id, chat))
                self._turns.add(self._ord, chat)
                self._ord += 1
        self._settle()
        self._presses.look()
        self._write()
        if rejects:
            self._db.insert("rejects", reject_columns(rejects, self._run_id))
        return fresh

    def finish(self) -> None:
        """Commit what waits; after an error only what stands on disk already stays."""
        with self._bounds:
            if self._failed is None:
                self._write(whole=True)
                self._presses.finish()

    def _add_block(self, block: Block, wanted: Sequence[bool]) -> None:
        count = sum(wanted)
        if not count:
            return
        self._settle()
        if self._turns.fills(block):
            self._presses.make_room()
        columns = block_columns(block, wanted, self._ord, self._run_id)
        self._heads.append(_Heads(self._ord, count, columns))
        self._turns.add_block(self._ord, block, wanted)
        self._ord += count

    def _settle(self) -> None:
        """Chats that came one by one, by column."""
        if self._singles:
            if self._turns.fills():
                self._presses.make_room()
            columns = conversation_columns(self._singles, self._run_id)
            self._heads.append(_Heads(self._singles[0][0], len(self._singles), columns))
            self._singles = []

    def _write(self, whole: bool = False) -> None:
        """Hand on the row groups that are complete (the `whole` rest too), and the conversations
        that they complete."""
        while True:
            turns = self._turns.take(whole)
            done = self._done()
            if not (turns or done):
                return
            self._presses.put(turns, done)

    def _committed(self, job: Job) -> None:
        if job.group is not None and not cramped():
            self._turns.give_back(job.group)
        self._known.committed(job.heads.get("id", ()))

    def _done(self) -> dict[str, list[Any]]:
        """The conversations none of whose turns wait, by column; they wait no longer."""
        first = self._turns.first()
        unfinished = self._ord if first is None else first
        done: dict[str, list[Any]] = {}
        while self._heads and self._heads[0].first < unfinished:
            heads = self._heads.popleft()
            if heads.first + heads.size > unfinished:
                heads, rest = heads.cut(unfinished - heads.first)
                self._heads.appendleft(rest)
            for name, values in heads.columns.items():
                done.setdefault(name, []).extend(values)
        return done


class _Heads(NamedTuple):
    """Rows of `conversations` that follow each other."""

    first: int
    size: int
    columns: Mapping[str, Sequence[Any]]

    def cut(self, count: int) -> "tuple[_Heads, _Heads]":
        """The first `count` of them, and the rest."""
        front = {name: values[:count] for name, values in self.columns.items()}
        rest = {name: values[count:] for name, values in self.columns.items()}
        return (
            _Heads(self.first, count, front),
            _Heads(self.first + count, self.size - count, rest),
        )


def _ids(chat: Conversation | Plain | Block) -> list[str]:
    return chat.ids if isinstance(chat, Block) else [chat.id]


def forget_halves(connection: Connection) -> None:
    """Drop turns whose conversation never came: an import was killed between the two steps."""
    last = connection.next_number("conversations", "ord") - 1
    if connection.value("select 1 from turns where ord > ? limit 1", [last]) is not None:
        connection.execute("delete from turns where ord > ?", [last])
