"""The queues of a reviewer: which rewrites, and in which order."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from curator.errors import ConfigError
from curator.filters.recounting import from_one
from curator.filters.views import Order, QueueSpec, State
from curator.store.connection import Connection
from curator.store.filter_columns import SETS, VERDICT, rewrites_for
from curator.store.selecting import Selecting
from curator.store.tickets import Ticket, Tickets
from curator.store.weighing import Objections

#: Due is what nobody has settled, unless the reflector proposed nothing or a newer rewrite of the
#: same turn was settled.
PROPOSED = "r.verdict not in ('keep', 'unanswerable')"
DUE = f"""{VERDICT["pending"]} and r.ord not in (
    select older.ord from rewrites older join (
        select n.chat, n.turn_index, max(n.ord) as ord
        from heads newer join rewrites n on n.id = newer.rewrite_id
        where n.again and newer.verdict in ('accept', 'reject', 'edit')
        group by n.chat, n.turn_index
    ) settled on older.chat = settled.chat
        and older.turn_index = settled.turn_index and older.ord < settled.ord
)"""
STATES: dict[State, str] = {
    "pending": DUE,
    "accepted": VERDICT["accept"],
    "rejected": VERDICT["reject"],
    "edited": VERDICT["edit"],
    "skipped": f"{VERDICT['skip']} and {DUE}",
    "flagged": SETS["flag"],
    "stale": SETS["stale"],
    "suspicious": f"{SETS['suspicious']} and {DUE}",
    "all": "true",
}
SORTS: dict[Order, str] = {
    "made": f"{SETS['suspicious']}, r.ord",
    "uncertain": "abs(p.accept - 0.5) nulls last, w.flags desc nulls last, r.ord",
    "likely": "p.accept desc nulls last, w.flags nulls first, r.ord",
    "objections": "o.strength desc nulls last, r.ord",
    "clusters": "m.coarse, m.middle, m.fine, m.typical desc, r.ord",
    "longest": "r.length desc, r.ord",
    "shortest": "r.length, r.ord",
    "random": "hash(r.id, {seed}), r.ord",
}
#: What is foretold of a rewrite, and how many signals warn of it.
_FORETOLD = """
    left join predictions p on p.place = r.ord
    left join (
        select rewrite_id, count(*) as flags from signals where flagged group by rewrite_id
    ) w on w.rewrite_id = r.id"""
#: What an order needs beside rewrites, chats and heads.
BESIDE: dict[Order, str] = {
    "uncertain": _FORETOLD,
    "likely": _FORETOLD,
    "objections": "left join rewrite_objections o on o.ord = r.ord",
    "clusters": """
        left join (
            select chat, min(coarse) as coarse, min(middle) as middle, min(fine) as fine,
                max(typical) as typical
            from map_points
            where unit = (select unit from maps order by created desc limit 1) group by chat
        ) m on m.chat = r.chat""",
}
#: So many rewrites that nobody has weighed yet are weighed before they are put in the order of
#: objections: a fifth of a second. What is then left comes last; see `weighing`.
AT_ONCE = 200
#: The number of a chat's first turn in the filters of views that are kept now.
FIRST_TURN = 1


class Target(NamedTuple):
    """A rewrite to decide on; `marks` is JSON."""

    rewrite_id: str
    conversation_id: str
    turn_index: int
    marks: str


class Queues:
    """Draws queues. Raises `FilterError` for a filter that cannot be understood, and `ConfigError`
    for an order that has nothing to go by."""

    def __init__(self, connection: Connection, selecting: Selecting) -> None:
        self._db = connection
        self._selecting = selecting
        self._objections = Objections(connection)

    def draw(self, spec: QueueSpec) -> Tickets:
        """The tickets of a queue, in its order."""
        self._prepare(spec.order)
        sort, beside = SORTS[spec.order].format(seed=int(spec.seed)), BESIDE.get(spec.order, "")
        with self._selecting.asking(spec.where, "rewrite") as (where, _):
            within = _within(spec, where.sql)
            source = f"{rewrites_for(within, beside, sort)} {beside}"
            sql = f"select r.ord, r.chat from {source} where {within} order by {sort}"
            # By column: as rows a million cost more on their way than all of the query does.
            return Tickets.of(*self._db.cursor.integers(sql, 2, where.parameters or None))

    def count(self, spec: QueueSpec) -> int:
        """How many rewrites a queue has."""
        with self._selecting.asking(spec.where, "rewrite") as (where, run):
            within = _within(spec, where.sql)
            sql = f"select count(*) from {rewrites_for(within)} where {within}"
            return int(run(sql, where.parameters)[0][0])

    def ids(self, spec: QueueSpec) -> list[str]:
        """The ids of a queue's rewrites, in the order they were made."""
        with self._selecting.asking(spec.where, "rewrite") as (where, run):
            within = _within(spec, where.sql)
            sql = f"select r.id from {rewrites_for(within)} where {within} order by r.ord"
            return [row[0] for row in run(sql, where.parameters)]

    def size(self, spec: QueueSpec, chats: Sequence[int] | None = None) -> tuple[int, int]:
        """How many rewrites a queue has, of all chats or of those at `chats`, and of how many
        chats they are."""
        rewrites, count = self._of(spec, chats, "count(*), count(distinct r.chat)")[0]
        return int(rewrites), int(count)

    def sample(self, spec: QueueSpec, n: int, chats: Sequence[int] | None = None) -> list[Ticket]:
        """Up to `n` tickets of a queue, drawn evenly, the same each time."""
        drawn = f"order by hash(r.id, 1), r.ord limit {int(n)}"
        return list(map(Ticket._make, self._of(spec, chats, "r.ord, r.chat", drawn)))

    def targets(
        self, spec: QueueSpec, chats: Sequence[int] | None = None, marks: bool = False
    ) -> list[Target]:
        """The rewrites of a queue as those who decide on all of them need them, in the order they
        were made; with their marks where these are asked for."""
        columns = "r.id, r.conversation_id, r.turn_index"
        columns += ", coalesce(h.marks, '{}')" if marks else ", '{}'"
        return list(map(Target._make, self._of(spec, chats, columns, "order by r.ord")))

    def _of(
        self, spec: QueueSpec, chats: Sequence[int] | None, columns: str, order: str = ""
    ) -> list[tuple[Any, ...]]:
        """Columns of a queue's rewrites, of all chats or of some."""
        from curator.store.arrow import table

        with self._selecting.asking(spec.where, "rewrite") as (where, run):
            within = _within(spec, where.sql)
            sql = f"select {columns} from {rewrites_for(columns, within)} where {within}"
            if chats is None:
                return run(f"{sql} {order}", where.parameters)
            # A table: as a list of Python's a million take three seconds on their way.
            cursor = self._db.cursor
            cursor.register("these_chats", table({"ord": chats}))
            try:
                among = "and r.chat in (select ord from these_chats)"
                return run(f"{sql} {among} {order}", where.parameters)
            finally:
                cursor.unregister("these_chats")

    def counts(self, where: str = "") -> dict[State, int]:
        """How many rewrites each state has under a filter, all counted in one reading."""
        each = ", ".join(f'{test} as "{state}"' for state, test in STATES.items())
        sums = ", ".join(f'count(*) filter (where "{state}")' for state in STATES)
        with self._selecting.asking(where, "rewrite") as (asked, run):
            sql = (
                f"select {sums} from (select {each} from {rewrites_for(each, asked.sql)} "
                f"where {PROPOSED} and {asked.sql})"
            )
            return dict(zip(STATES, run(sql, asked.parameters)[0], strict=True))

    def known(self) -> dict[str, list[str]]:
        """`Selecting.known`."""
        return self._selecting.known()

    def chats(self, where: str) -> list[int]:
        """The `ord` of the chats that a filter finds."""
        return self._selecting.conversations(where)

    def _prepare(self, order: Order) -> None:
        if order == "clusters" and not self._db.value("select count(*) from map_points"):
            raise ConfigError("there are no clusters yet; `curator clusters` makes them")
        if order == "objections":
            self._objections.weigh(AT_ONCE)


class SavedView(msgspec.Struct, frozen=True):
    """A queue with a name."""

    name: str
    spec: QueueSpec


class SavedViews:
    """Queues and filters with names."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def save(self, name: str, spec: QueueSpec) -> None:
        """Keep a queue by this name, in the place of one that has it."""
        name = name.strip()
        if not name or name.startswith("-"):
            raise ConfigError("a view needs a name that does not begin with -")
        with self._db.transaction() as cursor:
            cursor.execute("delete from views where name = ?", [name])
            cursor.execute(
                "insert into views values (?, ?, ?, ?, ?, now()::timestamp, ?)",
                [name, spec.where, spec.order, spec.state, spec.seed, FIRST_TURN],
            )

    def delete(self, name: str) -> None:
        """Forget a view. Raises `ConfigError` where there is none of that name."""
        self.get(name)
        self._db.execute("delete from views where name = ?", [name])

    def get(self, name: str) -> QueueSpec:
        """The queue of that name. Raises `ConfigError` with what was probably meant."""
        for view in (views := self.all()):
            if view.name == name:
                return view.spec
        from difflib import get_close_matches

        near = get_close_matches(name, [view.name for view in views], 1)
        known = ", ".join(view.name for view in views) or "none yet"
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {known}"
        raise ConfigError(f"there is no view {name!r}; {hint}")

    def all(self) -> list[SavedView]:
        """All views, by name."""
        return [
            SavedView(
                name,
                QueueSpec(state, order, where if first == FIRST_TURN else from_one(where), seed),
            )
            for name, where, order, state, seed, first in self._db.rows(
                "select name, filter, sort, state, seed, first_turn from views order by name"
            )
        ]


def _within(spec: QueueSpec, where: str) -> str:
    return f"{PROPOSED} and {where} and {STATES[spec.state]}"
