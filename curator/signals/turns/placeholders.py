"""Blanks that somebody should have filled in."""

import re

from curator.signals.base import Finding, quoted
from curator.signals.turns.base import ANSWER, BOTH, NOTHING, Phrase, Reading, TurnSignal, flag
from curator.signals.turns.words import Words

_BLANK = re.compile(
    r"[\[【<]\s?(?:your|insert|enter\b|add|fill|name|company|date|address|recipient|sender|phone"
    r"|email|city|state|title|position|number|amount|product|job|location|link|topic|manager|employer"
    r"|您的?|你的?|姓名|名字|公司|日期|地址|电话|插入|填写|职位|城市|收件人|主题|产品)"
    r"[^\]】>\n]{0,40}[\]】>](?![(\]])",
    re.I,
)
_HOLE = re.compile(r"\{\{\s?\w{1,30}\s?\}\}|<%=?\s|\$\{\w{1,30}\}|%\(\w{1,30}\)s")
_FILLER = Phrase(
    ("lorem ipsum", "todo", "tbd", "fixme", "xxx", "待定", "待补充", "此处省略", "foo bar"),
    r"\blorem ipsum\b|\bTO ?DO\s?[:：]|\bTBD\b|\bFIXME\b|(?<!-)\bX{3,}\b(?!-)|待定"
    r"|待补充|此处省略|（略）",
    flags=0,
)
_LETTER = Words(
    "letter", "email", "e-mail", "template", "contract", "resume", "cover", "invitation", "form",
    "信", "邮件", "模板", "合同", "简历", "表格", "邀请", "placeholder",
)  # fmt: skip

_OF_TEMPLATES = Words("template", "jinja", "模板", "vue", "angular", "javascript")


def _blank(turn: Reading) -> Finding:
    if "[" not in turn.text and "【" not in turn.text and "<" not in turn.text:
        return NOTHING
    match = _BLANK.search(turn.prose)
    if match is None or (match[0][0] == "<" and "</" in turn.text):
        return NOTHING
    asked = turn.asked
    # A template for a letter has blanks by design: still worth a hint, but a weak one.
    letter = asked is not None and asked.has(_LETTER)
    told = f"to be filled in: {quoted(match[0])} (character {match.start() + 1:,})"
    return Finding(0.5 if letter else 1, not letter, told)


def _hole(turn: Reading) -> Finding:
    if turn.code or ("{" not in turn.text and "%" not in turn.text):
        return NOTHING
    match = _HOLE.search(turn.prose)
    if match is None or turn.has(_OF_TEMPLATES):
        return NOTHING
    return Finding(1, True, f"a hole of a template: {quoted(match[0])}")


def _filler(turn: Reading) -> Finding:
    match = _FILLER.find(turn)
    # What the question says may well come back.
    if match is None or any(match[0] in other.text for other in turn.chat[: turn.index][-3:]):
        return NOTHING
    return flag("filler", match)


SIGNALS = (
    TurnSignal(
        code="I11", name="blank-to-fill", severity="hint", roles=BOTH, look=_blank, keep=0.5,
        about="A blank waits to be filled in (“[your name]”, “【日期】”).",
        unit="sureness, 0 to 1", when="it is not a letter or a form that was asked for",
    ),
    TurnSignal(
        code="I12", name="template-hole", severity="warning", roles=BOTH, look=_hole,
        about="A hole of a template was never filled (“{{name}}”).",
    ),
    TurnSignal(
        code="I13", name="filler", severity="warning", roles=ANSWER,
        look=_filler, version=2,
        about="Filler stands in for text (“lorem ipsum”, “TBD”, “待补充”).",
    ),
)  # fmt: skip
