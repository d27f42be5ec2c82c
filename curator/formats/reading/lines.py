"""One JSON value a line."""

import re
from collections.abc import Iterable, Iterator

from curator.formats.reading.decoding import Decoder, Unreadable
from curator.formats.reading.records import Record, Spoiled, excerpt

CONFLICT = re.compile(rb"^(<{7}|={7}|>{7}|\|{7})( .*)?$")
BLANK = b" \t\r\n\x00"


def json_lines(chunks: Iterable[bytes], decoder: Decoder) -> Iterator[Record | Spoiled]:
    """Every line that is not blank, decoded or spoiled."""
    for number, byte, line in numbered(chunks, decoder.limits.record):
        if isinstance(line, Spoiled):
            yield line
            continue
        try:
            short = None if decoder.shortcut is None else decoder.shortcut(line)
            yield Record(number, byte, decoder.decode(line) if short is None else short)
        except Unreadable as error:
            yield _second_look(number, byte, line, decoder, str(error))


def numbered(chunks: Iterable[bytes], longest: int) -> Iterator[tuple[int, int, "bytes | Spoiled"]]:
    """(line from 1, byte from 0, line without its end) of lines that are not blank.

    A line over `longest` bytes is passed over without being held, and comes as `Spoiled`.
    """
    number, byte, tail, dropped = 1, 0, b"", 0
    too_long: Spoiled | None = None
    for chunk in chunks:
        lines = (tail + chunk).split(b"\n")
        tail = lines.pop()
        for line in lines:
            if too_long is not None:
                yield too_long.line, too_long.byte, too_long
                byte, too_long = too_long.byte + dropped + len(line) + 1, None
                number += 1
                continue
            if len(line) > longest:
                yield number, byte, _over(number, byte, line, longest)
            elif stripped := line.strip(BLANK):
                yield number, byte, stripped
            number += 1
            byte += len(line) + 1
        if too_long is not None:
            dropped += len(tail)
            tail = b""
        elif len(tail) > longest:
            too_long, dropped, tail = _over(number, byte, tail, longest), len(tail), b""
    if too_long is not None:
        yield too_long.line, too_long.byte, too_long
    elif len(tail) > longest:
        yield number, byte, _over(number, byte, tail, longest)
    elif stripped := tail.strip(BLANK):
        yield number, byte, stripped


def _over(number: int, byte: int, line: bytes, longest: int) -> Spoiled:
    return Spoiled(number, byte, f"a line of over {longest >> 20} MiB", excerpt(line))


def _second_look(
    number: int, byte: int, line: bytes, decoder: Decoder, reason: str
) -> Record | Spoiled:
    """A line that ends in a comma is a record of an array without brackets; a conflict marker
    is called by its name."""
    if CONFLICT.match(line):
        return Spoiled(number, byte, "merge-conflict marker", excerpt(line))
    if line.endswith(b","):
        try:
            return Record(number, byte, decoder.decode(line[:-1]))
        except Unreadable:
            pass
    return Spoiled(number, byte, reason, excerpt(line))
