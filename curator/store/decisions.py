"""Decisions: an append-only history, and the head of every rewrite folded from it.

An act is what one key press decided: one decision, or many that share an `op`. It is durable, and
`record` returns, once it is in the journal and synced. It comes into the workspace with those that
follow: as soon as no key is pressed, and before anything is read from the workspace or written to
it, on any thread. What a process that was killed had not yet brought in comes in on opening.
"""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from threading import RLock, get_ident

import msgspec

from curator.conversation import Decision, Verdict
from curator.errors import Cancelled, StoreError
from curator.progress import Progress
from curator.store.batching import MOST, Batching
from curator.store.connection import Connection
from curator.store.decided import Decided
from curator.store.decision_rows import LAST_ACT, LAST_UNDONE
from curator.store.interrupts import held_back
from curator.store.journal import Journal
from curator.store.settling import Step, rebuild, settle
from curator.verdicts import TIME_TRAVEL, check

#: More decisions than this in one act are told while they are recorded, and may be stopped.
MANY = 2_000
#: What is then said to be done, by the first word of the act.
DONE = {"undo": "taken back", "redo": "decided again"}


class Decisions(Decided):
    """The reading room's tables. One writer at a time; readers on any thread."""

    def __init__(self, connection: Connection, journal: Journal) -> None:
        super().__init__(connection)
        self.journal = journal
        #: In the journal, but not yet in the workspace; the thread that brings them in.
        self._waiting: list[Decision] = []
        self._settling = 0
        #: Held by whoever adds to these two records. A commit takes 20 ms and more, and holds the
        #: workspace's own lock alone, which is taken first where both are.
        self._recording = RLock()
        self.batching = Batching(self._rest, self._keep_up)
        #: Set when a commit failed: what is in the file must be looked up before the next.
        self._doubt = False
        #: The numbers of the last decision of all and of the last one that was committed; None
        #: until they were looked up.
        self._seq: int | None = None
        self._settled: int | None = None
        connection.settle = self.settle

    # deciding -------------------------------------------------------------------------------------

    def record(self, decision: Decision) -> Decision:
        """The decision with its seq, op and time; durable when this returns.

        Raises `StoreError` where it could not be saved. It may then be recorded again.
        """
        return self.record_many([decision])[0]

    def record_many(
        self, decisions: Sequence[Decision], progress: Progress | None = None
    ) -> list[Decision]:
        """The same for many at once, as one act: one undo takes all of it back. `progress` counts
        very many, here and where they are taken back; where it raises `Cancelled`, nothing was
        recorded."""
        for decision in decisions:
            check(decision)
        if not decisions:
            return []
        self._db.check_writable()
        self._db.check()  # before any lock: in a forked child nobody would ever let go of it
        op = decisions[0].op or uuid.uuid4().hex
        with self._recording, held_back():  # Ctrl-C must not part the two records
            if self._needs_no_workspace(len(decisions)):
                return self._write(op, decisions)
        with self._db.writing, self._recording, held_back():
            return self._write_with_workspace(op, decisions, progress)

    def undo(self, reviewer: str, progress: Progress | None = None) -> list[Decision]:
        """Take back the reviewer's last act that still stands: its decisions; [] if none does."""
        return self._travel("undo", reviewer, LAST_ACT, progress)

    def redo(self, reviewer: str, progress: Progress | None = None) -> list[Decision]:
        """Restore the act undone last: its decisions; [] if a new act has followed the undo."""
        return self._travel("redo", reviewer, LAST_UNDONE, progress)

    def reverse(self, seq: int, reviewer: str, progress: Progress | None = None) -> list[Decision]:
        """Take back the whole act that begins with the decision `seq`, of whatever day and
        reviewer (an undo too: that restores); the decisions that say so, [] if nothing stands."""
        self._db.check_writable()
        with self._db.writing, self._recording, held_back():
            words = self.reversal(seq, reviewer)
            op = uuid.uuid4().hex
            return self._write_with_workspace(op, words, progress) if words else []

    def rebuild_heads(self) -> int:
        """Fold every head anew from the history; how many heads there are."""
        return rebuild(self._db)

    # keeping the two records alike ----------------------------------------------------------------

    def replay(self, decisions: Sequence[Decision]) -> None:
        """Put back decisions that the journal has and the workspace has not; heads follow."""
        self._seq = self._settled = None
        newer = (decisions[0].seq or 0) > self.last()[1]
        settle(self._db, decisions)
        if not newer:
            self.rebuild_heads()

    def settle(self, step: Step = lambda _: None) -> None:
        """Bring what waits into the workspace, in one commit, telling `step` how many are in it.
        Raises `StoreError` where that cannot be; then it goes on waiting, and the journal has
        it."""
        if not self._waiting or self._settling == get_ident():
            return
        with self._db.writing, held_back():
            self._settling = get_ident()
            try:
                if self._doubt:
                    self._drop_committed()
                with self._recording:
                    batch = self._waiting[:]
                if batch:
                    settle(self._db, batch, step)
                    with self._recording:
                        self._settled = batch[-1].seq
                        del self._waiting[: len(batch)]
            except BaseException:
                with self._recording:
                    self._doubt = True
                raise
            finally:
                self._settling = 0

    def close(self) -> None:
        """Bring in what waits, where that can be, and let go of the journal."""
        self.batching.close()
        with suppress(StoreError):  # It is in the journal, and comes in on the next opening.
            self.settle()
        self.journal.close()

    def _needs_no_workspace(self, count: int) -> bool:
        """Whether so many decisions can be recorded without asking the workspace anything."""
        known = self._seq is not None and self._settled is not None
        few = len(self._waiting) + count < 2 * MOST
        return known and few and not self._doubt and not self.journal.is_lost

    def _write_with_workspace(
        self, op: str, decisions: Sequence[Decision], progress: Progress | None
    ) -> list[Decision]:
        """Write after asking the workspace what is not known; its lock is held."""
        if self._doubt:
            self.settle()  # A workspace that takes nothing is told before more is promised.
        if self._seq is None or self._settled is None:
            self._seq = self._settled = self.last()[1]
        if self.journal.is_lost:
            self._db.check_there()
            with self._disk_told():
                self.journal = self.journal.anew(self.acts())
        return self._write(op, decisions, progress)

    def _write(
        self, op: str, decisions: Sequence[Decision], progress: Progress | None = None
    ) -> list[Decision]:
        self._db.check_there()
        first, now = (self._seq or 0) + 1, datetime.now(UTC)
        numbered = [
            msgspec.structs.replace(decision, seq=seq, op=op, at=decision.at or now)
            for seq, decision in enumerate(decisions, first)
        ]
        with self._disk_told():
            if progress is not None and len(decisions) > MANY:
                return self._write_counted(numbered, progress)
            self.journal.append(numbered, self._settled)
        self._waiting += numbered
        self._seq = first + len(numbered) - 1
        if len(self._waiting) >= 2 * MOST:
            # Acknowledged, come what may: the journal has it. The next one will be told.
            with suppress(StoreError):
                self.settle()
        else:
            self.batching.hear(now=len(self._waiting) >= MOST or self.journal.is_short)
        return numbered

    @contextmanager
    def _disk_told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"{self.journal.path}: the disk takes nothing more ({error.strerror}); "
                "make room or mend it, then decide again"
            ) from error

    def _write_counted(self, numbered: list[Decision], progress: Progress) -> list[Decision]:
        """The same for very many, step by step, until it is all there or `progress` stops it."""
        begun = DONE.get(numbered[0].verdict, "decided")
        with suppress(StoreError):  # What waits is another act: it stays whatever comes of this.
            self.settle()
        before, first = self.journal.mark, numbered[0].seq or 0
        try:
            progress.begin(len(numbered), f"{begun}, all at once")
            progress.step(0)
            self.journal.append(numbered, self._settled)
            self._waiting += numbered
            self._seq = numbered[-1].seq
            with suppress(StoreError):
                self.settle(progress.step)
        except Cancelled:
            if self.journal.mark != before and not self.journal.back_to(before):
                with suppress(StoreError):  # The journal keeps it: so it was done.
                    self.settle()
                return numbered
            self._waiting = [one for one in self._waiting if (one.seq or 0) < first]
            self._seq = first - 1
            raise Cancelled(f"stopped; nothing was {begun}: it is all or nothing") from None
        return numbered

    def _keep_up(self) -> None:
        """What is due while keys are pressed, and not while one waits for it."""
        with self._recording, held_back():
            if self.journal.is_short:
                self.journal.make_room()
        if len(self._waiting) >= MOST:
            self.settle()

    def _rest(self) -> None:
        """What is done when no key is pressed, for then nobody waits for it."""
        self.settle()
        with self._recording, held_back():
            if self.journal.is_worn:
                self.journal.make_room()

    def _drop_committed(self) -> None:
        """After a failed commit: what it brought in all the same waits no longer."""
        last = self.last()[1]
        with self._recording:
            self._waiting = [d for d in self._waiting if (d.seq or 0) > last]
            self._settled, self._doubt = last, False

    def _travel(
        self, verb: Verdict, reviewer: str, sql: str, progress: Progress | None
    ) -> list[Decision]:
        self._db.check_writable()
        self._db.check()
        with self._db.writing, self._recording, held_back():  # Ctrl-C must not part the records
            op = self._db.value(sql, [reviewer])
            if op is None:
                return []
            targets = [d for d in self._of_op(op) if d.verdict not in TIME_TRAVEL]
            self._write_with_workspace(
                uuid.uuid4().hex,
                [
                    Decision(
                        target.rewrite_id, target.conversation_id, target.turn_index,
                        reviewer, verb, undoes=target.seq,
                    )
                    for target in targets
                ],
                progress,
            )  # fmt: skip
            return targets
