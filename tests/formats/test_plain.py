"""The shortcut for clean lines gives what the layout's own reader gives, or nothing."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.conversation import Conversation
from curator.formats import FORMATS
from curator.formats.language import language_of
from curator.formats.plain import Plain, shortcut
from curator.formats.reading import LIMITS
from curator.formats.reading.decoding import Decoder, Unreadable
from curator.formats.structure import MARKS, faults_of

LAYOUTS = ("ultrachat", "ultrachat-200k", "messages", "sharegpt", "alpaca")

texts = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "What is the name of it?",
            "你好，世界",
            '{"a": 1, "b": ":"}',
            "\n",
            " ",
            *MARKS,
            "😀",
            "|",
        ]
    ),
    st.tuples(st.text(max_size=8), st.sampled_from(MARKS), st.text(max_size=8)).map("".join),
)
ids = st.one_of(st.text(max_size=5), st.integers(), st.none(), st.floats(), st.booleans())
names = st.sampled_from(["user", "human", "gpt", "assistant", "system", "tool", "User", "bing"])


def _spoken(speaker: str, words: str) -> st.SearchStrategy[list[dict[str, str]]]:
    ordered = st.lists(st.tuples(texts, texts), min_size=1, max_size=3).map(
        lambda pairs: [
            {speaker: who, words: said}
            for pair in pairs
            for who, said in zip(("user", "assistant"), pair, strict=True)
        ]
    )
    return ordered | st.lists(st.fixed_dictionaries({speaker: names, words: texts}), max_size=4)


def _row(name: str) -> st.SearchStrategy[dict[str, Any]]:
    messages = _spoken("role", "content")
    rows = {
        "ultrachat": ({"data": st.lists(texts, max_size=5)}, "id"),
        "messages": ({"messages": messages}, "id"),
        "ultrachat-200k": ({"messages": messages, "prompt": texts}, "prompt_id"),
        "sharegpt": ({"conversations": _spoken("from", "value")}, "id"),
        "alpaca": ({"instruction": texts, "output": texts}, "id"),
    }
    fields, id_ = rows[name]
    optional = {id_: ids, "tools": texts, "extra": ids}
    if name == "alpaca":
        nothing = st.sampled_from(["", None])
        history = st.sampled_from(["", None, [], [["a", "b"]]])
        optional |= {"input": nothing | texts, "system": nothing | texts, "history": history}
    return st.fixed_dictionaries(fields, optional=optional)


rows = st.sampled_from(LAYOUTS).flatmap(lambda name: st.tuples(st.just(name), _row(name)))


def slowly(name: str, line: bytes) -> Conversation:
    (found,) = FORMATS[name].read(Decoder(LIMITS).decode(line))  # type: ignore[misc]
    return found


def quickly(name: str, line: bytes) -> Plain | None:
    read = shortcut(name)
    assert read is not None
    return read(line)


@given(rows, st.booleans())
def test_the_shortcut_says_what_the_long_way_says(
    named: tuple[str, dict[str, Any]], escaped: bool
) -> None:
    name, row = named
    line = json.dumps(row, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
    short = quickly(name, line)
    if short is None:
        return
    whole = slowly(name, line)
    assert short.whole() == whole
    assert short.id == whole.id
    assert short.language() == language_of(whole)
    assert faults_of(whole) == ()


CLEAN: dict[str, dict[str, Any]] = {
    "ultrachat": {"id": "1", "data": ["Who | what?", 'He said {"a": 1}.', "再见", "Bye"]},
    "messages": {"messages": [{"role": "user", "content": "a"}, {"role": "gpt", "content": "b"}]},
    "ultrachat-200k": {
        "prompt": "a",
        "prompt_id": 7,
        "messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}],
    },
    "alpaca": {"instruction": "a", "input": "b", "output": "c", "system": "", "history": []},
    "sharegpt": {
        "id": None,
        "conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}],
    },
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_clean_lines_take_the_shortcut(name: str) -> None:
    line = json.dumps(CLEAN[name]).encode()
    short = quickly(name, line)
    assert short is not None
    assert short.whole() == slowly(name, line)


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("escaped", [True, False])
def test_a_mark_of_another_speaker_is_never_overlooked(mark: str, escaped: bool) -> None:
    row = {"data": ["Go on", f"Yes.{mark} and then", "Fine", "Good"]}
    assert quickly("ultrachat", json.dumps(row, ensure_ascii=escaped).encode()) is None


@pytest.mark.parametrize(
    "line",
    [
        b'{"data": ["a", "b"], "data": ["c", "d"]}',
        b'{"data": ["a", "b"], "id": "1", "id": "2"}',
        b'{"data": ["a", "b"], "id": NaN}',
        b'{"data": ["a", "\\ud800"]}',
        b'{"data": ["a", "\xff"]}',
        b'{"data": ["a", ""]}',
        b'{"data": ["a", "\xe3\x80\x80"]}',
        b'{"data": ["a", "b", "c"]}',
        b'{"data": ["a", "b"], "license": "MIT"}',
        b'{"data": ["a", "b"], "id": {"x": 1}}',
        b'{"data": ["a", "b"',
        b'["a", "b"]',
        b'"a"',
    ],
)
def test_what_is_odd_is_left_to_the_long_way(line: bytes) -> None:
    assert quickly("ultrachat", line) is None


def test_one_key_with_two_values_is_still_refused() -> None:
    with pytest.raises(Unreadable, match="twice"):
        slowly("ultrachat", b'{"data": ["a", "b"], "data": ["c", "d"]}')


def test_layouts_without_a_shortcut_have_none() -> None:
    assert shortcut("dpo") is None
