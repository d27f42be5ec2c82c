"""Chats of words alone, by column: no object is made for a turn of them."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from curator.conversation import Conversation, Origin, Turn
from curator.export.sheaf import Sheaf, Words
from curator.export.splicing import meta_of
from curator.store.connection import Connection
from curator.store.stretches import turn

HEADS = """
    select ord, id, source, line, format, source_id, license, language, category, meta
    from conversations where ord between ? and ?
"""
TURNS = """
    select ord, turn_index, ascii(role)::utinyint as letter, role, content, extra
    from turns where ord between ? and ?
"""


class Parted(NamedTuple):
    """A stretch of conversations: those of words alone, and the others whole, by `ord`."""

    bare: Sheaf
    whole: dict[int, Conversation]


def parted(
    db: Connection, picked: Sequence[int], settled: Collection[int], how: tuple[bool, bool]
) -> Parted:
    """The `picked` conversations (by `ord`, ascending, near each other). Those that are `settled`,
    have an `extra` somewhere or no turns come whole. `how` says whether a conversation's own id is
    its name where its source gave none, and whether those come whole, too, in which question and
    answer do not take turns."""
    import numpy as np

    named, paired = how
    first, last = picked[0], picked[-1]
    heads = _sorted(db.cursor.table(HEADS, [first, last]), "ord")
    turns = _Turns(db, first, last)
    wanted = np.array(picked, np.int64)
    ords = heads["ord"].to_numpy()
    at = ords.searchsorted(wanted)
    columns = {name: heads[name].take(at).to_pylist() for name in heads.column_names[1:]}
    whole = np.fromiter(settled, np.int64, len(settled))
    bare = turns.are_bare(wanted) & ~np.isin(wanted, whole)
    if paired:
        bare &= turns.are_paired(wanted)
    return Parted(
        _sheaf(columns, turns, wanted, bare.nonzero()[0], named),
        {
            int(wanted[place]): _conversation(columns, place, turns.told(int(wanted[place])))
            for place in (~bare).nonzero()[0].tolist()
        },
    )


def _sheaf(
    columns: dict[str, list[Any]], turns: "_Turns", wanted: Any, places: Any, named: bool
) -> Sheaf:
    def those(name: str) -> list[Any]:
        column = columns[name]
        return [column[place] for place in places.tolist()]

    heads = [*map(those, ("source", "license", "language", "category", "meta"))]
    names = those("source_id")
    if named:
        names = [name or id_ for name, id_ in zip(names, those("id"), strict=True)]
    ords = wanted[places]
    words, firsts, roles = turns.of(ords)
    return Sheaf(ords, [*zip(*heads, strict=True)], those("line"), names, words, firsts, roles)


def _conversation(
    columns: dict[str, list[Any]], place: int, turns: tuple[Turn, ...]
) -> Conversation:
    found = {name: column[place] for name, column in columns.items()}
    origin = Origin(found["source"], found["line"], found["format"], found["source_id"])
    names = ("license", "language", "category", "meta")
    return Conversation(turns, origin, meta_of(*(found[name] for name in names)))


class _Turns:
    """The turns of a stretch of conversations, by column; `order` says where in the table each of
    them lies."""

    def __init__(self, db: Connection, first: int, last: int) -> None:
        import numpy as np

        self._table = db.cursor.table(TURNS, [first, last])
        ords, index = (self._table[name].to_numpy() for name in ("ord", "turn_index"))
        # They lie in order but for odd moments, and DuckDB would copy all words to sort them.
        self._order = np.lexsort((index, ords))
        self._ords = ords[self._order]
        rich = self._table["extra"].is_valid().to_numpy()[self._order]
        self._rich = np.concatenate(([0], rich.cumsum()))

    def are_bare(self, ords: Any) -> Any:
        """Whether each conversation has turns, and none with an `extra`."""
        start, end = self._bounds(ords)
        return (end > start) & (self._rich[end] == self._rich[start])

    def are_paired(self, ords: Any) -> Any:
        """Whether in each conversation question and answer take turns, and nobody else speaks."""
        import numpy as np

        start, end = self._bounds(ords)
        letters = self._table["letter"].to_numpy()[self._order]
        answers = self._table["turn_index"].to_numpy()[self._order] % 2 == 1
        strange = letters != np.where(answers, ord("a"), ord("u"))
        strange = np.concatenate(([0], strange.cumsum()))
        return ((end - start) % 2 == 0) & (strange[end] == strange[start])

    def of(self, ords: Any) -> tuple[Words, Any, Any]:
        """The words of some conversations' turns, where each conversation begins (and the last
        ends), and the first letters of roles."""
        import numpy as np

        start, end = self._bounds(ords)
        firsts = np.concatenate(([0], (end - start).cumsum()))
        places = np.arange(firsts[-1]) + np.repeat(start - firsts[:-1], end - start)
        rows = self._order[places]
        letters = self._table["letter"].to_numpy()
        return Words(_those(self._table["content"], rows)), firsts, letters[rows]

    def told(self, ord_: int) -> tuple[Turn, ...]:
        """The turns of one conversation."""
        start, end = (int(bound) for bound in self._bounds(ord_))
        said = self._table.take(self._order[start:end])
        columns = (said[name].to_pylist() for name in ("role", "content", "extra"))
        return tuple(map(turn, *columns))

    def _bounds(self, ords: Any) -> tuple[Any, Any]:
        return self._ords.searchsorted(ords), self._ords.searchsorted(ords, "right")


def _those(said: Any, rows: Any) -> Any:
    """The rows of an Arrow column in one piece, without copying it where all are wanted as they
    lie."""
    import numpy as np
    import pyarrow as pa

    said = said.chunk(0) if said.num_chunks == 1 else pa.concat_arrays(said.chunks)
    return said if np.array_equal(rows, np.arange(len(said))) else said.take(rows)


def _sorted(table: Any, column: str) -> Any:
    """The table, in the order of a column, of which each value is there once."""
    import numpy as np

    order = np.argsort(table[column].to_numpy())
    return table.take(order)
