"""language-change: the rewrite is in another language than the old answer."""

from curator.signals.base import Case, Finding, Gate, one_by_one
from curator.text import cjk_share, language, prose

#: A Chinese answer that lost so much of its Chinese is half translated.
DRIFT = 0.4


def _look(case: Case) -> Finding:
    old, new = language(case.old), language(case.new)
    if old and new and old != new:
        asked = language(case.question)
        if asked == new:
            return Finding(1, False, f"from {old} to {new}, the language of the question")
        return Finding(1, True, f"the old answer is in {old}, the new one in {new}")
    was, now = cjk_share(prose(case.old)), cjk_share(prose(case.new))
    if old == new == "zh" and was - now > DRIFT:
        return Finding(1, True, f"Chinese fell from {was:.0%} of the letters to {now:.0%}")
    return Finding(0)


GATE = Gate(
    name="language-change",
    about="whether the language of the answer changed; code, links and very short texts left out",
    unit="0 or 1",
    when="both languages can be told and differ, and the new one is not that of the question",
    measure=one_by_one(_look),
)
