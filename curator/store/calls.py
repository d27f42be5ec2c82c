"""Raw replies of models, so that nothing is paid for twice.

A reply is appended to a spool beside the workspace (`<workspace>.calls.jsonl`: a checksum and a
JSON object a line) and synced there, many in one go; the spool is folded into `llm_calls` when it
has grown, on closing, and on opening after a crash. So an acknowledged reply outlives `kill -9`,
and the ledger never waits for whoever is writing to the workspace.
"""

import os
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zlib import crc32

import msgspec

from curator.errors import StoreError
from curator.store.connection import Connection

#: The spool is folded into the workspace when it holds so many calls or bytes.
FOLD_CALLS = 500
FOLD_BYTES = 8 * 2**20
COLUMNS = (
    "key", "role", "model", "endpoint", "request", "reply",
    "prompt_tokens", "completion_tokens", "cost", "seconds", "created",
)  # fmt: skip
#: Behind the key of a reply that is on record and not to be served again.
SPENT = "#spent"


class Calls:
    """The `Ledger` of one workspace: by key, the bytes that came back."""

    def __init__(self, connection: Connection, workspace: Path) -> None:
        self._db = connection
        self._spool = workspace.with_name(workspace.name + ".calls.jsonl")
        self._file: int | None = None
        self._waiting: dict[str, dict[str, Any]] = {}
        self._bytes = 0
        self._ords: dict[bytes, int] | None = None
        self._guard = threading.RLock()
        if self._spool.exists():
            self._recover()

    def find(self, key: str) -> bytes | None:
        """The reply to a request, as it came, or None.

        Takes no lock, for it is asked on the engines' loop while another thread syncs or folds: a
        call enters the index before it leaves those that wait, so it is in one or the other."""
        waiting = self._waiting.get(key)
        if waiting is not None:
            reply: bytes = waiting["reply"]
            return reply
        ord_ = self._index().get(_short(key))
        if ord_ is None:
            return None
        found = self._db.value("select reply from llm_calls where ord = ? and key = ?", [ord_, key])
        return None if found is None else bytes(found)

    def keep_all(self, calls: Sequence[Mapping[str, Any]]) -> None:
        """Keep these calls; durable when this returns. Raises `StoreError` when the disk is full
        or the folder went read-only."""
        now = datetime.now(UTC).replace(tzinfo=None)
        rows = [{**call, "created": now} for call in calls]
        lines = b"".join(_line(row) for row in rows)
        with self._guard:
            try:
                file = self._open()
                _write(file, lines)
            except OSError as error:
                raise StoreError(
                    f"{self._spool}: a reply could not be saved ({error.strerror}); "
                    f"make room and run the command again"
                ) from error
            self._waiting.update((row["key"], row) for row in rows)
            self._bytes += len(lines)
            if len(self._waiting) >= FOLD_CALLS or self._bytes >= FOLD_BYTES:
                self._fold(wait=False)

    def forget(self, keys: Sequence[str]) -> None:
        """Keep the replies for the record, and let `find` know nothing of them any more."""
        if not keys:
            return
        self.fold()
        with self._guard:
            index = self._index()
            ords = [index.pop(_short(key)) for key in keys if _short(key) in index]
            self._db.execute(
                "update llm_calls set key = key || ? where ord in (select unnest(?))",
                [SPENT, ords],
            )

    def fact(self, name: str) -> str | None:
        """What `note` was told under this name."""
        found = self._db.value("select value from engine_facts where name = ?", [name])
        return None if found is None else str(found)

    def note(self, name: str, value: str) -> None:
        """Remember something found out about an endpoint."""
        self._db.execute("insert or replace into engine_facts values (?, ?)", [name, value])

    def totals(self) -> dict[str, int | float]:
        """Calls, tokens and cost of everything ever asked from this workspace."""
        self.fold()
        rows = self._db.rows(
            """
            select count(*), coalesce(sum(prompt_tokens), 0), coalesce(sum(completion_tokens), 0),
                   coalesce(sum(cost), 0)
            from llm_calls
            """
        )
        calls, prompt_tokens, completion_tokens, cost = rows[0]
        return {
            "calls": int(calls),
            "prompt_tokens": int(prompt_tokens),
            "completion_tokens": int(completion_tokens),
            "cost": float(cost),
        }

    def fold(self) -> None:
        """Move what waits in the spool into the workspace."""
        with self._guard:
            self._fold(wait=True)

    def close(self) -> None:
        """Fold the spool and let go of it."""
        self.fold()
        with self._guard:
            if self._file is not None:
                os.close(self._file)
                self._file = None
                self._spool.unlink(missing_ok=True)

    def _open(self) -> int:
        if self._file is None:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
            self._file = os.open(self._spool, flags, 0o600)
            folder = os.open(self._spool.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        return self._file

    def _index(self) -> dict[bytes, int]:
        """Short digest of a key → its row. Read once: a scan of a million keys takes long."""
        if self._ords is None:
            with self._guard:
                rows = self._db.rows(
                    "select key, ord from llm_calls where not ends_with(key, ?)", [SPENT]
                )
                self._ords = {_short(key): ord_ for key, ord_ in rows}
        return self._ords

    def _fold(self, *, wait: bool) -> None:
        # A stage may hold the writers' lock for long; replies are safe in the spool meanwhile.
        if not self._waiting or not self._db.writing.acquire(blocking=wait):
            return
        try:
            index = self._index()
            new = [row for key, row in self._waiting.items() if _short(key) not in index]
            with self._db.transaction():
                first = self._db.next_number("llm_calls", "ord")
                if new:
                    self._db.insert("llm_calls", _columns(first, new))
            index.update((_short(row["key"]), first + i) for i, row in enumerate(new))
        finally:
            self._db.writing.release()
        self._waiting.clear()
        self._bytes = 0
        os.ftruncate(self._open(), 0)

    def _recover(self) -> None:
        """Fold what a killed process left behind. A torn last line was never acknowledged."""
        with self._guard:
            self._waiting = {row["key"]: row for row in _read(self._spool)}
            self._fold(wait=True)


def _short(key: str) -> bytes:
    """The key as few bytes: an index of a million must stay small."""
    try:
        return bytes.fromhex(key)
    except ValueError:
        return key.encode()


def _line(row: Mapping[str, Any]) -> bytes:
    reply: bytes = row["reply"]
    try:
        body: dict[str, Any] = {"reply": reply.decode("utf-8")}
    except UnicodeDecodeError:
        body = {"reply64": b64encode(reply).decode("ascii")}
    data = msgspec.json.encode({**row, **({"reply": None} if "reply64" in body else {}), **body})
    return b"%08x %s\n" % (crc32(data), data)


def _write(file: int, data: bytes) -> None:
    """All of `data` at the end of the file, on the disk when this returns; or none of it."""
    before = os.lseek(file, 0, os.SEEK_END)
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(file, view) :]
        os.fsync(file)
    except OSError:
        os.ftruncate(file, before)
        raise


def _read(spool: Path) -> Iterator[dict[str, Any]]:
    with spool.open("rb") as lines:
        for line in lines:
            check, _, data = line.rstrip(b"\n").partition(b" ")
            if not line.endswith(b"\n") or check != b"%08x" % crc32(data):
                continue
            row = msgspec.json.decode(data, type=dict[str, Any])
            encoded = row.pop("reply64", None)
            row["reply"] = b64decode(encoded) if encoded else row["reply"].encode("utf-8")
            row["created"] = datetime.fromisoformat(row["created"])
            yield row


def _columns(first: int, rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {name: [row[name] for row in rows] for name in COLUMNS}
    columns["request"] = [msgspec.json.encode(row["request"]).decode() for row in rows]
    return {"ord": list(range(first, first + len(rows))), **columns}
