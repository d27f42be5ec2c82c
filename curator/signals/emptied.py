"""emptied: the rewrite has no answer in it."""

import re

from curator.signals.base import Case, Finding, Gate, one_by_one, quoted
from curator.text import blank, words

#: Characters of a placeholder, at most.
LONGEST = 200
#: Words that stand where an answer should: a template's hole, a shrug, a pointer to elsewhere.
_PLACEHOLDER = re.compile(
    r"\W*(?:(?:(?:your|the|an?|new|improved|better|revised|final|rewritten|insert)\s{1,3}){0,8}"
    r"(?:answer|response|text|content|reply)(?: (?:goes )?here)?"
    r"|n/?a|none|null|nil|string|todo|tbd|empty|unchanged|no change[sd]?(?: needed)?"
    r"|same as (?:above|before|the (?:old|original) (?:answer|one))|see above"
    r"|(?:新的|改进后?的|修改后?的|更好的|您的|你的)?(?:回答|答案|回复|内容|文本)"
    r"|无|空|同上|见上|略|暂无|无需修改|不需要修改|没有变化|待补充|此处填写.{0,6})\W*",
    re.I,
)


def _look(case: Case) -> Finding:
    count = len(words(case.new))
    if blank(case.new):
        return Finding(0, True, "there is no text")
    short = len(case.new) <= LONGEST
    if short and not blank(case.old) and _PLACEHOLDER.fullmatch(case.new):
        if _PLACEHOLDER.fullmatch(case.old[: LONGEST + 1]):
            return Finding(count)
        return Finding(count, True, f"{quoted(case.new)} stands where an answer should")
    if not count and words(case.old):
        return Finding(0, True, "there is punctuation, and no word")
    return Finding(count)


GATE = Gate(
    name="emptied",
    about="how many words the rewrite has",
    unit="words (Chinese: characters)",
    when="it has none, or only a placeholder such as “N/A” or “same as above”",
    measure=one_by_one(_look),
)
