"""Two answers and which of them won: Chatbot Arena, PKU-SafeRLHF, SHP, WebGPT's comparisons."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from curator.conversation import Conversation, Turn
from curator.errors import DataError
from curator.formats import messages
from curator.formats.base import Format, Row, kind
from curator.formats.fields import conversation, items, meta_of, source_id, text
from curator.formats.pairs import rival
from curator.formats.preference import context_of, parted

FIRST = frozenset(("a", "model_a", "answer_a", "response_a", "first", "chosen_a"))
SECOND = frozenset(("b", "model_b", "answer_b", "response_b", "second", "chosen_b"))
#: Degrees of preference of the first and of the second.
BELOW, ABOVE = frozenset(("-1", "-2", "-3")), frozenset(("1", "2", "3"))


class Contest(NamedTuple):
    """The fields of two answers, of what says who won, and the values there that mean the first
    and the second; of every other value nobody did."""

    first: str
    second: str
    winner: str
    wins: frozenset[Any] = FIRST
    loses: frozenset[Any] = SECOND


CONTESTS = (
    Contest("conversation_a", "conversation_b", "winner"),
    Contest("response_0", "response_1", "better_response_id", frozenset(("0",)), frozenset(("1",))),
    Contest("human_ref_A", "human_ref_B", "labels", frozenset(("1",)), frozenset(("0",))),
    Contest("answer_a", "answer_b", "winner"),
    Contest("response_a", "response_b", "winner"),
    Contest("answer_0", "answer_1", "winner", frozenset(("0",)), frozenset(("1",))),
    Contest("response_1", "response_2", "preference", frozenset(("1",)), frozenset(("2",))),
    # HelpSteer2 and 3: from -3 (the first is much better) to 3.
    Contest("response_1", "response_2", "preference_strength", BELOW, ABOVE),
    Contest("response1", "response2", "overall_preference", BELOW, ABOVE),
)
QUESTIONS = ("prompt", "question", "instruction", "history", "input", "query", "context")
IDS = ("id", "question_id", "post_id", "prompt_id")


def contest_of(row: Row) -> Contest | None:
    """The two answers' fields; None where a row has no such fields, or no question to chats."""
    for contest in CONTESTS:
        if all(name in row for name in contest[:3]):
            asked = any(_asks(row.get(name)) for name in QUESTIONS)
            if asked or isinstance(row[contest.first], list):
                return contest
    return None


def recognise(row: Row) -> tuple[float, str]:
    if contest := contest_of(row):
        return 0.97, "has " + ", ".join(f"`{name}`" for name in contest[:3])
    return 0.0, "no two answers with a winner"


def read(row: Row) -> list[Conversation]:
    """The winner is the turn, the other its alternative; of a draw nobody is preferred."""
    contest = contest_of(row)
    if contest is None:
        raise DataError("no two answers with a question and a winner")
    won = str(row[contest.winner]).strip().lower()
    sides = [_side(row, name) for name in contest[:2]]
    if won in contest.loses:
        sides.reverse()
    context, best, other = parted(_context(row, contest), *sides)
    if not best or not other:
        raise DataError(f"field `{contest.first}` or `{contest.second}` holds no answer")
    rank = int(won in contest.wins or won in contest.loses)
    answer = Turn(best[0].role, best[0].content,
                  {**best[0].extra, "alternatives": [rival(other, rank)]})  # fmt: skip
    asked = _question(row, contest)
    meta = meta_of(
        row, (*IDS, "system", contest.first, contest.second, *([asked] if asked else []))
    )
    return [conversation([*context, answer, *best[1:]], "versus", source_id(row, *IDS), meta)]


def _question(row: Row, contest: Contest) -> str:
    if isinstance(row[contest.first], list):
        return ""
    return next((name for name in QUESTIONS if _asks(row.get(name))), "")


def _asks(value: Any) -> bool:
    """Whether a value is a question, or the chat up to it."""
    chat = isinstance(value, list) and bool(value) and all(isinstance(i, Mapping) for i in value)
    return isinstance(value, str) or chat


def _context(row: Row, contest: Contest) -> tuple[Turn, ...]:
    asked = _question(row, contest)
    return context_of({"prompt": row[asked], "system": row.get("system")}) if asked else ()


def _side(row: Row, name: str) -> tuple[Turn, ...]:
    if isinstance(row[name], list):
        return tuple(messages.turns_of(items(row, name), f"field `{name}`, turn"))
    if isinstance(row[name], Mapping):
        raise DataError(f"field `{name}` is {kind(row[name])}, not an answer")
    return (Turn("assistant", text(row, name)),)


FORMAT = Format(
    "versus", "two answers and the winner: Chatbot Arena, PKU-SafeRLHF, SHP, WebGPT",
    recognise, read, teaches="pairs",
    maps="the winner → answer, the other → alternative of rank 1 (of a draw: rank 0)",
)  # fmt: skip
