"""Turns that are nothing but politeness: UltraChat's authors took them out."""

import re

from curator.signals.base import Finding, quoted
from curator.signals.turns.base import ANSWER, NOTHING, QUESTION, Reading, TurnSignal

#: Longer turns say something else besides.
MOST = 90
_THANKS = re.compile(
    r"(?:\W|ok(?:ay)?|great|perfect|awesome|nice|cool|wow|good|yes|got it|i see|all right|alright"
    r"|(?:many |so )?thank(?:s| you| u)?|thx|ty|so|very|much|a lot|again|for|the|your|you|that|this"
    r"|is|was|help|helping|me|information|info|answer|explanation|all|really|helpful|appreciate|it"
    r"|i|you['’]re|the best|bye|goodbye|have a (?:nice|great|good) day|advice|tips?|time|sharing"
    r"|谢谢|多谢|感谢|谢了|非常|十分|太|好的?|明白了?|知道了?|了解了?|你|您|的|帮助|回答|解答|啦|了|啊|哦"
    r"|再见|很|有|用|是|真|棒|辛苦){1,40}",
    re.I,
)
_THANK = re.compile(r"thank|thx|appreciate|谢", re.I)
_WELCOME = re.compile(
    r"\W{0,3}(?:you(?:['’]re| are) (?:very |most )?welcome|my pleasure"
    r"|no problem(?!,? (?:let|here|how about|I(?:['’]ll| will| can)|we can))"
    r"|glad (?:I could|to)"
    r"|don['’]t mention it|happy to help|anytime|不客气|不用谢|很高兴能?帮|乐意效劳|不必客气)",
    re.I,
)


def _thanks(turn: Reading) -> Finding:
    text = turn.text.strip()
    if len(text) > MOST or not _THANK.search(text) or not _THANKS.fullmatch(text):
        return NOTHING
    return Finding(1, True, f"only thanks: {quoted(text)}")


def _welcome(turn: Reading) -> Finding:
    text = turn.text.strip()
    if len(text) > 3 * MOST or not _WELCOME.match(text):
        return NOTHING
    return Finding(1, True, f"only courtesy: {quoted(text)}")


SIGNALS = (
    TurnSignal(
        code="B10", name="only-thanks", severity="warning", roles=QUESTION, look=_thanks,
        about="The user turn is nothing but thanks.",
    ),
    TurnSignal(
        code="B11", name="only-welcome", severity="warning", roles=ANSWER, look=_welcome,
        version=2,
        about="The answer is nothing but “You're welcome”.",
    ),
)  # fmt: skip
