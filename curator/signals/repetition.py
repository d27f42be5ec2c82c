"""repetition: the rewrite goes round in circles."""

from collections import Counter

from curator.signals.base import Case, Finding, Gate, one_by_one, quoted
from curator.text import prose, repeated_share, sentences, words

#: A run of so many words that comes again is no turn of phrase.
RUN = 6
LIMIT, WORSE = 0.25, 0.1
#: Shorter answers have nothing to repeat.
LEAST = 20


def share(text: str) -> float:
    """How much of a text repeats what it said before, 0 to 1: by runs of words or by sentences,
    whichever is more. Code is left out: it may repeat."""
    plain = prose(text)
    found = words(plain.casefold())
    if len(found) < LEAST:
        return 0.0
    runs = [" ".join(found[i : i + RUN]) for i in range(len(found) - RUN + 1)]
    said = [s.casefold() for s in sentences(plain) if len(words(s)) > 2]
    return max(1 - len(set(runs)) / len(runs), repeated_share(said))


def _look(case: Case) -> Finding:
    new = share(case.new)
    if new <= LIMIT:
        return Finding(new)
    old = share(case.old)
    if new < old + WORSE:
        return Finding(new, False, f"the old answer repeats itself as much ({old:.0%})")
    return Finding(new, True, f"{new:.0%} of it repeats itself, such as {quoted(_most(case.new))}")


def _most(text: str) -> str:
    said = Counter(sentences(prose(text))).most_common(1)
    if said and said[0][1] > 1:
        return said[0][0]
    found = words(prose(text))
    runs = Counter(" ".join(found[i : i + RUN]) for i in range(len(found) - RUN + 1))
    return runs.most_common(1)[0][0]


GATE = Gate(
    name="repetition",
    about="how much of the rewrite repeats itself, by runs of six words and by sentences",
    unit="share, 0 to 1",
    when=f"above {LIMIT:.2f}, and {WORSE:.1f} above the old answer",
    measure=one_by_one(_look),
)
