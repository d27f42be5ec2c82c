"""Adapters: what was trained, on what, from what."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from curator.conversation import Adapter
from curator.store.connection import Connection, as_json


class Adapters:
    """The gym's table."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, adapter: Adapter) -> int:
        """Store one; its id. One folder holds one adapter: a record of the same path and data
        that is already here is kept as it is."""
        known = self._db.value(
            "select max(id) from adapters where path = ? and data_sha256 = ? and settings = ?",
            [adapter.path, adapter.data_sha256, as_json(adapter.settings)],
        )
        if known is not None:
            return int(known)
        with self._db.transaction() as cursor:
            id_ = self._db.next_number("adapters", "id")
            cursor.execute(
                """
                insert into adapters
                (id, run_id, path, base_model, data_sha256, settings, losses, parent, created)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    id_, adapter.run_id, adapter.path, adapter.base_model, adapter.data_sha256,
                    as_json(adapter.settings), as_json(list(adapter.losses)), adapter.parent,
                    datetime.now(UTC).replace(tzinfo=None),
                ],
            )  # fmt: skip
        return id_

    def all(self) -> list[Adapter]:
        """All of them, oldest first."""
        return [
            _adapter(row)
            for row in self._db.rows(
                """
                select id, run_id, path, base_model, data_sha256, settings, losses, parent
                from adapters order by id
                """
            )
        ]

    def latest(self) -> Adapter | None:
        """The one trained last, or None."""
        found = self.all()
        return found[-1] if found else None

    def count(self) -> int:
        """How many there are."""
        return int(self._db.value("select count(*) from adapters"))


def _adapter(row: tuple[Any, ...]) -> Adapter:
    id_, run_id, path, base_model, data_sha256, settings, losses, parent = row
    return Adapter(
        path,
        base_model,
        data_sha256,
        msgspec.json.decode(settings, type=dict[str, Any]),
        msgspec.json.decode(losses, type=tuple[float, ...]),
        parent,
        id_,
        run_id,
    )
