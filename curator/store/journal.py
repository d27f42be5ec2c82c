"""The second record of every decision: a checked, append-only file beside the workspace.

DuckDB opens without a word when its write-ahead log was damaged or deleted (duckdb#25432). So a
decision goes to this file first, synced, and on opening the two are compared.

A line is `{"check": CRC-32 of the text of `line`, "line": {...}}`; the first line names the
workspace, every other one holds a whole act, so that a bulk act is there whole or not at all.
"""

import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from curator.conversation import Decision

CHUNK = 1 << 16


class Act(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line: decisions made by one key press, and how many the journal holds with them.

    `settled` is the number of the last decision that the workspace had committed by then (None:
    all before these). A line without decisions is the first one; it carries the workspace's id.
    """

    count: int = 0
    workspace: str = ""
    decisions: tuple[Decision, ...] = ()
    settled: int | None = None


class _Line(msgspec.Struct):
    check: str
    line: msgspec.Raw


_lines = msgspec.json.Decoder(_Line)
_acts = msgspec.json.Decoder(Act)


def write_line(act: Act) -> bytes:
    """The bytes of one line, newline included."""
    text = msgspec.json.encode(act)
    return b'{"check":"%08x","line":%s}\n' % (zlib.crc32(text), text)


def read_line(line: bytes) -> Act | None:
    """The act of one line, or None where the line is torn or damaged."""
    try:
        outer = _lines.decode(line)
        text = bytes(outer.line)
        return _acts.decode(text) if outer.check == f"{zlib.crc32(text):08x}" else None
    except (msgspec.MsgspecError, ValueError):
        return None


class Journal:
    """One open journal. Raises OSError as it comes; the caller says what that means."""

    def __init__(self, path: Path, how: int = os.O_RDWR | os.O_APPEND) -> None:
        self.path = path
        self._file = os.open(path, how | os.O_CLOEXEC)
        self._size = os.fstat(self._file).st_size
        self.count = 0

    @staticmethod
    def create(path: Path, workspace: str, acts: Iterable[Sequence[Decision]] = ()) -> "Journal":
        """A new journal at `path` holding `acts`, there whole or not at all (synced, renamed)."""
        fresh = path.with_name(path.name + ".new")
        count = 0
        with open(
            os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb"
        ) as file:
            file.write(write_line(Act(workspace=workspace)))
            for decisions in acts:
                count += len(decisions)
                file.write(write_line(Act(count, decisions=tuple(decisions))))
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
        sync_folder(path.parent)
        journal = Journal(path)
        journal.count = count
        return journal

    def append(self, decisions: Sequence[Decision], settled: int | None = None) -> None:
        """Add one act; durable when this returns, and nothing of it stays when it raises."""
        count = self.count + len(decisions)
        line = write_line(Act(count, decisions=tuple(decisions), settled=settled))
        try:
            _write_all(self._file, line)
            os.fdatasync(self._file)
        except BaseException:
            self.take_back()
            raise
        self._size += len(line)
        self.count += len(decisions)

    def take_back(self) -> None:
        """Cut off whatever follows the last whole act."""
        os.ftruncate(self._file, self._size)
        os.fdatasync(self._file)

    def tail(self) -> tuple[Act | None, bytes]:
        """The last whole act (None where there is none), and the torn bytes behind it."""
        torn = b""
        for line in self._backwards():
            act = read_line(line)
            if act is not None:
                return act, torn
            torn = line + torn
        return None, torn

    def after(self, count: int, seq: int, op: str) -> list[Act] | None:
        """The acts behind the one that ends with the decision `seq` of `op`, the journal's
        `count`th, oldest first; None where it is not found among whole lines. Read from the end."""
        found: list[Act] = []
        for line in self._backwards():
            act = read_line(line)
            if act is None or act.count < count:
                return None
            last = act.decisions[-1] if act.decisions else None
            if (act.count, last.seq if last else 0, last.op if last else "") == (count, seq, op):
                return found[::-1]
            found.append(act)
        return None

    def cut(self, torn: bytes) -> None:
        """Remove `torn` from the end, and end the last line if only its newline is missing."""
        self._size = os.fstat(self._file).st_size - len(torn)
        self.take_back()
        if self._size and os.pread(self._file, 1, self._size - 1) != b"\n":
            os.write(self._file, b"\n")
            self._size += 1
            os.fdatasync(self._file)

    def lines(self) -> Iterator[Act | None]:
        """Every line from the start, None for a damaged one. Reads through the open handle."""
        rest, offset = b"", 0
        while chunk := os.pread(self._file, CHUNK, offset):
            offset += len(chunk)
            *whole, rest = (rest + chunk).split(b"\n")
            yield from map(read_line, whole)
        if rest:
            yield read_line(rest)

    def workspace(self) -> str:
        """The id of the workspace that this journal belongs to, "" where that line is damaged."""
        first = next(self.lines(), None)
        return first.workspace if first else ""

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _backwards(self) -> Iterator[bytes]:
        """The lines with their newlines, last first."""
        end, rest = os.fstat(self._file).st_size, b""
        while end > 0:
            start = max(0, end - CHUNK)
            rest = os.pread(self._file, end - start, start) + rest
            first, *whole = _split(rest)
            yield from reversed(whole)
            rest, end = first, start
        if rest:
            yield rest


def _split(block: bytes) -> list[bytes]:
    """Lines with their newlines. (`splitlines` would also split at a carriage return.)"""
    *whole, rest = block.split(b"\n")
    return [line + b"\n" for line in whole] + ([rest] if rest else [])


def _write_all(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def sync_folder(folder: Path) -> None:
    """Make a new or renamed name in `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
