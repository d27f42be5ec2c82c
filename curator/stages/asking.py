"""How the judge is asked about many texts, and its answers become signals.

Replies come out of the ledger, so a second run costs nothing; what a judge did not answer usably is
a failure, and asked again next time.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from curator.conversation import Conversation, Signal, digest
from curator.engines import Engines, Reply
from curator.errors import CuratorError
from curator.prompts import Prompt, load
from curator.stages.base import Progress, Report
from curator.stages.hindsight import boundary
from curator.store import Store

JUDGE = "judge"
#: Rows written at a time, requests in flight, and requests from which the cost is foretold.
BATCH, CONCURRENCY, SAMPLE = 16, 16, 20


class Task(msgspec.Struct, frozen=True):
    """One question to the judge: whose signal the answer will be, and what is asked."""

    conversation_id: str
    turn_index: int
    rewrite_id: str | None
    messages: list[dict[str, Any]]


#: The signal's value, whether it flags; or in words why the reply is of no use.
Verdict = tuple[float, bool] | str


@dataclass(frozen=True, kw_only=True)
class Question:
    """What the judge is asked: the signal it makes, the prompt, the form of the reply, what is
    counted in progress and report, and how a reply is read."""

    name: str
    prompt: str
    schema: Mapping[str, Any]
    asked_for: str
    counted: str
    counted_flags: str = ""
    read: Callable[[Mapping[str, Any]], Verdict]


def put(
    store: Store,
    engines: Engines,
    question: Question,
    tasks_of: Callable[[Prompt, int], Iterable[Task]],
    steps: tuple[Progress, Report],
) -> None:
    """Ask what `tasks_of` this prompt and version of the question is due, and store the answers;
    stops between batches without loss."""
    progress, report = steps
    model, prompt = engines.chat(JUDGE), load(question.prompt, store.path)
    version = int(digest([model.model, prompt.digest])[:7], 16)
    tasks = list(tasks_of(prompt, version))
    engines.expect(JUDGE, len(tasks), [task.messages for task in tasks[:SAMPLE]])
    progress.begin(len(tasks), question.asked_for)

    async def ask(task: Task) -> Reply:
        return await model.ask(task.messages, schema=dict(question.schema))

    batch: list[Signal] = []
    try:
        for task, outcome in engines.each(ask, tasks, CONCURRENCY):
            found = _signal(question, task, outcome)
            if isinstance(found, str):
                report.fail(task.rewrite_id or task.conversation_id, found)
            else:
                batch.append(found)
                report.count(question.counted)
                if question.counted_flags:
                    report.count(question.counted_flags, int(found.flagged))
            if len(batch) >= BATCH:
                _keep(store, batch, {question.name: version})
            progress.step(1)
    finally:
        _keep(store, batch, {question.name: version})


def fenced(prompt: Prompt, data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A request: instructions, then data as JSON between two marks that do not occur in it."""
    told = msgspec.json.encode(data).decode()
    fence = boundary(told)
    return [
        {"role": "system", "content": prompt.fill(boundary=fence)},
        {"role": "user", "content": f"{fence}\n{told}\n{fence}"},
    ]


def of_rewrites(
    store: Store,
    due: Mapping[str, int],
    bounds: tuple[int, list[str] | None],
    messages: Callable[[Conversation, int, str], list[dict[str, Any]]],
) -> Iterable[Task]:
    """A task for each rewrite that lacks the signal, so many at most, or only of those named;
    `messages` are made of its chat, its turn and its words."""
    limit, only = bounds
    for _, id_, rewrite in store.signals.unscored(due, -1, limit, only):
        chat = store.conversations.get(rewrite.conversation_id)
        if chat is not None and rewrite.turn_index < len(chat.turns):
            asked = messages(chat, rewrite.turn_index, rewrite.content)
            yield Task(rewrite.conversation_id, rewrite.turn_index, id_, asked)


def _keep(store: Store, batch: list[Signal], versions: dict[str, int]) -> None:
    store.signals.add([s for s in batch if s.rewrite_id], versions, store.run_id)
    store.turn_signals.append([s for s in batch if not s.rewrite_id], versions, store.run_id)
    batch.clear()


def _signal(question: Question, task: Task, outcome: "Reply | Exception") -> Signal | str:
    """The verdict as a signal, or in words why there is none. Raises what stops the run."""
    if isinstance(outcome, Exception):
        if not isinstance(outcome, CuratorError) or getattr(outcome, "stops_run", False):
            raise outcome
        return str(outcome)
    told = outcome.parsed or {}
    verdict = question.read(told)
    if isinstance(verdict, str):
        return verdict
    value, flagged = verdict
    return Signal(
        task.conversation_id, task.turn_index, question.name, value, flagged,
        str(told.get("reason", "")), task.rewrite_id,
    )  # fmt: skip
