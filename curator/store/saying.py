"""How the acts of a history read to people."""

from collections.abc import Sequence
from typing import Any

from curator.store.runs import numbers_of
from curator.wording import counted

WORDS = {"accept": "accepted", "reject": "rejected", "edit": "edited", "skip": "skipped",
         "flag": "flagged", "unflag": "unflagged", "mark": "marked", "undo": "taken back",
         "redo": "restored"}  # fmt: skip
#: What a run reached, where the word for it alone would not say it.
REACHED = {
    "hid": "conversations taken out of sight", "showed": "conversations brought back in sight",
    "runs": "runs taken back", "decided": "rewrites of them decided on since",
}  # fmt: skip
#: So many characters of a chat say which one it is.
BEGINS = 60


def of_chat(turn: int, begins: str) -> str:
    """Which turn of which chat, behind a sentence; "" where its first words are not known."""
    return f" · turn {turn + 1} of “{begins[:BEGINS]}{'…' * (len(begins) > BEGINS)}”" * bool(begins)


def told(
    state: str, report: dict[str, Any], failed: int, targets: Sequence[int] = ()
) -> tuple[int, str]:
    """How many items a run did, by its first number, and its first numbers in words; which runs
    it took back."""
    numbers = numbers_of(report)
    said = [counted(value, name) for name, value in numbers if value][:3]
    if targets:
        said.insert(0, f"took back {', '.join(f'r{run}' for run in targets)}")
    if failed:
        said.append(f"{failed:,} failed")
    if state != "finished":
        said.insert(0, state)
    return (numbers[0][1] if numbers else 0), ", ".join(said)


def counted_words(verdicts: dict[str, int]) -> str:
    """How many of each verdict: `2 rejected, 1 skipped`."""
    return ", ".join(f"{count:,} {WORDS.get(word, word)}" for word, count in verdicts.items())
