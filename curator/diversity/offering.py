"""Cosines offered to the lists of the nearest, in machine code.

Compiled by numba on first use and kept beside the module (or in the user's cache where that cannot
be written). It releases the interpreter lock, so that threads share the work.
"""
# mypy: disable-error-code="untyped-decorator,no-untyped-def,no-untyped-call,no-any-return"

import numpy as np
from numba import njit

#: So many cosines are held against both lists at once; mostly none is wanted. Without a sign, as
#: the places are: what might be negative is not looked up eight at a time.
STRIDE = np.uint64(64)


@njit(inline="always")
def enter(cosines, rows, last, own, cosine, other):
    """Put `other` into the list of `own` (nearest first, then the smaller row) where it is nearer
    than the last there, which goes."""
    end = cosines.shape[1] - 1
    if cosine == cosines[own, end] and other > rows[own, end]:
        return
    at = end
    while at > 0 and (
        cosines[own, at - 1] < cosine
        or (cosines[own, at - 1] == cosine and rows[own, at - 1] > other)
    ):
        cosines[own, at] = cosines[own, at - 1]
        rows[own, at] = rows[own, at - 1]
        at -= 1
    cosines[own, at] = cosine
    rows[own, at] = other
    last[own] = cosines[own, end]


@njit(nogil=True, cache=True)
def offer(block, first, other, cosines, rows, last):
    """Offer each cosine of a block (rows from `first` on, columns from `other` on) to the lists of
    both its ends. `last` is the smallest cosine of each list. Where the block lies on the diagonal
    (`first` is `other`) the half above it is offered."""
    high, wide = block.shape
    theirs = last[other : other + wide]
    for i in range(high):
        own, line = first + i, block[i]
        begin = i + 1 if first == other else 0
        smallest = last[own]
        for j in range(np.uint64(begin), np.uint64(wide), STRIDE):
            end = min(j + STRIDE, np.uint64(wide))
            wanted = 1
            if end - j == STRIDE:
                wanted = 0
                for t in range(STRIDE):
                    cosine, least = line[j + t], theirs[j + t]
                    wanted |= cosine >= (smallest if smallest < least else least)
            if wanted:
                for t in range(j, end):
                    cosine = line[t]
                    if cosine >= smallest:
                        enter(cosines, rows, last, own, cosine, other + np.int64(t))
                        smallest = last[own]
                    if cosine >= theirs[t]:
                        enter(cosines, rows, last, other + np.int64(t), cosine, own)


@njit(nogil=True, cache=True)
def merge(cosines, rows, last, other_cosines, other_rows):
    """Offer other lists of the same ends to these."""
    for own in range(len(last)):
        for at in range(other_cosines.shape[1]):
            if other_cosines[own, at] < last[own]:
                break
            enter(cosines, rows, last, own, other_cosines[own, at], other_rows[own, at])
