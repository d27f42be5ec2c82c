"""What was decided, as the workspace tells it: the history, and where each rewrite stands."""

from collections.abc import Iterable, Sequence
from typing import Any

from curator.conversation import Decision
from curator.store.connection import Connection
from curator.store.decision_rows import EVENTS, as_decision
from curator.store.settling import folded, heads_of
from curator.verdicts import Head, reversal


class Decided:
    """Reads the history and the heads; on any thread."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

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
        return heads_of(self._db, rewrite_ids)

    def tally(self) -> dict[str, int]:
        """How many rewrites stand at each verdict; `flagged` counts the flags beside them."""
        found = {
            str(verdict): n
            for verdict, n in self._db.rows(
                "select verdict, count(*) from heads where verdict is not null group by verdict"
            )
        }
        return {**found, "flagged": int(self._db.value("select count(*) from heads where flagged"))}

    def wrong_heads(self) -> int:
        """How many heads are not what the history says (0 in a healthy workspace)."""
        right = {head.rewrite_id: head for head in folded(self._db)}
        stored = self.heads()
        return sum(right.get(id_) != stored.get(id_) for id_ in right.keys() | stored.keys())

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

    def reversal(self, seq: int, reviewer: str) -> list[Decision]:
        """The decisions, not yet recorded, that would take back what still stands of that act."""
        op = self._db.value("select op from events where seq = ?", [seq])
        act = self._of_op(op) if op is not None else []
        targets = [decision.undoes or decision.seq for decision in act]
        said = self._read(
            f"{EVENTS} where undoes in (select unnest(?::bigint[])) order by seq", [targets]
        )
        return reversal(act, said, reviewer)

    def standing(self, seq: int) -> int:
        """How many decisions `reversal` would give: what stands of that act."""
        return int(
            self._db.value(
                """
                with act as (
                    select seq, coalesce(undoes, seq) as target, undoes, verdict
                    from events where op = (select op from events where seq = ?)
                ), word as (
                    select undoes, arg_max(verdict, seq) as verdict from events
                    where undoes in (select target from act) group by undoes
                )
                select count(*) from act a left join word w on w.undoes = a.target
                where case when a.undoes is not null then w.verdict = a.verdict
                    else coalesce(w.verdict, 'redo') = 'redo' end
                """,
                [seq],
            )
        )

    def _of_op(self, op: str) -> list[Decision]:
        return self._read(f"{EVENTS} where op = ? order by seq", [op])

    def _read(self, sql: str, parameters: Sequence[Any]) -> list[Decision]:
        return [as_decision(row) for row in self._db.rows(sql, parameters)]
