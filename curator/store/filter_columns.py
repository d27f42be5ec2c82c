"""What the fields of a filter are in SQL: columns of a conversation `c`, a turn `t`, a rewrite `r`
or its head `h`; and where rewrites are asked for."""

import re

CHATS = "join conversations c on c.ord = r.chat"
HEADS = "left join heads h on h.rewrite_id = r.id"
#: What a person wrote in place of a rewrite that counts.
WRITTEN = """h.verdict = 'edit' and h.rewrite_id not in (
    select r.id from rewrites r join withdrawn using (ord))"""

#: Columns of the fields that are plain comparisons.
COLUMNS: dict[str, str] = {
    "id": "c.id", "source": "c.source", "format": "nullif(c.format, '')", "lang": "c.language",
    "license": "c.license", "category": "c.category", "turns": "c.turn_count", "run": "c.run_id",
    "number": "c.ord + 1", "line": "c.line", "role": "t.role", "length": "t.length",
    "turn": "t.turn_index + 1",
    "reviewer": "h.reviewer", "score": "try_cast(h.marks ->> '$.score' as double)",
    "note": "h.marks ->> '$.note'", "model": "r.model", "made": "r.created::date",
    "proposal": "r.verdict", "candidate": "r.candidate", "new": "r.length",
    "advice": "nullif(r.advice, '')",
}  # fmt: skip
#: The fields that are yes or no, as sets that a chat or a rewrite is in or not.
SETS: dict[str, str] = {
    "twin": "c.id in (select split_part(member, '#', 1) from duplicates where unit != 'rewrite')",
    "flag": "coalesce(h.flagged, false)",
    "stale": """r.id in (
        select later.id from rewrites later join (
            select conversation_id, min(turn_index) as turn_index from heads
            where verdict in ('accept', 'edit') group by conversation_id
        ) changed using (conversation_id) where later.turn_index > changed.turn_index
    )""",
    "suspicious": """r.id in (
        select rewrite_id from signals where flagged and rewrite_id is not null
    )""",
}
VERDICT = {
    "pending": "coalesce(h.verdict, 'skip') = 'skip'",
    **{v: f"coalesce(h.verdict = '{v}', false)" for v in ("accept", "reject", "edit", "skip")},
}


def heads_for(*sql: str) -> str:
    """The join that brings the heads, where one of these pieces of SQL speaks of them."""
    return HEADS if _speak(sql, "h") else ""


def rewrites_for(*sql: str) -> str:
    """Where rewrites are asked for by these pieces of SQL, with their chats and their heads if one
    of the pieces speaks of these: over a million every join costs as much as all else."""
    return f"rewrites r {CHATS if _speak(sql, 'c') else ''} {heads_for(*sql)}"


def _speak(sql: tuple[str, ...], of: str) -> bool:
    return any(re.search(rf"\b{of}\.", piece) for piece in sql)
