"""One question and one answer under everyday names, as tables from anywhere have them."""

from curator.conversation import Conversation, Turn
from curator.formats import alpaca
from curator.formats.base import Format, Row
from curator.formats.fields import conversation, meta_of, source_id, text

#: Names of a question and of an answer, in small letters; the first one found counts.
QUESTIONS = (
    "question", "prompt", "query", "input", "instruction", "problem", "user", "human", "q", "ask",
    "message_1", "inputs", "input_text", "inputs_pretokenized",
    "问题", "提问", "输入", "指令",
)  # fmt: skip
ANSWERS = (
    "answer", "response", "output", "completion", "solution", "reply", "assistant", "gpt", "bot",
    "target", "a", "message_2", "targets", "output_text", "targets_pretokenized",
    "回答", "答案", "回复", "输出",
)  # fmt: skip

#: Names of the system text; OpenOrca's is the second.
SYSTEMS = ("system", "system_prompt", "system_message")


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
    words = text(row, question or QUESTIONS[0])
    given = row.get("context")
    # A question about a text cannot be answered, or learnt from, without that text (Dolly, SQuAD).
    if isinstance(given, str) and given.strip() and question != "context":
        asked = Turn("user", f"{words}\n{given}", {"input": given})
    else:
        asked, given = Turn("user", words), None
    system = next((name for name in SYSTEMS if isinstance(row.get(name), str)), "system")
    before = alpaca.context_of({**row, "system": row.get(system)})
    turns = [*before, asked, Turn("assistant", text(row, answer or ANSWERS[0]))]
    known = ("id", system, "history", question, answer)
    meta = meta_of(row, known if given is None else (*known, "context"))
    return [conversation(turns, "question-answer", source_id(row), meta)]


FORMAT = Format(
    "question-answer",
    "a question and an answer: question/answer, prompt/response, 问题/回答, …",
    recognise,
    read,
    maps="question + context → user, answer → assistant, system and history → turns before",
)
