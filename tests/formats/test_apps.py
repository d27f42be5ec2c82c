"""Chats as programs keep them, logs of several makers, and sets under other names."""

from collections.abc import Iterator
from typing import Any

import pytest

from curator.errors import DataError
from curator.formats import FORMATS
from tests.formats.test_layouts_wild import read, said, spoken

ANSWER = {"choices": [{"message": said("assistant", "a")}, {"message": said("assistant", "b")}]}
PARTS = [{"type": "text", "text": "a"}]
ASKED = {"messages": [said("user", "q")]}

FOUND: list[tuple[str, Any, list[str]]] = [
    (
        "aistudio",
        {
            "runSettings": {"model": "m"},
            "systemInstruction": {"text": "s"},
            "chunkedPrompt": {"chunks": [
                {"text": "q", "role": "user", "tokenCount": 1},
                {"text": "hm", "role": "model", "isThought": True},
                {"text": "a", "role": "model"},
            ]},
        },
        ["s:s", "u:q", "a:a"],
    ),
    (
        "responses",
        {"instructions": "s", "input": "q", "output": [
            {"type": "reasoning", "id": "r", "summary": []},
            {"type": "message", "role": "assistant",
             "content": [{"type": "output_text", "text": "a"}]},
        ]},
        ["s:s", "u:q", "a:a"],
    ),
    (
        "librechat",
        {"conversationId": "c", "messages": [
            {"sender": "User", "text": "q", "isCreatedByUser": True},
            {"sender": "GPT-4", "text": "a", "isCreatedByUser": False},
        ]},
        ["u:q", "a:a"],
    ),
    (
        "lm-studio",
        {"name": "n", "systemPrompt": "s", "messages": [
            {"currentlySelected": 1, "versions": [
                {"role": "user", "content": [{"type": "text", "text": "old"}]},
                {"role": "user", "content": [{"type": "text", "text": "q"}]},
            ]},
            {"currentlySelected": 0, "versions": [
                {"role": "assistant", "steps": [
                    {"type": "toolStatus"}, {"type": "contentBlock", "content": PARTS},
                ]},
            ]},
        ]},
        ["s:s", "u:q", "a:a"],
    ),
    (
        "webui-pairs",
        {"internal": [["<|BEGIN-VISIBLE-CHAT|>", "hi"], ["q", "a"]],
         "visible": [["", "hi"], ["q", "a"]]},
        ["a:hi", "u:q", "a:a"],
    ),
    (
        "copilot",
        {"requests": [{"message": {"text": "q"},
                       "response": [{"value": "a"}, {"kind": "x"}, {"value": "b"}]}]},
        ["u:q", "a:ab"],
    ),
    ("messages", {"messages": [{"role": "user", "parts": PARTS}]}, ["u:a"]),
    ("messages", {"messages": [{"role": "user", "contentParts": PARTS}]}, ["u:a"]),
    ("request-log", {"request_body": ASKED, "response_body": ANSWER}, ["u:q", "a:a"]),
    ("request-log", {"inputs": ASKED, "outputs": ANSWER}, ["u:q", "a:a"]),
    ("answered", {"messages": ASKED["messages"], "response": ANSWER}, ["u:q", "a:a"]),
    ("answered", {"input": ASKED["messages"], "ideal": "a"}, ["u:q", "a:a"]),
    (
        "request-log",
        {"request": {"system": "s", **ASKED}, "response": {"role": "assistant", "content": PARTS}},
        ["s:s", "u:q", "a:a"],
    ),
    (
        "request-log",
        {"request": {"contents": [{"role": "user", "parts": [{"text": "q"}]}]},
         "response": {"candidates": [{"content": {"role": "model", "parts": [{"text": "a"}]}}]}},
        ["u:q", "a:a"],
    ),
    ("chats", {"conversations": ["q", "a", "r", "b"], "source": "x"}, ["u:q", "a:a", "u:r", "a:b"]),
    ("chats", {"dialog": ["q", "a"], "act": [1, 2]}, ["u:q", "a:a"]),
    (
        "capybara",
        {"conversation": [{"system": "s", "input": "q", "output": "a"}]},
        ["s:s", "u:q", "a:a"],
    ),
    ("question-answer", {"inputs": "q", "targets": "a", "user_id": "u"}, ["u:q", "a:a"]),
    ("question-answer", {"input_text": "q", "output_text": "a"}, ["u:q", "a:a"]),
    (
        "versus",
        {"prompt": "q", "response_1": "n", "response_2": "a", "preference_strength": 2},
        ["u:q", "a:a"],
    ),
    (
        "versus",
        {"context": [said("user", "q")], "response1": "a", "response2": "n",
         "overall_preference": -2},
        ["u:q", "a:a"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "row", "turns"), FOUND)
def test_a_record_is_read_as_its_program_shows_it(name: str, row: Any, turns: list[str]) -> None:
    layout, (chat,) = read(row)
    assert (layout, spoken(chat)) == (name, turns)


def test_thoughts_stand_beside_the_answer_that_follows_them() -> None:
    _, (chat,) = read(FOUND[0][1])
    assert chat.turns[2].extra == {"reasoning": "hm"}
    assert chat.meta == {"runSettings": {"model": "m"}}


def test_other_choices_of_a_logged_response_are_alternatives() -> None:
    _, (chat,) = read({"messages": ASKED["messages"], "response": ANSWER})
    assert chat.turns[1].extra["alternatives"] == [{"content": "b", "rank": 0}]


def test_calls_of_the_responses_api_are_tool_calls() -> None:
    asked = [said("user", "q"),
             {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
             {"type": "function_call_output", "call_id": "c", "output": "4"}]  # fmt: skip
    answer = {"type": "message", "role": "assistant", "content": PARTS}
    _, (chat,) = read({"input": asked, "output": [answer]})
    assert spoken(chat) == ["u:q", "a:", "t:4", "a:a"]
    assert chat.turns[1].extra["tool_calls"][0]["function"] == {"name": "f", "arguments": "{}"}
    assert chat.turns[2].extra == {"tool_call_id": "c"}


def line(session: str, role: str, content: Any, **more: Any) -> dict[str, Any]:
    return {"uuid": "u", "sessionId": session, "type": role, "message": said(role, content), **more}


def test_the_lines_of_a_session_are_one_chat_and_side_chains_are_refused() -> None:
    use = [{"type": "tool_use", "id": "t", "name": "Read", "input": {"path": "x"}}]
    result = [{"type": "tool_result", "tool_use_id": "t", "content": "text"}]
    rows = [
        {"type": "summary", "summary": "s", "leafUuid": "u"},
        line("1", "user", "q"),
        line("1", "assistant", PARTS) | {"message": {**said("assistant", PARTS), "id": "m"}},
        line("1", "assistant", use) | {"message": {**said("assistant", use), "id": "m"}},
        line("1", "user", "find it", isSidechain=True),
        line("1", "user", result),
        line("2", "user", "other"),
        line("1", "assistant", PARTS),
        line("2", "assistant", "one"),
    ]
    layout, chats = read(*rows)
    assert layout == "claude-code"
    assert [spoken(chat) for chat in chats] == [
        ["u:q", "a:a", "t:text", "a:a"], ["u:other", "a:one"],
    ]  # fmt: skip
    assert [chat.origin.source_id for chat in chats] == ["1", "2"]
    assert chats[0].turns[1].extra["tool_calls"][0]["function"]["name"] == "Read"
    assert FORMATS["claude-code"].gather
    found = list(FORMATS["claude-code"].gather(enumerate(rows)))
    (refused,) = [(place, one) for place, one in found if isinstance(one, DataError)]
    assert refused[0] == 4
    assert "side chain" in str(refused[1])


def test_the_lines_of_a_tavern_are_one_chat_with_its_swipes() -> None:
    rows: list[dict[str, Any]] = [
        {"user_name": "Ann", "character_name": "Chef", "chat_metadata": {}},
        {"name": "Chef", "is_user": False, "mes": "hi"},
        {"name": "Ann", "is_user": True, "mes": "q"},
        {"name": "Chef", "is_user": False, "mes": "a", "swipes": ["b", "a"], "swipe_id": 1},
    ]
    layout, (chat,) = read(*rows)
    assert (layout, spoken(chat)) == ("silly-tavern", ["a:hi", "u:q", "a:a"])
    assert chat.turns[2].extra == {"name": "Chef", "alternatives": [{"content": "b", "rank": 0}]}


BROKEN: list[dict[str, Any]] = [
    {"chunkedPrompt": {"chunks": [{"role": "martian", "text": "x"}]}},
    {"output": [{"type": "message", "role": "assistant"}, 5]},
    {"messages": [{"isCreatedByUser": True}]},
    {"messages": [{"versions": [{"role": "user", "content": []}], "currentlySelected": 3}]},
    {"messages": [{"versions": 5}]},
    {"internal": [["q"]], "visible": []},
    {"requests": [{"message": 5, "response": []}]},
]


@pytest.mark.parametrize("row", BROKEN)
def test_a_broken_record_is_refused_in_words(row: dict[str, Any]) -> None:
    with pytest.raises(DataError, match=r"\w+ .+"):
        read(row)


ODD: tuple[Any, ...] = (None, 5, "x", [], {}, [5], [None], {"a": 1}, [["x"]], True, 0.5)


def spoiled(value: Any) -> Iterator[Any]:
    """The value with each part of it in turn replaced by each odd one."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from ({**value, key: other} for other in (*ODD, *spoiled(inner)))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from ([*value[:at], o, *value[at + 1 :]] for o in (*ODD, *spoiled(inner)))


@pytest.mark.parametrize(("name", "row", "turns"), FOUND)
def test_whatever_stands_in_a_field_it_is_read_or_refused(
    name: str, row: Any, turns: list[str]
) -> None:
    format_ = FORMATS[name]
    assert format_.read
    assert format_.recognise
    for broken in spoiled(row):
        format_.recognise(broken)
        try:
            chats = format_.read(broken)
        except DataError:
            continue
        assert all(isinstance(turn.content, str) for chat in chats for turn in chat.turns), turns


@pytest.mark.parametrize("name", ["claude-code", "silly-tavern"])
def test_whatever_stands_in_a_line_it_is_gathered_or_refused(name: str) -> None:
    use = [{"type": "tool_use", "id": "t", "name": "Read", "input": {"path": "x"}}]
    lines: dict[str, Any] = {
        "claude-code": line("1", "assistant", use, isSidechain=False),
        "silly-tavern": {"name": "Chef", "is_user": False, "mes": "a", "swipes": ["b"]},
    }
    gather = FORMATS[name].gather
    assert gather
    for broken in spoiled(lines[name]):
        for _, found in gather(enumerate([lines[name], broken, lines[name]])):
            if not isinstance(found, DataError):
                assert all(isinstance(turn.content, str) for turn in found.turns), broken
