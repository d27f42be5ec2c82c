"""A JSON array, an object around records (see `containers`), or JSON values one after the other
over many lines, read a window at a time.

A broken record costs itself alone: reading goes on at the next place that begins as records of
this file begin (the same first key, at the same indentation).
"""

import codecs
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from curator.formats.reading.containers import Entrance, by_id, entrance, passed
from curator.formats.reading.decoding import Decoder, Unreadable, broken
from curator.formats.reading.records import NOT_UTF8, Record, Spoiled, excerpt

SEPARATORS = re.compile(r"[\s,\x00]+")
FIRST_KEY = re.compile(r'\{\s*("(?:[^"\\]|\\.)*")\s*:')
#: Bytes that were not UTF-8, as the decoder marks them.
FOREIGN = re.compile("[\udc80-\udcff]")
CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7}|\|{7})(?: [^\n]*)?$", re.MULTILINE)
#: What JSON does not know, but people write between records.
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/|\#[^\n]*", re.DOTALL)
#: What is no record, whatever the decoder's shortcut makes of one.
SCALAR = str | int | float | bool | None
#: How near the end of a window a syntax error may be an effect of the window's end.
MARGIN = 64
KINDS_OF_START = 8
LONGEST_START = 300
#: Every bracket of a depth bomb begins another: after so many, leave them in leaps.
BOMBS, LEAP = 16, 1 << 20


class Window:
    """The undecoded rest of a file as text, with the place of its beginning."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        # Bytes that are not UTF-8 survive as escapes, so that only their record is refused.
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self.text, self.at, self.line, self.byte = "", 0, 1, 0
        self.ended = False

    def grow(self) -> bool:
        """Take in more of the file; false at its end."""
        wanted = max(1 << 20, len(self.text) - self.at)
        parts, size = [self.text[self.at :]], 0
        while size < wanted and not self.ended:
            chunk = next(self._chunks, None)
            self.ended = chunk is None
            parts.append(self._decoder.decode(chunk or b"", self.ended))
            size += len(parts[-1])
        self.text, self.at = "".join(parts), 0
        return size > 0

    def advance(self, end: int) -> None:
        """Leave the text before `end` behind."""
        passed = self.text[self.at : end]
        self.line += passed.count("\n")
        self.byte += (
            len(passed) if passed.isascii() else len(passed.encode("utf-8", "surrogateescape"))
        )
        self.at = end

    def skip_blank(self) -> bool:
        """Pass over blanks and commas; false when the file ends there."""
        while True:
            if gap := SEPARATORS.match(self.text, self.at):
                self.advance(gap.end())
            if self.at < len(self.text):
                return True
            if not self.grow():
                return False


class Streaming:
    """Records of one array, one object around them, or one run of values. `closed` says whether
    the array ended. `test` knows a record when it sees one; without it no object is opened."""

    def __init__(
        self,
        chunks: Iterable[bytes],
        decoder: Decoder,
        test: Callable[[Any], bool] | None = None,
    ) -> None:
        self.window = Window(chunks)
        self.decoder = decoder
        self.test = test
        #: What was found of an object around the records, in words.
        self.around: list[str] = []
        self.closed = True
        self._starts: dict[str, None] = {}
        self._bombs = 0

    def records(self) -> Iterator[Record | Spoiled]:
        """Every record, decoded or spoiled, in order."""
        window, inside = self.window, False
        if self.test and window.skip_blank() and window.text[window.at] == "{":
            opened = entrance(window, window.at + 1, self.decoder, self.test)
            if opened is not None:
                yield from self._unwrapped(opened, self.test)
                return
        while window.skip_blank():
            sign = window.text[window.at]
            if sign == "[" and not inside:
                inside = True
                window.advance(window.at + 1)
            elif sign == "]" and inside:
                inside = False
                window.advance(window.at + 1)
            else:
                yield self._record()
        self.closed = not inside

    def _unwrapped(
        self, opened: Entrance | None, test: Callable[[Any], bool]
    ) -> Iterator[Record | Spoiled]:
        """The records inside an object; `closed` where the object, too, ends."""
        window = self.window
        while opened is not None:
            self.around += [f"records from its list `{opened.under}`"] if opened.under else []
            self._beside(opened.beside)
            for row in opened.rows:
                raw = json.dumps(row, ensure_ascii=False)
                yield self._foreign(raw) if FOREIGN.search(raw) else self._here(row)
            window.advance(opened.at)
            if opened.kind == "ids":
                for value, end in by_id(window, self.decoder):
                    yield self._taken(value, end)
            elif opened.kind == "list":
                while window.skip_blank() and window.text[window.at] != "]":
                    yield self._record()
                window.advance(min(window.at + 1, len(window.text)))
            window.skip_blank()
            opened = entrance(window, window.at, self.decoder, test)
        self._beside(passed(window, self.decoder))
        self.closed = window.text[window.at : window.at + 1] == "}"

    def _here(self, row: Any) -> Record:
        return Record(self.window.line, self.window.byte, row)

    def _foreign(self, raw: str) -> Spoiled:
        return Spoiled(self.window.line, self.window.byte, NOT_UTF8, excerpt(raw))

    def _beside(self, names: Iterable[str]) -> None:
        self.around += [f"`{name}` beside them left out" for name in names]

    def _record(self) -> Record | Spoiled:
        window = self.window
        if marker := self._marker():
            return marker
        while True:
            try:
                value, end = self.decoder.glance_at(
                    window.text, window.at
                ) or self.decoder.decode_at(window.text, window.at)
            except Unreadable as error:
                return self._refused(error.args[1], error.args[0])
            except RecursionError:
                self._bombs += 1
                return self._passed(f"nested deeper than {self.decoder.limits.depth}")
            except json.JSONDecodeError as error:
                if self._may_need_more(error) and window.grow():
                    continue
                return self._passed(broken(error, window.text))
            # A number at the window's end may go on behind it.
            if end == len(window.text) and isinstance(value, SCALAR) and window.grow():
                continue
            if self._starts and isinstance(value, SCALAR):
                return self._passed("a stray value between the records")
            return self._taken(value, end)

    def _taken(self, value: object, end: int) -> Record | Spoiled:
        window = self.window
        if end - window.at > self.decoder.limits.record:
            return self._refused(end, f"a record of over {self.decoder.limits.record >> 20} MiB")
        line, byte, start = window.line, window.byte, window.at
        beginning = self._beginning(start) if len(self._starts) < KINDS_OF_START else None
        window.advance(end)
        if FOREIGN.search(window.text, start, end):
            return Spoiled(line, byte, NOT_UTF8, excerpt(window.text[start:end]))
        self._bombs = 0
        if beginning:
            self._starts[beginning] = None
        return Record(line, byte, value)

    def _refused(self, end: int, reason: str) -> Spoiled:
        window = self.window
        place = window.line, window.byte
        raw = excerpt(window.text[window.at : min(end, window.at + 8000)])
        window.advance(end)
        return Spoiled(*place, reason, raw)

    def _marker(self) -> Spoiled | None:
        """The conflict marker that the window stands at, passed over."""
        window = self.window
        if window.text[window.at] not in "<=>|/#":
            return None
        if len(window.text) - window.at < 200:
            window.grow()
        for pattern, what in ((CONFLICT, "merge-conflict marker"), (COMMENT, "a comment")):
            if found := pattern.match(window.text, window.at):
                return self._refused(found.end(), what)
        return None

    def _may_need_more(self, error: json.JSONDecodeError) -> bool:
        window = self.window
        if window.ended or len(window.text) - window.at > self.decoder.limits.record:
            return False
        return error.msg.startswith("Unterminated") or error.pos > len(window.text) - MARGIN

    def _passed(self, reason: str) -> Spoiled:
        """What cannot be decoded, up to where the next record begins."""
        window = self.window
        line, byte = window.line, window.byte
        raw = excerpt(window.text[window.at : window.at + 8000])
        start = self._pattern()
        begin = window.at + 1 + (LEAP if self._bombs > BOMBS else 0)
        while True:
            if found := start.search(window.text, min(begin, len(window.text))):
                window.advance(found.end())
                break
            window.advance(max(window.at, len(window.text) - LONGEST_START))
            begin = 1
            if not window.grow():
                window.advance(len(window.text))
                break
        if CONFLICT.search(raw):
            reason = "merge-conflict marker inside the record"
        return Spoiled(line, byte, reason, raw)

    def _beginning(self, start: int) -> str | None:
        """How the record at `start` begins, as a pattern whose match ends where a record does."""
        text = self.window.text
        found = FIRST_KEY.match(text, start, start + LONGEST_START)
        if not found:
            return None
        before = text[max(0, start - 40) : start]
        indent = before[before.rfind("\n") + 1 :]
        alone = "\n" in before and not indent.strip()
        lead = rf"\n{re.escape(indent)}" if alone else r"[\[\],}]\s*"
        return rf"{lead}(?=\{{\s*{re.escape(found[1])}\s*:)"

    def _pattern(self) -> re.Pattern[str]:
        here = None if self._starts else self._beginning(self.window.at)
        return re.compile("|".join([*self._starts] or [here or r'[\[\],}\n]\s*(?=\{\s*")']))
