"""What a search index lacks, in batches of documents: turns first, then rewrites."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from curator.filters.words import spread
from curator.store.connection import Connection
from curator.store.index_marks import Marks

#: Texts in a commit: at most so much work is lost to a crash.
COMMIT = 200_000
#: Texts handed over at a time.
CHUNK = 500
#: The bits of a turn's index in its place number.
SHIFT = 24


class Batch(msgspec.Struct, frozen=True):
    """One commit's worth: lists of documents, and the marks that hold after it."""

    documents: Iterator[list[Any]]
    after: Marks


def beyond(db: Connection, marks: Marks) -> int:
    """How many turns and rewrites there are that an index lacks."""
    return int(
        db.value(
            """
            select (select coalesce(sum(turn_count), 0) from conversations where ord > ?)
                + (select count(*) from rewrites where ord > ?)
            """,
            [marks.ord, marks.rewrite],
        )
    )


def batches(db: Connection, marks: Marks) -> Iterator[Batch]:
    """What lies beyond the marks. Read the documents of one batch before asking for the next."""
    last = db.next_number("conversations", "ord") - 1
    while marks.ord < last:
        stop = _stop(db, marks.ord, last)
        id_ = db.value("select id from conversations where ord = ?", [stop])
        after = msgspec.structs.replace(marks, batch=marks.batch + 1, ord=stop, id=id_ or "")
        yield Batch(_turns(db, marks.ord, stop, after.batch), after)
        marks = after
    last = db.next_number("rewrites", "ord") - 1
    while marks.rewrite < last:
        stop = min(marks.rewrite + COMMIT // 2, last)
        id_ = db.value("select id from rewrites where ord = ?", [stop])
        after = msgspec.structs.replace(
            marks, batch=marks.batch + 1, rewrite=stop, rewrite_id=id_ or ""
        )
        yield Batch(_rewrites(db, marks.rewrite, stop, after.batch), after)
        marks = after


def _stop(db: Connection, after: int, last: int) -> int:
    """The last conversation of a commit that begins behind `after`."""
    found = db.value(
        """
        select max(ord) from (
            select ord, sum(turn_count) over (order by ord) as turns
            from conversations where ord > ? and ord <= ?
        ) where turns <= ?
        """,
        [after, after + COMMIT, COMMIT],
    )
    return min(last, max(after + 1, int(found if found is not None else after + 1)))


def _turns(db: Connection, after: int, upto: int, batch: int) -> Iterator[list[Any]]:
    from tantivy import Document

    sql = f"""
        select ord << {SHIFT} | turn_index, content from turns where ord > ? and ord <= ?
    """
    for rows in _read(db, sql, [after, upto]):
        texts = spread([text or "" for _, text in rows])
        yield [
            Document(place=place, batch=batch, said=said)
            for (place, _), said in zip(rows, texts, strict=True)
        ]


def _rewrites(db: Connection, after: int, upto: int, batch: int) -> Iterator[list[Any]]:
    from tantivy import Document

    sql = "select ord, content, criticism from rewrites where ord > ? and ord <= ?"
    for rows in _read(db, sql, [after, upto]):
        texts = spread([text or "" for _, *both in rows for text in both])
        yield [
            Document(place=ord_, batch=batch, proposed=[text, why])
            for (ord_, *_), text, why in zip(rows, texts[::2], texts[1::2], strict=True)
        ]


def _read(db: Connection, sql: str, parameters: Sequence[Any]) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a query as they come, on a cursor of their own: whoever reads them may ask
    other things meanwhile, or stop."""
    cursor = db.fresh_cursor()
    try:
        cursor.execute(sql, parameters)
        while rows := cursor.fetchmany(CHUNK):
            yield rows
    finally:
        cursor.close()
