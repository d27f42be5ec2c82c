"""Calculations in other notations: written as words or as LaTeX, powers, roots and fractions."""

import re
from decimal import Decimal
from fractions import Fraction
from math import isqrt

from curator.signals.turns.base import Reading
from curator.signals.turns.words import Words


def _between(words: str) -> str:
    """A pattern of words between two numbers."""
    return rf"(?<=[\d)}}])\s?(?:{words})\s?\$?(?=[-\d(\\])"


#: What is written for a sign, and the sign. A minus in words is the mathematical one: a hyphen
#: before “is” may be a range.
_WRITTEN = tuple(
    (re.compile(pattern, re.I), sign)
    for pattern, sign in (
        (r"\\[dt]?frac\s?\{(\d{1,12})\}\s?\{(\d{1,12})\}", r"\1/\2"),
        (r"\^\{(\d{1,3})\}", r"^\1"),
        (r"\\sqrt\s?\{(\d{1,12})\}", r"√\1"),
        (r"\\(?:left|right|[,;!])|\\text\{[^}\n]{0,20}\}", ""),
        (r"\\[()\[\]]|\$\$", "\n"),
        (_between(r"\\times|\\cdot|times|multiplied by|乘以|乘上|乘"), " × "),
        (_between(r"\\div|divided by|除以"), " ÷ "),
        (_between(r"plus|added to|加上|加"), " + "),
        (_between(r"minus|减去|减"), " − "),
    )
)
_WORDS = Words(
    "times", "multiplied", "divided", "plus", "minus", "added to", "\\", "乘", "除以", "加", "减",
)  # fmt: skip
_HIGH = str.maketrans({"²": "^2", "³": "^3"})
_ALONE = r"(?<![\w.,^)√+*/×÷−=-])(?<![-+*/×÷−^(] )"
_DONE = r"(?![\w/*×÷^:²³]| ?[-−–+*/×÷^] ?[\d(√]|[.,]\d| ?\()"
_POWER = re.compile(
    rf"{_ALONE}(\d{{1,6}}) ?(?:\^|\*\*) ?(\d{{1,2}}) ?= ?(\d{{1,18}}(?:,\d{{3}}){{0,6}}){_DONE}"
)
_ROOT = re.compile(
    rf"{_ALONE}(?:√ ?\(?|sqrt\()(\d{{1,12}})\)? ?= ?(\d{{1,9}}(?:\.\d{{1,9}})?){_DONE}", re.I
)
_PART = r"(\d{1,5}/\d{1,5})"
_FRACTIONS = re.compile(rf"{_ALONE}{_PART} ?([-+×*−]) ?{_PART} ?= ?{_PART}{_DONE}")
_BITWISE = re.compile(r"\bxor\b|bitwise|异或|\bmod(?:ulo)?\b|取模", re.I)


def in_signs(turn: Reading) -> str:
    """The head of a turn with signs for what is written in words or in LaTeX."""
    text = turn.head
    if turn.has(_WORDS):
        for pattern, sign in _WRITTEN:
            text = pattern.sub(sign, text)
    return text


def wrong(text: str) -> tuple[str, str]:
    """What would be right and the words that are wrong, of a power, a root or a sum of two
    fractions; two empty strings where none is."""
    if "²" in text or "³" in text:
        text = text.translate(_HIGH)
    if ("^" in text or "**" in text) and not _BITWISE.search(text):
        for match in _POWER.finditer(text):
            power = int(match[1]) ** int(match[2])
            if power != int(match[3].replace(",", "")):
                return f"{power}", match[0]
    if "√" in text or "sqrt(" in text:
        for match in _ROOT.finditer(text):
            if right := _root(int(match[1]), match[2]):
                return right, match[0]
    if "/" in text:
        for match in _FRACTIONS.finditer(text):
            if right := _fraction(match):
                return right, match[0]
    return "", ""


def _root(number: int, told: str) -> str:
    """The root, where it is not what is told to the digits that are shown."""
    exact = Decimal(number).sqrt()
    slack = Decimal(10) ** -len(told.partition(".")[2])
    if isqrt(number) ** 2 == number and "." not in told:
        slack = Decimal(0)
    return "" if abs(exact - Decimal(told)) <= slack else f"{exact:.6g}"


def _fraction(match: re.Match[str]) -> str:
    if "/0" in re.sub(r"/0(?=[1-9])", "/", match[0]):
        return ""
    one, other, told = (Fraction(match[part]) for part in (1, 3, 4))
    sign = match[2]
    right = one + other if sign == "+" else one * other if sign in "×*" else one - other
    return "" if right == told else str(right)
