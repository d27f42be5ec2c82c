"""What is asked to be done with what: the verb that opens a question, and its object.

After the plots of Self-Instruct and Alpaca (Wang et al. 2022; Taori et al. 2023), which parse each
instruction for its root verb and direct object. Here no parser is needed: an instruction begins
with its verb, and the object is the last word of what stands before the next preposition, joint or
punctuation mark. Questions that open with no such verb ("What is…") have no pair.
"""

import re
from functools import cache
from importlib.resources import files

from curator.diversity.naming import chinese_words
from curator.text import CJK

#: Characters of a question that are looked at: its first clause.
READ = 200

#: What may stand before the verb.
_POLITE = re.compile(
    r"^(?:please|kindly|hi|hello|hey|now|then|next|also|can you|could you|would you|will you|"
    r"i want you to|i would like you to|i need you to|you should|let's|help me(?: to)?)[\s,]+",
    re.I,
)
_WORD = re.compile(r"[A-Za-z][A-Za-z'-]*|\d+|[^\sA-Za-z\d]")
_CLAUSE = re.compile(rf"[^{CJK}A-Za-z0-9\s]")
_CJK = re.compile(f"[{CJK}]")
_ASKING = re.compile(r"^(?:请你|请问|请|帮我|帮忙|给我|麻烦|你能|能否|能不能|可以)+")


@cache
def _words(section: str) -> frozenset[str]:
    """The words of a section: verbs, chinese verbs, end (what closes the object), before (what may
    stand between a verb and its object)."""
    text = files("curator.diversity").joinpath("verbs.txt").read_text(encoding="utf-8")
    return frozenset(text.partition(f"[{section}]\n")[2].partition("\n[")[0].split())


def pair(question: str) -> tuple[str, str] | None:
    """The verb and its object, lower case; None where the question does not open with one."""
    text = question[:READ].strip()
    if _CJK.match(_ASKING.sub("", text)):
        return _chinese(text)
    while polite := _POLITE.match(text):
        text = text[polite.end() :]
    words = [word.lower() for word in _WORD.findall(text)]
    if not words or words[0] not in _words("verbs"):
        return None
    found = ""
    for word in words[1:9]:
        if word in _words("before") or word.isdigit():
            continue
        if word in _words("end") or not word[0].isalpha():
            if found or not word[0].isalpha():
                break
            continue
        found = word
    return (words[0], _singular(found)) if found else None


def _singular(word: str) -> str:
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "sis")):
        return word[:-3] + "y" if word.endswith("ies") else word[:-1]
    return word


def _chinese(text: str) -> tuple[str, str] | None:
    """The same of Chinese, where the object closes the clause: 生成一个关于春天的故事."""
    clause = _CLAUSE.split(_ASKING.sub("", text), maxsplit=1)[0]
    words = [word for word in chinese_words(clause) if word.strip()]
    if not words or words[0] not in _words("chinese verbs"):
        return None
    objects = [word for word in words[1:] if len(word) > 1 and _CJK.match(word)]
    return (words[0], objects[-1]) if objects else None
