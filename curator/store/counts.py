"""How much is in each room, in one query."""

from curator.store.connection import Connection
from curator.store.conversations import SHOWN

#: In the order of the flow; the names are what `curator status` prints.
QUERIES: dict[str, str] = {
    "conversations": f"select count(*) from conversations where {SHOWN}",
    "turns": f"select coalesce(sum(turn_count), 0) from conversations where {SHOWN}",
    "rejected rows": "select count(*) from rejects",
    "rewrites": "select count(*) from rewrites",
    "signals": "select count(*) from signals",
    "near-duplicates": "select count(*) from duplicates",
    "embedded texts": "select count(*) from embeddings",
    "decided": "select count(*) from heads where verdict in ('accept', 'reject', 'edit')",
    "flagged": "select count(*) from heads where flagged",
    "exports": "select count(*) from exports",
    "adapters": "select count(*) from adapters",
    "evaluations": "select count(*) from evaluations",
    "model calls": "select count(*) from llm_calls",
}


def counts(connection: Connection) -> dict[str, int]:
    """Rows by name, in the order of the flow."""
    sql = "select " + ", ".join(f"({query})" for query in QUERIES.values())
    return dict(zip(QUERIES, (int(n) for n in connection.rows(sql)[0]), strict=True))
