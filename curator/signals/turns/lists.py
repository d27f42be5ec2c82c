"""Lists that stop, skip a number, or hold less than was asked for."""

import re
from itertools import pairwise

from curator.signals.base import Finding, quoted
from curator.signals.turns.base import ANSWER, NOTHING, Phrase, Reading, TurnSignal
from curator.signals.turns.words import Words

_NUMBERS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "twelve": 12, "twenty": 20,
    "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10,
}  # fmt: skip
#: More items than this are rarely meant as a number to be kept to.
MOST = 30
_BULLET = re.compile(r"^\s{0,8}[-*•·–]\s{0,3}\S", re.M)
_WORD = "|".join(word for word in _NUMBERS if word.isascii())
_HAN = "".join(word for word in _NUMBERS if not word.isascii())
_ASKED = Phrase(
    ("list", "give", "name", "generate", "provide", "suggest", "write", "create", "identify",
     "come up", "find", "make", "列出", "给出", "举出", "提供", "写出", "生成", "说出", "列举",
     "举", "提出",
     "想出", "创建", "找出", "推荐"),
    r"\b(?:list|give|name|generate|provide|suggest|write|create|identify|come up with|find|make)"
    rf" (?:me |us |out |down |a list of |a set of |at least |the |top |about )*(\d{{1,2}}|{_WORD})"
    r" (?!(?:word|sentence|paragraph|page|line|hundred|thousand|minute|hour|day|letter|digit|step"
    r"|stanza|verse|syllable|character|year|week|month|percent|dollar|column|row|or|to|of|and|-|part"
    r"|player|people|person|side|number|time|dimension|more\b)|[\w-]+ (?:word|sentence|letter))",
    r"(?:列出|给出|举出|提供|写出|生成|说出|列举|举|提出|想出|创建|找出|推荐)(?:至少|前|了)?"
    rf"(\d{{1,2}}|[{_HAN}]十?[{_HAN}]?)\s?(?:个|种|条|项|款|类|位|本|部|点|首|道|家|座|样)(?!字|词|段|句)",
    flags=2,
)  # fmt: skip

#: “Give three numbers, and …” names what is given, and not what is wanted.
_GOES_ON = Words(
    "，让", "，计算", "，并计算", "，将", "，求", "的对话", "和一个", "，找出", "，判断"
)


def _stops(turn: Reading) -> Finding:
    if not turn.text or turn.text.rstrip()[-1:] not in (*"0123456789.)、．:：-*•",):
        return NOTHING
    line = turn.lines[-1].strip() or turn.text.rstrip().rsplit("\n", 1)[-1].strip()
    if len(line) < 6 and "\n" in turn.text and re.fullmatch(r"(?:\d{1,3}[.)、．:：]|[-*•])", line):
        return Finding(1, True, f"the last item is only {quoted(line)}")
    return NOTHING


def _hollow(turn: Reading) -> Finding:
    if "\n" not in turn.text or turn.code:
        return NOTHING
    items = turn.numbered
    hollow = [n for n, said in items if not said]
    if len(items) < 3 or not hollow or len(hollow) * 2 > len(items):
        return NOTHING
    return Finding(len(hollow), True, f"nothing stands at number {hollow[0]}")


def _gap(turn: Reading) -> Finding:
    if "\n" not in turn.text or turn.code:
        return NOTHING
    numbers = [n for n, _ in turn.numbered]
    if len(numbers) < 3:
        return NOTHING
    for one, next_ in pairwise(numbers):
        # A list within the list begins at 1 again.
        if next_ > one + 1 and next_ - one < 5 and numbers[0] <= 1 and numbers.count(1) < 2:
            return Finding(next_ - one - 1, True, f"{one} is followed by {next_}")
    return NOTHING


def asked_for(question: str, turn: Reading | None = None) -> int | None:
    """How many items a question asks for, or None."""
    match = _ASKED.find(turn if turn is not None else Reading([], 0, "user", question))
    if match is None:
        return None
    said = next(group for group in match.groups() if group)
    return _number(said.lower())


def _number(said: str) -> int | None:
    if said.isdigit():
        return int(said)
    if said in _NUMBERS:
        return _NUMBERS[said]
    tens, _, ones = said.partition("十")
    if "十" not in said or (tens and tens not in _NUMBERS) or (ones and ones not in _NUMBERS):
        return None
    return 10 * _NUMBERS.get(tens, 1) + _NUMBERS.get(ones, 0)


def _given(turn: Reading) -> int | None:
    """How many items an answer has, or None where that cannot be told."""
    numbered = turn.numbered
    # An item may have points of its own; a list of lists begins at 1 again.
    if len(numbered) >= 2:
        return max(len(numbered), max(n for n, _ in numbered))
    bullets = len(_BULLET.findall(turn.head))
    if bullets >= 2:
        return bullets
    lines = [line for line in turn.lines if line.strip()]
    if len(lines) == 1:
        parts = re.split(
            r"[,，、;；]\s?(?:and |or |和|以及)?|\band\b|和|以及|(?<=[.!?])\s|[。！？]", lines[0]
        )
        given = len([part for part in parts if part.strip()])
        # One item cannot be told from an answer that is no list, nor items between blanks.
        return given if given > 1 and not (turn.chinese and " " in lines[0]) else None
    return None


def _short(turn: Reading) -> Finding:
    asked = turn.asked
    if asked is None or asked.length > 60:
        return NOTHING
    wanted = asked_for("", asked)
    if wanted is None or not 2 <= wanted <= MOST or asked.has(_GOES_ON):
        return NOTHING
    given = _given(turn)
    if given is None or given >= wanted or not turn.text.strip():
        return NOTHING
    return Finding(round(1 - given / wanted, 3), True, f"asked for {wanted}, gives {given}")


SIGNALS = (
    TurnSignal(
        code="U07", name="list-stops", severity="warning", roles=ANSWER, look=_stops,
        about="The last item of a list has a number and no words.",
    ),
    TurnSignal(
        code="U08", name="hollow-items", severity="warning", roles=ANSWER, look=_hollow,
        about="A numbered item holds nothing.", unit="items",
    ),
    TurnSignal(
        code="U09", name="numbering-gap", severity="hint", roles=ANSWER, look=_gap, version=2,
        about="A numbered list skips a number.", unit="numbers skipped",
    ),
    TurnSignal(
        code="U10", name="too-few-items", severity="warning", roles=ANSWER, look=_short, version=2,
        about="The question asks for so many items, and the answer gives fewer.",
        unit="share that is missing, 0 to 1",
    ),
)  # fmt: skip
