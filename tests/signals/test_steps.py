"""No pattern of a signal goes back on its steps without end, whatever the text."""

import importlib
import pkgutil
import re
import sys

import pytest

import curator.signals
from curator.signals.pii import KINDS
from curator.signals.turns.base import Phrase
from tests.signals.steps import TooMany, steps
from tests.signals.turns.test_any_text import HOSTILE

#: Signs of a hostile text, and the steps that a pattern may take through it: some forty a sign is
#: usual, two ways of reading every sign would take 2 ** 40.
SIGNS, MOST = 40, 150_000


def patterns() -> dict[str, re.Pattern[str]]:
    """Every pattern over text that a room of signals keeps, by room and name."""
    found: dict[str, re.Pattern[str]] = {
        f"pii {name}": kind.pattern for name, kind in KINDS.items()
    }
    for room in pkgutil.walk_packages(curator.signals.__path__, "curator.signals."):
        for name, value in vars(importlib.import_module(room.name)).items():
            for place, one in enumerate(value if isinstance(value, tuple) else (value,)):
                kept = one.pattern if isinstance(one, Phrase) else one
                if isinstance(kept, re.Pattern) and isinstance(kept.pattern, str):
                    found[f"{room.name} {name} {place}"] = kept
    return found


def test_the_count_tells_a_pattern_that_runs_away_from_one_that_does_not() -> None:
    assert steps(re.compile("a+b"), "a" * SIGNS, MOST) < MOST
    with pytest.raises(TooMany):
        steps(re.compile("(?:a+)+b"), "a" * SIGNS, MOST)


@pytest.mark.parametrize("text", ["one two", "a.b\nc", "12 中文", "A_b's"])
def test_the_count_finds_what_the_engine_finds(text: str) -> None:
    for source in (r"\bt\w+", r"(?<=a)\.", r"^c", r"[^\W\d_]{2,}", r"(\w)\1|\d+?", r"(?!o)n"):
        pattern = re.compile(source, re.M)
        walked = _first(pattern, text)
        found = pattern.search(text)
        assert walked == (found.span() if found else None), source


def _first(pattern: re.Pattern[str], text: str) -> tuple[int, int] | None:
    from tests.signals.steps import _Walk

    walk = _Walk(pattern, text, MOST)
    for start in range(len(text) + 1):
        for end in walk.run(list(walk.tree), 0, start):
            return start, end
    return None


@pytest.mark.slow
def test_no_pattern_takes_more_steps_than_it_may_through_any_hostile_text() -> None:
    sys.setrecursionlimit(20_000)
    every = patterns()
    assert len(every) > 150
    astray = []
    for name, pattern in every.items():
        for bit in HOSTILE:
            try:
                steps(pattern, (bit * SIGNS)[:SIGNS], MOST)
            except TooMany:
                astray.append((name, bit))
    assert astray == []
