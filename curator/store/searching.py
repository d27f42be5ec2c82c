"""Full-text search: a tantivy index beside the workspace, made from it and never needed.

Each turn and each rewrite is a document; CJK characters are words of their own, so that phrases
find them anywhere. The index may be deleted, and lags behind: what it has not got yet is added
on the next search where that is little, and sought in the texts where it is much.
"""

import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from curator.errors import StoreError
from curator.filters.nodes import Words
from curator.filters.words import pattern, tokens
from curator.progress import Progress, Silent
from curator.store.connection import Connection
from curator.store.word_index import FIELDS, WordIndex, of_the_index

#: Part of the marks: an index made otherwise is made anew.
METHOD = 1
#: Turns that are added at once before a search; and from how many on an index is worth having.
FEW = 20_000
#: Conversations read at a time, and turns in a commit: at most so much is lost to a crash.
WINDOW, COMMIT = 2_000, 400_000
MARKS = "curator.json"
#: The first character of a turn's index in its place number.
SHIFT = 24


class Marks(msgspec.Struct, frozen=True):
    """How far an index goes: up to which conversation and which rewrite, and their ids, by which a
    workspace that was put back from a backup is told."""

    identity: str
    method: int = METHOD
    batch: int = 0
    ord: int = -1
    id: str = ""
    rewrite: int = -1
    rewrite_id: str = ""


class Coverage(msgspec.Struct, frozen=True):
    """How many turns and rewrites there are, how many of them the index lacks, and its bytes."""

    texts: int
    missing: int
    bytes: int

    @property
    def exists(self) -> bool:
        """Whether there is an index at all."""
        return self.bytes > 0


class Searching:
    """The index of one workspace. One thread at a time is let in."""

    def __init__(self, connection: Connection, path: Path, identity: str) -> None:
        self._db = connection
        self.folder = path.with_name(path.name + ".search")
        self._identity = identity
        self._lock = threading.RLock()
        self._index = WordIndex(self.folder)

    # asking ---------------------------------------------------------------------------------------

    def places(self, words: Words) -> Any:
        """Where the words are said: an Arrow table of (ord, turn_index), a rewrite at its turn.
        None where there is no index and the texts themselves have to be looked at."""
        if not tokens(words.text):
            return None
        with self._lock:
            marks = self._marks()
            if marks is None or not marks.batch:
                return None
            try:
                marks = self._caught_up(marks)
                turns, rewrites = (self._index.places(field, words) for field in FIELDS)
            except BaseException as error:
                if not of_the_index(error):
                    raise
                self.drop()  # a damaged index is no loss
                return None
        return self._joined(turns, rewrites, words, marks)

    def coverage(self) -> Coverage:
        """How much of the workspace the index has."""
        with self._lock:
            marks = self._marks() or Marks(self._identity)
            size = sum(f.stat().st_size for f in self.folder.rglob("*") if f.is_file())
            return Coverage(
                sum(self._beyond(Marks(self._identity))), sum(self._beyond(marks)), size
            )

    # building -------------------------------------------------------------------------------------

    def build(self, progress: Progress | None = None) -> int:
        """Add all that is missing; how many texts were. What was added stays when this is cut
        short. Raises `StoreError` where the index cannot be written, `Cancelled` from `progress`.
        """
        progress = progress or Silent()
        added = 0
        with self._lock:
            marks = self._marks() or Marks(self._identity)
            progress.begin(sum(self._beyond(marks)), "texts indexed")
            try:
                for after, count in self._batches(marks):
                    _write(self.folder / MARKS, after)
                    added += count
                    progress.step(count)
            except BaseException as error:
                if not of_the_index(error):
                    raise
                raise StoreError(
                    f"{self.folder}: the search index cannot be written ({error}); make room, or "
                    "delete the folder (it holds nothing of its own) and try again"
                ) from error
        return added

    def drop(self) -> None:
        """Forget the index; the next build makes it anew."""
        with self._lock:
            self._index.drop()

    # inside ---------------------------------------------------------------------------------------

    def _marks(self) -> Marks | None:
        """How far the index goes; None where there is none that belongs to this workspace."""
        try:
            marks = msgspec.json.decode((self.folder / MARKS).read_bytes(), type=Marks)
        except (OSError, msgspec.DecodeError):
            return None
        known = (
            (marks.id, "select id from conversations where ord = ?", marks.ord),
            (marks.rewrite_id, "select id from rewrites where ord = ?", marks.rewrite),
        )
        alike = all(self._db.value(sql, [at]) == id_ for id_, sql, at in known if id_)
        if (marks.identity, marks.method) == (self._identity, METHOD) and alike:
            return marks
        self.drop()
        return None

    def _beyond(self, marks: Marks) -> tuple[int, int]:
        """How many turns and rewrites there are that the index lacks."""
        turns, rewrites = self._db.rows(
            """
            select (select coalesce(sum(turn_count), 0) from conversations where ord > ?),
                (select count(*) from rewrites where ord > ?)
            """,
            [marks.ord, marks.rewrite],
        )[0]
        return int(turns), int(rewrites)

    def _caught_up(self, marks: Marks) -> Marks:
        after = marks
        if 0 < sum(self._beyond(marks)) <= FEW:
            for after, _ in self._batches(marks):
                _write(self.folder / MARKS, after)
        return after

    def _batches(self, marks: Marks) -> Iterator[tuple[Marks, int]]:
        """Add what is missing, a commit at a time: the marks after each, and how many texts."""
        if not any(self._beyond(marks)):
            return
        with self._index.writing() as writer:
            for texts, after in self._texts(marks):
                # What a crash left of this batch after its commit and before its marks.
                writer.delete_documents_by_term("batch", after.batch)
                count = 0
                for document in texts:
                    writer.add_document(document)
                    count += 1
                writer.commit()
                self._index.reload()
                yield after, count

    def _texts(self, marks: Marks) -> Iterator[tuple[Iterator[Any], Marks]]:
        """The missing documents, a commit's worth at a time, with the marks that then hold."""
        last = self._db.next_number("conversations", "ord") - 1
        while marks.ord < last:
            stop = self._stop(marks.ord, last)
            id_ = self._db.value("select id from conversations where ord = ?", [stop])
            after = msgspec.structs.replace(marks, batch=marks.batch + 1, ord=stop, id=id_ or "")
            yield self._turns(marks.ord + 1, stop, after.batch), after
            marks = after
        last = self._db.next_number("rewrites", "ord") - 1
        while marks.rewrite < last:
            stop = min(marks.rewrite + COMMIT // 2, last)
            id_ = self._db.value("select id from rewrites where ord = ?", [stop])
            after = msgspec.structs.replace(
                marks, batch=marks.batch + 1, rewrite=stop, rewrite_id=id_ or ""
            )
            yield self._rewrites(marks.rewrite + 1, stop, after.batch), after
            marks = after

    def _stop(self, after: int, last: int) -> int:
        """The last conversation of a commit that begins behind `after`."""
        found = self._db.value(
            """
            select max(ord) from (
                select ord, sum(turn_count) over (order by ord) as turns
                from conversations where ord > ? and ord <= ?
            ) where turns <= ?
            """,
            [after, after + COMMIT, COMMIT],
        )
        return min(last, max(after + 1, int(found if found is not None else after + 1)))

    def _turns(self, first: int, last: int, batch: int) -> Iterator[Any]:
        from tantivy import Document

        for start in range(first, last + 1, WINDOW):
            for ord_, turn, text in self._db.rows(
                "select ord, turn_index, content from turns where ord between ? and ?",
                [start, min(start + WINDOW - 1, last)],
            ):
                yield Document(place=ord_ << SHIFT | turn, batch=batch, said=text or "")

    def _rewrites(self, first: int, last: int, batch: int) -> Iterator[Any]:
        from tantivy import Document

        for start in range(first, last + 1, WINDOW):
            for ord_, text, why in self._db.rows(
                "select ord, content, criticism from rewrites where ord between ? and ?",
                [start, min(start + WINDOW - 1, last)],
            ):
                yield Document(place=ord_, batch=batch, proposed=[text or "", why or ""])

    def _joined(self, turns: Any, rewrites: Any, words: Words, marks: Marks) -> Any:
        """The hits of the index as (ord, turn_index), with those beyond it."""
        import numpy as np
        import pyarrow as pa

        cursor = self._db.cursor
        cursor.register("found_rewrites", pa.table({"ord": rewrites}))
        try:
            rows = cursor.execute(
                """
                select c.ord, r.turn_index from rewrites r
                join conversations c on c.id = r.conversation_id
                where r.ord not in (select ord from withdrawn) and (
                    r.ord in (select ord from found_rewrites)
                    or r.ord > $rewrite and (
                        regexp_matches(r.content, $words) or regexp_matches(r.criticism, $words)))
                union all
                select ord, turn_index from turns
                where ord > $ord and regexp_matches(content, $words)
                """,
                {"rewrite": marks.rewrite, "ord": marks.ord, "words": pattern(words)},
            ).fetchall()
        finally:
            cursor.unregister("found_rewrites")
        more = np.array(rows, np.int64).reshape(len(rows), 2)
        return pa.table(
            {
                "ord": np.concatenate([turns >> SHIFT, more[:, 0]]),
                "turn_index": np.concatenate([turns & (1 << SHIFT) - 1, more[:, 1]]),
            }
        )


def _write(path: Path, marks: Marks) -> None:
    """Replace the marks whole or not at all."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(marks))
    with suppress(FileNotFoundError):
        fresh.replace(path)
