"""What a signal is: a name, a sentence, and a pure function over a batch of rewrites."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from curator.conversation import Turn


class Case(NamedTuple):
    """One rewrite as a signal sees it: the turns before the answer, the answer that was given,
    the one proposed, and the turns that came after."""

    before: tuple[Turn, ...]
    old: str
    new: str
    later: tuple[Turn, ...] = ()

    @property
    def question(self) -> str:
        """The user turn that was answered, or an empty string."""
        return next((t.content for t in reversed(self.before) if t.role == "user"), "")


class Finding(NamedTuple):
    """What one signal measured on one case: a value in the signal's unit, whether a person
    should look, and why, in words (empty where there is nothing to say)."""

    value: float
    flagged: bool = False
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A quality signal. `about` says what is measured, `unit` in what, `when` from where on it
    flags. A higher `version` makes every rewrite due again."""

    name: str
    about: str
    unit: str
    when: str
    measure: Callable[[Sequence[Case]], list[Finding]]
    version: int = 1


def one_by_one(look: Callable[[Case], Finding]) -> Callable[[Sequence[Case]], list[Finding]]:
    """A measure of a batch out of one of a single case."""

    def measure(cases: Sequence[Case]) -> list[Finding]:
        return [look(case) for case in cases]

    return measure


def quoted(words: str, width: int = 40) -> str:
    """A few words of a text, on one line, in quotation marks, for a note."""
    line = " ".join(words.split())
    return f"“{line if len(line) <= width else line[: width - 1] + '…'}”"
