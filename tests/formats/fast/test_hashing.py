"""Digests made four at a time are those that hashlib makes one by one."""

from hashlib import blake2b
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.formats.fast import passes, spec


def digests(strings: list[bytes]) -> list[bytes]:
    data = b"".join(strings)
    ends = np.cumsum([len(one) for one in strings], dtype=np.int64)
    begins = ends - np.array([len(one) for one in strings], np.int64)
    buffer = np.frombuffer(bytearray(data + bytes(spec.SPARE)), np.uint8)
    found = np.empty((len(strings), 2), np.uint64)
    passes.digests(buffer, len(data), begins, ends, found)
    assert buffer[: len(data)].tobytes() == data
    return [row.astype("<u8").tobytes() for row in found]


def expected(strings: list[bytes]) -> list[bytes]:
    return [blake2b(one, digest_size=spec.SIZE).digest() for one in strings]


@given(st.lists(st.integers(0, 700), max_size=20), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_every_string_has_its_digest_whatever_the_lengths_beside_it(
    sizes: list[int], random: Random
) -> None:
    strings = [random.randbytes(size) for size in sizes]
    assert digests(strings) == expected(strings)


@pytest.mark.parametrize("size", [0, 1, 127, 128, 129, 255, 256, 257, 100_000])
def test_the_ends_of_blocks_are_ends(size: int) -> None:
    strings = [b"\xff" * size, b"", b"a" * (size + 1), b"\0" * size, b"\xff" * size]
    assert digests(strings) == expected(strings)
