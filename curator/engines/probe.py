"""Call each role's model once, and say what was found: what `curator engines test` prints."""

from time import time
from typing import Any, Protocol

import msgspec

from curator.engines import Reply
from curator.engines.chat import Chat
from curator.engines.opened import OpenEngines
from curator.engines.roles import ROLES
from curator.errors import CuratorError, EngineError

COLUMNS = ("role", "model", "where", "answers", "seconds", "JSON", "usage", "context")
SCHEMA = {
    "title": "sum",
    "type": "object",
    "properties": {"sum": {"type": "integer"}},
    "required": ["sum"],
    "additionalProperties": False,
}
QUESTION = 'What is 2 + 3? Answer as JSON, like {"sum": 9}.'
ENFORCED = {
    "schema": "by schema",
    "json": "JSON mode",
    "text": "asked for in words",
}
#: What servers call the longest prompt and answer together, in their list of models.
CONTEXT_NAMES = ("context_length", "max_model_len", "context_window", "max_context_length")


class Progress(Protocol):
    """Two methods of the stages' progress."""

    def begin(self, total: int | None, what: str) -> None: ...

    def step(self, n: int = 1, note: str = "") -> None: ...


def probe(engines: OpenEngines, progress: Progress) -> list[tuple[Any, ...]]:
    """One row (see `COLUMNS`) for each role. A role that does not answer has the reason in
    `answers`; nothing is raised for it. Roles on the same model with the same sampling share one
    call."""
    progress.begin(len(ROLES), "asking each role's model")
    rows: list[tuple[Any, ...]] = []
    known: dict[str, tuple[Any, ...]] = {}
    for role in ROLES:
        try:
            chat = engines.chat(role)
        except CuratorError as error:
            rows.append((role, "", "", f"no: {error}", None, "", "", None))
        else:
            same = f"{chat.endpoint} {chat.model} {sorted(chat.sampling.items())}"
            if same not in known:
                known[same] = _found(engines, chat)
            rows.append((role, chat.model, chat.endpoint, *known[same]))
        progress.step(note=role)
    return rows


def _found(engines: OpenEngines, chat: Chat) -> tuple[Any, ...]:
    context = _context(engines, chat)
    attempt = int(time())  # so that no earlier answer is served
    chat.line.forget_mode()

    async def ask() -> Reply:
        question = [{"role": "user", "content": QUESTION}]
        return await chat.ask(question, schema=SCHEMA, attempt=attempt)

    try:
        reply = engines.run(ask)
    except EngineError as error:
        # A reply that is no good is still a reply: a small model may not know its sums.
        enforced = ENFORCED[chat.line.mode] if chat.line.mode_known else ""
        return f"no: {error}", None, enforced, "", context
    counted = reply.prompt_tokens and reply.completion_tokens
    usage = f"{reply.prompt_tokens} + {reply.completion_tokens}" if counted else "not given"
    return "yes", round(reply.seconds, 2), ENFORCED[chat.line.mode], usage, context


def _context(engines: OpenEngines, chat: Chat) -> int | None:
    """The model's context in tokens, where the server tells."""
    if engines.local_context is not None and chat.settings.loopback:
        return engines.local_context

    async def models() -> bytes:
        return (await chat.line.wire.get("/models")).body

    try:
        listed = msgspec.json.decode(engines.run(models))["data"]
        mine = next((m for m in listed if m["id"] == chat.model), listed[0])
        found = [mine.get(name) for name in CONTEXT_NAMES]
        found.append((mine.get("meta") or {}).get("n_ctx_train"))
    except (EngineError, msgspec.MsgspecError, KeyError, TypeError, IndexError, AttributeError):
        return None
    return next((int(n) for n in found if isinstance(n, int) and n > 0), None)
