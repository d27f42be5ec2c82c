"""An export file becomes what a model learns from: chats, and which answers in them to learn."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Literal

import msgspec

from curator.conversation import Conversation, Turn, digest
from curator.engines.tuning.job import Record
from curator.errors import DataError
from curator.formats import Format, recognise

#: Rows by which a file's format is told.
LOOKED_AT = 50
SURE = 0.5

Answers = Literal["all", "last"]


@dataclass
class Lessons:
    """What a data file gave: records to learn from (some held out), and what could not be used."""

    format: str
    records: list[Record] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)

    @property
    def held(self) -> int:
        """How many records are held out for validation."""
        return sum(record.held for record in self.records)

    def write(self, path: Path) -> None:
        """Put the records where the training process reads them."""
        encoder = msgspec.json.Encoder()
        with path.open("wb") as file:
            file.writelines(encoder.encode(record) + b"\n" for record in self.records)


def read(path: Path, answers: Answers) -> Lessons:
    """The lessons of an export in any known format. Raises `DataError` where it has none."""
    from curator.formats.reading import Record as Row
    from curator.formats.reading import Spoiled, open_source
    from curator.formats.reading import read as rows_of

    with open_source(str(path)) as source:
        rows = iter(rows_of(source))
        first = list(islice(rows, LOOKED_AT))
        layout = _format([item.row for item in first if isinstance(item, Row)], path)
        lessons = Lessons(layout.name)
        for number, item in enumerate(chain(first, rows), 1):
            # Both: an array may stand on one line, and a record may take many.
            where = f"{path.name}:{item.line} (record {number:,})"
            if isinstance(item, Spoiled):
                lessons.refused.append((where, item.reason))
                continue
            try:
                lessons.records += list(_records(layout, item.row, where, answers))
            except DataError as error:
                lessons.refused.append((where, str(error)))
    if not lessons.records:
        why = f": {lessons.refused[0][1]} ({lessons.refused[0][0]})" if lessons.refused else ""
        raise DataError(f"{path} holds nothing to learn from{why}")
    return lessons


def _format(rows: list[object], path: Path) -> Format:
    """The layout that fits the records best and can be read row by row."""
    objects = [row for row in rows if isinstance(row, dict)]
    for found in recognise(objects):
        if found.format.read and found.sureness * len(objects) >= SURE * len(rows):
            return found.format
    raise DataError(
        f"{path} is in no layout that can be trained on; `curator export` writes such files"
    )


def _records(layout: Format, row: object, where: str, answers: Answers) -> Iterator[Record]:
    assert layout.read is not None
    if not isinstance(row, dict):
        raise DataError("it is no JSON object")
    for conversation in layout.read(row):
        yield record_of(conversation, where, answers)


def record_of(conversation: Conversation, where: str, answers: Answers) -> Record:
    """One chat to learn from: every answer that follows a user turn, or the last of them.

    Answers with `weight` 0 (as in OpenAI's fine-tuning files) or a thumb down are context only.
    Raises `DataError` where no answer is left.
    """
    turns = list(conversation.turns)
    start = next((i for i, turn in enumerate(turns) if turn.role == "user"), len(turns))
    kept = [t for t in turns[:start] if t.role == "system"] + turns[start:]
    learn = [
        i
        for i, turn in enumerate(kept)
        if turn.role == "assistant" and turn.content.strip() and _wanted(turn)
    ]
    if not learn:
        raise DataError("it has no answer to a user turn")
    last = learn[-1]
    messages = [{"role": t.role, "content": t.content} for t in kept[: last + 1]]
    return Record(messages, learn if answers == "all" else [last], where)


def _wanted(turn: Turn) -> bool:
    return turn.extra.get("weight") != 0 and turn.extra.get("label") is not False


def hold_out(records: list[Record], share: float, seed: int) -> list[Record]:
    """The same records, `share` of them (from 1 up: so many) held out, chosen by the seed.

    Records that open with the same user turn stay on the same side: of a tree of answers, or of
    one chat cut into several rows, nothing leaks into validation.
    """
    wanted = int(share) if share >= 1 else int(share * len(records))
    families: dict[str, list[int]] = {}
    for index, record in enumerate(records):
        opening = next((m["content"] for m in record.messages if m["role"] == "user"), "")
        families.setdefault(digest(opening.strip()), []).append(index)
    held: set[int] = set()
    for family in sorted(families, key=lambda name: digest([seed, name])):
        if len(held) + len(families[family]) <= wanted:
            held.update(families[family])
    return [
        msgspec.structs.replace(record, held=index in held) for index, record in enumerate(records)
    ]
