"""compare: is the new answer better? Blind, in both orders, with and without hindsight."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from curator.conversation import Conversation, Rewrite, digest
from curator.engines import ChatModel, Engines, Reply
from curator.errors import ConfigError, CuratorError
from curator.prompts import Prompt, load
from curator.stages import standings
from curator.stages.base import Filtered, Progress, Report, Spending, Stage
from curator.stages.hindsight import boundary, view
from curator.stages.standings import Pair
from curator.store import Store
from curator.store.evaluations import Comparison, Winner
from curator.text import language

JUDGE = "judge"
SCHEMA: dict[str, Any] = {
    "title": "comparison",
    "type": "object",
    "properties": {
        "reason": {"type": "string"},
        "better": {"type": "string", "enum": ["A", "B", "tie"]},
    },
    "required": ["reason", "better"],
    "additionalProperties": False,
}
WITH = (
    "The turns that followed are shown too: they tell how well the answer that was really given "
    "served the user, but nobody knew them at that moment."
)
WITHOUT = "What followed is not shown."
#: What the judge's two words mean, by whether the new answer stood first.
MEANT: dict[tuple[str, bool], Winner] = {
    ("A", True): "new", ("B", True): "old", ("A", False): "old", ("B", False): "new",
    ("tie", True): "tie", ("tie", False): "tie",
}  # fmt: skip
#: Verdicts are written after so many.
BATCH = 32


@dataclass(frozen=True, kw_only=True)
class Config(Spending, Filtered):
    """Have the judge compare every rewrite with the answer it would replace, blind.

    Each pair is judged in both orders, with and without the later turns shown. Verdicts that change
    with the order are ties, and counted. The role `judge` of the settings decides; run it again
    to go on, or with another judge.
    """

    hindsight: Annotated[
        Literal["both", "with", "without"], "whether the judge reads the later turns"
    ] = "both"
    budget: Annotated[int, "tokens of a chat that the judge may read, without the answers"] = 3000
    limit: Annotated[int | None, "compare so many rewrites at most"] = None
    svg: Annotated[str, "write a picture of the result to this file"] = ""
    concurrency: Annotated[int, "requests in flight at once"] = 16


class Task(msgspec.Struct, frozen=True):
    """One question to the judge, and the verdict that it will become."""

    blank: Comparison
    messages: list[dict[str, Any]]


def run(store: Store, config: Config, engines: Engines, progress: Progress) -> Report:
    """Ask for the verdicts that are missing, then show how the rewrites stand."""
    if config.svg and not Path(config.svg).resolve().parent.is_dir():
        raise ConfigError(f"--svg {config.svg}: there is no such folder")
    config.hold(engines)
    judge, rubric = engines.chat(JUDGE), load("compare", store.path)
    report = Report()
    progress.begin(None, "finding what to compare")
    chosen = _chosen(store, config, report)
    tasks = {
        task.blank.key: task for pair in chosen for task in _tasks(pair, judge, rubric, config)
    }
    verdicts = store.evaluations.comparisons(list(tasks))
    progress.begin(len(tasks), "verdicts")
    progress.step(len(verdicts))
    missing = [task for key, task in tasks.items() if key not in verdicts]
    engines.expect(JUDGE, len(missing), [task.messages for task in missing[:20]])
    spent = standings.Spent()
    for verdict in _asked(store, (judge, engines, config), missing, (report, progress, spent)):
        verdicts[verdict.key] = verdict
    pairs = [_pair(store, rewrite, conversation) for rewrite, conversation in chosen]
    standings.tell(report, pairs, list(verdicts.values()), judge.model, spent.told(judge))
    if config.svg:
        Path(config.svg).write_text(standings.picture(report), encoding="utf-8")
        report.lines.append(f"The picture is in {config.svg}")
    return report


def _chosen(store: Store, config: Config, report: Report) -> list[tuple[Rewrite, Conversation]]:
    """The rewrites that differ from what they would replace, in the order they were made."""
    found: list[tuple[Rewrite, Conversation]] = []
    wanted = config.rewrite_ids(store)
    within = None if wanted is None else set(wanted)
    for rewrite in store.rewrites.all():
        if within is not None and rewrite.id not in within:
            continue
        if config.limit is not None and len(found) >= config.limit:
            break
        conversation = store.conversations.get(rewrite.conversation_id)
        if conversation is None or rewrite.turn_index >= len(conversation.turns):
            report.fail(rewrite.id, "its conversation is no longer in the workspace")
        elif rewrite.content.strip() == conversation.turns[rewrite.turn_index].content.strip():
            report.count("left as they were")
        elif not rewrite.content.strip():
            report.count("empty")
        else:
            found.append((rewrite, conversation))
    if not found:
        raise ConfigError(
            "there is no rewrite to compare with its original; `curator reflect` makes rewrites"
        )
    return found


def _tasks(
    pair: tuple[Rewrite, Conversation], judge: ChatModel, rubric: Prompt, config: Config
) -> Iterator[Task]:
    rewrite, conversation = pair
    later = {"both": (True, False), "with": (True,), "without": (False,)}[config.hindsight]
    for hindsight in later:
        for new_first in (True, False):
            messages = _messages(
                rewrite, conversation, rubric, config.budget, (hindsight, new_first)
            )
            key = digest([judge.model, judge.sampling, rewrite.id, messages])
            yield Task(
                Comparison(
                    key=key,
                    rewrite_id=rewrite.id,
                    conversation_id=rewrite.conversation_id,
                    turn_index=rewrite.turn_index,
                    hindsight=hindsight,
                    new_first=new_first,
                    judge=judge.model,
                    rubric=rubric.digest,
                    verdict="tie",
                ),
                messages,
            )


def _messages(
    rewrite: Rewrite,
    conversation: Conversation,
    rubric: Prompt,
    budget: int,
    condition: tuple[bool, bool],
) -> list[dict[str, Any]]:
    """What the judge reads. Both orders read the same chat; only A and B change places."""
    hindsight, new_first = condition
    index = rewrite.turn_index
    seen = view(conversation, index, 0, budget)
    old, new = conversation.turns[index].content, rewrite.content
    before, after = (
        [
            {"n": at, "speaker": conversation.turns[at].role, "text": text}
            for at, text in seen.turns
            if (at < index if earlier else at > index)
        ]
        for earlier in (True, False)
    )
    shown: dict[str, Any] = {"chat": before}
    shown |= {"A": new, "B": old} if new_first else {"A": old, "B": new}
    if hindsight:
        shown["followed"] = after
    data = msgspec.json.encode(shown).decode()
    fence = boundary(data)
    words = rubric.fill(boundary=fence, hindsight=WITH if hindsight else WITHOUT)
    return [
        {"role": "system", "content": words},
        {"role": "user", "content": f"{fence}\n{data}\n{fence}"},
    ]


def _asked(
    store: Store,
    asking: tuple[ChatModel, Engines, Config],
    missing: list[Task],
    around: tuple[Report, Progress, standings.Spent],
) -> Iterator[Comparison]:
    """The verdicts that came, each written to the store within a small batch."""
    judge, engines, config = asking
    report, progress, spent = around
    batch: list[Comparison] = []

    async def ask(task: Task) -> Reply:
        return await judge.ask(task.messages, schema=SCHEMA)

    try:
        for task, outcome in engines.each(ask, missing, config.concurrency):
            verdict = _verdict(task, outcome)
            if isinstance(verdict, Comparison):
                assert isinstance(outcome, Reply)
                spent.add(outcome)
                batch.append(verdict)
                yield verdict
            else:
                report.fail(task.blank.rewrite_id, verdict, getattr(outcome, "raw", ""))
            if len(batch) >= BATCH:
                store.evaluations.keep_comparisons(batch, store.run_id)
                batch.clear()
            progress.step(1)
    finally:
        store.evaluations.keep_comparisons(batch, store.run_id)


def _verdict(task: Task, outcome: "Reply | Exception") -> Comparison | str:
    """The verdict, or in words why there is none. Raises what would fail every other call."""
    if isinstance(outcome, Exception):
        if not isinstance(outcome, CuratorError) or getattr(outcome, "stops_run", False):
            raise outcome
        return str(outcome)
    told = outcome.parsed or {}
    word = told.get("better")
    if not isinstance(word, str) or (word, True) not in MEANT:
        return f"the judge said {word!r}, which is none of A, B and tie"
    return msgspec.structs.replace(
        task.blank,
        verdict=MEANT[word, task.blank.new_first],
        reason=str(told.get("reason", "")),
    )


def _pair(store: Store, rewrite: Rewrite, conversation: Conversation) -> Pair:
    old = conversation.turns[rewrite.turn_index].content
    head = store.decisions.head(rewrite.id)
    said = head.verdict if head else None
    return Pair(
        rewrite_id=rewrite.id,
        conversation_id=rewrite.conversation_id,
        category=str(conversation.meta.get("category") or ""),
        language=str(conversation.meta.get("language") or language(old) or ""),
        longer=len(rewrite.content) - len(old),
        person={"accept": "new", "edit": "new", "reject": "old"}.get(said or "", ""),
    )


STAGE = Stage("compare", Config, run)
