"""Several answers to one question with ranks or scores, and bare prompts and answers."""

from collections.abc import Mapping
from typing import Any

from curator.conversation import Conversation, Turn
from curator.errors import DataError
from curator.formats.base import Format, Row, kind
from curator.formats.fields import conversation, items, meta_of, source_id, text
from curator.formats.preference import context_of

ANSWERS = ("responses", "completions", "candidates", "answers")
SCORES = ("scores", "ranks", "rank", "ranking", "overall_scores")
WORDS = ("response", "content", "text", "answer", "output", "value")
QUESTIONS = ("prompt", "instruction", "question", "messages", "conversations")
KNOWN = ("id", "prompt_id", "system", "history", "input", *QUESTIONS, *ANSWERS, *SCORES)


def recognise(row: Row) -> tuple[float, str]:
    key = next((k for k in ANSWERS if isinstance(row.get(k), list) and len(row[k]) > 0), None)
    asked = next((k for k in QUESTIONS if k in row), None)
    if key is None or asked is None:
        return 0.0, "no list of answers to a question"
    if all(isinstance(item, str) or _words(item) for item in row[key]):
        return 0.8, f"has `{asked}` and a list of answers `{key}`"
    return 0.0, f"`{key}` is no list of answers"


def _words(item: Any) -> str | None:
    if not isinstance(item, Mapping):
        return None
    return next((key for key in WORDS if isinstance(item.get(key), str)), None)


def read(row: Row) -> list[Conversation]:
    """The best answer is the turn, the others its alternatives in order of rank."""
    key = next((name for name in ANSWERS if isinstance(row.get(name), list)), "responses")
    answers = [_answer(item, f"field `{key}`, entry {n}: ")
               for n, item in enumerate(items(row, key), 1)]  # fmt: skip
    marks, lower_is_better = _marks(row, answers)
    if marks is not None:
        order = sorted(range(len(answers)), key=lambda i: marks[i] * (1 if lower_is_better else -1))
        ranks = [sum(_better(marks[j], marks[i], lower_is_better) for j in order) for i in order]
    else:
        order, ranks = list(range(len(answers))), [0] * len(answers)
    best, extra = answers[order[0]]
    rivals = [
        {"content": answers[i][0], "rank": rank, **answers[i][1]}
        for i, rank in zip(order[1:], ranks[1:], strict=True)
    ]
    answer = Turn("assistant", best, {**extra, **({"alternatives": rivals} if rivals else {})})
    meta = meta_of(row, KNOWN)
    row_id = source_id(row, "id", "prompt_id")
    return [conversation([*context_of(row), answer], "ranked", row_id, meta)]


def _better(one: float, other: float, lower_is_better: bool) -> bool:
    return one < other if lower_is_better else one > other


def _answer(item: Any, where: str) -> tuple[str, dict[str, Any]]:
    if isinstance(item, str):
        return item, {}
    key = _words(item)
    if key is None:
        raise DataError(f"{where}is {kind(item)} without the text of an answer")
    return item[key], {k: v for k, v in item.items() if k not in (key, "rank")} | (
        {"given_rank": item["rank"]} if "rank" in item else {}
    )


def _marks(row: Row, answers: list[tuple[str, dict[str, Any]]]) -> tuple[list[float] | None, bool]:
    """A mark for each answer and whether low is good; none where the row has no whole set."""
    for key in SCORES:
        values = row.get(key)
        if isinstance(values, list) and len(values) == len(answers):
            numbers = [_number(value) for value in values]
            if all(number is not None for number in numbers):
                return [number or 0.0 for number in numbers], "rank" in key
    for key in ("given_rank", "overall_score", "score", "rating"):
        numbers = [_number(extra.get(key)) for _, extra in answers]
        if all(number is not None for number in numbers):
            return [number or 0.0 for number in numbers], key == "given_rank"
    return None, False


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value)


def recognise_prompt(row: Row) -> tuple[float, str]:
    if isinstance(row.get("prompt"), str) and not any(k in row for k in ("chosen", "completion")):
        others = [key for key in row if key not in ("prompt", "id", "category", "class", "system")]
        return (0.7 if not others else 0.3), "has a `prompt` and no answer"
    if isinstance(row.get("data"), str):
        return 0.8, "has a question `data`"
    if "question_id" in row and isinstance(row.get("turns"), list):
        return 0.95, "has `question_id` and a list of questions `turns`"
    return 0.0, "no `prompt`"


def read_prompt(row: Row) -> list[Conversation]:
    """Questions that nobody has answered yet; a `class` is their category."""
    meta = meta_of(row, ("id", "prompt", "data", "turns", "question_id"))
    if isinstance(row.get("class"), str) and "category" not in meta:
        meta["category"] = row["class"].strip()
    if isinstance(row.get("turns"), list):
        turns = [Turn("user", _string(words, n)) for n, words in enumerate(items(row, "turns"), 1)]
    else:
        turns = [Turn("user", text(row, "prompt" if "prompt" in row else "data"))]
    return [conversation(turns, "prompts", source_id(row, "id", "question_id"), meta)]


def _string(words: Any, number: int) -> str:
    if not isinstance(words, str):
        raise DataError(f"field `turns`: entry {number} is {kind(words)}, not a string")
    return words


def recognise_answer(row: Row) -> tuple[float, str]:
    if "question_id" not in row:
        return 0.0, "no `question_id`"
    if isinstance(row.get("text"), str):
        return 0.9, "has `question_id` and the text of an answer or a review"
    if isinstance(row.get("choices"), list):
        return 0.9, "has `question_id` and `choices` of answers"
    return 0.0, "no answer beside `question_id`"


def read_answer(row: Row) -> list[Conversation]:
    """Answers whose questions are in another file (FastChat): chats that begin with the model."""
    choices = row.get("choices")
    if isinstance(choices, list):
        if not choices or not isinstance(choices[0], Mapping):
            raise DataError("field `choices` has no answers")
        first = choices[0]
        words = [_string(w, n) for n, w in enumerate(items(first, "turns"), 1)]
    else:
        words = [text(row, "text")]
    known = ("text", "question_id") if choices is None or len(choices) == 1 else ("question_id",)
    meta = meta_of(row, (*known, "choices") if len(known) == 2 else known)
    turns = [Turn("assistant", answer) for answer in words]
    return [conversation(turns, "fastchat", source_id(row, "question_id"), meta)]


FORMAT = Format(
    "ranked", "Ranked answers: a question and several answers with ranks or scores",
    recognise, read, maps="best of the answers → answer, the others → alternatives with ranks",
)  # fmt: skip
PROMPTS = Format(
    "prompts", "Bare prompts: strings, `prompt`, UltraChat's eval, FastChat's questions",
    recognise_prompt, read_prompt, maps="prompt, data or turns → user, class → category",
)  # fmt: skip
FASTCHAT = Format(
    "fastchat", "FastChat answers and reviews by question_id", recognise_answer, read_answer,
    maps="text or choices[0].turns → assistant, question_id → source id",
)  # fmt: skip
