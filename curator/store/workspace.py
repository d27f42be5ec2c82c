"""The workspace: one open DuckDB file, its tables by room, and who is writing now."""

import uuid
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Self

from curator.store.calls import Calls
from curator.store.connection import Connection
from curator.store.conversations import Conversations
from curator.store.decisions import Decisions
from curator.store.desk import Desk
from curator.store.recovery import open_journal, reconcile
from curator.store.rejects import Rejects
from curator.store.rewrites import Rewrites
from curator.store.runs import Runs

MIGRATIONS = tuple(
    sorted(
        (file for file in files("curator.store.schema").iterdir() if file.name.endswith(".sql")),
        key=lambda file: file.name,
    )
)


class Store:
    """An open workspace. Close it, or use it as a context manager; one process at a time.

    Raises `StoreError` when the file is held by another process, foreign, newer or damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = Connection(path)
        self._migrate()
        self.runs = Runs(self.connection)
        self.conversations = Conversations(self.connection)
        self.rejects = Rejects(self.connection, path)
        self.rewrites = Rewrites(self.connection)
        self.calls = Calls(self.connection, path)
        #: Sentences about what had to be repaired on opening; show them to the person.
        self.notices: list[str] = []
        identity = self._identity()
        journal = open_journal(path.with_name(path.name + ".journal.jsonl"), identity, self.notices)
        self.decisions = Decisions(self.connection, journal)
        self.decisions.journal = reconcile(self.decisions, identity, self.notices)
        self.desk = Desk(self.connection, self.decisions)
        #: The run whose stage is at work in this process; set by the runner.
        self.run_id: int | None = None

    def _migrate(self) -> None:
        self.connection.execute("create table if not exists migrations (name varchar not null)")
        applied = {name for (name,) in self.connection.rows("select name from migrations")}
        for migration in MIGRATIONS:
            if migration.name not in applied:
                with self.connection.transaction() as cursor:
                    cursor.execute(migration.read_text(encoding="utf-8"))
                    cursor.execute("insert into migrations values (?)", [migration.name])

    def _identity(self) -> str:
        """The id that says which journal belongs to this file; drawn when the file was made."""
        found = self.connection.value("select workspace from identity")
        if found is None:
            found = uuid.uuid4().hex
            self.connection.execute("insert into identity values (?, now()::timestamp)", [found])
        return str(found)

    def close(self) -> None:
        """Close the file and let the next process in."""
        self.calls.close()
        self.decisions.journal.close()
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
