"""code-block: code that the old answer showed is gone, or is cut off."""

import re

from curator.signals.base import Case, Finding, Gate, one_by_one

_FENCE = re.compile(r"^[ \t>]*(?:```|~~~)", re.M)
#: Lines that read as code where somebody forgot the fence.
_CODE_LINE = re.compile(
    r"^\s*(?:def \w+\(|class \w+[(:]|import \w+|from [\w.]+ import |#include|public |private "
    r"|function \w*\(|(?:const|let|var) \w+\s*=|for\s*\(|while\s*\(|if\s*\(.*\)\s*\{|return\b.*;?$"
    r"|SELECT\b.+|</?\w+[^>]*>\s*$|[\w.\[\]]+\s*=\s*[^=].*;?$|\}\s*;?$)",
    re.M,
)
#: So many such lines are code even without a fence.
ENOUGH = 3


def blocks(text: str) -> tuple[int, bool]:
    """How many fenced blocks a text opens, and whether the last one is left open."""
    fences = len(_FENCE.findall(text))
    return (fences + 1) // 2, fences % 2 == 1


def _look(case: Case) -> Finding:
    (was, was_open), (now, now_open) = blocks(case.old), blocks(case.new)
    lost = max(0, was - now)
    if was and not now:
        if len(_CODE_LINE.findall(case.new)) >= ENOUGH:
            return Finding(lost, True, "the code lost its fences")
        return Finding(lost, True, f"{_blocks(was)} of the old answer gone")
    if now_open and not was_open:
        return Finding(lost, True, "a code block is not closed; the answer may be cut off")
    return Finding(lost)


def _blocks(count: int) -> str:
    return "the code block" if count == 1 else f"all {count} code blocks"


GATE = Gate(
    name="code-block",
    about="fenced code blocks of the old answer that the rewrite does not have",
    unit="blocks",
    when="all of them are gone, or the rewrite leaves one open",
    measure=one_by_one(_look),
)
