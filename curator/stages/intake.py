"""The work of an import: rows in, batches committed, every row accounted for."""

import gc
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, compress, islice
from typing import Any

import msgspec

from curator.conversation import Conversation, Origin
from curator.errors import DataError
from curator.stages.accounts import Batch, Tally, Wishes
from curator.stages.base import Progress
from curator.store import Store
from curator.store.rejects import Reject

#: Batches that may wait for the writer, which rests for most and compresses at length for one.
AHEAD = 2
#: Rows looked at to tell a file's layout.
SAMPLE = 100
#: So many rows in a row that cannot be read make a file unreadable.
HOPELESS = 10_000
#: Rows between two looks at the clock and at Ctrl-C.
STRIDE = 256


class Intake:
    """Reads files into a store. While one batch is written, the next is read."""

    def __init__(self, store: Store, wishes: Wishes, progress: Progress) -> None:
        self.store, self.wishes, self.progress = store, wishes, progress
        self.tallies: list[Tally] = []
        self.faults: Counter[str] = Counter()
        self.languages: Counter[str | None] = Counter()
        self.joined = 0
        # Millions of values that refer to nothing but texts: the collector would look at them all
        # again and again and find nothing (a fifth of the time).
        self._collecting = gc.isenabled()
        gc.disable()
        self._bulk = store.conversations.bulk(store.run_id)
        self._writer = ThreadPoolExecutor(1, "import")
        self._pending: deque[tuple[Future[list[bool]], Batch, Tally]] = deque()
        self._batch = Batch()
        #: The last row that was counted, and whether it brought anything new.
        self._counted, self._was_new = -1, False

    def file(self, name: str) -> Tally:
        """Import one file. Raises `DataError` when it cannot be read as anything known; what
        came before the place where it broke is kept."""
        from curator.formats.reading import LIMITS, Record, Spoiled, open_source, read

        tally = Tally(name)
        limits = LIMITS if self.wishes.max_bytes == LIMITS.total else _limits(self.wishes)
        self.store.rejects.forget(name)
        with open_source(name, limits, self.wishes.encoding) as source:
            reading = read(source, limits, self.wishes.mapping.values())
            records = islice(iter(reading), self.wishes.limit)
            first = list(_sample(records))
            rows = [record.row for record in first if isinstance(record, Record)]
            if not rows:
                self._nothing(name, [r for r in first if isinstance(r, Spoiled)], reading.notes)
            self.tallies.append(tally)
            self._counted = -1
            try:
                self._rows(tally, reading, chain(first, records), rows)
            finally:
                self._commit(tally)
                self._settle()
                tally.kept += tally.together if tally.conversations else 0
                tally.known += 0 if tally.conversations else tally.together
                tally.notes += reading.notes
        return tally

    def refused(self, name: str, reason: str) -> None:
        """Note a file that could not be read at all (or to its end)."""
        tally = next((t for t in self.tallies if t.file == name), None)
        if tally is None:
            tally = Tally(name, "unreadable")
            self.tallies.append(tally)
        tally.notes.append(reason.removeprefix(f"{name}: "))

    def close(self) -> None:
        """Wait for what is being written, and write what still waits."""
        try:
            self._writer.shutdown()
            self._bulk.finish()
        finally:
            if self._collecting:
                gc.enable()

    def words(self) -> list[str]:
        """What is worth knowing about the chats that came in, in sentences."""
        from curator.formats.language import tally

        lines = []
        if self.joined:
            lines.append(f"joined: {self.joined:,} pieces to the chat before them")
        if self.faults:
            found = ", ".join(f"{name} {n:,}" for name, n in self.faults.most_common())
            lines.append(f"out of order: {found} (`curator fix` shows and mends them)")
        if self.languages:
            lines.append(f"languages: {tally(self.languages)}")
        return lines

    def _rows(self, tally: Tally, reading: Any, records: Iterable[Any], rows: list[Any]) -> None:
        from curator.formats.fast import Block, scanner
        from curator.formats.joining import Joiner
        from curator.formats.layouts import layout_of
        from curator.formats.plain import Plain, shortcut
        from curator.formats.reading import Spoiled

        layout = layout_of(rows, tally.file, self.wishes.asked, self.wishes.mapping)
        tally.layout = layout.format.name
        joiner: Joiner[int] | None = Joiner() if self._joins(rows) else None
        if joiner is None and not layout.mapped:
            reading.decoder.shortcut = shortcut(tally.layout)
            if self.wishes.limit is None and (clean := scanner(tally.layout)) is not None:
                reading.decoder.scanner = clean.read
        gathered: list[tuple[int, Any]] = []
        done = 0
        for number, record in enumerate(records):
            if isinstance(record, Block):
                tally.rows += len(record)
                self._take_block(tally.file, record)
                done = self._step(reading.source, done, tally)
                continue
            tally.rows += 1
            if isinstance(record, Spoiled):
                self._reject(tally, record.line, record.byte, record.reason, record.raw)
            elif isinstance(record.row, Plain):
                self._take_plain(tally.file, record.line, record.row, number)
            elif layout.format.gather is not None:
                gathered.append((number, record))
            else:
                self._take(tally, layout, joiner, number, record)
            if number % STRIDE == STRIDE - 1:
                done = self._step(reading.source, done, tally)
        if layout.format.gather is not None:
            self._gather(tally, layout, gathered)
        if joiner is not None:
            for whole, numbers in joiner.rest():
                self._keep(whole, numbers)
            self.joined += joiner.joined
        self.progress.step((reading.source.size or done) - done, f"{tally.rows:,} rows")

    def _step(self, source: Any, done: int, tally: Tally) -> int:
        """Tell how far the file is read, and hand on the batch when it is full."""
        now = source.done()
        self.progress.step(now - done, f"{tally.rows:,} rows")
        if self._batch.full:
            self._commit(tally)
        return int(now)

    def _take(self, tally: Tally, layout: Any, joiner: Any, number: int, record: Any) -> None:
        try:
            found = layout.conversations(record.row)
        except DataError as error:
            self._reject(tally, record.line, record.byte, str(error), _text(record.row))
            return
        for conversation in found:
            mine = self._stamped(conversation, tally.file, record.line, layout.format.name)
            if joiner is None:
                self._keep(mine, [number])
            else:
                for whole, numbers in joiner.put(mine, number):
                    self._keep(whole, numbers)

    def _gather(self, tally: Tally, layout: Any, records: Sequence[tuple[int, Any]]) -> None:
        """Chats that are spread over many rows: read them all, then count the rows together."""
        rows = []
        for _, record in records:
            try:
                rows.append((record, layout.row(record.row)))
            except DataError as error:
                self._reject(tally, record.line, record.byte, str(error), _text(record.row))
        refused = 0
        for record, found in layout.format.gather(rows):
            if isinstance(found, DataError):
                refused += 1
                self._reject(tally, record.line, record.byte, str(found), _text(record.row))
                continue
            self._keep(self._stamped(found, tally.file, record.line, layout.format.name), [])
            if self._batch.full:
                self._commit(tally)
        tally.together = len(rows) - refused

    def _stamped(self, c: Conversation, file: str, line: int, format_: str) -> Conversation:
        """The conversation with its place, its language, and what the person said of the file."""
        from curator.formats.language import language_of

        origin = Origin(file, line, c.origin.format or format_, c.origin.source_id)
        meta = dict(c.meta)
        if self.wishes.license is not None:
            meta["license"] = self.wishes.license
        if self.wishes.language is not None:
            meta["language"] = self.wishes.language
        elif "language" not in meta and (code := language_of(c)):
            meta["language"] = code
        return Conversation(c.turns, origin, meta)

    def _take_plain(self, file: str, line: int, chat: Any, number: int) -> None:
        """The same as `_take` for a line that took the shortcut."""
        wishes = self.wishes
        chat.origin = Origin(file, line, chat.format, chat.source_id)
        code = chat.language() if wishes.language is None else wishes.language
        named = (("license", wishes.license), ("language", code))
        chat.meta = {key: value for key, value in named if value is not None}
        self._add(chat, [number], len(chat.texts), chat.size)

    def _take_block(self, file: str, block: Any) -> None:
        """The same for many lines that were read at once."""
        block.source, block.license = file, self.wishes.license
        if self.wishes.language is not None:
            block.languages = [self.wishes.language] * len(block)
        self._add(block, [], block.turns, block.size)

    def _keep(self, conversation: Conversation, numbers: list[int]) -> None:
        turns = conversation.turns
        self._add(conversation, numbers, len(turns), sum([len(turn.content) for turn in turns]))

    def _add(self, chat: Any, numbers: list[int], turns: int, characters: int) -> None:
        batch = self._batch
        batch.conversations.append(chat)
        batch.rows.append(numbers)
        batch.turns += turns
        batch.characters += characters

    def _reject(self, tally: Tally, line: int, byte: int, reason: str, raw: str) -> None:
        tally.rejected += 1
        tally.reasons[reason] += 1
        self._batch.rejects.append(Reject(tally.file, line, byte, reason, raw))

    def _commit(self, tally: Tally) -> None:
        """Hand the batch to the writer, when not too many wait for it."""
        self._settle(AHEAD)
        batch, self._batch = self._batch, Batch()
        if batch.conversations or batch.rejects:
            job = self._writer.submit(self._bulk.put, batch.conversations, batch.rejects)
            self._pending.append((job, batch, tally))

    def _settle(self, waiting: int = 0) -> None:
        """Wait until no more than so many batches wait for the writer; count what was new."""
        while len(self._pending) > waiting:
            self._count_in(*self._pending.popleft())

    def _count_in(self, job: "Future[list[bool]]", batch: Batch, tally: Tally) -> None:
        from curator.formats.fast import Block
        from curator.formats.structure import faults_of

        fresh = job.result()
        tally.conversations += sum(fresh)
        news = iter(fresh)
        for chat, numbers in zip(batch.conversations, batch.rows, strict=True):
            if isinstance(chat, Block):
                self._count_block(chat, list(islice(news, len(chat))), tally)
                continue
            new = next(news)
            if new:
                if isinstance(chat, Conversation):
                    self.faults.update(faults_of(chat))
                self.languages[chat.meta.get("language")] += 1
            for number in numbers:
                self._count(tally, number, new)

    def _count_block(self, block: Any, fresh: list[bool], tally: Tally) -> None:
        new = sum(fresh)
        tally.kept += new
        tally.known += len(fresh) - new
        self.languages.update(compress(block.languages, fresh))

    def _count(self, tally: Tally, number: int, new: bool) -> None:
        """A row is kept when any of its conversations is new. Those of one row come together."""
        if number != self._counted:
            self._counted, self._was_new = number, new
            tally.kept += new
            tally.known += not new
        elif new and not self._was_new:
            self._was_new = True
            tally.kept += 1
            tally.known -= 1

    def _joins(self, rows: list[Any]) -> bool:
        from curator.formats.joining import looks_split

        if self.wishes.join is not None:
            return self.wishes.join
        ids = [str(row.get("id", "")) for row in rows if isinstance(row, Mapping)]
        return looks_split(ids)

    def _nothing(self, name: str, spoiled: list[Any], notes: list[str]) -> None:
        why = spoiled[0].reason if spoiled else "; ".join(notes) or "no records in it"
        where = f":{spoiled[0].line}" if spoiled else ""
        raise DataError(f"{name}{where}: nothing in it could be read ({why})")


def _sample(records: Iterator[Any]) -> Iterator[Any]:
    """Records until enough good ones are there to tell a layout."""
    from curator.formats.reading import Record

    good = 0
    for seen, record in enumerate(records):
        yield record
        good += isinstance(record, Record)
        if good >= SAMPLE or (not good and seen >= HOPELESS):
            return


def _limits(wishes: Wishes) -> Any:
    from curator.formats.reading import Limits

    return Limits(total=wishes.max_bytes)


def _text(row: Any) -> str:
    from curator.formats.reading.records import EXCERPT

    return msgspec.json.encode(row).decode("utf-8", "replace")[:EXCERPT]
