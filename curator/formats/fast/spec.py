"""What the compiled pass is told of a layout, and the signs between its values."""

from typing import NamedTuple

import numpy as np
from numba import njit

# ruff: noqa: SIM109, SIM110 (what is compiled knows no membership in tuples, and no generators)
# mypy: disable-error-code="no-untyped-def,untyped-decorator"

#: Bytes that have a meaning inside a string: quote, backslash, controls, and last bytes of marks.
QUOTE, BACKSLASH, CONTROL, MARK = 1, 2, 3, 4
#: Places in the table of English words.
SLOTS = 509


class Spec(NamedTuple):
    """A layout for the compiled pass. `words` holds all names, `ends` where each of them ends:
    the list's key, the id's, the prompt's, the speaker's, the text's, then the speakers (whose
    roles are `roles`), then the roles' openings in a digest text, then the marks."""

    words: np.ndarray
    ends: np.ndarray
    roles: np.ndarray
    objects: bool
    marks: int
    kinds: np.ndarray
    english: np.ndarray
    looked_at: int
    common: float
    fewest: int
    most_turns: int


@njit
def same(buf, begin, end, spec, which):
    """Whether the bytes from `begin` to `end` are word `which`."""
    start = spec.ends[which - 1] if which else 0
    if end - begin != spec.ends[which] - start:
        return False
    for i in range(end - begin):
        if buf[begin + i] != spec.words[start + i]:
            return False
    return True


@njit
def blank(buf, at):
    """The place of the next byte that is no blank (a line's end is none)."""
    while buf[at] == 32 or buf[at] == 9 or buf[at] == 13:
        at += 1
    return at


@njit
def name(buf, at, spec):
    """Past the closing quote of a string without escapes whose quote is at `at`; -1 for others."""
    if buf[at] != 34:
        return -1
    at += 1
    while True:
        kind = spec.kinds[buf[at]]
        if kind == QUOTE:
            return at + 1
        if kind == BACKSLASH or kind == CONTROL:
            return -1
        at += 1
