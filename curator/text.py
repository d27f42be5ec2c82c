"""What a word, a sentence and a language are, Chinese included: said once, for every room."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any

#: Scripts written without blanks between words: kana, bopomofo, Han, Hangul.
CJK = (
    r"\u3040-\u30ff\u3100-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U000323af"
)
# In runs: to count signs by the run takes a tenth of the time.
_CJK_RUN = re.compile(f"[{CJK}]+")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]+")
_KANA = re.compile(r"[\u3040-\u30ff\u31f0-\u31ff]+")
_HANGUL = re.compile(r"[\ua960-\ua97f\uac00-\ud7ff]+")
_LETTERS = re.compile(r"[^\W\d_]+")

#: A word is a CJK character, a number, a run of letters (C++ and C# are words of their own), or
#: the operator in a sum: "12+35" and "12-35" are not the same text.
_WORD = re.compile(
    rf"[{CJK}]"
    r"|\d+(?:[.,]\d+)*"
    rf"|[^\W\d_{CJK}]+(?:['’][^\W\d_{CJK}]+)*(?:\+\+|#)?"
    r"|(?<=[\d\s)])[-+*/×÷=<>^%](?=\s*[\d(])"
)
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)\]]*\s+|(?<=[。！？；])[”’」』）]*\s*|\n+")
#: What says nothing about the language a text is written in.
_NOT_PROSE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|\$\$.*?\$\$|https?://\S+", re.S)

#: What a short Latin text is told apart between. The full list of 97 finds Maltese in "OK, sure".
LANGUAGES = (
    "ar", "bg", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fr", "he", "hi", "hu", "id",
    "it", "nl", "no", "pl", "pt", "ro", "ru", "sv", "th", "tr", "uk", "vi",
)  # fmt: skip
#: Below so many letters, or this probability, a guess is worth nothing (measured: "Hello" is
#: Finnish at 0.16, "Thank you very much" English at 0.996).
LETTERS_NEEDED, SURE = 12, 0.8
#: Share of CJK characters, each counted as two letters, from which a text is not Latin with names.
CJK_SHARE = 0.3

#: (words from which it holds, words in a shingle): short texts need short shingles, or one
#: changed word leaves nothing in common.
SHINGLES = ((60, 5), (12, 3), (2, 2), (0, 1))


def words(text: str) -> list[str]:
    """The words of a text as they stand, without punctuation; each CJK character is a word."""
    return _WORD.findall(text)


def word_starts(text: str) -> list[int]:
    """Where each word of a text begins."""
    return [match.start() for match in _WORD.finditer(text)]


def normalise(text: str) -> str:
    """The text without case, width, spacing and punctuation: equal for texts that say the same
    letter by letter. A text of nothing else (":-)") is returned stripped, not as nothing."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(words(plain)) or text.strip()


def blank(text: str) -> bool:
    """Whether a text shows nothing: blanks, line ends, marks of no width."""
    return not any(sign.isprintable() and not sign.isspace() for sign in text)


def shingle_size(count: int) -> int:
    """How many words make a shingle in a text of `count` words."""
    return next(size for least, size in SHINGLES if count >= least)


def shingles(text: str, size: int | None = None) -> set[str]:
    """The runs of `size` words of the normalised text (by its length where none is given); the
    text itself where it is shorter than one."""
    found = normalise(text).split(" ")
    size = size or shingle_size(len(found))
    return {" ".join(found[i : i + size]) for i in range(max(1, len(found) - size + 1))}


def jaccard(one: set[str], other: set[str]) -> float:
    """Shared over all, 0 to 1; two empty sets are equal."""
    return len(one & other) / len(one | other) if one or other else 1.0


def sentences(text: str) -> list[str]:
    """The sentences of a text, stripped, empty ones left out; a line end ends one too."""
    return [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]


def cjk_count(text: str) -> int:
    """How many characters are CJK."""
    return _length(_CJK_RUN, text)


def cjk_share(text: str) -> float:
    """The share of CJK in the letters of a text, 0 to 1, a CJK character counting as two: it says
    about as much as two Latin letters do."""
    cjk = cjk_count(text)
    if not cjk:
        return 0.0
    return 2 * cjk / (cjk + _length(_LETTERS, text))


def prose(text: str) -> str:
    """The text without code, formulas and links."""
    return _NOT_PROSE.sub(" ", text)


def language(text: str) -> str | None:
    """The ISO 639-1 code of the language a text is written in, or None where that cannot be told
    (too short, mostly code). CJK by its script, the rest by py3langid among `LANGUAGES`."""
    plain = prose(text)
    if cjk_share(plain) >= CJK_SHARE:
        return _by_script(plain)
    if _length(_LETTERS, plain) < LETTERS_NEEDED:
        return None
    code, probability = _identifier().classify(plain[:4000])
    return str(code) if probability >= SURE else None


def tokens(text: str) -> int:
    """About how many tokens a model makes of a text: a token for four characters, one for each
    CJK character. (Off by a third either way; a tokenizer knows better.)"""
    cjk = cjk_count(text)
    return cjk + (len(text) - cjk + 3) // 4


def snippet(text: str, width: int = 60) -> str:
    """The beginning of a text on one line of at most `width` characters."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1].rstrip() + "…"


def _length(runs: re.Pattern[str], text: str) -> int:
    """How many signs all the matches have."""
    return sum(map(len, runs.findall(text)))


def _by_script(text: str) -> str:
    kana, hangul, han = (_length(runs, text) for runs in (_KANA, _HANGUL, _HAN))
    if hangul > kana + han:
        return "ko"
    # Japanese prose is a third kana at least; a Chinese text may quote some.
    return "ja" if kana > 0.15 * (han + kana) else "zh"


@cache
def _identifier() -> Any:
    from curator.tongues import identifier

    return identifier(LANGUAGES)


def repeated_share(parts: Sequence[str]) -> float:
    """How much of a list says again what it said before, 0 to 1, by length."""
    total = sum(map(len, parts))
    return 1 - sum(map(len, set(parts))) / total if total else 0.0
