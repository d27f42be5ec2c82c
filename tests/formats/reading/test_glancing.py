"""An array read at a glance holds what it holds when each record is read with care."""

import json
import random
from typing import Any

import pytest

from curator.formats import FORMATS
from curator.formats.plain import Plain, shortcut
from curator.formats.reading import LIMITS, Spoiled
from curator.formats.reading.decoding import Decoder
from curator.formats.reading.streams import Streaming

ROWS = {
    "ultrachat": [
        {"id": 1, "data": ["What is it?", "这是它 😀\n"]},
        {"data": ["a", "b"]},
    ],
    "alpaca": [
        {"instruction": "a", "input": "b", "output": "c"},
        {"instruction": "a", "input": "", "output": "c", "history": [["q", "a"]]},
        {"instruction": "a", "output": 'say "c": {', "n": 1.5e3, "big": 10**30},
    ],
    "messages": [{"messages": [{"role": "user", "content": "a"}, {"role": "gpt", "content": "b"}]}],
}


class Careful(Decoder):
    """Reads nothing at a glance."""

    def glance_at(self, text: str, start: int) -> None:  # noqa: ARG002
        return None


def read(decoder: Decoder, data: bytes, chunk: int) -> list[Any]:
    streaming = Streaming([data[at : at + chunk] for at in range(0, len(data), chunk)], decoder)
    found: list[Any] = [
        item if isinstance(item, Spoiled) else (item.line, item.byte, item.row)
        for item in streaming.records()
    ]
    return [*found, streaming.closed, decoder.replaced]


@pytest.mark.parametrize("indent", [None, 2])
def test_mutilated_arrays_hold_the_same_at_a_glance_and_with_care(indent: int | None) -> None:
    chance = random.Random(7)
    rows = [row for several in ROWS.values() for row in several]
    odd = [b'"', b"\\", b"\n", b"]", b"{", b"\xff", b"\\ud800", b"NaN", b"\0", b",,", b"[" * 80]
    for _ in range(300):
        many = [chance.choice(rows) for _ in range(chance.randint(1, 8))]
        escaped = chance.random() < 0.5
        data = bytearray(json.dumps(many, indent=indent, ensure_ascii=escaped).encode())
        for _ in range(chance.randint(0, 3)):
            at = chance.randrange(len(data))
            data[at : at + chance.choice([0, 0, 1, 30])] = chance.choice(odd)
        chunk = chance.choice([13, 200, 1 << 20])
        assert read(Decoder(LIMITS), bytes(data), chunk) == read(
            Careful(LIMITS), bytes(data), chunk
        )


@pytest.mark.parametrize("name", ROWS)
def test_clean_records_of_an_array_take_the_shortcut(name: str) -> None:
    decoder = Decoder(LIMITS)
    decoder.shortcut = shortcut(name)
    data = json.dumps(ROWS[name], indent=1, ensure_ascii=False).encode()
    *found, closed, _ = read(decoder, data, 100)
    assert closed
    assert isinstance(found[0][2], Plain)
    for (_, _, quick), row in zip(found, ROWS[name], strict=True):
        (whole,) = FORMATS[name].read(row)
        assert not isinstance(quick, Plain) or (quick.whole(), quick.id) == (whole, whole.id)
