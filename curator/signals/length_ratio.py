"""length-ratio: the rewrite is much shorter or much longer."""

from curator.signals.base import Case, Finding, Gate, one_by_one
from curator.text import tokens

SHORT, LONG = 0.5, 2.0
#: A difference of a sentence is none: "Yes." may well become "Yes, it does."
SLACK = 20


def _look(case: Case) -> Finding:
    old, new = tokens(case.old), tokens(case.new)
    ratio = new / max(1, old)
    if abs(new - old) < SLACK or SHORT <= ratio <= LONG:
        return Finding(ratio)
    word = "longer than" if ratio > 1 else "as long as"
    return Finding(ratio, True, f"{ratio:.1f} times {word} the old answer ({old} → {new} tokens)")


GATE = Gate(
    name="length-ratio",
    about="the length of the rewrite over that of the old answer, in estimated tokens",
    unit="ratio",
    when=f"below {SHORT} or above {LONG:.0f}, and {SLACK} tokens or more apart",
    measure=one_by_one(_look),
)
