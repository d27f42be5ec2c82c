"""The lines of a map's legend: what the colours mean and how many points in sight have each."""

from dataclasses import dataclass
from typing import Any

from curator.stages.painting import Paint

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Kind:
    """A line of the legend: the kind's code and letter, its name, how many points in sight."""

    code: int
    letter: str
    name: str
    count: int


def kinds(paint: Paint, rows: Any) -> list[Kind]:
    """The kinds among the points of these rows, the most frequent first."""
    import numpy as np

    counts = np.bincount(paint.codes[rows], minlength=len(paint.names))
    order = np.argsort(-counts, kind="stable")
    return [
        Kind(code, LETTERS[code % len(LETTERS)], paint.names[code], int(counts[code]))
        for code in order.tolist()
        if counts[code]
    ]
