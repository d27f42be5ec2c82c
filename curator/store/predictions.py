"""What a learned order expects of reviewers, and how well it did where it could be checked."""

from collections.abc import Mapping
from typing import Any

import msgspec

from curator.store.connection import Connection, as_json


class Predictions:
    """The last model's expectations; every model's record."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def replace(self, accept: Mapping[str, float], info: Mapping[str, Any], run_id: int) -> None:
        """Store what a model expects (rewrite id to probability of accept) in place of what the
        model before it did, and keep the model's record."""
        with self._db.transaction() as cursor:
            cursor.execute("delete from predictions")
            cursor.execute(
                "insert into prediction_models values (?, ?, now()::timestamp)",
                [run_id, as_json(dict(info))],
            )
            if accept:
                self._db.insert(
                    "predictions",
                    {
                        "rewrite_id": list(accept),
                        "accept": list(accept.values()),
                        "model_run": [run_id] * len(accept),
                    },
                )

    def all(self) -> dict[str, float]:
        """What the last model expects, by rewrite."""
        return dict(self._db.rows("select rewrite_id, accept from predictions"))

    def model(self) -> dict[str, Any] | None:
        """The record of the last model, or None."""
        found = self._db.value(
            "select info from prediction_models order by run_id desc, created desc limit 1"
        )
        return None if found is None else msgspec.json.decode(found, type=dict[str, Any])
