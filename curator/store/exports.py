"""What leaves: settled conversations by range of `ord`, and a record of every file written."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import msgspec

from curator.conversation import GIVEN, Conversation, Curated, Export, Settlement
from curator.errors import StoreError
from curator.store.connection import Connection, as_json
from curator.store.conversations import SHOWN, Conversations
from curator.store.cursor import Cursor
from curator.store.firsts import firsts
from curator.store.stretches import WINDOW, between, windows
from curator.store.trouble import is_starved
from curator.verdicts import Head, settlement

if TYPE_CHECKING:
    from curator.export.sheaf import Sheaf

T = TypeVar("T")

#: What DuckDB may hold of the workspace while it is read from end to end: nothing is read twice.
MEMORY = 48 << 20
RESTING = 16 << 20
_SETTLED = """
    heads h join conversations c on c.id = h.conversation_id join rewrites r on r.id = h.rewrite_id
    where h.verdict in ('accept', 'reject', 'edit')
    and r.ord not in (select ord from withdrawn)
"""


class Lines(msgspec.Struct, frozen=True):
    """Where the lines of one written file came from: for each, a conversation's `ord` and the
    turn it is about (-1: the whole chat)."""

    file: str
    sha256: str
    ords: Sequence[int]
    turns: Sequence[int]


class Exports:
    """The loading dock's tables."""

    def __init__(self, connection: Connection, conversations: Conversations) -> None:
        self._db = connection
        self._conversations = conversations

    # reading what may leave -----------------------------------------------------------------------

    def tally(self) -> dict[str, int]:
        """Conversations that have an accepted, edited or rejected turn, by that word, and the
        `untouched` ones that have none."""
        found = {
            str(verdict): int(n)
            for verdict, n in self._db.rows(
                f"select h.verdict, count(distinct c.ord) from {_SETTLED} and c.{SHOWN} "
                "group by h.verdict"
            )
        }
        settled = self._db.value(f"select count(distinct c.ord) from {_SETTLED} and c.{SHOWN}")
        return {
            "accepted": found.get("accept", 0),
            "edited": found.get("edit", 0),
            "rejected": found.get("reject", 0),
            "untouched": self._conversations.count() - int(settled),
        }

    def ords(self, verdicts: Sequence[str], untouched: bool) -> list[int]:
        """The `ord` of every conversation with a turn settled so, and of the untouched ones where
        they are asked for; ascending."""
        chosen = f"select c.ord from {_SETTLED} and h.verdict in (select unnest(?::varchar[]))"
        if not untouched:
            sql = f"select distinct ord from ({chosen}) where {SHOWN} order by ord"
            return [row[0] for row in self._db.rows(sql, [list(verdicts)])]
        sql = f"""
            select ord from conversations
            where {SHOWN} and (ord in ({chosen}) or ord not in (select c.ord from {_SETTLED}))
            order by ord
        """
        return [row[0] for row in self._db.rows(sql, [list(verdicts)])]

    def named(self, ids: Sequence[str]) -> dict[str, int]:
        """The `ord` of each conversation of `ids` that is here and not hidden."""
        sql = f"""
            select id, ord from conversations
            where {SHOWN} and id in (select unnest(?::varchar[]))
        """
        return {str(id_): int(ord_) for id_, ord_ in self._db.rows(sql, [list(set(ids))])}

    def firsts(self, ords: Sequence[int]) -> list[int]:
        """Those of `ords` (ascending) that should be written first: see `curator.store.firsts`."""
        return self._sparing(partial(firsts, self._db, ords))

    def curated(self, ords: Sequence[int]) -> Iterator[list[tuple[int, Curated]]]:
        """The conversations of `ords` (ascending) with all their settled turns, some thousands at
        a time, so that memory stays small however many there are."""
        settled = self._settled_places()
        for wanted in windows(ords):
            settlements = self._settlements(wanted[0], wanted[-1], settled)
            read = partial(_between, self._db, wanted)
            yield [
                (ord_, Curated(chat, settlements.get(ord_, ())))
                for ord_, chat in self._sparing(read)
            ]

    def leaving(
        self, ords: Sequence[int], named: bool, paired: bool = False
    ) -> Iterator[tuple["Sheaf", list[tuple[int, Curated]]]]:
        """Like `curated`, but conversations of words alone in which nothing was settled come by
        column, which is several times cheaper. `named` says that a conversation's own id is its
        name where its source gave none, `paired` that only those come by column in which question
        and answer take turns."""
        from curator.store.bare import parted

        settled = self._settled_places()
        for wanted in windows(ords):
            settlements = self._settlements(wanted[0], wanted[-1], settled)
            bare, whole = self._sparing(
                partial(parted, self._db, wanted, settlements, (named, paired))
            )
            yield bare, [(o, Curated(c, settlements.get(o, ()))) for o, c in whole.items()]

    def resting(self) -> AbstractContextManager[None]:
        """DuckDB keeps next to nothing of what it read, while others need the memory."""
        return self._db.at_most(RESTING)

    def _sparing(self, read: Callable[[], T]) -> T:
        """What is read with little memory, or where some long turns need more, with all that the
        workspace may take."""
        try:
            with self._db.at_most(MEMORY):
                return read()
        except StoreError as error:
            if not is_starved(error):
                raise
        return read()

    def _settled_places(self) -> list[tuple[int, int, int]]:
        """For stretches of conversations, in order: the last `ord`, and the range of rewrites'
        `ord` that they were settled with. Without it every window would read all rewrites."""
        return self._db.rows(
            f"""
            select max(c.ord), min(r.ord), max(r.ord) from {_SETTLED}
            group by c.ord // {WINDOW} order by 1
            """
        )

    def _settlements(
        self, first: int, last: int, places: Sequence[tuple[int, int, int]]
    ) -> dict[int, tuple[Settlement, ...]]:
        near = [p for p in places if p[0] // WINDOW in (first // WINDOW, last // WINDOW)]
        if not near:
            return {}
        rows = self._db.rows(
            f"""
            select c.ord, h.rewrite_id, h.conversation_id, h.turn_index, h.verdict, h.content,
                h.seq, t.content, r.content, r.criticism, h.reviewer, r.model
            from turns t, {_SETTLED} and t.ord = c.ord and t.turn_index = h.turn_index
            and c.ord between ? and ? and t.ord between ? and ? and r.ord between ? and ?
            order by c.ord, h.turn_index, h.verdict = 'reject' desc, h.seq
            """,
            [first, last, first, last, min(p[1] for p in near), max(p[2] for p in near)],
        )
        found: dict[int, dict[int, Settlement]] = {}
        refused: dict[tuple[int, int], list[str]] = {}
        for ord_, rewrite, id_, index, verdict, content, seq, before, after, *words in rows:
            head = Head(rewrite, id_, index, verdict, content, seq=seq)
            one = msgspec.structs.replace(
                settlement(head, before, after), criticism=words[0], reviewer=words[1]
            )
            if verdict == "reject":
                others = refused.setdefault((ord_, index), [])
                one = msgspec.structs.replace(one, also=tuple(others))
                others += [after] if words[2] == GIVEN and one.rejected is not None else []
            # Of several rewrites of one turn the last accepted or edited one speaks.
            found.setdefault(ord_, {})[index] = one
        return {ord_: tuple(turns[i] for i in sorted(turns)) for ord_, turns in found.items()}

    def akin(self, units: Sequence[str]) -> list[tuple[int, int]]:
        """Pairs of conversations, by `ord`, that dedup put into one group of one of `units`."""
        return [
            (int(one), int(other))
            for one, other in self._db.rows(
                """
                select k.ord, m.ord from duplicates d
                join conversations k on k.id = split_part(d.keeper, '#', 1)
                join conversations m on m.id = split_part(d.member, '#', 1)
                where d.unit in (select unnest(?::varchar[])) order by k.ord, m.ord
                """,
                [list(units)],
            )
        ]

    # keeping what left ----------------------------------------------------------------------------

    def add(self, export: Export, lines: Sequence[Lines] = ()) -> int:
        """Store one export and where its lines came from, all or nothing; its id. Of a workspace
        that may only be read it is not noted: -1."""
        if self._db.read_only:
            return -1
        with self._db.at_most(MEMORY), self._db.transaction() as cursor:
            id_ = self._db.next_number("exports", "id")
            cursor.execute(
                """
                insert into exports
                (id, run_id, path, format, row_count, sha256, manifest, created)
                values (?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    id_, export.run_id, export.path, export.format, export.rows, export.sha256,
                    as_json(export.manifest), datetime.now(UTC).replace(tzinfo=None),
                ],
            )  # fmt: skip
            for file in lines:
                self._insert(cursor, id_, file)
        return id_

    def _insert(self, cursor: Cursor, export: int, file: Lines) -> None:
        """Add the lines of a file. What is the same in all of them stands in the statement: a
        column of it would fill the memory at a million lines."""
        import numpy as np
        import pyarrow as pa

        columns = {
            "line": np.arange(1, len(file.ords) + 1),
            "ord": np.array(file.ords, np.int64),
            "turn_index": np.array(file.turns, np.int32),
        }
        cursor.register("incoming", pa.table(columns))
        try:
            cursor.execute(
                """
                insert into export_lines (export_id, file, sha256, line, ord, turn_index)
                select ?, ?, ?, line, ord, turn_index from incoming
                """,
                [export, file.file, file.sha256],
            )
        finally:
            cursor.unregister("incoming")

    def all(self) -> list[Export]:
        """All of them, oldest first."""
        return [
            Export(path, format_, rows, sha, msgspec.json.decode(manifest), id_, run_id)
            for id_, run_id, path, format_, rows, sha, manifest in self._db.rows(
                """
                select id, run_id, path, format, row_count, sha256, manifest
                from exports order by id
                """
            )
        ]

    def latest(self) -> Export | None:
        """The one written last, or None."""
        found = self.all()
        return found[-1] if found else None

    def line(self, file: str, line: int) -> tuple[Export, str, int, int] | None:
        """Of the latest export that wrote `file`: the export, the file's checksum then, and the
        conversation's `ord` and turn behind a line; None where it never had such a line."""
        rows = self._db.rows(
            """
            select export_id, sha256, ord, turn_index from export_lines
            where file = ? and line = ?
            and export_id = (select max(export_id) from export_lines where file = ?)
            """,
            [file, line, file],
        )
        if not rows:
            return None
        id_, sha256, ord_, turn_index = rows[0]
        export = next(export for export in self.all() if export.id == id_)
        return export, sha256, ord_, turn_index

    def file_of(self, sha256: str) -> str | None:
        """The name under which a file of that checksum was written last, or None."""
        found = self._db.value(
            "select arg_max(file, export_id) from export_lines where sha256 = ?", [sha256]
        )
        return None if found is None else str(found)

    def conversation(self, ord_: int) -> Conversation | None:
        """The conversation at `ord`, hidden or not; None where it was taken out again."""
        id_ = self._db.value("select id from conversations where ord = ?", [ord_])
        return None if id_ is None else self._conversations.get(id_)

    def files(self) -> list[str]:
        """Every file that was ever written, by name."""
        return [
            row[0] for row in self._db.rows("select distinct file from export_lines order by file")
        ]


def _between(db: Connection, wanted: Sequence[int]) -> list[tuple[int, Conversation]]:
    return list(between(db, wanted[0], wanted[-1], set(wanted)))
