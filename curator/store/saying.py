"""How the acts of a history read to people."""

from collections.abc import Sequence
from typing import Any

import msgspec

from curator.conversation import Decision
from curator.store.runs import numbers_of
from curator.verdicts import Head, fold
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


def marks_of(extra: str | None) -> str:
    """What a mark says, from what was written beside it: `score 4`, `tags math, long`."""
    marks: dict[str, Any] = msgspec.json.decode(extra) if extra else {}
    said = []
    for name in ("score", "tags", "note"):
        if name in marks:
            value = marks[name]
            words = ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")
            said.append(f"{name} {words}" if words else f"no {name}")
    return ", ".join(said)


def deed(said: Decision, history: Sequence[Decision]) -> list[str]:
    """What one decision changed: who of what in a sentence, then the texts of an edit, before and
    after it; from all that was said of its rewrite, in order."""
    number = said.seq or 0
    before = fold([one for one in history if (one.seq or 0) < number])
    after = fold([one for one in history if (one.seq or 0) <= number])
    what = f"d{number}: {WORDS.get(said.verdict, said.verdict)}"
    where = f"turn {said.turn_index + 1} of {said.conversation_id[:12]}"
    target = [f"d{said.undoes}"] if said.undoes else []
    parts = [", ".join([what, where, *target]), *_moved(before, after)]
    lines = [" · ".join([*parts, said.reason] if said.reason else parts)]
    texts = [head.content if head is not None else None for head in (before, after)]
    if texts[0] != texts[1]:
        lines += [f"{sign} {text}" for sign, text in zip("−+", texts, strict=True) if text]
    return lines


def _moved(before: Head | None, after: Head | None) -> list[str]:
    """What is otherwise than before: `pending → edited`, `score none → 4`."""
    was, now = _state(before), _state(after)
    return [
        f"{name} {was.get(name, 'none')} → {now.get(name, 'none')}".strip()
        for name in {**was, **now}
        if was.get(name) != now.get(name)
    ]


def _state(head: Head | None) -> dict[str, str]:
    """A verdict (under no name), a flag and the marks, in words."""
    if head is None:
        return {"": "pending", "flag": "no"}
    marks = {
        name: " ".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in head.marks.items()
        if value not in ("", [])
    }
    verdict = WORDS[head.verdict] if head.verdict else "pending"
    return {"": verdict, "flag": "yes" if head.flagged else "no", **marks}
