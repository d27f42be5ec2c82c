"""The second record of every decision: a checked, append-only file beside the workspace.

DuckDB opens without a word when its write-ahead log was damaged or deleted (duckdb#25432). So a
decision goes to this file first, synced, and on opening the two are compared.

A line is `{"check": CRC-32 of the text of `line`, "line": {...}}`; the first line names the
workspace, every other one holds a whole act, so that a bulk act is there whole or not at all.

While decisions are made, the file ends in zero bytes, written ahead: a line that takes their place
changes neither the size nor the blocks of the file, so that syncing it needs no commit of the file
system's own journal (ext4 on a virtual disk: 0.8 ms instead of 3.9).
They are cut off on closing, and after a kill on the next opening; nobody reads them as lines.
"""

import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from curator.conversation import Decision

CHUNK = 1 << 16
#: So many bytes are written ahead, and more once half of them are used: some six hundred keys.
AHEAD = 1 << 18


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

    def __init__(self, path: Path, how: int = os.O_RDWR) -> None:
        self.path = path
        self._file = os.open(path, how | os.O_CLOEXEC)
        #: Where the last line ends, where the file does, and from where on room is to be made.
        self._size = self._room = os.fstat(self._file).st_size
        self._short_from = 0
        self._owner = os.getpid()
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

    @property
    def is_lost(self) -> bool:
        """Whether somebody has deleted the file: what is written goes nowhere."""
        return not os.fstat(self._file).st_nlink

    def anew(self, acts: Iterable[Sequence[Decision]]) -> "Journal":
        """The same journal in a file that has a name, holding `acts`; this one is closed."""
        journal = Journal.create(self.path, self.workspace(), acts)
        self.close()
        return journal

    def append(self, decisions: Sequence[Decision], settled: int | None = None) -> None:
        """Add one act; durable when this returns, and nothing of it stays when it raises."""
        count = self.count + len(decisions)
        line = write_line(Act(count, decisions=tuple(decisions), settled=settled))
        try:
            _write_all(self._file, line, self._size)
            os.fdatasync(self._file)
        except BaseException:
            self.take_back()
            raise
        self._size += len(line)
        self._room = max(self._room, self._size)
        self.count += len(decisions)

    @property
    def mark(self) -> tuple[int, int]:
        """Where it ends now, for `back_to`."""
        return self._size, self.count

    def back_to(self, mark: tuple[int, int]) -> bool:
        """Take back what was appended since `mark`; False where the disk does not let go of it."""
        now = self.mark
        self._size, self.count = mark
        try:
            self.take_back()
        except OSError:
            self._size, self.count = now
            return False
        return True

    @property
    def is_short(self) -> bool:
        """Whether it is time to `make_room`."""
        return self._size >= self._short_from

    @property
    def is_worn(self) -> bool:
        """Whether it is worth while to `make_room` where nobody waits for it."""
        return self._size >= self._short_from - AHEAD // 4

    def make_room(self) -> None:
        """Write ahead. Where there is no space for that, lines go on being appended as they come,
        and it is tried again after as many of them as would have had room."""
        self._short_from = self._size + AHEAD // 2
        end = self._size + AHEAD
        if end <= self._room:
            return
        try:
            _write_all(self._file, bytes(end - self._room), self._room)
            os.fdatasync(self._file)
        except OSError:
            with suppress(OSError):  # What was written of it is no line, whatever comes of it.
                os.ftruncate(self._file, self._room)
            return
        self._room = end

    def take_back(self) -> None:
        """Cut off whatever follows the last whole act, room for others too."""
        os.ftruncate(self._file, self._size)
        self._room = self._size
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
        self._size = self._written() - len(torn)
        self.take_back()
        if self._size and os.pread(self._file, 1, self._size - 1) != b"\n":
            _write_all(self._file, b"\n", self._size)
            self._size += 1
            self._room = self._size
            os.fdatasync(self._file)

    def lines(self) -> Iterator[Act | None]:
        """Every line from the start, None for a damaged one. Reads through the open handle."""
        rest, offset = b"", 0
        while chunk := os.pread(self._file, CHUNK, offset):
            offset += len(chunk)
            *whole, rest = (rest + chunk).split(b"\n")
            yield from map(read_line, whole)
        if rest := rest.rstrip(b"\0"):
            yield read_line(rest)

    def workspace(self) -> str:
        """The id of the workspace that this journal belongs to, "" where that line is damaged."""
        first = next(self.lines(), None)
        return first.workspace if first else ""

    def close(self) -> None:
        """Let go of the file, cut to its last line."""
        if self._file < 0:
            return
        # A forked child knows only of lines from before it was one.
        if self._room > self._size and self._owner == os.getpid():
            with suppress(OSError):  # Then the next opening does it.
                os.ftruncate(self._file, self._size)
        os.close(self._file)
        self._file = -1

    def _written(self) -> int:
        """Where the last byte that was not only written ahead ends."""
        end = os.fstat(self._file).st_size
        while end > 0:
            start = max(0, end - CHUNK)
            if found := os.pread(self._file, end - start, start).rstrip(b"\0"):
                return start + len(found)
            end = start
        return 0

    def _backwards(self) -> Iterator[bytes]:
        """The lines with their newlines, last first."""
        end, rest, size = self._written(), b"", CHUNK
        while end > 0:
            start = max(0, end - size)
            rest = os.pread(self._file, end - start, start) + rest
            first, *whole = _split(rest)
            yield from reversed(whole)
            rest, end = first, start
            # A bulk act may be a line of 40 MB: put together chunk by chunk that took a minute.
            size = CHUNK if whole else 2 * size
        if rest:
            yield rest


def _split(block: bytes) -> list[bytes]:
    """Lines with their newlines. (`splitlines` would also split at a carriage return.)"""
    *whole, rest = block.split(b"\n")
    return [line + b"\n" for line in whole] + ([rest] if rest else [])


def _write_all(file: int, data: bytes, at: int) -> None:
    view = memoryview(data)
    while view:
        done = os.pwrite(file, view, at)
        view, at = view[done:], at + done


def sync_folder(folder: Path) -> None:
    """Make a new or renamed name in `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
