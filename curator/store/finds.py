"""Where words were found, with the texts they are in."""

import msgspec

from curator.filters import parse
from curator.filters.nodes import Words
from curator.filters.words import spans, wanted
from curator.store.connection import Connection
from curator.store.selecting import Selecting


class Find(msgspec.Struct, frozen=True):
    """One text that says the words: a turn (`who` is its role), a rewrite of it or what a person
    wrote in its place (`edit`), and where in it the words are."""

    conversation_id: str
    source: str
    line: int | None
    turn_index: int
    who: str
    text: str
    spans: tuple[tuple[int, int], ...]


class Finds:
    """Hits with their texts, in the order of the conversations."""

    def __init__(self, connection: Connection, selecting: Selecting) -> None:
        self._db = connection
        self._selecting = selecting

    def of(self, asked: str, words: str, limit: int) -> list[Find]:
        """The first `limit` texts, in the chats that the filter finds, that say some of the words
        which stand in the filter `words`."""
        terms = wanted(parse(words).root)
        found: list[Find] = []
        for ord_ in self._selecting.conversations(asked, limit):
            for find in self._in(ord_, terms):
                found.append(find)
                if len(found) == limit:
                    return found
        return found

    def _in(self, ord_: int, terms: list[Words]) -> list[Find]:
        rows = self._db.rows(
            """
            select c.id, c.source, c.line, t.turn_index, t.role, t.content, 0 as made
            from turns t join conversations c using (ord) where t.ord = $1
            union all
            select c.id, c.source, c.line, r.turn_index, 'rewrite',
                unnest([r.content, r.criticism]), r.ord + 1
            from rewrites r join conversations c on c.ord = r.chat
            where c.ord = $1 and r.ord not in (select ord from withdrawn)
            union all
            select c.id, c.source, c.line, h.turn_index, 'edit', h.content, r.ord + 1
            from heads h join rewrites r on r.id = h.rewrite_id
            join conversations c on c.id = h.conversation_id
            where c.ord = $1 and h.verdict = 'edit' and r.ord not in (select ord from withdrawn)
            order by turn_index, made
            """,
            [ord_],
        )
        finds = []
        for id_, source, line, turn, who, text, _ in rows:
            if found := spans(terms, text or ""):
                finds.append(Find(id_, source, line, turn, who, text, tuple(found)))
        return finds
