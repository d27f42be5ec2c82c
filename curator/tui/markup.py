"""Markdown and code as ink: what is bold, code, a heading, and which signs say only that."""

import re
from array import array
from functools import lru_cache

from curator.tui.ink import (
    ACCENT,
    BOLD,
    BULLET,
    CLOSES,
    CODE,
    COMMENT,
    FENCE,
    HEADING,
    HIDE,
    ITALIC,
    KEYWORD,
    LINK,
    MARK,
    NAME,
    NUMBER,
    PLAIN,
    QUIET,
    STRING,
    Ink,
    lay,
)
from curator.tui.safe import marks

_FENCE = re.compile(r"^ {0,3}(```+|~~~+)[^\n]*$", re.MULTILINE)
_INLINE = re.compile(
    r"(?P<code>(?<!`)`[^`\n]+`(?!`))|(?P<bold>\*\*(?=\S)[^\n]{1,400}?(?<=\S)\*\*|__(?=\S)[^\n_]{1,400}?(?<=\S)__)"
    r"|(?P<italic>(?<![\w*])\*(?=[^\s*])[^\n*]{1,400}?(?<=[^\s*])\*(?![\w*]))"
    r"|(?P<link>\[[^\]\n]{1,200}\]\([^)\s]{1,500}\)|https?://[^\s<>)\]]{1,500})"
)
_LINE = re.compile(
    r"^(?P<heading> {0,3}#{1,6}[ \t]+[^\n]*)|^(?P<bullet>[ \t]*(?:[-*+]|\d{1,3}[.)])(?=[ \t]))"
    r"|^(?P<quote>[ \t]*>[^\n]*)|^(?P<rule> {0,3}(?:-{3,}|\*{3,}|_{3,})[ \t]*)$",
    re.MULTILINE,
)
#: Code longer than this (characters) goes without colours.
SYNTAX = 20_000
_TOKENS = (
    ("Token.Comment", COMMENT), ("Token.Keyword", KEYWORD), ("Token.Literal.String", STRING),
    ("Token.Literal.Number", NUMBER), ("Token.Name.Function", NAME), ("Token.Name.Class", NAME),
    ("Token.Name.Builtin", NAME), ("Token.Name.Decorator", NAME),
)  # fmt: skip


def markdown(text: str) -> Ink:
    """The ink of a Markdown text, a number for each character."""
    ink = array("l", bytes(array("l").itemsize * len(text)))
    end = 0
    for start, stop in _fenced(text):
        _prose(text, end, start, ink)
        lay(ink, start, stop, CODE)
        _fence(text, start, stop, ink)
        end = stop
    _prose(text, end, len(text), ink)
    for start, stop in marks(text):
        lay(ink, start, stop, MARK)
    return ink


def _fenced(text: str) -> list[tuple[int, int]]:
    """Where fenced code is, fences included; an open fence goes on to the end."""
    found: list[tuple[int, int]] = []
    begin: re.Match[str] | None = None
    for match in _FENCE.finditer(text):
        if begin is None:
            begin = match
        elif match[1][0] == begin[1][0] and len(match[1]) >= len(begin[1]):
            found.append((begin.start(), match.end()))
            begin = None
    if begin is not None:
        found.append((begin.start(), len(text)))
    return found


def _fence(text: str, start: int, stop: int, ink: Ink) -> None:
    """The fences of a block, and the colours of the code between them."""
    first = text.find("\n", start, stop)
    last = text.rfind("\n", start, stop) + 1
    closed = last > start and text[last:stop].lstrip()[:3] in ("```", "~~~")
    _lay_fence(text, start, first if first >= 0 else stop, 0, ink)
    if closed:
        _lay_fence(text, last, stop, CLOSES, ink)
    if first >= 0:
        language = text[start:first].strip("`~ \t").split(" ")[0]
        body = first + 1, last if closed else stop
        if language and body[1] - body[0] <= SYNTAX:
            for i, j, what in syntax(text[slice(*body)], language.lower()):
                lay(ink, body[0] + i, body[0] + j, what)


def _lay_fence(text: str, start: int, stop: int, closes: int, ink: Ink) -> None:
    """A line that is a fence: its signs, and what is said behind them."""
    for at in range(start, stop):
        ink[at] |= QUIET | (FENCE | closes if text[at] in "`~" else 0)


@lru_cache(64)
def syntax(code: str, language: str) -> tuple[tuple[int, int, int], ...]:
    """The stretches of code that have a colour of their own; none in an unknown language."""
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return ()
    found = []
    for at, kind, said in lexer.get_tokens_unprocessed(code):
        what = next((ink for name, ink in _TOKENS if name in str(kind)), PLAIN)
        if what:
            found.append((at, at + len(said), what))
    return tuple(found)


def _prose(text: str, start: int, stop: int, ink: Ink) -> None:
    for match in _LINE.finditer(text, start, stop):
        kind = str(match.lastgroup)
        what = {"heading": HEADING, "bullet": ACCENT, "quote": ITALIC, "rule": QUIET}[kind]
        lay(ink, match.start(), match.end(), what)
        if kind == "heading":
            lay(ink, match.start(), match.end() - len(match[0].lstrip("# \t")), HIDE)
        elif kind == "bullet" and match[0][-1] in "-*+":
            lay(ink, match.end() - 1, match.end(), BULLET)
    for match in _INLINE.finditer(text, start, stop):
        i, j = match.span()
        if match["code"]:
            lay(ink, i, j, CODE)
            lay(ink, i, i + 1, QUIET | HIDE)
            lay(ink, j - 1, j, QUIET | HIDE)
        elif match["bold"]:
            lay(ink, i + 2, j - 2, BOLD)
            lay(ink, i, i + 2, QUIET | HIDE)
            lay(ink, j - 2, j, QUIET | HIDE)
        elif match["italic"]:
            lay(ink, i, j, ITALIC)
            lay(ink, i, i + 1, HIDE)
            lay(ink, j - 1, j, HIDE)
        else:
            lay(ink, i, j, LINK)
