"""A second opinion on leaks: the judge reads the later turns and says whether a rewrite knew them.

Never required: the leak detector needs no model. The opinion is a signal of its own,
`leak-opinion`, beside the detector's; replies come out of the ledger, so a second run costs
nothing.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from curator.conversation import Conversation, Rewrite, Signal, digest
from curator.engines import Engines, Reply
from curator.errors import CuratorError
from curator.prompts import Prompt, load
from curator.stages.base import Part, Progress, Report
from curator.stages.hindsight import boundary, view
from curator.store import Store

JUDGE = "judge"
NAME = "leak-opinion"
SCHEMA: dict[str, Any] = {
    "title": "leak",
    "type": "object",
    "properties": {"reason": {"type": "string"}, "leaks": {"type": "boolean"}},
    "required": ["reason", "leaks"],
    "additionalProperties": False,
}
#: Tokens of a chat that are shown; rows written at a time; requests in flight.
BUDGET, BATCH, CONCURRENCY = 3000, 16, 16


class Task(msgspec.Struct, frozen=True):
    """One question to the judge about one rewrite."""

    conversation_id: str
    turn_index: int
    rewrite_id: str
    messages: list[dict[str, Any]]


def ask_again(
    store: Store,
    engines: Engines,
    bounds: tuple[int | None, Part | None],
    steps: tuple[Progress, Report],
) -> None:
    """Ask for the opinions that are missing under this model and prompt, so many at most and of a
    part where one is given, and store them."""
    progress, report = steps
    model, prompt = engines.chat(JUDGE), load("leak_judge", store.path)
    version = int(digest([model.model, prompt.digest])[:7], 16)
    tasks = list(_tasks(store, prompt, version, bounds))
    engines.expect(JUDGE, len(tasks), [task.messages for task in tasks[:20]])
    progress.begin(len(tasks), "second opinions asked for")

    async def ask(task: Task) -> Reply:
        return await model.ask(task.messages, schema=SCHEMA)

    batch: list[Signal] = []
    try:
        for task, outcome in engines.each(ask, tasks, CONCURRENCY):
            found = _signal(task, outcome)
            if isinstance(found, str):
                report.fail(task.rewrite_id, found)
            else:
                batch.append(found)
                report.count("second opinions")
                report.count("of them leaks", int(found.flagged))
            if len(batch) >= BATCH:
                _keep(store, batch, version)
            progress.step(1)
    finally:
        _keep(store, batch, version)


def _keep(store: Store, batch: list[Signal], version: int) -> None:
    store.signals.add(batch, {NAME: version}, store.run_id)
    batch.clear()


def _tasks(
    store: Store, prompt: Prompt, version: int, bounds: tuple[int | None, Part | None]
) -> Iterator[Task]:
    limit, part = bounds
    left = 10**9 if limit is None else max(0, limit)
    only = None if part is None else part.rewrites
    for _, id_, rewrite in store.signals.unscored({NAME: version}, -1, left, only):
        chat = store.conversations.get(rewrite.conversation_id)
        if chat is not None and rewrite.turn_index < len(chat.turns):
            asked = _messages(chat, rewrite, prompt)
            yield Task(rewrite.conversation_id, rewrite.turn_index, id_, asked)


def _messages(chat: Conversation, rewrite: Rewrite, prompt: Prompt) -> list[dict[str, Any]]:
    index = rewrite.turn_index
    seen = view(chat, index, len(chat.turns), BUDGET)
    rows = [(at, {"speaker": chat.turns[at].role, "text": text}) for at, text in seen.turns]
    data = msgspec.json.encode(
        {
            "chat": [row for at, row in rows if at < index],
            "old": chat.turns[index].content,
            "new": rewrite.content,
            "later": [row for at, row in rows if at > index],
        }
    ).decode()
    fence = boundary(data)
    return [
        {"role": "system", "content": prompt.fill(boundary=fence)},
        {"role": "user", "content": f"{fence}\n{data}\n{fence}"},
    ]


def _signal(task: Task, outcome: "Reply | Exception") -> Signal | str:
    """The opinion as a signal, or in words why there is none. Raises what stops the run."""
    if isinstance(outcome, Exception):
        if not isinstance(outcome, CuratorError) or getattr(outcome, "stops_run", False):
            raise outcome
        return str(outcome)
    told = outcome.parsed or {}
    leaks = told.get("leaks")
    if not isinstance(leaks, bool):
        return f"the judge said {leaks!r}, which is neither true nor false"
    return Signal(
        task.conversation_id, task.turn_index, NAME, float(leaks), leaks,
        str(told.get("reason", "")), task.rewrite_id,
    )  # fmt: skip
