"""What is out of sight, and why: veils over conversations, and runs that were taken back.

Nothing is deleted. A run hides conversations by laying veils, or brings them back to light by
lifting older ones; taking a run back makes as if it had never been, and taking back that taking
back restores it. `hidden` (conversations) and `withdrawn` (rewrites) are views of what follows.
"""

from collections.abc import Mapping, Sequence

import msgspec

from curator.store.connection import Connection
from curator.store.cursor import Cursor
from curator.store.runs import Runs

#: The stages whose runs bring something in, or take something out of sight.
REVERSIBLE = ("import", "generate", "chat", "demo", "fix", "dedup", "reflect", "hide", "rollback")


class Veil(msgspec.Struct, frozen=True):
    """Why a conversation is out of sight: the run that saw to it, and a word."""

    run_id: int
    why: str


class Reach(msgspec.Struct, frozen=True):
    """What taking back a run changes, in items: conversations and rewrites it brought in and the
    decisions on these, conversations it hid, and conversations it brought back to light."""

    conversations: int
    rewrites: int
    decided: int
    hid: int
    showed: int
    runs: int

    @property
    def items(self) -> int:
        """How many items in all."""
        return self.conversations + self.rewrites + self.hid + self.showed + self.runs


class Sight(msgspec.Struct, frozen=True):
    """What is in sight, as conditions on a conversation `c` and on a rewrite `r`."""

    chats: str = "true"
    rewrites: str = "true"


def in_sight(db: Connection) -> Sight:
    """What is in sight now. The views are asked only where anything was ever put out of it: in
    most workspaces nothing was, and they cost more than a small queue does."""
    laid = dict(
        db.rows(
            """
            (select 'veil', true from veils limit 1) union all
            (select 'rollback', true from taken_back limit 1)
            """
        )
    )
    return Sight(
        "c.ord not in (select ord from hidden)" if laid else "true",
        "r.ord not in (select ord from withdrawn)" if "rollback" in laid else "true",
    )


class Hiding:
    """Who hid what, and how it comes back."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._runs = Runs(connection)

    # conversations --------------------------------------------------------------------------------

    def hide(self, ords: Sequence[int], why: str, run_id: int | None = None) -> int:
        """Leave these conversations out of every stage from now on; how many were in sight.

        `why` is one word for people ("dedup"), `run_id` the run that does it: `show` or a rollback
        of it brings them back. Without one a run of its own is noted. May be part of a transaction
        that the caller has begun.
        """
        seen = sorted(set(ords) - self.of(ords).keys())
        if seen:
            self._db.insert(
                "veils",
                {
                    "ord": seen,
                    "run_id": [self._who(run_id, why)] * len(seen),
                    "why": [why] * len(seen),
                },
            )
        return len(seen)

    def show(self, what: Sequence[int] | int, run_id: int | None = None) -> int:
        """Bring back to light: these conversations (how many were hidden), or all that one run
        hid (a rollback of that run; how many conversations it had hidden)."""
        if isinstance(what, int):
            hid = self.reach(what).hid
            self.take_back(what, run_id)
            return hid
        dark = sorted(self.of(what))
        if dark:
            by = self._who(run_id, "show")
            self._db.insert("lifts", {"ord": dark, "run_id": [by] * len(dark)})
        return len(dark)

    def of(self, ords: Sequence[int]) -> dict[int, Veil]:
        """Those of `ords` that are hidden, each with the last reason."""
        if not ords:
            return {}
        rows = self._db.rows(
            """
            select ord, run_id, why from hidden
            where ord between ? and ? and ord in (select unnest(?::bigint[])) order by ord, run_id
            """,
            [min(ords), max(ords), list(ords)],
        )
        return {ord_: Veil(run_id, why) for ord_, run_id, why in rows}

    def between(self, first: int, last: int) -> dict[int, Veil]:
        """The hidden conversations of a stretch of `ord`, each with the last reason."""
        rows = self._db.rows(
            "select ord, run_id, why from hidden where ord between ? and ? order by ord, run_id",
            [first, last],
        )
        return {ord_: Veil(run_id, why) for ord_, run_id, why in rows}

    def count(self) -> int:
        """How many conversations are hidden."""
        return int(self._db.value("select count(distinct ord) from hidden"))

    def wake(self, ids: Sequence[str], run_id: int | None) -> int:
        """Bring back to light those of `ids` that are hidden only because the run that brought
        them in was taken back: they have just been brought in once more. How many."""
        return wake(self._db, ids, run_id)

    # runs -----------------------------------------------------------------------------------------

    def reach(self, run_id: int) -> Reach:
        """What this run did that can be taken back."""
        row = self._db.rows(
            """
            select
                (select count(*) from conversations where run_id = $run),
                (select count(*) from rewrites where run_id = $run),
                (select count(*) from heads h join rewrites r on r.id = h.rewrite_id
                    where r.run_id = $run and h.verdict in ('accept', 'reject', 'edit')),
                (select count(distinct ord) from veils where run_id = $run),
                (select count(distinct ord) from lifts where run_id = $run),
                (select count(*) from rollbacks where run_id = $run)
            """.replace("$run", str(int(run_id)))
        )[0]
        return Reach(*map(int, row))

    def take_back(self, target: int, run_id: int | None = None, who: str = "") -> int:
        """Make as if the run `target` had never been; the run that did so (`who`'s), whose own
        taking back restores everything."""
        by = run_id if run_id is not None else self._noted("rollback", {"run": target}, who)
        with self._db.transaction() as cursor:
            cursor.execute("insert into rollbacks values (?, ?)", [by, target])
            self._settle(cursor)
        return by

    def targets(self, run_id: int) -> list[int]:
        """The runs that this run took back."""
        rows = self._db.rows(
            "select target from rollbacks where run_id = ? order by target", [run_id]
        )
        return [row[0] for row in rows]

    def taken_back(self) -> dict[int, int]:
        """The runs that do not count now, each with the run that saw to that."""
        return dict(self._db.rows("select run_id, by_run from taken_back"))

    def _settle(self, cursor: Cursor) -> None:
        """Write down anew which runs do not count."""
        cursor.execute("select run_id, target from rollbacks order by run_id")
        gone = follow(cursor.fetchall())
        cursor.execute("delete from taken_back")
        if gone:
            self._db.insert("taken_back", {"run_id": list(gone), "by_run": list(gone.values())})

    def _who(self, run_id: int | None, why: str) -> int:
        """The run that acts; noted here where the caller has none."""
        return run_id if run_id is not None else self._noted("hide", {"why": why})

    def _noted(self, stage: str, config: Mapping[str, object], who: str = "") -> int:
        made = self._runs.open(stage, dict(config), who)
        self._runs.close(made, "finished", {})
        return made


def follow(rollbacks: Sequence[tuple[int, int]]) -> dict[int, int]:
    """The runs that do not count, each with the last standing run that took it back, from
    (run, target) in the order they were done. A rollback comes after its target, so that whether
    it stands is known once all later ones are."""
    gone: dict[int, int] = {}
    for by, target in reversed(rollbacks):
        if by not in gone and target not in gone:
            gone[target] = by
    return gone


def wake(db: Connection, ids: Sequence[str], run_id: int | None) -> int:
    """See `Hiding.wake`. Costs nothing where no run was taken back."""
    if run_id is None or not ids or not db.value("select count(*) from taken_back"):
        return 0
    rows = db.rows(
        """
        select c.ord from conversations c join hidden h using (ord)
        where c.id in (select unnest(?::varchar[]))
        group by c.ord having bool_and(h.why = 'rollback')
        """,
        [list(ids)],
    )
    if rows:
        db.insert("lifts", {"ord": [row[0] for row in rows], "run_id": [run_id] * len(rows)})
    return len(rows)


def wake_rewrites(db: Connection, ids: Sequence[str], run_id: int | None) -> int:
    """The same for rewrites that were made once more after their run had been taken back."""
    if run_id is None or not ids or not db.value("select count(*) from taken_back"):
        return 0
    rows = db.rows(
        """
        select distinct r.ord from rewrites r join withdrawn w using (ord)
        where r.id in (select unnest(?::varchar[]))
        """,
        [list(ids)],
    )
    if rows:
        ords = [row[0] for row in rows]
        db.insert("rewrite_lifts", {"ord": ords, "run_id": [run_id] * len(rows)})
    return len(rows)
