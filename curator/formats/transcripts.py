"""Chats as one text: ChatML marks, `Human:` / `Assistant:` lines, and the sets that pack them.

Baize (`{"topic", "input"}` with `[|Human|]` / `[|AI|]`) ends with an open human mark and begins
with a header line, and both are dropped; multi-turn BELLE packs a transcript into `instruction`.
"""

import re
from collections.abc import Iterator
from typing import Any

from curator.conversation import Conversation, Curated, Role, Turn
from curator.errors import DataError
from curator.formats.base import Format, Row
from curator.formats.fields import conversation, meta_of, printed, role_of, source_id, text, written
from curator.formats.settled import extras_lost, meta_lost, settled

CHATML = re.compile(r"<\|im_start\|>(\w+)[ \t]*\n(.*?)(?:<\|im_end\|>|(?=<\|im_start\|>)|\Z)", re.S)
MARKS: dict[str, Role] = {
    "human": "user", "user": "user", "q": "user", "question": "user", "用户": "user",
    "人类": "user", "问": "user", "assistant": "assistant", "ai": "assistant", "gpt": "assistant",
    "bot": "assistant", "chatgpt": "assistant", "a": "assistant", "answer": "assistant",
    "助手": "assistant", "助理": "assistant", "答": "assistant", "system": "system",
    "系统": "system", "you said": "user", "chatgpt said": "assistant", "claude said": "assistant",
    "me": "user", "我": "user", "claude": "assistant", "gemini": "assistant",
    "copilot": "assistant", "机器人": "assistant",
}  # fmt: skip
#: Names that stand in front of other things as well: they count where the others leave one of the
#: two speakers without a mark.
RARE = {"me", "我", "claude", "gemini", "copilot", "机器人"}
LETTERS = {"q", "a"}
_NAMES = "|".join(sorted(MARKS, key=len, reverse=True))
#: `Human:`, also behind a time in brackets, and in Markdown: `**Human:**`, `### Human:`, or a
#: heading of its own without a colon.
LINE = re.compile(
    r"^[ \t]*(?:\[\d[\d\-/:., TZ]{3,30}\][ \t]*|\#+[ \t]*|[*_]{2})?"
    rf"({_NAMES})(?:[*_]{{2}})?[ \t]*[:：](?:[*_]{{2}})?"
    rf"|^\#{{1,6}}[ \t]+({_NAMES})[ \t]*$",
    re.M | re.I,
)
#: Between two chats of one text.
RULE = re.compile(r"^[ \t]*(?:-{3,}|={3,}|\*{3,}|<\|endoftext\|>)[ \t]*$\s*", re.M)
#: The same between chats in ChatML, where it cannot be words of a turn.
NEXT = re.compile(
    r"(?<=<\|im_end\|>)\s*(?:-{3,}|={3,}|\*{3,}|<\|endoftext\|>|</s>)\s*(?=<\|im_start\|>)"
)
BAIZE = re.compile(r"\[\|(Human|AI)\|\]")


def recognise_chatml(row: Row) -> tuple[float, str]:
    if "<|im_start|>" in str(row.get(written(row), "")):
        return printed(row, 0.97), f"has a `{written(row)}` with <|im_start|> marks"
    return 0.0, "no `text` with <|im_start|> marks"


def read_chatml(row: Row) -> list[Conversation]:
    meta = meta_of(row, ("id", written(row)))
    chats = [turns for part in NEXT.split(text(row, written(row))) if (turns := _marked(part))]
    if not chats:
        raise DataError(f"field `{written(row)}` has no <|im_start|> turns")
    return [conversation(turns, "chatml", source_id(row), dict(meta)) for turns in chats]


def _marked(words: str) -> list[Turn]:
    turns = []
    for number, mark in enumerate(CHATML.finditer(words), 1):
        role, extra = role_of(mark[1], f"turn {number}: ")
        turns.append(Turn(role, mark[2], extra))
    # A bare answer mark at the end is a prompt for a model, not an empty answer.
    if turns and words.rstrip().endswith("<|im_start|>assistant") and not turns[-1].content:
        turns.pop()
    return turns


def write_chatml(curated: Curated) -> Iterator[dict[str, Any]]:
    chat = settled(curated)
    marked = (f"<|im_start|>{t.role}\n{t.content}<|im_end|>\n" for t in chat.turns)
    yield {"text": "".join(marked)}


def loses_chatml(curated: Curated) -> list[str]:
    chat = settled(curated)
    inside = any(mark in t.content for t in chat.turns for mark in ("<|im_start|>", "<|im_end|>"))
    return [
        *(["where a turn ends: its text has ChatML marks of its own"] if inside else []),
        *extras_lost(chat),
        *meta_lost(chat),
    ]


def recognise_lines(row: Row) -> tuple[float, str]:
    found = [_role(mark) for mark in _marks(str(row.get(written(row), "")))]
    if {"user", "assistant"} <= set(found):
        why = (
            f"has a `{written(row)}` with {len(found)} speaker lines such as Human: and Assistant:"
        )
        return printed(row, 0.85), why
    return 0.0, "no `text` with speaker lines"


def read_lines(row: Row) -> list[Conversation]:
    """The chats of a text: a rule in front of a user's mark begins another one."""
    meta = meta_of(row, ("id", written(row)))
    return [
        conversation(turns_of(part), "transcript", source_id(row), dict(meta))
        for part in _parts(text(row, written(row)))
    ]


def _parts(words: str) -> list[str]:
    parts, begin = [], 0
    for rule in RULE.finditer(words):
        mark = LINE.match(words, rule.end())
        if mark and _role(mark) == "user" and LINE.search(words, begin, rule.start()):
            parts.append(words[begin : rule.start()])
            begin = rule.end()
    return [*parts, words[begin:]]


def _marks(words: str) -> list["re.Match[str]"]:
    """The speaker marks of a text. "Q:" and "A:" count only where both occur and nothing longer
    does: either alone is an enumeration, or a line of somebody's words."""
    marks = list(LINE.finditer(words))
    longer = [mark for mark in marks if _name(mark) not in LETTERS]
    common = [mark for mark in longer if _name(mark) not in RARE]
    for some in (common, longer):
        if {_role(mark) for mark in some} >= {"user", "assistant"}:
            return some
    short = {_name(mark) for mark in marks} & LETTERS
    return common if short != LETTERS else [mark for mark in marks if _name(mark) not in RARE]


def _name(mark: "re.Match[str]") -> str:
    return str(mark[1] or mark[2]).lower()


def _role(mark: "re.Match[str]") -> Role:
    return MARKS[_name(mark)]


def turns_of(transcript: str) -> list[Turn]:
    """The turns of a transcript; what stands before the first mark is the system text. An open
    mark at the end is dropped. Raises `DataError` where nobody speaks."""
    marks = _marks(transcript)
    if not marks:
        raise DataError("no speaker marks such as Human: and Assistant:")
    turns = []
    if head := transcript[: marks[0].start()].strip():
        turns.append(Turn("system", head))
    ends = [mark.start() for mark in marks[1:]] + [len(transcript)]
    for mark, end in zip(marks, ends, strict=True):
        turns.append(Turn(_role(mark), transcript[mark.end() : end].strip()))
    if not turns[-1].content:
        turns.pop()
    return turns


def recognise_baize(row: Row) -> tuple[float, str]:
    if "[|Human|]" in str(row.get("input", "")):
        return 0.97, "has an `input` with [|Human|] and [|AI|] marks"
    return 0.0, "no `input` with [|Human|] marks"


def read_baize(row: Row) -> list[Conversation]:
    words = text(row, "input")
    marks = list(BAIZE.finditer(words))
    if not marks:
        raise DataError("field `input` has no [|Human|] turns")
    ends = [mark.start() for mark in marks[1:]] + [len(words)]
    turns = [
        Turn("user" if mark[1] == "Human" else "assistant", words[mark.end() : end].strip())
        for mark, end in zip(marks, ends, strict=True)
    ]
    if turns and turns[-1].role == "user" and not turns[-1].content:
        turns.pop()
    if not turns:
        raise DataError("field `input` has no [|Human|] turns")
    meta = meta_of(row, ("id", "input"))
    return [conversation(turns, "baize", source_id(row), meta)]


def recognise_belle_chat(row: Row) -> tuple[float, str]:
    words = row.get("instruction")
    if isinstance(words, str) and isinstance(row.get("output"), str):
        found = [_role(mark) for mark in _marks(words)]
        if found[:1] == ["user"] and found[-1] == "assistant" and words.rstrip()[-1:] in ":：":
            return 0.95, "has a transcript as `instruction`, ending with Assistant:"
    return 0.0, "`instruction` is no open transcript"


def read_belle_chat(row: Row) -> list[Conversation]:
    turns = [*turns_of(text(row, "instruction")), Turn("assistant", text(row, "output"))]
    meta = meta_of(row, ("id", "instruction", "output"))
    if meta.get("input") == "":
        del meta["input"]
    return [conversation(turns, "belle-chat", source_id(row), meta)]


CHATML_FORMAT = Format(
    "chatml", "ChatML: text with <|im_start|> and <|im_end|>",
    recognise_chatml, read_chatml, write_chatml, loses_chatml,
    maps="<|im_start|>role … <|im_end|> → turn",
)  # fmt: skip
LINES = Format(
    "transcript", "Transcript: text with Human: and Assistant: lines",
    recognise_lines, read_lines, maps="Human: … → user, Assistant: … → assistant",
)  # fmt: skip
BAIZE_FORMAT = Format(
    "baize", "Baize: topic, and input with [|Human|] and [|AI|]", recognise_baize, read_baize,
    maps="[|Human|] → user, [|AI|] → assistant; header and open mark are dropped",
)  # fmt: skip
BELLE_CHAT = Format(
    "belle-chat", "BELLE multi-turn: a transcript as instruction, the last answer as output",
    recognise_belle_chat, read_belle_chat,
    maps="instruction → turns, output → last answer",
)  # fmt: skip
