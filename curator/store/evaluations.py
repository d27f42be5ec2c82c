"""The exam's tables: what systems answered, how answers were scored, which of two was better."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from curator.conversation import Evaluation
from curator.store.connection import Connection, as_json

Winner = Literal["old", "new", "tie"]


class Answer(msgspec.Struct, frozen=True):
    """What a system said to the last of a prompt's user turns, and to those before it. `key` is
    the digest of all that decides it: the system's identity, the prompt and the sampling."""

    key: str
    system: str
    category: str
    prompt: tuple[str, ...]
    replies: tuple[str, ...]


class Comparison(msgspec.Struct, frozen=True):
    """One blind verdict. `key` is the digest of all that was shown, to whom, under what rubric."""

    key: str
    rewrite_id: str
    conversation_id: str
    turn_index: int
    hindsight: bool
    new_first: bool
    judge: str
    rubric: str
    verdict: Winner
    reason: str = ""


class Evaluations:
    """Answers, scores and comparisons. Each is asked for once: what is known by key is kept."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def answers(self, keys: Collection[str]) -> dict[str, Answer]:
        """Those that were given already, by key."""
        rows = self._db.rows(
            """
            select key, system, category, prompt, answer from answers
            where key in (select unnest(?))
            """,
            [list(keys)],
        )
        decode = msgspec.json.decode
        return {
            key: Answer(
                key, system, category,
                decode(prompt, type=tuple[str, ...]), decode(answer, type=tuple[str, ...]),
            )
            for key, system, category, prompt, answer in rows
        }  # fmt: skip

    def keep_answers(self, answers: Sequence[Answer], run_id: int | None) -> None:
        """Store answers."""
        self._keep(
            "answers",
            run_id,
            [
                {
                    "key": a.key, "system": a.system, "category": a.category,
                    "prompt": as_json(list(a.prompt)), "answer": as_json(list(a.replies)),
                }
                for a in answers
            ],
        )  # fmt: skip

    def scores(self, keys: Collection[str]) -> dict[str, Evaluation]:
        """Those that were given already, by key."""
        rows = self._db.rows(
            """
            select key, system, category, prompt, answer, judge, score, reason, run_id
            from evaluations where key in (select unnest(?))
            """,
            [list(keys)],
        )
        return {row[0]: Evaluation(*row[1:]) for row in rows}

    def keep_scores(self, scores: Sequence[tuple[str, Evaluation]], run_id: int | None) -> None:
        """Store scores, each with its key."""
        plain = ("system", "category", "prompt", "answer", "judge", "score", "reason")
        self._keep(
            "evaluations",
            run_id,
            [{"key": key, **{n: getattr(e, n) for n in plain}} for key, e in scores],
        )

    def comparisons(self, keys: Collection[str]) -> dict[str, Comparison]:
        """Those that were made already, by key."""
        names = Comparison.__struct_fields__
        rows = self._db.rows(
            f"select {', '.join(names)} from comparisons where key in (select unnest(?))",
            [list(keys)],
        )
        return {row[0]: Comparison(*row) for row in rows}

    def keep_comparisons(self, made: Sequence[Comparison], run_id: int | None) -> None:
        """Store comparisons."""
        self._keep("comparisons", run_id, [msgspec.structs.asdict(c) for c in made])

    def _keep(self, table: str, run_id: int | None, rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        now = datetime.now(UTC).replace(tzinfo=None)
        columns: dict[str, list[Any]] = {name: [row[name] for row in rows] for name in rows[0]}
        columns |= {"run_id": [run_id] * len(rows), "created": [now] * len(rows)}
        if "score" in columns:
            columns["score"] = _doubles(columns["score"])
        self._db.insert(table, columns)


def _doubles(values: list[Any]) -> Any:
    """An Arrow column of doubles: a batch of nothing but nulls would have no type."""
    import pyarrow as pa

    return pa.array(values, pa.float64())
