"""Rude or heated words, found without a list of them: masked words and shouting."""

import re
import string

from curator.signals.base import Finding, quoted
from curator.signals.turns.base import BOTH, NOTHING, Reading, TurnSignal, flag
from curator.signals.turns.words import Words

_MASKED = re.compile(
    r"(?<![\w*])[A-Za-z]{1,3}(?:\*{2,}|[#@$%&]{2,}[*!#@$%&]{1,})[A-Za-z]{0,4}(?![\w*])|(?<!\S)[@#$%&!*]{4,}(?!\S)"
)
_AT_YOU = re.compile(
    r"\b(?:you(?:['’]re| are)|u r) (?:so |such an? |an? |just |really |completely )?"
    r"(?:stupid|idiot|dumb|useless|moron|pathetic|worthless|terrible|liar|fool|garbage|trash)\w*"
    r"|\bshut up\b|你(?:真|太|是个?|这个|就是)?(?:笨|蠢|白痴|傻|废物|垃圾|没用|弱智)|闭嘴"
    r"|滚(?:开|蛋)",
    re.I,
)
_CAPS = re.compile(r"[A-Z](?<![\w'’].)[A-Z]{2,}(?:[ ,]{1,2}[A-Z'’]{2,}){3,20}[!?]{0,5}")
#: A single letter run with marks, as comics write curses.
_GUARD = Words(
    "stupid", "idiot", "dumb", "useless", "moron", "pathetic", "worthless", "terrible", "liar",
    "fool", "garbage", "trash", "shut up", "笨", "蠢", "白痴", "傻", "废物", "垃圾", "没用", "弱智",
    "闭嘴", "滚",
)  # fmt: skip

_MASKS = Words("**", "##", "@#", "$%", "#@", "!@")


def _masked(turn: Reading) -> Finding:
    if not turn.has(_MASKS) or turn.code:
        return NOTHING
    match = _MASKED.search(turn.prose)
    # Two asterisks are Markdown's; three or more inside a word are a mask.
    if (
        match is None
        or ("*" not in match[0] and len(set(match[0]) - set(string.ascii_letters)) < 2)
        or match[0].strip("*") == ""
        or (match[0].endswith("**") and "***" not in match[0])
    ):
        return NOTHING
    return flag("a word behind asterisks", match)


def _insult(turn: Reading) -> Finding:
    if not turn.has(_GUARD):
        return NOTHING
    match = _AT_YOU.search(turn.prose)
    # A title, and what people of a story say, insult nobody here.
    if match is None or (match.start() > 400 or "《" in turn.prose[: match.start()][-6:]):
        return NOTHING
    return flag("heated words", match)


def _shouting(turn: Reading) -> Finding:
    if turn.capitals < 9 or b"AAA" not in turn.shape or turn.code:
        return NOTHING
    match = _CAPS.search(turn.prose)
    if match is None:
        return NOTHING
    listed = match[0].count(",") > 1
    # A heading or a title is in capitals too; who shouts does so all along, or with a mark.
    whole = turn.role == "user" and 2 * turn.capitals > turn.latin
    heated = not listed and (match[0].endswith("!") or whole)
    told = f"in capitals: {quoted(match[0])} (character {match.start() + 1:,})"
    return Finding(1, heated, told)


SIGNALS = (
    TurnSignal(
        code="X01", name="masked-word", severity="hint", roles=BOTH, look=_masked, version=2,
        about="A word is hidden behind asterisks or signs, as curses are.",
    ),
    TurnSignal(
        code="X02", name="insult", severity="warning", roles=BOTH, look=_insult, version=2,
        about="The other is insulted, or told to be silent.",
    ),
    TurnSignal(
        code="X03", name="shouting", severity="hint", roles=BOTH, look=_shouting, version=3,
        about="Several words in a row are in capitals.",
        when="with an exclamation mark, or most of a user turn",
    ),
)  # fmt: skip
