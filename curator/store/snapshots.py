"""Named moments of a workspace, how things stood then, and what differs between two of them.

A moment is a few high-water marks, since nothing is ever deleted: how far each table had come says
what was there, and folding the history up to a decision's number says how it stood.
"""

from datetime import UTC, datetime

import msgspec

from curator.conversation import SETTLED, Decision
from curator.errors import ConfigError
from curator.store.acts import Act
from curator.store.connection import Connection
from curator.store.decision_rows import EVENTS, as_decision
from curator.store.hiding import follow
from curator.verdicts import Head, fold

#: The name of the present moment in a comparison.
NOW = "now"
#: `hidden` as it was when the run $run was the last one; `gone` is `taken_back` of that moment.
HIDDEN_THEN = """
    select distinct c.ord from (
        select ord, run_id from veils
        where run_id <= $run and not list_contains($gone, run_id)
        union all
        select c.ord, b.by_run from conversations c
        join (select unnest($gone) as run_id, unnest($by) as by_run) b using (run_id)
    ) c left join (
        select ord, max(run_id) as run_id from lifts
        where run_id <= $run and not list_contains($gone, run_id) group by ord
    ) s on s.ord = c.ord
    where s.run_id is null or s.run_id < c.run_id
"""
#: The conversations `ords` ($1), and the last run after $2 and up to $3 that touched each: that
#: brought it in, hid it or showed it, or took back a run.
TOUCHED = """
    with odd as (select unnest(?::bigint[]) as ord),
    between_them as (select id, started, reviewer from runs where id > ? and id <= ?),
    touches as (
        select ord, run_id from conversations
        union all select ord, run_id from veils union all select ord, run_id from lifts
    ), last_touch as (
        select t.ord, max(t.run_id) as run_id
        from touches t semi join odd using (ord) join between_them b on b.id = t.run_id
        group by t.ord
    ), last_rollback as (
        select max(b.id) as id from between_them b join rollbacks k on k.run_id = b.id
    )
    select c.ord, c.id, r.started, r.reviewer
    from conversations c semi join odd using (ord) left join last_touch l on l.ord = c.ord
    left join runs r on r.id = coalesce(l.run_id, (select id from last_rollback))
    order by c.ord
"""


class Moment(msgspec.Struct, frozen=True):
    """How far the workspace had come: the last decision, conversation, rewrite and run (-1 or 0
    where there was none yet)."""

    name: str
    at: datetime
    who: str
    seq: int
    last_ord: int
    last_rewrite: int
    last_run: int

    def label(self) -> str:
        """The name, with when it was and who named it."""
        return f"{self.name} ({self.at:%Y-%m-%d %H:%M:%S} UTC{', ' if self.who else ''}{self.who})"


class Change(msgspec.Struct, frozen=True):
    """One row of a difference. `kind` is entered, left, verdict, text or verdict+text; a change of
    a whole chat has no turn. `before` and `after` are verdicts, or "" for a chat. `at` and `who`
    are of the last act between the two moments that touched it; None and "" where none is known."""

    kind: str
    conversation_id: str
    turn_index: int | None = None
    rewrite_id: str = ""
    before: str = ""
    after: str = ""
    old_text: str | None = None
    new_text: str | None = None
    at: datetime | None = None
    who: str = ""


class Snapshots:
    """Moments with names."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def save(self, name: str, who: str) -> Moment:
        """Keep the present moment under a name. Raises `ConfigError` for a name that is taken."""
        if not name.strip() or name == NOW:
            raise ConfigError(f"{name!r} names no snapshot; use a word such as before-training")
        if any(moment.name == name for moment in self.all()):
            raise ConfigError(f"there is a snapshot {name!r} already; choose another name")
        moment = msgspec.structs.replace(self.now(), name=name, who=who)
        self._db.insert(
            "snapshots",
            {
                "name": [name], "created": [moment.at.replace(tzinfo=None)], "reviewer": [who],
                "seq": [moment.seq], "last_ord": [moment.last_ord],
                "last_rewrite": [moment.last_rewrite], "last_run": [moment.last_run],
            },
        )  # fmt: skip
        return moment

    def all(self) -> list[Moment]:
        """All of them, oldest first."""
        return [
            Moment(name, at.replace(tzinfo=UTC), *rest)
            for name, at, *rest in self._db.rows(
                """
                select name, created, reviewer, seq, last_ord, last_rewrite, last_run
                from snapshots order by created, name
                """
            )
        ]

    def get(self, name: str) -> Moment:
        """One by its name; `now` is the present. Raises `ConfigError` for an unknown one."""
        if name == NOW:
            return self.now()
        known = self.all()
        for moment in known:
            if moment.name == name:
                return moment
        names = ", ".join([*(moment.name for moment in known), NOW])
        raise ConfigError(f"there is no snapshot {name!r}; known are {names}")

    def after(self, act: Act) -> Moment:
        """The moment just after an act, as the history has them: what was decided while a stage was
        at work came after all that the stage did."""
        at, run = act.at.replace(tzinfo=None), act.run_id
        if run is None:
            run = self._db.value("select coalesce(max(id), -1) from runs where started <= ?", [at])
        row = self._db.rows(
            """
            select (select coalesce(max(seq), 0) from events where created <= ?),
                (select coalesce(max(ord), -1) from conversations where coalesce(run_id, -1) <= ?),
                (select coalesce(max(ord), -1) from rewrites where coalesce(run_id, -1) <= ?)
            """,
            [at, run, run],
        )[0]
        seq, chat, rewrite = map(int, row)
        return Moment(act.name, at.replace(tzinfo=UTC), act.who, seq, chat, rewrite, int(run))

    def now(self) -> Moment:
        """The present moment."""
        row = self._db.rows(
            """
            select (select coalesce(max(seq), 0) from events),
                (select coalesce(max(ord), -1) from conversations),
                (select coalesce(max(ord), -1) from rewrites),
                (select coalesce(max(id), -1) from runs)
            """
        )[0]
        return Moment(NOW, datetime.now(UTC), "", *map(int, row))

    def heads(self, seq: int) -> dict[str, Head]:
        """Where every rewrite stood just after the decision `seq`, by rewrite id."""
        return self._folded(f"{EVENTS} where seq <= ? order by seq", [seq])

    def hidden(self, moment: Moment) -> set[int]:
        """The conversations that were hidden at a moment."""
        rows = self._db.cursor.execute(HIDDEN_THEN, self._then(moment)).fetchall()
        return {row[0] for row in rows}

    def counts(self, moment: Moment) -> dict[str, int]:
        """What a snapshot holds, in numbers."""
        dark = len([ord_ for ord_ in self.hidden(moment) if ord_ <= moment.last_ord])
        total = self._db.value(
            "select count(*) from conversations where ord <= ?", [moment.last_ord]
        )
        verdicts = [head.verdict for head in self.heads(moment.seq).values()]
        return {
            "conversations": int(total) - dark,
            "hidden": dark,
            **{word: verdicts.count(word) for word in (*SETTLED, "skip")},
        }

    def diff(self, a: str, b: str = NOW) -> list[Change]:
        """What changed from one moment to another, chats first; the later one may come first."""
        return self.between(self.get(a), self.get(b))

    def between(self, one: Moment, other: Moment) -> list[Change]:
        """The same of two moments at hand."""
        return [*self._chats(one, other), *self._verdicts(one, other)]

    # inside ---------------------------------------------------------------------------------------

    def _chats(self, a: Moment, b: Moment) -> list[Change]:
        dark_a, dark_b = self.hidden(a), self.hidden(b)
        low, high = sorted((a.last_ord, b.last_ord))
        odd = {ord_ for ord_ in dark_a ^ dark_b if ord_ <= low}
        odd |= set(range(low + 1, high + 1)) - (dark_a if a.last_ord > b.last_ord else dark_b)
        if not odd:
            return []
        rows = self._db.rows(TOUCHED, [sorted(odd), *sorted((a.last_run, b.last_run))])
        return [
            Change(
                "entered" if ord_ <= b.last_ord and ord_ not in dark_b else "left", id_,
                at=at and at.replace(tzinfo=UTC), who=who or "",
            )
            for ord_, id_, at, who in rows
        ]  # fmt: skip

    def _verdicts(self, a: Moment, b: Moment) -> list[Change]:
        first, last = sorted((a.seq, b.seq))
        touched = "rewrite_id in (select rewrite_id from events where seq > ? and seq <= ?)"
        sql = f"{EVENTS} where {touched} and seq <= ? order by seq"
        before = self._folded(sql, [first, last, a.seq])
        after = self._folded(sql, [first, last, b.seq])
        texts = self._texts(list(before.keys() | after.keys()))
        last_said = self._last_said(first, last)
        found = []
        for id_ in sorted(before.keys() | after.keys()):
            old, new = before.get(id_), after.get(id_)
            head = new or old
            assert head is not None
            kinds = []
            if _verdict(old) != _verdict(new):
                kinds.append("verdict")
            said = _text(old, texts.get(id_)), _text(new, texts.get(id_))
            if said[0] != said[1]:
                kinds.append("text")
            if kinds:
                found.append(
                    Change(
                        "+".join(kinds), head.conversation_id, head.turn_index, id_,
                        _verdict(old), _verdict(new), *said, *last_said[id_],
                    )
                )  # fmt: skip
        return sorted(found, key=lambda change: (change.conversation_id, change.turn_index or 0))

    def _last_said(self, first: int, last: int) -> dict[str, tuple[datetime, str]]:
        """When and by whom something was last said of each rewrite between two decisions."""
        rows = self._db.rows(
            """
            select rewrite_id, arg_max(created, seq), arg_max(reviewer, seq) from events
            where seq > ? and seq <= ? group by rewrite_id
            """,
            [first, last],
        )
        return {id_: (at.replace(tzinfo=UTC), who) for id_, at, who in rows}

    def _texts(self, ids: list[str]) -> dict[str, str]:
        """What each rewrite proposed."""
        return dict(
            self._db.rows(
                "select id, content from rewrites where id in (select unnest(?::varchar[]))", [ids]
            )
        )

    def _then(self, moment: Moment) -> dict[str, object]:
        rollbacks = self._db.rows(
            "select run_id, target from rollbacks where run_id <= ? order by run_id",
            [moment.last_run],
        )
        gone = follow(rollbacks)
        return {"run": moment.last_run, "gone": list(gone), "by": list(gone.values())}

    def _folded(self, sql: str, parameters: list[int]) -> dict[str, Head]:
        histories: dict[str, list[Decision]] = {}
        for row in self._db.rows(sql, parameters):
            decision = as_decision(row)
            histories.setdefault(decision.rewrite_id, []).append(decision)
        return {id_: head for id_, said in histories.items() if (head := fold(said))}


def _verdict(head: Head | None) -> str:
    """The verdict in a word; what nobody has settled is pending."""
    return head.verdict if head is not None and head.verdict is not None else "pending"


def _text(head: Head | None, proposed: str | None) -> str | None:
    """The text that would leave in place of the old answer; None where the old answer stays."""
    if head is None or head.verdict not in ("accept", "edit"):
        return None
    return head.content if head.verdict == "edit" else proposed
