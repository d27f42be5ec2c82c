"""Sentences, lines of code and fences: what of an answer can be taken or refused by itself."""

import re
from typing import Literal, NamedTuple

from rapidfuzz.distance import Indel

from curator.diff import FENCES

Kind = Literal["prose", "code", "opens", "closes", "block"]
PROSE: Kind = "prose"

#: Ends of sentences, with the blanks behind them, and line ends. What goes on in a small letter
#: has not ended: `e.g. this`, `the operator (?.) to`.
_END = re.compile(
    r"[.!?…]+[\"'”’)\]*_`]*(?:(?:[ \t]*\n)+|[ \t]+(?![(\[*_`]*[a-z]))"
    r"|[。！？…]+[”’」』）\"]*\s*|(?:[ \t]*\n)+"
)
#: A text that ends so ends with a whole sentence.
_ENDED = re.compile(r"(?:[.!?…。！？][\"'”’)\]*_`」』）]*|\n)\s*\Z|\A\s*\Z")
_NUMBER = re.compile(r"\s*\d{1,3}")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")

#: Sentences this much alike are one sentence, changed.
ALIKE = 0.5
#: Beyond so many pairs of sentences they are paired in order, unlooked at.
COMPARED = 4000


class Part(NamedTuple):
    """A sentence with the blanks behind it, a line of code, a fence, or a whole block of code."""

    text: str
    kind: Kind = PROSE


def sentences(text: str) -> list[str]:
    """The sentences of a text with the blanks behind them; a line end ends one. Joined, they are
    the text. The point of a numbered list ends nothing."""
    found: list[str] = []
    start = 0
    for match in _END.finditer(text):
        if match[0][0] == "." and _NUMBER.fullmatch(text, start, match.start()):
            continue
        found.append(text[start : match.end()])
        start = match.end()
    return found + ([text[start:]] if start < len(text) else [])


def is_ended(text: str) -> bool:
    """Whether a text ends with a whole sentence or line; an empty one does."""
    return _ENDED.search(text) is not None


def parts_of(text: str, fence: str = "") -> list[Part]:
    """The sentences of the prose of a text and the lines of its code; `fence` is the sign that a
    block of code was opened with before the text begins. Joined, they are the text."""
    found: list[Part] = []
    prose: list[str] = []
    for line, kind in _lines(text, fence):
        if kind == PROSE:
            prose.append(line)
            continue
        found += map(Part, sentences("".join(prose)))
        prose.clear()
        found.append(Part(line, kind))
    return found + [Part(one) for one in sentences("".join(prose))]


def whole_blocks(parts: list[Part]) -> list[Part]:
    """The same, every block of code that is opened and closed in it made one part: half of one
    would leave a fence open. Nothing is joined where there is nothing else."""
    found: list[Part] = []
    opened = -1
    for part in parts:
        found.append(part)
        if part.kind == "opens":
            opened = len(found) - 1
        elif part.kind == "closes" and opened >= 0:
            found[opened:] = [Part("".join(one.text for one in found[opened:]), "block")]
            opened = -1
    return found if len(found) > 1 else parts


def fenced_after(text: str, fence: str = "") -> str:
    """The sign of the block of code that is open behind a text, where `fence` was open before it;
    "" outside one."""
    if not any(sign in text for sign in FENCES):
        return fence
    for line, kind in _lines(text, fence):
        fence = line.lstrip()[:3] if kind == "opens" else "" if kind == "closes" else fence
    return fence


def _lines(text: str, fence: str) -> list[tuple[str, Kind]]:
    if not fence and not any(sign in text for sign in FENCES):
        return [(text, PROSE)] if text else []
    found: list[tuple[str, Kind]] = []
    for line in _LINE.findall(text):
        sign = line.lstrip()[:3]
        kind: Kind = "code" if fence else PROSE
        if not fence and sign in FENCES:
            fence, kind = sign, "opens"
        elif fence and sign == fence:
            fence, kind = "", "closes"
        found.append((line, kind))
    return found


def alike(olds: list[Part], news: list[Part]) -> list[tuple[int, int]]:
    """The pairs of sentences, in order, that are alike: those with the greatest sum of likeness
    (Needleman and Wunsch 1970 without a price for gaps)."""
    if len(olds) * len(news) > COMPARED:
        return []
    width = len(news) + 1
    best = [[0.0] * width for _ in range(len(olds) + 1)]
    like = [[_likeness(one, other) for other in news] for one in olds]
    for i, row in enumerate(like, 1):
        for k, likeness in enumerate(row, 1):
            paired = best[i - 1][k - 1] + likeness if likeness >= ALIKE else 0.0
            best[i][k] = max(paired, best[i - 1][k], best[i][k - 1])
    found: list[tuple[int, int]] = []
    i, k = len(olds), len(news)
    while i and k:
        if best[i][k] == best[i - 1][k]:
            i -= 1
        elif best[i][k] == best[i][k - 1]:
            k -= 1
        else:
            i, k = i - 1, k - 1
            found.append((i, k))
    return found[::-1]


def _likeness(one: Part, other: Part) -> float:
    """0 where one is code and the other is not, or one opens a block and the other closes one."""
    alike = one.kind == other.kind
    return Indel.normalized_similarity(one.text, other.text) if alike else 0.0
