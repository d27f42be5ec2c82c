"""What the settled rewrites of conversations came to: what an exporter asks of the store."""

from collections.abc import Sequence

from curator.conversation import Settlement
from curator.store.connection import Connection
from curator.store.decision_rows import HEADS, as_head
from curator.verdicts import settlement


def settlements(
    db: Connection, conversation_ids: Sequence[str]
) -> dict[str, tuple[Settlement, ...]]:
    """What each conversation's settled turns came to, in turn order; none for the unsettled.

    Of several settled rewrites of one turn the last accepted or edited one speaks, and a
    rejected one only where no other was taken.
    """
    settled = db.rows(
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
    heads = {
        row[0]: as_head(row)
        for row in db.rows(
            f"{HEADS} where rewrite_id in (select unnest(?))", [[row[0] for row in settled]]
        )
    }
    ords = sorted({ord_ for _, ord_, _ in settled})
    before = {
        (ord_, index): content
        for ord_, index, content in db.rows(
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


def _weight(settled: Settlement) -> tuple[bool, int]:
    return settled.verdict != "reject", settled.seq
