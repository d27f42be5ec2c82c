"""eval: the same questions to several systems, every answer scored blind from 0 to 10."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec

from curator import evaluation
from curator.conversation import Evaluation, digest
from curator.engines import ChatModel, Engines, Reply
from curator.errors import ConfigError, CuratorError
from curator.evaluation import Question
from curator.prompts import Prompt, load
from curator.stages import systems
from curator.stages.base import POSITIONAL, Filtered, Progress, Report, Spending, Stage
from curator.stages.hindsight import boundary
from curator.stages.scoreboard import tell
from curator.stages.systems import BASE, LATEST, System
from curator.store import Store
from curator.store.evaluations import Answer

JUDGE = "judge"
BEST = 10
#: The category of a chat that has none.
OWN = "your chats"
SCHEMA: dict[str, Any] = {
    "title": "mark",
    "type": "object",
    "properties": {
        "reason": {"type": "string"},
        "score": {"type": "integer", "minimum": 0, "maximum": BEST},
    },
    "required": ["reason", "score"],
    "additionalProperties": False,
}
#: Answers are in hand at once in this process; an endpoint takes as many as its settings allow.
AT_ONCE = 8


@dataclass(frozen=True, kw_only=True)
class Config(Spending, Filtered):
    """Ask base model and adapter the same questions and have every answer scored, blind.

    Ten categories of questions come with the program, English and Chinese. The judge (the role
    `judge` of the settings) sees one answer at a time, in random order, without its author, and
    gives 0 to 10. Answers and scores are kept: run it again to go on, or with another judge. With
    --where the opening questions of the chats that the filter finds are asked instead, as with
    `--where tag:held-out`; what was trained on them shows nothing.
    """

    systems: Annotated[
        tuple[str, ...], "who is examined: base, latest, an adapter's folder, or a role", POSITIONAL
    ] = (BASE, LATEST)
    prompts: Annotated[
        str, "your own questions: a JSON list of strings, or a folder of such files by category"
    ] = ""
    category: Annotated[tuple[str, ...], "only these categories"] = ()
    limit: Annotated[int | None, "so many questions of each category"] = None
    answer_tokens: Annotated[int, "tokens of the longest answer"] = 256
    temperature: Annotated[float, "of the answers; 0 always takes the likeliest word"] = 0.0
    seed: Annotated[int, "decides drawn words, and the order in which answers are judged"] = 0


class Mark(msgspec.Struct, frozen=True):
    """One answer to be scored, and under which key its score is kept."""

    key: str
    answer: Answer
    messages: list[dict[str, Any]]


def run(store: Store, config: Config, engines: Engines, progress: Progress) -> Report:
    """Get the answers that are missing, then the scores that are missing; then the table."""
    config.hold(engines)
    report = Report()
    questions = chosen(store, config)
    candidates = systems.resolve(config.systems, store, engines)
    answers: list[Answer] = []
    for system in candidates:
        answers += _answers(store, config, engines, progress, (system, questions, report))
    judge = engines.chat(JUDGE)
    rubric = load("judge", store.path)
    marks = [_mark(answer, judge, rubric) for answer in answers]
    random.Random(config.seed).shuffle(marks)
    scores = _scores(store, marks, engines, (judge, progress, report))
    order = list(dict.fromkeys(question.category for question in questions))
    tell(report, [s.name for s in candidates], order, list(scores.values()))
    report.data["judge"], report.data["rubric"] = judge.model, rubric.digest
    return report


def chosen(store: Store, config: Config) -> list[Question]:
    """The questions to ask. Raises `ConfigError` for a category that there is none of."""
    ords = config.conversations(store)
    if ords is not None:
        if config.prompts:
            raise ConfigError("--prompts and --where do not go together; name one")
        questions = _openings(store, ords)
    else:
        read = evaluation.read
        questions = read(Path(config.prompts)) if config.prompts else evaluation.shipped()
    there = list(dict.fromkeys(question.category for question in questions))
    wanted = [name.replace("_", " ") for name in config.category] or there
    for name in wanted:
        if name not in there:
            raise ConfigError(f"there is no category {name!r}; there are: {', '.join(there)}")
    if config.limit is not None and config.limit < 1:
        raise ConfigError(f"--limit is {config.limit}; it must be 1 or more")
    return [
        question
        for name in wanted
        for question in [q for q in questions if q.category == name][: config.limit]
    ]


def _openings(store: Store, ords: Sequence[int]) -> list[Question]:
    """What the users of these chats asked first, each question once, by the chat's category."""
    found: dict[str, Question] = {}
    for chat in store.conversations.iterate(only=ords):
        asked = next((t.content for t in chat.turns if t.role == "user" and t.content.strip()), "")
        if asked:
            category = str(chat.meta.get("category") or OWN).replace("_", " ")
            found.setdefault(asked, Question(category, (asked,)))
    if not found:
        raise ConfigError("no user says anything in the chats that --where finds; ask of others")
    return list(found.values())


def _answers(
    store: Store,
    config: Config,
    engines: Engines,
    progress: Progress,
    exam: tuple[System, list[Question], Report],
) -> Iterator[Answer]:
    """One system's answers: those in the store, then those it gives now, each kept at once."""
    system, questions, report = exam
    model = system.open()
    sampling = {
        "temperature": config.temperature, "max_tokens": config.answer_tokens, "seed": config.seed,
    }  # fmt: skip
    keys = {
        digest([model.model, question.turns, {**model.sampling, **sampling}]): question
        for question in questions
    }
    known = store.evaluations.answers(list(keys))
    progress.begin(len(keys), f"answers of {system.name}")
    progress.step(len(known))
    for key, answer in known.items():
        yield msgspec.structs.replace(answer, system=system.name, category=keys[key].category)

    async def reply(item: tuple[str, Question]) -> Answer:
        return await _answer(item, model, sampling, system.name)

    missing = [(key, question) for key, question in keys.items() if key not in known]
    for (_, question), outcome in engines.each(reply, missing, AT_ONCE):
        if isinstance(outcome, Exception):
            _must_be_ours(outcome)
            report.fail(f"{system.name}: {question.turns[0][:60]}", outcome)
        else:
            store.evaluations.keep_answers([outcome], store.run_id)
            yield outcome
        progress.step(1)


async def _answer(
    item: tuple[str, Question], model: ChatModel, sampling: dict[str, Any], name: str
) -> Answer:
    key, question = item
    messages: list[dict[str, Any]] = []
    replies = []
    for turn in question.turns:
        messages.append({"role": "user", "content": turn})
        reply = await model.ask(list(messages), **sampling)
        messages.append({"role": "assistant", "content": reply.text})
        replies.append(reply.text)
    return Answer(key, name, question.category, question.turns, tuple(replies))


def _mark(answer: Answer, judge: ChatModel, rubric: Prompt) -> Mark:
    """What the judge is shown of an answer: the dialogue and its category, not its author.

    Two systems that gave the same answer get the same mark, by one call."""
    dialogue = [
        {"user": turn, "assistant": reply}
        for turn, reply in zip(answer.prompt, answer.replies, strict=True)
    ]
    shown = {"category": answer.category, "dialogue": dialogue}
    data = msgspec.json.encode(shown).decode()
    fence = boundary(data)
    messages = [
        {"role": "system", "content": rubric.fill(boundary=fence)},
        {"role": "user", "content": f"{fence}\n{data}\n{fence}"},
    ]
    key = digest([judge.model, judge.sampling, rubric.digest, answer.system, answer.key, data])
    return Mark(key, answer, messages)


def _scores(
    store: Store,
    marks: list[Mark],
    engines: Engines,
    around: tuple[ChatModel, Progress, Report],
) -> dict[str, Evaluation]:
    """Every mark's score by its key; missing are only those whose call failed."""
    judge, progress, report = around
    scores = store.evaluations.scores([mark.key for mark in marks])
    progress.begin(len(marks), "scores")
    progress.step(len(scores))
    missing = [mark for mark in marks if mark.key not in scores]
    engines.expect(JUDGE, len(missing), [mark.messages for mark in missing[:20]])

    async def score(mark: Mark) -> Reply:
        return await judge.ask(mark.messages, schema=SCHEMA)

    for mark, outcome in engines.each(score, missing, AT_ONCE):
        if isinstance(outcome, Exception) and not getattr(outcome, "raw", ""):
            _must_be_ours(outcome)
            report.fail(f"score of {mark.answer.system}: {mark.answer.prompt[0][:60]}", outcome)
        else:
            scores[mark.key] = _evaluation(mark, outcome, judge)
            store.evaluations.keep_scores([(mark.key, scores[mark.key])], store.run_id)
        progress.step(1)
    return scores


def _evaluation(mark: Mark, outcome: "Reply | Exception", judge: ChatModel) -> Evaluation:
    """The score, or None with the reason why there is none that counts."""
    value: Any = None
    if isinstance(outcome, Exception):
        reason = f"no score: {outcome}"
    elif outcome.refusal or outcome.parsed is None:
        reason = "no score: the judge declined"
    else:
        value, reason = outcome.parsed.get("score"), str(outcome.parsed.get("reason", ""))
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= BEST:
            value, reason = None, f"no score: {value!r} is none from 0 to {BEST}"
    answer = mark.answer
    return Evaluation(
        system=answer.system,
        category=answer.category,
        prompt=msgspec.json.encode(answer.prompt).decode(),
        answer=msgspec.json.encode(answer.replies).decode(),
        judge=judge.model,
        score=None if value is None else float(value),
        reason=reason,
    )


def _must_be_ours(error: Exception) -> None:
    """One bad item is data; a bug is not, and neither is what would fail every other call."""
    if not isinstance(error, CuratorError) or getattr(error, "stops_run", False):
        raise error


STAGE = Stage("eval", Config, run)
