"""refusal: the rewrite declines what the old answer did."""

import re

from curator.signals.base import Case, Finding, Gate, one_by_one, quoted

#: A refusal comes first; further down, "I cannot" is about something else.
HEAD = 400

_CANNOT = (
    r"(?:can['’]?t|cannot|can not|could not|couldn['’]t|won['’]?t|will not"
    r"|must (?:decline|refuse)|have to decline)"
)
_DO = (
    r"(?:to )?(?:be able to )?(?:help|assist|provide|do|answer|comply|fulfil+|continue|discuss|give"
    r"|offer|create|generate|write|support|engage|share|complete|process|participate|browse|access"
    r"|open|perform|respond)"
)
PATTERNS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"\bI {_CANNOT}(?: \w+ly)? {_DO}\b",
        rf"\bI(?: am|['’]m)(?: very| so| really| truly)? (?:sorry|afraid)\b[^.\n]{{0,60}}?"
        rf"(?:\bI {_CANNOT}|\bunable\b|\bnot able\b)",
        r"\bI(?: am|['’]m) (?:unable|not able|not allowed|not permitted|not comfortable)\b",
        r"\bas an? (?:AI|artificial intelligence|large language model|language model)\b"
        r"[^.\n]{0,80}(?:\b(?:can(?:no|['’])t|cannot|unable|don['’]t have|do not have|not able)\b)",
        r"\bI(?: must| have to)? (?:respectfully )?(?:decline|refuse)\b",
        r"\bI (?:do not|don['’]t) have (?:access|the ability|the capability|enough information)\b",
        r"\bit (?:is|would be) (?:not appropriate|inappropriate|against my)\b",
        r"(?:抱歉|对不起|很遗憾|不好意思)[^。！？\n]{0,25}(?:无法|不能|没办法|不可以|(?<!来)不便|帮不了|做不到)",
        r"(?:我(?!们)|本人|本助手)[^。！？\n]{0,12}(?:无法|不能|没办法|不便|没有能力|帮不了)"
        r"[^。！？\n]{0,12}(?:提供|回答|帮|协助|完成|继续|讨论|生成|处理|执行|访问|参与|满足|给出|为您|为你)",
        r"作为(?:一个|一名)?(?:AI|人工智能|大?语言模型|机器人|智能助手)[^。！？\n]{0,30}"
        r"(?:无法|不能|没有能力|没有.{0,6}能力|不具备|没有感情|没有情感|没有个人)",
        r"(?:我|必须|只能|恕)(?:不得不)?拒绝(?:回答|提供|这|该|您|你)|恕我?(?:不能|无法|难以)",
    )
)


def refuses(text: str) -> str:
    """The words by which a text declines to answer, or an empty string."""
    head = text[:HEAD]
    for pattern in PATTERNS:
        match = pattern.search(head)
        if match and not _reported(head[: match.start()]):
            return match[0]
    return ""


def _reported(before: str) -> bool:
    """Whether what comes now stands in quotation marks that somebody else's words are in: “He said
    …”. An answer that is one quotation is still the answer."""
    said = before.strip(" \n*_>")
    return len(said) > 1 and (said.count('"') % 2 == 1 or said.count("“") > said.count("”"))


def _look(case: Case) -> Finding:
    words = refuses(case.new)
    if not words:
        return Finding(0)
    if refuses(case.old):
        return Finding(1, False, "both answers refuse")
    return Finding(1, True, f"refuses what the old answer did: {quoted(words)}")


GATE = Gate(
    name="refusal",
    version=2,
    about="whether the rewrite declines to answer",
    unit="0 or 1",
    when="the rewrite refuses and the old answer does not",
    measure=one_by_one(_look),
)
