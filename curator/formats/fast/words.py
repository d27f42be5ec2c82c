"""Words of a text, counted without making them, compiled."""

import numpy as np

from curator.formats.fast.bare import bare
from curator.formats.fast.spec import SLOTS

# mypy: disable-error-code="no-untyped-def,untyped-decorator"

LONGEST_WORD = 7


@bare
def says(text, begin, end):
    """Whether a text surely is not blank (false also where only a table of Unicode could tell)."""
    for i in range(begin, end):
        c = text[i]
        if 32 < c < 127 or 0xC3 <= c <= 0xDF or c >= 0xE4:
            return True
    return False


@bare
def _space(text, at, end):
    """How many bytes long the blank at `at` is, as `str.split` knows blanks; 0 for none."""
    c = text[at]
    if c == 32 or 9 <= c <= 13 or 28 <= c <= 31:
        return 1
    if c < 0xC2 or at + 1 >= end:
        return 0
    second = text[at + 1]
    if c == 0xC2:
        return 2 if second == 0x85 or second == 0xA0 else 0
    if c > 0xE3 or at + 2 >= end:
        return 0
    third = text[at + 2]
    if c == 0xE1 and second == 0x9A and third == 0x80:
        return 3
    if c == 0xE2 and second == 0x80:
        wide = 0x80 <= third <= 0x8A or third == 0xA8 or third == 0xA9 or third == 0xAF
        return 3 if wide else 0
    if c == 0xE2 and second == 0x81:
        return 3 if third == 0x9F else 0
    return 3 if c == 0xE3 and second == 0x80 and third == 0x80 else 0


@bare
def _known(word, english):
    slot = word % SLOTS
    while english[slot]:
        if english[slot] == word:
            return 1
        slot = (slot + 1) % SLOTS
    return 0


@bare
def count(text, begin, end, spec):
    """(words, those that only English has) in the first characters of a text."""
    words, hits, seen = 0, 0, 0
    word, size = np.int64(0), 0
    at = begin
    while at < end and seen < spec.looked_at:
        gap = _space(text, at, end)
        if gap:
            if size:
                words += 1
                hits += _known(word, spec.english) if size <= LONGEST_WORD else 0
            word, size = np.int64(0), 0
            at += gap
            seen += 1
            continue
        c = np.int64(text[at])
        if 65 <= c <= 90:
            c += 32
        size += 1
        if size <= LONGEST_WORD:
            word = word << 8 | c
        at += 1
        while at < end and text[at] & 0xC0 == 0x80:
            size += LONGEST_WORD
            at += 1
        seen += 1
    if size:
        words += 1
        hits += _known(word, spec.english) if size <= LONGEST_WORD else 0
    return words, hits
