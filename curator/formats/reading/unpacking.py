"""Compressed streams, a chunk at a time: what is cut or damaged ends with a note."""

import io
import zlib
from collections.abc import Callable, Iterator
from typing import Any

CHUNK = 1 << 20
#: A file may blow up to this size whatever its ratio: short texts of one letter are no bomb.
HARMLESS = 64 * 2**20
#: Bytes that unpacking xz may take.
WINDOW = 512 * 2**20


def gunzip(blocks: Iterator[bytes], notes: list[str]) -> Iterator[bytes]:
    """Members one after the other, at most a chunk at a time; a cut stream ends with a note."""
    inflate, fresh = zlib.decompressobj(wbits=31), True
    try:
        for block in blocks:
            data = block
            while data:
                if inflate.eof:
                    data = data.lstrip(b"\0")
                    inflate, fresh = zlib.decompressobj(wbits=31), True
                    if not data:
                        break
                out = inflate.decompress(data, CHUNK)
                fresh = False
                data = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
                if out:
                    yield out
        if not inflate.eof and not fresh:
            if out := inflate.flush():
                yield out
            notes.append("the gzip stream ends early: the file is cut")
    except zlib.error as error:
        notes.append(f"the gzip stream is damaged ({error}): the rest was not read")


def unzstd(blocks: Iterator[bytes], notes: list[str]) -> Iterator[bytes]:
    """The same for zstd."""
    import pyarrow as pa

    stream = pa.CompressedInputStream(pa.PythonFile(_Joined(blocks), mode="r"), "zstd")
    while True:
        try:
            block = stream.read(CHUNK)
        except OSError as error:
            notes.append(f"the zstd stream is cut or damaged ({error})")
            return
        if not block:
            return
        yield block


def unbz2(blocks: Iterator[bytes], notes: list[str]) -> Iterator[bytes]:
    """The same for bzip2."""
    from bz2 import BZ2Decompressor

    return _streams(BZ2Decompressor, blocks, "bzip2", notes)


def unxz(blocks: Iterator[bytes], notes: list[str]) -> Iterator[bytes]:
    """The same for xz."""
    from lzma import FORMAT_XZ, LZMADecompressor

    # What a stranger's file may ask of the memory: the highest preset takes 65 MB.
    return _streams(lambda: LZMADecompressor(FORMAT_XZ, WINDOW), blocks, "xz", notes)


def _streams(
    begin: Callable[[], Any], blocks: Iterator[bytes], kind: str, notes: list[str]
) -> Iterator[bytes]:
    """Streams one after the other, at most a chunk at a time."""
    from lzma import LZMAError

    stream, fresh = begin(), True
    try:
        for block in blocks:
            data = block
            while data or not (stream.eof or stream.needs_input):
                if stream.eof:
                    data = data.lstrip(b"\0")
                    stream, fresh = begin(), True
                    continue
                out = stream.decompress(data, CHUNK)
                fresh, data = False, stream.unused_data if stream.eof else b""
                if out:
                    yield out
    except (OSError, EOFError, LZMAError) as error:
        notes.append(f"the {kind} stream is damaged ({error}): the rest was not read")
        return
    if not (stream.eof or fresh):
        notes.append(f"the {kind} stream ends early: the file is cut")


class _Joined(io.RawIOBase):
    """Blocks as a readable file, for libraries that want one."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks, self._held = blocks, b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self._held:
            block = next(self._blocks, None)
            if block is None:
                return b""
            self._held = block
        given, self._held = self._held[:size], self._held[size:] if size >= 0 else b""
        return given
