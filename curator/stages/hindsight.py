"""What a reflector is shown of one chat, and what its reply means. No store, no network."""

import re
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

import msgspec

from curator.conversation import Conversation, Turn
from curator.engines import Reply
from curator.prompts import Prompt

VERDICTS = ("keep", "improve", "unanswerable")
#: The criticism comes first: it is the step of thought that the answer stands on.
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "criticism": {"type": "string"},
        "verdict": {"type": "string", "enum": list(VERDICTS)},
        "evidence_turns": {"type": "array", "items": {"type": "integer"}},
        "answer": {"type": "string"},
    },
    "required": ["criticism", "verdict", "evidence_turns", "answer"],
    "additionalProperties": False,
}
#: No single turn may take more than this share of the budget.
LARGEST_SHARE = 3
CUT = " […] "

_encode = msgspec.json.Encoder().encode
_FENCE = re.compile(r"\A```(?:json|text|markdown|md)?[ \t]*\n(.*?)\n?```\Z", re.S)
_LABEL = re.compile(
    r"\A(?:\*\*)?(?:L|A|answer|new answer|assistant|gpt|答|回答|新回答|新的回答|助手)(?:\*\*)?"
    r"\s*[:：]\s*",
    re.I,
)
_QUOTES = (('"', '"'), ("'", "'"), ("“", "”"), ("「", "」"), ("『", "』"))


class View(msgspec.Struct, frozen=True):
    """The part of a chat that fits: (turn index, text) in order, `index` the turn to rewrite.

    `shown` are the later turns among them; `trimmed` those that were shortened or left out.
    """

    index: int
    turns: tuple[tuple[int, str], ...]
    shown: tuple[int, ...]
    trimmed: tuple[int, ...]


class Reflection(msgspec.Struct, frozen=True):
    """A usable reply: what was wrong, the verdict, the turns that show it, and the new answer."""

    criticism: str
    verdict: str
    evidence: tuple[int, ...]
    content: str


class Unusable(Exception):
    """A reply that cannot be taken as a reflection; `raw` is what came."""

    def __init__(self, reason: str, raw: str) -> None:
        super().__init__(reason)
        self.raw = raw


def tokens(text: str) -> int:
    """A cautious guess at the tokens of a text: bytes over three, so that a Chinese character
    counts as one and an English word as two."""
    return len(text.encode("utf-8", "replace")) // 3 + 8


def view(conversation: Conversation, index: int, horizon: int, budget: int) -> View:
    """The turns that a reflector reads about turn `index`: all before it and the later ones up to
    the `horizon`-th user turn, within `budget` tokens.

    A long chat is trimmed from the middle: the question, the answer and the next user turn stay
    (shortened where they must be), then the later turns, the opening, and the nearest before.
    """
    turns = conversation.turns
    last = _end(turns, index, horizon)
    kept: dict[int, str] = {}
    trimmed: set[int] = set()
    room = budget
    for number, position in enumerate(_by_weight(turns, index, last)):
        text = turns[position].content
        largest = budget // LARGEST_SHARE
        short = _shorten(text, max(64, min(room, largest)) if number < 3 else largest)
        if number > 2 and tokens(short) > room:
            trimmed.add(position)
            continue
        if short != text:
            trimmed.add(position)
        kept[position] = short
        room -= tokens(short)
    return View(
        index,
        tuple(sorted(kept.items())),
        tuple(sorted(position for position in kept if position > index)),
        tuple(sorted(trimmed)),
    )


def _end(turns: tuple[Turn, ...], index: int, horizon: int) -> int:
    """The index of the `horizon`-th user turn after `index` (the last one where there are less)."""
    users = [i for i in range(index + 1, len(turns)) if turns[i].role == "user"]
    return users[min(horizon, len(users)) - 1] if users else index


def _by_weight(turns: tuple[Turn, ...], index: int, last: int) -> Iterable[int]:
    """The positions up to `last`, the most telling first, each once."""
    question = next((i for i in range(index - 1, -1, -1) if turns[i].role == "user"), None)
    reaction = next((i for i in range(index + 1, last + 1) if turns[i].role == "user"), None)
    first = [index, *(i for i in (question, reaction) if i is not None)]
    later = range(index + 1, last + 1)
    opening = [i for i in range(min(2, index)) if turns[i].role in ("system", "user")]
    return dict.fromkeys([*first, *later, *opening, *range(index - 1, -1, -1)])


def _shorten(text: str, largest: int) -> str:
    """The text with its middle cut out where it has more than `largest` tokens."""
    if tokens(text) <= largest:
        return text
    keep = max(16, len(text) * largest // tokens(text) - len(CUT) - 8)
    return f"{text[: keep - keep // 3]}{CUT}{text[-(keep // 3) :]}"


def messages(
    prompt: Prompt, conversation: Conversation, seen: View, language: str, advice: str
) -> list[dict[str, Any]]:
    """The request: instructions first, then the chat as JSON between two marks.

    The mark is drawn from the data itself and does not occur in it: the same request has the same
    words, and no chat can close the fence.
    """
    data = _as_data(conversation, seen)
    mark = boundary(data)
    words = f"\n- {advice.strip()}" if advice.strip() else ""
    return [
        {"role": "system", "content": prompt.fill(boundary=mark, language=language, advice=words)},
        {"role": "user", "content": f"{mark}\n{data}\n{mark}"},
    ]


def _as_data(conversation: Conversation, seen: View) -> str:
    rows: list[dict[str, Any]] = []
    expected = 0
    for position, text in seen.turns:
        if position > expected:
            rows.append({"left_out": position - expected})
        expected = position + 1
        row = {"n": position, "speaker": conversation.turns[position].role, "text": text}
        rows.append({**row, "rewrite": True} if position == seen.index else row)
    return _encode({"turns": rows}).decode()


def boundary(data: str) -> str:
    """128 bits in hex that do not occur in `data`, the same for the same data."""
    salt = 0
    while True:
        mark = blake2b(f"{salt}\n{data}".encode(), digest_size=16).hexdigest()
        if mark not in data:
            return mark
        salt += 1


def read(reply: Reply, seen: View, original: str) -> Reflection:
    """What a reply says about the turn. Raises `Unusable` with the reason and the raw text.

    A verdict of keep keeps the original words, whatever else the model wrote.
    """
    told = reply.parsed
    if not isinstance(told, dict):
        raise Unusable("the reply is not a JSON object", reply.text)
    criticism, verdict, answer = (told.get(k) for k in ("criticism", "verdict", "answer"))
    if verdict not in VERDICTS:
        raise Unusable(f"the verdict is {verdict!r}, not one of {', '.join(VERDICTS)}", reply.text)
    if not isinstance(criticism, str) or not isinstance(answer, str):
        raise Unusable("criticism and answer must be texts", reply.text)
    content = bare(answer, original)
    if verdict == "improve" and not content:
        raise Unusable("the verdict is improve, but the answer is empty", reply.text)
    if verdict == "keep" or not content:
        content = original
    return Reflection(criticism.strip(), verdict, _evidence(told, seen), content)


def _evidence(told: dict[str, Any], seen: View) -> tuple[int, ...]:
    """The later turns that the model named; a number that it was not shown proves nothing."""
    named = told.get("evidence_turns")
    numbers = {n for n in named if type(n) is int} if isinstance(named, list) else set()
    return tuple(sorted(numbers.intersection(seen.shown)))


def bare(answer: str, original: str) -> str:
    """The answer without the wrapping that models add: a fence, quotes or a label around all of
    it. What the original had as well is taken for part of the text."""
    text = answer.strip()
    before = original.strip()
    if (label := _LABEL.match(text)) and not _LABEL.match(before):
        text = text[label.end() :].strip()
    if (fence := _FENCE.match(text)) and "```" not in fence[1] and not before.startswith("```"):
        text = fence[1].strip()
    for left, right in _QUOTES:
        wrapped = len(text) > 1 and text.startswith(left) and text.endswith(right)
        inside = text[len(left) : len(text) - len(right)]
        if wrapped and left not in inside and right not in inside and not before.startswith(left):
            text = inside.strip()
    return text
