"""Decisions: an append-only history, and the head of every rewrite folded from it.

An act is what one key press decided: one decision, or many that share an `op`. It is written to
the journal and synced, then committed here; only then does `record` return.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from curator.conversation import SETTLED, VERDICTS, Decision, Settlement
from curator.errors import DataError, StoreError
from curator.store.connection import Connection, as_json
from curator.store.journal import Journal
from curator.verdicts import TIME_TRAVEL, Head, apply, fold, settlement

EVENT = (
    "seq", "op", "created", "reviewer", "verdict", "rewrite_id", "conversation_id", "turn_index",
    "content", "reason", "undoes", "seconds", "extra",
)  # fmt: skip
HEAD = (
    "rewrite_id", "conversation_id", "turn_index", "verdict", "content", "flagged", "marks",
    "reviewer", "seq",
)  # fmt: skip
_events = f"select {', '.join(EVENT)} from events"
_heads = f"select {', '.join(HEAD)} from heads"
#: Up to this many rows a statement each is cheaper than an Arrow table.
FEW = 8


class Decisions:
    """The reading room's tables. One writer at a time; readers on any thread."""

    def __init__(self, connection: Connection, journal: Journal) -> None:
        self._db = connection
        self.journal = journal
        #: Set when a write failed half way: what is in the file must be looked up before the next.
        self._doubt = False

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
            _check(decision)
        if not decisions:
            return []
        with self._db.writing:
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

    # reading --------------------------------------------------------------------------------------

    def count(self) -> int:
        """How many decisions were ever made, undos included."""
        return int(self._db.value("select count(*) from events"))

    def history(self, limit: int | None = None, rewrite_id: str | None = None) -> list[Decision]:
        """Decisions newest first, undos included; of one rewrite where it is named."""
        where = "" if rewrite_id is None else "where rewrite_id = ?"
        named = [] if rewrite_id is None else [rewrite_id]
        return self._read(f"{_events} {where} order by seq desc limit ?", [*named, limit])

    def head(self, rewrite_id: str) -> Head | None:
        """Where one rewrite stands, or None where nobody has said a word on it."""
        return self.heads([rewrite_id]).get(rewrite_id)

    def heads(self, rewrite_ids: Sequence[str] | None = None) -> dict[str, Head]:
        """Where the named rewrites stand (all, when none are named) that were ever decided on."""
        if rewrite_ids is None:
            rows = self._db.rows(_heads)
        elif len(rewrite_ids) == 1:
            rows = self._db.rows(f"{_heads} where rewrite_id = ?", rewrite_ids)
        else:
            rows = self._db.rows(
                f"{_heads} where rewrite_id in (select unnest(?))", [list(rewrite_ids)]
            )
        return {row[0]: _head(row) for row in rows}

    def tally(self) -> dict[str, int]:
        """How many rewrites stand at each verdict; `flagged` counts the flags beside them."""
        found = {
            str(verdict): n
            for verdict, n in self._db.rows(
                "select verdict, count(*) from heads where verdict is not null group by verdict"
            )
        }
        return {**found, "flagged": int(self._db.value("select count(*) from heads where flagged"))}

    def settlements(self, conversation_ids: Sequence[str]) -> dict[str, tuple[Settlement, ...]]:
        """What each conversation's settled turns came to, in turn order; none for the unsettled.

        Of several settled rewrites of one turn the last accepted or edited one speaks, and a
        rejected one only where no other was taken.
        """
        settled = self._db.rows(
            """
            select h.rewrite_id, c.ord, r.content
            from heads h
            join rewrites r on r.id = h.rewrite_id
            join conversations c on c.id = h.conversation_id
            where h.verdict in ('accept', 'reject', 'edit')
            and h.conversation_id in (select unnest(?))
            """,
            [list(conversation_ids)],
        )
        if not settled:
            return {}
        heads = self.heads([rewrite_id for rewrite_id, _, _ in settled])
        ords = sorted({ord_ for _, ord_, _ in settled})
        before = {
            (ord_, index): content
            for ord_, index, content in self._db.rows(
                """
                select ord, turn_index, content from turns
                where ord between ? and ? and ord in (select unnest(?)) and role = 'assistant'
                """,
                [ords[0], ords[-1], ords],
            )
        }
        found: dict[str, dict[int, Settlement]] = {}
        for rewrite_id, ord_, after in settled:
            head = heads[rewrite_id]
            if (ord_, head.turn_index) not in before:
                continue
            new = settlement(head, before[ord_, head.turn_index], after)
            turns = found.setdefault(head.conversation_id, {})
            old = turns.get(new.turn_index)
            if old is None or _weight(new) > _weight(old):
                turns[new.turn_index] = new
        return {id_: tuple(turns[i] for i in sorted(turns)) for id_, turns in found.items()}

    def rebuild_heads(self) -> int:
        """Fold every head anew from the history; how many heads there are."""
        histories: dict[str, list[Decision]] = {}
        for decision in self._read(f"{_events} order by seq", []):
            histories.setdefault(decision.rewrite_id, []).append(decision)
        heads = [head for history in histories.values() if (head := fold(history))]
        with self._db.transaction() as cursor:
            cursor.execute("delete from heads")
            if heads:
                self._db.insert("heads", _columns(HEAD, map(_head_row, heads)))
        return len(heads)

    # keeping the two records alike ----------------------------------------------------------------

    def last(self) -> tuple[int, int, str]:
        """How many decisions the workspace holds, the last one's number, and its op."""
        count, seq, op = self._db.rows("select count(*), max(seq), arg_max(op, seq) from events")[0]
        return int(count), int(seq or 0), op or ""

    def acts(self, after: int = 0) -> Iterable[list[Decision]]:
        """The acts from the decision numbered `after` on, oldest first, as the journal has them."""
        act: list[Decision] = []
        for decision in self._read(f"{_events} where seq > ? order by seq", [after]):
            if act and act[0].op != decision.op:
                yield act
                act = []
            act.append(decision)
        if act:
            yield act

    def replay(self, decisions: Sequence[Decision]) -> None:
        """Put back decisions that the journal has and the workspace lost; heads follow."""
        with self._db.transaction():
            self._db.insert("events", _columns(EVENT, map(_event_row, decisions)))
        self.rebuild_heads()

    def _write(self, op: str, decisions: Sequence[Decision]) -> list[Decision]:
        first, now = self.last()[1] + 1, datetime.now(UTC)
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
                self._insert("events", EVENT, [_event_row(d) for d in numbered])
                self._insert("heads", HEAD, [_head_row(h) for h in self._next_heads(numbered)])
        except BaseException:
            # Not told as saved, so not kept as saved; whether DuckDB kept it is looked up later.
            self._doubt = True
            self.journal.forget_last()
            raise
        return numbered

    def _next_heads(self, new: Sequence[Decision]) -> list[Head]:
        ids = list({decision.rewrite_id: None for decision in new})
        if any(decision.verdict in TIME_TRAVEL for decision in new):
            rows = self._read(f"{_events} where rewrite_id in (select unnest(?))", [ids])
            histories: dict[str, list[Decision]] = {}
            for decision in rows:
                histories.setdefault(decision.rewrite_id, []).append(decision)
            return [head for history in histories.values() if (head := fold(history))]
        heads: dict[str, Head | None] = {**self.heads(ids)}
        for decision in new:
            heads[decision.rewrite_id] = apply(heads.get(decision.rewrite_id), decision)
        return [head for head in heads.values() if head]

    def _insert(self, table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
        if len(rows) > FEW:
            self._db.insert(table, _columns(columns, rows), replace=table == "heads")
            return
        verb = "insert or replace into" if table == "heads" else "insert into"
        holes = ", ".join("?" * len(columns))
        for row in rows:
            self._db.cursor.execute(
                f"{verb} {table} ({', '.join(columns)}) values ({holes})", list(row)
            )

    def _travel(self, verb: str, reviewer: str, sql: str, parameters: list[Any]) -> list[Decision]:
        with self._db.writing:
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
        return self._read(f"{_events} where op = ? order by seq", [op])

    def _read(self, sql: str, parameters: Sequence[Any]) -> list[Decision]:
        return [_decision(row) for row in self._db.rows(sql, parameters)]


def _weight(settled: Settlement) -> tuple[bool, int]:
    return settled.verdict != "reject", settled.seq


def _check(decision: Decision) -> None:
    if decision.verdict not in VERDICTS or decision.verdict in TIME_TRAVEL:
        raise DataError(f"{decision.verdict!r} is not a decision; use one of {', '.join(VERDICTS)}")
    if decision.verdict == "edit" and decision.content is None:
        raise DataError("an edit needs the edited text; reject the rewrite to keep the old answer")
    if decision.verdict in SETTLED and not decision.reviewer:
        raise DataError("a decision needs its reviewer's name; set --reviewer")
    for text in (decision.content or "", decision.reason, decision.reviewer):
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise DataError(
                f"the text holds half a character at position {error.start + 1}; delete it"
            ) from error


def _event_row(d: Decision) -> tuple[Any, ...]:
    at = d.at.replace(tzinfo=None) if d.at else None
    return (
        d.seq, d.op, at, d.reviewer, d.verdict, d.rewrite_id, d.conversation_id, d.turn_index,
        d.content, d.reason, d.undoes, d.seconds, as_json(d.extra) if d.extra else None,
    )  # fmt: skip


def _decision(row: Sequence[Any]) -> Decision:
    seq, op, at, reviewer, verdict, rewrite, conversation, turn, content, reason = row[:10]
    undoes, seconds, extra = row[10:]
    return Decision(
        rewrite, conversation, turn, reviewer, verdict, content, reason, undoes, seconds,
        msgspec.json.decode(extra) if extra else {}, op, seq, at.replace(tzinfo=UTC),
    )  # fmt: skip


def _head_row(h: Head) -> tuple[Any, ...]:
    return (
        h.rewrite_id, h.conversation_id, h.turn_index, h.verdict, h.content, h.flagged,
        as_json(h.marks), h.reviewer, h.seq,
    )  # fmt: skip


def _head(row: Sequence[Any]) -> Head:
    id_, conversation, turn, verdict, content, flagged, marks, reviewer, seq = row
    return Head(
        id_,
        conversation,
        turn,
        verdict,
        content,
        flagged,
        msgspec.json.decode(marks),
        reviewer,
        seq,
    )


def _columns(names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> dict[str, list[Any]]:
    by_column = list(zip(*rows, strict=True))
    return {name: list(values) for name, values in zip(names, by_column, strict=True)}
