"""Questions that lack what they speak of, or make little sense."""

import re

from curator.signals.base import Finding, quoted
from curator.signals.turns.base import NOTHING, QUESTION, Phrase, Reading, TurnSignal
from curator.signals.turns.words import Words

#: Words that a question with its text inside has at least.
WITH_TEXT = 24
_REFERS = Phrase(
    ("following", "given", "below", "above", "this ", "以下", "下面", "给定", "所给", "上述",
     "这段", "这篇",
     "下列"),
    r"\b(?:the|this|these) (?:following|given|above|below) (?:\w+ ){0,2}"
    r"(?:text|sentences?|passage|paragraph|article|words?|story|poem|data|code|list|numbers?|review"
    r"|statement|quote|email|dialogue|items?|input|table|equation|phrase|essay)\b",
    r"\b(?:summari[sz]e|edit|rewrite|proofread|analy[sz]e|classify|paraphrase|translate) this "
    r"(?:\w+ )?(?:text|sentence|passage|paragraph|article|story|poem|code|email|essay)\b",
    r"(?:以下|下面|给定|所给|上述|下列)的?[^，。：:\n]{0,8}"
    r"(?:文本|句子|段落|文章|单词|词语?|故事|诗|数据|代码|列表|数字|评论|语句|引文|邮件|对话|内容|表格|方程|短语|陈述)",
)  # fmt: skip
_MASH = re.compile(r"\b[bcdfghjklmnpqrstvwxz]{7,}\b", re.I)
_VOWELS = b"aeiouyAEIOUY"
#: Any small consonant as one sign, and a blank for the others.
_CONSONANTS = bytes(120 if chr(sign) in "bcdfghjklmnpqrstvwxz" else 32 for sign in range(256))
_NO_MASH = frozenset("aeiouy0123456789-.,'’/")
_ODD_START = re.compile(r"[,;)\]}，。；：！？）】、](?!\))")
_OF_PROGRAMS = Words("algorithm", "算法",
    "program", "function", "script", "sql", "程序", "函数", "脚本", "代码", "code", " - ",
    "提供以下", "以下是",
)  # fmt: skip


def _lacks_input(turn: Reading) -> Finding:
    if turn.index or turn.length > WITH_TEXT or turn.rides_along:
        return NOTHING
    match = _REFERS.find(turn)
    # A program works on what it is given.
    if match is None or turn.has(_OF_PROGRAMS):
        return NOTHING
    rest = turn.text[match.end() :]
    # What stands in quotation marks, after a colon or on another line is the text itself.
    if (
        len(turn.sentences) > 1
        or "\n" in turn.text.strip()
        or re.search(r"[\"“「《(（=]|[:：]\s*\S", turn.text)
        or len(rest) > 80
    ):
        return NOTHING
    return Finding(1, True, f"speaks of {quoted(match[0])}, which is not there")


def _mashed(turn: Reading) -> Finding:
    if turn.code or turn.chinese:
        return NOTHING
    text = turn.prose
    letters = turn.latin
    if letters >= 12 and turn.text.isascii():
        share = (len(turn.ascii) - len(turn.ascii.translate(None, _VOWELS))) / letters
        if share < 0.15 and " " in text and text.upper() != text and letters / len(text) > 0.6:
            return Finding(1, True, f"hardly a vowel in {quoted(text)}")
    if "://" in turn.text or "@" in turn.text:
        return NOTHING
    if 7 * b"x" not in turn.ascii.translate(_CONSONANTS):
        return NOTHING
    for word in turn.different:
        if (
            len(word) > 6
            and _NO_MASH.isdisjoint(word[:7])
            and (match := _MASH.match(word))
            and match[0] in turn.text
        ):
            return Finding(1, True, f"keys hit at random: {quoted(match[0])}")
    return NOTHING


def _odd_start(turn: Reading) -> Finding:
    match = _ODD_START.match(turn.text)
    if match is None or len(turn.text) < 4:
        return NOTHING
    return Finding(1, True, f"it begins with {quoted(turn.text[:20])}")


def _starts_low(turn: Reading) -> Finding:
    if turn.index or not turn.text[:1].islower() or turn.length < 3 or turn.code:
        return NOTHING
    return Finding(1, True, f"it begins with a small letter: {quoted(turn.text)}")


SIGNALS = (
    TurnSignal(
        code="I07", name="lacks-input", severity="warning", roles=QUESTION, look=_lacks_input,
        version=2,
        about="The question speaks of a text that is not there (“summarise the article below”).",
    ),
    TurnSignal(
        code="I08", name="keyboard-mash", severity="warning", roles=("user", "assistant"),
        look=_mashed,
        about="Letters that make no words, as if keys were hit at random.",
    ),
    TurnSignal(
        code="I09", name="odd-start", severity="hint", roles=("user", "assistant"), look=_odd_start,
        version=2,
        about="The turn begins with a mark that should follow something: its beginning is lost.",
    ),
    TurnSignal(
        code="I10", name="small-start", severity="hint", roles=QUESTION, look=_starts_low,
        about="The first question begins with a small letter.",
    ),
)  # fmt: skip
