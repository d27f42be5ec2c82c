"""Turns that hold nothing, or a word for nothing."""

import re

from curator.signals.base import Finding, quoted
from curator.signals.turns.base import BOTH, NOTHING, QUESTION, Reading, TurnSignal
from curator.signals.turns.words import Words
from curator.text import blank

#: What generators and crowd workers write where they had nothing to write.
_NONE = re.compile(
    r"[\s<\[(\"'“（【]*(?:n\s?/\s?a|none|null|nan|nil|undefined|not applicable|no (?:answer|output|"
    r"response)|empty|tbd|无|没有|空|暂无|不适用|无输出|无答案|未知)[\s>\])\"'”）】.。!！]*",
    re.I,
)
_NO_INPUT = re.compile(
    r"<\s?no\s?input\s?>|(?:<|&lt;)\s?无输入\s?(?:>|&gt;)|\n(?:n/a|none|不适用|无)\s{0,3}\Z|^\W{0,3}(?:no\s?input|无输入|没有输入|输入\s?[:：]\s?无)\W{0,3}$",
    re.I | re.M,
)

_OF_INPUT = Words("input", "输入", "\nn/a", "\n不适用", "\nnone", "\n无")


def _empty(turn: Reading) -> Finding:
    if turn.rides_along or (turn.text and turn.text[:1].isalnum()) or not blank(turn.text):
        return NOTHING
    return Finding(1, True, "the turn shows nothing")


def _not_applicable(turn: Reading) -> Finding:
    if len(turn.text) > 40 or not _NONE.fullmatch(turn.text):
        return NOTHING
    return Finding(1, True, f"all it says is {quoted(turn.text)}")


def _no_input(turn: Reading) -> Finding:
    if not turn.has(_OF_INPUT):
        return NOTHING
    match = _NO_INPUT.search(turn.head)
    return Finding(1, True, f"a mark for no input: {quoted(match[0])}") if match else NOTHING


EMPTY = TurnSignal(
    code="S01", name="empty", severity="grave", roles=BOTH, look=_empty,
    about="The turn is empty, or holds nothing that can be seen.",
)  # fmt: skip
NOT_APPLICABLE = TurnSignal(
    code="S02", name="not-applicable", severity="grave", look=_not_applicable,
    about="The answer is only a word for “nothing”, such as N/A or 无.",
)  # fmt: skip
NO_INPUT = TurnSignal(
    code="S03", name="no-input-mark", severity="warning", roles=QUESTION, look=_no_input,
    about="A generator's mark for “no input” was left in, such as <noinput>.",
)  # fmt: skip
SIGNALS = (EMPTY, NOT_APPLICABLE, NO_INPUT)
