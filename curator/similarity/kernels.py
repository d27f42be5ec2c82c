"""The sketching of texts in machine code: one pass over UTF-8 bytes, no string is made.

Compiled by numba on first use and kept beside the module (or in the user's cache where that
cannot be written). All functions release the interpreter lock, so that threads share the work, and
treat each text by itself: the result is the same whoever computes it.
"""
# mypy: disable-error-code="untyped-decorator,no-untyped-def,no-untyped-call,no-any-return"

import numpy as np
from numba import njit, uint32, uint64

from curator.similarity import hashing
from curator.similarity.finding import UNFOLDABLE, decode, find_words, mix

BASE = np.uint64(hashing.BASE)
BASE_0, BASE_1 = (np.uint64(base) for base in hashing.BASES)
FULL_32 = np.uint32(0xFFFFFFFF)


@njit(nogil=True, cache=True)
def runs(words, count, size, out):
    """The hash of each run of `size` words into `out`; how many."""
    if size > count:
        size = count
    total = count - size + 1
    if size == 5:
        square = uint64(BASE * BASE)
        cube, fourth = uint64(square * BASE), uint64(square * square)
        for i in range(total):
            out[i] = mix(
                uint64(words[i] * fourth)
                + uint64(words[i + 1] * cube)
                + uint64(words[i + 2] * square)
                + uint64(words[i + 3] * BASE)
                + words[i + 4]
            )
        return total
    for i in range(total):
        h = uint64(0)
        for j in range(size):
            h = uint64(h * BASE + words[i + j])
        out[i] = mix(h)
    return total


@njit(inline="always")
def holds(table, h):
    """Whether an open-addressed table (a power of two long, 0 is free) holds `h`."""
    mask = uint64(len(table) - 1)
    place = uint64(h & mask)
    while table[place] != uint64(0):
        if table[place] == h:
            return True
        place = uint64((place + uint64(1)) & mask)
    return False


@njit(nogil=True, cache=True)
def without(table, hashes, count):
    """`hashes` without those the table holds, in place; how many are left."""
    if len(table) < 2:
        return count
    left = 0
    for i in range(count):
        if not holds(table, hashes[i]):
            hashes[left] = hashes[i]
            left += 1
    return left


@njit(nogil=True, cache=True)
def permute(hashes, count, factors, addends, upper, row):
    """row[p] = min of factors[p] * fmix32(h) + addends[p] over the upper halves of `hashes`; four
    permutations a pass, the hashes in the vector lanes."""
    for i in range(count):
        h = uint32(hashes[i] >> uint64(32))
        h = uint32(uint32(h ^ (h >> uint32(16))) * uint32(0x85EBCA6B))
        h = uint32(uint32(h ^ (h >> uint32(13))) * uint32(0xC2B2AE35))
        upper[i] = uint32(h ^ (h >> uint32(16)))
    for p in range(0, len(row), 4):
        f0, f1, f2, f3 = factors[p], factors[p + 1], factors[p + 2], factors[p + 3]
        a0, a1, a2, a3 = addends[p], addends[p + 1], addends[p + 2], addends[p + 3]
        m0 = m1 = m2 = m3 = FULL_32
        for i in range(count):
            h = upper[i]
            m0 = min(m0, uint32(uint32(f0 * h) + a0))
            m1 = min(m1, uint32(uint32(f1 * h) + a1))
            m2 = min(m2, uint32(uint32(f2 * h) + a2))
            m3 = min(m3, uint32(uint32(f3 * h) + a3))
        row[p], row[p + 1], row[p + 2], row[p + 3] = m0, m1, m2, m3


@njit(inline="always")
def own_size(count):
    """`curator.text.shingle_size`."""
    if count >= 60:
        return 5
    if count >= 12:
        return 3
    return 2 if count >= 2 else 1


@njit(nogil=True, cache=True)
def longest(starts, ends, first, last):
    """The bytes of the longest text in first..last."""
    most = 0
    for i in range(first, last):
        most = max(most, ends[i] - starts[i])
    return most


@njit(nogil=True, cache=True)
def sketch(span, text, tables, table, sizes, permutations, out):
    """Sketch the texts first..last: their word counts, identities, numbers, shingles left, rows.

    `sizes` gives each text's shingle size, 0 for that of its length, -1 for no row at all.
    """
    first, last = span
    buffer, starts, ends = text
    fold, kind = tables
    factors, addends = permutations
    counts, names, numbers, lefts, rows = out
    room = longest(starts, ends, first, last) + 1
    codes, upper = np.empty(room, np.uint32), np.empty(room, np.uint32)
    words, hashes = np.empty(room, np.uint64), np.empty(room, np.uint64)
    is_number = np.empty(room, np.bool_)
    for i in range(first, last):
        n = decode(buffer, starts[i], ends[i], fold, codes)
        if n == UNFOLDABLE:
            counts[i] = UNFOLDABLE
            continue
        count = find_words(codes, n, kind, words, is_number)
        counts[i] = count
        if count == 0:
            continue
        identify(words, count, is_number, names, numbers, i)
        if sizes[i] < 0:
            continue
        size = own_size(count) if sizes[i] == 0 else sizes[i]
        left = without(table, hashes, runs(words, count, size, hashes))
        lefts[i] = left
        permute(hashes, left, factors, addends, upper, rows[i])


@njit(inline="always")
def identify(words, count, is_number, names, numbers, i):
    """Two 64-bit names of the words in their order, and one of the set of numbers."""
    one = other = uint64(0)
    for j in range(count):
        one = uint64(one * BASE_0 + words[j])
        other = uint64(other * BASE_1 + words[j])
    names[i, 0], names[i, 1] = mix(one), mix(other)
    total = uint64(0)
    if count <= 64:
        for j in range(count):
            if is_number[j]:
                seen = False
                for k in range(j):
                    if is_number[k] and words[k] == words[j]:
                        seen = True
                        break
                if not seen:
                    total = uint64(total + mix(words[j]))
    numbers[i] = total


@njit(nogil=True, cache=True)
def shingles(span, text, tables, table, sizes, out):
    """The shingle hashes of the texts first..last, each from `offsets[i]` in `flat`; how many into
    `lengths` (`UNFOLDABLE` where Python must fold)."""
    first, last = span
    buffer, starts, ends = text
    fold, kind = tables
    flat, offsets, lengths = out
    room = longest(starts, ends, first, last) + 1
    codes = np.empty(room, np.uint32)
    words, hashes = np.empty(room, np.uint64), np.empty(room, np.uint64)
    is_number = np.empty(room, np.bool_)
    for i in range(first, last):
        n = decode(buffer, starts[i], ends[i], fold, codes)
        if n == UNFOLDABLE:
            lengths[i] = UNFOLDABLE
            continue
        count = find_words(codes, n, kind, words, is_number)
        lengths[i] = 0
        if count == 0:
            continue
        size = own_size(count) if sizes[i] == 0 else sizes[i]
        left = without(table, hashes, runs(words, count, size, hashes))
        place = offsets[i]
        for j in range(left):
            flat[place + j] = hashes[j]
        lengths[i] = left


@njit(nogil=True, cache=True)
def likeness(span, pairs, flat, offsets, lengths, out):
    """The exact Jaccard of the pairs first..last of sorted lists; repeated values count once."""
    for x in range(span[0], span[1]):
        i, j = pairs[x, 0], pairs[x, 1]
        a, a_end = offsets[i], offsets[i] + lengths[i]
        b, b_end = offsets[j], offsets[j] + lengths[j]
        both = union = 0
        while a < a_end or b < b_end:
            value = flat[a] if b >= b_end or (a < a_end and flat[a] < flat[b]) else flat[b]
            in_a = in_b = False
            while a < a_end and flat[a] == value:
                in_a = True
                a += 1
            while b < b_end and flat[b] == value:
                in_b = True
                b += 1
            both += in_a and in_b
            union += 1
        out[x] = both / union if union else 0.0
