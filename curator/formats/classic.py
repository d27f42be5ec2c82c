"""Chinese and classic sets: BELLE, Firefly, COIG, PsyQA, swift, HC3, and Alpaca's seed tasks."""

from collections.abc import Mapping
from typing import Any

from curator.conversation import Conversation, Turn
from curator.errors import DataError
from curator.formats import alpaca
from curator.formats.base import Format, Row, kind
from curator.formats.fields import conversation, items, meta_of, optional_text, source_id, text

HC3 = ("human_answers", "chatgpt_answers")


def recognise_firefly(row: Row) -> tuple[float, str]:
    if all(isinstance(row.get(key), str) for key in ("kind", "input", "target")):
        return 0.97, "has `kind`, `input`, `target`"
    return 0.0, "no `kind`, `input`, `target`"


def read_firefly(row: Row) -> list[Conversation]:
    meta = {"category": text(row, "kind"), **meta_of(row, ("id", "kind", "input", "target"))}
    turns = [Turn("user", text(row, "input")), Turn("assistant", text(row, "target"))]
    return [conversation(turns, "firefly", source_id(row), meta)]


def recognise_belle(row: Row) -> tuple[float, str]:
    if all(isinstance(row.get(key), str) for key in ("input", "target")) and "kind" not in row:
        return 0.9, "has `input` and `target`"
    return 0.0, "no `input` and `target`"


def read_belle(row: Row) -> list[Conversation]:
    turns = [Turn("user", text(row, "input")), Turn("assistant", text(row, "target"))]
    return [conversation(turns, "belle", source_id(row), meta_of(row, ("id", "input", "target")))]


def _asks(row: Row, question: str, answer: str) -> bool:
    turns = row.get("conversations", row.get("conversation"))
    return (
        isinstance(turns, list)
        and bool(turns)
        and all(isinstance(turn, Mapping) and question in turn and answer in turn for turn in turns)
    )


def _exchanges(row: Row, key: str, question: str, answer: str) -> list[Turn]:
    turns = []
    for number, item in enumerate(items(row, key), 1):
        if not isinstance(item, Mapping):
            raise DataError(f"field `{key}`: entry {number} is {kind(item)}, not an object")
        where = f"field `{key}`, entry {number}: "
        turns.append(Turn("user", text(item, question, where)))
        turns.append(Turn("assistant", text(item, answer, where)))
    return turns


def recognise_coig(row: Row) -> tuple[float, str]:
    if _asks(row, "question", "answer"):
        return 0.97, "has `conversations` of `question`/`answer`"
    return 0.0, "no `conversations` of `question`/`answer`"


def read_coig(row: Row) -> list[Conversation]:
    turns = _exchanges(row, "conversations", "question", "answer")
    if instruction := optional_text(row, "instruction"):
        turns.insert(0, Turn("system", instruction))
    meta = meta_of(row, ("id", "instruction", "conversations"))
    return [conversation(turns, "coig", source_id(row), meta)]


def recognise_swift(row: Row) -> tuple[float, str]:
    if _asks(row, "human", "assistant"):
        return 0.95, "has `conversation` of `human`/`assistant`"
    if isinstance(row.get("query"), str) and isinstance(row.get("response"), str):
        return 0.95, "has `query` and `response`"
    return 0.0, "no `query` and `response`"


def read_swift(row: Row) -> list[Conversation]:
    if isinstance(row.get("conversation"), list):
        turns = _exchanges(row, "conversation", "human", "assistant")
        if system := optional_text(row, "system"):
            turns.insert(0, Turn("system", system))
    else:
        given = "\n".join(part for part in (optional_text(row, "instruction"), text(row, "query"))
                          if part)  # fmt: skip
        turns = [*alpaca.context_of(row), Turn("user", given),
                 Turn("assistant", text(row, "response"))]  # fmt: skip
    known = ("id", "system", "instruction", "query", "response", "history", "conversation")
    return [conversation(turns, "swift", source_id(row), meta_of(row, known))]


def recognise_psyqa(row: Row) -> tuple[float, str]:
    answers = row.get("answers")
    if isinstance(row.get("question"), str) and isinstance(answers, list) and answers:
        first = answers[0]
        if isinstance(first, Mapping) and "answer_text" in first:
            return 0.97, "has `question`, `description` and `answers` with `answer_text`"
    return 0.0, "no `question` and `answers` with `answer_text`"


def read_psyqa(row: Row) -> list[Conversation]:
    """The first answer is the turn, the others its alternatives; the description is the input."""
    question, given = text(row, "question"), optional_text(row, "description")
    asked = (
        Turn("user", f"{question}\n{given}", {"input": given}) if given else Turn("user", question)
    )
    answers = []
    for number, item in enumerate(items(row, "answers"), 1):
        if not isinstance(item, Mapping):
            raise DataError(f"field `answers`: entry {number} is {kind(item)}, not an object")
        words = text(item, "answer_text", f"field `answers`, entry {number}: ")
        answers.append((words, {k: v for k, v in item.items() if k != "answer_text"}))
    (first, extra), *others = answers
    # PsyQA does not rank its answers: they carry no rank, so no preference is made of them.
    rivals = [{"content": words, "rank": 0, **more} for words, more in others]
    answer = Turn("assistant", first, {**extra, **({"alternatives": rivals} if rivals else {})})
    meta = meta_of(row, ("id", "questionID", "question", "description", "answers"))
    return [conversation([asked, answer], "psyqa", source_id(row, "id", "questionID"), meta)]


def recognise_seeds(row: Row) -> tuple[float, str]:
    instances = row.get("instances")
    if "instruction" in row and isinstance(instances, list) and instances:
        return 0.97, "has `instruction` and `instances` of `input`/`output`"
    return 0.0, "no `instruction` and `instances`"


def read_seeds(row: Row) -> list[Conversation]:
    """One chat for each instance of the task."""
    meta = meta_of(row, ("id", "instruction", "instances"))
    found = []
    for number, instance in enumerate(items(row, "instances"), 1):
        if not isinstance(instance, Mapping):
            raise DataError(f"field `instances`: entry {number} is {kind(instance)}, no object")
        one: dict[str, Any] = {**instance, "instruction": row.get("instruction")}
        turns = [alpaca.question_of(one), alpaca.answer_of(one)]
        more = {k: v for k, v in instance.items() if k not in ("input", "output")}
        found.append(conversation(turns, "seed-tasks", source_id(row), {**meta, **more}))
    return found


def recognise_hc3(row: Row) -> tuple[float, str]:
    if "question" in row and all(isinstance(row.get(key), list) for key in HC3):
        return 0.98, "has `question`, `human_answers` and `chatgpt_answers`"
    return 0.0, "no `human_answers` and `chatgpt_answers`"


def read_hc3(row: Row) -> list[Conversation]:
    """A person's answer is the turn; the others, which nobody ranked, are its alternatives."""
    said = []
    for key, who in zip(HC3, ("human", "chatgpt"), strict=True):
        answers = row.get(key) or []
        if not isinstance(answers, list) or not all(isinstance(words, str) for words in answers):
            raise DataError(f"field `{key}` is {kind(answers)}, not a list of answers")
        said += [(words, who) for words in answers]
    if not said:
        raise DataError("fields `human_answers` and `chatgpt_answers` are empty")
    (first, who), *others = said
    rivals = [{"content": words, "rank": 0, "by": other} for words, other in others]
    extra = {"by": who, **({"alternatives": rivals} if rivals else {})}
    turns = [Turn("user", text(row, "question")), Turn("assistant", first, extra)]
    meta = meta_of(row, ("id", "question", *HC3))
    return [conversation(turns, "hc3", source_id(row), meta)]


FORMATS = (
    Format("hc3", "HC3: question, human_answers, chatgpt_answers", recognise_hc3, read_hc3,
           maps="question → user, first human answer → assistant, all others → alternatives"),
    Format("firefly", "Firefly: kind, input, target", recognise_firefly, read_firefly,
           maps="input → question, target → answer, kind → category"),
    Format("belle", "BELLE, first release: input, target", recognise_belle, read_belle,
           maps="input → question, target → answer"),
    Format("coig", "COIG: instruction, conversations of question/answer", recognise_coig,
           read_coig, maps="instruction → system, question → user, answer → assistant"),
    Format("psyqa", "PsyQA: question, description, several answers", recognise_psyqa, read_psyqa,
           maps="question + description → question, answers[0] → answer, others → alternatives"),
    Format("swift", "swift and Data-Juicer: query, response, history", recognise_swift, read_swift,
           maps="query → question, response → answer, history → turns before"),
    Format("seed-tasks", "Alpaca's seed tasks: instruction and instances", recognise_seeds,
           read_seeds, maps="instruction + instance.input → question, instance.output → answer"),
)  # fmt: skip
