"""What a text says, as units that can be compared: words, names, numbers, Chinese word pairs."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

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
_HAN_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")}
_HAN_DIGITS |= {"〇": 0, "两": 2}
_MEASURES = "个位名次年月日天岁元块本只条张件种点分秒时钟小号楼层米斤度倍多几余"
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
#: Signs that point or grade and make no name with one more: 这首, 很难.
_POINTING = frozenset("这那哪某每很太更最")
_PIECE = re.compile(r"[^./\\:]+")
_PART = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+|\d+")
_ENDINGS = (
    "ingly", "edly", "ings", "ies", "ied", "ing", "ers", "est", "ed", "er", "es", "ly", "s", "e",
    "y",
)  # fmt: skip
#: What the tagger calls people, places, organisations and other proper names.
PROPER = frozenset(("nr", "ns", "nt", "nz", "nrt", "nrfg"))
#: What it calls pronouns, adverbs, prepositions, conjunctions, particles, interjections.
SMALL = frozenset("rdpcuyeo")
_APOSTROPHE = re.compile(r"(?<=\w)[’'](?:s|t|re|ve|ll|d|m)\b", re.I)


#: The kinds of plain words, which inflection changes.
WORDS = ("word", "name")


class Unit(msgspec.Struct, frozen=True):
    """One unit of a text: its key for comparing, what it looked like, where it stands, its kind
    (word, name, code, number, measure, link, han, small: a Chinese word without a meaning of its
    own)."""

    key: str
    text: str
    start: int
    end: int
    kind: str


def units(text: str) -> Iterator[Unit]:
    """The units of a text in order. Chinese is cut into words, and a tagger says which are
    names."""
    for match in _UNIT.finditer(text):
        yield from _units(match, text)


def keys(text: str) -> Iterator[tuple[str, bool]]:
    """The keys of the units of a text in order, each with whether it is of one of the `WORDS`: in
    half the time that the units take."""
    for match in _UNIT.finditer(text):
        found = match[0]
        if is_plain(found) and not _is_called(found, match.end(), text):
            yield _key(found)
        else:
            yield from ((unit.key, unit.kind in WORDS) for unit in _units(match, text))


def _units(match: re.Match[str], text: str) -> Iterator[Unit]:
    kind, found, start = str(match.lastgroup), match[0], match.start()
    if kind == "han":
        yield from _han(found, start)
    elif kind == "number":
        yield from _number(found, start, text[match.end() : match.end() + 1])
    elif kind == "link":
        yield Unit(found.lower().rstrip("/.,"), found, start, match.end(), "link")
        for part in re.finditer(r"[A-Za-z][A-Za-z0-9_.]{3,}|\d{3,}", found):
            key = part[0].lower() if part[0].isdigit() else f"{part[0].lower()}()"
            where = (start + part.start(), start + part.end())
            yield Unit(key, part[0], *where, "number" if part[0].isdigit() else "code")
    else:
        yield from _words(found, start, text)


def is_han(key: str) -> bool:
    """Whether a unit is Chinese."""
    return "\u3400" <= key[0] <= "\u9fff"


def _number(found: str, start: int, measure: str) -> Iterator[Unit]:
    """A number in plain digits (1,500 and １５００ are 1500), with a Chinese measure also both
    together; of a date or a time also the parts."""
    plain = unicodedata.normalize("NFKC", found).rstrip(".,:/")
    key = plain.replace(",", "")
    end = start + len(found)
    yield Unit(key, found, start, end, "number")
    if measure and is_han(measure):
        yield Unit(key + measure, found + measure, start, end + 1, "measure")
    if ":" in plain or "/" in plain:
        for part in re.finditer(r"\d{2,}", plain):
            yield Unit(part[0], part[0], start + part.start(), start + part.end(), "number")


def sign(unit: Unit) -> str:
    """What stands in lower case in every text that says this unit; "" where nothing must."""
    if unit.kind in ("number", "measure") or not (unit.key.isascii() or is_han(unit.key)):
        return ""
    return unit.key.removesuffix("()")


def _han(found: str, start: int) -> Iterator[Unit]:
    import rjieba

    begin = start
    for word, tag in rjieba.tag(found):
        at, end = start - begin, start + len(word)
        counted = word.rstrip(_MEASURES) if tag == "m" else ""
        if value := numeral(counted):
            yield Unit(value, counted, start, start + len(counted), "number")
            if measure := found[at + len(counted) : at + len(counted) + 1]:
                both = counted + measure
                yield Unit(value + measure, both, start, start + len(both), "measure")
        else:
            kind = "name" if tag in PROPER and len(word) > 1 else "han"
            small = tag[0] in SMALL or (len(word) == 2 and word[0] in _POINTING)
            yield Unit(word, word, start, end, "small" if small else kind)
        start = end


def numeral(word: str) -> str:
    """The digits of a Chinese number of two signs or more (三百五十, 二〇二四); empty for any other
    word."""
    counts = all(sign in _HAN_DIGITS or sign in _HAN_UNITS for sign in word)
    if len(word) < 2 or not counts or word[0] in "百千万亿":
        return ""
    if all(sign in _HAN_DIGITS for sign in word):
        return "".join(str(_HAN_DIGITS[sign]) for sign in word)
    total = section = digit = 0
    for sign in word:
        if sign in _HAN_DIGITS:
            digit = _HAN_DIGITS[sign]
        elif _HAN_UNITS[sign] < 10_000:
            section += (digit or 1) * _HAN_UNITS[sign]
            digit = 0
        else:
            total += (section + digit or 1) * _HAN_UNITS[sign]
            section = digit = 0
    return str(total + section + digit)


def _words(found: str, start: int, text: str) -> Iterator[Unit]:
    """A word, or an identifier with its parts (`io.load_data` says load_data, load and data as
    well). A call is an identifier whatever its name."""
    end = start + len(found)
    called = _is_called(found, end, text)
    if not called and is_plain(found):
        yield _word(found, start, text)
        return
    for piece in _PIECE.finditer(found):
        at, name = start + piece.start(), piece[0]
        if (called and at + len(name) == end) or _is_code(name):
            yield Unit(f"{name.lower()}()", name, at, at + len(name), "code")
    if _is_code(found) and piece[0] != found:
        yield Unit(found.lower(), found, start, end, "code")
    for part in _PART.finditer(found):
        yield _word(part[0], start + part.start(), text)


def is_plain(found: str) -> bool:
    """Whether letters are one word, with a capital at the most where it begins."""
    return found.isalpha() and found[1:].islower()


def _is_called(found: str, end: int, text: str) -> bool:
    return len(found) > 2 and text.startswith("(", end)


def _word(word: str, start: int, text: str) -> Unit:
    key, is_word = _key(word)
    kind = "number" if not is_word else "name" if _is_name(word, start, text) else "word"
    return Unit(key, word, start, start + len(word), kind)


# A session of hours meets many words; those of a few hundred chats are enough to remember.
@lru_cache(1 << 14)
def _key(word: str) -> tuple[str, bool]:
    """The key of a word, and whether it is no numeral."""
    key = _NUMERALS.get(word.lower()) or stem(word)
    return key, not key.isdigit()


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
    if low.endswith(_ENDINGS):
        ending = next((e for e in _ENDINGS if low.endswith(e) and len(low) - len(e) >= 3), "")
        low = low.removesuffix(ending)
    return low[:-1] if len(low) > 3 and low[-1] == low[-2] else low


def sentences(text: str) -> list[tuple[int, int]]:
    """Where the sentences of a text begin and end; a line break ends one."""
    found = [(m.start(), m.end()) for m in _SENTENCE.finditer(text) if m[0].strip()]
    return found or [(0, len(text))]
