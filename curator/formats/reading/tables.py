"""CSV, TSV and Parquet as records: one dict a row, keyed by the header."""

import ast
import csv
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from curator.errors import DataError
from curator.formats.reading.decoding import Decoder, Unreadable
from curator.formats.reading.lines import numbered
from curator.formats.reading.opening import Source
from curator.formats.reading.records import NOT_UTF8, Record, Spoiled, excerpt

#: Columns that hold JSON lists or objects as text when a table was made from nested records.
NESTED = frozenset(
    ("messages", "conversations", "conversation", "data", "history", "chosen", "rejected", "tools",
     "turns", "prompt", "completion", "answers", "instances", "mapping", "metadata")
)  # fmt: skip
#: Between the objects of a list that numpy printed.
UNDER = re.compile(r"\}[ \t]*\r?\n\s*\{")
#: Excel's first line that only names the separator.
SEPARATOR = re.compile(r"\ufeff?sep=.\s*$", re.I)
#: A stray quote may swallow the rows behind it: so often they are read again without it.
REPLAYS = 100


class _Lines:
    """Text lines for the csv module; remembers those of the row in hand, to read them again."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self._again = lines, list[str]()
        self.held: list[str] = []
        self.line, self.byte = 1, 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._again.pop(0) if self._again else next(self._lines)
        self.held.append(line)
        return line

    def settle(self, count: int | None = None) -> str:
        """Pass over the first `count` lines of the row in hand (all of them); their text. The
        others are read again."""
        taken = self.held if count is None else self.held[:count]
        self._again = self.held[len(taken) :] + self._again
        text = "".join(taken)
        self.line += len(taken)
        self.byte += len(text.encode("utf-8", "surrogateescape"))
        self.held = []
        return text


def table_rows(
    chunks: Iterable[bytes], delimiter: str, decoder: Decoder
) -> Iterator[Record | Spoiled]:
    """The rows under a header. Cells stay text; nested columns are decoded where they are JSON."""
    csv.field_size_limit(decoder.limits.record)
    lines = _Lines(_text_lines(chunks))
    header = _header(lines, delimiter)
    replays = 0
    while True:
        line, byte = lines.line, lines.byte
        try:
            cells = next(csv.reader(lines, delimiter=delimiter, strict=True))
        except StopIteration:
            return
        except csv.Error as error:
            replays += 1
            raw = lines.settle(1 if replays <= REPLAYS else None)
            yield Spoiled(line, byte, f"not CSV: {error}", excerpt(raw))
            continue
        raw = lines.settle()
        if not raw.strip("\r\n \x00"):
            continue
        if len(cells) != len(header):
            reason = f"{len(cells)} cells where the header has {len(header)}"
            yield Spoiled(line, byte, reason, excerpt(raw))
        elif any("\udc80" <= c <= "\udcff" for c in raw if c > "\x7f"):
            yield Spoiled(line, byte, NOT_UTF8, excerpt(raw))
        else:
            row = {n: _cell(n, c, decoder) for n, c in zip(header, cells, strict=True)}
            yield Record(line, byte, row)


def _header(lines: _Lines, delimiter: str) -> list[str]:
    """The names of the columns; one without is called as pandas calls it."""
    while True:
        header = next(csv.reader(lines, delimiter=delimiter))
        if not SEPARATOR.match(lines.settle()):
            return [name or f"Unnamed: {place}" for place, name in enumerate(header)]


def _cell(name: str, text: str, decoder: Decoder) -> Any:
    if name in NESTED and text[:1] in ("[", "{") and text[-1:] in ("]", "}"):
        try:
            return decoder.decode(text.encode("utf-8"))
        except Unreadable:
            return _as_printed(text, decoder)
    return text


def _as_printed(text: str, decoder: Decoder) -> Any:
    """The lists and objects that Python printed into a cell, as pandas does; else the text."""
    try:
        # numpy prints one object under the other; inside Python's strings no line ends.
        value = ast.literal_eval(UNDER.sub("}, {", text))
        return decoder.decode(msgspec.json.encode(value))
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError, Unreadable):
        return text


def _text_lines(chunks: Iterable[bytes]) -> Iterator[str]:
    tail, end = b"", b""
    for chunk in chunks:
        # Lines that end with a carriage return alone, as older spreadsheets write them.
        end = end or (b"\n" if b"\n" in chunk or b"\r" not in chunk else b"\r")
        lines = (tail + chunk).split(end)
        tail = lines.pop()
        for line in lines:
            yield (line + b"\n").decode("utf-8", "surrogateescape")
    if tail:
        yield tail.decode("utf-8", "surrogateescape")


def parquet_rows(
    source: Source, chunks: Iterable[bytes], decoder: Decoder
) -> Iterator[Record | Spoiled]:
    """The rows of a Parquet or Arrow file, read by a child process with bounded memory: such a file
    can crash its reader, and then only the child dies. Raises `DataError` when it does."""
    name, kind = source.name, source.kind.capitalize()
    with _on_disk(name, chunks) as path:
        child = subprocess.Popen(
            [sys.executable, "-m", "curator.formats.reading.parquet", path],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
        )
        assert child.stdout is not None
        assert child.stderr is not None
        try:
            blocks = iter(partial(child.stdout.read, 1 << 20), b"")
            for number, line in enumerate(_rows(blocks, decoder), 1):
                yield _row(number, line, decoder)
            words = child.stderr.read(4000).decode("utf-8", "replace").strip()
            if child.wait() != 0:
                last = words.splitlines()[-1] if words else f"exit {child.returncode}"
                raise DataError(f"{name} is a damaged or foreign {kind} file ({last[:200]})")
        finally:
            child.kill()
            child.wait()
            child.stdout.close()
            child.stderr.close()


def _rows(blocks: Iterator[bytes], decoder: Decoder) -> Iterator[bytes | Spoiled]:
    for _, _, line in numbered(blocks, decoder.limits.record):
        yield line


def _row(number: int, line: bytes | Spoiled, decoder: Decoder) -> Record | Spoiled:
    if isinstance(line, Spoiled):
        return Spoiled(number, 0, "a row of over 16 MiB", line.raw)
    try:
        return Record(number, 0, decoder.decode(line))
    except Unreadable as error:
        return Spoiled(number, 0, str(error), excerpt(line))


@contextmanager
def _on_disk(name: str, chunks: Iterable[bytes]) -> Iterator[str]:
    """A path for a reader that seeks: the file itself, or what is none set aside."""
    if name != "-" and Path(name).is_file():
        yield name
        return
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        for chunk in chunks:
            file.write(chunk)
        file.flush()
        yield file.name
