"""What is flagged in the chats on a reviewer's desk, read once for each chat."""

from collections.abc import Sequence

from curator.conversation import Signal
from curator.store.connection import Connection

#: Chats whose flags are kept at hand: a desk shows the same ones again after every verdict.
KEPT = 4096


class TurnFlags:
    """The flags on turns, by chat. What was read stays as it is until another run has ended, for
    only runs of `score` and `rules` write them."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._known: dict[str, tuple[Signal, ...]] = {}
        self._as_of: int = -1

    def of(self, conversation_ids: Sequence[str]) -> dict[str, tuple[Signal, ...]]:
        """The flags of these chats, by turn and name; chats without any are there too."""
        runs = int(self._db.value("select count(ended) from runs"))
        if runs != self._as_of or len(self._known) > KEPT:
            self._known, self._as_of = {}, runs
        known = self._known
        wanted = [id_ for id_ in conversation_ids if id_ not in known]
        if wanted:
            found: dict[str, list[Signal]] = {id_: [] for id_ in wanted}
            for row in self._db.rows(
                """
                select conversation_id, turn_index, name, value, flagged, coalesce(note, '')
                from signals
                where rewrite_id is null and flagged and conversation_id in (select unnest(?))
                order by conversation_id, turn_index, name
                """,
                [wanted],
            ):
                found[row[0]].append(Signal(*row))
            known.update({id_: tuple(flags) for id_, flags in found.items()})
        return {id_: known[id_] for id_ in conversation_ids}
