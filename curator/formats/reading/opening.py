"""From a path to chunks of UTF-8: decompression with a limit, and the encoding found out."""

import codecs
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import IO

from curator.errors import DataError
from curator.formats.reading import archives
from curator.formats.reading.records import LIMITS, Limits
from curator.formats.reading.unpacking import CHUNK, HARMLESS, gunzip, unbz2, unxz, unzstd

#: Signs that JSON begins with.
OPENERS = (b"{", b"[", b'"')
HEAD = 1 << 18

MAGIC = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"PAR1": "parquet",
    b"ARROW1": "arrow",
    # How a stream of Arrow tables goes on behind these is told by its reader.
    b"\xff\xff\xff\xff": "arrow",
}
UNPACK = {"gzip": gunzip, "zstd": unzstd, "bzip2": unbz2, "xz": unxz}
#: Not read, and said by name.
FOREIGN = {
    archives.MAGIC: "a ZIP archive: save it as a file and name that",
    b"7z\xbc\xaf": "a 7z archive: unpack it first",
    b"%PDF": "a PDF",
    b"SQLite format 3": "an SQLite database",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x7fELF": "a program",
}


@dataclass
class Source:
    """An open file: its first bytes as UTF-8, and all of it in chunks (once).

    `kind` is "text", "parquet" or "arrow"; `notes` are sentences about what had to be put right.
    """

    name: str
    kind: str
    encoding: str = "utf-8"
    head: bytes = b""
    size: int | None = None
    notes: list[str] = field(default_factory=list)
    raw: IO[bytes] | None = None
    _rest: Iterator[bytes] = field(default_factory=lambda: iter(()))

    def chunks(self) -> Iterator[bytes]:
        """All of the file, from its beginning."""
        if self.head:
            yield self.head
        yield from self._rest

    def done(self) -> int:
        """Bytes of the file on disk that were read so far, for a progress bar."""
        return self.raw.tell() if self.raw is not None and self.size is not None else 0


@contextmanager
def open_source(name: str, limits: Limits = LIMITS, encoding: str = "") -> Iterator[Source]:
    """The file called `name` (`-`: standard input, `a.zip!b`: a file in an archive), whose text is
    in `encoding` where that is said. Raises `DataError` where there is none."""
    if name == "-":
        yield _examined(Source("-", "text", encoding=encoding), sys.stdin.buffer, limits)
        return
    if inside := archives.split(name):
        with archives.opened(*inside, limits) as (member, size, notes):
            yield _examined(Source(name, "text", encoding, size=size, notes=notes), member, limits)
        return
    path = Path(name)
    try:
        if path.is_dir():
            raise DataError(f"{name} is a folder with no files of chats in it")
        if archives.is_archive(name):
            raise archives.refusal(name, limits)
        with path.open("rb") as file:
            size = path.stat().st_size
            yield _examined(Source(name, "text", encoding=encoding, size=size), file, limits)
    except FileNotFoundError:
        raise DataError(f"{name}: no such file{_did_you_mean(path)}") from None
    except PermissionError:
        raise DataError(f"{name}: not allowed to read it; check its permissions") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise DataError(f"{name}: cannot be read ({_why(error)})") from error


def _examined(source: Source, file: IO[bytes], limits: Limits) -> Source:
    peeked = file.read(CHUNK)
    if not peeked:
        raise DataError(f"{source.name} is empty")
    source.raw = file if file.seekable() else None
    if source.raw is None:
        source.size = None
    kind = next((k for magic, k in MAGIC.items() if peeked.startswith(magic)), "")
    for magic, what in FOREIGN.items():
        if peeked.startswith(magic):
            raise DataError(f"{source.name} is {what}; JSON, CSV, Parquet and text can be read")
    if kind in ("parquet", "arrow"):
        source.kind, source.head, source._rest = kind, peeked, _blocks(file)
        return source
    blocks = _chained(peeked, _blocks(file))
    if kind:
        blocks = _bounded(UNPACK[kind](blocks, source.notes), source, file, limits)
    else:
        blocks = _counted(blocks, source, limits)
    first = _fill(blocks)
    if kind and first.startswith(tuple(MAGIC)):
        raise DataError(f"{source.name} is compressed twice; decompress it once first")
    if not first.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise DataError(f"{source.name} holds nothing but blanks")
    source.encoding = source.encoding or encoding_of(first)
    blocks = _as_utf8(_chained(first, blocks), source)
    source.head, source._rest = _fill(blocks), blocks
    return source


def encoding_of(head: bytes) -> str:
    """The encoding that a text beginning with `head` is in: from its mark, its NULs, or by trial.

    Without a mark, UTF-16 shows by NULs in every second place, and GB 18030 (older Chinese
    files) by being valid where UTF-8 is not.
    """
    marks = (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    )
    for mark, name in marks:
        if head.startswith(mark):
            return name
    # Chinese in UTF-16 has few NULs, but JSON begins with a sign that has one beside it.
    for odd_one, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if head[odd_one : odd_one + 1] == b"\0" and head[1 - odd_one : 2 - odd_one] in OPENERS:
            return name
    even, odd = head[:2048:2].count(0), head[1:2048:2].count(0)
    half = max(1, len(head[:2048]) // 2)
    if odd > 0.3 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.3 * half and odd < 0.05 * half:
        return "utf-16-be"
    if _decodes(head, "utf-8") or not _decodes(head, "gb18030"):
        return "utf-8"
    text = codecs.getincrementaldecoder("gb18030")().decode(head)
    han = sum("\u4e00" <= c <= "\u9fff" for c in text)
    foreign = sum(c > "\x7f" for c in text)
    # A single flipped byte in English must not turn the file Chinese.
    return "gb18030" if han >= 8 and han > 0.7 * foreign else "utf-8"


def _decodes(head: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _as_utf8(blocks: Iterator[bytes], source: Source) -> Iterator[bytes]:
    if source.encoding == "utf-8":
        yield from blocks
        return
    if source.encoding == "utf-8-sig":
        yield next(blocks)[len(codecs.BOM_UTF8) :]
        yield from blocks
        return
    source.notes.append(f"read as {source.encoding}")
    decoder = codecs.getincrementaldecoder(source.encoding)("replace")
    replaced = 0
    for block in blocks:
        text = decoder.decode(block)
        replaced += text.count("\ufffd")
        yield text.encode("utf-8", "replace")
    text = decoder.decode(b"", True)
    replaced += text.count("\ufffd")
    if replaced:
        source.notes.append(f"{replaced} characters were not {source.encoding} and became U+FFFD")
    yield text.encode("utf-8", "replace")


def _bounded(
    blocks: Iterator[bytes], source: Source, file: IO[bytes], limits: Limits
) -> Iterator[bytes]:
    """The same blocks; refuses a file that grows more than its ratio allows."""
    total = 0
    for block in _counted(blocks, source, limits):
        total += len(block)
        taken = file.tell() if source.raw is not None else None
        if total > HARMLESS and taken and total > limits.ratio * taken:
            raise DataError(
                f"{source.name} blows up more than {limits.ratio} times when decompressed; "
                "decompress it yourself if you trust it"
            )
        yield block


def _counted(blocks: Iterator[bytes], source: Source, limits: Limits) -> Iterator[bytes]:
    total = 0
    for block in blocks:
        total += len(block)
        if total > limits.total:
            raise DataError(f"{source.name} holds more than --max-bytes {limits.total} allows")
        yield block


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    while block := file.read(CHUNK):
        yield block


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest


def _fill(blocks: Iterator[bytes]) -> bytes:
    """Blocks up to the size of a head, joined."""
    held, size = [], 0
    while size < HEAD and (block := next(blocks, None)) is not None:
        held.append(block)
        size += len(block)
    return b"".join(held)


def _did_you_mean(path: Path) -> str:
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return f" (and no folder {path.parent})"
    close = get_close_matches(path.name, names, n=1, cutoff=0.6)
    return f"; did you mean {path.parent / close[0]}?" if close else ""


def _why(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
