"""reflect: rewrite assistant turns with the hindsight of the turns that followed."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import Annotated, Any, Literal

import msgspec

from curator.conversation import Conversation, Rewrite
from curator.engines import ChatModel, Engines, Reply
from curator.engines.local import SLOTS
from curator.engines.models import CHAT
from curator.errors import ConfigError, CuratorError
from curator.objections import OBJECTS, strength
from curator.prompts import Prompt, load
from curator.signals import GATES
from curator.stages import choosing, gating, given, plainly
from curator.stages.base import Filtered, Names, Progress, Report, Silent, Spending, Stage
from curator.stages.hindsight import SCHEMA, Reflection, Unusable, View, messages, read, view
from curator.store import Store
from curator.store.rewrites import Due, Terms

ROLE = "reflector"
#: Tokens of a chat that are shown by default; the embedded model holds fewer, and may answer with
#: so many: asked for JSON, it goes round in circles until it is cut off.
BUDGET, EMBEDDED, EMBEDDED_REPLY = 12_000, 900, 600
#: Finished work is written after so many rewrites or seconds, whichever comes first.
BATCH, SECONDS = 32, 2.0
#: Requests that the estimate of a long run looks at.
SAMPLE = 20


@dataclass(frozen=True, kw_only=True)
class Config(Spending, Filtered):
    """Rewrite assistant turns with the hindsight of the turns that followed.

    Every answer that has a later user turn is shown to the reflector with that hindsight; it says
    what was wrong and writes the answer that should have been given. Turns that users object to
    most come first. Run it again to go on; another model, prompt, hindsight or advice makes
    further rewrites beside the old ones. The embedded model is too small to criticise: it is
    asked in plain words for a better answer, with the next user turn as a hint where that
    objects, and the user's words are shown as the criticism. With --given no model is asked: the
    other answers that came with a file (rejected, ranked, or the old ones of reflections) are
    proposed as they are.
    """

    only: Annotated[Literal["all", "objections"], "which turns: all, or those users object to"] = (
        "all"
    )
    hindsight: Annotated[int, "later user turns that the reflector may read; 0 means all"] = 0
    budget: Annotated[
        int | None,
        "tokens of a chat it may read, longer ones are trimmed inside; by default 600 for the "
        "embedded model and 12000 for others",
    ] = None
    given: Annotated[
        bool, "ask no model: propose the other answers that came with the files of the chats"
    ] = False
    candidates: Annotated[int, "rewrites per turn"] = 1
    advice: Annotated[str, "one line of your own for the reflector"] = ""
    ask: Annotated[
        Literal["auto", "json", "plain"],
        "how the reflector is asked: json wants criticism, verdict and answer; plain wants the "
        "answer alone, for small models; auto is plain for the embedded model, else json",
    ] = "auto"
    conversation: Annotated[tuple[str, ...], "ids of conversations to rewrite; none means all"] = ()
    turn: Annotated[int | None, "only this turn of them, counted from 1"] = None
    limit: Annotated[int | None, "stop after this many rewrites", Names("-n")] = None
    attempts: Annotated[int, "replies to ask for until one is usable"] = 2
    concurrency: Annotated[int, "requests in flight at once"] = 16


class Task(msgspec.Struct, frozen=True):
    """One rewrite to make: the chat, the part of it that is shown, and the prompt."""

    due: Due
    conversation: Conversation
    seen: View
    prompt: Prompt
    language: str


class Outcome(msgspec.Struct, frozen=True):
    """A usable reply and what it means."""

    reply: Reply
    reflection: Reflection


def run(store: Store, config: Config, engines: Engines, progress: Progress) -> Report:
    """Make the rewrites that are missing, `config.limit` at most."""
    if config.given:
        return given.propose(store, _wanted(store, config), progress)
    config.hold(engines)
    reflector = engines.chat(ROLE)
    embedded = reflector.model == CHAT
    plain = config.ask == "plain" or (config.ask == "auto" and embedded)
    name = plainly.PROMPT if plain else "reflect"
    prompts = {language: load(name, store.path, language) for language in ("", "zh")}
    terms = Terms(
        reflector.model,
        tuple(sorted({prompt.digest for prompt in prompts.values()})),
        max(0, config.hindsight),
        config.advice.strip(),
        max(1, config.candidates),
        choosing.only(store, config, config.conversation),
        None if config.turn is None else config.turn - 1,
    )
    report = Report()
    least = OBJECTS if config.only == "objections" else 0.0
    total, chosen = choosing.chosen(store, terms, least, config.limit, progress)
    budget = config.budget or (plainly.BUDGET if plain else EMBEDDED if embedded else BUDGET)
    shown = plainly.seen if plain else view
    tasks = (_task(chat, due, prompts, partial(shown, budget=budget)) for due, chat in chosen)
    first = list(islice(tasks, SAMPLE))
    engines.expect(ROLE, total, [_messages(task, config, plain) for task in first])
    progress.begin(total, "rewrites")
    shelf = _Shelf(store, reflector, report, plain)
    job = _job(reflector, config, _ask_plainly if plain else _ask)
    # More than the slots would wait in the server, where the time-out already runs.
    at_once = min(config.concurrency, SLOTS) if embedded else config.concurrency
    try:
        for task, outcome in engines.each(job, chain(first, tasks), at_once):
            shelf.put(task, config, outcome)
            progress.step(1)
    finally:
        shelf.flush()
    # Whoever names chats waits to see what comes of them; for all others there is `score`.
    if config.conversation:
        gating.measure(store, GATES, (None, shelf.made), (Silent(), report))
    _conclude(report, total)
    if not total and (held := store.given.hint()):
        report.lines.append(f"{held}.")
    return report


def _wanted(store: Store, config: Config) -> given.Wanted:
    """What is asked of `given`. Raises `ConfigError` for advice, which only a model can take."""
    if config.advice:
        raise ConfigError("--given proposes answers as they came: --advice is for a model")
    chats = None
    if config.conversation or config.asked(store):
        ids = choosing.only(store, config, config.conversation)
        chats = frozenset(store.exports.named(ids).values())
    turn = None if config.turn is None else config.turn - 1
    least = OBJECTS if config.only == "objections" else 0.0
    return given.Wanted(chats, turn, config.limit, least)


def _task(
    conversation: Conversation, due: Due, prompts: dict[str, Prompt], shown: Callable[..., View]
) -> Task:
    answer = conversation.turns[due.turn_index].content
    variant, language = _language(answer, conversation)
    seen = shown(conversation, due.turn_index, due.horizon)
    return Task(due, conversation, seen, prompts[variant], language)


def _language(answer: str, conversation: Conversation) -> tuple[str, str]:
    """The version of the prompt for a chat, and the name of the answer's language."""
    han = sum("\u4e00" <= sign <= "\u9fff" for sign in answer)
    kana = any("\u3040" <= sign <= "\u30ff" for sign in answer)
    if kana or han * 5 < len(answer):
        return "", str(conversation.meta.get("language") or "as it is")
    return "zh", plainly.CHINESE


Asked = Callable[[ChatModel, Config, Task, int], Awaitable[Outcome]]


def _job(reflector: ChatModel, config: Config, ask: Asked) -> Callable[[Task], Awaitable[Outcome]]:
    """Asks for one rewrite, again with another attempt where the reply is of no use."""
    attempts = max(1, config.attempts)

    async def rewrite(task: Task) -> Outcome:
        first = task.due.candidate * attempts
        for attempt in range(first, first + attempts):
            try:
                return await ask(reflector, config, task, attempt)
            except Unusable:
                if attempt == first + attempts - 1:
                    raise
        raise AssertionError("there is at least one attempt")

    return rewrite


def _messages(task: Task, config: Config, plain: bool) -> list[dict[str, Any]]:
    if plain:
        return plainly.messages(task.prompt, task.conversation, task.seen, config.advice)
    return messages(task.prompt, task.conversation, task.seen, task.language, config.advice)


async def _ask(reflector: ChatModel, config: Config, task: Task, attempt: int) -> Outcome:
    asked = _messages(task, config, plain=False)
    bound = {"max_tokens": EMBEDDED_REPLY} if reflector.model == CHAT else {}
    reply = await reflector.ask(asked, schema=SCHEMA, attempt=attempt, **bound)
    original = task.conversation.turns[task.due.turn_index].content
    return Outcome(reply, read(reply, task.seen, original))


async def _ask_plainly(reflector: ChatModel, config: Config, task: Task, attempt: int) -> Outcome:
    """One answer of the embedded model. Raises `Unusable` for one that was cut off too."""
    asked = _messages(task, config, plain=True)
    own = reflector.sampling
    # Another server may not know llama.cpp's parameters.
    known = reflector.model == CHAT
    sampling = plainly.sampling(own, task.language, attempt) if known else {}
    try:
        reply = await reflector.ask(asked, attempt=attempt, **sampling)
    except CuratorError as error:
        if getattr(error, "kind", "") != "length":
            raise
        raise Unusable(str(error), getattr(error, "raw", "")) from error
    return Outcome(reply, plainly.read(reply, task.seen, task.conversation, task.language))


class _Shelf:
    """Collects finished rewrites and writes them to the store in small batches."""

    def __init__(self, store: Store, reflector: ChatModel, report: Report, plain: bool) -> None:
        self.store, self.reflector, self.report, self.plain = store, reflector, report, plain
        self.batch: list[Rewrite] = []
        self.objected: dict[str, float] = {}
        self.made: list[str] = []
        self.since = time.monotonic()

    def put(self, task: Task, config: Config, outcome: Outcome | Exception) -> None:
        """Keep one result, good or bad. Raises what must end the run."""
        if isinstance(outcome, Exception):
            if getattr(outcome, "stops_run", False) or not isinstance(
                outcome, (Unusable, CuratorError)
            ):
                raise outcome
            where = f"{task.due.conversation_id} turn {task.due.turn_index + 1}"
            self.report.fail(where, outcome, getattr(outcome, "raw", ""))
            return
        self.batch.append(made := self._rewrite(task, config, outcome))
        self.objected[made.id] = strength(task.conversation.turns, made.turn_index)
        self._tally(task, outcome)
        if len(self.batch) >= BATCH or time.monotonic() - self.since > SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what is there; durable when this returns."""
        batch, self.batch = self.batch, []
        self.made += [rewrite.id for rewrite in batch]
        self.since = time.monotonic()
        self.store.rewrites.add(batch)
        self.store.objections.keep(self.objected)
        self.objected = {}

    def _rewrite(self, task: Task, config: Config, outcome: Outcome) -> Rewrite:
        told = outcome.reflection
        return Rewrite(
            conversation_id=task.due.conversation_id,
            turn_index=task.due.turn_index,
            criticism=told.criticism,
            content=told.content,
            model=self.reflector.model,
            prompt_digest=task.prompt.digest,
            verdict=told.verdict,
            evidence=told.evidence,
            shown=task.seen.shown,
            trimmed=task.seen.trimmed,
            sampling=self._sampling(task),
            advice=config.advice.strip(),
            candidate=task.due.candidate,
            horizon=task.due.horizon,
            call_key=outcome.reply.key,
            run_id=self.store.run_id,
        )

    def _sampling(self, task: Task) -> dict[str, Any]:
        own = self.reflector.sampling
        known = self.plain and self.reflector.model == CHAT
        return plainly.sampling(own, task.language) if known else own

    def _tally(self, task: Task, outcome: Outcome) -> None:
        self.report.count("rewritten")
        self.report.count(outcome.reflection.verdict)
        self.report.count("trimmed", bool(task.seen.trimmed))
        self.report.count("from cache", outcome.reply.cached)
        self.report.count("prompt tokens", outcome.reply.prompt_tokens)
        self.report.count("reply tokens", outcome.reply.completion_tokens)


def _conclude(report: Report, total: int) -> None:
    if not total:
        report.lines.append(
            "Nothing to rewrite: every answer with a later user turn has its rewrite under these "
            "terms (or there is none; `curator import` brings chats in)."
        )
    report.counts = {"due": total, **report.counts, "failed": len(report.failures)}


STAGE = Stage("reflect", Config, run)
