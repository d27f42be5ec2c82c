"""Rewrites: every proposal ever made, none overwritten."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from curator.conversation import Rewrite
from curator.store.connection import Connection, as_json

DETAILS = ("evidence", "shown", "trimmed", "sampling", "call_key")


class Rewrites:
    """The workshop's table."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, rewrites: Sequence[Rewrite]) -> int:
        """Store those not yet here; how many were new."""
        by_id = {rewrite.id: rewrite for rewrite in rewrites}
        known = {
            row[0]
            for row in self._db.rows(
                "select id from rewrites where id in (select unnest(?))", [list(by_id)]
            )
        }
        new = [(i, r) for i, r in by_id.items() if i not in known]
        if not new:
            return 0
        with self._db.transaction():
            first = self._db.next_number("rewrites", "ord")
            self._db.insert("rewrites", _columns(first, new))
        return len(new)

    def count(self) -> int:
        """How many there are."""
        return int(self._db.value("select count(*) from rewrites"))

    def all(self) -> list[Rewrite]:
        """All of them, in the order they were made."""
        return self._read("select * from rewrites order by ord", [])

    def of(self, conversation_id: str) -> list[Rewrite]:
        """Those of one conversation, in the order they were made."""
        return self._read(
            "select * from rewrites where conversation_id = ? order by ord", [conversation_id]
        )

    def get(self, rewrite_id: str) -> Rewrite | None:
        """One by its id, or None."""
        found = self._read("select * from rewrites where id = ?", [rewrite_id])
        return found[0] if found else None

    def _read(self, sql: str, parameters: Sequence[Any]) -> list[Rewrite]:
        cursor = self._db.cursor.execute(sql, list(parameters))
        names = [column[0] for column in cursor.description or ()]
        return [_rewrite(dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


def _columns(first: int, new: Sequence[tuple[str, Rewrite]]) -> dict[str, list[Any]]:
    plain = (
        "conversation_id", "turn_index", "criticism", "content", "verdict", "model",
        "prompt_digest", "advice", "candidate", "run_id",
    )  # fmt: skip
    now = datetime.now(UTC).replace(tzinfo=None)
    return {
        "ord": list(range(first, first + len(new))),
        "id": [i for i, _ in new],
        **{name: [getattr(r, name) for _, r in new] for name in plain},
        "details": [as_json({name: getattr(r, name) for name in DETAILS}) for _, r in new],
        "created": [now] * len(new),
    }


def _rewrite(row: dict[str, Any]) -> Rewrite:
    details = msgspec.json.decode(row.pop("details"), type=dict[str, Any])
    for unused in ("ord", "id", "created"):
        row.pop(unused)
    return msgspec.convert({**row, **details}, Rewrite)
