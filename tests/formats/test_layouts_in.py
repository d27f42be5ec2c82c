"""Records of every foreign layout, as its makers write them, and what becomes of them."""

from contextlib import suppress
from typing import Any

import pytest

from curator.conversation import Conversation
from curator.errors import DataError
from curator.formats import FORMATS, recognise
from curator.formats.base import Format, Row


def read(row: Row) -> tuple[str, list[Conversation]]:
    best = recognise([row])[0].format
    assert best.read is not None
    return best.name, list(best.read(row))


def spoken(chat: Conversation) -> list[str]:
    return [f"{turn.role[0]}:{turn.content}" for turn in chat.turns]


def said(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


CASES: list[tuple[str, dict[str, Any], list[str]]] = [
    ("alpaca", {"instruction": "Add", "input": "1 2", "output": "3"}, ["u:Add\n1 2", "a:3"]),
    (
        "alpaca",
        {"instruction": "q2", "input": "", "output": "a2", "system": "s", "history": [["q", "a"]]},
        ["s:s", "u:q", "a:a", "u:q2", "a:a2"],
    ),
    ("alpaca", {"instruction": "q", "output": ["best", "worse"]}, ["u:q", "a:best"]),
    (
        "sharegpt",
        {"conversations": [{"from": "gpt", "value": "hi"}, {"from": "bing", "value": ""}]},
        ["a:hi", "a:"],
    ),
    (
        "sharegpt",
        {"conversations": [{"from": "human", "value": "q"}], "system": "s", "tools": "[]"},
        ["s:s", "u:q"],
    ),
    (
        "messages",
        {"messages": [said("developer", "s"), {"role": "user", "content": [
            {"type": "text", "text": "look"}, {"type": "image_url", "image_url": {"url": "x"}}]}]},
        ["s:s", "u:look"],
    ),
    ("ultrachat", {"id": "0", "data": ["q", "a", "q2", "a2"]}, ["u:q", "a:a", "u:q2", "a:a2"]),
    (
        "ultrachat-200k",
        {"prompt": "q", "prompt_id": "f", "messages": [said("user", "q"), said("assistant", "a")]},
        ["u:q", "a:a"],
    ),
    ("dpo-trl-text", {"prompt": "q", "chosen": "good", "rejected": "bad"}, ["u:q", "a:good"]),
    (
        "dpo-trl-implicit",
        {"chosen": [said("user", "q"), said("assistant", "good")],
         "rejected": [said("user", "q"), said("assistant", "bad")]},
        ["u:q", "a:good"],
    ),
    (
        "dpo-llamafactory-alpaca",
        {"instruction": "q", "chosen_response": "good", "rejected_response": "bad"},
        ["u:q", "a:good"],
    ),
    (
        "dpo-openai",
        {"input": {"messages": [said("user", "q")]}, "preferred_output": [said("assistant", "y")],
         "non_preferred_output": [said("assistant", "n")]},
        ["u:q", "a:y"],
    ),
    ("dpo-swift", {"messages": [said("user", "q"), said("assistant", "y")],
                   "rejected_response": "n"}, ["u:q", "a:y"]),
    (
        "kto-llamafactory",
        {"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}],
         "kto_tag": False},
        ["u:q", "a:a"],
    ),
    ("kto-trl", {"prompt": "q", "completion": "a", "label": True}, ["u:q", "a:a"]),
    ("reflection", {"Criticism": "too long", "K": "q", "L": "new"}, ["u:q", "a:new"]),
    ("reflection", {"L": "new", "C": "too long", "K": "q", "old L": "x"}, ["u:q", "a:new"]),
    (
        "axolotl-reflection",
        {"instruction": "q", "input": "", "output": "old", "reflection": "c", "corrected": "new"},
        ["u:q", "a:new"],
    ),
    (
        "baize",
        {"topic": "t", "input": "The conversation between human and AI.\n[|Human|] q\n"
                                "[|AI|] a\n[|Human|] "},
        ["u:q", "a:a"],
    ),
    (
        "belle-chat",
        {"instruction": "Human:你好\nAssistant:您好\nHuman:再见\nAssistant:", "input": "",
         "output": "再见"},
        ["u:你好", "a:您好", "u:再见", "a:再见"],
    ),
    ("belle", {"input": "q", "target": "a"}, ["u:q", "a:a"]),
    ("question-answer", {"question": "q", "answer": "a", "score": "5"}, ["u:q", "a:a"]),
    ("question-answer", {"Prompt": "q", "Response": "a"}, ["u:q", "a:a"]),
    ("question-answer", {"问题": "q", "回答": "a"}, ["u:q", "a:a"]),
    ("question-answer", {"system": "s", "input": "q", "output": "a"}, ["s:s", "u:q", "a:a"]),
    ("firefly", {"kind": "Couplet", "input": "上联", "target": "下联"}, ["u:上联", "a:下联"]),
    (
        "coig",
        {"instruction": "i", "conversations": [{"question": "q", "answer": "a"}]},
        ["s:i", "u:q", "a:a"],
    ),
    (
        "psyqa",
        {"question": "q", "description": "d",
         "answers": [{"answer_text": "one"}, {"answer_text": "two"}]},
        ["u:q\nd", "a:one"],
    ),
    ("swift", {"query": "q", "response": "a", "history": [["x", "y"]]},
     ["u:x", "a:y", "u:q", "a:a"]),
    ("chatml", {"text": "<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\na<|im_end|>"},
     ["u:q", "a:a"]),
    ("transcript", {"text": "Human: q\n\nAssistant: a\nb\n\nHuman:"}, ["u:q", "a:a\nb"]),
    ("transcript", {"text": "**User:** q\n\n**Assistant:** a"}, ["u:q", "a:a"]),
    ("transcript", {"text": "## User\n\nq\n\n## Assistant\n\na: b"}, ["u:q", "a:a: b"]),
    ("transcript", {"text": "You said:\nq\nChatGPT said:\na"}, ["u:q", "a:a"]),
    ("transcript", {"text": "用户：你好\n助手：您好"}, ["u:你好", "a:您好"]),
    ("template", {"text": "<s>[INST] <<SYS>>\ns\n<</SYS>>\n\nq [/INST] a </s><s>[INST] q2 "
                          "[/INST] b"},
     ["s:s", "u:q", "a:a", "u:q2", "a:b"]),
    ("template", {"text": "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nq<|eot_id|>"
                          "<|start_header_id|>assistant<|end_header_id|>\n\na<|eot_id|>"},
     ["u:q", "a:a"]),
    ("template", {"text": "<bos><start_of_turn>user\nq<end_of_turn>\n<start_of_turn>model\na"},
     ["u:q", "a:a"]),
    ("template", {"text": "<|system|>\ns</s>\n<|user|>\nq</s>\n<|assistant|>\na</s>"},
     ["s:s", "u:q", "a:a"]),
    ("template", {"text": "A chat. USER: q ASSISTANT: a</s>USER: 2 ASSISTANT: b</s>"},
     ["s:A chat.", "u:q", "a:a", "u:2", "a:b"]),
    ("template", {"text": "### Human: q### Assistant: a### Human: q2### Assistant:"},
     ["u:q", "a:a", "u:q2"]),
    ("template", {"text": "Below is an instruction that describes a task. Write.\n\n"
                          "### Instruction:\nAdd\n\n### Input:\n1 2\n\n### Response:\n3"},
     ["u:Add\n1 2", "a:3"]),
    ("glaive", {"system": "SYSTEM: s", "chat": "USER: q\n\n\nASSISTANT: <functioncall> {\"name\": "
                "\"f\", \"arguments\": '{\"x\": 1}'} <|endoftext|>\n\n\nFUNCTION RESPONSE: {}\n\n\n"
                "ASSISTANT: done <|endoftext|>"}, ["s:s", "u:q", "a:", "t:{}", "a:done"]),
    ("hh-rlhf", {"chosen": "\n\nHuman: q\n\nAssistant: a\n\nHuman: r\n\nAssistant: good",
                 "rejected": "\n\nHuman: q\n\nAssistant: a\n\nHuman: r\n\nAssistant: bad"},
     ["u:q", "a:a", "u:r", "a:good"]),
    ("hc3", {"question": "q", "human_answers": ["h", "h2"], "chatgpt_answers": ["c"]},
     ["u:q", "a:h"]),
    ("chats", {"conversation": [said("user", "q"), said("assistant", "a")], "language": "English",
               "conversation_id": "x"}, ["u:q", "a:a"]),
    ("chats", {"conversations": [said("user", "q"), said("assistant", "a")]}, ["u:q", "a:a"]),
    ("chats", {"dialogue": [{"speaker": "Human", "text": "q"}, {"speaker": "bot", "text": "a"}],
               "system": "s"}, ["s:s", "u:q", "a:a"]),
    ("capybara", {"source": "x", "conversation": [{"input": "q", "output": "a"}]}, ["u:q", "a:a"]),
    ("moss", {"conversation_id": 1, "meta_instruction": "s\n", "chat": {"turn_1": {
        "Human": "<|Human|>: q<eoh>\n", "Inner Thoughts": "<|Inner Thoughts|>: hm<eot>\n",
        "Commands": "<|Commands|>: None<eoc>\n", "MOSS": "<|MOSS|>: a<eom>\n"}}},
     ["s:s", "u:q", "a:a"]),
    ("claude", {"uuid": "u", "name": "n", "chat_messages": [
        {"sender": "human", "text": "q"},
        {"sender": "assistant", "text": "", "content": [{"type": "text", "text": "a"}]}]},
     ["u:q", "a:a"]),
    ("anthropic", {"system": "s", "messages": [said("user", "q"), {"role": "assistant", "content": [
        {"type": "text", "text": "a"}, {"type": "tool_use", "id": "1", "name": "f", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": "r"}]},
        said("assistant", "b")]}, ["s:s", "u:q", "a:a", "t:r", "a:b"]),
    ("gemini", {"systemInstruction": {"parts": [{"text": "s"}]}, "contents": [
        {"role": "user", "parts": [{"text": "q"}]}, {"role": "model", "parts": [{"text": "a"}]}]},
     ["s:s", "u:q", "a:a"]),
    ("question-answer", {"instruction": "q", "context": "c", "response": "a"}, ["u:q\nc", "a:a"]),
    ("prompts", {"prompt": "q"}, ["u:q"]),
    ("prompts", {"question_id": 1, "category": "maths", "turns": ["q", "q2"]}, ["u:q", "u:q2"]),
    ("prompts", {"class": " Vicuna ", "data": "q"}, ["u:q"]),
    ("fastchat", {"question_id": 1, "text": "a", "answer_id": "x"}, ["a:a"]),
    ("ranked", {"prompt": "q", "responses": ["bad", "good"], "scores": [1, 9]}, ["u:q", "a:good"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "row", "turns"), CASES, ids=lambda case: str(case)[:40])
def test_a_record_is_recognised_and_read(name: str, row: Row, turns: list[str]) -> None:
    found, (chat,) = read(row)
    assert (found, spoken(chat)) == (name, turns)


def rivals(row: Row) -> list[tuple[str, int]]:
    _, (chat,) = read(row)
    return [(a["content"], a["rank"]) for a in chat.turns[-1].extra.get("alternatives", ())]


def test_what_was_not_chosen_stays_with_its_rank() -> None:
    assert rivals({"prompt": "q", "chosen": "y", "rejected": "n"}) == [("n", 1)]
    assert rivals({"instruction": "q", "output": ["a", "b", "c"]}) == [("b", 1), ("c", 2)]
    row = {"prompt": "q", "responses": ["x", "y", "z"], "scores": [1, 9, 9]}
    assert rivals(row) == [("z", 0), ("x", 2)]


def gathered(name: str, rows: list[dict[str, Any]]) -> list[list[str] | str]:
    gather = FORMATS[name].gather
    assert gather is not None
    found = [chat for _, chat in gather(enumerate(rows))]
    return [str(c) if isinstance(c, DataError) else spoken(c) for c in found]


def test_a_rule_before_a_user_begins_another_chat_of_a_text() -> None:
    words = "Human: a\n\nAssistant: b\n---\nmore\n\n---\n\nHuman: c\n\nAssistant: d"
    _, chats = read({"text": words})
    assert [spoken(chat) for chat in chats] == [["u:a", "a:b\n---\nmore"], ["u:c", "a:d"]]


def test_turns_in_rows_of_their_own_become_the_chats_their_ids_say() -> None:
    rows = [
        {"conversation_id": "b", "turn": 2, "role": "assistant", "content": "B2"},
        {"conversation_id": "a", "turn": 1, "role": "user", "content": "A1"},
        {"conversation_id": "b", "turn": 1, "role": "user", "content": "B1"},
        {"conversation_id": "a", "turn": "10", "role": "assistant", "content": "A10"},
        {"conversation_id": "a", "turn": 2, "role": "nobody", "content": "?"},
    ]
    assert recognise(rows)[0].format.name == "turn-rows"
    broken, b, a = gathered("turn-rows", rows)
    assert "unknown speaker 'nobody'" in broken
    assert (b, a) == (["u:B1", "a:B2"], ["u:A1", "a:A10"])


def test_rows_without_an_id_are_one_chat() -> None:
    rows = [said("user", "q"), said("assistant", "a"), said("user", "r")]
    assert recognise(rows)[0].format.name == "turn-rows"
    assert gathered("turn-rows", rows) == [["u:q", "a:a", "u:r"]]


def test_the_thoughts_and_the_calls_of_other_makers_ride_beside_the_answer() -> None:
    _, (moss,) = read({"chat": {"turn_1": {
        "Human": "q", "Inner Thoughts": "<|Inner Thoughts|>: hm<eot>", "MOSS": "a"}}})  # fmt: skip
    assert moss.turns[1].extra == {"reasoning": "hm"}
    row = next(row for name, row, _ in CASES if name == "glaive")
    _, (glaive,) = read(row)
    assert glaive.turns[2].extra["tool_calls"][0]["function"] == {
        "name": "f", "arguments": '{"x": 1}'}  # fmt: skip


def test_a_sharegpt_function_call_becomes_a_tool_call_and_comes_back() -> None:
    value = '{"name": "look", "arguments": {"q": "x"}}'
    row = {"conversations": [{"from": "human", "value": "q"},
                             {"from": "function_call", "value": value}]}  # fmt: skip
    _, (chat,) = read(row)
    call = chat.turns[1].extra["tool_calls"][0]["function"]
    assert (call["name"], call["arguments"]) == ("look", '{"q": "x"}')


def test_firefly_keeps_its_kind_as_category_and_unknown_fields_as_they_are() -> None:
    _, (chat,) = read({"kind": "Couplet", "input": "a", "target": "b", "score": 3})
    assert chat.meta == {"category": "Couplet", "score": 3}


def test_a_seed_task_is_a_chat_for_each_instance() -> None:
    row = {"id": "s1", "instruction": "Do", "instances": [
        {"input": "a", "output": "1"}, {"input": "b", "output": "2"}]}  # fmt: skip
    name, found = read(row)
    assert name == "seed-tasks"
    assert [spoken(chat)[0] for chat in found] == ["u:Do\na", "u:Do\nb"]


NODES = [
    {"message_id": "c", "parent_id": "a", "role": "assistant", "text": "worse", "rank": 1},
    {"message_id": "a", "parent_id": None, "role": "prompter", "text": "q", "lang": "de"},
    {"message_id": "b", "parent_id": "a", "role": "assistant", "text": "better", "rank": 0},
    {"message_id": "d", "parent_id": "b", "role": "prompter", "text": "q2"},
]


def test_flat_rows_are_joined_into_the_best_ranked_path() -> None:
    gather = FORMATS["oasst-flat"].gather
    assert gather is not None
    orphan = {"message_id": "z", "parent_id": "nobody", "role": "prompter", "text": "?"}
    found = dict(gather(enumerate([*NODES, orphan])))
    chat = found[1]
    assert isinstance(chat, Conversation)
    assert spoken(chat) == ["u:q", "a:better", "u:q2"]
    (other,) = chat.turns[1].extra["alternatives"]
    assert (other["content"], other["rank"]) == ("worse", 1)
    assert chat.meta["language"] == "de"
    assert isinstance(found[4], DataError)


def test_a_tree_takes_the_best_ranked_replies() -> None:
    replies = [{"role": "assistant", "text": "x", "rank": 1, "replies": []},
               {"role": "assistant", "text": "y", "rank": 0, "replies": []}]  # fmt: skip
    row = {"message_tree_id": "t", "prompt": {"role": "prompter", "text": "q", "replies": replies}}
    name, (chat,) = read(row)
    assert (name, spoken(chat), chat.origin.source_id) == ("oasst", ["u:q", "a:y"], "t")


def test_a_chatgpt_export_follows_the_current_node_and_keeps_what_was_regenerated() -> None:
    def node(key: str, parent: str | None, role: str, text: str, *children: str) -> dict[str, Any]:
        message = {"author": {"role": role}, "recipient": "all",
                   "content": {"content_type": "text", "parts": [text]}}  # fmt: skip
        return {"id": key, "parent": parent, "children": list(children), "message": message}

    row = {
        "title": "Eggs",
        "current_node": "b2",
        "mapping": {
            "root": {"id": "root", "parent": None, "children": ["a"], "message": None},
            "a": node("a", "root", "user", "q", "b", "b2"),
            "b": node("b", "a", "assistant", "first"),
            "b2": node("b2", "a", "assistant", "second"),
        },
    }
    name, (chat,) = read(row)
    assert (name, spoken(chat)) == ("chatgpt", ["u:q", "a:second"])
    assert chat.turns[1].extra["alternatives"] == [{"content": "first", "rank": 0}]
    assert chat.meta["title"] == "Eggs"


def test_a_question_that_was_edited_keeps_what_was_said_to_the_old_one() -> None:
    def node(key: str, parent: str | None, role: str, *children: str) -> dict[str, Any]:
        message = {"author": {"role": role}, "content": {"content_type": "text", "parts": [key]}}
        return {"id": key, "parent": parent, "children": list(children), "message": message}

    mapping = {
        "root": {"parent": None, "children": ["typo", "q"], "message": None},
        "typo": node("typo", "root", "user", "hidden"),
        "hidden": {"parent": "typo", "children": ["x", "y"], "message": None},
        "x": node("x", "hidden", "assistant"),
        "y": node("y", "hidden", "assistant", "more"),
        "more": node("more", "y", "user", "typo"),
        "q": node("q", "root", "user", "a"),
        "a": node("a", "q", "assistant"),
    }
    _, (chat,) = read({"title": "t", "current_node": "a", "mapping": mapping})
    assert spoken(chat) == ["u:q", "a:a"]
    (old,) = chat.turns[0].extra["alternatives"]
    assert (old["content"], old["turns"]) == (
        "typo",
        [said("assistant", "y"), said("user", "more")],
    )


@pytest.mark.parametrize(
    ("name", "row", "why"),
    [
        ("alpaca", {"instruction": "q", "output": None}, "`output` is null"),
        ("alpaca", {"instruction": 3, "output": "a"}, "`instruction` is a number"),
        ("alpaca", {"instruction": "q", "output": "a", "history": [["q"]]}, "`history`: entry 1"),
        ("sharegpt", {"conversations": []}, "`conversations` is an empty list"),
        ("sharegpt", {"conversations": [{"from": "cat", "value": "x"}]}, "unknown speaker 'cat'"),
        ("sharegpt", {"conversations": [{"from": "human"}]}, "turn 1: field `value` is missing"),
        ("messages", {"messages": [{"role": "user", "content": 4}]}, "`content` is a number"),
        ("messages", {"messages": ["hi"]}, "turn 1: is a string"),
        ("ultrachat", {"id": "1", "data": ["a", None]}, "turn 2 is null"),
        ("dpo-trl", {"prompt": [], "chosen": [], "rejected": []}, "`prompt` is an empty list"),
        ("kto-trl", {"prompt": "q", "completion": "a", "label": "yes"}, "`label` is a string"),
        ("reflection", {"K": "q", "C": "c"}, "field `L` is missing"),
        ("baize", {"input": "nothing"}, "no [|Human|] turns"),
        ("coig", {"conversations": [{"question": "q"}]}, "field `answer` is missing"),
        ("chatgpt", {"mapping": {"a": {"parent": "a"}}, "current_node": "a"}, "its own parent"),
    ],
)
def test_a_broken_record_says_which_field_is_broken(name: str, row: Row, why: str) -> None:
    read_row = FORMATS[name].read
    assert read_row is not None
    with pytest.raises(DataError, match=".*".join(map(_escaped, [why]))):
        list(read_row(row))


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value inside a record."""
    found = []
    pairs = value.items() if isinstance(value, dict) else ()
    for key, one in enumerate(value) if isinstance(value, list) else pairs:
        found += [(*at, key), *places(one, (*at, key))]
    return found


def spoiled(row: Any, way: tuple[Any, ...], value: Any) -> Any:
    """The record with another value at the end of the way."""
    if not way:
        return value
    copy = dict(row) if isinstance(row, dict) else list(row)
    copy[way[0]] = spoiled(row[way[0]], way[1:], value)
    return copy


FORKED: list[dict[str, Any]] = [
    {"message_tree_id": "t", "prompt": {"role": "prompter", "text": "q", "replies": [
        {"role": "assistant", "text": "y", "rank": 0, "replies": []},
        {"role": "assistant", "text": "x", "rank": 1, "replies": []}]}},
    {"instruction": "Do", "instances": [{"input": "a", "output": "1"}]},
    {"title": "t", "current_node": "b", "mapping": {
        "a": {"parent": None, "children": ["b", "c"], "message": {
            "author": {"role": "user"}, "content": {"content_type": "text", "parts": ["q"]}}},
        "b": {"parent": "a", "children": [], "message": {
            "author": {"role": "assistant", "name": "n"}, "metadata": {"model_slug": "m"},
            "content": {"content_type": "text", "parts": ["y"]}}},
        "c": {"parent": "a", "children": [], "message": {
            "author": {"role": "assistant"}, "content": {"content_type": "text", "parts": []}}}}},
]  # fmt: skip
ODD: list[Any] = [
    None,
    True,
    3,
    1.5,
    "",
    "x",
    [],
    {},
    [None],
    [[]],
    [{}],
    ["a"],
    {"a": 1},
    [3, "b"],
]


@pytest.mark.parametrize("format_", [f for f in FORMATS.values() if f.read], ids=lambda f: f.name)
def test_a_spoiled_record_is_read_or_refused_in_words_and_nothing_else(format_: Format) -> None:
    records = [row for _, row, _ in CASES] + NODES + FORKED
    assert format_.read is not None
    assert format_.recognise is not None
    for row in records:
        if format_.recognise(row)[0] == 0:
            continue
        for way in places(row):
            for odd in ODD:
                wrong = spoiled(row, way, odd)
                sure, why = format_.recognise(wrong)
                assert 0 <= sure <= 1
                assert why
                with suppress(DataError):
                    assert list(format_.read(wrong))


def _escaped(text: str) -> str:
    import re

    return re.escape(text)
