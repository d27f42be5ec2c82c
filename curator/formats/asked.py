"""One question and one answer under everyday names, as tables from anywhere have them."""

from curator.conversation import Conversation, Turn
from curator.formats import alpaca
from curator.formats.base import Format, Row
from curator.formats.fields import conversation, meta_of, source_id, text

#: Names of a question and of an answer, in small letters; the first one found counts.
QUESTIONS = (
    "question", "prompt", "query", "input", "instruction", "user", "human", "q",
    "问题", "提问", "输入", "指令",
)  # fmt: skip
ANSWERS = (
    "answer", "response", "output", "completion", "reply", "assistant", "gpt", "a",
    "回答", "答案", "回复", "输出",
)  # fmt: skip


def _named(row: Row, names: tuple[str, ...]) -> str:
    """The field of one of these names that holds a text; "" where there is none."""
    given = {key.strip().lower(): key for key in row if isinstance(row[key], str)}
    return next((given[name] for name in names if name in given), "")


def recognise(row: Row) -> tuple[float, str]:
    question, answer = _named(row, QUESTIONS), _named(row, ANSWERS)
    if question and answer:
        return 0.7, f"has `{question}` and `{answer}`"
    return 0.0, "no question and answer"


def read(row: Row) -> list[Conversation]:
    question, answer = _named(row, QUESTIONS), _named(row, ANSWERS)
    turns = [
        *alpaca.context_of(row),
        Turn("user", text(row, question or QUESTIONS[0])),
        Turn("assistant", text(row, answer or ANSWERS[0])),
    ]
    meta = meta_of(row, ("id", "system", "history", question, answer))
    return [conversation(turns, "question-answer", source_id(row), meta)]


FORMAT = Format(
    "question-answer",
    "a question and an answer: question/answer, prompt/response, 问题/回答, …",
    recognise,
    read,
    maps="question → user, answer → assistant, system and history → turns before",
)
