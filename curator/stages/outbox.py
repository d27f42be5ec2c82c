"""Conversations on their way to the store: while one batch is written, the next is read."""

from collections import Counter, deque
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import compress, islice
from typing import Any

from curator.conversation import Conversation
from curator.stages.accounts import Batch, Place, Tally
from curator.store.rejects import Reject

#: Batches that may wait for the writer, which rests for most and compresses at length for one.
AHEAD = 2


class Outbox:
    """Gathers batches, hands them to the writer of its own thread, and counts what was new."""

    def __init__(self, bulk: Any) -> None:
        self.faults: Counter[str] = Counter()
        self.languages: Counter[str | None] = Counter()
        self._bulk = bulk
        self._writer = ThreadPoolExecutor(1, "import")
        self._pending: deque[tuple[Future[list[bool]], Batch, Tally]] = deque()
        self._batch = Batch()
        #: The last row that was counted, and whether it brought anything new.
        self._counted: Place | None = None
        self._was_new = False

    @property
    def full(self) -> bool:
        """Whether the batch in hand is worth writing."""
        return self._batch.full

    def add(self, chat: Any, places: list[Place], turns: int, characters: int) -> None:
        """Take a conversation (or a block of them) with the rows that it stands for, and its size
        in turns and characters."""
        batch = self._batch
        batch.conversations.append(chat)
        batch.rows.append(places)
        batch.turns += turns
        batch.characters += characters

    def reject(self, reject: Reject) -> None:
        """Take a row that could not be read."""
        self._batch.rejects.append(reject)

    def close(self) -> None:
        """Wait for what is being written, and write what still waits."""
        self._writer.shutdown()
        self._bulk.finish()

    def commit(self, tally: Tally) -> None:
        """Hand the batch to the writer, when not too many wait for it."""
        self.settle(AHEAD)
        batch, self._batch = self._batch, Batch()
        if batch.conversations or batch.rejects:
            job = self._writer.submit(self._bulk.put, batch.conversations, batch.rejects)
            self._pending.append((job, batch, tally))

    def settle(self, waiting: int = 0) -> None:
        """Wait until no more than so many batches wait for the writer; count what was new."""
        while len(self._pending) > waiting:
            self._count_in(*self._pending.popleft())

    def _count_in(self, job: "Future[list[bool]]", batch: Batch, tally: Tally) -> None:
        from curator.formats.fast import Block
        from curator.formats.structure import faults_of

        fresh = job.result()
        news = iter(fresh)
        for chat, places in zip(batch.conversations, batch.rows, strict=True):
            if isinstance(chat, Block):
                self._count_block(chat, list(islice(news, len(chat))), tally)
                continue
            new = next(news)
            (places[0][0] if places else tally).conversations += new
            if new:
                if isinstance(chat, Conversation):
                    self.faults.update(faults_of(chat))
                self.languages[chat.meta.get("language")] += 1
            for place in places:
                self._count(place, new)

    def _count_block(self, block: Any, fresh: list[bool], tally: Tally) -> None:
        new = sum(fresh)
        tally.conversations += new
        tally.kept += new
        tally.known += len(fresh) - new
        self.languages.update(compress(block.languages, fresh))

    def _count(self, place: Place, new: bool) -> None:
        """A row is kept when any of its conversations is new. Those of one row come together."""
        tally = place[0]
        if place != self._counted:
            self._counted, self._was_new = place, new
            tally.kept += new
            tally.known += not new
        elif new and not self._was_new:
            self._was_new = True
            tally.kept += 1
            tally.known -= 1
