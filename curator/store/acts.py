"""Everything that was ever done, as one list of acts: runs of stages, decisions, and tags.

An act has a short name: `r12` is run 12, `d345` the act whose first decision has the number 345,
`t6` the sixth tagging. What brought something in, hid it, decided or tagged can be taken back, a
taking back too (see `hiding`, `decisions`, `tags`); of what cannot, `lasting` says why.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate

import msgspec

from curator.conversation import Decision
from curator.errors import ConfigError
from curator.progress import Progress
from curator.store.connection import Connection
from curator.store.decision_rows import EVENTS, as_decision
from curator.store.decisions import Decisions
from curator.store.hiding import Hiding, Reach
from curator.store.lasting import why_lasting
from curator.store.runs import Runs
from curator.store.saying import REACHED, counted_words, deed, marks_of, of_chat, told
from curator.store.tags import Tags
from curator.wording import counted, several

#: Who did what nobody said: the machine itself.
NOBODY = "curator"


class Act(msgspec.Struct, frozen=True):
    """One act. `who` is the person who did it or began it, `NOBODY` for a run of which nobody said;
    `items` is how many things it touched and `said` how it reads to people; `stands` is False while
    something has taken it back."""

    name: str
    at: datetime
    what: str
    who: str
    items: int
    said: str
    stands: bool
    seq: int = 0
    run_id: int | None = None


class Plan(msgspec.Struct, frozen=True):
    """What taking back an act would do: sentences, and how many items it touches."""

    act: Act
    items: int
    lines: tuple[str, ...]


class Acts:
    """The history of a workspace, and the way back."""

    def __init__(self, connection: Connection, decisions: Decisions, hiding: Hiding) -> None:
        self._db, self._decisions, self._hiding = connection, decisions, hiding
        self._runs, self._tags = Runs(connection), Tags(connection)

    def latest(self, limit: int = 100, before: datetime | None = None) -> list[Act]:
        """The latest acts, newest first; those older than `before` where it is given."""
        found = [
            *_in_turn(self._of_runs(limit, before)), *_in_turn(self._of_decisions(limit, before)),
            *_in_turn(self._of_tags(limit, before)),
        ]  # fmt: skip
        found.sort(key=lambda timed: (timed[0], timed[1].seq, timed[1].run_id or 0), reverse=True)
        return [act for _, act in found[:limit]]

    def get(self, name: str) -> Act:
        """One act by its name (`r12`, `12`, `d345` or `t6`). Raises `ConfigError` for no such
        act."""
        kind, number = name[:1].lower(), name[1:]
        if name.isdecimal():
            kind, number = "r", name
        found: list[Act] = []
        if number.isdecimal() and kind == "r":
            found = self._of_runs(1, None, int(number))
        elif number.isdecimal() and kind == "d":
            found = self._of_decisions(1, None, int(number))
        elif number.isdecimal() and kind == "t":
            found = self._of_tags(1, None, int(number))
        if not found:
            raise ConfigError(f"{name}: there is no such act; `curator history` lists them")
        return found[0]

    def plan(self, name: str) -> Plan:
        """What taking back an act would do. Raises `ConfigError` where there is nothing to take
        back, with a word on what to do instead."""
        act = self.get(name)
        if act.run_id is not None:
            return self._run_plan(act, act.run_id)
        if act.name[0] == "t":
            return self._tag_plan(act)
        count = self._decisions.standing(act.seq)
        if not count:
            raise ConfigError(f"{act.name} does not stand any more; nothing is left to take back")
        verb = "to restore" if act.what == "undo" else "to take back"
        line = f"{several(count, 'decision')} {verb} ({act.said}, by {act.who})"
        return Plan(act, count, (line,))

    def told(self, act: Act, limit: int = 200) -> list[str]:
        """What an act changed, a sentence for each of the first `limit`: how it stood before and
        after, and the texts of an edit."""
        if act.run_id is not None:
            run = self._runs.of(act.run_id)
            said = [f"{k}: {v}" for k, v in run.config.items() if v] if run else []
            reach = self._hiding.reach(act.run_id)
            lines = [
                counted(getattr(reach, field), REACHED.get(field, field))
                for field in reach.__struct_fields__
            ]
            return [*said, *(line for line in lines if not line.startswith("0 "))]
        if act.name[0] == "t":
            chats = self._db.rows(
                """
                select c.id from tagged t join conversations c using (ord) where t.act = ?
                order by c.ord limit ?
                """,
                [act.seq, limit],
            )
            return [f"{act.said}: {id_[:12]}" for (id_,) in chats]
        act_of = f"{EVENTS} where op = (select op from events where seq = ?) order by seq limit ?"
        parts = [as_decision(row) for row in self._db.rows(act_of, [act.seq, limit])]
        history: dict[str, list[Decision]] = {one.rewrite_id: [] for one in parts}
        of_them = f"{EVENTS} where rewrite_id in (select unnest(?)) order by seq"
        for row in self._db.rows(of_them, [list(history)]):
            history[(one := as_decision(row)).rewrite_id].append(one)
        return [line for one in parts for line in deed(one, history[one.rewrite_id])]

    def roll_back(
        self, name: str, reviewer: str, progress: Progress | None = None
    ) -> tuple[Plan, str]:
        """Take back an act; what that did, and the name of the act that did it (taking that back
        restores everything). `progress` counts very many decisions."""
        plan = self.plan(name)
        if plan.act.run_id is not None:
            return plan, f"r{self._hiding.take_back(plan.act.run_id, who=reviewer)}"
        if plan.act.name[0] == "t":
            return plan, f"t{self._tags.reverse(plan.act.seq, reviewer)}"
        written = self._decisions.reverse(plan.act.seq, reviewer, progress)
        return plan, f"d{written[0].seq}"

    def _run_plan(self, act: Act, run_id: int) -> Plan:
        gone = self._hiding.taken_back()
        if run_id in gone:
            by = gone[run_id]
            raise ConfigError(
                f"{act.name} was taken back by r{by} already; `curator rollback r{by}` restores it"
            )
        reach = self._hiding.reach(run_id)
        if not reach.items:
            raise ConfigError(f"{act.name} ({act.what}) {why_lasting(act.what)}")
        return Plan(act, reach.items, tuple(self._run_lines(reach, run_id)))

    def _tag_plan(self, act: Act) -> Plan:
        if not act.stands:
            raise ConfigError(f"{act.name} does not stand any more; nothing is left to take back")
        verb, tag = act.said.split(" ", 2)[:2]
        does = "lose" if verb == "tagged" else "get back"
        return Plan(act, act.items, (f"{several(act.items, 'conversation')} {does} the tag {tag}",))

    def _run_lines(self, reach: Reach, run_id: int) -> Sequence[str]:
        said = []
        if reach.conversations:
            said.append(
                several(
                    reach.conversations, "conversation leaves sight", "conversations leave sight"
                )
            )
        if reach.rewrites:
            decided = f", {reach.decided:,} of them decided on," if reach.decided else ""
            said.append(
                f"{several(reach.rewrites, 'rewrite')}{decided} leave the queue and the exports"
            )
        if reach.hid:
            hid = several(reach.hid, "hidden conversation comes", "hidden conversations come")
            said.append(f"{hid} back to light")
        if reach.showed:
            showed = several(reach.showed, "conversation is", "conversations are")
            said.append(f"{showed} hidden again")
        if reach.runs:
            names = ", ".join(f"r{target}" for target in self._hiding.targets(run_id))
            said.append(f"what it took back ({names}) counts again")
        return said

    # reading --------------------------------------------------------------------------------------

    def _of_runs(self, limit: int, before: datetime | None, only: int | None = None) -> list[Act]:
        rows = self._db.rows(
            """
            select r.id, r.started, r.stage, r.state, r.report,
                r.id not in (select run_id from taken_back),
                (select count(*) from failures f where f.run_id = r.id),
                (select list(target order by target) from rollbacks b where b.run_id = r.id),
                r.reviewer
            from runs r where coalesce(r.started < ?, true) and coalesce(r.id = ?, true)
            order by r.id desc limit ?
            """,
            [before, only, limit],
        )
        return [
            Act(
                f"r{id_}", at, stage, who or NOBODY,
                *told(state, msgspec.json.decode(report), failed, targets or ()),
                stands, run_id=id_,
            )
            for id_, at, stage, state, report, stands, failed, targets, who in rows
        ]  # fmt: skip

    def _of_decisions(
        self, limit: int, before: datetime | None, only: int | None = None
    ) -> list[Act]:
        rows = self._db.rows(
            """
            with picked as (
                select op, min(seq) as seq, max(seq) as last from events
                group by op having coalesce(max(created) < ?, true) and coalesce(min(seq) = ?, true)
                order by seq desc limit ?
            ), word as (
                select undoes, arg_max(verdict, seq) as verdict, max(seq) as seq from events
                where undoes is not null group by undoes
            )
            select p.seq, max(e.created), any_value(e.reviewer), arg_min(e.verdict, e.seq),
                count(*), histogram(e.verdict),
                count(*) filter (case when e.undoes is null then coalesce(w.verdict, '') <> 'undo'
                                 else v.verdict = e.verdict end),
                any_value(e.conversation_id), any_value(e.turn_index),
                any_value(e.extra) filter (e.verdict = 'mark')
            from picked p join events e on e.op = p.op
            left join word w on w.undoes = e.seq
            left join word v on v.undoes = e.undoes
            group by p.seq order by p.seq desc
            """,
            [before, only, limit],
        )
        begins = self._begins([row[7] for row in rows if row[4] == 1])
        return [
            Act(
                f"d{seq}", at, what, who, count,
                ((marks_of(extra) if count == 1 else "") or counted_words(verdicts))
                + of_chat(turn, begins.get(chat, "") if count == 1 else ""),
                standing > 0, seq=seq,
            )
            for seq, at, who, what, count, verdicts, standing, chat, turn, extra in rows
        ]  # fmt: skip

    def _begins(self, chats: list[str]) -> dict[str, str]:
        """The first words of chats, by their ids."""
        rows = self._db.rows(
            """
            with wanted as (select ord, id from conversations where id in (select unnest(?)))
            select w.id, arg_min(left(t.content, 200), t.turn_index)
            from wanted w join turns t using (ord) where t.role = 'user' group by w.id
            """,
            [chats],
        )
        return {chat: " ".join((text or "").split()) for chat, text in rows}

    def _of_tags(self, limit: int, before: datetime | None, only: int | None = None) -> list[Act]:
        said = {"add": "tagged", "remove": "untagged"}
        found = [one for one in self._tags.acts(only) if before is None or one.at < before]
        return [
            Act(
                f"t{one.act}", one.at, "tag" if one.undoes is None else "undo", one.reviewer,
                one.chats, f"{said[one.verb]} {one.tag} {several(one.chats, 'chat')}",
                one.stands, seq=one.act,
            )
            for one in found[:limit]
        ]  # fmt: skip


def _in_turn(acts: list[Act]) -> list[tuple[datetime, Act]]:
    """Acts of one kind, newest first, each with the time at which it counts: never before the one
    that it followed, whatever a clock that was put back has said since."""
    times = accumulate((act.at for act in reversed(acts)), max)
    return list(zip(reversed(list(times)), acts, strict=True))
