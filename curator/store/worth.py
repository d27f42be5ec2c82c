"""What speaks for one of two twins: a person's word, a score, the flags that were raised."""

from typing import TYPE_CHECKING, Any

from curator.store.connection import Connection

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]


def worth(db: Connection, unit: str) -> "tuple[Whole, Whole, NDArray[np.float64]]":
    """What speaks for a conversation (or rewrite): the `ord`s that a person accepted or
    edited; then `ord`s, and their score: a person's mean from 1 to 5 (3 where there is none)
    less a tenth for each flag that a signal raised."""
    import numpy as np

    own = "h.rewrite_id" if unit == "rewrite" else "h.conversation_id"
    flags = "s.rewrite_id" if unit == "rewrite" else "s.conversation_id"
    home = "rewrites" if unit == "rewrite" else "conversations"
    approved = _columns(
        db,
        f"""
        select distinct t.ord from heads h join {home} t on t.id = {own}
        where h.verdict in ('accept', 'edit')
        """,
    )["ord"]
    scored = _columns(
        db,
        f"""
        with marks as (
            select t.ord, avg(try_cast(h.marks->>'$.score' as double)) as score
            from heads h join {home} t on t.id = {own} group by t.ord
        ), flags as (
            select t.ord, count(*) as n from signals s join {home} t on t.id = {flags}
            where s.flagged group by t.ord
        )
        select coalesce(m.ord, f.ord) as ord,
            coalesce(m.score, 3) - 0.1 * coalesce(f.n, 0) as score
        from marks m full join flags f on m.ord = f.ord
        """,
    )
    order = np.argsort(scored["ord"])
    return np.sort(approved), scored["ord"][order], scored["score"][order]


def _columns(db: Connection, sql: str) -> dict[str, Any]:
    return db.cursor.execute(sql).by_column()
