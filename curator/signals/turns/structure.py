"""The order of turns: who speaks after whom, and who has the last word."""

from curator.signals.base import Finding
from curator.signals.turns.base import ANSWER, BOTH, NOTHING, QUESTION, Reading, TurnSignal


def _same_role(turn: Reading) -> Finding:
    before = turn.previous
    if before is None or before.role != turn.role or before.rides_along or turn.rides_along:
        return NOTHING
    return Finding(1, True, f"two {turn.role} turns in a row")


def _opens(turn: Reading) -> Finding:
    if any(earlier.role in ("user", "tool") for earlier in turn.chat[: turn.index]):
        return NOTHING
    if turn.index and turn.chat[turn.index - 1].role == "assistant":
        return NOTHING
    return Finding(1, True, "nobody has asked anything yet")


def _unanswered(turn: Reading) -> Finding:
    return Finding(1, True, "the chat ends with this question") if turn.last else NOTHING


SAME_ROLE = TurnSignal(
    code="S04", name="same-role-twice", severity="warning", roles=BOTH, look=_same_role,
    about="The same speaker has two turns in a row; something between them may be lost.",
)  # fmt: skip
OPENS = TurnSignal(
    code="S05", name="answer-opens", severity="warning", roles=ANSWER, look=_opens,
    about="The chat begins with an answer: its question was cut off.",
)  # fmt: skip
UNANSWERED = TurnSignal(
    code="S06", name="unanswered", severity="hint", roles=QUESTION, look=_unanswered,
    about="The chat ends with a user turn that nobody answers.",
)  # fmt: skip
SIGNALS = (SAME_ROLE, OPENS, UNANSWERED)
