"""What a trainer's acceptance rules are made of, and rows seen as messages."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from curator.export.glance import Glances
from curator.export.lengths import Estimated, Lengths, Message, Tools
from curator.formats import sharegpt
from curator.formats.fields import decoded
from curator.formats.messages import write_turn

Row = Mapping[str, Any]
#: dropped: the row is left out without a word. cut: its end is. masked: nothing of it carries
#: loss. learnt: loss on what should have none. error: the trainer stops. warned: worth knowing.
Effect = Literal["error", "dropped", "cut", "masked", "learnt", "warned"]
EFFECTS: tuple[Effect, ...] = ("error", "dropped", "cut", "masked", "learnt", "warned")


class Finding(NamedTuple):
    """What a trainer would do to one row (or to the file), why, and where its rule stands."""

    effect: Effect
    why: str
    rule: str


class Sight(NamedTuple):
    """One finding in many rows: what, why (with `{}` for a number), where its rule stands, the
    places of the rows (NumPy), and the numbers where there are some."""

    effect: Effect
    why: str
    rule: str
    rows: Any
    numbers: Any = None

    def finding(self, place: int) -> Finding:
        """That of the row at a place of `rows`."""
        number = "" if self.numbers is None else int(self.numbers[place])
        return Finding(self.effect, self.why.format(number), self.rule)

    def without(self, rows: Any) -> "Sight":
        """The same in those rows alone that are not among `rows` (a Boolean for each)."""
        kept = ~rows[self.rows]
        numbers = None if self.numbers is None else self.numbers[kept]
        return self._replace(rows=self.rows[kept], numbers=numbers)


class Told(NamedTuple):
    """A row as messages: what all of it shares, and the endings (two that are compared, or one)."""

    row: Row
    context: list[Message]
    endings: list[list[Message]]

    @property
    def chat(self) -> list[Message]:
        """The context and the first ending."""
        return [*self.context, *self.endings[0]] if self.endings else self.context

    @property
    def tools(self) -> Tools:
        """The tools that a chat template is shown beside the messages."""
        return _all_of(decoded(self.row.get("tools")), dict) or None


@dataclass(frozen=True)
class Trainer:
    """One trainer's rules.

    `reads` are the layouts it can be pointed at, `inspect(told, rules)` finds what it would
    do to a row, and `whole(seen)` what it would do to the
    file.
    `limit` is its default length in tokens.
    `glance(glances, rules)` finds the same as `inspect` in many rows of plain messages without
    reading them, and says (a Boolean for each) in which it did not, since it must.
    """

    name: str
    about: str
    reads: frozenset[str]
    limit: int
    inspect: Callable[[Told, "Rules"], Iterator[Finding]]
    whole: Callable[["Seen"], Iterator[Finding]]
    glance: Callable[[Glances, "Rules"], tuple[list[Sight], Any]]


@dataclass(frozen=True)
class Rules:
    """What rows are measured with: the layout, the longest chat, and a ruler (None: no lengths)."""

    layout: str
    limit: int
    lengths: Lengths | None = None

    def over(self, messages: Sequence[Message], tools: Tools = None) -> int:
        """By how many tokens a chat is longer than the limit; 0 where it fits or nobody measures.
        Raises `ValueError` where the chat template refuses the chat."""
        if self.lengths is None:
            return 0
        if self.lengths.exact and not tools and _surely_short(messages, self.limit):
            return 0
        return max(0, self.lengths.chat(messages, tools) - self.limit)

    def longest(self, told: Told) -> int:
        """`over` of the row with the longer of its endings."""
        return max(self.over([*told.context, *ending], told.tools) for ending in told.endings)

    def full(self, told: Told) -> bool:
        """Whether what stands before the answer fills the limit, so that none of it is left."""
        if self.lengths is None or _surely_short(told.context, self.limit):
            return False
        shared = self.lengths.before
        return any(
            shared(told.context, ending, told.tools) >= self.limit for ending in told.endings
        )

    def over_at_a_glance(self, seen: Glances) -> Any:
        """What `over` returns for all of each chat, as an array; only for lengths that are not
        exact."""
        if self.lengths is None:
            return 0 * seen.messages
        assert isinstance(self.lengths, Estimated)
        tokens = self.lengths.sums(seen.characters, seen.size, seen.messages)
        return (tokens - self.limit).clip(0)

    @property
    def about(self) -> str:
        """How lengths are known, for the reason of a finding."""
        return "" if self.lengths is None or self.lengths.exact else "about "


@dataclass
class Seen:
    """What the rows of a file had in common, for rules about whole files."""

    layout: str
    rows: int = 0
    dropped: int = 0
    desired: int = 0
    undesired: int = 0
    kinds: dict[str, set[str]] | None = None
    #: Fields that appear where nobody looks for new ones, and the first row of each.
    late: dict[str, str] = field(default_factory=dict)


def in_arrow(seen: Seen, rule: str) -> Iterator[Finding]:
    """What keeps `datasets` from reading the file: it learns the columns and their types from the
    first ten megabytes."""
    for name, kinds in sorted((seen.kinds or {}).items()):
        if len(kinds) > 1:
            why = f"{name} is {' here and '.join(sorted(kinds))} there: Arrow holds one type"
            yield Finding("error", why, rule)
    for name, place in sorted(seen.late.items()):
        why = f"{name} is first there at {place}: `datasets` looks for fields in the first 10 MB"
        # Messages of which some have more keys than others are plain JSON to version 5.
        if "[]" in name:
            yield Finding("warned", f"{why}, and before its version 5 refuses later ones", rule)
        else:
            yield Finding("error", why, rule)


def told(row: Row) -> Told:
    """The row as messages, from any layout that is written."""
    messages = _all_of(row.get("messages"), dict)
    if messages is not None and "chosen" not in row:
        return Told(row, messages, [])
    for context, endings in _SHAPES:
        if all(key in row for key in endings) and (context is None or context in row):
            before = _messages(row, context) if context else []
            said = [_ending(row[key]) for key in endings]
            return Told(row, *_parted(said)) if context is None else Told(row, before, said)
    return Told(row, _messages(row, None), [])


def _parted(chats: list[list[Message]]) -> tuple[list[Message], list[list[Message]]]:
    """What two whole chats begin with, and how each goes on: as TRL finds an implicit prompt."""
    shared = 0
    for one, other in zip(*chats, strict=False):
        if one != other:
            break
        shared += 1
    return chats[0][:shared], [chat[shared:] for chat in chats]


_SHAPES: tuple[tuple[str | None, tuple[str, ...]], ...] = (
    ("input", ("preferred_output", "non_preferred_output")),
    ("conversations", ("chosen", "rejected")),
    ("messages", ("chosen", "rejected")),
    ("prompt", ("chosen", "rejected")),
    ("instruction", ("chosen", "rejected")),
    (None, ("chosen", "rejected")),
    ("prompt", ("completion",)),
    ("instruction", ("output",)),
)


def _ending(value: Any) -> list[Message]:
    if isinstance(value, str):
        return [{"role": "assistant", "content": value}]
    if isinstance(value, Mapping):
        return [_message(value)]
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return [{"role": "assistant", "content": value[0] if value else ""}]
    return [_message(item) for item in value]


def _messages(row: Row, key: str | None) -> list[Message]:
    found: list[Message] = []
    if isinstance(row.get("system"), str) and row["system"]:
        found.append({"role": "system", "content": row["system"]})
    for pair in _all_of(row.get("history"), list, tuple) or ():
        found += [{"role": "user", "content": pair[0]}, {"role": "assistant", "content": pair[1]}]
    for name in (key,) if key else ("messages", "conversations", "data", "text"):
        value = row.get(name)
        if name == "instruction":
            given = row.get("input") or ""
            words = f"{value}\n{given}" if value and given else value or given
            return [*found, {"role": "user", "content": words}]
        if isinstance(value, Mapping):
            return [*found, *(_message(item) for item in value.get("messages", ()))]
        listed = _all_of(value, dict, str)
        if listed is not None:
            return [*found, *_listed(listed)]
        if isinstance(value, str):
            return [*found, {"role": "user", "content": value}]
    return found


def _all_of(value: Any, *kinds: type) -> list[Any] | None:
    """A list of such things; None for a field that only has the name of one."""
    return value if isinstance(value, list) and {*map(type, value)} <= {*kinds} else None


def _listed(value: list[Any]) -> list[Message]:
    if isinstance(value[0] if value else "", str):
        roles = ("user", "assistant")
        return [{"role": roles[n % 2], "content": words} for n, words in enumerate(value)]
    return [_message(item) for item in value]


def _message(item: Mapping[str, Any]) -> Message:
    if "from" in item:
        return write_turn(sharegpt.read_turn(item, 1))
    return item if isinstance(item, dict) else dict(item)


def muted(messages: Sequence[Message]) -> int:
    """Answers that carry the weight 0."""
    return sum(m.get("role") == "assistant" and m.get("weight") == 0 for m in messages)


def unweighed(messages: Sequence[Message]) -> str:
    """What a trainer does that knows no weights, in words."""
    count = muted(messages)
    return (
        "1 answer of weight 0 is learnt"
        if count == 1
        else f"{count} answers of weight 0 are learnt"
    )


def blank(messages: Sequence[Message]) -> bool:
    """Whether no message says anything or calls a tool."""
    return not any(message.get("content") or message.get("tool_calls") for message in messages)


def _surely_short(messages: Sequence[Message], limit: int) -> bool:
    """A token is at least one byte of text, so a chat of few bytes needs no counting."""
    size = 0
    for message in messages:
        content = message.get("content")
        if not isinstance(content, str) or "tool_calls" in message:
            return False
        size += len(content)
    return 4 * size + 40 * len(messages) + 200 <= limit


def fits(seen: Glances, rules: Rules) -> tuple[list[Sight], Any]:
    """No findings for sound chats that are short enough; any other must be read."""
    return [], ~seen.sound | (rules.over_at_a_glance(seen) > 0)
