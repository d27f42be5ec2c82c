"""Rewrites: every proposal ever made, none overwritten; and which are still to be made."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from curator.conversation import Rewrite
from curator.store.connection import Connection, as_json
from curator.store.hiding import wake_rewrites

DETAILS = ("evidence", "shown", "trimmed", "sampling", "call_key")

#: Assistant turns with a user turn after them, each with how many of those there are, and the
#: numbers of the candidates that nobody has made yet under the terms asked for.
DUE = """
with placed as (
    select ord, turn_index, role,
        count(*) filter (role = 'user') over (
            partition by ord order by turn_index
            rows between 1 following and unbounded following
        ) as later
    from turns where ord between $first and $last
), asked as (
    select c.ord, c.id, p.turn_index, n.candidate,
        case when $hindsight = 0 then p.later else least($hindsight, p.later) end as horizon
    from placed p
    join conversations c using (ord)
    cross join (select unnest(range($candidates)) as candidate) n
    where p.role = 'assistant' and p.later > 0
        and (len($only) = 0 or c.id in (select unnest($only::varchar[])))
        and ($turn is null or p.turn_index = $turn)
        and c.ord not in (select ord from hidden)
)
select {columns} from asked a
where not exists (
    select 1 from rewrites r
    where r.conversation_id = a.id and r.turn_index = a.turn_index and r.candidate = a.candidate
        and r.horizon = a.horizon and r.model = $model and r.advice = $advice
        and list_contains($prompts, r.prompt_digest)
        and r.ord not in (select ord from withdrawn)
) {order}
"""


class Terms(msgspec.Struct, frozen=True):
    """What makes two rewrites of a turn the same piece of work.

    `hindsight` is the number of later user turns that the reflector may read, 0 for all;
    `prompts` are the digests of the prompt in its languages; `only` names conversations, none
    for all, and `turn` one turn of them, counted from 0.
    """

    model: str
    prompts: tuple[str, ...]
    hindsight: int = 0
    advice: str = ""
    candidates: int = 1
    only: tuple[str, ...] = ()
    turn: int | None = None


class Due(msgspec.Struct, frozen=True):
    """One rewrite that is still to be made; `horizon` counts the later user turns it may see."""

    ord: int
    conversation_id: str
    turn_index: int
    candidate: int
    horizon: int


class Rewrites:
    """The workshop's table."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, rewrites: Sequence[Rewrite]) -> int:
        """Store those not yet here; how many were new."""
        if not rewrites:
            return 0
        with self._db.transaction():
            return self.place(rewrites)

    def place(self, rewrites: Sequence[Rewrite]) -> int:
        """The same, inside a transaction that the caller has begun."""
        by_id = {rewrite.id: rewrite for rewrite in rewrites}
        known = {
            row[0]
            for row in self._db.rows(
                "select id from rewrites where id in (select unnest(?))", [list(by_id)]
            )
        }
        for run_id in {by_id[i].run_id for i in known}:
            wake_rewrites(self._db, [i for i in known if by_id[i].run_id == run_id], run_id)
        new = [(i, r) for i, r in by_id.items() if i not in known]
        if new:
            first = self._db.next_number("rewrites", "ord")
            self._db.insert("rewrites", {**_columns(first, new), **self._places(new)})
        return len(new)

    def _places(self, new: Sequence[tuple[str, Rewrite]]) -> dict[str, Any]:
        """Where the conversation of each stands, null where there is none; and whether its turn
        has an older one."""
        import pyarrow as pa

        ids = list({rewrite.conversation_id: None for _, rewrite in new})
        places = dict(
            self._db.rows("select id, ord from conversations where id in (select unnest(?))", [ids])
        )
        chats = [places.get(rewrite.conversation_id) for _, rewrite in new]
        older = set(
            self._db.rows(
                "select chat, turn_index from rewrites where chat in (select unnest(?::bigint[]))",
                [list(places.values())],
            )
        )
        again = []
        for place in zip(chats, (rewrite.turn_index for _, rewrite in new), strict=True):
            again.append(place in older)
            older.add(place)
        return {"chat": pa.array(chats, pa.int64()), "again": again}

    def count(self) -> int:
        """How many there are."""
        return int(self._db.value("select count(*) from rewrites"))

    def all(self) -> list[Rewrite]:
        """All of them, in the order they were made."""
        return self._read("select * from rewrites order by ord", [])

    def of(self, conversation_id: str) -> list[Rewrite]:
        """Those of one conversation, in the order they were made."""
        return self._read(
            "select * from rewrites where conversation_id = ? order by ord", [conversation_id]
        )

    def get(self, rewrite_id: str) -> Rewrite | None:
        """One by its id, or None."""
        found = self._read("select * from rewrites where id = ?", [rewrite_id])
        return found[0] if found else None

    def ords(self, ids: Sequence[str]) -> list[int]:
        """Where these stand, in order."""
        rows = self._db.rows(
            "select ord from rewrites where id in (select unnest(?::varchar[])) order by ord",
            [list(ids)],
        )
        return [row[0] for row in rows]

    def at(self, ords: Sequence[int]) -> dict[int, tuple[str, Rewrite]]:
        """Those whose `ord` is named, with their stored ids, by `ord`."""
        if not ords:
            return {}
        cursor = self._db.cursor.execute(
            "select * from rewrites where ord between ? and ? and ord in (select unnest(?))",
            [min(ords), max(ords), list(ords)],
        )
        names = [column[0] for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        return {row["ord"]: (row["id"], _rewrite(dict(row))) for row in rows}

    def due_count(self, terms: Terms) -> int:
        """How many rewrites are still to be made."""
        sql = DUE.format(columns="count(*)", order="")
        return int(self._due(sql, terms, *self._stretch(terms))[0][0])

    def due(self, terms: Terms, window: int = 20_000) -> Iterator[list[Due]]:
        """The rewrites still to be made, oldest conversation first: a list for every `window` of
        conversations that has any."""
        sql = DUE.format(
            columns="ord, id, turn_index, candidate, horizon",
            order="order by ord, turn_index, candidate",
        )
        start, end = self._stretch(terms)
        for first in range(start, end + 1, window):
            if found := self._due(sql, terms, first, min(first + window - 1, end)):
                yield [Due(*row) for row in found]

    def _stretch(self, terms: Terms) -> tuple[int, int]:
        """The first and the last `ord` of the conversations that are meant."""
        where = "where id in (select unnest(?))" if terms.only else ""
        return self._db.rows(
            f"select coalesce(min(ord), 0), coalesce(max(ord), -1) from conversations {where}",
            [list(terms.only)] if terms.only else [],
        )[0]

    def _due(self, sql: str, terms: Terms, first: int, last: int) -> list[tuple[Any, ...]]:
        return self._db.cursor.execute(
            sql,
            {
                "first": first, "last": last, "hindsight": terms.hindsight,
                "candidates": terms.candidates, "only": list(terms.only), "model": terms.model,
                "advice": terms.advice, "prompts": list(terms.prompts),
                "turn": terms.turn,
            },
        ).fetchall()  # fmt: skip

    def _read(self, sql: str, parameters: Sequence[Any]) -> list[Rewrite]:
        cursor = self._db.cursor.execute(sql, list(parameters))
        names = [column[0] for column in cursor.description or ()]
        return [_rewrite(dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


def _columns(first: int, new: Sequence[tuple[str, Rewrite]]) -> dict[str, list[Any]]:
    plain = (
        "conversation_id", "turn_index", "criticism", "content", "verdict", "model",
        "prompt_digest", "advice", "candidate", "horizon", "run_id",
    )  # fmt: skip
    now = datetime.now(UTC).replace(tzinfo=None)
    return {
        "ord": list(range(first, first + len(new))),
        "id": [i for i, _ in new],
        **{name: [getattr(r, name) for _, r in new] for name in plain},
        "details": [as_json(_details(r)) for _, r in new],
        "created": [now] * len(new),
    }


def _details(rewrite: Rewrite) -> dict[str, Any]:
    told = {name: getattr(rewrite, name) for name in DETAILS}
    return {**told, "given": rewrite.given} if rewrite.given else told


def _rewrite(row: dict[str, Any]) -> Rewrite:
    details = msgspec.json.decode(row.pop("details"), type=dict[str, Any])
    for unused in ("ord", "id", "created", "chat", "length", "again"):
        row.pop(unused)
    return msgspec.convert({**row, **details}, Rewrite)
