"""generate: two models talk about topics, one playing the user, the other answering."""

import json
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec

from curator.conversation import Conversation, Origin, Turn
from curator.engines import ChatModel, Engines
from curator.engines.models import CHAT
from curator.errors import ConfigError, CuratorError
from curator.prompts import Prompt, load
from curator.stages import plainly, topics
from curator.stages.base import Names, Progress, Report, Spending, Stage
from curator.stages.hindsight import boundary
from curator.store import Store
from curator.text import language

USER, ASSISTANT = "user", "assistant"
#: Replies to ask for until one is in its role and says something new.
TRIES = 4
_THANKS = re.compile(
    r"\A\W*(?:(?:ok(?:ay)?|great|perfect|wow|well|yes|no|alright)\W+)*(?:many |so |very )*"
    r"(?:thanks?(?: you)?(?: (?:so|very) much| a lot| again)?|thank you|bye|goodbye|see you"
    r"|you(?:'| a)re welcome|got it|谢谢[你您]?|多谢|感谢|再见|好的)"
    r"(?: (?:for|to) (?:your|the|all|that|this|you)(?: \w+){0,4})?\W*\Z",
    re.I,
)
_ASSISTING = re.compile(
    r"\bas an ai\b|\bi(?:'m| am) (?:an ai|a language model|an assistant|here to (?:help|assist))"
    r"|\bhow (?:can|may) i (?:help|assist)|\b(?:hope|glad) (?:this|that|i|to) (?:helps?|could help)"
    r"|\bfeel free to ask\b|\blet me know if you (?:have|need)|\A(?:certainly|sure|of course)[!,.]"
    r"|作为(?:一个|一名)?(?:AI|人工智能|语言模型|助手)|(?:很)?(?:高兴|乐意)(?:为[您你]|能)|希望(?:这|对)[^。]{0,6}帮助"
    r"|有什么(?:可以)?(?:帮|能帮)",
    re.I,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Config(Spending):
    """Let two models talk about topics, for those who have no chats yet.

    One plays the user, the other answers; each is a role of its own in the settings (`user` and
    `assistant`). A chat that does not reach its last round is not kept. Run it again to go on:
    finished chats are skipped and paid replies are not asked for again. With --replay the users
    are real: what they asked after a changed answer is put to the assistant anew, as a new chat.
    """

    topics: Annotated[
        Path | None, "file of topics, `meta-topic > sub-topic > question` a line, or a JSON tree"
    ] = None
    count: Annotated[int | None, "chats to make; by default one for each topic", Names("-n")] = None
    rounds: Annotated[str, "rounds of a chat, as in 4 or 3-7"] = "3-7"
    seed: Annotated[int, "draws the rounds, and the chats where a topic comes twice"] = 0
    concurrency: Annotated[int, "chats in the making at once"] = 8
    replay: Annotated[
        Path | None,
        "no topics, but the questions listed in a .replay.jsonl (export --after replay)",
    ] = None


class Plan(msgspec.Struct, frozen=True):
    """One chat to make: the topic's path, how many rounds, and its number."""

    number: int
    path: tuple[str, ...]
    rounds: int

    @property
    def topic(self) -> str:
        """The path as it is written."""
        return topics.written(self.path)


class Strayed(CuratorError):
    """A simulated turn that is no turn of its role; `raw` is what came."""

    def __init__(self, reason: str, raw: str) -> None:
        super().__init__(reason)
        self.raw = raw


def run(store: Store, config: Config, engines: Engines, progress: Progress) -> Report:
    """Make the chats of the plan that are not in the store yet."""
    config.hold(engines)
    if config.replay is not None:
        return _replayed(store, config, engines, progress)
    plans = _plans(config)
    models = (engines.chat(USER), engines.chat(ASSISTANT))
    prompts = tuple(
        load(name, store.path)
        for name in ("simulated_user", "simulated_user.reminder", "simulated_assistant")
    )
    source = _source(models, prompts, config)
    report = Report(counts={"planned": len(plans)})
    there = store.conversations.source_ids(source)
    due = [plan for plan in plans if _number(plan) not in there]
    report.count("already there", len(plans) - len(due))
    for role in (USER, ASSISTANT):
        engines.expect(role, sum(plan.rounds for plan in due))
    progress.begin(len(due), "chats")
    make = _maker(models, prompts)
    for plan, outcome in engines.each(make, due, config.concurrency):
        if isinstance(outcome, CuratorError) and not getattr(outcome, "stops_run", False):
            report.fail(f"topic {plan.number}: {plan.topic}", outcome, getattr(outcome, "raw", ""))
        elif isinstance(outcome, Exception):
            raise outcome
        else:
            chat = _conversation(plan, outcome, source, models)
            report.count("chats", store.conversations.add([chat], store.run_id))
            report.count("turns", len(outcome))
        progress.step(1)
    report.count("failed", len(report.failures))
    return report


def _replayed(store: Store, config: Config, engines: Engines, progress: Progress) -> Report:
    from curator.stages.replaying import replay

    assert config.replay is not None
    if config.topics is not None or config.count is not None:
        raise ConfigError("--replay has its own chats; leave --topics and --count out")
    return replay(store, config.replay.expanduser(), config.concurrency, engines, progress)


def _plans(config: Config) -> list[Plan]:
    """The chats to make, the same for the same settings."""
    low, high = _rounds(config.rounds)
    paths = topics.read(config.topics)
    count = len(paths) if config.count is None else config.count
    return [
        Plan(n, paths[n % len(paths)], random.Random(f"{config.seed}:{n}").randint(low, high))
        for n in range(count)
    ]


def _rounds(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?", text)
    low, high = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= low <= high <= 50:
        raise ConfigError(f"rounds {text!r} is not a number of rounds; write 4 or 3-7")
    return low, high


def _source(
    models: tuple[ChatModel, ChatModel], prompts: tuple[Prompt, ...], config: Config
) -> str:
    """The origin of the chats: what must be the same for a chat to be the same piece of work."""
    digests = "".join(prompt.digest[:4] for prompt in prompts)
    made = f"{models[0].model}+{models[1].model}"
    return f"generate:{made}:{digests}:{config.rounds}:{config.seed}"


def _number(plan: Plan) -> str:
    return f"{plan.number}:{plan.topic}"


def _maker(
    models: tuple[ChatModel, ChatModel], prompts: tuple[Prompt, ...]
) -> Callable[[Plan], Awaitable[tuple[Turn, ...]]]:
    """Makes one chat: a user turn and an answer, round by round."""
    asking, answering = models

    async def make(plan: Plan) -> tuple[Turn, ...]:
        turns: list[Turn] = []
        for _ in range(plan.rounds):
            turns.append(await _asked(asking, prompts, plan, turns))
            turns.append(await _answered(answering, prompts[2], plan, turns))
        return tuple(turns)

    return make


async def _asked(
    model: ChatModel, prompts: tuple[Prompt, ...], plan: Plan, turns: list[Turn]
) -> Turn:
    """The next user turn. The history is data in one message, so that the model that plays the
    user is never addressed as the assistant; a turn out of role is asked for once more."""
    told = [{"speaker": turn.role, "text": turn.content} for turn in turns]
    data = json.dumps(told, ensure_ascii=False)
    mark = boundary(data)
    messages = [
        {"role": "system", "content": prompts[0].fill(topic=plan.topic, boundary=mark)},
        {
            "role": "user",
            "content": f"{mark}\n{data}\n{mark}\n{prompts[1].fill(topic=plan.topic)}",
        },
    ]
    trouble = ""
    for attempt in range(TRIES):
        reply = await model.ask(
            messages, attempt=TRIES * plan.number + attempt, **_bounds(model, plan, attempt)
        )
        text = _bare(reply.text)
        trouble = _astray(text, turns)
        if not trouble:
            return Turn("user", text)
    raise Strayed(f"the simulated user {trouble} in round {len(turns) // 2 + 1}", text)


async def _answered(model: ChatModel, prompt: Prompt, plan: Plan, turns: list[Turn]) -> Turn:
    """The answer to the last user turn."""
    messages: list[dict[str, Any]] = [{"role": "system", "content": prompt.fill()}]
    messages += ({"role": turn.role, "content": turn.content} for turn in turns)
    for attempt in range(TRIES):
        reply = await model.ask(
            messages, attempt=TRIES * plan.number + attempt, **_bounds(model, plan, attempt)
        )
        text = reply.text.strip()
        if text and text not in (turn.content for turn in turns):
            return Turn("assistant", text)
    raise Strayed(f"the assistant said nothing new in round {(len(turns) + 1) // 2}", text)


def _bounds(model: ChatModel, plan: Plan, attempt: int) -> dict[str, Any]:
    """What keeps the embedded model from talking on and on; nothing for others."""
    if model.model != CHAT:
        return {}
    return plainly.sampling(model.sampling, language(plan.path[-1]) or "", attempt)


def _bare(text: str) -> str:
    """A user turn without the label and the quotes that models like to add."""
    text = re.sub(r"\A\s*(?:user|human|me|person|用户)\s*[:：]\s*", "", text, flags=re.I).strip()
    if len(text) > 1 and text[0] in '"“' and text[-1] in '"”' and '"' not in text[1:-1]:
        text = text[1:-1].strip()
    return text


def _astray(text: str, turns: list[Turn]) -> str:
    """Why a text is no user turn, as the end of a sentence; empty if it is one."""
    if not text:
        return "said nothing"
    if _THANKS.match(text):
        return "only says thanks"
    if _ASSISTING.search(text):
        return "talks like the assistant"
    if text in (turn.content for turn in turns):
        return "repeats what was said"
    return ""


def _conversation(
    plan: Plan, turns: tuple[Turn, ...], source: str, models: tuple[ChatModel, ChatModel]
) -> Conversation:
    meta = {
        "category": plan.path[0],
        "topic": plan.topic,
        "models": {USER: models[0].model, ASSISTANT: models[1].model},
    }
    return Conversation(turns, Origin(source, plan.number + 1, "generated", _number(plan)), meta)


STAGE = Stage("generate", Config, run)
