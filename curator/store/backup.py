"""A copy of an open workspace, made by DuckDB itself and counted before it gets its name."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from curator.errors import ConfigError, StoreError
from curator.store.connection import Connection
from curator.store.cursor import Cursor
from curator.store.journal import sync_folder


def write_backup(connection: Connection, destination: Path) -> int:
    """A whole workspace at `destination`, as of one moment; how many rows it holds.

    Work may go on meanwhile. Never a plain copy of the open file: that would drop DuckDB's lock
    (see `lock`). An existing file is replaced only when the new one is complete. Raises
    `ConfigError` for a destination that cannot be, `StoreError` where there is no room.
    """
    connection.check_writable()
    destination = destination.expanduser().resolve()
    if destination == connection.path:
        raise ConfigError(f"{destination} is the workspace itself; name another file for the copy")
    if not destination.parent.is_dir():
        raise ConfigError(f"{destination.parent} does not exist; create the folder first")
    # DuckDB is shut in the workspace's folder, so the copy is made there and moved.
    fresh = connection.path.with_name(f".{connection.path.name}.backup-{os.getpid()}")
    fresh.unlink(missing_ok=True)
    try:
        rows = _copy(connection, fresh)
        _move(fresh, destination)
    except OSError as error:
        raise StoreError(
            f"{destination}: the backup could not be written ({error.strerror}); free some space"
        ) from error
    finally:
        for left in (fresh, fresh.with_name(fresh.name + ".wal")):
            with suppress(OSError):
                left.unlink(missing_ok=True)
    return rows


def _copy(connection: Connection, fresh: Path) -> int:
    cursor = connection.fresh_cursor()
    source = cursor.execute("select current_database()").fetchall()[0][0]
    # `attach` takes no parameters; a quote in a folder's name is doubled.
    cursor.execute(f"attach '{str(fresh).replace(chr(39), chr(39) * 2)}' as backup")
    try:
        cursor.execute("begin")
        try:
            cursor.execute(f'copy from database "{source.replace(chr(34), chr(34) * 2)}" to backup')
            expected, found = _rows(cursor, source), _rows(cursor, "backup")
            cursor.execute("commit")
        except BaseException:
            cursor.execute("rollback")
            raise
        cursor.execute("checkpoint backup")
    finally:
        cursor.execute("detach backup")
        cursor.close()
    if expected != found:
        raise StoreError(
            f"{connection.path}: the backup holds {found} rows instead of {expected} and was "
            "thrown away; run `curator doctor`"
        )
    return found


def _rows(cursor: Cursor, database: str) -> int:
    names = cursor.execute(
        "select table_name from duckdb_tables() where database_name = ?", [database]
    ).fetchall()
    quoted = database.replace('"', '""')
    return sum(
        int(cursor.execute(f'select count(*) from "{quoted}"."{name}"').fetchall()[0][0])
        for (name,) in names
    )


def _move(fresh: Path, destination: Path) -> None:
    """Sync `fresh` and give it its name, across file systems if need be."""
    if fresh.stat().st_dev != destination.parent.stat().st_dev:
        near = destination.with_name(f".{destination.name}.{os.getpid()}")
        try:
            shutil.copyfile(fresh, near)
            _sync_and_rename(near, destination)
        finally:
            near.unlink(missing_ok=True)
    else:
        _sync_and_rename(fresh, destination)


def _sync_and_rename(fresh: Path, destination: Path) -> None:
    with open(fresh, "rb") as file:
        os.fsync(file.fileno())
    os.replace(fresh, destination)
    sync_folder(destination.parent)
