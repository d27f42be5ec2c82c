"""Quality signals on rewrites, each in its own file, with the reason in words.

To add one: a file with a `GATE`, and its entry here. A flag never removes anything; it tells the
reviewer where to look, and puts the rewrite last in line.
"""

from curator.signals import (
    code_block,
    emptied,
    facts,
    injection,
    language_change,
    leaked,
    length_ratio,
    meta_talk,
    refusal,
    repetition,
    role_confusion,
    unchanged,
)
from curator.signals.base import Case, Finding, Gate

#: In the order a reviewer should read them: the gravest first.
GATES: tuple[Gate, ...] = (
    leaked.GATE,
    injection.GATE,
    emptied.GATE,
    refusal.GATE,
    role_confusion.GATE,
    meta_talk.GATE,
    language_change.GATE,
    repetition.GATE,
    code_block.GATE,
    facts.GATE,
    length_ratio.GATE,
    unchanged.GATE,
)

__all__ = ["GATES", "Case", "Finding", "Gate"]
