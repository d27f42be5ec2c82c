"""From text to tree. Every error says what is wrong and points at the column."""

import re
from collections.abc import Callable, Collection
from datetime import date
from difflib import get_close_matches
from typing import NoReturn

from curator.filters.faults import FilterError, unknown_name
from curator.filters.fields import BY_NAME, OPERATORS, SIGNS, Field
from curator.filters.nodes import (
    All,
    Any,
    Between,
    Compares,
    Comparison,
    Filter,
    Is,
    Node,
    Not,
    Number,
    Value,
    Words,
)

_NAME = re.compile(r"[^\W\d][\w.-]*")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?([km])?\Z", re.IGNORECASE)
_BARE = re.compile(r"[^\s()\"]+")
_VALUE = re.compile(r"[^\s()\",]+")
_COMPARISONS: dict[str, Comparison] = {
    ">": ">", ">=": ">=", "≥": ">=", "<": "<", "<=": "<=", "≤": "<=",
}  # fmt: skip
_SCALE = {"": 1, "k": 1000, "m": 1_000_000}
#: Parentheses and minus signs deeper than this are a mistake, not a question.
DEEPEST = 100


def parse(text: str, signals: Collection[str] | None = None) -> Filter:
    """The filter that `text` says. `signals` are the names that may be compared besides the
    fields; None leaves that check to whoever selects.

    Raises `FilterError`.
    """
    return _Parser(text, signals).whole()


class _Parser:
    def __init__(self, text: str, signals: Collection[str] | None) -> None:
        self.text = text
        self.signs = text.translate(SIGNS)
        self.signals = signals
        self.at = 0
        self.depth = 0

    def whole(self) -> Filter:
        """All of the text."""
        self._blanks()
        if self.at == len(self.signs):
            return Filter(All(), self.text)
        root = self._any()
        if self.at < len(self.signs):
            self._wrong("this parenthesis was never opened", self.at)
        return Filter(root, self.text)

    # grammar --------------------------------------------------------------------------------------

    def _any(self) -> Node:
        parts = [self._all()]
        while self._keyword("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def _all(self) -> Node:
        parts = [self._apart()]
        while True:
            joined = self._keyword("and")
            self._blanks()
            if self.at == len(self.signs) or self.signs[self.at] == ")" or self._sees("or"):
                if joined:
                    self._wrong("something is missing after `and`", self.at)
                return _bare(parts[0]) if len(parts) == 1 else All(tuple(parts))
            parts.append(self._apart())

    def _apart(self) -> Node:
        """A part of several; one condition in parentheses stays by itself, as several do: it may
        speak of another turn than what stands beside it."""
        self._blanks()
        grouped = self.signs.startswith("(", self.at)
        node = self._part()
        return All((node,)) if grouped and not isinstance(node, Not | All | Any) else node

    def _part(self) -> Node:
        self._blanks()
        start = self.at
        if start == len(self.signs):
            self._wrong("something is missing here", start)
        sign = self.signs[start]
        for keyword in ("or", "and"):
            if self._sees(keyword):
                self._wrong(f"something is missing before `{keyword}`", start)
        if self._keyword("not") or self._minus():
            return self._deeper(lambda: Not(self._part()), start)
        if sign == "(":
            return self._deeper(self._group, start)
        if sign == ")":
            self._wrong("something is missing before this parenthesis", start)
        return self._condition()

    def _group(self) -> Node:
        start = self.at
        self.at += 1
        inner = self._any()
        if self.at == len(self.signs):
            self._wrong("this parenthesis is never closed", start)
        self.at += 1
        return inner

    def _deeper(self, read: Callable[[], Node], start: int) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            self._wrong(f"more than {DEEPEST} levels deep", start)
        node = read()
        self.depth -= 1
        return node

    # conditions -----------------------------------------------------------------------------------

    def _condition(self) -> Node:
        start = self.at
        if self.signs[start] == '"':
            return self._checked(Words(self._quoted(), at=start))
        found = _NAME.match(self.signs, start)
        if found:
            sign = next((s for s in OPERATORS if self.signs.startswith(s, found.end())), None)
            if sign is not None:
                self.at = found.end() + len(sign)
                return self._named(found[0], sign, start)
        return self._word(start)

    def _word(self, start: int) -> Node:
        found = _BARE.match(self.signs, start)
        assert found is not None  # neither blank, quote nor parenthesis stands here
        self.at = found.end()
        raw = self.text[start : self.at]
        prefix = raw.endswith("*")
        text = raw[:-1] if prefix else raw
        if "*" in text or not text:
            self._wrong("in a word * can only stand at the end; put it in quotes", start)
        if prefix and not text[-1].isalnum():
            self._wrong("before * a letter or a digit must stand", start)
        return self._checked(Words(text, prefix, start))

    def _checked(self, words: Words) -> Words:
        if not words.text.strip():
            self._wrong("there is nothing between these quotes to search for", words.at)
        return words

    def _named(self, name: str, sign: str, start: int) -> Node:
        field = BY_NAME.get(name.lower())
        if field is None and self.signals is not None and name not in self.signals:
            raise unknown_name(name, [*BY_NAME, *self.signals], self.text, start)
        if self.at == len(self.signs) or self.signs[self.at] in " \t\r\n)":
            example = f", as in {field.example}" if field else ""
            self._wrong(f"{name} needs a value{example}", self.at)
        if field is None or field.kind in ("number", "day"):
            return self._measured(field, name, sign, start)
        if sign not in (":", "=", "!="):
            self._wrong(f"{name} is no number; write {field.example}", start + len(name))
        leaf = Is(field.name, self._values(field), start)
        return Not(leaf) if sign == "!=" else leaf

    def _measured(self, field: Field | None, name: str, sign: str, start: int) -> Node:
        at = self.at
        found = _BARE.match(self.signs, at)
        raw = found[0] if found else self.signs[at : at + 1]
        self.at = found.end() if found else at
        called = field.name if field else name
        ends = raw.split("..")
        if sign in (":", "=") and len(ends) == 2 and any(ends):
            places = (at, self.at - len(ends[1]))
            low, high = (
                self._end(end, field, (name, start, place)) if end else None
                for end, place in zip(ends, places, strict=True)
            )
            if low is not None and high is not None and _rank(low) > _rank(high):
                self._wrong(f"the range runs backwards; write {ends[1]}..{ends[0]}", at)
            return Between(called, low, high, start)
        value = self._end(raw, field, (name, start, at))
        leaf = Compares(called, _COMPARISONS.get(sign, "="), value, start)
        return Not(leaf) if sign == "!=" else leaf

    def _end(self, raw: str, field: Field | None, told: tuple[str, int, int]) -> Number | date:
        """A number, or the day of a field of days; `told` is the name, where it stands, and where
        the number stands."""
        name, start, at = told
        if field is not None and field.kind == "day":
            try:
                return date.fromisoformat(raw)
            except ValueError:
                self._wrong(f"{raw!r} is no day; write {field.example}", at)
        found = _NUMBER.match(raw)
        if found is None:
            if field is None and (
                name in (self.signals or ()) or self.signs[start + len(name)] in "<>"
            ):  # whoever compares means a number, whether there is such a signal or not
                self._wrong(f"{raw!r} is no number; write {name}>0.5", at)
            if field is None:
                raise unknown_name(name, [*BY_NAME, *(self.signals or ())], self.text, start)
            self._wrong(f"{raw!r} is no number; write {field.example}", at)
        digits = raw[: -len(found[3])] if found[3] else raw
        scale = _SCALE[(found[3] or "").lower()]
        value = float(digits) * scale
        if abs(value) > 1e15:
            self._wrong(f"{raw} is too large a number", at)
        if field is not None and field.least is not None and value < field.least:
            self._wrong(f"{field.name} counts from {field.least}, as the screen does", at)
        return int(value) if value.is_integer() and "e" not in raw.lower() else value

    def _values(self, field: Field) -> tuple[Value, ...]:
        values = [self._value(field)]
        while self.at < len(self.signs) and self.signs[self.at] == ",":
            self.at += 1
            values.append(self._value(field))
        if self.at < len(self.signs) and self.signs[self.at] not in " \t\r\n)":
            self._wrong("a blank is missing here", self.at)
        return tuple(dict.fromkeys(values))

    def _value(self, field: Field) -> Value:
        start = self.at
        if start < len(self.signs) and self.signs[start] == '"':
            value = Value(self._quoted())
        else:
            found = _VALUE.match(self.signs, start)
            if found is None:
                self._wrong(f"a value of {field.name} is missing", start)
            self.at = found.end()
            raw = self.text[start : self.at]
            value = Value(raw, "*" in raw)
        if field.choices or field.kind == "yes":
            return self._choice(field, value, start)
        return value

    def _choice(self, field: Field, value: Value, start: int) -> Value:
        choices = field.choices or ("yes", "no")
        said = value.text.lower()
        said = {"true": "yes", "false": "no"}.get(said, said) if field.kind == "yes" else said
        if said not in choices:
            near = get_close_matches(said, choices, 1)
            hint = f"did you mean {near[0]}?" if near else f"it is one of {', '.join(choices)}"
            self._wrong(f"{field.name} is never {value.text!r}; {hint}", start)
        return Value(said)

    # signs ----------------------------------------------------------------------------------------

    def _quoted(self) -> str:
        """The text between quotes; `\\"` is a quote and `\\\\` a backslash. What a plain quote
        opens, a plain quote closes: typographic ones between them are text."""
        start, read, at = self.at, [], self.at + 1
        signs = self.text if self.text[start] == '"' else self.signs
        while at < len(signs) and signs[at] != '"':
            if self.text[at] == "\\" and self.text[at + 1 : at + 2] in ('"', "\\"):
                at += 1
            read.append(self.text[at])
            at += 1
        if at >= len(signs):
            self._wrong("this quote is never closed", start)
        self.at = at + 1
        return "".join(read)

    def _blanks(self) -> None:
        while self.at < len(self.signs) and self.signs[self.at].isspace():
            self.at += 1

    def _minus(self) -> bool:
        if not self.signs.startswith("-", self.at):
            return False
        after = self.signs[self.at + 1 : self.at + 2]
        if not after or after.isspace():
            self._wrong("a minus sign needs something behind it", self.at)
        self.at += 1
        return True

    def _sees(self, keyword: str) -> bool:
        found = _BARE.match(self.signs, self.at)
        return found is not None and found[0].lower() == keyword

    def _keyword(self, keyword: str) -> bool:
        self._blanks()
        if not self._sees(keyword):
            return False
        self.at += len(keyword)
        return True

    def _wrong(self, sentence: str, at: int) -> NoReturn:
        raise FilterError(sentence, self.text, at)


def _bare(node: Node) -> Node:
    """The only condition of a node, where it has one."""
    return node.parts[0] if isinstance(node, All) and len(node.parts) == 1 else node


def _rank(end: Number | date) -> float:
    return end.toordinal() if isinstance(end, date) else end
