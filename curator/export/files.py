"""Files that are there whole or not at all: written aside, synced, renamed."""

import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import orjson

from curator.errors import ConfigError, StoreError
from curator.export.packing import CHUNK, Summed, packed
from curator.rights import shared_folder_mode, shared_mode


def encoded(row: object) -> bytes:
    """A row as one line of JSON, without its line break. Whole numbers of any size survive."""
    try:
        return orjson.dumps(row)
    except TypeError:
        import json

        return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()


class RowFile:
    """One data file being written: JSON lines, or a JSON array where the name ends in `.json`.
    Without a place `aside` its rows go nowhere, but are counted and summed all the same."""

    def __init__(self, path: Path, aside: Path | None) -> None:
        self.path, self.aside, self.name = path, aside, path.name
        self.rows = self.length = 0
        self._array = ".json" in path.suffixes[-2:]
        self._apart = b",\n" if self._array else b"\n"
        #: What stands before the next row.
        self._before = b"[\n" if self._array else b""
        self._held: list[bytes] = []
        self._size = 0
        self._file: BinaryIO = Path(os.devnull if aside is None else aside).open("wb")  # noqa: SIM115
        self._summed = Summed(self._file)
        self._stream = packed(self._summed, path.suffix)
        # Hashing and writing leave the processor to the next rows.
        self._writer = ThreadPoolExecutor(1, "writing")
        self._written: Future[None] | None = None

    def add(self, row: object) -> None:
        """Append one row."""
        self.add_lines((encoded(row),))

    def add_lines(self, lines: Sequence[bytes]) -> None:
        """Append rows that are JSON already, without line breaks."""
        self._held += lines
        size = sum(map(len, lines)) + len(self._apart) * len(lines)
        self.rows += len(lines)
        self._size += size
        self.length += size
        if self._size >= CHUNK:
            self._flush()

    def finish(self) -> str:
        """Write what is left and sync it to the disk; the SHA-256 of the whole."""
        self._flush()
        self._wait()
        self._writer.shutdown()
        with speaking(self.path):
            if self._array:
                self._stream.write(b"\n]\n" if self.rows else b"[]\n")
            elif self.rows:
                self._stream.write(b"\n")
            self._stream.close()
            self._file.flush()
            if self.aside is not None:
                os.fsync(self._file.fileno())
            self._file.close()
        return self._summed.hexdigest()

    def abandon(self) -> None:
        """Close and remove the unfinished file."""
        self._writer.shutdown()
        # What a full disk still held back is not wanted any more.
        for file in (self._stream, self._file):
            with suppress(OSError, ValueError):
                file.close()
        if self.aside is not None:
            self.aside.unlink(missing_ok=True)

    def _flush(self) -> None:
        """Hand the held lines over; at most two lots are in memory."""
        held, self._held, self._size = self._held, [], 0
        self._wait()
        if held:
            self._written = self._writer.submit(self._write, held)

    def _wait(self) -> None:
        """Raises `StoreError` where the disk refused what was handed over before."""
        if self._written is not None:
            self._written.result()

    def _write(self, lines: list[bytes]) -> None:
        with speaking(self.path):
            write, apart = self._stream.write, self._before
            for line in lines:
                write(apart)
                write(line)
                apart = self._apart
            self._before = self._apart


class Batch:
    """Files that appear together: nothing is seen under its name before `publish`.

    Use as a context manager; leaving it without `publish` removes all traces. Raises
    `ConfigError` when a file is already there and `force` is not set, `StoreError` when the disk
    refuses. `dry` writes nothing at all, and asks no disk.
    """

    def __init__(self, force: bool = False, dry: bool = False) -> None:
        self._force, self._dry = force or dry, dry
        self._rows: list[RowFile] = []
        self._texts: list[tuple[Path, Path]] = []
        self._made: list[Path] = []

    def rows(self, path: Path) -> RowFile:
        """A data file to fill."""
        aside = None if self._dry else self._aside(path)
        with speaking(path):
            file = RowFile(path, aside)
        self._rows.append(file)
        return file

    def text(self, path: Path, content: str) -> None:
        """A small file beside the data, in UTF-8."""
        if self._dry:
            return
        aside = self._aside(path)
        with speaking(path), aside.open("wb") as file:
            file.write(content.encode())
            file.flush()
            os.fsync(file.fileno())
        self._texts.append((path, aside))

    def publish(self) -> None:
        """Give every file its name, the data first, and sync the folders."""
        names = [(file.path, file.aside) for file in self._rows if file.aside] + self._texts
        for path, aside in names:
            with speaking(path):
                # The workspace is private; what leaves it is for whomever the person lets read it.
                aside.chmod(shared_mode())
                aside.replace(path)
        for folder in {path.parent for path, _ in names}:
            _sync_folder(folder)
        self._rows, self._texts = [], []

    def refuse_to_overwrite(self, paths: Sequence[Path]) -> None:
        """Raise `ConfigError` if one of `paths` is there and `--force` was not given."""
        there = [path for path in paths if path.exists()]
        if there and not self._force:
            raise ConfigError(
                f"{there[0]} is already there; choose another --out, or replace it with --force"
            )

    def _aside(self, path: Path) -> Path:
        if path.is_dir():
            raise ConfigError(f"{path} is a folder, where a file should go; choose another --out")
        self.refuse_to_overwrite([path])
        with speaking(path):
            if not path.parent.is_dir():
                self._make(path.parent)
        return path.with_name(f".{path.name}.{os.getpid()}.part")

    def _make(self, folder: Path) -> None:
        if not folder.parent.is_dir():
            self._make(folder.parent)
        folder.mkdir()
        folder.chmod(shared_folder_mode())
        self._made.append(folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for file in self._rows:
            file.abandon()
        for _, aside in self._texts:
            aside.unlink(missing_ok=True)
        for folder in reversed(self._made):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()


class speaking:
    """Turns an `OSError` on `path` into one sentence."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, OSError):
            raise StoreError(
                f"{self._path} cannot be written ({error.strerror}); choose another --out, or make "
                "room and see to the folder's permissions"
            ) from error


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
