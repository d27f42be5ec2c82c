"""The words of a text in machine code: what `curator.text.words` finds, as hashes.

Compiled by numba on first use, for `kernels`.
"""
# mypy: disable-error-code="untyped-decorator,no-untyped-def,no-untyped-call,no-any-return"

import numpy as np
from numba import njit, uint32, uint64

from curator.similarity import alphabet, hashing

ASK = np.uint32(alphabet.ASK)
BLANK, DIGIT, LETTER = alphabet.BLANK, alphabet.DIGIT, alphabet.LETTER
CHARACTER, OPERATOR = alphabet.CHARACTER, alphabet.OPERATOR
START, STEP = np.uint64(hashing.START), np.uint64(hashing.STEP)
MIX_0, MIX_1 = (np.uint64(factor) for factor in hashing.FACTORS)
COMMA, DOT, PLUS, HASH, OPEN, CLOSE = (np.uint32(ord(sign)) for sign in ",.+#()")
APOSTROPHE, QUOTE = np.uint32(ord("'")), np.uint32(0x2019)
#: A text that Python must fold.
UNFOLDABLE = -1


@njit(inline="always")
def mix(h):
    h = uint64((h ^ (h >> uint64(33))) * MIX_0)
    h = uint64((h ^ (h >> uint64(33))) * MIX_1)
    return uint64(h ^ (h >> uint64(33)))


@njit(nogil=True, cache=True)
def decode(buffer, start, end, fold, codes):
    """The folded code points of one text into `codes`: how many, or `UNFOLDABLE`."""
    n = 0
    i = start
    while i < end:
        byte = uint32(buffer[i])
        if byte < 0x80:
            # Upper case lies 0x20 below lower case.
            codes[n] = byte + uint32(0x20) if 0x41 <= byte <= 0x5A else byte
            n += 1
            i += 1
            continue
        if byte < 0xE0:
            code = (byte & uint32(0x1F)) << uint32(6) | (uint32(buffer[i + 1]) & uint32(0x3F))
            i += 2
        elif byte < 0xF0:
            code = (
                (byte & uint32(0x0F)) << uint32(12)
                | (uint32(buffer[i + 1]) & uint32(0x3F)) << uint32(6)
                | (uint32(buffer[i + 2]) & uint32(0x3F))
            )
            i += 3
        else:
            code = (
                (byte & uint32(0x07)) << uint32(18)
                | (uint32(buffer[i + 1]) & uint32(0x3F)) << uint32(12)
                | (uint32(buffer[i + 2]) & uint32(0x3F)) << uint32(6)
                | (uint32(buffer[i + 3]) & uint32(0x3F))
            )
            i += 4
        code = fold[code]
        if code == ASK:
            return UNFOLDABLE
        codes[n] = code
        n += 1
    return n


@njit(nogil=True, cache=True)
def find_words(codes, n, kind, words, is_number):
    """The hash of each word of a text into `words`, whether it is a number into `is_number`; how
    many. What is a word is said by the pattern in `curator.text`."""
    count = 0
    i = 0
    while i < n:
        code = codes[i]
        what = kind[code]
        if what == LETTER:
            h = START
            while True:
                while i < n and kind[codes[i]] == LETTER:
                    h = uint64((h ^ uint64(codes[i])) * STEP)
                    i += 1
                quoted = i + 1 < n and (codes[i] == APOSTROPHE or codes[i] == QUOTE)
                if not (quoted and kind[codes[i + 1]] == LETTER):
                    break
                h = uint64((h ^ uint64(codes[i])) * STEP)
                i += 1
            if i + 1 < n and codes[i] == PLUS and codes[i + 1] == PLUS:
                h = uint64((h ^ uint64(PLUS)) * STEP)
                h = uint64((h ^ uint64(PLUS)) * STEP)
                i += 2
            elif i < n and codes[i] == HASH:
                h = uint64((h ^ uint64(HASH)) * STEP)
                i += 1
            words[count] = mix(h)
            is_number[count] = False
            count += 1
        elif what == CHARACTER:
            words[count] = mix(uint64((START ^ uint64(code)) * STEP))
            is_number[count] = False
            count += 1
            i += 1
        elif what == DIGIT:
            h = START
            while True:
                while i < n and kind[codes[i]] == DIGIT:
                    h = uint64((h ^ uint64(codes[i])) * STEP)
                    i += 1
                pointed = i + 1 < n and (codes[i] == DOT or codes[i] == COMMA)
                if not (pointed and kind[codes[i + 1]] == DIGIT):
                    break
                h = uint64((h ^ uint64(codes[i])) * STEP)
                i += 1
            words[count] = mix(h)
            is_number[count] = True
            count += 1
        else:
            if what == OPERATOR and i > 0 and operates(codes, i, n, kind):
                words[count] = mix(uint64((START ^ uint64(code)) * STEP))
                is_number[count] = False
                count += 1
            i += 1
    return count


@njit(inline="always")
def operates(codes, i, n, kind):
    """Whether the sign at `i` stands in a sum: after a number, blank or bracket, before a number
    or bracket."""
    before = kind[codes[i - 1]]
    if before != DIGIT and before != BLANK and codes[i - 1] != CLOSE:
        return False
    j = i + 1
    while j < n and kind[codes[j]] == BLANK:
        j += 1
    return j < n and (kind[codes[j]] == DIGIT or codes[j] == OPEN)
