"""What each code point is to a word finder: its folded form and its kind, as tables.

The tables say for one code point at a time what `curator.text.normalise` says for a text: NFKC,
then case folding, then words. Where NFKC looks at neighbours (marks that combine, jamo) or makes
several signs of one, the table says `ASK`, and the text is folded by Python as a whole.
"""

import re
import sys
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from curator.text import CJK

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: In the fold table: this text is Python's to fold.
ASK = 0xFFFFFFFF
OTHER, BLANK, DIGIT, LETTER, CHARACTER, OPERATOR = range(6)
#: As in the word pattern of `curator.text`.
OPERATORS = "-+*/×÷=<>^%"
_KINDS = ((r"\s+", BLANK), (r"[^\W_]+", LETTER), (r"\d+", DIGIT), (rf"[{CJK}]+", CHARACTER))
_SIGNS = sys.maxunicode + 1
#: "…" is three dots to NFKC; dots and it alike are no part of any word.
_DOTS = 0x2026


@cache
def kinds() -> "NDArray[np.uint8]":
    """The kind of each code point."""
    import numpy as np

    # One sign of each, in order: a match's place is its code point.
    every = np.arange(_SIGNS, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")
    found = np.zeros(_SIGNS, np.uint8)
    for pattern, kind in _KINDS:
        for match in re.finditer(pattern, every):
            found[match.start() : match.end()] = kind
    for sign in OPERATORS:
        found[ord(sign)] = OPERATOR
    return found


@cache
def folds() -> "NDArray[np.uint32]":
    """Each code point under NFKC and case folding, or `ASK`."""
    import numpy as np

    found = np.arange(_SIGNS, dtype=np.uint32)
    seconds = _seconds()
    for code in range(0x41, _SIGNS):
        sign = chr(code)
        if 0x4E00 <= code <= 0x9FFF or 0xAC00 <= code <= 0xD7A3:
            continue
        plain = unicodedata.normalize("NFKC", sign)
        folded = plain.casefold()
        if folded == sign and not unicodedata.combining(sign) and code not in seconds:
            continue
        alone = len(plain) == len(folded) == 1
        if alone and not unicodedata.combining(plain) and ord(plain) not in seconds:
            found[code] = ord(folded)
        else:
            found[code] = ASK
    found[_DOTS] = _DOTS
    return found


@cache
def unfolded() -> "NDArray[np.uint32]":
    """The fold table of a text that Python has folded already: each sign is itself."""
    import numpy as np

    return np.arange(_SIGNS, dtype=np.uint32)


def _seconds() -> set[int]:
    """Code points that may melt into the one before them."""
    found = {*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)}
    for code in range(0xA0, _SIGNS):
        parts = unicodedata.decomposition(chr(code))
        if parts and not parts.startswith("<") and " " in parts:
            found.add(int(parts.split(" ")[1], 16))
    return found
