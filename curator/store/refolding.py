"""Many heads folded anew from the history in one go, as `verdicts.fold` does one by one.

An act of a hundred thousand that is taken back changes as many heads: as objects of Python's their
histories took most of its time and half a gigabyte.
"""

from collections.abc import Sequence

from curator.conversation import SETTLED
from curator.store.arrow import table
from curator.store.connection import Connection
from curator.store.decision_rows import HEAD
from curator.verdicts import TIME_TRAVEL

#: What stands of the history of the rewrites in `these`, a row for each. Marks are merged one into
#: the other, which is left to `fold`: rewrites that ever had some are not among these.
FOLDED = f"""
with mine as (
    select * from events where rewrite_id in (select rewrite_id from these)
), word as (
    select undoes, arg_max(verdict, seq) as verdict from mine
    where verdict in {TIME_TRAVEL} group by undoes
), stands as (
    select *, verdict in {SETTLED} as settles from mine
    where verdict not in {TIME_TRAVEL}
    and seq not in (select undoes from word where verdict = 'undo' and undoes is not null)
), said as (
    select rewrite_id,
        coalesce(max(seq) filter (settles), max(seq) filter (verdict = 'skip')) as seq,
        arg_max(verdict, seq) filter (verdict in ('flag', 'unflag')) as flag
    from stands group by rewrite_id
), places as (
    select rewrite_id, arg_min(conversation_id, seq) as conversation_id,
        arg_min(turn_index, seq) as turn_index
    from mine group by rewrite_id
)
select p.rewrite_id, p.conversation_id, p.turn_index, e.verdict, e.content,
    coalesce(s.flag = 'flag', false) as flagged, '{{}}' as marks,
    coalesce(e.reviewer, '') as reviewer, coalesce(e.seq, 0) as seq
from places p left join said s using (rewrite_id) left join stands e on e.seq = s.seq
"""
REFOLD = f"""
merge into heads as h using ({FOLDED}) as s on s.rewrite_id = h.rewrite_id
when matched then update set {", ".join(f"{name} = s.{name}" for name in HEAD[3:])}
when not matched then insert ({", ".join(HEAD)}) values ({", ".join(f"s.{n}" for n in HEAD)})
"""
#: Rewrites that were ever marked.
MARKED = """
select distinct rewrite_id from events
where verdict = 'mark' and rewrite_id in (select rewrite_id from these)
"""


def refold(db: Connection, rewrite_ids: Sequence[str]) -> list[str]:
    """Bring the heads of these rewrites up to date with their history, inside the caller's
    transaction; the ids of those whose marks have to be merged, which are left alone."""
    cursor = db.cursor
    cursor.register("these", table({"rewrite_id": rewrite_ids}))
    marked = {row[0] for row in cursor.execute(MARKED).fetchall()}
    if marked:
        others = [id_ for id_ in rewrite_ids if id_ not in marked]
        cursor.unregister("these")
        cursor.register("these", table({"rewrite_id": others}))
    try:
        cursor.execute(REFOLD)
    finally:
        cursor.unregister("these")
    return sorted(marked)
