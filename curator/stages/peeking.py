"""`curator import --explain`: what would be read, and how it is understood."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from curator.conversation import Conversation
from curator.errors import CuratorError, DataError
from curator.stages.accounts import Wishes
from curator.stages.base import Report
from curator.stages.intake import SAMPLE

SHOWN = 3
WIDTH = 160
#: Words up to this length say little.
SHORT = 3
#: The names in a path such as `messages[0].content`.
NAME = re.compile(r"[^.\[\]]+")
COLUMNS = ("file", "row", "turn", "role", "text")


def explained(files: Sequence[str], wishes: Wishes) -> Report:
    """For each file: its shape, its layout and why, what maps where, and three chats.

    Raises `DataError` when no file could be read.
    """
    report = Report(columns=COLUMNS)
    errors: list[CuratorError] = []
    for file in files:
        try:
            _explain(file, wishes, report)
        except DataError as error:
            errors.append(error)
            report.fail(file, error)
    if len(errors) == len(files):
        raise errors[0]
    return report


def _explain(file: str, wishes: Wishes, report: Report) -> None:
    from curator.formats.layouts import layout_of
    from curator.formats.reading import Limits, Record, open_source, read
    from curator.formats.reading.shapes import ABOUT

    limits = Limits(total=wishes.max_bytes)
    with open_source(file, limits, wishes.encoding) as source:
        reading = read(source, limits, wishes.mapping.values())
        records = list(islice(iter(reading), SAMPLE))
    rows = [record for record in records if isinstance(record, Record)]
    if not rows:
        why = records[0].reason if records else "no records in it"
        raise DataError(f"{file}: nothing in it could be read ({why})")
    layout = layout_of([r.row for r in rows], file, wishes.asked, wishes.mapping)
    say = report.lines.append
    say(", ".join([f"{file}: {ABOUT[reading.shape]}", *filter(None, [source.encoding])]))
    say(f"  layout {layout.format.name} ({layout.sureness:.2f}): {layout.why}")
    if layout.others:
        say(f"  next best: {', '.join(layout.others)}")
    if layout.mapped:
        say("  read under our names: " + ", ".join(f"{o} = {t}" for o, t in layout.mapped.items()))
    if layout.format.maps:
        say(f"  {layout.format.maps}")
    shown = 0
    for number, record, found in _read(layout, rows):
        if isinstance(found, DataError):
            say(f"  row {number} would be rejected: {found}")
            continue
        if not shown:
            for field, place in places(record.row, found):
                say(f"  {field} -> {place}")
        if shown < SHOWN:
            shown += 1
            for turn, (role, text) in enumerate(_turns(found[0])):
                report.rows.append((file, number, turn, role, text))
    report.count("rows looked at", len(records))


def _read(
    layout: Any, rows: Sequence[Any]
) -> Iterator[tuple[int, Any, "list[Conversation] | DataError"]]:
    """(number of the row, row, its chats or why there are none); of chats that are spread over
    many rows the number and the row are their first."""
    if layout.format.gather is None:
        for number, record in enumerate(rows, 1):
            try:
                yield number, record, layout.conversations(record.row)
            except DataError as error:
                yield number, record, error
        return
    placed = []
    for number, record in enumerate(rows, 1):
        try:
            placed.append(((number, record), layout.row(record.row)))
        except DataError as error:
            yield number, record, error
    for (number, record), found in layout.format.gather(placed):
        yield number, record, found if isinstance(found, DataError) else [found]


def places(row: Any, chats: Sequence[Conversation]) -> Iterator[tuple[str, str]]:
    """Each field of a record, and where its text is found in the chats made of it."""
    for path, value in _values(row, ""):
        where = next((w for chat in chats for w in _where(chat, path, value)), None)
        if where is not None:
            yield path, where


def _where(chat: Conversation, path: str, value: Any) -> Iterator[str]:
    text = str(value)
    for index, turn in enumerate(chat.turns):
        if turn.content == value:
            yield f"turn {index}, {turn.role}"
    # A number or a short word is found in many places by chance: there its name must agree.
    name = NAME.findall(path or "text")[-1]
    if text == chat.origin.source_id and (len(text) > SHORT or "id" in name.lower()):
        yield "id of the record"
    for index, turn in enumerate(chat.turns):
        if len(text) > SHORT and text in turn.content:
            yield f"turn {index}, {turn.role} (part)"
    places = [(f"kept as {key}", key, value) for key, value in chat.meta.items()]
    for index, turn in enumerate(chat.turns):
        places += [(f"turn {index}, {turn.role}: {k}", k, v) for k, v in turn.extra.items()]
    for named in (True, False):
        for there, key, kept in places:
            for at, said in _values(kept, key, 1000):
                same_name = NAME.findall(at)[-1] == name
                if str(said) == text and (same_name if named else len(text) > SHORT):
                    yield there


def _values(value: Any, path: str, most: int = 12) -> Iterator[tuple[str, Any]]:
    """Paths to the texts and numbers of a record; of long lists only the first few."""
    if isinstance(value, Mapping):
        for key, inner in islice(value.items(), most):
            yield from _values(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, inner in enumerate(value[: max(2, most // 12)]):
            yield from _values(inner, f"{path}[{index}]")
    elif value is not None and str(value):
        yield path or "(the text)", value


def _turns(chat: Conversation) -> Iterator[tuple[str, str]]:
    for turn in chat.turns[:6]:
        text = " ".join(turn.content.split())
        yield turn.role, text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"
