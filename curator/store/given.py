"""Answers that came with the files of their chats beside those that stand there: which of them are
no candidates yet, and their way into the workshop's table."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from curator.conversation import GIVEN, Conversation, Rewrite
from curator.store.connection import Connection
from curator.store.conversations import SHOWN, Conversations
from curator.store.hiding import Hiding
from curator.store.rewrites import Rewrites
from curator.wording import several

#: What counts as nothing around a text, here and in the SQL below.
BLANK = " \t\r\n"


def _begins(text: str) -> str:
    """The beginning of a text without blanks around it: where two are unlike, the texts are. To
    trim the end of a long text costs more than all else here."""
    return f"rtrim(left(ltrim({text}, $blank), 40), $blank)"


#: Answers that hold others, of which none is a candidate yet. Another one is an answer of words
#: alone, not empty, that says something else.
WAITING = f"""
with made as materialized (
    select chat, turn_index from rewrites
    where model = '{GIVEN}' and ord not in (select ord from withdrawn)
), held as materialized (
    select ord, turn_index, content, extra from turns t
    where role = 'assistant' and turn_index > 0 and contains(extra, '"alternatives"')
    and {SHOWN} and not exists (
        select 1 from made where made.chat = t.ord and made.turn_index = t.turn_index
    )
), others as (
    select ord, turn_index, content, unnest(json_extract(extra, '$.alternatives[*]')) as other
    from held where json_extract(extra, '$.tool_calls') is null
), texts as (
    select ord, turn_index, content, other ->> '$.content' as other,
        {_begins("content")} as opens, {_begins("other ->> '$.content'")} as other_opens
    from others
    where json_type(other, '$.content') = 'VARCHAR' and json_extract(other, '$.turns') is null
    and json_extract(other, '$.tool_calls') is null
), waiting as (
    select distinct ord, turn_index from texts where other_opens <> '' and case
        when opens <> other_opens then true else trim(content, $blank) <> trim(other, $blank) end
)
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
        return int(self._asked("select count(distinct ord) from waiting")[0][0])

    def hint(self) -> str:
        """What to do about them, in a sentence; "" where there are none."""
        count = self.count()
        return hint(count) if count else ""

    def places(self) -> list[Place]:
        """Where those answers are, in order."""
        return [
            Place(*row)
            for row in self._asked(
                """
                select ord, turn_index, ord in (
                    select chat from rewrites
                    where chat is not null and ord not in (select ord from withdrawn)
                ) from waiting order by ord, turn_index
                """
            )
        ]

    def _asked(self, of_waiting: str) -> list[tuple[Any, ...]]:
        return self._db.cursor.execute(f"{WAITING} {of_waiting}", {"blank": BLANK}).fetchall()

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
