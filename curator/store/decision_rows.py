"""Decisions and heads as rows of their tables, there and back."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

import msgspec

from curator.conversation import Decision
from curator.store.connection import as_json
from curator.verdicts import Head

EVENT = (
    "seq", "op", "created", "reviewer", "verdict", "rewrite_id", "conversation_id", "turn_index",
    "content", "reason", "undoes", "seconds", "extra",
)  # fmt: skip
HEAD = (
    "rewrite_id", "conversation_id", "turn_index", "verdict", "content", "flagged", "marks",
    "reviewer", "seq",
)  # fmt: skip
#: The field of a decision that each column holds.
_FIELDS = {name: {"created": "at"}.get(name, name) for name in EVENT}
EVENTS = f"select {', '.join(EVENT)} from events"
#: The last act of the reviewer `$1` that stands, and the one undone last, where none followed.
LAST_ACT = """
with word as (
    select undoes, arg_max(verdict, seq) as verdict from events
    where verdict in ('undo', 'redo') group by undoes
)
select arg_max(op, seq) from events
where reviewer = $1 and verdict not in ('undo', 'redo')
and seq not in (select undoes from word where verdict = 'undo')
"""
LAST_UNDONE = """
with word as (
    select undoes, arg_max(verdict, seq) as verdict, max(seq) as seq from events
    where verdict in ('undo', 'redo') group by undoes
)
select arg_max(acts.op, word.seq)
from word join events as acts on acts.seq = word.undoes
where word.verdict = 'undo' and acts.reviewer = $1
and word.seq > (
    select max(seq) from events
    where reviewer = $1 and verdict not in ('undo', 'redo')
)
"""
HEADS = f"select {', '.join(HEAD)} from heads"


def event_columns(decisions: Sequence[Decision]) -> dict[str, list[Any]]:
    """The values of `EVENT`, by column; a moment and an `extra` that the parts of one act share
    are written out once."""
    columns = {name: list(map(attrgetter(field), decisions)) for name, field in _FIELDS.items()}
    for name, write in (("created", _moment), ("extra", _extra)):
        each = {id(value): value for value in columns[name]}
        written = {known: write(value) for known, value in each.items()}
        columns[name] = [written[id(value)] for value in columns[name]]
    return columns


def _moment(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=None) if at else None


def _extra(extra: dict[str, Any]) -> str | None:
    return as_json(extra) if extra else None


def as_decision(row: Sequence[Any]) -> Decision:
    """The decision of a row of `EVENT`; its time is in UTC."""
    seq, op, at, reviewer, verdict, rewrite, conversation, turn, content, reason = row[:10]
    undoes, seconds, extra = row[10:]
    return Decision(
        rewrite, conversation, turn, reviewer, verdict, content, reason, undoes, seconds,
        msgspec.json.decode(extra) if extra else {}, op, seq, at.replace(tzinfo=UTC),
    )  # fmt: skip


def head_row(h: Head) -> tuple[Any, ...]:
    """The values of `HEAD`."""
    return (
        h.rewrite_id, h.conversation_id, h.turn_index, h.verdict, h.content, h.flagged,
        as_json(h.marks) if h.marks else "{}", h.reviewer, h.seq,
    )  # fmt: skip


def as_head(row: Sequence[Any]) -> Head:
    """The head of a row of `HEAD`."""
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


def by_column(names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> dict[str, list[Any]]:
    """Rows turned into the columns that `Connection.insert` takes."""
    turned = list(zip(*rows, strict=True))
    return {name: list(values) for name, values in zip(names, turned, strict=True)}
