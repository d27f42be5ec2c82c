"""`curator import --explain`: what would be read, and how it is understood."""

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
    with open_source(file, limits) as source:
        reading = read(source, limits, wishes.mapping.values())
        records = list(islice(iter(reading), SAMPLE))
    rows = [record for record in records if isinstance(record, Record)]
    if not rows:
        raise DataError(f"{file}: nothing in it could be read")
    layout = layout_of([r.row for r in rows], file, wishes.asked, wishes.mapping)
    say = report.lines.append
    say(f"{file}: {ABOUT[reading.shape]}, {source.encoding}")
    say(f"  layout {layout.format.name} ({layout.sureness:.2f}): {layout.why}")
    if layout.others:
        say(f"  next best: {', '.join(layout.others)}")
    if layout.mapped:
        say("  mapped by you: " + ", ".join(f"{o} = {t}" for o, t in layout.mapped.items()))
    if layout.format.maps:
        say(f"  {layout.format.maps}")
    shown = 0
    for number, record in enumerate(rows, 1):
        try:
            chats = layout.conversations(record.row)
        except DataError as error:
            say(f"  row {number} would be rejected: {error}")
            continue
        if not shown:
            for field, place in places(record.row, chats):
                say(f"  {field} -> {place}")
        if shown < SHOWN:
            shown += 1
            for turn, (role, text) in enumerate(_turns(chats[0])):
                report.rows.append((file, number, turn, role, text))
    report.count("rows looked at", len(records))


def places(row: Any, chats: Sequence[Conversation]) -> Iterator[tuple[str, str]]:
    """Each field of a record, and where its text is found in the chats made of it."""
    for path, text in _texts(row, ""):
        where = next((w for chat in chats for w in _where(chat, text)), None)
        if where is not None:
            yield path, where


def _where(chat: Conversation, text: str) -> Iterator[str]:
    for index, turn in enumerate(chat.turns):
        if turn.content == text:
            yield f"turn {index}, {turn.role}"
    for index, turn in enumerate(chat.turns):
        if len(text) > 3 and text in turn.content:
            yield f"turn {index}, {turn.role} (part)"
        for key, value in turn.extra.items():
            if text and text in str(value):
                yield f"turn {index}, {turn.role}: {key}"
    if text == chat.origin.source_id:
        yield "id of the record"
    for key, value in chat.meta.items():
        if str(value) == text or (len(text) > 3 and text in str(value)):
            yield f"kept as {key}"


def _texts(value: Any, path: str, most: int = 12) -> Iterator[tuple[str, str]]:
    """Paths to the texts of a record; of long lists only the first few."""
    if isinstance(value, Mapping):
        for key, inner in islice(value.items(), most):
            yield from _texts(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, inner in enumerate(value[:2]):
            yield from _texts(inner, f"{path}[{index}]")
    elif value is not None and str(value):
        yield path or "(the text)", str(value)


def _turns(chat: Conversation) -> Iterator[tuple[str, str]]:
    for turn in chat.turns[:6]:
        text = " ".join(turn.content.split())
        yield turn.role, text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"
