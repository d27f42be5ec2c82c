"""Chats printed through a model's template into one `text`, as fine-tuning sets often keep them.

Llama 2 and Mistral (`[INST]`), Llama 3, Gemma, Zephyr and Phi, Vicuna (`USER: … ASSISTANT:`),
Alpaca's `### Instruction:` and Guanaco's `### Human:`. What the template adds (its marks, tokens
for the end of a text, Alpaca's preamble) is dropped; an answer mark with nothing behind it is no
answer.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from curator.conversation import Conversation, Role, Turn
from curator.errors import DataError
from curator.formats.base import Format, Row
from curator.formats.fields import (
    ASSISTANT_NAMES,
    USER_NAMES,
    as_text,
    conversation,
    meta_of,
    optional_text,
    printed,
    role_of,
    source_id,
    text,
    written,
)


class Template(NamedTuple):
    """How a template marks a turn. `turn` has the speaker as group 1 and the words as group 2;
    `needs` are the marks that a text must have to be taken for one."""

    name: str
    needs: tuple[str, ...]
    turn: re.Pattern[str]


def _between(mark: str, ends: str, more: str = "") -> re.Pattern[str]:
    """A turn from its `mark` to one of its `ends`, to the next mark, or to the end of the text."""
    following = re.sub(r"\((?!\?)", "(?:", mark)
    return re.compile(rf"{mark}{more}(.*?)(?:{ends}|(?={following})|\Z)", re.S)


HASHES = (
    r"###[ \t]*(Human|User|Assistant|GPT|System|Instruction|Question|Input|Response|Answer|Output)"
    r"[ \t]*:"
)
TEMPLATES = (
    Template("Llama 3", ("<|start_header_id|>",),
             _between(r"<\|start_header_id\|>(\w+)<\|end_header_id\|>", r"<\|eo[tm]_id\|>")),
    Template("Gemma", ("<start_of_turn>",),
             _between(r"<start_of_turn>(\w+)\n", r"<end_of_turn>")),
    Template("Zephyr or Phi", ("<|user|>", "<|assistant|>"),
             _between(r"<\|(system|user|assistant)\|>", r"</s>|<\|end\|>|<\|endoftext\|>")),
    Template("Vicuna", ("USER:", "ASSISTANT:"), _between(r"\b(USER|ASSISTANT|SYSTEM):", r"</s>")),
    Template("###", ("###",), _between(HASHES, r"</s>|<\|endoftext\|>")),
)  # fmt: skip
#: Marks of `HASHES` that are no role's name.
SPEAKERS = {
    "instruction": "user", "question": "user", "input": "user", "response": "assistant",
    "answer": "assistant", "output": "assistant",
}  # fmt: skip
USERS = {*USER_NAMES, "instruction", "question"}
ASSISTANTS = {*ASSISTANT_NAMES, "response", "answer", "output"}
PREAMBLE = re.compile(r"Below is an instruction that describes a task\b")
LLAMA2 = re.compile(r"\[INST\](.*?)\[/INST\](.*?)(?=(?:<s>\s*)?\[INST\]|\Z)", re.S)
SYSTEM = re.compile(r"\s*<<SYS>>(.*?)<</SYS>>", re.S)
GLAIVE = re.compile(
    r"(USER|ASSISTANT|FUNCTION RESPONSE):(.*?)(?=\n\s*(?:USER|ASSISTANT|FUNCTION RESPONSE):|\Z)",
    re.S,
)
ROLES: dict[str, Role] = {"USER": "user", "ASSISTANT": "assistant", "FUNCTION RESPONSE": "tool"}
CALL = "<functioncall>"
#: Glaive writes the arguments as an object in single quotes, which JSON does not know.
LOOSE = re.compile(r":\s*'(\{.*\})'\s*\}\s*$", re.S)
TOKENS = re.compile(r"</?s>|<bos>|<eos>|<\|begin_of_text\|>|<\|end_of_text\|>|<\|endoftext\|>")


def recognise(row: Row) -> tuple[float, str]:
    words = row.get(key := written(row))
    if isinstance(words, str):
        if "[INST]" in words and "[/INST]" in words:
            return printed(row, 0.97), f"has a `{key}` with [INST] and [/INST]"
        for template in TEMPLATES:
            if all(mark in words for mark in template.needs):
                marks = {mark[1].lower() for mark in template.turn.finditer(words)}
                if marks & USERS and marks & ASSISTANTS:
                    return printed(row, 0.94), f"has a `{key}` in the template of {template.name}"
    return 0.0, "no `text` with a template's marks"


def read(row: Row) -> list[Conversation]:
    words = text(row, key := written(row))
    turns = [turn for turn in _turns(words) if turn.content or turn.role == "user"]
    if not any(turn.role == "assistant" for turn in turns):
        raise DataError(f"field `{key}` has no template's marks with an answer between them")
    return [conversation(turns, "template", source_id(row), meta_of(row, ("id", key)))]


def _turns(words: str) -> Iterator[Turn]:
    if "[INST]" in words and "[/INST]" in words:
        yield from _llama2(words)
        return
    for template in TEMPLATES:
        marks = list(template.turn.finditer(words))
        if not marks or not all(mark in words for mark in template.needs):
            continue
        head = _clean(words[: marks[0].start()])
        if head and not PREAMBLE.match(head):
            yield Turn("system", head)
        yield from _joined([(mark[1].lower(), _clean(mark[2])) for mark in marks])
        return


def _joined(said: list[tuple[str, str]]) -> Iterator[Turn]:
    """The turns; an `### Input:` belongs to the instruction before it."""
    for index, (mark, words) in enumerate(said):
        role, extra = _speaker(mark)
        if mark == "input" and index and said[index - 1][0] == "instruction":
            continue
        given = said[index + 1][1] if said[index + 1 : index + 2] and mark == "instruction" else ""
        if given and said[index + 1][0] == "input":
            yield Turn(role, f"{words}\n{given}", {"input": given})
        else:
            yield Turn(role, words, extra)


def _speaker(mark: str) -> tuple[Role, dict[str, Any]]:
    return role_of(SPEAKERS.get(mark, mark), "")


def _llama2(words: str) -> Iterator[Turn]:
    for mark in LLAMA2.finditer(words):
        asked = mark[1]
        if system := SYSTEM.match(asked):
            asked = asked[system.end() :]
            yield Turn("system", system[1].strip())
        yield Turn("user", _clean(asked))
        yield Turn("assistant", _clean(mark[2]))


def _clean(words: str) -> str:
    return TOKENS.sub("", words).strip()


def recognise_glaive(row: Row) -> tuple[float, str]:
    words = row.get("chat")
    if isinstance(words, str) and "USER:" in words and "ASSISTANT:" in words:
        return 0.96, "has a `chat` with USER:, ASSISTANT: and FUNCTION RESPONSE:"
    return 0.0, "no `chat` with USER: and ASSISTANT:"


def read_glaive(row: Row) -> list[Conversation]:
    words = text(row, "chat")
    turns = []
    if system := optional_text(row, "system").removeprefix("SYSTEM:").strip():
        turns.append(Turn("system", system))
    for mark in GLAIVE.finditer(words):
        said = _clean(mark[2])
        role: Role = ROLES[mark[1]]
        if role == "assistant" and said.startswith(CALL):
            turns.append(Turn(role, "", {"tool_calls": _calls(said.removeprefix(CALL).strip())}))
        else:
            turns.append(Turn(role, said))
    if not any(turn.role == "assistant" for turn in turns):
        raise DataError("field `chat` has no USER: and ASSISTANT: turns")
    return [conversation(turns, "glaive", source_id(row), meta_of(row, ("id", "system", "chat")))]


def _calls(said: str) -> list[dict[str, Any]]:
    """The call as OpenAI writes it; one that is no JSON keeps its words as arguments."""
    try:
        found = json.loads(LOOSE.sub(r": \1}", said))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        return [{"type": "function", "function": {"name": "", "arguments": said}}]
    given = found.get("arguments", {})
    function = {"name": found.get("name"), "arguments": as_text(given)}
    return [{"type": "function", "function": function}]


FORMATS = (Format(
    "template", "text in a model's chat template: [INST], Llama 3, Gemma, Zephyr, USER:, ###",
    recognise, read, maps="what stands between the template's marks → turns; tokens are dropped",
), Format(
    "glaive", "Glaive: system, and chat with USER:, ASSISTANT:, FUNCTION RESPONSE:",
    recognise_glaive, read_glaive,
    maps="system → first turn, <functioncall> → tool_calls, FUNCTION RESPONSE → tool turn",
))  # fmt: skip
