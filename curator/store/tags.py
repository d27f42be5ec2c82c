"""Tags on conversations. Every act is kept with what it changed, so it can be taken back."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from curator.errors import ConfigError
from curator.store.connection import Connection

_TAG = re.compile(r"[^\s,()\"*]+")


class TagAct(NamedTuple):
    """One tagging or untagging: how many chats it changed, what it took back, and whether it
    stands."""

    act: int
    at: datetime
    reviewer: str
    verb: str
    tag: str
    undoes: int | None
    chats: int
    stands: bool


class Tags:
    """Who tagged what. Adding a tag that is there, or removing one that is not, changes nothing."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, ids: Sequence[str], tag: str, by: str) -> int:
        """Tag these conversations; how many had not got it yet."""
        return self.add_at(self._ords(ids), tag, by)

    def remove(self, ids: Sequence[str], tag: str, by: str) -> int:
        """Take a tag from these conversations; how many had it."""
        return self.remove_at(self._ords(ids), tag, by)

    def add_at(self, ords: Sequence[int], tag: str, by: str) -> int:
        """`add` by `ord`."""
        return self._act("add", ords, checked(tag), by)

    def remove_at(self, ords: Sequence[int], tag: str, by: str) -> int:
        """`remove` by `ord`."""
        return self._act("remove", ords, tag, by)

    def undo(self, by: str) -> tuple[str, str, int] | None:
        """Take back the last act of this person that still stands: its verb, its tag and how many
        conversations it had changed; None if there is none."""
        with self._db.writing:
            mine = [
                act
                for act in self.acts()
                if act.stands and act.reviewer == by and act.undoes is None
            ]
            if not mine:
                return None
            self.reverse(mine[0].act, by)
            return mine[0].verb, mine[0].tag, mine[0].chats

    def reverse(self, act: int, by: str) -> int:
        """Take one act back, also one that took another back; the number of the act that does."""
        with self._db.writing:
            verb, tag = self._db.rows("select verb, tag from tag_acts where act = ?", [act])[0]
            ords = [row[0] for row in self._db.rows("select ord from tagged where act = ?", [act])]
            made = self._db.next_number("tag_acts", "act")
            self._act("remove" if verb == "add" else "add", ords, tag, by, act)
            return made

    def acts(self, only: int | None = None) -> list[TagAct]:
        """Every act, or one by its number, the last one first; which of them stand."""
        rows = self._db.rows(
            """
            select a.act, a.created, a.reviewer, a.verb, a.tag, a.undoes, count(t.ord)
            from tag_acts a left join tagged t using (act) group by all order by a.act desc
            """
        )
        gone: set[int] = set()
        found = []
        for act, at, reviewer, verb, tag, undoes, chats in rows:
            stands = act not in gone
            if undoes is not None and stands:
                gone.add(undoes)
            if only in (None, act):
                found.append(TagAct(act, at, reviewer, verb, tag, undoes, chats, stands))
        return found

    def of(self, ids: Sequence[str]) -> dict[str, list[str]]:
        """The tags of each conversation that has some, in alphabetical order."""
        found: dict[str, list[str]] = {}
        for id_, tag in self._db.rows(
            """
            select c.id, t.tag from tags t join conversations c using (ord)
            where c.id in (select unnest(?::varchar[])) order by t.tag
            """,
            [list(ids)],
        ):
            found.setdefault(id_, []).append(tag)
        return found

    def at(self, first: int, last: int) -> dict[int, list[str]]:
        """The tags of the conversations in a stretch of `ord`, in alphabetical order."""
        found: dict[int, list[str]] = {}
        for ord_, tag in self._db.rows(
            "select ord, tag from tags where ord between ? and ? order by ord, tag", [first, last]
        ):
            found.setdefault(ord_, []).append(tag)
        return found

    def names(self) -> dict[str, int]:
        """Every tag in use and how many conversations have it, most used first."""
        return dict(
            self._db.rows("select tag, count(*) from tags group by tag order by count(*) desc, tag")
        )

    def _ords(self, ids: Sequence[str]) -> list[int]:
        rows = self._db.rows(
            "select ord from conversations where id in (select unnest(?::varchar[]))", [list(ids)]
        )
        return [row[0] for row in rows]

    def _act(
        self, verb: str, ords: Sequence[int], tag: str, by: str, undoes: int | None = None
    ) -> int:
        with self._db.transaction() as cursor:
            cursor.execute(
                "select ord from tags where tag = ? and ord in (select unnest(?::bigint[]))",
                [tag, list(ords)],
            )
            has = {row[0] for row in cursor.fetchall()}
            changed = sorted(set(ords) - has if verb == "add" else has)
            if not changed and undoes is None:
                return 0
            act = self._db.next_number("tag_acts", "act")
            now = datetime.now(UTC).replace(tzinfo=None)
            cursor.execute(
                "insert into tag_acts values (?, ?, ?, ?, ?, ?)", [act, now, by, verb, tag, undoes]
            )
            if not changed:
                return 0
            self._db.insert("tagged", {"act": [act] * len(changed), "ord": changed})
            if verb == "add":
                self._db.insert("tags", {"ord": changed, "tag": [tag] * len(changed)})
            else:
                cursor.execute(
                    "delete from tags where tag = ? and ord in (select unnest(?::bigint[]))",
                    [tag, changed],
                )
        return len(changed)


def checked(tag: str) -> str:
    """The tag as it is stored, without a leading #. Raises `ConfigError` for one that a filter
    could not name."""
    tag = tag.strip().removeprefix("#")
    if not _TAG.fullmatch(tag):
        raise ConfigError(
            f"{tag!r} is no tag; a tag is one word without blanks, commas, quotes, parentheses or *"
        )
    return tag
