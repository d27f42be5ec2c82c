"""How strongly users object to the answers that rewrites would replace: weighed once, and kept.

A rewrite is weighed when it is made, or by `score`, or a stretch at a time while somebody reviews:
a million of them take many minutes, for every later word of the user is looked at.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from curator.conversation import Turn
from curator.objections import strength
from curator.progress import Progress, Silent
from curator.store.connection import Connection

#: Part of what is kept: another method looks again.
METHOD = 1
#: Rewrites that are weighed and committed together, and those between two words on progress.
WINDOW, SLICE = 2_000, 20
#: The numbers of the rewrites that were not weighed yet, their chats' and their turns'.
_MISSING = """
    from rewrites r where r.chat is not null
    and r.ord not in (select ord from rewrite_objections where method = $method)
"""


class Objections:
    """The weights of one workspace's rewrites, 0 to 1."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def missing(self) -> int:
        """How many rewrites were not weighed yet."""
        sql = f"select count(*) {_MISSING}"
        return int(self._db.cursor.execute(sql, {"method": METHOD}).fetchall()[0][0])

    def keep(self, strengths: Mapping[str, float]) -> None:
        """The weights of rewrites, by id, that somebody found who had their chats at hand."""
        ids = list(strengths)
        rows = self._db.rows(
            "select id, ord from rewrites where id in (select unnest(?::varchar[]))", [ids]
        )
        if rows:
            self._put([ord_ for _, ord_ in rows], [strengths[id_] for id_, _ in rows])

    def weigh(self, limit: int | None = None, progress: Progress | None = None) -> int:
        """Weigh what was not weighed yet, chat by chat, `limit` rewrites at most; how many were.
        What is done is kept when this is cut short."""
        progress = progress or Silent()
        if self._db.value("select 1 from rewrite_objections where method != ? limit 1", [METHOD]):
            self._db.execute("delete from rewrite_objections where method != ?", [METHOD])
        places = self._places(limit)
        progress.begin(len(places), "objections weighed")
        for first in range(0, len(places), WINDOW):
            window = places[first : first + WINDOW]
            found: list[float] = []
            for slice_ in self._weighed(window):
                found += slice_
                progress.step(len(slice_))
            self._put([ord_ for ord_, _, _ in window], found)
        return len(places)

    def _places(self, limit: int | None) -> Any:
        """Rewrite, chat and turn of what is to be weighed, an array of three columns; with a limit
        those made first, else by chat: neighbours are read together."""
        import numpy as np

        bound = "" if limit is None else f"order by r.ord limit {max(0, int(limit))}"
        columns = self._db.cursor.execute(
            f"select r.ord, r.chat, r.turn_index {_MISSING} {bound}", {"method": METHOD}
        ).by_column()
        rows = np.stack([np.asarray(column, np.int64) for column in columns.values()], axis=1)
        return rows[np.lexsort((rows[:, 0], rows[:, 1]))]

    def _weighed(self, window: Any) -> Iterator[list[float]]:
        """The weights of a window's rewrites, a slice at a time."""
        said = self._said(window)
        for first in range(0, len(window), SLICE):
            yield [
                strength([turn for at, turn in said.get(chat, ()) if at > index], -1)
                for _, chat, index in window[first : first + SLICE].tolist()
            ]

    def _said(self, window: Any) -> dict[int, list[tuple[int, Turn]]]:
        """What users say in these chats, and where: nobody else objects."""
        chats = sorted({chat for _, chat, _ in window.tolist()})
        said: dict[int, list[tuple[int, Turn]]] = {}
        for chat, at, content in self._db.rows(
            """
            select ord, turn_index, content from turns
            where ord between ? and ? and ord in (select unnest(?::bigint[])) and role = 'user'
            order by ord, turn_index
            """,
            [chats[0], chats[-1], chats],
        ):
            said.setdefault(chat, []).append((at, Turn("user", content)))
        return said

    def _put(self, ords: Sequence[int], strengths: Sequence[float]) -> None:
        """Keep weights; those that somebody else has kept meanwhile stay."""
        from curator.store.arrow import table

        with self._db.transaction() as cursor:
            cursor.register("weighed", table({"ord": ords, "strength": strengths}))
            try:
                cursor.execute(
                    """
                    insert into rewrite_objections (ord, strength, method)
                    select ord, strength, ? from weighed
                    where ord not in (select ord from rewrite_objections)
                    """,
                    [METHOD],
                )
            finally:
                cursor.unregister("weighed")
