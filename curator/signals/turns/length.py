"""Answers and questions too short or too long, by themselves and for each other."""

import math
import re

from curator.signals.base import Finding
from curator.signals.turns.base import ANSWER, NOTHING, QUESTION, Phrase, Reading, TurnSignal

#: Words an answer should have when the question asks for a text, and may have where it asks for a
#: word or two.
LEAST, MOST = 12, 80
#: Words (two CJK characters count as one) from which on a turn is very long.
HUGE = 6000
#: Questions of fewer words hardly say what is wanted.
TERSE = 2

_LONG_ASKED = Phrase(
    ("write", "essay", "story", "explain", "describe", "discuss", "paragraph", "article", "summar",
     "compose", "compare", "in detail", "draft", "写", "描述", "解释", "说明", "讨论", "比较",
     "总结",
     "概述", "撰写", "阐述", "介绍", "分析"),
    r"\b(?:write|compose|draft|create) (?:me |us )?(?:an?|the|some)? ?(?:[\w-]+ ){0,3}"
    r"(?:essay|story|paragraph|article|letter|email|poem|speech|blog|report|review|summary|script"
    r"|description|dialogue|scene|program|function)",
    r"\b(?:explain|describe|discuss|elaborate|compare and contrast)\b|in detail\b",
    r"写(?:一|出|篇|个|首|封|段)|撰写|描述|解释|阐述|讨论|说明|概述|比较|详细|分析",
)  # fmt: skip
_SHORT_ASKED = Phrase(
    ("one word", "single word", "yes or no", "true or false", "classify", "briefly", "一个词",
     "一个字", "是或否", "对或错", "判断", "分类", "一句话", "简短", "one sentence", "in short"),
    r"\b(?:in|with|using) (?:just |only )?(?:one|a single) (?:word|sentence)\b",
    r"\b(?:yes or no|true or false)\b|\bbriefly\b|^classify\b",
    r"用?一个(?:词|字(?![符段典母节幕]))|一句话|是或否|对或错|真或假|简短(?:地|回答)|简要回答",
)  # fmt: skip

#: A question that begins with the order to write a text, or to explain something.
_TEXT_ASKED = re.compile(
    r"\W{0,3}(?:please |can you |could you |i (?:want|need) you to )?"
    r"(?:(?:write|compose|draft|create)(?: me| us)?(?: an?| the| some)? (?:[\w-]+ ){0,2}"
    r"(?:essay|story|paragraph|article|letter|email|poem|speech|blog(?: post)?|report|review"
    r"|summary|dialogue|scene)\b"
    r"|(?:explain|discuss|elaborate|compare and contrast)\b|describe (?:how|why|the process)\b)"
    r"|\W{0,3}(?:请|请你|帮我)?(?:(?:写|编写|撰写|创作)[^，。\n]{0,12}(?:文章|故事|段落|论文|信|邮件"
    r"|诗|演讲|报告|评论|摘要|散文|博客|作文)|(?:详细)?(?:解释|阐述|讨论|论述)(?!器))",
    re.I,
)
#: What is short by itself.
_LITTLE_ASKED = re.compile(
    r"\b(?:sentence|titles?|headline|tagline|slogan|haiku|tweet|words?|names?|phrase|caption"
    r"|subject line|acronym|abbreviation|one line|acknowledge|reply with|rate)\b"
    r"|标题|口号|标语|一句|句子|词|名字|名称|字以内|缩写|题目|评分|分数|分类|判断|改写|翻译|编辑|只回复",
    re.I,
)


def _answer_length(turn: Reading) -> Finding:
    return Finding(round(math.log1p(turn.length), 3))


def _too_short(turn: Reading) -> Finding:
    asked = turn.asked
    if asked is None or turn.length >= LEAST or turn.rides_along:
        return NOTHING
    match = _LONG_ASKED.find(asked)
    if match is None or _SHORT_ASKED.find(asked):
        return NOTHING
    missing = round(1 - turn.length / LEAST, 3)
    # Most that name a text want something made of it: what is wanted is said at the beginning.
    if not _TEXT_ASKED.match(asked.text) or _LITTLE_ASKED.search(asked.head[:300]):
        return Finding(missing)
    told = f"about {turn.length} words, though asked to “{match[0]}”"
    return Finding(missing, True, told)


def _one_word(turn: Reading) -> Finding:
    if turn.length > 2 or turn.rides_along or not turn.text.strip() or len(turn.text) > 40:
        return NOTHING
    return Finding(1, True, "the answer is a word or two")


def _too_long(turn: Reading) -> Finding:
    asked = turn.asked
    if asked is None or turn.length <= MOST:
        return NOTHING
    match = _SHORT_ASKED.find(asked)
    if match is None or _LONG_ASKED.find(asked) or asked.length > MOST:
        return NOTHING
    # In the middle of a question it is one of several things, or of the form of some.
    if 40 < match.start() < len(asked.text) - len(match[0]) - 20:
        return NOTHING
    told = f"about {turn.length:,} words, though asked for “{match[0]}”"
    return Finding(round(turn.length / MOST, 2), True, told)


def _huge(turn: Reading) -> Finding:
    if turn.length < HUGE:
        return NOTHING
    return Finding(turn.length, True, f"about {turn.length:,} words in one turn")


def _terse(turn: Reading) -> Finding:
    if turn.index or turn.length > TERSE or turn.rides_along or not turn.text.strip():
        return NOTHING
    return Finding(1, True, f"all that is asked is “{turn.text.strip()[:40]}”")


def _ratio(turn: Reading) -> Finding:
    asked = turn.asked
    if asked is None:
        return NOTHING
    return Finding(round(math.log((turn.length + 1) / (asked.length + 1)), 3))


SIGNALS = (
    TurnSignal(
        code="L01", name="answer-length", severity="hint", roles=ANSWER, look=_answer_length,
        about="How long the answer is; short answers are edited more often than long ones.",
        unit="logarithm of words", when="never by itself: it feeds the learned order",
    ),
    TurnSignal(
        code="L02", name="too-short", severity="warning", roles=ANSWER, look=_too_short, version=2,
        about="The question asks for a text or an explanation, and the answer has a few words.",
        unit="missing share, 0 to 1", when=f"under {LEAST} words",
    ),
    TurnSignal(
        code="L03", name="one-word", severity="hint", roles=ANSWER, look=_one_word,
        about="The answer is a word or two.",
    ),
    TurnSignal(
        code="L04", name="too-long", severity="warning", roles=ANSWER, look=_too_long, version=2,
        about="The question asks for a word, a sentence or a yes, and the answer goes on and on.",
        unit="times the most that is expected", when=f"over {MOST} words",
    ),
    TurnSignal(
        code="L05", name="huge", severity="hint", roles=("user", "assistant"), look=_huge,
        about="The turn is longer than most models can be trained on.",
        unit="words", when=f"from {HUGE:,} words on",
    ),
    TurnSignal(
        code="L06", name="terse-question", severity="hint", roles=QUESTION, look=_terse,
        about="The first question has two words at most and hardly says what is wanted.",
    ),
    TurnSignal(
        code="L07", name="answer-to-question", severity="hint", roles=ANSWER, look=_ratio,
        about="How much longer the answer is than its question.",
        unit="logarithm of the ratio of words", when="never by itself: it feeds the learned order",
    ),
)  # fmt: skip
