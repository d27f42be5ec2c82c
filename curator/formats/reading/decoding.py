"""One record's bytes to a value, strictly, with the reason when it cannot be.

Decided here (reliability of what comes in, in one table):

- bytes that are not UTF-8, NaN, Infinity, a number too large for a float, an integer of more than
  4,300 digits, one key twice with different values, nesting over 64, over 10,000 keys: refused.
- a lone surrogate becomes U+FFFD and is counted; control characters in strings are kept.
"""

import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from curator.formats.reading.records import NOT_UTF8, Limits

SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
COLON = re.compile(rb'"\s*:')
ESCAPED_COLON = re.compile(rb'\\"\s*:')
#: Bytes of a file for which the scanner is worth its start even where it must be compiled.
LARGE = 48 << 20
_fast = msgspec.json.Decoder()
#: Tells where a value ends; written in C as long as nothing is asked of it.
_end = json.JSONDecoder(strict=False)


class Unreadable(Exception):
    """Why a record cannot be taken, in words."""


class Decoder:
    """Decodes records under `limits`; `replaced` counts the surrogates that were put right.

    `shortcut`, where it is set, is tried first on every line of a file of JSON lines, and its
    answer is the record's row unless it is None. `scanner`, where it is set, reads many lines at
    once (see `curator.formats.fast`); it takes its time to start, so that only a file that is
    `large`, or turns out to be, is read with it.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.replaced = 0
        self.shortcut: Callable[[bytes], Any] | None = None
        self.scanner: Callable[[bytes, int, int, int], Iterator[Any]] | None = None
        self.large = False
        self._faults: list[str] = []
        self._slow = json.JSONDecoder(
            object_pairs_hook=self._object,
            parse_constant=self._constant,
            parse_float=self._float,
            parse_int=self._integer,
            strict=False,
        )

    def scans(self, byte: int) -> bool:
        """Whether the scanner is to read on from `byte`."""
        return self.scanner is not None and (self.large or byte >= LARGE)

    def decode(self, raw: bytes) -> Any:
        """The value of one whole JSON text. Raises `Unreadable`."""
        try:
            return self._quickly(raw)
        except Unreadable:
            return self._carefully(raw)

    def glance_at(self, text: str, start: int) -> tuple[Any, int] | None:
        """The same as `decode_at` in a third of the time; None for all that needs its care."""
        try:
            _, end = _end.raw_decode(text, start)
            raw = text[start:end].encode()
            short = None if self.shortcut is None else self.shortcut(raw)
            return (self._quickly(raw) if short is None else short), end
        except (RecursionError, ValueError, Unreadable):
            return None

    def decode_at(self, text: str, start: int) -> tuple[Any, int]:
        """The value that begins at `start` of `text`, and where it ends.

        Raises `json.JSONDecodeError` where the text is no JSON, and `Unreadable` (whose second
        argument is the end) where it is JSON that cannot be taken.
        """
        self._faults = []
        value, end = self._slow.raw_decode(text, start)
        try:
            return self._checked(value, text[start:end]), end
        except Unreadable as error:
            raise Unreadable(error.args[0], end) from None

    def _quickly(self, raw: bytes) -> Any:
        """The value of a text that has nothing odd in it. Raises `Unreadable` for others."""
        try:
            value = _fast.decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError) as error:
            raise Unreadable(str(error)) from None
        keys, depth = measure(value)
        if depth > self.limits.depth or keys > self.limits.keys or not as_many(raw, keys):
            raise Unreadable("odd")
        return value

    def _carefully(self, raw: bytes) -> Any:
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Unreadable(
                f"{NOT_UTF8}: byte 0x{raw[error.start]:02x} at place {error.start} of the record"
            ) from None
        self._faults = []
        try:
            value = self._slow.decode(text.strip())
        except json.JSONDecodeError as error:
            raise Unreadable(broken(error, text)) from None
        except RecursionError:
            raise Unreadable(f"nested deeper than {self.limits.depth}") from None
        return self._checked(value, text)

    def _checked(self, value: Any, text: str) -> Any:
        if self._faults:
            raise Unreadable(self._faults[0])
        keys, depth = measure(value)
        if depth > self.limits.depth:
            raise Unreadable(f"nested deeper than {self.limits.depth}")
        if keys > self.limits.keys:
            raise Unreadable(f"{keys} keys in one record, more than {self.limits.keys}")
        if SURROGATE.search(text):
            value = self._whole(value)
        return value

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            seen: dict[str, Any] = {}
            for key, value in pairs:
                if key in seen and seen[key] != value:
                    self._faults.append(f"key {key!r} is there twice, with different values")
                seen[key] = value
        return found

    def _constant(self, name: str) -> None:
        self._faults.append(f"{name} is not JSON")

    def _float(self, digits: str) -> float:
        value = float(digits)
        if math.isinf(value):
            self._faults.append(f"the number {digits[:40]} is too large")
            return 0.0
        return value

    def _integer(self, digits: str) -> int:
        if len(digits) > self.limits.digits:
            self._faults.append(f"an integer of {len(digits)} digits")
            return 0
        return int(digits)

    def _whole(self, value: Any) -> Any:
        """The same value with every lone surrogate replaced."""
        if isinstance(value, str):
            fixed = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            if fixed != value:
                self.replaced += 1
            return fixed
        if isinstance(value, dict):
            return {self._whole(key): self._whole(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._whole(item) for item in value]
        return value


def as_many(raw: bytes, keys: int) -> bool:
    """Whether a JSON text has that many colons behind a quote; more mean a key given twice, or a
    text that only looks so (the careful decoder tells them apart)."""
    colons = len(COLON.findall(raw))
    if colons > keys:
        colons -= len(ESCAPED_COLON.findall(raw))
    return colons == keys


def measure(value: Any) -> tuple[int, int]:
    """How many keys a value has in all, and how deep it is nested (a scalar is 0 deep)."""
    keys, depth = 0, 0
    level = [value] if isinstance(value, dict | list) else []
    while level:
        depth += 1
        below: list[Any] = []
        for item in level:
            inner: Any = item
            if type(item) is dict:
                keys += len(item)
                inner = item.values()
            below += [x for x in inner if type(x) is dict or type(x) is list]
        level = below
    return keys, depth


def broken(error: json.JSONDecodeError, text: str) -> str:
    """What is wrong with a JSON text and near what, in a few words."""
    if error.pos >= len(text.rstrip()):
        return "ends in the middle of the record"
    if text[error.pos] == "'":
        return "single quotes, as Python prints them: JSON has double ones (write with json.dumps)"
    if text[error.pos] in "]}" and text[: error.pos].rstrip()[-1:] == ",":
        return "a comma before a closing bracket"
    near = text[max(0, error.pos - 12) : error.pos + 12].replace("\n", " ")
    return f"not JSON: {error.msg[0].lower()}{error.msg[1:]} near {near!r}"
