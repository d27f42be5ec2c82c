"""The workspace: one open DuckDB file, its tables by room, and who is writing now."""

import os
import uuid
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from curator.store.acts import Acts
from curator.store.adapters import Adapters
from curator.store.backup import write_backup
from curator.store.calls import Calls
from curator.store.connection import Connection
from curator.store.conversations import Conversations
from curator.store.counts import counts
from curator.store.decisions import Decisions
from curator.store.desk import Desk
from curator.store.duplicates import Duplicates
from curator.store.embeddings import Embeddings
from curator.store.evaluations import Evaluations
from curator.store.exports import Exports
from curator.store.finds import Finds
from curator.store.fits import Fits
from curator.store.fixes import Fixes
from curator.store.given import Given
from curator.store.hiding import Hiding
from curator.store.journal import Journal
from curator.store.lock import InUse, Lock, cut_short
from curator.store.maps import Maps
from curator.store.meanings import Meanings
from curator.store.migrating import MIGRATIONS, to_read, up_to_date
from curator.store.opening import examine, one_name
from curator.store.predictions import Predictions
from curator.store.queues import Queues, SavedViews
from curator.store.reading_only import OWN, banner, shadow, why_read_only
from curator.store.readings import Readings
from curator.store.recovery import open_decisions, read_decisions
from curator.store.rejects import Rejects
from curator.store.rewrites import Rewrites
from curator.store.rules import Rules
from curator.store.runs import Runs
from curator.store.searching import Searching
from curator.store.selecting import Selecting
from curator.store.shelf import Shelf
from curator.store.signals import Signals
from curator.store.snapshots import Snapshots
from curator.store.tags import Tags
from curator.store.templates import Templates
from curator.store.turn_signals import TurnSignals
from curator.store.twins import Twins
from curator.store.weighing import Objections

if TYPE_CHECKING:
    from curator.store.looking_in import Far
    from curator.store.window import Window

#: What two processes say to each other, and the tables that they speak of: the same for both, or
#: they do not understand each other.
VERSION = f"1 {MIGRATIONS[-1].name}"


class Store:
    """An open workspace. Close it, or use it as a context manager; one process at a time.

    What may only be read is opened all the same: `read_only` says why, and whoever writes gets
    `ReadOnly`. So is, for whoever only wants to `look`, what another process has open and lets
    others look into. Raises `StoreError` when the file is held by another process (`InUse`),
    foreign, newer or damaged.
    """

    def __init__(self, path: Path, look: bool = False) -> None:
        #: Sentences about what had to be repaired on opening; show them to the person.
        self.notices: list[str] = []
        #: The run whose stage is at work in this process; set by the runner.
        self.run_id: int | None = None
        self.path = path = one_name(path)
        #: Why nothing can be written here, "" where it can.
        self.read_only = why_read_only(path)
        self._window: Window | None = None
        self._looked_in: Far | None = None
        with ExitStack() as undo:
            try:
                self._lock = self._locked(path.with_name(path.name + ".lock"))
            except InUse as busy:
                if not (look and busy.address):
                    raise
                self._lock = None
                self.connection = self._far(busy)
            else:
                if self._lock is not None:
                    undo.callback(self._lock.release)
                    self.notices += cut_short(self._lock.left_by)
                self.connection = self._near()
            undo.callback(self.connection.close)
            self._open_rooms()
            undo.pop_all()

    def _near(self) -> Connection:
        examine(self.path)
        if self.read_only:
            self.notices.append(banner(self.path, self.read_only))
            return to_read(self.path, self.notices, self.read_only)
        return up_to_date(self.path, self.notices)

    def _far(self, busy: InUse) -> Connection:
        from curator.store.looking_in import Far

        self.read_only = f"{busy.holder} has it open"
        self._looked_in = far = Far(busy, self.path, VERSION)
        return Connection(self.path, read_only=self.read_only, far=lambda: far)

    def let_look(self) -> None:
        """Answer what other processes of this user ask of the workspace, until it is closed. Where
        no socket can be made nobody can, and they are told who has it open."""
        from curator.store.window import Window

        if self._lock is None or self.read_only or self._window is not None:
            return
        with suppress(OSError):
            self._window = Window(self.connection, VERSION)
            self._lock.tell(self._window.address)

    def _locked(self, file: Path) -> Lock | None:
        if self.read_only:
            return Lock.shared(file, self.path)
        return Lock(file, self.path)

    def _open_rooms(self) -> None:
        path = self.path
        self.runs = Runs(self.connection)
        self.conversations = Conversations(self.connection)
        self.rejects = Rejects(self.connection, path)
        self.hiding = Hiding(self.connection)
        self.fixes = Fixes(self.connection, self.conversations, self.hiding)
        self.rewrites = Rewrites(self.connection)
        self.given = Given(self.connection, self.conversations, self.rewrites, self.hiding)
        self.calls = Calls(self.connection, path)
        self.identity = self._identity()
        if self.connection.is_far:
            self.decisions = Decisions(self.connection, Journal(Path(os.devnull), os.O_RDONLY))
        elif self.read_only:
            shadow(self.connection, *OWN)
            self.decisions = read_decisions(self.connection, self.identity, self.notices)
        else:
            self.decisions = open_decisions(self.connection, self.identity, self.notices)
        self.acts = Acts(self.connection, self.decisions, self.hiding)
        self.snapshots = Snapshots(self.connection)
        self.shelf = Shelf(self.connection, self.decisions, self.hiding)
        self.exports = Exports(self.connection, self.conversations)
        self.signals = Signals(self.connection)
        self.turn_signals = TurnSignals(self.connection)
        self.readings = Readings(self.connection, self.turn_signals)
        self.predictions = Predictions(self.connection)
        self.duplicates = Duplicates(self.connection)
        self.twins = Twins(self.connection)
        self.templates = Templates(self.connection)
        self.meanings = Meanings(self.connection)
        self.embeddings = Embeddings(self.connection)
        self.fits = Fits(self.connection)
        self.maps = Maps(self.connection)
        self.adapters = Adapters(self.connection)
        self.evaluations = Evaluations(self.connection)
        self.tags = Tags(self.connection)
        self.searching = Searching(self.connection, path, self.identity)
        self.selecting = Selecting(self.connection, self.searching)
        self.rules = Rules(self.connection, self.selecting)
        self.finds = Finds(self.connection, self.selecting)
        self.objections = Objections(self.connection)
        self.queues = Queues(self.connection, self.selecting)
        self.views = SavedViews(self.connection)
        self.desk = Desk(self.connection, self.decisions, self.queues, self.given)

    def _identity(self) -> str:
        """The id that says which journal belongs to this file; drawn when the file was made."""
        found = self.connection.value("select workspace from identity")
        if found is None:
            found = uuid.uuid4().hex
            self.connection.execute("insert into identity values (?, now()::timestamp)", [found])
        return str(found)

    def counts(self) -> dict[str, int]:
        """How much is in each room, in the order of the flow."""
        return counts(self.connection)

    def backup(self, destination: Path) -> int:
        """A whole copy of the workspace at `destination`; how many rows it holds."""
        if self._looked_in is not None:
            return self._looked_in.backup(destination.expanduser().resolve())
        return write_backup(self.connection, destination)

    def close(self) -> None:
        """Close the file and let the next process in. In a forked child: nothing, it owns none."""
        if not self.connection.mine:
            return
        if self._window is not None:
            self._window.close()
        with ExitStack() as last_first:
            if self._lock is not None:
                last_first.callback(self._lock.release)
            last_first.callback(self.connection.close)
            last_first.callback(self.decisions.close)
            last_first.callback(self.calls.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
