"""Which conversations bring a field first: trainers learn what columns there are from the first
few megabytes of a file, and refuse a later row with another one."""

from collections.abc import Sequence

from curator.store.connection import Connection

#: Conversations at the beginning among which order does not matter: they are read together.
EARLY = 64
#: Of each field the first conversation that has it. `picked` are those to choose from.
_OF_CONVERSATIONS = """
    with here as (select * from conversations where ord in (select ord from picked)),
    fields as (
        select ord, meta from here where meta is not null and meta not in ('', '{}')
        union all
        select ord, json_extract(meta, '$.fields')::varchar from here
        where contains(meta, '"fields"') and json_type(meta, '$.fields') = 'OBJECT'
    ),
    named as (
        select ord, unnest(json_keys(meta)) as field from fields
        union all select ord, '.license' from here where license is not null
        union all select ord, '.language' from here where language is not null
        union all select ord, '.category' from here where category is not null
        union all select ord, '.id' from here where source_id <> ''
        union all select ord, '.history' from here where turn_count > 3
    )
    select min(ord) from named group by field
"""
_OF_TURNS = """
    with here as (
        select ord, role, extra from turns
        where (extra is not null or role in ('system', 'tool')) and ord in (select ord from picked)
    ),
    named as (
        select ord, unnest(json_keys(extra)) as field from here where extra is not null
        union all select ord, '.' || role from here
    )
    select min(ord) from named group by field
"""
#: What is learnt of a chat is said turn by turn where an answer before the settled one is not.
_SETTLED = """
    select c.ord from heads h join conversations c on c.id = h.conversation_id
    where h.verdict in ('accept', 'edit', 'reject') and c.ord in (select ord from picked)
    order by h.turn_index desc, c.ord limit 1
"""


def firsts(db: Connection, ords: Sequence[int]) -> list[int]:
    """Of `ords` (ascending) those that should stand at the beginning, so that every field is there
    early; in order, without those that are early anyway."""
    import numpy as np
    import pyarrow as pa

    if len(ords) <= EARLY:
        return []
    cursor = db.cursor
    cursor.register("picked", pa.table({"ord": np.array(ords, np.int64)}))
    try:
        found = {
            int(ord_)
            for sql in (_OF_CONVERSATIONS, _OF_TURNS, _SETTLED)
            for (ord_,) in cursor.execute(sql).fetchall()
        }
    finally:
        cursor.unregister("picked")
    return sorted(ord_ for ord_ in found if ord_ > int(ords[EARLY - 1]))
