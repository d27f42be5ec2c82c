"""What reading a file gives: records, and the places where there was none."""

from dataclasses import dataclass
from typing import Any

import msgspec

EXCERPT = 2000
NOT_UTF8 = "not UTF-8; name its encoding, as in --encoding latin-1"


class Record(msgspec.Struct, frozen=True, gc=False):
    """One decoded record; `line` is 1-based, `byte` 0-based in the decompressed UTF-8 text."""

    line: int
    byte: int
    row: Any


class Spoiled(msgspec.Struct, frozen=True):
    """A stretch of a file that is no record: where, why, and how it begins."""

    line: int
    byte: int
    reason: str
    raw: str


@dataclass(frozen=True)
class Limits:
    """How much of a stranger's file is taken: bytes of one record, nesting, keys of one object,
    bytes of the whole file after decompression, and how far it may blow up."""

    record: int = 16 * 2**20
    depth: int = 64
    keys: int = 10_000
    digits: int = 4300
    total: int = 256 * 2**30
    ratio: int = 200


LIMITS = Limits()


def excerpt(raw: bytes | str) -> str:
    """The first 2,000 characters, as text that can be stored."""
    if isinstance(raw, str):
        raw = raw[: EXCERPT * 2].encode("utf-8", "surrogateescape")
    return raw[: EXCERPT * 4].decode("utf-8", "replace")[:EXCERPT]
