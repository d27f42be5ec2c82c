"""Runs of stages and the items that failed in them; written by the runner alone."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from curator.conversation import Failure, Run
from curator.store.connection import Connection, as_json

#: Of a run's numbers, those that say what it was for.
FIRST = ("conversations", "rewrites", "scored", "hidden", "kept")
RUNS = "select id, stage, config, state, started, ended, report, reviewer from runs"


class Runs:
    """Who did what, when, with which settings, and how it ended."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def open(self, stage: str, config: dict[str, Any], who: str = "") -> int:
        """A new run of `stage`, now running; its id. It is `who`'s, or else that of the person for
        whom the workspace was opened."""
        with self._db.transaction() as cursor:
            run_id = self._db.next_number("runs", "id")
            cursor.execute(
                """
                insert into runs (id, stage, config, state, started, reviewer)
                values (?, ?, ?, ?, ?, ?)
                """,
                [run_id, stage, as_json(config), "running", _now(), who or self._db.who],
            )
        return run_id

    def close(
        self, run_id: int, state: str, report: dict[str, Any], failures: Sequence[Failure] = ()
    ) -> None:
        """End a run as finished, failed or cancelled, with its numbers and failures."""
        with self._db.transaction() as cursor:
            cursor.execute(
                "update runs set state = ?, ended = ?, report = ? where id = ?",
                [state, _now(), as_json(report), run_id],
            )
            if failures:
                self._db.insert(
                    "failures",
                    {
                        "run_id": [run_id] * len(failures),
                        "target": [f.target for f in failures],
                        "reason": [f.reason for f in failures],
                        "raw": [f.raw for f in failures],
                    },
                )

    def latest(self, limit: int = 50) -> list[Run]:
        """The latest runs, newest first."""
        return [_run(row) for row in self._db.rows(f"{RUNS} order by id desc limit ?", [limit])]

    def of(self, run_id: int | None) -> Run | None:
        """One run by its number, or None."""
        rows = self._db.rows(f"{RUNS} where id = ?", [run_id])
        return _run(rows[0]) if rows else None

    def failures(self, run_id: int) -> list[Failure]:
        """What could not be done in one run."""
        return [
            Failure(target, reason, raw or "")
            for target, reason, raw in self._db.rows(
                "select target, reason, raw from failures where run_id = ?", [run_id]
            )
        ]


def numbers_of(report: dict[str, Any]) -> list[tuple[str, int]]:
    """The counts of a run's report, what it was for first."""
    found = [(k, v) for k, v in report.items() if isinstance(v, int) and not isinstance(v, bool)]
    return sorted(found, key=lambda pair: FIRST.index(pair[0]) if pair[0] in FIRST else len(FIRST))


def _run(row: tuple[Any, ...]) -> Run:
    id_, stage, config, state, started, ended, report, who = row
    return Run(id_, stage, _json(config), state, started, ended, _json(report), who or "")


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _json(text: str) -> dict[str, Any]:
    return msgspec.json.decode(text, type=dict[str, Any])
