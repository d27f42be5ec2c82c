"""Asking on after a changed answer: the questions that followed it, put to the assistant anew."""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from curator.conversation import Conversation, Origin, Settlement, Turn
from curator.engines import ChatModel, Engines
from curator.engines.models import CHAT
from curator.errors import CuratorError, DataError
from curator.export.splitting import REPLAYED as OLD
from curator.formats.messages import write_turn
from curator.formats.settled import answered
from curator.prompts import Prompt, load
from curator.stages import plainly
from curator.stages.base import Progress, Report
from curator.stages.generating import ASSISTANT, TRIES, Strayed
from curator.store import Store
from curator.text import language

#: What a model is told of a message besides who says what.
TOLD = ("name", "tool_calls", "tool_call_id")


class Listed(msgspec.Struct, frozen=True):
    """A line of the file that `export --after replay` writes: the settled answer, and what the
    user asked after it."""

    chat: str
    turn: int
    rewrite: str
    again: list[str] = msgspec.field(name="ask again")


class Thread(msgspec.Struct, frozen=True):
    """A chat to be told on: where it is listed, the turns up to its settled answer, the user
    turns that follow, and what the new chat will be known by."""

    where: str
    told: tuple[Turn, ...]
    asked: tuple[Turn, ...]
    meta: dict[str, Any]

    @property
    def name(self) -> str:
        """The digest of all that is known before the model is asked."""
        return Conversation((*self.told, *self.asked), Origin("")).id


def replay(
    store: Store, path: Path, concurrency: int, engines: Engines, progress: Progress
) -> Report:
    """Ask again what `path` lists, and keep each chat that was told to its end as a new one whose
    `meta` names the old chat. Those of an earlier run are not made again."""
    report = Report()
    threads = list(_threads(store, path, report))
    model, prompt = engines.chat(ASSISTANT), load("simulated_assistant", store.path)
    source = f"replay:{model.model}:{prompt.digest[:4]}"
    there = store.conversations.source_ids(source)
    due = [thread for thread in threads if thread.name not in there]
    report.counts = {"planned": len(threads), "already there": len(threads) - len(due)}
    engines.expect(ASSISTANT, sum(len(thread.asked) for thread in due))
    progress.begin(len(due), "chats to ask on")
    for thread, outcome in engines.each(_teller(model, prompt), due, concurrency):
        if isinstance(outcome, CuratorError) and not getattr(outcome, "stops_run", False):
            report.fail(thread.where, outcome, getattr(outcome, "raw", ""))
        elif isinstance(outcome, Exception):
            raise outcome
        else:
            origin = Origin(source, None, "replayed", thread.name)
            meta = {**thread.meta, "models": {ASSISTANT: model.model}}
            chat = Conversation(outcome, origin, meta)
            report.count("chats", store.conversations.add([chat], store.run_id))
            report.count("answers", len(thread.asked))
        progress.step(1)
    report.count("failed", len(report.failures))
    return report


def _threads(store: Store, path: Path, report: Report) -> Iterator[Thread]:
    """The chats of the file whose answers still are settled as listed; the others are failures."""
    listed = _listed(path, report)
    ords = store.exports.named([one.chat for _, one in listed])
    found = {
        curated.conversation.id: curated
        for window in store.exports.curated(sorted(ords.values()))
        for _, curated in window
    }
    for where, one in listed:
        curated = found.get(one.chat)
        if curated is None:
            report.fail(where, "its chat is not in this workspace")
            continue
        settled = next((s for s in curated.settlements if s.rewrite_id == one.rewrite), None)
        if settled is None or settled.verdict == "reject":
            report.fail(where, f"turn {one.turn} is no longer settled so; export it again")
            continue
        yield _thread(where, curated.conversation, settled, one)


def _thread(where: str, chat: Conversation, settled: Settlement, one: Listed) -> Thread:
    index = settled.turn_index
    later = {turn.content: turn for turn in chat.turns[index + 1 :] if turn.role == "user"}
    return Thread(
        where,
        (*chat.turns[:index], answered(chat.turns[index], settled.chosen)),
        tuple(later.get(words, Turn("user", words)) for words in one.again),
        {**chat.meta, OLD: {"chat": one.chat, "turn": index, "rewrite": one.rewrite}},
    )


def _listed(path: Path, report: Report) -> list[tuple[str, Listed]]:
    """The lines, each with its place. Raises `DataError` where there are none."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise DataError(
            f"{path} cannot be read ({error.strerror}); name a .replay.jsonl"
        ) from error
    decoder = msgspec.json.Decoder(Listed)
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append((f"{path.name}:{number}", decoder.decode(line)))
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            report.fail(f"{path.name}:{number}", f"lists no questions to ask again: {error}")
    if not found:
        raise DataError(
            f"{path} lists no questions to ask again; `curator export --after replay` writes "
            "such a file beside its data"
        )
    return found


def _teller(model: ChatModel, prompt: Prompt) -> Callable[[Thread], Awaitable[tuple[Turn, ...]]]:
    """Tells one chat to its end: the user's next question as it was, and a new answer to it."""

    async def tell(thread: Thread) -> tuple[Turn, ...]:
        turns = list(thread.told)
        for question in thread.asked:
            turns.append(question)
            turns.append(await _answer(model, prompt, turns))
        return tuple(turns)

    return tell


async def _answer(model: ChatModel, prompt: Prompt, turns: list[Turn]) -> Turn:
    """The answer to the last turn; the chat's own system text stands before the prompt's."""
    messages = [_message(turn) for turn in turns]
    if turns[0].role != "system":
        messages.insert(0, {"role": "system", "content": prompt.fill()})
    for attempt in range(TRIES):
        reply = await model.ask(messages, attempt=attempt, **_bounds(model, turns[-1], attempt))
        if text := reply.text.strip():
            return Turn("assistant", text)
    raise Strayed(f"the assistant said nothing to turn {len(turns) - 1}", reply.text)


def _message(turn: Turn) -> dict[str, Any]:
    whole = write_turn(turn)
    said = {"role": turn.role, "content": whole["content"]}
    return said | {key: whole[key] for key in TOLD if key in whole}


def _bounds(model: ChatModel, question: Turn, attempt: int) -> dict[str, Any]:
    """What keeps the embedded model from talking on and on; nothing for others."""
    if model.model != CHAT:
        return {}
    return plainly.sampling(model.sampling, language(question.content) or "", attempt)
