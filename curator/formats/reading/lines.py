"""One JSON value a line."""

import re
from codecs import BOM_UTF8
from collections.abc import Generator, Iterable, Iterator
from itertools import chain
from typing import Any

from curator.formats.reading.decoding import Decoder, Unreadable
from curator.formats.reading.records import Record, Spoiled, excerpt

CONFLICT = re.compile(rb"^(<{7}|={7}|>{7}|\|{7})( .*)?$")
BLANK = b" \t\r\n\x00"
#: Bytes that are scanned at once.
STRETCH = 4 << 20
#: Share of lines left alone from which scanning is given up.
WORTHLESS = 0.9


def json_lines(chunks: Iterable[bytes], decoder: Decoder) -> Iterator[Any]:
    """Every line that is not blank: a `Record`, `Spoiled`, or with others a block of what the
    decoder's scanner makes of many clean lines at once."""
    number, byte, longest = 1, 0, decoder.limits.record
    rest = iter(chunks)
    held = b""
    while True:
        scans = decoder.scans(byte)
        held = _gathered(held, rest, STRETCH if scans else 1, longest)
        end = held.rfind(b"\n") + 1
        if not end:
            break
        if scans:
            number += yield from _scanned(held, end, number, byte, decoder)
            held = held[end:]
        else:
            lines, held = held[:end], held[end:]
            for place in numbered((lines,), longest, number, byte):
                yield _found(*place, decoder)
            number += lines.count(b"\n")
        byte += end
    # The last line, or one that is too long to be held: what follows it comes line by line too.
    for place in numbered(chain((held,), rest), longest, number, byte):
        yield _found(*place, decoder)


def _gathered(held: bytes, chunks: Iterator[bytes], size: int, longest: int) -> bytes:
    """`held` and so much more that it has `size` bytes and a line's end, where the file has."""
    parts, total, ended = [held], len(held), b"\n" in held
    while (total < size or not ended) and (ended or total <= longest):
        chunk = next(chunks, None)
        if chunk is None:
            break
        parts.append(chunk)
        total += len(chunk)
        ended = ended or b"\n" in chunk
    return b"".join(parts)


def _scanned(
    held: bytes, end: int, number: int, byte: int, decoder: Decoder
) -> Generator[Any, None, int]:
    """What the whole lines before `end` hold: blocks, and what lies between them. Returns how many
    lines there were."""
    assert decoder.scanner
    count, alone = 0, 0
    for stretch in decoder.scanner(held, end, number, byte):
        count += stretch.lines
        alone += len(stretch.alone)
        begin = 0
        for before, line, at, raw in stretch.alone:
            for found in _line(line, at, raw, decoder):
                # What is no record need not come in order: the block stays in one piece.
                if before > begin and isinstance(found, Record):
                    yield stretch.block.part(begin, before)
                    begin = before
                yield found
        if begin < len(stretch.block):
            yield stretch.block.part(begin, len(stretch.block))
    if alone > WORTHLESS * count:
        decoder.scanner = None
    return count


def _line(number: int, byte: int, raw: bytes, decoder: Decoder) -> Iterator[Record | Spoiled]:
    """What one line holds; nothing where it is blank."""
    longest = decoder.limits.record
    if len(raw) > longest or raw.strip(BLANK):
        for place in numbered((raw,), longest, number, byte):
            yield _found(*place, decoder)


def _found(number: int, byte: int, line: "bytes | Spoiled", decoder: Decoder) -> Record | Spoiled:
    if isinstance(line, Spoiled):
        return line
    try:
        short = None if decoder.shortcut is None else decoder.shortcut(line)
        return Record(number, byte, decoder.decode(line) if short is None else short)
    except Unreadable as error:
        return _second_look(number, byte, line, decoder, str(error))


def numbered(
    chunks: Iterable[bytes], longest: int, number: int = 1, byte: int = 0
) -> Iterator[tuple[int, int, "bytes | Spoiled"]]:
    """(line, byte, line without its end) of lines that are not blank, counted from `number` and
    `byte`.

    A line over `longest` bytes is passed over without being held, and comes as `Spoiled`.
    """
    tail, dropped = b"", 0
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
    if line.startswith(BOM_UTF8):  # of a file that was put behind another
        return _found(number, byte + len(BOM_UTF8), line[len(BOM_UTF8) :], decoder)
    if line.endswith(b","):
        try:
            return Record(number, byte, decoder.decode(line[:-1]))
        except Unreadable:
            pass
    return Spoiled(number, byte, reason, excerpt(line))
