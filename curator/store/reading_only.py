"""A workspace that may only be read: a folder of somebody else, a disk mounted for reading.

DuckDB opens an empty database in memory and attaches the file for reading beside it. A table of
the memory stands before one of the file of the same name, so that what is only in the journal yet,
and what a reader leaves for themselves (a place, a draft), is there as long as the process is.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from curator.errors import ReadOnly, StoreError

if TYPE_CHECKING:
    import duckdb

    from curator.store.connection import Connection

#: The name of the attached file, and where a table is looked for.
NAME = "workspace"
SEARCH_PATH = f"set search_path = 'memory.main,{NAME}.main'"
#: What DuckDB says to whoever writes to it all the same.
REFUSED = "attached in read-only mode"
#: What a reader may change for themselves.
OWN = ("desks", "rewrite_objections")


def why_read_only(path: Path) -> str:
    """Why nothing can be written to an existing workspace, "" where it can (or there is none)."""
    if not path.is_file():
        return ""
    beside = (path.with_name(path.name + end) for end in (".lock", ".journal.jsonl", ".wal"))
    for file in (path, *beside):
        if file.exists() and not _may(file, os.W_OK):
            return f"{file.name} may not be written"
    if not _may(path.parent, os.W_OK | os.X_OK):
        return f"nothing may be written in {path.parent}"
    return ""


def _may(path: Path, how: int) -> bool:
    effective = os.access in os.supports_effective_ids
    return os.access(path, how, effective_ids=effective)


def refused(path: Path, why: str, what: str = "nothing can be decided or changed here") -> ReadOnly:
    """The error for whoever would write."""
    return ReadOnly(
        f"{path} is open only for reading ({why}), so {what}; copy it with its .journal.jsonl to a "
        "folder of yours, and name the copy with --workspace"
    )


def banner(path: Path, why: str) -> str:
    """The sentence for whoever begins to read."""
    return f"{path.name} is open only for reading ({why}): nothing can be decided or changed here"


def attach(
    path: Path, config: "dict[str, str | bool | int | float | list[str]]"
) -> "duckdb.DuckDBPyConnection":
    """DuckDB with the file attached for reading. Raises what DuckDB raises."""
    import tempfile

    import duckdb

    from_memory = {k: v for k, v in config.items() if k != "storage_compatibility_version"}
    spilled = str(Path(tempfile.gettempdir()) / f"curator-{os.getpid()}")
    root = duckdb.connect(":memory:", config={**from_memory, "temp_directory": spilled})
    try:
        # `attach` takes no parameters; a quote in a folder's name is doubled.
        quoted = str(path).replace("'", "''")
        root.execute(f"attach '{quoted}' as {NAME} (read_only)")
        root.execute(SEARCH_PATH)
    except BaseException:
        root.close()
        raise
    return root


def shadow(db: "Connection", *tables: str) -> None:
    """Lay a copy of these tables, with their keys, over those of the file."""
    cursor = db.cursor
    for table in tables:
        found = cursor.execute(
            "select sql from duckdb_tables() where database_name = ? and table_name = ?",
            [NAME, table],
        ).fetchall()
        head = f"CREATE TABLE {table}"
        if not found or not found[0][0].startswith(head):
            raise StoreError(f"{db.path} cannot be read ({table} is missing); run `curator doctor`")
        cursor.execute(f"create table memory.main.{table}{found[0][0][len(head) :]}")
        cursor.execute(f"insert into memory.main.{table} select * from {NAME}.main.{table}")
