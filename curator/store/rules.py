"""Where a person's own rules hold: regular expressions over turns, filters over chats.

DuckDB's regular expressions (RE2) take time in proportion to the text, whatever the pattern; one
that goes back on its steps, as Python's do, could hang a run on one hostile turn.
"""

from collections.abc import Sequence

from curator.errors import ConfigError
from curator.store.connection import Connection
from curator.store.conversations import SHOWN
from curator.store.selecting import Selecting

#: A conversation's id and a turn's place.
Place = tuple[str, int]


class Rules:
    """Finds the places where a rule holds."""

    def __init__(self, connection: Connection, selecting: Selecting) -> None:
        self._db = connection
        self._selecting = selecting

    def by_pattern(self, pattern: str, roles: Sequence[str]) -> list[Place]:
        """The turns of these roles that a regular expression meets. Raises `ConfigError` where it
        is none."""
        import duckdb

        try:
            return [
                (id_, index)
                for id_, index in self._db.rows(
                    f"""
                    select c.id, t.turn_index
                    from turns t join conversations c on c.ord = t.ord
                    where c.{SHOWN} and t.role in (select unnest(?))
                    and regexp_matches(t.content, ?)
                    order by t.ord, t.turn_index
                    """,
                    [list(roles), pattern],
                )
            ]
        except duckdb.Error as error:
            raise ConfigError(
                f"{pattern!r} is no regular expression ({str(error).splitlines()[0]}); "
                "the syntax is RE2's, which knows no look-around and no backreferences"
            ) from None

    def by_filter(self, where: str) -> list[Place]:
        """The chats that a filter finds, each by its first turn."""
        return [(id_, 0) for id_ in self._selecting.ids(where)]

    def turn(self, place: Place, pattern: str = "") -> str:
        """The words of a turn; where a pattern is named, those around what it meets."""
        if pattern and (found := self._around(place, pattern)):
            return found
        return str(
            self._db.value(
                """
                select left(t.content, 400) from turns t join conversations c using (ord)
                where c.id = ? and t.turn_index = ?
                """,
                list(place),
            )
            or ""
        )

    def _around(self, place: Place, pattern: str) -> str:
        return str(
            self._db.value(
                """
                select regexp_extract(t.content, '(?s).{0,24}(?:' || ? || ').{0,300}')
                from turns t join conversations c using (ord)
                where c.id = ? and t.turn_index = ?
                """,
                [pattern, *place],
            )
            or ""
        )
