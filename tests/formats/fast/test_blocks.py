"""The compiled pass gives what the layouts' own readers give, or leaves a line to them."""

import json
import random
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from curator.conversation import ROLES
from curator.errors import DataError
from curator.formats import FORMATS
from curator.formats.fast import Block, escapes, kernel, scanner
from curator.formats.fast.blocks import KEYS
from curator.formats.language import language_of
from curator.formats.reading import LIMITS, Spoiled
from curator.formats.reading.decoding import Decoder
from curator.formats.reading.lines import json_lines
from curator.formats.structure import faults_of, in_turn
from tests.formats.test_plain import rows

Found = tuple[object, ...]
LAYOUTS = tuple(KEYS)


def read(name: str, data: bytes, fast: bool, chunk: int = 1 << 20) -> tuple[list[Found], int]:
    """All that comes of a file of lines, a tuple each, and how many chats came in blocks."""
    decoder = Decoder(LIMITS)
    decoder.large = fast
    if fast:
        clean = scanner(name)
        assert clean is not None
        decoder.scanner = clean.read
    chunks = [data[at : at + chunk] for at in range(0, len(data), chunk)]
    found: list[Found] = []
    blocks = 0
    for item in json_lines(chunks, decoder):
        if isinstance(item, Block):
            blocks += len(item)
            found += unpacked(item)
        elif isinstance(item, Spoiled):
            found.append((item.line, item.reason, item.raw, item.byte))
        else:
            found.append((item.line, *spoken(name, item.row)))
    # What is no record comes before the block that it stands in.
    return sorted(found, key=lambda one: one[0]), blocks  # type: ignore[arg-type,return-value]


def unpacked(block: Block) -> Iterator[Found]:
    names = ("system", "user", "assistant", "tool")
    at = 0
    for chat, count in enumerate(block.counts.tolist()):
        turns = range(at, at + count)
        at += count
        yield (
            block.lines[chat],
            block.ids[chat],
            tuple(
                (
                    names[block.roles[k]],
                    bytes(block.text[block.ends[k] : block.ends[k + 1]]).decode(),
                )
                for k in turns
            ),
            block.source_ids[chat],
            block.languages[chat],
        )
    assert at == block.turns == len(block.ends) - 1


def spoken(name: str, row: Any) -> Found:
    try:
        (chat,) = FORMATS[name].read(row)  # type: ignore[misc]
    except DataError as error:
        return (str(error),)
    turns = tuple((turn.role, turn.content) for turn in chat.turns)
    return chat.id, turns, chat.origin.source_id, language_of(chat)


LINES: dict[str, list[str]] = {
    "ultrachat": [
        '{"id": "1", "data": ["What is the name of it?", "It is called the heart of it."]}',
        '{"data":["你好，请问这个问题怎么回答？","好的，我来回答。"],"id":7}',
        '{"id":null,"data":["Wie heißt das\\u00e9 \\ud83d\\ude00?\\n\\t\\"x\\" \\\\ \\/","Es so"]}',
        '{"id":"a\\"b","data":["x","y"]}',
        '{"id":1.5,"data":["x","y"]}',
        '{"id":007,"data":["x","y"]}',
        '{"id":"1","data":["x","y"],"id":"2"}',
        '{"id":"1","data":["x\\ud83d","y"]}',
        '{"id":"1","data":["x\\u0000\\u001f\\b\\f\\r","\\u2028 \\u00a0y"]}',
        '{"id":"1","data":["x","   "]}',
        '{"id":"1","data":["x"," \\u3000"]}',
        '{"id":"1","data":["x\\nUser: no","y"]}',
        '{"id":"1","data":["x","User: no"]}',
        '{"id":"1","data":["User: yes","y"]}',
        '{"id":"1","data":["x","y\\n用户：z"]}',
        '{"id":"1","data":["x","y","z"]}',
        '{"id":"1","data":[]}',
        '{"id":"1"}',
        "{}",
        '{"id":"1","data":["x","y"]},',
        "<<<<<<< HEAD",
        "",
        "  ",
        '{"id":"1","data":["x","y"],"lang":"en"}',
    ],
    "messages": [
        '{"messages":[{"role":"user","content":"The name of it?"},'
        '{"role":"assistant","content":"It is this."}]}',
        '{"id":"q","messages": [ {"content":"先说内容","role":"user"} ,'
        ' {"content":"再说角色","role":"assistant"} ] }',
        '{"messages":[{"role":"system","content":"Be good."},{"role":"user","content":"a"},'
        '{"role":"assistant","content":"b"}]}',
        '{"messages":[{"role":"assistant","content":"a"},{"role":"user","content":"b"}]}',
        '{"messages":[{"role":"user","content":"a"},{"role":"user","content":"b"}]}',
        '{"messages":[{"role":"user","content":"a","weight":0},{"role":"assistant","content":"b"}]}',
        '{"messages":[{"role":"user","content":null},{"role":"assistant","content":"b"}]}',
        '{"messages":[{"role":"user","role":"user"},{"role":"assistant","content":"b"}]}',
    ],
    "ultrachat-200k": [
        '{"prompt":"a \\n","prompt_id":"p","messages":[{"content":"a \\n","role":"user"},'
        '{"content":"b","role":"assistant"}]}',
        '{"messages":[{"content":"a","role":"user"},{"content":"b","role":"assistant"}],'
        '"prompt":"another","prompt_id":"p"}',
        '{"messages":[{"content":"a","role":"user"},{"content":"b","role":"assistant"}]}',
    ],
    "sharegpt": [
        '{"id":"x","conversations":[{"from":"human","value":"q"},{"from":"gpt","value":"a"}]}',
        '{"id":"x","conversations":[{"from":"system","value":"s"},{"from":"human","value":"q"},'
        '{"from":"gpt","value":"a"}]}',
        '{"id":"x","conversations":[{"from":"bing","value":"q"},{"from":"gpt","value":"a"}]}',
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_kind_of_line_comes_out_as_its_own_reader_says(name: str) -> None:
    data = "\n".join(LINES[name]).encode()
    fast, blocks = read(name, data, True)
    assert fast == read(name, data, False)[0]
    assert blocks


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_hundred_mutilated_files_come_out_as_line_by_line(name: str) -> None:
    chance = random.Random(name)
    for _ in range(100):
        lines = [chance.choice(LINES[name][:6]).encode() for _ in range(chance.randint(1, 30))]
        data = bytearray(b"\n".join(lines) + b"\n" * chance.randint(0, 2))
        for _ in range(chance.randint(0, 6)):
            at = chance.randrange(len(data))
            kind = chance.randrange(4)
            if kind == 0:
                data[at] = chance.randrange(256)
            elif kind == 1:
                del data[at : at + chance.randint(1, 40)]
            elif kind == 2:
                data[at:at] = chance.choice([b"\n", b"\r\n", b'"', b"\\", b"\0", b"\xff", b"\xc2"])
            else:
                data[at:at] = data[at : at + chance.randint(1, 80)]
            data = data or bytearray(b"\n")
        chunk = chance.choice([7, 100, 1 << 20])
        fast, _ = read(name, bytes(data), True, chunk)
        assert fast == read(name, bytes(data), False)[0]


@given(rows.filter(lambda named: named[0] in KEYS))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_row_comes_out_as_its_own_reader_says(named: tuple[str, dict[str, Any]]) -> None:
    name, row = named
    both = [json.dumps(row, ensure_ascii=escaped).encode() for escaped in (True, False)]
    data = b"\n".join(line for line in both if b"\\ud" not in line)
    fast, _ = read(name, data, True)
    assert fast == read(name, data, False)[0]


def test_the_order_of_speakers_is_judged_as_the_structure_check_judges_it() -> None:
    for length in range(6):
        for signs in product(range(len(ROLES)), repeat=length):
            roles = tuple(ROLES[sign] for sign in signs)
            expected = length > 0 and in_turn(roles)
            assert kernel.in_order(np.array(signs, np.int8), 0, length) == expected, roles


@given(st.binary(max_size=12) | st.text(max_size=4).map(lambda text: text.encode()[1:]))
@example("\ud800".encode("utf-8", "surrogatepass"))
@example(b"\xf4\x90\x80\x80")
@example(b"\xe0\x80\x80")
@settings(deadline=None)  # The first one compiles.
def test_utf8_is_what_python_takes_for_it(data: bytes) -> None:
    try:
        data.decode()
        expected = True
    except UnicodeDecodeError:
        expected = False
    assert escapes.utf8(np.frombuffer(data, np.uint8), 0, len(data)) == expected


def test_broken_lines_do_not_cut_a_block() -> None:
    good, broken = LINES["ultrachat"][0].encode(), LINES["ultrachat"][1].encode()[:14]
    decoder = Decoder(LIMITS)
    decoder.large = True
    decoder.scanner = scanner("ultrachat").read  # type: ignore[union-attr]
    found = list(json_lines([b"\n".join([good, broken] * 50)], decoder))
    blocks = [item for item in found if isinstance(item, Block)]
    assert [len(block) for block in blocks] == [50]
    assert [item.line for item in found if isinstance(item, Spoiled)] == list(range(2, 101, 2))


def test_what_comes_in_a_block_has_no_fault() -> None:
    for name in LAYOUTS:
        for line in LINES[name]:
            _, blocks = read(name, line.encode() + b"\n", True)
            if blocks:
                (chat,) = FORMATS[name].read(json.loads(line))  # type: ignore[misc]
                assert not faults_of(chat)


def test_a_line_of_over_sixteen_megabytes_is_passed_over() -> None:
    good = LINES["ultrachat"][0].encode()
    data = b"\n".join([good, b'{"id":"' + b"x" * (17 << 20) + b'"}', good, b"", good])
    fast, _ = read("ultrachat", data, True)
    assert fast == read("ultrachat", data, False)[0]
    assert [found[0] for found in fast] == [1, 2, 3, 5]


def test_scanning_ends_where_nothing_is_clean() -> None:
    decoder = Decoder(LIMITS)
    decoder.large = True
    clean = scanner("ultrachat")
    assert clean is not None
    decoder.scanner = clean.read
    odd = b'{"id":"1","data":["x","y"],"lang":"en"}\n'
    assert len(list(json_lines([odd * 10], decoder))) == 10
    assert decoder.scanner is None
