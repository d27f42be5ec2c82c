"""A second opinion on leaks: the judge reads the later turns and says whether a rewrite knew them.

Never required: the leak detector needs no model. The opinion is a signal of its own,
`leak-opinion`, beside the detector's.
"""

from collections.abc import Iterable, Mapping
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

NAME = "leak-opinion"
SCHEMA: dict[str, Any] = {
    "title": "leak",
    "type": "object",
    "properties": {"reason": {"type": "string"}, "leaks": {"type": "boolean"}},
    "required": ["reason", "leaks"],
    "additionalProperties": False,
}
#: Tokens of a chat that are shown.
BUDGET = 3000


def ask_again(
    store: Store,
    engines: Engines,
    bounds: tuple[int | None, Part | None],
    steps: tuple[Progress, Report],
) -> None:
    """Ask for the opinions that are missing under this model and prompt, so many at most and of a
    part where one is given, and store them."""
    limit, part = bounds
    left = 10**9 if limit is None else max(0, limit)
    only = None if part is None else part.rewrites

    def tasks(prompt: Prompt, version: int) -> Iterable[Task]:
        asked = partial(_messages, prompt)
        return asking.of_rewrites(store, {NAME: version}, (left, only), asked)

    asking.put(store, engines, QUESTION, tasks, steps)


def _messages(prompt: Prompt, chat: Conversation, index: int, new: str) -> list[dict[str, Any]]:
    seen = view(chat, index, len(chat.turns), BUDGET)
    rows = [(at, {"speaker": chat.turns[at].role, "text": text}) for at, text in seen.turns]
    data = {
        "chat": [row for at, row in rows if at < index],
        "old": chat.turns[index].content,
        "new": new,
        "later": [row for at, row in rows if at > index],
    }
    return asking.fenced(prompt, data)


def _read(told: Mapping[str, Any]) -> Verdict:
    leaks = told.get("leaks")
    if not isinstance(leaks, bool):
        return f"the judge said {leaks!r}, which is neither true nor false"
    return float(leaks), leaks


QUESTION = asking.Question(
    name=NAME, prompt="leak_judge", schema=SCHEMA, asked_for="second opinions asked for",
    counted="second opinions", counted_flags="of them leaks", read=_read,
)  # fmt: skip
