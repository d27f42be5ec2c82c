"""Decisions: an append-only history, and the head of every rewrite folded from it.

An act is what one key press decided: one decision, or many that share an `op`. It is written to
the journal and synced, then committed here; only then does `record` return.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from curator.conversation import Decision
from curator.errors import StoreError
from curator.store.connection import Connection
from curator.store.decision_rows import (
    EVENT,
    EVENTS,
    HEAD,
    HEADS,
    as_decision,
    as_head,
    by_column,
    event_rows,
    head_row,
)
from curator.store.interrupts import held_back
from curator.store.journal import Journal
from curator.verdicts import TIME_TRAVEL, Head, apply, check, fold, reversal

#: Up to this many rows a statement each is cheaper than an Arrow table.
FEW = 8


class Decisions:
    """The reading room's tables. One writer at a time; readers on any thread."""

    def __init__(self, connection: Connection, journal: Journal) -> None:
        self._db = connection
        self.journal = journal
        #: Set when a write failed half way: what is in the file must be looked up before the next.
        self._doubt = False
        #: The number of the last decision; None until it was looked up.
        self._seq: int | None = None

    # deciding -------------------------------------------------------------------------------------

    def record(self, decision: Decision) -> Decision:
        """The decision with its seq, op and time; durable when this returns.

        Raises `StoreError` where it could not be saved. It may then be recorded again: with the
        same `op` it is never there twice.
        """
        return self.record_many([decision])[0]

    def record_many(self, decisions: Sequence[Decision]) -> list[Decision]:
        """The same for many at once, as one act: one undo takes all of it back."""
        for decision in decisions:
            check(decision)
        if not decisions:
            return []
        with self._db.writing, held_back():  # Ctrl-C must not part the two records
            op = decisions[0].op or uuid.uuid4().hex
            if self._doubt:
                self._settle_doubt()
                if saved := self._of_op(op):
                    return saved
            return self._write(op, decisions)

    def undo(self, reviewer: str) -> list[Decision]:
        """Take back the reviewer's last act that still stands: its decisions; [] if none does."""
        return self._travel(
            "undo",
            reviewer,
            """
            with word as (
                select undoes, arg_max(verdict, seq) as verdict from events
                where verdict in ('undo', 'redo') group by undoes
            )
            select arg_max(op, seq) from events
            where reviewer = ? and verdict not in ('undo', 'redo')
            and seq not in (select undoes from word where verdict = 'undo')
            """,
            [reviewer],
        )

    def redo(self, reviewer: str) -> list[Decision]:
        """Restore the act undone last: its decisions; [] if a new act has followed the undo."""
        return self._travel(
            "redo",
            reviewer,
            """
            with word as (
                select undoes, arg_max(verdict, seq) as verdict, max(seq) as seq from events
                where verdict in ('undo', 'redo') group by undoes
            )
            select arg_max(acts.op, word.seq)
            from word join events as acts on acts.seq = word.undoes
            where word.verdict = 'undo' and acts.reviewer = ?
            and word.seq > (
                select max(seq) from events
                where reviewer = ? and verdict not in ('undo', 'redo')
            )
            """,
            [reviewer, reviewer],
        )

    def reverse(self, seq: int, reviewer: str) -> list[Decision]:
        """Take back the whole act that begins with the decision `seq`, of whatever day and
        reviewer (an undo too: that restores); the decisions that say so, [] if nothing stands."""
        with self._db.writing, held_back():
            if self._doubt:
                self._settle_doubt()
            words = self.reversal(seq, reviewer)
            return self._write(uuid.uuid4().hex, words) if words else []

    def reversal(self, seq: int, reviewer: str) -> list[Decision]:
        """The decisions, not yet recorded, that would take back what still stands of that act."""
        op = self._db.value("select op from events where seq = ?", [seq])
        act = self._of_op(op) if op is not None else []
        targets = [decision.undoes or decision.seq for decision in act]
        said = self._read(
            f"{EVENTS} where undoes in (select unnest(?::bigint[])) order by seq", [targets]
        )
        return reversal(act, said, reviewer)

    # reading --------------------------------------------------------------------------------------

    def count(self) -> int:
        """How many decisions were ever made, undos included."""
        return int(self._db.value("select count(*) from events"))

    def history(self, limit: int | None = None, rewrite_id: str | None = None) -> list[Decision]:
        """Decisions newest first, undos included; of one rewrite where it is named."""
        where = "" if rewrite_id is None else "where rewrite_id = ?"
        named = [] if rewrite_id is None else [rewrite_id]
        return self._read(f"{EVENTS} {where} order by seq desc limit ?", [*named, limit])

    def head(self, rewrite_id: str) -> Head | None:
        """Where one rewrite stands, or None where nobody has said a word on it."""
        return self.heads([rewrite_id]).get(rewrite_id)

    def heads(self, rewrite_ids: Sequence[str] | None = None) -> dict[str, Head]:
        """Where the named rewrites stand (all, when none are named) that were ever decided on."""
        if rewrite_ids is None:
            rows = self._db.rows(HEADS)
        elif len(rewrite_ids) == 1:
            rows = self._db.rows(f"{HEADS} where rewrite_id = ?", rewrite_ids)
        else:
            rows = self._db.rows(
                f"{HEADS} where rewrite_id in (select unnest(?))", [list(rewrite_ids)]
            )
        return {row[0]: as_head(row) for row in rows}

    def tally(self) -> dict[str, int]:
        """How many rewrites stand at each verdict; `flagged` counts the flags beside them."""
        found = {
            str(verdict): n
            for verdict, n in self._db.rows(
                "select verdict, count(*) from heads where verdict is not null group by verdict"
            )
        }
        return {**found, "flagged": int(self._db.value("select count(*) from heads where flagged"))}

    def rebuild_heads(self) -> int:
        """Fold every head anew from the history; how many heads there are."""
        heads = self._folded()
        with self._db.transaction() as cursor:
            cursor.execute("delete from heads")
            if heads:
                self._db.insert("heads", by_column(HEAD, map(head_row, heads)))
        return len(heads)

    def wrong_heads(self) -> int:
        """How many heads are not what the history says (0 in a healthy workspace)."""
        right = {head.rewrite_id: head for head in self._folded()}
        stored = self.heads()
        return sum(right.get(id_) != stored.get(id_) for id_ in right.keys() | stored.keys())

    # keeping the two records alike ----------------------------------------------------------------

    def last(self) -> tuple[int, int, str]:
        """How many decisions the workspace holds, the last one's number, and its op."""
        count, seq, op = self._db.rows("select count(*), max(seq), arg_max(op, seq) from events")[0]
        return int(count), int(seq or 0), op or ""

    def acts(self, after: int = 0) -> Iterable[list[Decision]]:
        """The acts from the decision numbered `after` on, oldest first, as the journal has them."""
        act: list[Decision] = []
        for decision in self._read(f"{EVENTS} where seq > ? order by seq", [after]):
            if act and act[0].op != decision.op:
                yield act
                act = []
            act.append(decision)
        if act:
            yield act

    def replay(self, decisions: Sequence[Decision]) -> None:
        """Put back decisions that the journal has and the workspace lost; heads follow."""
        self._seq = None
        with self._db.transaction():
            self._db.insert("events", by_column(EVENT, event_rows(decisions)))
        self.rebuild_heads()

    def _write(self, op: str, decisions: Sequence[Decision]) -> list[Decision]:
        if self._seq is None:
            self._seq = self.last()[1]
        first, now = self._seq + 1, datetime.now(UTC)
        numbered = [
            msgspec.structs.replace(decision, seq=seq, op=op, at=decision.at or now)
            for seq, decision in enumerate(decisions, first)
        ]
        try:
            self.journal.append(numbered)
        except OSError as error:
            raise StoreError(
                f"{self.journal.path}: the decision is NOT saved ({error.strerror}); "
                "make room or fix the disk, then try again"
            ) from error
        try:
            with self._db.transaction():
                self._insert("events", EVENT, event_rows(numbered))
                self._put_heads(numbered)
        except BaseException:
            # Not told as saved, so not kept as saved; whether DuckDB kept it is looked up later.
            self._doubt, self._seq = True, None
            self.journal.forget_last()
            raise
        self._seq = first + len(numbered) - 1
        return numbered

    def _put_heads(self, new: Sequence[Decision]) -> None:
        ids = list({decision.rewrite_id: None for decision in new})
        old = self.heads(ids)
        if any(decision.verdict in TIME_TRAVEL for decision in new):
            heads = self._folded("where rewrite_id in (select unnest(?))", [ids])
        else:
            latest: dict[str, Head] = {}
            for decision in new:
                id_ = decision.rewrite_id
                latest[id_] = apply(latest.get(id_) or old.get(id_), decision)
            heads = list(latest.values())
        # `insert or replace` costs twice an insert or an update.
        if len(heads) > FEW:
            for known in (False, True):
                rows = [head_row(head) for head in heads if (head.rewrite_id in old) is known]
                if rows:
                    self._db.insert("heads", by_column(HEAD, rows), replace=known)
            return
        self._insert("heads", HEAD, [head_row(h) for h in heads if h.rewrite_id not in old])
        settings = ", ".join(f"{name} = ?" for name in HEAD[1:])
        for head in heads:
            if head.rewrite_id in old:
                self._db.cursor.execute(
                    f"update heads set {settings} where rewrite_id = ?",
                    [*head_row(head)[1:], head.rewrite_id],
                )

    def _folded(self, where: str = "", parameters: Sequence[Any] = ()) -> list[Head]:
        histories: dict[str, list[Decision]] = {}
        for decision in self._read(f"{EVENTS} {where} order by seq", parameters):
            histories.setdefault(decision.rewrite_id, []).append(decision)
        return [head for history in histories.values() if (head := fold(history))]

    def _insert(self, table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
        if len(rows) > FEW:
            self._db.insert(table, by_column(columns, rows))
            return
        holes = ", ".join("?" * len(columns))
        for row in rows:
            self._db.cursor.execute(
                f"insert into {table} ({', '.join(columns)}) values ({holes})", list(row)
            )

    def _travel(self, verb: str, reviewer: str, sql: str, parameters: list[Any]) -> list[Decision]:
        with self._db.writing, held_back():  # Ctrl-C must not part the two records
            if self._doubt:
                self._settle_doubt()
            op = self._db.value(sql, parameters)
            if op is None:
                return []
            targets = [d for d in self._of_op(op) if d.verdict not in TIME_TRAVEL]
            self._write(
                uuid.uuid4().hex,
                [
                    Decision(
                        target.rewrite_id, target.conversation_id, target.turn_index,
                        reviewer, "undo" if verb == "undo" else "redo", undoes=target.seq,
                    )
                    for target in targets
                ],
            )  # fmt: skip
            return targets

    def _settle_doubt(self) -> None:
        """After a failed write, let the journal have what the workspace did keep."""
        for act in self.acts(after=self.journal_seq()):
            self.journal.append(act)
        self._doubt = False

    def journal_seq(self) -> int:
        """The number of the last decision in the journal, 0 where there is none."""
        act, _ = self.journal.tail()
        return act.decisions[-1].seq or 0 if act and act.decisions else 0

    def _of_op(self, op: str) -> list[Decision]:
        return self._read(f"{EVENTS} where op = ? order by seq", [op])

    def _read(self, sql: str, parameters: Sequence[Any]) -> list[Decision]:
        return [as_decision(row) for row in self._db.rows(sql, parameters)]
