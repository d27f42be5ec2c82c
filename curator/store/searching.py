"""Full-text search: a tantivy index beside the workspace, made from it and never needed.

Each turn and each rewrite is a document; CJK characters are words of their own, so that phrases
find them anywhere. The index may be deleted, and lags behind: what it has not got yet is sought in
the texts themselves, also while it is being made.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import msgspec

from curator.errors import Cancelled, StoreError
from curator.filters.nodes import Words
from curator.filters.words import pattern, tokens
from curator.progress import Progress, Silent
from curator.store import index_marks
from curator.store.arrow import table
from curator.store.connection import Connection
from curator.store.filter_columns import WRITTEN
from curator.store.index_marks import METHOD, Marks
from curator.store.index_texts import SHIFT, batches, beyond
from curator.store.word_index import FIELDS, WordIndex, mirrored, of_the_index
from curator.store.word_reading import WordReading

#: With so many pieces a search takes longer than need be; the next build joins them.
PIECES = 24
#: From so many chats and rewrites on it is told how far one is with reading them.
LONG = 40_000


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
    """The index of one workspace. Any thread may ask, also while one builds.

    `notices` are sentences about an index that had to be given up; show them to the person.
    """

    def __init__(self, connection: Connection, path: Path, identity: str) -> None:
        self._db = connection
        self.folder = path.with_name(path.name + ".search")
        self.notices: list[str] = []
        self._identity = identity
        self._building = threading.RLock()
        # A search locks the folder that it reads in; links to the files stand where it may.
        self._mirror = mirrored(self.folder) if connection.read_only else None
        self._index = WordIndex(Path(self._mirror.name) if self._mirror else self.folder)
        self._reading = WordReading(connection)
        self._told = threading.local()
        #: What shows to the person how far one is with reading, where no `telling` does.
        self.shown: Callable[[], AbstractContextManager[Progress]] | None = None
        #: The marks whose files were found to be in order.
        self._looked_at: Marks | None = None

    # asking ---------------------------------------------------------------------------------------

    def places(self, words: Words) -> Any:
        """Where the words are said: an Arrow table of (ord, turn_index), a rewrite at its turn.
        What the index lacks is read; that is told to the `telling` of this thread, which may stop
        it: raises `Cancelled`. None where there is no word in them."""
        import numpy as np

        if not tokens(words.text):
            return None
        marks = self._marks()
        found = (np.empty(0, np.int64), np.empty(0, np.int64))
        try:
            if marks is not None and marks.batch:
                found = tuple(self._index.places(field, words) for field in FIELDS)
        except BaseException as error:
            if not of_the_index(error):
                raise
            self._give_up(f"it cannot be read ({_first_line(error)})")
            marks = None
        return self._joined(*found, words, marks or Marks(self._identity))

    @contextmanager
    def telling(self, progress: Progress) -> Iterator[None]:
        """Inside the block it is told to `progress` how far this thread is with reading texts."""
        before = getattr(self._told, "progress", None)
        self._told.progress = progress
        try:
            yield
        finally:
            self._told.progress = before

    def coverage(self) -> Coverage:
        """How much of the workspace the index has."""
        marks = self._marks() or Marks(self._identity)
        size = sum(f.stat().st_size for f in self.folder.rglob("*") if f.is_file())
        return Coverage(beyond(self._db, Marks(self._identity)), beyond(self._db, marks), size)

    def fault(self) -> str | None:
        """What is wrong with the files of the index, each read through; None where nothing is, or
        there is no index."""
        marks = index_marks.read(self.folder)
        return index_marks.fault(self.folder, marks, through=True) if marks else None

    # building -------------------------------------------------------------------------------------

    def build(self, progress: Progress | None = None) -> int:
        """Add all that is missing; how many texts were. What was committed stays when this is cut
        short. Raises `StoreError` where the index cannot be written, `Cancelled` from `progress`.
        """
        progress = progress or Silent()
        self._db.check_writable()
        with self._building:
            marks = self._marks()
            if marks is None:
                self._index.drop()
                marks = Marks(self._identity)
            missing = beyond(self._db, marks)
            progress.begin(missing, "texts indexed")
            if not missing and self._index.pieces() <= PIECES:
                return 0
            with self._said(), self._index.writing() as writer:
                marks = self._add(writer, marks, progress)
            self._looked_at = index_marks.write(self.folder, marks)
        return missing

    def drop(self) -> None:
        """Forget the index; the next build makes it anew."""
        self._db.check_writable()
        with self._building:
            self._looked_at = None
            self._index.drop()

    # inside ---------------------------------------------------------------------------------------

    def _add(self, writer: Any, marks: Marks, progress: Progress) -> Marks:
        """Add what lies beyond the marks, a commit at a time; the marks after the last."""
        for batch in batches(self._db, marks):
            # What a crash left of this batch after its commit and before its marks.
            writer.delete_documents_by_term("batch", batch.after.batch)
            added = 0
            for documents in batch.documents:
                for document in documents:
                    writer.add_document(document)
                added += len(documents)
                progress.step(len(documents))
            writer.commit()
            self._index.reload()
            whole = msgspec.structs.replace(
                batch.after, files=marks.files, texts=marks.texts + added
            )
            marks = self._looked_at = index_marks.write(self.folder, whole)
        return marks

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            if not of_the_index(error):
                raise
            raise StoreError(
                f"{self.folder}: the search index cannot be written ({_first_line(error)}); make "
                "room, or delete the folder (it holds nothing of its own) and try again"
            ) from error

    def _marks(self) -> Marks | None:
        """How far the index goes; None where there is none that belongs to this workspace and is
        in order."""
        marks = index_marks.read(self.folder)
        if marks is None:
            if self._index.there() and not self._busy():
                self._give_up("it does not say how far it goes")
            return None
        if marks == self._looked_at:
            return marks
        if (marks.identity, marks.method) != (self._identity, METHOD):
            self._give_up("it was made by another version, or of another workspace")
            return None
        known = (
            (marks.id, "select id from conversations where ord = ?", marks.ord),
            (marks.rewrite_id, "select id from rewrites where ord = ?", marks.rewrite),
        )
        if not all(self._db.value(sql, [at]) == id_ for id_, sql, at in known if id_):
            self._give_up("it was made when the workspace held other chats")
            return None
        if not self._busy() and (fault := index_marks.fault(self.folder, marks)):
            self._give_up(fault)
            return None
        self._looked_at = marks
        return marks

    def _busy(self) -> bool:
        """Whether another thread builds just now."""
        if not self._building.acquire(blocking=False):
            return True
        self._building.release()
        return False

    def _give_up(self, why: str) -> None:
        """Delete an index that is of no use: no loss, for all of it follows from the workspace."""
        if self._db.read_only:
            self.notices.append(f"the search index is of no use: {why}; the texts are read instead")
            return
        if not self._building.acquire(blocking=False):
            return
        try:
            self.drop()
        finally:
            self._building.release()
        self.notices.append(
            f"the search index was given up: {why}; nothing is lost, the texts themselves are read "
            "until `curator search --rebuild` makes it anew"
        )

    def _joined(self, turns: Any, rewrites: Any, words: Words, marks: Marks) -> Any:
        """The hits of the index as (ord, turn_index), with those beyond it."""
        import numpy as np
        import pyarrow as pa

        # A commit whose marks were never written may hold what was then lost: it does not count.
        turns, rewrites = turns[turns >> SHIFT <= marks.ord], rewrites[rewrites <= marks.rewrite]
        newer, newer_rewrites = self._read(words, marks)
        rewrites = np.concatenate([rewrites, newer_rewrites])
        rows = [*self._at_their_turns(rewrites), *self._edits(words)]
        more = np.concatenate([newer, np.array(rows, np.int64).reshape(len(rows), 2)])
        return pa.table(
            {
                "ord": np.concatenate([turns >> SHIFT, more[:, 0]]),
                "turn_index": np.concatenate([turns & (1 << SHIFT) - 1, more[:, 1]]),
            }
        )

    def _at_their_turns(self, rewrites: Any) -> list[tuple[Any, ...]]:
        """The places of the rewrites of these numbers."""
        if not len(rewrites):
            return []
        cursor = self._db.cursor
        cursor.register("found", table({"ord": rewrites}))
        try:
            return cursor.execute(PLACED).fetchall()
        finally:
            cursor.unregister("found")

    def _edits(self, words: Words) -> list[tuple[Any, ...]]:
        if not self._db.value("select 1 from heads where verdict = 'edit' limit 1"):
            return []
        return self._db.cursor.execute(EDITS, {"words": pattern(words)}).fetchall()

    def _read(self, words: Words, marks: Marks) -> tuple[Any, Any]:
        """What the words are said in beyond the marks; see `WordReading.hits`."""
        lacking = self._reading.lacking(words, marks)
        progress: Progress | None = getattr(self._told, "progress", None)
        if lacking < LONG or (progress is None and self.shown is None):
            return self._reading.hits(words, marks, Silent())
        with self.shown() if progress is None and self.shown else nullcontext(progress) as told:
            assert told is not None
            told.begin(lacking, f"chats read for {words}")
            try:
                return self._reading.hits(words, marks, told)
            except Cancelled:
                raise Cancelled(f"stopped; not all was read for {words}, which goes on") from None


#: Where the rewrites of a table `found` stand.
PLACED = """
select c.ord, r.turn_index from found join rewrites r on r.ord = found.ord
join conversations c on c.ord = r.chat
where r.ord not in (select ord from withdrawn)
"""
#: What people wrote: it is never in the index.
EDITS = f"""
select c.ord, h.turn_index from heads h join conversations c on c.id = h.conversation_id
where {WRITTEN} and regexp_matches(h.content, $words)
"""


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
