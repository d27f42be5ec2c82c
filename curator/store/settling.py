"""Acknowledged decisions into their tables: the history grows, the heads are what it says."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from curator.conversation import SETTLED, Decision
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
    event_columns,
    head_row,
)
from curator.store.refolding import refold
from curator.store.trouble import is_doubled
from curator.verdicts import TIME_TRAVEL, Head, apply, fold

#: Up to this many heads are brought up to date one by one.
FEW = 8
#: Up to this many rows lists are cheaper than an Arrow table (and pyarrow than not to load it).
LISTED = 256
#: One in so many of a bulk act's rewrites, and no more than so many, are looked up one by one (by
#: the index: 1 ms each) to tell whether something was said of them before.
ONE_IN, SAMPLED = 1_000, 64
#: Heads of rewrites that nobody has said a word on, from a table `said`: less than half the work of
#: looking for each of them first.
FIRST_WORDS = f"""
insert into heads ({", ".join(HEAD)})
select rewrite_id, conversation_id, turn_index, verdict, content, false, '{{}}', reviewer, seq
from said
"""
#: The same of any rewrites; flags and marks stay. (`on conflict do update` costs a third more.)
FURTHER_WORDS = f"""
merge into heads as h using said as s on s.rewrite_id = h.rewrite_id
when matched then update set
    verdict = s.verdict, content = s.content, reviewer = s.reviewer, seq = s.seq
when not matched then insert ({", ".join(HEAD)}) values (
    s.rewrite_id, s.conversation_id, s.turn_index, s.verdict, s.content, false, '{{}}',
    s.reviewer, s.seq)
"""
#: So many of a bulk act are brought in by one statement: a quarter of a second of them.
AT_A_TIME = 20_000
#: Is told of each so many that are in, less so many where they are brought in anew.
Step = Callable[[int], object]


def settle(db: Connection, decisions: Sequence[Decision], step: Step = lambda _: None) -> None:
    """Put numbered decisions into the history and bring their heads up to date: one commit, or
    none where `step` raises."""
    if len(decisions) > LISTED and _settles_each(decisions):
        _settle_many(db, decisions, step)
        return
    with db.transaction():
        for some in _slices(decisions):
            _insert(db, "events", event_columns(some))
        for some in _slices(decisions):
            _put_heads(db, some)
            step(len(some))


def _slices(decisions: Sequence[Decision]) -> Iterator[Sequence[Decision]]:
    """The decisions, so many at a time."""
    for first in range(0, len(decisions), AT_A_TIME):
        yield decisions[first : first + AT_A_TIME]


def _settles_each(decisions: Sequence[Decision]) -> bool:
    """Whether each settles a rewrite of its own: then what the heads said before says nothing."""
    ids = {decision.rewrite_id for decision in decisions}
    return len(ids) == len(decisions) and all(d.verdict in SETTLED for d in decisions)


def _settle_many(db: Connection, decisions: Sequence[Decision], step: Step) -> None:
    done = 0

    def told(count: int) -> None:
        nonlocal done
        done += count
        step(count)

    some = decisions[:: max(ONE_IN, len(decisions) // SAMPLED)]
    known = "select 1 from heads where rewrite_id = ?"
    if not any(db.rows(known, [decision.rewrite_id]) for decision in some):
        try:
            _take_in(db, decisions, FIRST_WORDS, told)
            return
        except StoreError as error:
            if not is_doubled(error):
                raise
            # Something was said of others of them: nothing was done, and all of it is done anew.
            told(-done)
    _take_in(db, decisions, FURTHER_WORDS, told)


def _column(values: list[Any]) -> Any:
    """A column of Arrow's; what all rows share, as the parts of a bulk act do, is turned once."""
    import pyarrow as pa

    first = values[0]
    if values.count(first) == len(values):
        return pa.repeat(pa.scalar(first), len(values))
    return pa.array(values)


def _take_in(db: Connection, decisions: Sequence[Decision], heads: str, step: Step) -> None:
    import pyarrow as pa

    columns = ", ".join(EVENT)
    with db.transaction() as cursor:
        for some in _slices(decisions):
            said = {name: _column(values) for name, values in event_columns(some).items()}
            cursor.register("said", pa.table(said))
            try:
                cursor.execute(f"insert into events ({columns}) select {columns} from said")
                cursor.execute(heads)
            finally:
                cursor.unregister("said")
            step(len(some))


def rebuild(db: Connection) -> int:
    """Fold every head anew from the history; how many heads there are."""
    heads = folded(db)
    with db.transaction() as cursor:
        cursor.execute("delete from heads")
        if heads:
            _insert(db, "heads", by_column(HEAD, map(head_row, heads)))
    return len(heads)


def folded(db: Connection, where: str = "", parameters: Sequence[Any] = ()) -> list[Head]:
    """The heads as the history says; `where` picks from it whole rewrites."""
    histories: dict[str, list[Decision]] = {}
    for row in db.rows(f"{EVENTS} {where} order by seq", parameters):
        decision = as_decision(row)
        histories.setdefault(decision.rewrite_id, []).append(decision)
    return [head for history in histories.values() if (head := fold(history))]


def heads_of(db: Connection, rewrite_ids: Sequence[str] | None = None) -> dict[str, Head]:
    """Where the named rewrites stand (all, when none are named) that were ever decided on."""
    if rewrite_ids is None:
        rows = db.rows(HEADS)
    elif len(rewrite_ids) == 1:
        rows = db.rows(f"{HEADS} where rewrite_id = ?", rewrite_ids)
    else:
        rows = db.rows(f"{HEADS} where rewrite_id in (select unnest(?))", [list(rewrite_ids)])
    return {row[0]: as_head(row) for row in rows}


def _put_heads(db: Connection, new: Sequence[Decision]) -> None:
    ids = list({decision.rewrite_id: None for decision in new})
    if len(ids) > LISTED and any(decision.verdict in TIME_TRAVEL for decision in new):
        ids = refold(db, ids)
        if not ids:
            return
    old = heads_of(db, ids)
    if any(decision.verdict in TIME_TRAVEL for decision in new):
        heads = folded(db, "where rewrite_id in (select unnest(?))", [ids])
    else:
        latest: dict[str, Head] = {}
        for decision in new:
            id_ = decision.rewrite_id
            latest[id_] = apply(latest.get(id_) or old.get(id_), decision)
        heads = list(latest.values())
    fresh = [head_row(head) for head in heads if head.rewrite_id not in old]
    known = [head_row(head) for head in heads if head.rewrite_id in old]
    if fresh:
        _insert(db, "heads", by_column(HEAD, fresh))
    # `insert or replace` costs twice an insert or an update.
    if len(known) > FEW:
        _insert(db, "heads", by_column(HEAD, known), "insert or replace")
        return
    settings = ", ".join(f"{name} = ?" for name in HEAD[1:])
    for row in known:
        db.cursor.execute(f"update heads set {settings} where rewrite_id = ?", [*row[1:], row[0]])


def _insert(
    db: Connection, table: str, columns: dict[str, list[Any]], verb: str = "insert"
) -> None:
    if len(next(iter(columns.values()))) > LISTED:
        db.insert(table, columns, replace=verb != "insert")
        return
    lists = ", ".join("unnest(?)" for _ in columns)
    db.cursor.execute(
        f"{verb} into {table} ({', '.join(columns)}) select {lists}", list(columns.values())
    )
