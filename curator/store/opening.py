"""Opening the file: what must be true before DuckDB sees it, and how DuckDB is set up."""

import os
import struct
from pathlib import Path
from typing import TYPE_CHECKING

from curator.errors import StoreError
from curator.rights import keep_private
from curator.store.aside import set_aside
from curator.store.trouble import explain, is_broken_wal

if TYPE_CHECKING:
    import duckdb

SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "storage_compatibility_version": "v1.5.0",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",
    "python_enable_replacements": "false",
    "preserve_insertion_order": "false",
    # For files on the network, which no workspace has: eight threads by default.
    "async_threads": 1,
}
#: The most memory DuckDB may take: a quarter of the machine's, and never more than this.
MEMORY = 2 << 30
#: What a file is that begins like this: worth a better word than "not a workspace".
BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"SQLite format 3\0", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"\x1f\x8b", "a gzip file"),
    (b"PK\x03\x04", "a zip file"),
    (b"{", "a JSON file"),
    (b"[", "a JSON file"),
)


def one_name(path: Path) -> Path:
    """The name that all others of this file lead to: two of them must meet the same lock. Raises
    `StoreError` where no workspace can ever be, before anything is made beside it."""
    try:
        path = path.expanduser().resolve()
    except (RuntimeError, OSError) as error:  # a link to itself, or a ~ that is nobody's
        raise StoreError(f"{path} leads nowhere ({error}); name a file with --workspace") from error
    # To open a pipe would wait for whoever writes into it.
    if os.path.exists(path) and not (path.is_file() or path.is_dir()):
        raise StoreError(f"{path} is a pipe or a device; name a file with --workspace")
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise StoreError(
            f"{path}: DuckDB opens no file whose name is not UTF-8; rename it, "
            "or name another with --workspace"
        ) from error
    return path


def examine(path: Path) -> None:
    """Raise `StoreError` unless `path` is absent or begins as a DuckDB file does.

    DuckDB must not be asked: an SQLite file makes it look for an extension on the internet. Only
    call this while no DuckDB handle of this process has the file: closing it drops DuckDB's lock.
    """
    if path.is_dir():
        raise StoreError(f"{path} is a folder; name a file with --workspace")
    try:
        with open(path, "rb") as file:
            head = file.read(20)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(
            f"{path} cannot be read ({error.strerror}); check its owner and rights"
        ) from error
    if head[8:12] == b"DUCK" and len(head) == 20 and struct.unpack("<Q", head[12:20])[0]:
        return
    kind = next((name for begin, name in BEGINNINGS if head.startswith(begin)), "")
    what = kind or ("an empty file" if not head else "not a DuckDB file")
    advice = (
        "import it into a workspace with `curator import`"
        if kind in ("a JSON file", "a Parquet file", "a gzip file")
        else "name another file with --workspace"
    )
    raise StoreError(f"{path} is {what}, so it cannot be a workspace; {advice}")


def connect(path: Path, notices: list[str]) -> "duckdb.DuckDBPyConnection":
    """DuckDB on `path`, shut in the file's own folder. A write-ahead log that cannot be read is
    set aside, which is told in `notices`; the journal has the decisions in it.

    Raises `StoreError`.
    """
    import duckdb

    # DuckDB makes its log anew after every checkpoint, so this must hold for as long as it is open.
    keep_private()
    config = {**SETTINGS, "memory_limit": f"{memory_limit() >> 20}MiB"}
    try:
        return _shut_in(duckdb.connect(str(path), config=config), path)
    except duckdb.Error as error:
        log = path.with_name(path.name + ".wal")
        if not (is_broken_wal(error) and log.exists()):
            raise explain(error, path) from error
        aside = set_aside(log, "damaged")
        notices.append(
            f"{log.name} was damaged and was moved to {aside.name}; decisions come back from the "
            "journal, but an import or a reflection of that moment may need a second run"
        )
    try:
        return _shut_in(duckdb.connect(str(path), config=config), path)
    except duckdb.Error as error:
        raise explain(error, path) from error


def connect_to_read(path: Path) -> "duckdb.DuckDBPyConnection":
    """DuckDB on a workspace that may only be read. Raises `StoreError`."""
    import duckdb

    from curator.store.reading_only import attach

    config = {**SETTINGS, "memory_limit": f"{memory_limit() >> 20}MiB"}
    try:
        return _shut_in(attach(path, config), path)
    except duckdb.Error as error:
        raise explain(error, path) from error


def _shut_in(connection: "duckdb.DuckDBPyConnection", path: Path) -> "duckdb.DuckDBPyConnection":
    connection.execute("set allowed_directories = [?]", [str(path.parent)])
    connection.execute("set enable_external_access = false")
    connection.execute("set allowed_configs = ['memory_limit']")
    connection.execute("set lock_configuration = true")
    return connection


def memory_limit() -> int:
    """How many bytes DuckDB may take: a quarter of what the machine has, at most `MEMORY`."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return MEMORY
    return min(MEMORY, total // 4)
