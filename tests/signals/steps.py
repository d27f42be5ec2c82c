"""Counts the steps that a backtracking search takes, by walking a pattern's own parse tree.

Time says little on a busy machine; steps are the same everywhere. The count is that of a plain
search without the short cuts of Python's engine, so it is never less than what that does.
"""

import re
import re._constants as c
import re._parser as parser
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any


class TooMany(Exception):
    """More steps than were allowed."""


def steps(pattern: re.Pattern[str], text: str, most: int) -> int:
    """The steps of a search through the whole text, from every place, with the match refused at
    the end so that all ways are tried. Raises `TooMany` beyond `most`."""
    return _Walk(pattern, text, most).all()


class _Walk:
    def __init__(self, pattern: re.Pattern[str], text: str, most: int) -> None:
        self.tree = parser.parse(pattern.pattern, pattern.flags)
        self.flags, self.text, self.most, self.taken = pattern.flags, text, most, 0
        self.groups: dict[int, str] = {}

    def all(self) -> int:
        for start in range(len(self.text) + 1):
            # The first match ends a search; what comes after it is searched from there.
            for _ in self.run(list(self.tree), 0, start):
                break
        return self.taken

    def run(self, nodes: list[Any], at: int, i: int) -> Iterator[int]:
        """The ends of all matches of the nodes from `at` on, at `i`, as backtracking finds them."""
        self.taken += 1
        if self.taken > self.most:
            raise TooMany
        if at == len(nodes):
            yield i
            return
        op, arg = nodes[at]
        for end in self.one(op, arg, i):
            yield from self.run(nodes, at + 1, end)

    def one(self, op: Any, arg: Any, i: int) -> Iterator[int]:
        if op in _SIGNS:
            if i < len(self.text) and self.fits(op, arg, self.text[i]):
                yield i + 1
        elif op is c.AT:
            if _PLACES[arg](self.text, i, bool(self.flags & re.M)):
                yield i
        elif op is c.BRANCH:
            for way in arg[1]:
                yield from self.run(list(way), 0, i)
        elif op is c.SUBPATTERN:
            for end in self.run(list(arg[3]), 0, i):
                self.groups[arg[0]] = self.text[i:end]
                yield end
        elif op in (c.MAX_REPEAT, c.MIN_REPEAT):
            yield from self.repeat(op is c.MAX_REPEAT, arg, 0, i)
        elif op in (c.ASSERT, c.ASSERT_NOT):
            yield from self.look(op is c.ASSERT, arg, i)
        elif op is c.GROUPREF:
            if self.text.startswith(self.groups.get(arg, "\0"), i):
                yield i + len(self.groups[arg])
        else:
            raise NotImplementedError(op)

    def repeat(self, greedy: bool, arg: Any, times: int, i: int) -> Iterator[int]:
        least, most, what = arg
        self.taken += 1
        if self.taken > self.most:
            raise TooMany
        if not greedy and times >= least:
            yield i
        if times < most:
            for end in self.run(list(what), 0, i):
                if end > i or times < least:
                    yield from self.repeat(greedy, arg, times + 1, end)
        if greedy and times >= least:
            yield i

    def look(self, wanted: bool, arg: Any, i: int) -> Iterator[int]:
        way, what = arg
        start = i if way == 1 else i - what.getwidth()[0]
        found = start >= 0 and next(self.run(list(what), 0, start), None) is not None
        if found == wanted:
            yield i

    def fits(self, op: Any, arg: Any, sign: str) -> bool:
        if self.flags & re.I:
            return any(self.exactly(op, arg, s) for s in (sign, sign.lower(), sign.upper()))
        return self.exactly(op, arg, sign)

    def exactly(self, op: Any, arg: Any, sign: str) -> bool:
        if op is c.ANY:
            return sign != "\n" or bool(self.flags & re.S)
        if op in (c.LITERAL, c.NOT_LITERAL):
            return (sign == chr(arg)) == (op is c.LITERAL)
        if op is c.RANGE:
            return arg[0] <= ord(sign) <= arg[1]
        if op is c.CATEGORY:
            return _KINDS[arg](sign)
        negated = arg[0][0] is c.NEGATE
        return any(self.exactly(o, a, sign) for o, a in arg[negated:]) != negated


_SIGNS = (c.ANY, c.LITERAL, c.NOT_LITERAL, c.IN, c.RANGE, c.CATEGORY)


def _word(sign: str) -> bool:
    return sign.isalnum() or sign == "_"


_KINDS: dict[Any, Callable[[str], bool]] = {
    c.CATEGORY_DIGIT: lambda s: unicodedata.category(s) == "Nd",
    c.CATEGORY_NOT_DIGIT: lambda s: unicodedata.category(s) != "Nd",
    c.CATEGORY_SPACE: str.isspace,
    c.CATEGORY_NOT_SPACE: lambda s: not s.isspace(),
    c.CATEGORY_WORD: _word,
    c.CATEGORY_NOT_WORD: lambda s: not _word(s),
}


def _border(text: str, i: int) -> bool:
    return (i > 0 and _word(text[i - 1])) != (i < len(text) and _word(text[i]))


_PLACES: dict[Any, Callable[[str, int, bool], bool]] = {
    c.AT_BEGINNING: lambda t, i, lines: i == 0 or (lines and t[i - 1] == "\n"),
    c.AT_BEGINNING_STRING: lambda _, i, __: i == 0,
    c.AT_END: lambda t, i, lines: i == len(t) or t[i:] == "\n" or (lines and t[i] == "\n"),
    c.AT_END_STRING: lambda t, i, _: i == len(t),
    c.AT_BOUNDARY: lambda t, i, _: _border(t, i),
    c.AT_NON_BOUNDARY: lambda t, i, _: not _border(t, i),
}
