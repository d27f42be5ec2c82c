"""Which shape a file has, judged from its first bytes and never from its name."""

import csv
import re
from collections.abc import Collection, Iterator
from typing import Any

from curator.errors import DataError
from curator.formats.reading.containers import known
from curator.formats.reading.decoding import LARGE, Decoder, Unreadable
from curator.formats.reading.lines import BLANK, CONFLICT, json_lines
from curator.formats.reading.opening import Source
from curator.formats.reading.records import LIMITS, Limits, Record
from curator.formats.reading.streams import Streaming
from curator.formats.reading.tables import SEPARATOR, parquet_rows, table_rows

#: Lines of the head that are looked at, and the JSON among them that settles it.
LOOKED_AT = 50
RECORD_START = re.compile(rb'\{\s*"(?:[^"\\]|\\.){1,200}"\s*:')
HEADER_NAME = re.compile(r"[\w .()/-]{1,64}$")
#: A table must have one of these in its header, lest prose with commas be taken for one.
COLUMNS = frozenset(
    ("instruction", "input", "output", "prompt", "completion", "question", "answer", "response",
     "query", "messages", "conversations", "chosen", "rejected", "text", "content", "role",
     "target", "id", "user", "assistant", "human", "history", "label", "message_id", "data",
     "问题", "回答", "指令", "输入", "输出", "提问", "答案", "回复", "reply", "q", "a", "gpt")
)  # fmt: skip

ABOUT = {
    "jsonl": "one JSON value a line",
    "json": "a JSON array, or JSON values over several lines",
    "csv": "a table with commas",
    "tsv": "a table with tabs",
    "scsv": "a table with semicolons",
    "psv": "a table with upright bars",
    "column": "a table of one column",
    "parquet": "a Parquet table",
    "arrow": "an Arrow table",
    "text": "plain text",
}
DELIMITERS = {"csv": ",", "tsv": "\t", "scsv": ";", "psv": "|"}
#: A line of a log, which no JSON begins with.
TIMED = re.compile(rb"\[\d{1,4}[-/:.]\d+[^,\d]")
#: The name of an only column; any other would make a table of every text.
ALONE = re.compile(r"\s*\"?(prompt|text|instruction|question|messages|conversations)\"?\s*$", re.I)


class Reading:
    """One pass over the records of an open file; `notes` is complete when the pass is over."""

    def __init__(
        self, source: Source, limits: Limits = LIMITS, columns: Collection[str] = ()
    ) -> None:
        self.source, self.columns = source, frozenset(columns)
        self.decoder = Decoder(limits)
        self.decoder.large = (source.size or 0) >= LARGE
        self.shape = (
            shape_of(source.head, source.name, columns) if source.kind == "text" else source.kind
        )

    def __iter__(self) -> Iterator[Any]:
        chunks = self.source.chunks()
        if self.shape == "jsonl":
            yield from json_lines(chunks, self.decoder)
        elif self.shape == "json":
            streaming = Streaming(chunks, self.decoder, known(self.columns))
            yield from streaming.records()
            if streaming.around:
                self.source.notes.append(f"one object: {', '.join(streaming.around)}")
            if not streaming.closed:
                self.source.notes.append("the array is not closed: the file may be cut")
        elif self.shape in ("parquet", "arrow"):
            yield from parquet_rows(self.source, chunks, self.decoder)
        elif self.shape == "text":
            yield from _whole_text(chunks, self.source.name, self.decoder.limits)
        else:
            yield from table_rows(chunks, DELIMITERS.get(self.shape, ","), self.decoder)
        if self.decoder.replaced:
            self.source.notes.append(
                f"{self.decoder.replaced} texts held lone surrogates, which became U+FFFD"
            )

    @property
    def notes(self) -> list[str]:
        """What had to be put right, in sentences."""
        return self.source.notes


def read(source: Source, limits: Limits = LIMITS, columns: Collection[str] = ()) -> Reading:
    """The records of an open file, which may be a table with one of these `columns`.

    Raises `DataError` when it is nothing that can be read."""
    return Reading(source, limits, columns)


def shape_of(head: bytes, name: str = "the file", columns: Collection[str] = ()) -> str:
    """jsonl, json, csv, tsv, scsv or text, from the first bytes. Raises `DataError` for none."""
    lines = [line.strip(BLANK) for line in head.split(b"\n")[: LOOKED_AT * 4]]
    lines = [line for line in lines if line and not CONFLICT.match(line)][:LOOKED_AT]
    start = lines[0][:1] if lines else b""
    whole = [_json_container(line) for line in lines]
    if start == b"[" and TIMED.match(lines[0]):
        return "text"
    if start == b"[" and not (whole[0] and len(lines) > 1 and lines[1][:1] in (b"[", b"{")):
        return "json"
    if any(whole):
        alone = len(lines) == 1 and start == b"{"
        return "json" if alone and not known()(Decoder(LIMITS).decode(lines[0])) else "jsonl"
    if start == b"{" or (start == b'"' and _is_json(lines[0])):
        return "jsonl" if start == b'"' else "json"
    if table := _table(head, COLUMNS | {column.lower() for column in columns}):
        return table
    if RECORD_START.search(head[:4096]):
        return "jsonl" if sum(line[:1] == b"{" for line in lines) > len(lines) // 2 else "json"
    if _binary(head):
        raise DataError(f"{name} is binary; JSON, CSV, Parquet and text can be read")
    return "text"


def _json_container(line: bytes) -> bool:
    return line[:1] in (b"{", b"[") and line[-1:] in (b"}", b"]") and _is_json(line)


def _is_json(line: bytes) -> bool:
    try:
        Decoder(LIMITS).decode(line)
    except Unreadable:
        return False
    return True


def _table(head: bytes, columns: Collection[str]) -> str | None:
    """The kind of table whose header and first row these are, or None. The header must have one
    of the `columns`."""
    text = head.decode("utf-8", "surrogateescape")
    lines = text.splitlines(keepends=True)
    lines = lines[1:] if lines and SEPARATOR.match(lines[0]) else lines
    for kind, delimiter in DELIMITERS.items():
        try:
            rows = csv.reader(lines, delimiter=delimiter)
            header, first = next(rows), next(rows)
        except (StopIteration, csv.Error):
            continue
        # pandas leaves the column of its row numbers without a name.
        names = header if header[:1] != [""] else header[1:]
        named = all(HEADER_NAME.match(cell) for cell in names) and len(set(names)) == len(names)
        if not named or len(header) < 2 or len(first) != len(header):
            continue
        if any(cell.strip().lower() in columns for cell in names) or _is_record(header, first):
            return kind
    return "column" if len(lines) > 1 and ALONE.match(lines[0]) else None


def _is_record(header: Collection[str], first: Collection[str]) -> bool:
    """Whether a layout is known by the names of these columns, however they are spelled."""
    names = [cell.strip().rstrip(":").lower() for cell in header]
    test = known()
    return any(test(dict(zip(spelled, first, strict=True))) for spelled in (header, names))


def _binary(head: bytes) -> bool:
    sample = head[:8192]
    odd = sum(byte < 9 or 13 < byte < 27 or 27 < byte < 32 for byte in sample)
    strange = sample.decode("utf-8", "replace").count("\ufffd")
    return odd > 0.01 * len(sample) or strange > 0.1 * len(sample)


def _whole_text(chunks: Iterator[bytes], name: str, limits: Limits) -> Iterator[Record]:
    parts, size = [], 0
    for chunk in chunks:
        size += len(chunk)
        if size > limits.record:
            raise DataError(
                f"{name} is plain text of over {limits.record >> 20} MiB; cut it into files"
            )
        parts.append(chunk)
    text = b"".join(parts).decode("utf-8", "replace").replace("\r\n", "\n")
    yield Record(1, 0, {"text": text})
