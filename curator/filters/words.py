"""What a word is to a search: a run of letters and digits, and each CJK character by itself.

Words follow each other when only blanks and punctuation, or nothing, lies between. The index and
the search without one go by this same rule.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from curator.filters.nodes import All, Any, Node, Not, Words
from curator.text import CJK

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TOKEN = re.compile(rf"[{CJK}]|[^\W{CJK}]+")
_IS_CJK = re.compile(f"[{CJK}]")
#: The class of CJK signs as RE2 and Rust write it: \u3040 is \x{3040}.
CJK_CLASS = re.sub(r"\\[uU]0*([0-9a-f]+)", r"\\x{\1}", CJK)
_LETTER = r"\p{L}\p{N}_"
#: What a character is to `spread`: in no word, in one, or one by itself.
_APART, _INSIDE, _ALONE = range(3)
#: Letters that differ from others in nothing but the case, which `lower` keeps apart: the micro
#: sign and mu, the sigma at the end of a word, the long s. To a pattern they are one letter, too.
_ODD = "µſςϐϑϕϖϰϱϵᲀᲁᲂᲃᲄᲅᲆᲇᲈẛ\u1fbe", "μsσβθφπκρεвдосттъѣꙋṡι"
_FOLDED = str.maketrans(*_ODD)
#: What `lower` makes two signs of: a pattern has to have the one.
_DOTTED = "i\u0307", "İ"
#: The bytes of ASCII in lower case, with a blank for each that is in no word.
_ASCII = bytes(
    ord(chr(at).lower()) if at < 128 and (chr(at).isalnum() or chr(at) == "_") else 32
    for at in range(256)
)


def tokens(text: str) -> list[str]:
    """The words of a text as a search sees them, in lower case."""
    return [token.lower().translate(_FOLDED) for token in _TOKEN.findall(text)]


def spread(texts: Sequence[str]) -> list[str]:
    """The words of each text, as `tokens` has them, with blanks between."""
    wide = iter(_spread_wide([text for text in texts if not text.isascii()]))
    return [
        text.encode().translate(_ASCII).decode() if text.isascii() else next(wide) for text in texts
    ]


def _spread_wide(texts: list[str]) -> Iterator[str]:
    """`spread` of texts with other signs than ASCII: all in one go, sign by sign in a table."""
    import numpy as np

    if not texts:
        return
    kinds, folded = _kinds()
    signs = folded.take(
        np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    )
    kinds = kinds.take(signs)
    alone = kinds == _ALONE
    ends = np.cumsum(alone * 2 + 1)
    out = np.full(ends[-1], ord(" "), np.uint32)
    out[ends - alone - 1] = np.where(kinds == _APART, np.uint32(ord(" ")), signs)
    said = out.tobytes().decode("utf-32-le", "surrogatepass")
    start = 0
    for end in ends[np.cumsum([len(text) for text in texts]) - 1].tolist():
        yield said[start:end].lower()
        start = end


@lru_cache(1)
def _kinds() -> "tuple[NDArray[np.uint8], NDArray[np.uint32]]":
    """The kind of every character, and the one that it is an odd form of: asking a pattern costs
    five times as much."""
    import numpy as np

    every = "".join(map(chr, range(0x110000)))
    kinds = np.full(len(every), _APART, np.uint8)
    for kind, run in ((_INSIDE, r"\w+"), (_ALONE, f"[{CJK}]+")):
        for found in re.finditer(run, every):
            kinds[found.start() : found.end()] = kind
    folded = np.arange(len(every), dtype=np.uint32)
    # `lower` goes by what stands beside a capital sigma.
    for odd, plain in zip(_ODD[0] + "Σ", _ODD[1] + "σ", strict=True):
        folded[ord(odd)] = ord(plain)
    return kinds, folded


def pattern(words: Words) -> str:
    """The words as a regular expression for RE2, which knows no look-around. `words` must have a
    token."""
    found = tokens(words.text)
    parts = [_edge(found[0], f"^|[^{_LETTER}]|[{CJK_CLASS}]"), found[0]]
    for before, token in pairwise(found):
        least = "*" if _cjk(before) or _cjk(token) else "+"
        parts += [f"[^{_LETTER}]{least}", token]
    if not words.prefix:
        parts.append(_edge(found[-1], f"$|[^{_LETTER}]|[{CJK_CLASS}]"))
    return "(?i)" + "".join(parts).replace(*_DOTTED)


def _cjk(token: str) -> bool:
    return _IS_CJK.match(token) is not None


def _edge(token: str, signs: str) -> str:
    return "" if _cjk(token) else f"(?:{signs})"


def spans(terms: Sequence[Words], text: str) -> list[tuple[int, int]]:
    """Where a text says one of the terms: (start, end), in order, none inside another."""
    found = sorted(
        match.span(1) for words in terms for match in _lights(words).finditer(text) if match[1]
    )
    apart: list[tuple[int, int]] = []
    for start, end in found:
        if not apart or start >= apart[-1][1]:
            apart.append((start, end))
        elif end > apart[-1][1]:
            apart[-1] = (apart[-1][0], end)
    return apart


def wanted(node: Node) -> list[Words]:
    """The words of a filter that are to be lit on the screen: all that are not ruled out."""
    if isinstance(node, Not):
        return []
    if isinstance(node, All | Any):
        return [words for part in node.parts for words in wanted(part)]
    return [node] if isinstance(node, Words) else []


@lru_cache(64)
def _lights(words: Words) -> re.Pattern[str]:
    """The words as a pattern of Python's, whose first group is what is lit."""
    found = tokens(words.text)
    if not found:
        return re.compile(f"({re.escape(words.text)})", re.IGNORECASE)
    parts = [re.escape(found[0])]
    for before, token in pairwise(found):
        least = "*" if _cjk(before) or _cjk(token) else "+"
        parts += [rf"\W{least}", re.escape(token)]
    word = rf"[^\W{CJK}]"
    start = "" if _cjk(found[0]) else f"(?<!{word})"
    end = "" if words.prefix or _cjk(found[-1]) else f"(?!{word})"
    said = "".join(parts).replace(*_DOTTED)
    return re.compile(f"{start}({said}){end}", re.IGNORECASE)
