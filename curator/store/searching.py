"""Full-text search: a tantivy index beside the workspace, made from it and never needed.

Each turn and each rewrite is a document; CJK characters are words of their own, so that phrases
find them anywhere. The index may be deleted, and lags behind: what it has not got yet is sought in
the texts themselves, also while it is being made.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from curator.errors import StoreError
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

#: With so many pieces a search takes longer than need be; the next build joins them.
PIECES = 24


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
        #: The marks whose files were found to be in order.
        self._looked_at: Marks | None = None

    # asking ---------------------------------------------------------------------------------------

    def places(self, words: Words) -> Any:
        """Where the words are said: an Arrow table of (ord, turn_index), a rewrite at its turn.
        None where there is no index and the texts themselves have to be looked at."""
        if not tokens(words.text):
            return None
        marks = self._marks()
        if marks is None or not marks.batch:
            return None
        try:
            turns, rewrites = (self._index.places(field, words) for field in FIELDS)
        except BaseException as error:
            if not of_the_index(error):
                raise
            self._give_up(f"it cannot be read ({_first_line(error)})")
            return None
        return self._joined(turns, rewrites, words, marks)

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
        rows = [*self._at_their_turns(rewrites), *self._beyond(words, marks)]
        more = np.array(rows, np.int64).reshape(len(rows), 2)
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

    def _beyond(self, words: Words, marks: Marks) -> list[tuple[Any, ...]]:
        """Where the words are said in what the index has not got. Nothing is asked of a table that
        it has whole: to ask costs more than all of the index does."""
        asked, rows = {"words": pattern(words)}, []
        if self._db.value("select 1 from heads where verdict = 'edit' limit 1"):
            rows += self._db.cursor.execute(EDITS, asked).fetchall()
        newer = (
            (NEW_REWRITES, "rewrites", marks.rewrite),
            (NEW_TURNS, "conversations", marks.ord),
        )
        for sql, of, last in newer:
            if self._db.next_number(of, "ord") - 1 > last:
                rows += self._db.cursor.execute(sql, {**asked, "last": last}).fetchall()
        return rows


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
#: What came in since.
NEW_REWRITES = """
select c.ord, r.turn_index from rewrites r join conversations c on c.ord = r.chat
where r.ord > $last and r.ord not in (select ord from withdrawn) and (
    regexp_matches(r.content, $words) or regexp_matches(r.criticism, $words))
"""
NEW_TURNS = (
    "select ord, turn_index from turns where ord > $last and regexp_matches(content, $words)"
)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
