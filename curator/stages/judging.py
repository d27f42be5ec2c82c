"""How score asks the judge: one rubric, one number and one reason for each rewrite.

Where there are no rewrites the answers of the chats are judged as they came in. The rationale is
the signal's note; replies come out of the ledger, so a second run costs nothing.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from curator.conversation import Conversation, Signal, digest
from curator.engines import Engines, Reply
from curator.errors import CuratorError
from curator.prompts import Prompt, load
from curator.stages.base import Part, Progress, Report
from curator.stages.hindsight import boundary, view
from curator.store import Store

JUDGE = "judge"
NAME = "judge"
SCHEMA: dict[str, Any] = {
    "title": "score",
    "type": "object",
    "properties": {
        "reason": {"type": "string"},
        "score": {"type": "integer", "minimum": 0, "maximum": 10},
    },
    "required": ["reason", "score"],
    "additionalProperties": False,
}
#: Up to this score a rewrite is flagged; tokens of a chat that are shown; rows written at a time.
FLAGGED, BUDGET, BATCH = 4, 2000, 16
CONCURRENCY = 16


class Task(msgspec.Struct, frozen=True):
    """One question to the judge: whose signal the answer will be, and what is asked."""

    conversation_id: str
    turn_index: int
    rewrite_id: str | None
    messages: list[dict[str, Any]]


def judge(
    store: Store,
    engines: Engines,
    bounds: tuple[int | None, Part | None],
    steps: tuple[Progress, Report],
) -> None:
    """Ask for the scores that are missing under this model and rubric, so many at most and of a
    part where one is given, and store them."""
    progress, report = steps
    model, rubric = engines.chat(JUDGE), load("score_judge", store.path)
    version = int(digest([model.model, rubric.digest])[:7], 16)
    tasks = list(_tasks(store, rubric, version, bounds))
    engines.expect(JUDGE, len(tasks), [task.messages for task in tasks[:20]])
    progress.begin(len(tasks), "scores asked for")

    async def ask(task: Task) -> Reply:
        return await model.ask(task.messages, schema=SCHEMA)

    batch: list[Signal] = []
    try:
        for task, outcome in engines.each(ask, tasks, CONCURRENCY):
            found = _signal(task, outcome)
            if isinstance(found, str):
                report.fail(task.rewrite_id or task.conversation_id, found)
            else:
                batch.append(found)
                report.count("judged now")
            if len(batch) >= BATCH:
                _keep(store, batch, version)
            progress.step()
    finally:
        _keep(store, batch, version)


def _keep(store: Store, batch: list[Signal], version: int) -> None:
    on_rewrites = [signal for signal in batch if signal.rewrite_id]
    store.signals.add(on_rewrites, {NAME: version}, store.run_id)
    on_turns = [signal for signal in batch if not signal.rewrite_id]
    store.turn_signals.append(on_turns, {NAME: version}, store.run_id)
    batch.clear()


def _tasks(
    store: Store, rubric: Prompt, version: int, bounds: tuple[int | None, Part | None]
) -> Iterator[Task]:
    limit, part = bounds
    left = 10**9 if limit is None else max(0, limit)
    only, chats = (None, None) if part is None else (part.rewrites, part.chats)
    if store.rewrites.count():
        for _, id_, rewrite in store.signals.unscored({NAME: version}, -1, left, only):
            chat = store.conversations.get(rewrite.conversation_id)
            if chat is not None and rewrite.turn_index < len(chat.turns):
                asked = _messages(chat, rewrite.turn_index, rewrite.content, rubric)
                yield Task(rewrite.conversation_id, rewrite.turn_index, id_, asked)
        return
    done = store.turn_signals.versions_of(NAME, version)
    for chat in store.conversations.iterate(only=chats):
        for index, turn in enumerate(chat.turns):
            if turn.role != "assistant" or (chat.id, index) in done or not turn.content.strip():
                continue
            if left <= 0:
                return
            left -= 1
            yield Task(chat.id, index, None, _messages(chat, index, None, rubric))


def _messages(
    chat: Conversation, index: int, new: str | None, rubric: Prompt
) -> list[dict[str, Any]]:
    seen = view(chat, index, 0, BUDGET)
    before = [
        {"speaker": chat.turns[at].role, "text": text} for at, text in seen.turns if at < index
    ]
    old = chat.turns[index].content
    shown = {"chat": before, "old": old if new is not None else None}
    data = msgspec.json.encode({**shown, "new": new if new is not None else old}).decode()
    fence = boundary(data)
    return [
        {"role": "system", "content": rubric.fill(boundary=fence)},
        {"role": "user", "content": f"{fence}\n{data}\n{fence}"},
    ]


def _signal(task: Task, outcome: "Reply | Exception") -> Signal | str:
    """The score as a signal, or in words why there is none. Raises what stops the run."""
    if isinstance(outcome, Exception):
        if not isinstance(outcome, CuratorError) or getattr(outcome, "stops_run", False):
            raise outcome
        return str(outcome)
    told = outcome.parsed or {}
    score = told.get("score")
    if not isinstance(score, int) or not 0 <= score <= 10:
        return f"the judge gave {score!r}, which is no whole number from 0 to 10"
    return Signal(
        task.conversation_id, task.turn_index, NAME, float(score), score <= FLAGGED,
        str(told.get("reason", "")), task.rewrite_id,
    )  # fmt: skip
