"""leak: the rewrite knows what only later turns said."""

from curator.leak import find, leaks
from curator.signals.base import Case, Finding, Gate, one_by_one, quoted

SHOWN = 2


def _look(case: Case) -> Finding:
    spans = find(case.old, case.new, [turn.content for turn in case.before], case.later)
    score = leaks(spans)
    if not spans:
        return Finding(score)
    worst = sorted(spans, key=lambda span: (-span.score, span.start))[:SHOWN]
    told = "; ".join(f"{quoted(span.words)} {_from(span.turn)}{span.why}" for span in worst)
    more = f"; and {len(spans) - SHOWN} more" if len(spans) > SHOWN else ""
    return Finding(score, True, told + more)


def _from(turn: int | None) -> str:
    return "" if turn is None else f"(later turn {turn + 1}) "


GATE = Gate(
    name="leak",
    about="whether the rewrite uses what only later turns revealed, or speaks of what comes later",
    unit="certainty, 0 to 1",
    when="a place of the rewrite is more likely a leak than not",
    measure=one_by_one(_look),
    version=3,
)
