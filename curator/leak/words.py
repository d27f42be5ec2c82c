"""What a text says, as units that can be compared: words, names, numbers, Chinese word pairs."""

import re
from collections.abc import Iterator

import msgspec

_UNIT = re.compile(
    r"(?P<link>https?://[^\s，。)\]>\"']+)"
    r"|(?P<code>[A-Za-z_][A-Za-z0-9_]*(?:(?:[./\\:-]|::)[A-Za-z_][A-Za-z0-9_]*)*)"
    r"|(?P<number>\d[\d.,:/]*\d|\d)"
    r"|(?P<han>[\u3400-\u9fff\uf900-\ufaff]+)"
    r"|(?P<other>[^\W\d_]+)"
)
_SENTENCE = re.compile(r"(?:[^.!?;。！？；\n]|[.!?;](?=[^\s.!?;。！？；]))+[.!?;。！？；]*")
_NUMERALS = {
    word: str(value)
    for value, word in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
         "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
         "eighteen", "nineteen", "twenty"]
    )
} | {
    "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70",
    "eighty": "80", "ninety": "90", "hundred": "100", "thousand": "1000",
}  # fmt: skip
_ENDINGS = (
    "ingly", "edly", "ings", "ies", "ied", "ing", "ers", "est", "ed", "er", "es", "ly", "s", "e",
    "y",
)  # fmt: skip
_APOSTROPHE = re.compile(r"(?<=\w)[’'](?:s|t|re|ve|ll|d|m)\b", re.I)


class Unit(msgspec.Struct, frozen=True):
    """One unit of a text: its key for comparing, what it looked like, where it stands, its kind
    (word, name, code, number, measure, link, han)."""

    key: str
    text: str
    start: int
    end: int
    kind: str


def units(text: str) -> Iterator[Unit]:
    """The units of a text in order. A run of Chinese gives one unit for every two neighbouring
    characters, so that no dictionary of words is needed."""
    for match in _UNIT.finditer(text):
        kind, found, start = str(match.lastgroup), match[0], match.start()
        if kind == "han":
            for i in range(max(1, len(found) - 1)):
                pair = found[i : i + 2]
                yield Unit(pair, pair, start + i, start + i + len(pair), "han")
        elif kind == "number":
            key = found.rstrip(".,:/").replace(",", "")
            yield Unit(key, found, start, match.end(), "number")
            if (measure := text[match.end() : match.end() + 1]) and "\u3400" <= measure <= "\u9fff":
                both = key + measure
                yield Unit(both, found + measure, start, match.end() + 1, "measure")
        elif kind == "link":
            yield Unit(found.lower().rstrip("/.,"), found, start, match.end(), "link")
        else:
            yield from _words(found, start, text)


def _words(found: str, start: int, text: str) -> Iterator[Unit]:
    """A word, or an identifier with its parts (`load_data` says load and data as well)."""
    if _is_code(found):
        yield Unit(found.lower(), found, start, start + len(found), "code")
    for part in re.finditer(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+|\d+", found):
        word = part[0]
        key = _NUMERALS.get(word.lower()) or stem(word)
        kind = "number" if key.isdigit() else "name" if _is_name(word, start, text) else "word"
        yield Unit(key, word, start + part.start(), start + part.end(), kind)


def _is_code(found: str) -> bool:
    inner = found[1:]
    return any(sign in found for sign in "_/\\:") or (
        "." in inner or (inner != inner.lower() and not found.isupper() and "-" not in found)
    )


def _is_name(word: str, start: int, text: str) -> bool:
    """Whether the word is written like a name: a capital that does not begin a sentence."""
    if not word[0].isupper():
        return False
    before = text[max(0, start - 3) : start].rstrip(" \"'“(*_")
    return bool(before) and before[-1] not in ".!?:\n。！？：-•>|#*"


def stem(word: str) -> str:
    """A crude stem: lower case, without the endings that inflection adds."""
    low = word.lower()
    if not low.isascii():
        return low
    for ending in _ENDINGS:
        if low.endswith(ending) and len(low) - len(ending) >= 3:
            low = low[: -len(ending)]
            break
    return low[:-1] if len(low) > 3 and low[-1] == low[-2] else low


def sentences(text: str) -> list[tuple[int, int]]:
    """Where the sentences of a text begin and end; a line break ends one."""
    found = [(m.start(), m.end()) for m in _SENTENCE.finditer(text) if m[0].strip()]
    return found or [(0, len(text))]
