"""How score asks the judge: one rubric, one number and one reason for each rewrite.

Where there are no rewrites the answers of the chats are judged as they came in. The rationale is
the signal's note.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from curator.conversation import Conversation
from curator.engines import Engines
from curator.prompts import Prompt
from curator.stages import asking
from curator.stages.asking import Task, Verdict
from curator.stages.base import Part, Progress, Report
from curator.stages.hindsight import view
from curator.store import Store

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
#: Up to this score a rewrite is flagged; tokens of a chat that are shown.
FLAGGED, BUDGET = 4, 2000


def judge(
    store: Store,
    engines: Engines,
    bounds: tuple[int | None, Part | None],
    steps: tuple[Progress, Report],
) -> None:
    """Ask for the scores that are missing under this model and rubric, so many at most and of a
    part where one is given, and store them."""

    def tasks(rubric: Prompt, version: int) -> Iterator[Task]:
        return _tasks(store, rubric, version, bounds)

    asking.put(store, engines, QUESTION, tasks, steps)


def _tasks(
    store: Store, rubric: Prompt, version: int, bounds: tuple[int | None, Part | None]
) -> Iterator[Task]:
    limit, part = bounds
    left = 10**9 if limit is None else max(0, limit)
    only, chats = (None, None) if part is None else (part.rewrites, part.chats)
    if store.rewrites.count():
        asked = partial(_messages, rubric)
        yield from asking.of_rewrites(store, {NAME: version}, (left, only), asked)
        return
    done = store.turn_signals.versions_of(NAME, version)
    for chat in store.conversations.iterate(only=chats):
        for index, turn in enumerate(chat.turns):
            if turn.role != "assistant" or (chat.id, index) in done or not turn.content.strip():
                continue
            if left <= 0:
                return
            left -= 1
            yield Task(chat.id, index, None, _messages(rubric, chat, index, None))


def _messages(
    rubric: Prompt, chat: Conversation, index: int, new: str | None
) -> list[dict[str, Any]]:
    seen = view(chat, index, 0, BUDGET)
    before = [
        {"speaker": chat.turns[at].role, "text": text} for at, text in seen.turns if at < index
    ]
    old = chat.turns[index].content
    shown = {"chat": before, "old": old if new is not None else None}
    return asking.fenced(rubric, {**shown, "new": new if new is not None else old})


def _read(told: Mapping[str, Any]) -> Verdict:
    score = told.get("score")
    if type(score) is not int or not 0 <= score <= 10:
        return f"the judge gave {score!r}, which is no whole number from 0 to 10"
    return float(score), score <= FLAGGED


QUESTION = asking.Question(
    name=NAME, prompt="score_judge", schema=SCHEMA, asked_for="scores asked for",
    counted="judged now", read=_read,
)  # fmt: skip
