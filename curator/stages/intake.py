"""The work of an import: rows in, batches committed, every row accounted for."""

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

import msgspec

from curator.conversation import Conversation, Origin
from curator.errors import DataError
from curator.formats.joining import Joiner
from curator.stages.accounts import Place, Tally, Wishes
from curator.stages.base import Progress
from curator.stages.outbox import Outbox
from curator.store import Store
from curator.store.rejects import Reject

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
        #: Whether some answer came with others.
        self.rivals = False
        self.joiner: Joiner[Place] = Joiner()
        # Millions of values that refer to nothing but texts: the collector would look at them all
        # again and again and find nothing (a fifth of the time).
        self._collecting = gc.isenabled()
        gc.disable()
        self.out = Outbox(store.conversations.bulk(store.run_id))

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
            try:
                self._rows(tally, reading, chain(first, records), rows)
            finally:
                self.out.commit(tally)
                self.out.settle()
                tally.kept += tally.together if tally.conversations else 0
                tally.known += 0 if tally.conversations else tally.together
                tally.notes += reading.notes
                if tally.others:
                    found = ", ".join(f"{name} {n:,}" for name, n in tally.others.most_common())
                    tally.notes.append(f"rows of other layouts: {found}")
        return tally

    def refused(self, name: str, reason: str) -> None:
        """Note a file that could not be read at all (or to its end)."""
        tally = next((t for t in self.tallies if t.file == name), None)
        if tally is None:
            tally = Tally(name, "unreadable")
            self.tallies.append(tally)
        tally.notes.append(reason.removeprefix(f"{name}: "))

    def finish(self) -> None:
        """Take in the pieces of cut chats that waited for others, when every file was read."""
        for whole, places in self.joiner.rest():
            self._keep(whole, places)
            if self.out.full:
                self.out.commit(places[0][0])
        if self.tallies:
            self.out.commit(self.tallies[-1])
            self.out.settle()

    def close(self) -> None:
        """Wait for what is being written, and write what still waits."""
        try:
            self.out.close()
        finally:
            if self._collecting:
                gc.enable()

    def words(self) -> list[str]:
        """What is worth knowing about the chats that came in, in sentences."""
        from curator.formats.language import tally

        lines = []
        if self.joiner.joined:
            lines.append(f"joined: {self.joiner.joined:,} pieces to the chat before them")
        if self.out.faults:
            found = ", ".join(f"{name} {n:,}" for name, n in self.out.faults.most_common())
            lines.append(f"out of order: {found} (`curator fix` shows and mends them)")
        if self.out.languages:
            lines.append(f"languages: {tally(self.out.languages)}")
        return lines

    def _rows(self, tally: Tally, reading: Any, records: Iterable[Any], rows: list[Any]) -> None:
        from curator.formats.fast import Block, scanner
        from curator.formats.layouts import layout_of
        from curator.formats.plain import Plain, shortcut
        from curator.formats.reading import Spoiled

        layout = layout_of(rows, tally.file, self.wishes.asked, self.wishes.mapping)
        tally.layout = layout.format.name
        joiner = self.joiner if self._joins(rows) else None
        if joiner is None and not layout.mapped and not layout.wrapping:
            reading.decoder.shortcut = shortcut(tally.layout)
            if self.wishes.limit is None and (clean := scanner(tally.layout)) is not None:
                reading.decoder.scanner = clean.read
                reading.decoder.large |= (reading.source.size or 0) >= clean.worth
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
                self._take_plain(tally, record.line, record.row, number)
            elif layout.format.gather is not None:
                gathered.append((number, record))
            else:
                self._take(tally, layout, joiner, number, record)
            if number % STRIDE == STRIDE - 1:
                done = self._step(reading.source, done, tally)
        if layout.format.gather is not None:
            self._gather(tally, layout, gathered)
        self.progress.step((reading.source.size or done) - done, f"{tally.rows:,} rows")

    def _step(self, source: Any, done: int, tally: Tally) -> int:
        """Tell how far the file is read, and hand on the batch when it is full."""
        now = source.done()
        self.progress.step(now - done, f"{tally.rows:,} rows")
        if self.out.full:
            self.out.commit(tally)
        return int(now)

    def _take(self, tally: Tally, layout: Any, joiner: Any, number: int, record: Any) -> None:
        try:
            found = layout.conversations(record.row)
        except DataError as error:
            self._reject(tally, record.line, record.byte, str(error), _text(record.row))
            return
        if (name := found[0].origin.format) != tally.layout:
            tally.others[name] += 1
        for conversation in found:
            mine = self._stamped(conversation, tally.file, record.line, layout.format.name)
            place = (tally, number)
            for whole, places in joiner.put(mine, place) if joiner else ((mine, [place]),):
                self._keep(whole, places)

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
            if self.out.full:
                self.out.commit(tally)
        tally.together = len(rows) - refused

    def _stamped(self, c: Conversation, file: str, line: int, format_: str) -> Conversation:
        """The conversation with its place, its language, and what the person said of the file."""
        from curator.formats.language import language_of, named

        origin = Origin(file, line, c.origin.format or format_, c.origin.source_id)
        meta = dict(c.meta)
        if self.wishes.license is not None:
            meta["license"] = self.wishes.license
        if self.wishes.language is not None:
            meta["language"] = self.wishes.language
        elif code := named(meta["language"]) if "language" in meta else language_of(c):
            meta["language"] = code
        return Conversation(c.turns, origin, meta)

    def _take_plain(self, tally: Tally, line: int, chat: Any, number: int) -> None:
        """The same as `_take` for a line that took the shortcut."""
        wishes = self.wishes
        chat.origin = Origin(tally.file, line, chat.format, chat.source_id)
        code = chat.language() if wishes.language is None else wishes.language
        named = (("license", wishes.license), ("language", code))
        chat.meta = {key: value for key, value in named if value is not None}
        self.out.add(chat, [(tally, number)], len(chat.texts), chat.size)

    def _take_block(self, file: str, block: Any) -> None:
        """The same for many lines that were read at once."""
        block.source, block.license = file, self.wishes.license
        if self.wishes.language is not None:
            block.languages = [self.wishes.language] * len(block)
        self.out.add(block, [], block.turns, block.size)

    def _keep(self, conversation: Conversation, places: list[Place]) -> None:
        turns = conversation.turns
        self.rivals = self.rivals or any("alternatives" in turn.extra for turn in turns)
        self.out.add(conversation, places, len(turns), sum([len(turn.content) for turn in turns]))

    def _reject(self, tally: Tally, line: int, byte: int, reason: str, raw: str) -> None:
        tally.rejected += 1
        tally.reasons[reason] += 1
        self.out.reject(Reject(tally.file, line, byte, reason, raw))

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
