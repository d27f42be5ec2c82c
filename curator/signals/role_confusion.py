"""role-confusion: the rewrite speaks in another's place."""

import re

from curator.signals.base import Case, Finding, Gate, one_by_one, quoted
from curator.text import normalise, words

_MARKS = re.compile(
    r"<\|(?:im_start|im_end|user|assistant|system|endoftext|eot_id|start_header_id)[^|]*\|>"
    r"|\[/?INST\]|<</?SYS>>|</?s>|<(?:start|end)_of_turn>|^#{2,3} ?(?:Instruction|Response|Input):",
    re.M,
)
_LABEL = re.compile(
    r"^[ \t>*_\"]*(User|Human|Assistant|AI|System|Chatbot|Bot|Customer|ChatGPT|GPT|Model"
    r"|用户|人类|助手|助理|系统|机器人)[*_\"]*\s*[:：](?!//)",
    re.M,
)
_AS_USER = re.compile(
    r"^\W*(?:thank you (?:so much |very much )?for (?:your|the) "
    r"(?:help|answer|response|explanation)"
    r"|thanks for (?:your|the) (?:help|answer|response)|谢谢(?:你|您)的(?:帮助|回答|解答|解释))",
    re.I,
)
#: From so many words on, saying a user turn again is no coincidence.
ECHO_WORDS, ECHO = 6, 0.9


def _look(case: Case) -> Finding:
    mark = _MARKS.search(case.new)
    if mark and not _MARKS.search(case.old):
        return Finding(1, True, f"a chat template's mark in the text: {quoted(mark[0])}")
    label = _label(case)
    if label:
        return Finding(1, True, f"writes turns for others: {quoted(label)}")
    if _AS_USER.search(case.new) and not _AS_USER.search(case.old):
        return Finding(1, True, "thanks for an answer, as the user would")
    for turn in (*case.before[-1:], *case.later):
        if turn.role == "user" and _echoes(case.new, turn.content):
            if _echoes(case.old, turn.content):
                continue
            return Finding(1, True, f"says what the user said: {quoted(turn.content)}")
    return Finding(0)


def _label(case: Case) -> str:
    """A speaker's name at the beginning of a line, unless the chat is one that has them."""
    match = _LABEL.search(case.new)
    known = match is not None and any(_LABEL.search(text) for text in (case.old, case.question))
    return match[0].strip() if match and not known else ""


def _echoes(answer: str, said: str) -> bool:
    if len(words(said)) < ECHO_WORDS or len(answer) > 1.3 * len(said) + 20:
        return False
    from rapidfuzz import fuzz

    return fuzz.ratio(normalise(answer), normalise(said)) / 100 >= ECHO


GATE = Gate(
    name="role-confusion",
    about="whether the rewrite speaks as the user, writes further turns, or holds template marks",
    unit="0 or 1",
    when="it does, and the old answer did not",
    measure=one_by_one(_look),
)
