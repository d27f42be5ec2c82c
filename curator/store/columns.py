"""Conversations and turns as columns for Arrow."""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

from curator.conversation import ROLES, Conversation, Turn
from curator.formats.fast import Block, Head
from curator.formats.plain import Plain
from curator.store.connection import as_json

NAMES = ["ord", "turn_index", "role", "content", "extra"]
#: These keys of `meta` have their own columns; the rest is JSON.
COLUMNS = ("license", "language", "category")


def conversation_columns(
    heads: Sequence[tuple[int, str, Conversation | Plain | Head]], run_id: int | None
) -> dict[str, list[Any]]:
    """Rows of `conversations` for (ord, id, conversation)."""
    chats = [chat for _, _, chat in heads]
    origins = [chat.origin for chat in chats]
    return {
        "ord": [ord_ for ord_, _, _ in heads],
        "id": [id_ for _, id_, _ in heads],
        "source": [origin.source for origin in origins],
        "line": [origin.line for origin in origins],
        "format": [origin.format for origin in origins],
        "source_id": [origin.source_id for origin in origins],
        **{name: [c.meta.get(name) for c in chats] for name in COLUMNS},
        "turn_count": [_turn_count(c) for c in chats],
        "meta": [_rest(c.meta) for c in chats],
        "run_id": [run_id] * len(chats),
    }


def turn_columns(turns: Sequence[tuple[int, int, Turn]]) -> dict[str, list[Any]]:
    """Rows of `turns` for (ord, turn index, turn)."""
    return {
        "ord": [ord_ for ord_, _, _ in turns],
        "turn_index": [index for _, index, _ in turns],
        "role": [turn.role for _, _, turn in turns],
        "content": [turn.content for _, _, turn in turns],
        "extra": [as_json(turn.extra) if turn.extra else None for _, _, turn in turns],
    }


class WaitingTurns:
    """Rows of `turns` by column: whole chats come in behind, any number of rows leaves in front."""

    def __init__(self) -> None:
        #: What came last is held by row, all before it by column.
        self._rows = _Singles()
        self._batches: deque[Any] = deque()
        self._held = 0

    def __len__(self) -> int:
        return self._held + len(self._rows)

    def first(self) -> int | None:
        """The chat that the first row belongs to; None where no row waits."""
        if self._batches:
            first: int = self._batches[0].column(0)[0].as_py()
            return first
        return self._rows.ords[0] if len(self._rows) else None

    def size(self) -> int:
        """About how many bytes of text wait."""
        held: int = sum(batch.nbytes for batch in self._batches)
        return held + self._rows.characters

    def add(self, ord_: int, chat: Conversation | Plain) -> None:
        """Take in the turns of one chat."""
        self._rows.add(ord_, chat)

    def add_block(self, ord_: int, block: Block) -> None:
        """Take in the turns of many chats, the first of which is `ord_`."""
        import numpy as np
        import pyarrow as pa

        self._settle()
        counts = np.array(block.counts)
        turns = int(counts.sum())
        ords = np.repeat(np.arange(ord_, ord_ + len(block)), counts)
        indexes = np.arange(turns) - np.repeat(np.cumsum(counts) - counts, counts)
        columns = [
            pa.array(ords, pa.int64()),
            pa.array(indexes, pa.int32()),
            pa.array(ROLES, pa.string()).take(pa.array(block.roles)),
            block.texts,
            pa.nulls(turns, pa.large_string()),
        ]
        self._hold(pa.RecordBatch.from_arrays(columns, names=NAMES))

    def take(self, pieces: Sequence[int]) -> dict[str, Any]:
        """The first rows for Arrow, which then wait no longer, in pieces of so many: DuckDB gives
        each piece to one thread, so that its rows stay together."""
        import pyarrow as pa

        self._settle()
        batches = []
        for size in pieces:
            batches += pa.Table.from_batches(list(self._front(size))).combine_chunks().to_batches()
        table = pa.Table.from_batches(batches)
        return {name: table.column(name) for name in NAMES}

    def _front(self, count: int) -> Iterator[Any]:
        while count:
            batch = self._batches.popleft()
            if len(batch) > count:
                self._batches.appendleft(batch.slice(count))
                batch = batch.slice(0, count)
            count -= len(batch)
            self._held -= len(batch)
            yield batch

    def _settle(self) -> None:
        if len(self._rows):
            self._hold(self._rows.batch())
            self._rows = _Singles()

    def _hold(self, batch: Any) -> None:
        self._batches.append(batch)
        self._held += len(batch)


class _Singles:
    """Turns of chats that came one by one."""

    def __init__(self) -> None:
        self.ords: list[int] = []
        self.characters = 0
        self._indexes: list[int] = []
        self._roles: list[str] = []
        self._contents: list[str] = []
        self._extras: list[str | None] = []

    def __len__(self) -> int:
        return len(self.ords)

    def add(self, ord_: int, chat: Conversation | Plain) -> None:
        if isinstance(chat, Plain):
            roles: Sequence[str] = chat.roles
            contents: Sequence[str] = chat.texts
            extras: list[str | None] = [None] * len(contents)
        else:
            roles = [turn.role for turn in chat.turns]
            contents = [turn.content for turn in chat.turns]
            extras = [as_json(turn.extra) if turn.extra else None for turn in chat.turns]
        self.ords += [ord_] * len(contents)
        self.characters += sum(map(len, contents))
        self._indexes += range(len(contents))
        self._roles += roles
        self._contents += contents
        self._extras += extras

    def batch(self) -> Any:
        import pyarrow as pa

        # With its type named, Arrow builds a column of texts in a seventh of the time.
        columns = [
            pa.array(self.ords, pa.int64()),
            pa.array(self._indexes, pa.int32()),
            pa.array(self._roles, pa.string()),
            pa.array(self._contents, pa.large_string()),
            pa.array(self._extras, pa.large_string()),
        ]
        return pa.RecordBatch.from_arrays(columns, names=NAMES)


def _turn_count(chat: Conversation | Plain | Head) -> int:
    if isinstance(chat, Head):
        return chat.count
    return len(chat.texts if isinstance(chat, Plain) else chat.turns)


def _rest(meta: dict[str, Any]) -> str:
    rest = {key: value for key, value in meta.items() if key not in COLUMNS}
    return as_json(rest) if rest else "{}"
