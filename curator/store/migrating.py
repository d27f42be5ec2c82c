"""Numbered SQL files, applied in order: each whole or not at all, after a copy was set aside."""

import os
import shutil
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Protocol

from curator.errors import StoreError
from curator.store.connection import Connection
from curator.store.journal import sync_folder
from curator.store.reading_only import refused


class Script(Protocol):
    """A migration: its file name, by whose order it is applied, and its SQL."""

    @property
    def name(self) -> str: ...

    def read_text(self, encoding: str | None = None) -> str: ...


MIGRATIONS: tuple[Script, ...] = tuple(
    sorted(
        (file for file in files("curator.store.schema").iterdir() if file.name.endswith(".sql")),
        key=lambda file: file.name,
    )
)


def up_to_date(
    path: Path, notices: list[str], migrations: Sequence[Script] = MIGRATIONS
) -> Connection:
    """An open connection to the workspace at `path`, made or brought up to date.

    Before an existing workspace is changed a copy of it is set aside; that happens while the file
    is closed, because a copy made by the process that has it open would drop DuckDB's lock.
    Raises `StoreError` for a database of somebody else's and for one made by a newer curator.
    """
    connection = Connection(path, notices)
    try:
        missing = _missing(connection, migrations)
        if missing and len(missing) < len(migrations):
            connection.close()
            aside = _copy(path, f"before-{Path(missing[0].name).stem}")
            notices.append(f"{path.name} was brought up to date; the old one is {aside.name}")
            connection = Connection(path, notices)
        for migration in missing:
            _apply(connection, migration)
    except BaseException:
        connection.close()
        raise
    return connection


def to_read(path: Path, notices: list[str], why: str) -> Connection:
    """An open connection to a workspace that may only be read, for the reason given. Raises
    `StoreError` also for one that would have to be brought up to date first."""
    connection = Connection(path, notices, why)
    try:
        if missing := _missing(connection, MIGRATIONS):
            raise refused(path, why, f"it cannot be brought up to date ({missing[0].name})")
    except BaseException:
        connection.close()
        raise
    return connection


def _missing(connection: Connection, migrations: Sequence[Script]) -> list[Script]:
    tables = {name for (name,) in connection.rows("select table_name from duckdb_tables()")}
    if tables and "migrations" not in tables:
        raise StoreError(
            f"{connection.path} is a DuckDB database, but not a workspace of curator's; "
            "name another file with --workspace"
        )
    applied = (
        {name for (name,) in connection.rows("select name from migrations")} if tables else set()
    )
    if newer := sorted(applied - {migration.name for migration in migrations}):
        raise StoreError(
            f"{connection.path} was made by a newer curator (it knows {newer[0]}); "
            "upgrade curator to open it"
        )
    return [migration for migration in migrations if migration.name not in applied]


def _apply(connection: Connection, migration: Script) -> None:
    with connection.transaction() as cursor:
        cursor.execute("create table if not exists migrations (name varchar not null)")
        cursor.execute(migration.read_text(encoding="utf-8"))
        cursor.execute("insert into migrations values (?)", [migration.name])


def _copy(path: Path, why: str) -> Path:
    """A synced copy beside `path`; one that an interrupted attempt left is kept as it is."""
    aside = path.with_name(f"{path.name}.{why}")
    if not aside.exists():
        fresh = path.with_name(f"{aside.name}.new")
        try:
            shutil.copyfile(path, fresh)
            with open(fresh, "rb") as file:
                os.fsync(file.fileno())
            os.replace(fresh, aside)
            sync_folder(path.parent)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            raise StoreError(
                f"{path} is of an older curator, and there is no room for the copy that is made "
                f"before it is changed ({error.strerror}); free some space"
            ) from error
    return aside
