"""Which conversations are in a workspace already, asked of DuckDB only where it is likely.

Looking ids up in a column of a million costs as much as reading it. A filter of bits (two a
conversation, in 16 MiB; Bloom 1970) says of nearly every new id that it surely is not there.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from curator.store.connection import Connection

#: Two to this power bits: with ten million conversations one new id in 50 is looked up in vain.
POWER = 27
_ODD = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5)


class Known:
    """Ids that are stored, and those that wait to be."""

    def __init__(self, connection: Connection) -> None:
        import numpy as np

        self._db = connection
        self._bits = np.zeros(1 << (POWER - 3), np.uint8)
        self._waiting: set[str] = set()
        self._set(self._places([id_ for (id_,) in connection.rows("select id from conversations")]))

    def sort_out(self, ids: Sequence[str]) -> tuple[list[str], list[bool]]:
        """(those that are stored, for each whether it is new). What is new waits from now on."""
        places = self._places(ids)
        seen = self._seen(places)
        likely = [ids[at] for at in seen.nonzero()[0].tolist()]
        stored = known_ids(self._db, likely)
        fresh = []
        for id_ in ids:
            new = id_ not in self._waiting and id_ not in stored
            fresh.append(new)
            if new:
                self._waiting.add(id_)
        self._set(places)
        return list(stored), fresh

    def committed(self, ids: Iterable[str]) -> None:
        """These wait no longer: they are stored."""
        self._waiting.difference_update(ids)

    def _places(self, ids: Sequence[str]) -> Any:
        import numpy as np

        words = np.array(ids, "S32").view("<u8").reshape(-1, 4)
        odd = np.array(_ODD, np.uint64)
        both = (words * odd).sum(axis=1), (words * odd[::-1]).sum(axis=1)
        return np.concatenate(both) >> np.uint64(64 - POWER)

    def _seen(self, places: Any) -> Any:
        import numpy as np

        found = self._bits[places >> np.uint64(3)] >> (places & np.uint64(7)).astype(np.uint8) & 1
        return found[: len(found) // 2] & found[len(found) // 2 :]

    def _set(self, places: Any) -> None:
        import numpy as np

        marks = np.uint8(1) << (places & np.uint64(7)).astype(np.uint8)
        np.bitwise_or.at(self._bits, places >> np.uint64(3), marks)


def known_ids(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Those of `ids` that are in the workspace, hidden ones too."""
    if not ids:
        return set()
    rows = connection.rows(
        "select id from conversations where id in (select unnest(?::varchar[]))", [list(ids)]
    )
    return {row[0] for row in rows}
