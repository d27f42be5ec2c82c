"""How the rows of one file are understood: the layout its records have, and the names mapped."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from curator.conversation import Conversation
from curator.errors import ConfigError, DataError
from curator.formats import FORMATS, recognise
from curator.formats.base import Format, Row, kind
from curator.formats.wrapping import BARE, Wrapping, wrappings

#: Below this a layout is a guess, and a guess is no ground for taking a stranger's words.
SURE = 0.5
#: At least this share of the first rows must have a known layout.
FEWEST = 0.1
#: How many other likely layouts are named.
CLOSE = 3
#: What a text is that was meant to be data, by how it begins.
NO_DATA = (
    (re.compile(r"\s*<(?:!doctype html|html|head|body)\b", re.I),
     "a web page (an error page, perhaps, saved in place of the file): fetch the file itself"),
    (re.compile(r"\s*<\?xml\b|\s*<[A-Za-z]\w*>"),
     "XML, which is not read: convert it to JSON lines"),
    (re.compile(r"version https://git-lfs"),
     "a Git LFS pointer in place of the file: run `git lfs pull`, or fetch the file itself"),
)  # fmt: skip


@dataclass
class Layout:
    """The format of a file's rows, why, and the field names that were mapped (ours: theirs).
    `asked` says that a person named it: then no row is taken for another."""

    format: Format
    sureness: float
    why: str
    mapped: Mapping[str, str] = field(default_factory=dict)
    others: Sequence[str] = ()
    asked: bool = False
    wrapping: Wrapping = BARE

    def row(self, value: Any) -> Row:
        """A decoded record as the formats read it, under our names. Raises `DataError`."""
        fields = as_fields(value)
        return renamed(self.wrapping.opened(fields) if self.wrapping else fields, self.mapped)

    def conversations(self, row: Any) -> list[Conversation]:
        """Those of one row. A row of another layout is read by its own. Raises `DataError`."""
        fields = self.row(row)
        try:
            found = list(self.format.read(fields)) if self.format.read else []
        except DataError as error:
            other = None if self.asked else self._other(fields)
            if other is None or other.read is None:
                raise
            try:
                found = list(other.read(fields))
            except DataError:
                raise error from None
        if not found:
            raise DataError("no turns in it")
        return found

    def all_of(self, rows: Iterable[Any]) -> Iterator[Conversation | DataError]:
        """The conversations of a whole file's rows, those that are spread over many put together,
        and for a row that cannot be read the reason."""
        spread = []
        for row in rows:
            try:
                if self.format.gather is None:
                    yield from self.conversations(row)
                else:
                    spread.append((row, self.row(row)))
            except DataError as error:
                yield error
        if self.format.gather is not None:
            yield from (found for _, found in self.format.gather(spread))

    def _other(self, fields: Mapping[str, Any]) -> Format | None:
        """The likeliest other layout of one row, if it is likely enough. A broken row of this very
        layout has none: what else it looks like would leave out what makes it so (a label)."""
        for format_, sureness, _ in recognise([fields]):
            if sureness < SURE or format_.name == self.format.name:
                return None
            # One row of a chat that is spread over many is no chat.
            if format_.read is not None and format_.gather is None:
                return format_
        return None


def layout_of(
    rows: Sequence[Any], name: str, asked: str | None, mapping: Mapping[str, str]
) -> Layout:
    """The layout that most of a file's first rows have, or the one `asked` for.

    Raises `DataError` when too few have any, and `ConfigError` when the one asked for is unknown.
    """
    if asked is not None:
        return Layout(named(asked), 1.0, "as you said", mapping, asked=True)
    fields = list(_mapped(rows, mapping))
    wrapping = BARE
    if spelled := respelled(fields):
        mapping = {**spelled, **mapping}
        fields = list(_mapped(rows, mapping))
    votes = _votes(fields)
    if votes.total() < max(1, FEWEST * len(rows)):
        for wrapping in wrappings(fields):
            opened = [renamed(wrapping.opened(row), mapping) for row in fields]
            if (votes := _votes(opened)).total() >= max(1, FEWEST * len(rows)):
                fields = opened
                break
        else:
            raise DataError(f"{name}: {_unknown(fields)}")
    opinions = {format_.name: (sure, why) for format_, sure, why in recognise(fields)}
    (best, voters), *rest = votes.most_common()
    sureness, why = opinions[best]
    if rest:
        why += f" ({voters} of {len(rows)} rows)"
    others = [f"{n} {s:.2f}" for n, (s, _) in opinions.items() if n != best][:CLOSE]
    why += f", {wrapping.told}" if wrapping else ""
    return Layout(FORMATS[best], sureness, why, mapping, others, wrapping=wrapping)


def _votes(fields: Sequence[Row]) -> Counter[str]:
    """How many rows have which layout, by the likeliest of each."""
    votes: Counter[str] = Counter()
    for row in fields:
        ranked = [
            r for r in recognise([row]) if r.sureness >= SURE and (r.format.read or r.format.gather)
        ]
        if ranked:
            votes[ranked[0].format.name] += 1
    return votes


def respelled(fields: Sequence[Row]) -> dict[str, str]:
    """Names written in capitals or with a colon, as {ours: theirs}, where a layout is known by
    them in small letters better than as they are; empty where none is."""
    given = {str(name): None for row in fields for name in row}
    plain = {name: name.strip().rstrip(":：").strip().lower() for name in given}
    found = {ours: theirs for theirs, ours in plain.items() if ours != theirs}
    if not found or found.keys() & given.keys():
        return {}
    as_is, better = (_best(rows) for rows in (fields, [renamed(row, found) for row in fields]))
    return found if better > max(as_is, SURE) else {}


def _best(fields: Sequence[Row]) -> float:
    return max((r.sureness for r in recognise(fields)), default=0.0)


def _mapped(rows: Sequence[Any], mapping: Mapping[str, str]) -> Iterator[Row]:
    for row in rows:
        with suppress(DataError):
            yield renamed(as_fields(row), mapping)


def named(name: str) -> Format:
    """The readable format called `name`. Raises `ConfigError` with the names there are."""
    from difflib import get_close_matches

    readable = [f.name for f in FORMATS.values() if f.read or f.gather]
    if name in readable:
        return FORMATS[name]
    close = get_close_matches(name, readable, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(sorted(readable))}"
    raise ConfigError(f"--as {name}: no such format to read; {hint}")


def mapping_of(pairs: Iterable[str]) -> dict[str, str]:
    """`("output=answer",)` as {ours: theirs}. Raises `ConfigError` for anything else."""
    mapping = {}
    for pair in pairs:
        ours, equals, theirs = pair.partition("=")
        if not (ours and equals and theirs):
            raise ConfigError(f"--map {pair}: write FIELD=NAME, as in --map output=answer")
        mapping[ours] = theirs
    return mapping


def as_fields(row: Any) -> Row:
    """A record as named fields: a bare text is a prompt, a bare list the turns of a chat.

    Raises `DataError` for anything else.
    """
    if isinstance(row, Mapping):
        return row
    if isinstance(row, str):
        return _twice(row) or {"prompt": row}
    if not isinstance(row, list) or not row:
        raise DataError(f"a record must be an object, a text or a list, not {kind(row)}")
    if all(isinstance(item, Mapping) for item in row):
        return {"conversations" if "from" in row[0] else "messages": row}
    return {"data": row}


def _twice(words: str) -> Row | None:
    """The object that a text holds as JSON (records that were encoded twice); None for others."""
    from curator.formats.reading import LIMITS
    from curator.formats.reading.decoding import Decoder, Unreadable

    if not (words[:1] == "{" and words[-1:] == "}"):
        return None
    with suppress(Unreadable):
        found = Decoder(LIMITS).decode(words.encode("utf-8", "replace"))
        return found if isinstance(found, Mapping) else None
    return None


def renamed(fields: Mapping[str, Any], mapping: Mapping[str, str]) -> Mapping[str, Any]:
    """The same fields under our names where they were mapped."""
    if not mapping:
        return fields
    taken = set(mapping.values())
    kept = {name: value for name, value in fields.items() if name not in taken}
    return {**kept, **{ours: fields[t] for ours, t in mapping.items() if t in fields}}


def _unknown(fields: Sequence[Mapping[str, Any]]) -> str:
    if not fields:
        return "its records are no objects, texts or lists of turns"
    if set(fields[0]) == {"text"}:
        words = fields[0]["text"]
        for begins, what in NO_DATA:
            if isinstance(words, str) and begins.match(words):
                return f"this is {what}"
        return (
            "plain text without the marks of a chat (such as 'Human:' and 'Assistant:', or "
            "ChatML's <|im_start|>)"
        )
    if not fields[0]:
        return "its records are empty objects"
    several = fields[0].get("messages")
    if len(fields[0]) == 1 and isinstance(several, list):
        names = ", ".join(repr(str(name)) for name in list(several[0])[:8])
        return f"a list of objects with the fields {names} holds no turns; give each its own row"
    names = ", ".join(repr(str(name)) for name in list(fields[0])[:8])
    return (
        f"no known layout has the fields {names}; say which one with --as, or name the "
        "fields with --map instruction=… --map output=…"
    )
