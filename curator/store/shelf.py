"""All conversations as lines to leaf through: windows by `ord`, which cost the same anywhere."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from curator.conversation import Conversation, Decision, Rewrite
from curator.filters.views import asking, in_shell
from curator.store.connection import Connection
from curator.store.conversations import SHOWN, Conversations
from curator.store.decisions import Decisions
from curator.store.hiding import Hiding
from curator.store.rewrites import Rewrites
from curator.verdicts import Head

if TYPE_CHECKING:
    import numpy as np

#: So many characters of a chat's opening are read for its line.
OPENING = 200
#: The orders a library can be in: what it is called, and by what; after it they stand as they came.
ORDERS: dict[str, str] = {
    "as they came": "ord",
    "newest first": "-ord",
    "most turns first": "-turn_count",
    "fewest turns first": "turn_count",
    "by language": "language",
    "by source": "source",
}
#: What is sorted by its few different values: the names of a million chats take long, and room.
NAMES = ("language", "source")


def command(where: str, workspace: Path) -> str:
    """What to type to list the chats that a filter finds."""
    return in_shell(["curator", "list", *asking(where), "--workspace", str(workspace)])


class Card(msgspec.Struct, frozen=True):
    """One line of the library. `words` counts verdicts on the chat's rewrites ("pending" too);
    `hidden` is why it is out of sight, "" where it is not."""

    ord: int
    id: str
    source: str
    line: int | None
    language: str
    turns: int
    opening: str
    hidden: str = ""
    words: dict[str, int] = {}


class File(msgspec.Struct, frozen=True):
    """All that is known of one conversation."""

    ord: int
    conversation: Conversation
    rewrites: tuple[tuple[str, Rewrite], ...]
    heads: dict[str, Head]
    said: tuple[Decision, ...]
    run: str
    hidden: str


class Shelf:
    """The library's view of the store."""

    def __init__(self, connection: Connection, decisions: Decisions, hiding: Hiding) -> None:
        self._db, self._decisions, self._hiding = connection, decisions, hiding
        self._conversations = Conversations(connection)
        self._rewrites = Rewrites(connection)

    def size(self) -> int:
        """One more than the last `ord`: how many there are, hidden ones too."""
        return self._db.next_number("conversations", "ord")

    def order(self, name: str) -> "np.ndarray[Any, Any]":
        """The `ord`s of all that are in sight, in one of `ORDERS`."""
        import numpy as np

        key = ORDERS[name]
        named = f"""
            join (select {key} as it, row_number() over (order by {key} nulls last) as key
                from (select distinct {key} from conversations)) k
            on k.it is not distinct from c.{key}"""
        found = self._db.cursor.execute(
            f"""
            select c.ord, {"k.key" if key in NAMES else key} as key
            from conversations c {named if key in NAMES else ""} where c.{SHOWN}
            """
        ).by_column()
        ords: np.ndarray[Any, Any] = found["ord"][np.lexsort((found["ord"], found["key"]))]
        return ords

    def cards(self, ords: Sequence[int]) -> list[Card]:
        """The lines of these conversations, in the order asked for."""
        if not ords:
            return []
        wanted = [min(ords), max(ords), list(ords)]
        heads = self._db.rows(
            """
            select ord, id, source, line, language, turn_count from conversations
            where ord between ? and ? and ord in (select unnest(?::bigint[]))
            """,
            wanted,
        )
        openings = dict(
            self._db.rows(
                f"""
                select ord, left(arg_min(content, (role <> 'user', turn_index)), {OPENING})
                from turns where ord between ? and ? and ord in (select unnest(?::bigint[]))
                group by ord
                """,
                wanted,
            )
        )
        words = self._words([row[1] for row in heads])
        hidden = self._hiding.of(ords)
        cards = {
            ord_: Card(
                ord_, id_, source, line, language or "", turns, openings.get(ord_) or "",
                hidden[ord_].why if ord_ in hidden else "", words.get(id_, {}),
            )
            for ord_, id_, source, line, language, turns in heads
        }  # fmt: skip
        return [cards[ord_] for ord_ in ords if ord_ in cards]

    def file(self, ord_: int) -> File | None:
        """One conversation with its rewrites, verdicts and history, hidden or not."""
        id_ = self._db.value("select id from conversations where ord = ?", [ord_])
        conversation = self._conversations.get(id_) if id_ is not None else None
        if conversation is None:
            return None
        rewrites = tuple((rewrite.id, rewrite) for rewrite in self._rewrites.of(id_))
        heads = self._decisions.heads([id_ for id_, _ in rewrites]) if rewrites else {}
        said = [d for id_, _ in rewrites for d in self._decisions.history(None, id_)]
        run = self._db.rows(
            """
            select r.stage, r.id, r.started from conversations c join runs r on r.id = c.run_id
            where c.ord = ?
            """,
            [ord_],
        )
        veil = self._hiding.of([ord_]).get(ord_)
        came = f"{run[0][0]} (r{run[0][1]}), {run[0][2]:%Y-%m-%d %H:%M} UTC" if run else ""
        said.sort(key=lambda decision: -(decision.seq or 0))
        return File(
            ord_, conversation, rewrites, heads, tuple(said), came, veil.why if veil else ""
        )

    def _words(self, ids: Sequence[str]) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for id_, word, count in self._db.rows(
            """
            select r.conversation_id, coalesce(h.verdict, 'pending'), count(*)
            from rewrites r left join heads h on h.rewrite_id = r.id
            where r.conversation_id in (select unnest(?::varchar[])) group by all
            """,
            [list(ids)],
        ):
            found.setdefault(id_, {})[word] = count
        return found
