"""A filter as SQL: conditions on a conversation `c`, or on a rewrite `r` with its head `h`.

What is asked of turns and rewrites becomes semi-joins, so that a million chats are never looked at
one by one. Every condition is true or false, never null: `not` of it is the rest.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, Literal

import msgspec

from curator.filters.fields import Field
from curator.filters.nodes import (
    All,
    Between,
    Compares,
    Filter,
    Is,
    Node,
    Not,
    Value,
    Words,
    field_of,
)
from curator.filters.nodes import Any as OneOf
from curator.filters.words import pattern, tokens
from curator.store.filter_columns import COLUMNS, SETS, VERDICT, WRITTEN, heads_for
from curator.store.hiding import Sight

Unit = Literal["conversation", "rewrite"]
#: Whatever is asked of a signal is asked of a turn, or of a rewrite beside other such conditions.
Subject = Literal["conversation", "turn", "rewrite", "signal"]


class Hits(msgspec.Struct, frozen=True):
    """Where words were found: a name of a table of (ord, turn_index)."""

    table: str


class Condition(msgspec.Struct, frozen=True):
    """SQL of a filter, without what is out of sight, and its named parameters."""

    sql: str
    parameters: dict[str, Any]


Find = Callable[[Words], Hits | None]


def condition(asked: Filter, unit: Unit, find: Find, sight: Sight) -> Condition:
    """The filter as a condition on `c`, or with unit rewrite on `c`, `r` and `h`.

    `find` looks words up in an index; where it gives None they are sought in the texts.
    """
    writer = _Writer(unit, find, sight)
    seen = [sight.chats]
    if unit == "rewrite":
        seen = [sight.chats.replace("c.ord", "r.chat"), sight.rewrites, "r.chat is not null"]
    parts = [part for part in (*seen, writer.of_chat(asked.root)) if part != "true"]
    return Condition(_joined("and", parts or ["true"]), writer.parameters)


class _Writer:
    def __init__(self, unit: Unit, find: Find, sight: Sight) -> None:
        self.unit = unit
        self.find = find
        self.sight = sight
        #: Whether what is written now may be denied, so that null must be false. (In a filter that
        #: is only asked whether it holds it is as good, and `a < 1` alone lets whole row groups be
        #: passed over.)
        self.denied = False
        #: The chat's number: where rewrites are asked for their chats need not be joined for it.
        self.chat = "c.ord" if unit == "conversation" else "r.chat"
        self.parameters: dict[str, Any] = {}

    def hold(self, value: Any) -> str:
        """A parameter's name in SQL."""
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"

    @contextmanager
    def _maybe_denied(self, denied: bool) -> Iterator[None]:
        before, self.denied = self.denied, denied
        try:
            yield
        finally:
            self.denied = before

    def _true(self, sql: str) -> str:
        """A condition that is never null where that matters."""
        return f"coalesce({sql}, false)" if self.denied else f"({sql})"

    def of_chat(self, node: Node) -> str:
        """A condition on the chat, or on the rewrite and its chat."""
        if isinstance(node, Not):
            with self._maybe_denied(True):
                return f"not {self.of_chat(node.part)}"
        if isinstance(node, All):
            return _joined("and", self._together(node)) if node.parts else "true"
        if isinstance(node, OneOf):
            return _joined("or", [self.of_chat(part) for part in node.parts])
        return self._group([node])

    def _together(self, node: All) -> list[str]:
        """Side by side: what is asked of a turn is asked of one turn, and so with rewrites."""
        grouped: dict[Subject, list[Node]] = {"turn": [], "rewrite": [], "signal": []}
        alone: list[str] = []
        for part in node.parts:
            subject = _subject(part)
            if subject in grouped and not isinstance(part, All | Not):
                grouped[subject].append(part)
            else:
                alone.append(self.of_chat(part))
        with_signals: Subject = "rewrite" if grouped["rewrite"] else "turn"
        grouped[with_signals] += grouped.pop("signal")
        return [*alone, *(self._group(parts) for parts in grouped.values() if parts)]

    def _group(self, parts: Sequence[Node]) -> str:
        """One turn, or one rewrite, of the chat for which all parts hold."""
        subjects = {_subject(part) for part in parts}
        if "conversation" in subjects:
            return self._leaf(parts[0], "c")
        if self.unit == "rewrite" and subjects <= {"rewrite", "signal"}:
            return _joined("and", [self._inside(part, "r") for part in parts])
        with self._maybe_denied(False):  # a row of a subquery is there or not
            return self._among(parts, subjects)

    def _among(self, parts: Sequence[Node], subjects: set[Subject]) -> str:
        """The chat is among those that a subquery finds."""
        if "rewrite" in subjects:
            inner = _joined("and", [self._inside(part, "r") for part in parts])
            return f"""{self.chat} in (
                select r.chat from rewrites r {heads_for(inner)}
                where r.chat is not null and {self.sight.rewrites} and {inner})"""
        if len(parts) == 1 and isinstance(parts[0], Words) and (hits := self.find(parts[0])):
            return f"{self.chat} in (select ord from {hits.table})"
        if len(parts) == 1 and _subject(parts[0]) == "signal" and not isinstance(parts[0], OneOf):
            return f"c.id in (select conversation_id from signals where {self._signal(parts[0])})"
        inner = _joined("and", [self._inside(part, "t") for part in parts])
        return f"{self.chat} in (select t.ord from turns t where {inner})"

    def _inside(self, node: Node, alias: str) -> str:
        if isinstance(node, OneOf):
            return _joined("or", [self._inside(part, alias) for part in node.parts])
        return self._leaf(node, alias)

    # conditions -----------------------------------------------------------------------------------

    def _leaf(self, leaf: Node, alias: str) -> str:
        if isinstance(leaf, Words):
            return self._words(leaf)
        assert isinstance(leaf, Is | Compares | Between)
        field = field_of(leaf)
        if field is None or field.name == "signal":
            return self._measured(leaf, alias)
        if isinstance(leaf, Is):
            return self._is(field, leaf.values)
        if field.name == "decided":
            days = self._number("created::date", leaf)
            return f"coalesce(h.seq in (select seq from events where {days}), false)"
        return self._number(COLUMNS[field.name], leaf)

    def _is(self, field: Field, values: Sequence[Value]) -> str:
        if field.kind == "yes":
            asked = {value.text for value in values}
            return "true" if len(asked) > 1 else ("not " * ("no" in asked)) + SETS[field.name]
        if field.name == "verdict":
            return _joined("or", [VERDICT[value.text] for value in values])
        if field.name == "tag":
            return self._tagged(values)
        if field.name == "cluster":
            return self._clustered(values)
        if field.choices:
            # They are stored as they are written here: `lower` of ten million roles takes longer
            # than all the rest.
            choices = " or ".join(f"{COLUMNS[field.name]} = {self.hold(v.text)}" for v in values)
            return self._true(choices)
        return self._texts(COLUMNS[field.name], values)

    def _texts(self, column: str, values: Sequence[Value]) -> str:
        return _joined("or", [self._text(column, value) for value in values])

    def _text(self, column: str, value: Value) -> str:
        if not value.text:
            return f"{column} is null"
        if not value.wild:
            return self._true(f"lower({column}) = lower({self.hold(value.text)})")
        escaped = "".join(f"\\{sign}" if sign in "\\%_" else sign for sign in value.text)
        pattern = self.hold(escaped.replace("*", "%"))
        return self._true(f"lower({column}) like lower({pattern}) escape '\\'")

    def _tagged(self, values: Sequence[Value]) -> str:
        """A tag of the chat, or one that a reviewer gave to the rewrite (any, asked of a chat)."""
        if any(not value.text for value in values):
            none = f"not ({self._tagged((Value('*', True),))})"
            rest = [value for value in values if value.text]
            return _joined("or", [none, self._tagged(rest)] if rest else [none])
        marks = "unnest(from_json(marks -> '$.tags', '[\"varchar\"]'))"
        chats = f"{self.chat} in (select ord from tags where {self._texts('tag', values)})"
        key, id_ = ("rewrite_id", "r.id") if self.unit == "rewrite" else ("conversation_id", "c.id")
        rewrites = f"""{id_} in (
            select {key} from (select {key}, {marks} as tag from heads where marks != '{{}}')
            where {self._texts("tag", values)})"""
        return f"({chats} or {rewrites})"

    def _clustered(self, values: Sequence[Value]) -> str:
        return f"""{self.chat} in (
            select p.chat from map_points p
            join clusters k on k.unit = p.unit and k.cluster = case k.level
                when 0 then p.coarse when 1 then p.middle else p.fine end
            where p.chat is not null and {self._texts("k.name", values)})"""

    def _number(self, column: str, leaf: Is | Compares | Between) -> str:
        if isinstance(leaf, Compares):
            return self._true(f"{column} {leaf.sign} {self.hold(leaf.value)}")
        assert isinstance(leaf, Between)
        ends: list[tuple[str, int | float | date | None]] = [(">=", leaf.low), ("<=", leaf.high)]
        tests = [f"{column} {sign} {self.hold(end)}" for sign, end in ends if end is not None]
        return self._true(" and ".join(tests))

    def _signal(self, leaf: Node) -> str:
        if isinstance(leaf, Is):
            return f"flagged and {self._texts('name', leaf.values)}"
        assert isinstance(leaf, Compares | Between)
        return f"name = {self.hold(leaf.name)} and {self._number('value', leaf)}"

    def _measured(self, leaf: Node, alias: str) -> str:
        if alias == "t":
            return f"""(t.ord, t.turn_index) in (
                select c.ord, s.turn_index from signals s
                join conversations c on c.id = s.conversation_id where {self._signal(leaf)})"""
        return f"""(r.id in (
                select rewrite_id from signals
                where rewrite_id is not null and {self._signal(leaf)})
            or (r.conversation_id, r.turn_index) in (
                select conversation_id, turn_index from signals
                where rewrite_id is null and {self._signal(leaf)}))"""

    def _words(self, words: Words) -> str:
        hits = self.find(words)
        if hits is not None:
            return f"(t.ord, t.turn_index) in (select ord, turn_index from {hits.table})"
        columns = ("t.content", "r.content", "r.criticism", "h.content")
        said = [self._says(column, words) for column in columns]
        return f"""({said[0]} or (t.ord, t.turn_index) in (
            select c.ord, r.turn_index from rewrites r
            join conversations c on c.ord = r.chat
            where {self.sight.rewrites} and ({said[1]} or {said[2]})
            union all
            select c.ord, h.turn_index from heads h
            join conversations c on c.id = h.conversation_id
            where {WRITTEN} and {said[3]}))"""

    def _says(self, column: str, words: Words) -> str:
        if not tokens(words.text):
            return f"coalesce(contains(lower({column}), lower({self.hold(words.text)})), false)"
        return f"coalesce(regexp_matches({column}, {self.hold(pattern(words))}), false)"


def _subject(node: Node) -> Subject:
    """What a condition is asked of; a mixture is a matter of the chat."""
    if isinstance(node, Words):
        return "turn"
    if isinstance(node, All | OneOf):
        subjects = {_subject(part) for part in node.parts}
        if len(subjects) == 1:
            return subjects.pop()
        return (
            "rewrite"
            if subjects == {"rewrite", "signal"}
            else ("turn" if subjects == {"turn", "signal"} else "conversation")
        )
    if isinstance(node, Not):
        return "conversation"
    field = field_of(node)
    return field.of if field and field.name != "signal" else "signal"


def _joined(word: str, conditions: Sequence[str]) -> str:
    return conditions[0] if len(conditions) == 1 else "(" + f" {word} ".join(conditions) + ")"
