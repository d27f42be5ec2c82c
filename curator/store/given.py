"""Answers that came with the files of their chats beside those that stand there: which of them are
no candidates yet, and their way into the workshop's table."""

from collections.abc import Sequence
from typing import NamedTuple

from curator.conversation import GIVEN, Conversation, Rewrite
from curator.store.connection import Connection
from curator.store.conversations import SHOWN, Conversations
from curator.store.hiding import Hiding
from curator.store.rewrites import Rewrites
from curator.wording import several

#: What counts as nothing around a text, here and in the SQL below.
BLANK = " \t\r\n"
#: Answers that hold others, of which none is a candidate yet. Another one is an answer of words
#: alone, not empty, that says something else; `rewritten` where the chat has standing rewrites.
WAITING = f"""
with held as (
    select ord, turn_index, content, extra from turns
    where role = 'assistant' and turn_index > 0 and contains(extra, '"alternatives"')
), due as (
    select h.* from held h join conversations c using (ord)
    where c.{SHOWN} and not exists (
        select 1 from rewrites r where r.chat = h.ord and r.turn_index = h.turn_index
        and r.model = '{GIVEN}' and r.ord not in (select ord from withdrawn)
    )
)
select {{columns}} from due d where json_extract(extra, '$.tool_calls') is null
and len(list_filter(json_extract(extra, '$.alternatives[*]'), lambda other:
    json_type(other, '$.content') = 'VARCHAR' and json_extract(other, '$.turns') is null
    and json_extract(other, '$.tool_calls') is null
    and trim(other ->> '$.content', $blank) not in ('', trim(d.content, $blank))
)) > 0 {{order}}
"""


class Place(NamedTuple):
    """An answer beside which a file gave others; `rewritten` says that its chat has rewrites."""

    ord: int
    turn_index: int
    rewritten: bool


class Turned(NamedTuple):
    """A chat in which an older answer stands again: the `ord` of the one it stands for."""

    ord: int
    chat: Conversation


class Given:
    """What came with the files."""

    def __init__(
        self,
        connection: Connection,
        conversations: Conversations,
        rewrites: Rewrites,
        hiding: Hiding,
    ) -> None:
        self._db, self._hiding = connection, hiding
        self._conversations, self._rewrites = conversations, rewrites

    def count(self) -> int:
        """How many chats hold answers that are no candidates yet."""
        sql = WAITING.format(columns="count(distinct ord)", order="")
        return int(self._db.cursor.execute(sql, {"blank": BLANK}).fetchall()[0][0])

    def hint(self) -> str:
        """What to do about them, in a sentence; "" where there are none."""
        count = self.count()
        return hint(count) if count else ""

    def places(self) -> list[Place]:
        """Where those answers are, in order."""
        rewritten = """ord in (
            select chat from rewrites where ord not in (select ord from withdrawn)
        )"""
        sql = WAITING.format(
            columns=f"ord, turn_index, {rewritten}", order="order by ord, turn_index"
        )
        rows = self._db.cursor.execute(sql, {"blank": BLANK}).fetchall()
        return [Place(*row) for row in rows]

    def put(self, turned: Sequence[Turned], rewrites: Sequence[Rewrite], run_id: int) -> None:
        """Put candidates on the table, and chats in the place of those that they stand for, all or
        nothing. What was here once and taken back stands again."""
        with self._db.transaction():
            if turned:
                self._stand_in(turned, run_id)
            self._rewrites.place(rewrites)

    def _stand_in(self, turned: Sequence[Turned], run_id: int) -> None:
        chats = [one.chat for one in turned]
        self._conversations.place(chats, run_id)
        rows = self._db.rows(
            "select ord from conversations where id in (select unnest(?::varchar[]))",
            [[chat.id for chat in chats]],
        )
        # They may have been here once: the run that brought them in was taken back.
        self._hiding.show([ord_ for (ord_,) in rows], run_id)
        self._hiding.hide([one.ord for one in turned], GIVEN, run_id)


def hint(count: int) -> str:
    """What to do about so many chats that hold answers which are no candidates."""
    held = several(count, "chat holds", "chats hold")
    them = "it a candidate" if count == 1 else "them candidates"
    return f"{held} another answer: `curator reflect --given` makes {them} to review"
