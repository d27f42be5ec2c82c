"""unchanged: the rewrite says what the old answer said."""

from curator.signals.base import Case, Finding, Gate, one_by_one
from curator.text import normalise

#: Longer texts are compared by their beginnings.
LONGEST = 20_000


def _look(case: Case) -> Finding:
    from rapidfuzz import fuzz

    old, new = normalise(case.old[:LONGEST]), normalise(case.new[:LONGEST])
    if old == new:
        return Finding(1.0, True, "differs in nothing but case, spacing or punctuation")
    return Finding(min(fuzz.ratio(old, new) / 100, 0.999))


GATE = Gate(
    name="unchanged",
    about="how much of the old answer is still there, letter by letter",
    unit="share, 0 to 1",
    when="nothing but case, spacing and punctuation differs",
    measure=one_by_one(_look),
)
