"""Files as they are found: odd spellings, texts beside fields, trees with holes, table labels."""

import json
from pathlib import Path
from typing import Any

import pytest

from curator.conversation import Conversation
from curator.errors import DataError
from curator.formats import FORMATS
from curator.formats.layouts import layout_of


def read(*rows: Any) -> tuple[str, list[Conversation]]:
    """The layout of some rows, and their chats."""
    layout = layout_of(rows, "file", None, {})
    if layout.format.gather is None:
        return layout.format.name, [chat for row in rows for chat in layout.conversations(row)]
    found = layout.format.gather((n, layout.row(row)) for n, row in enumerate(rows))
    return layout.format.name, [c for _, c in found if isinstance(c, Conversation)]


def spoken(chat: Conversation) -> list[str]:
    return [f"{turn.role[0]}:{turn.content}" for turn in chat.turns]


def said(role: str, content: Any) -> dict[str, Any]:
    return {"role": role, "content": content}


PRINTED = "### Instruction:\nName a prime\n\n### Response:\n7"


FOUND: list[tuple[str, Any, list[str]]] = [
        ("alpaca", {"Instruction": "q", "Input": "x", "Output": "a"}, ["u:q\nx", "a:a"]),
        ("alpaca", {" instruction ": "q", "output:": "a"}, ["u:q", "a:a"]),
        ("reflection", {"K:": "q", "C:": "c", "L:": "a"}, ["u:q", "a:a"]),
        ("sharegpt", {"Conversations": [{"from": "human", "value": "q"}]}, ["u:q"]),
        (
            "alpaca",
            {"instruction": "Name a prime", "output": "7", "text": PRINTED},
            ["u:Name a prime", "a:7"],
        ),
        (
            "messages",
            {"messages": [said("user", "q"), said("assistant", "a")],
             "text": "<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\na<|im_end|>"},
            ["u:q", "a:a"],
        ),
        (
            "ranked",
            {"prompt": "\n\nHuman: q\n\nAssistant: a\n\nHuman: r\n\nAssistant: ",
             "answers": [{"answer": "bad", "rank": 2.0}, {"answer": "good", "rank": 1.0}]},
            ["u:q", "a:a", "u:r", "a:good"],
        ),
        (
            "dpo-trl-text",
            {"prompt": "\n\nHuman: q\n\nAssistant:", "chosen": " y", "rejected": " n"},
            ["u:q", "a: y"],
        ),
        (
            "dpo-trl-text",
            {"prompt": "What does 'Human: hi' mean?", "chosen": "y", "rejected": "n"},
            ["u:What does 'Human: hi' mean?", "a:y"],
        ),
        ("question-answer", {"system_prompt": "s", "question": "q", "response": "a"},
         ["s:s", "u:q", "a:a"]),
        ("question-answer", {"problem": "q", "solution": "a"}, ["u:q", "a:a"]),
        ("chats", {"id": "x", "items": [{"from": "human", "value": "q"},
                                        {"from": "gpt", "value": "a"}]}, ["u:q", "a:a"]),
        ("answered", {"input": [said("system", ""), said("user", "q")], "output": "a",
                      "system_prompt": "s"}, ["s:s", "u:q", "a:a"]),
        ("answered", {"messages": [said("user", "q")], "response": said("assistant", "a")},
         ["u:q", "a:a"]),
        ("answered", {"conversations": [{"from": "human", "value": "q"}], "answer": "a"},
         ["u:q", "a:a"]),
        ("request-log", {"request": {"model": "m", "messages": [said("user", "q")]},
                         "response": {"choices": [{"message": said("assistant", "a")},
                                                  {"message": said("assistant", "b")}]}},
         ["u:q", "a:a"]),
        ("request-log", {"custom_id": "1", "body": {"messages": [said("user", "q")]}}, ["u:q"]),
        ("versus", {"conversation_a": [said("user", "q"), said("assistant", "bad")],
                    "conversation_b": [said("user", "q"), said("assistant", "good")],
                    "winner": "model_b"}, ["u:q", "a:good"]),
        ("versus", {"prompt": "q", "response_0": "good", "response_1": "bad",
                    "better_response_id": 0}, ["u:q", "a:good"]),
        ("versus", {"history": "q", "human_ref_A": "bad", "human_ref_B": "good", "labels": 0},
         ["u:q", "a:good"]),
        ("chats", {"messages": [{"type": "human", "data": {"content": "q"}},
                                {"type": "ai", "data": {"content": "a"}}]}, ["u:q", "a:a"]),
        ("chats", {"messages": [{"type": "system", "content": "s"},
                                {"type": "human", "content": "q"}]}, ["s:s", "u:q"]),
        ("open-webui", {"id": "1", "title": "t", "chat": {"messages": [], "history": {
            "currentId": "c", "messages": {
                "a": {"id": "a", "parentId": None, "role": "user", "content": "q"},
                "b": {"id": "b", "parentId": "a", "role": "assistant", "content": "old"},
                "c": {"id": "c", "parentId": "a", "role": "assistant", "content": "new"}}}}},
         ["u:q", "a:new"]),
        ("transcript", {"text": "Me: q\nChatGPT: a\n"}, ["u:q", "a:a"]),
        ("transcript", {"transcript": "\n\nHuman: q\n\nAssistant: a\n", "rating": 3},
         ["u:q", "a:a"]),
        ("template", {"conversation": "A chat. USER: q ASSISTANT: a</s>"},
         ["s:A chat.", "u:q", "a:a"]),
        ("question-answer", {"department": "d", "ask": "q", "answer": "a"}, ["u:q", "a:a"]),
        ("question-answer", {"role_1": "r", "message_1": "q", "message_2": "a"}, ["u:q", "a:a"]),
        ("transcript", {"text": "[2024-01-01 10:00] User: q\n[10:01:02] Assistant: a\n"},
         ["u:q", "a:a"]),
        ("transcript", {"text": "我：你好\nAI：您好\n"}, ["u:你好", "a:您好"]),
        (
            "transcript",
            {"text": "Human: draft it\n\nAssistant: Here:\nMe: hello\nClaude: hi"},
            ["u:draft it", "a:Here:\nMe: hello\nClaude: hi"],
        ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "row", "turns"), FOUND, ids=lambda case: str(case)[:30])
def test_a_record_as_it_is_found_is_read(name: str, row: Any, turns: list[str]) -> None:
    found, (chat,) = read(row)
    assert (found, spoken(chat)) == (name, turns)


PACKED = json.dumps([said("user", "q"), said("assistant", "a")])


@pytest.mark.parametrize(
    ("name", "row", "meta"),
    [
        ("messages", {"messages": PACKED, "x": 1}, {"x": 1}),
        ("alpaca", {"row_idx": 0, "row": {"instruction": "q", "output": "a"}}, {"row_idx": 0}),
        ("messages", {"id": 1, "data": {"messages": PACKED}, "annotations": []},
         {"annotations": []}),
        ("messages", {"messages": [said("user", "q"), said("assistant", "a")], "y": "[]"},
         {"y": "[]"}),
    ],
    ids=["text", "object", "both", "neither"],
)  # fmt: skip
def test_a_record_is_found_in_its_wrapping(name: str, row: Any, meta: dict[str, Any]) -> None:
    found, (chat,) = read(row)
    assert (found, spoken(chat), chat.meta) == (name, ["u:q", "a:a"], meta)


def test_a_chat_has_the_id_it_came_with_under_whatever_name() -> None:
    turns = [{"human": "q", "assistant": "a"}]
    _, (chat,) = read({"conversation_id": 7, "conversation": turns})
    assert chat.origin.source_id == "7"


def test_the_thoughts_and_tools_of_claude_stay_beside_the_answer() -> None:
    parts = [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "a"}]
    tool = {"type": "tool_use", "name": "f", "input": {}}
    row = {"uuid": "u", "chat_messages": [
        {"sender": "human", "text": "q"},
        {"sender": "assistant", "text": "a", "content": parts},
        {"sender": "assistant", "text": "b", "content": [tool]}]}  # fmt: skip
    _, (chat,) = read(row)
    assert chat.turns[1].extra == {"reasoning": "hm"}
    assert (chat.turns[2].content, chat.turns[2].extra) == ("b", {"parts": [tool]})


def test_a_capital_letter_beside_the_small_one_is_a_field_of_its_own() -> None:
    _, (chat,) = read({"instruction": "q", "output": "a", "Output": "b"})
    assert (spoken(chat), chat.meta) == (["u:q", "a:a"], {"Output": "b"})


def test_records_that_were_encoded_twice_are_no_prompts() -> None:
    row = json.dumps({"id": "1", "data": ["q", "a"]})
    assert read(row)[0] == "ultrachat"
    assert read("{not json}")[0] == "prompts"


@pytest.mark.parametrize("between", ["<|endoftext|>\n", "---\n", "</s>"])
def test_chatml_chats_with_a_rule_between_them_are_several(between: str) -> None:
    one = "<|im_start|>user\nq\n---\n<|im_end|>\n<|im_start|>assistant\na<|im_end|>\n"
    _, chats = read({"text": one + between + one})
    assert [spoken(chat) for chat in chats] == [["u:q\n---\n", "a:a"]] * 2


@pytest.mark.parametrize(
    ("row", "turns", "label"),
    [
        ({"instruction": "q", "input": "x", "output": "a", "kto_tag": False},
         ["u:q\nx", "a:a"], False),
        ({"prompt": "q", "completion": "a", "label": "True"}, ["u:q", "a:a"], True),
        ({"prompt": "q", "completion": "a", "label": "0"}, ["u:q", "a:a"], False),
        ({"instruction": "q", "output": "a", "label": "true"}, ["u:q", "a:a"], True),
    ],
)  # fmt: skip
def test_a_label_is_read_beside_alpaca_and_out_of_a_table(
    row: Any, turns: list[str], label: bool
) -> None:
    found, (chat,) = read(row)
    assert found.startswith("kto")
    assert spoken(chat) == turns
    assert chat.turns[-1].extra["label"] is label
    assert not chat.meta


def test_a_row_whose_label_is_broken_does_not_lose_it_in_another_layout() -> None:
    good, bad = ({"prompt": "q", "completion": "a", "label": x} for x in (True, "maybe"))
    layout = layout_of([good, good, bad], "file", None, {})
    with pytest.raises(DataError, match="`label` is a string, not true or false"):
        layout.conversations(bad)


def test_of_a_contest_the_loser_is_the_alternative_and_a_draw_prefers_nobody() -> None:
    ranks = {}
    for winner in ("model_a", "tie"):
        _, (chat,) = read({"prompt": "q", "answer_a": "x", "answer_b": "y", "winner": winner})
        ranks[winner] = [(a["content"], a["rank"]) for a in chat.turns[-1].extra["alternatives"]]
    assert ranks == {"model_a": [("y", 1)], "tie": [("y", 0)]}


def test_all_rows_of_a_file_come_as_whole_chats_or_reasons() -> None:
    turns = [{"chat_id": 1, **said("user", "q")}, {"chat_id": 1, **said("assistant", "a")}]
    for rows in ([*turns, {"chat_id": 1, **said("cat", "?")}], [{"data": ["q", "a"]}] * 2 + [3]):
        found = list(layout_of(rows, "file", None, {}).all_of(rows))
        assert spoken(next(c for c in found if isinstance(c, Conversation))) == ["u:q", "a:a"]
        assert sum(isinstance(c, DataError) for c in found) == 1


def test_a_lone_turn_among_chats_is_no_chat() -> None:
    chat, turn = {"id": "1", "data": ["q", "a"]}, {"chat_id": 1, **said("user", "q")}
    layout = layout_of([chat, chat, turn], "file", None, {})
    with pytest.raises(DataError, match="field `data` is missing"):
        layout.conversations(turn)


# trees --------------------------------------------------------------------------------------------


def node(key: str, parent: str | None, role: str, **more: Any) -> dict[str, Any]:
    return {"message_id": key, "parent_id": parent, "role": role, "text": key, **more}


def gathered(rows: list[dict[str, Any]]) -> dict[str, str | list[str]]:
    """By message id: why its row was refused, or for the first of a chat its turns."""
    gather = FORMATS["oasst-flat"].gather
    assert gather is not None
    pairs = [(row["message_id"], found) for row, found in gather((row, row) for row in rows)]
    assert len(dict(pairs)) == len(pairs), "a row is refused once"
    return {key: str(c) if isinstance(c, DataError) else spoken(c) for key, c in pairs}


def test_deleted_messages_are_neither_turns_nor_alternatives() -> None:
    rows = [
        node("q", None, "prompter"),
        node("spam", "q", "assistant", rank=0, deleted=True),
        node("under", "spam", "prompter"),
        node("good", "q", "assistant", rank=1, deleted=False),
        node("next", "good", "prompter", deleted="True"),
    ]
    assert gathered(rows) == {
        "q": ["u:q", "a:good"],
        "spam": "the message was deleted",
        "under": "it answers a message that was left out",
        "next": "the message was deleted",
    }
    replies = [
        {"role": "assistant", "text": "spam", "rank": 0, "deleted": True, "replies": []},
        {"role": "assistant", "text": "good", "rank": 1, "replies": []},
    ]
    _, (chat,) = read({"prompt": {"role": "prompter", "text": "q", "replies": replies}})
    assert spoken(chat) == ["u:q", "a:good"]
    assert "alternatives" not in chat.turns[1].extra


def test_every_message_that_reaches_no_chat_is_refused_once() -> None:
    rows = [
        node("q", None, "prompter"), node("orphan", "nobody", "prompter"),
        node("child", "orphan", "assistant"), node("round", "trip", "prompter"),
        node("trip", "round", "assistant"), node("self", "self", "prompter"),
        node("gone", "nobody", "prompter", deleted=True),
    ]  # fmt: skip
    found = gathered(rows)
    assert found.pop("q") == ["u:q"]
    assert sorted(found) == ["child", "gone", "orphan", "round", "self", "trip"]
    assert found["round"] == "its messages answer one another"


def test_an_answer_not_taken_that_goes_on_for_ever_is_refused_with_all_its_rows() -> None:
    rows = [node("q", None, "prompter"), node("best", "q", "assistant", rank=0),
            node("0", "q", "assistant", rank=1)]  # fmt: skip
    rows += [node(str(n), str(n - 1), ("assistant", "prompter")[n % 2]) for n in range(1, 2000)]
    found = gathered(rows)
    assert len(found) == len(rows)
    assert "nested over" in str(found["q"])


def test_ranks_are_read_out_of_a_table() -> None:
    rows = [node("q", "", "prompter", rank=""), node("b", "q", "assistant", rank="1"),
            node("a", "q", "assistant", rank="0")]  # fmt: skip
    assert gathered(rows) == {"q": ["u:q", "a:a"]}


# refusals -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"text": "<!DOCTYPE html>\n<html><body>Not Found</body></html>"}, "a web page"),
        ({"text": '<?xml version="1.0"?><Error/>'}, "XML"),
        ({"text": "version https://git-lfs.github.com/spec/v1\noid sha256:00"}, "git lfs pull"),
        ({"text": "Dear reader"}, "without the marks of a chat"),
        ({}, "empty objects"),
        ([{"instruction": "q", "output": "a"}], "give each its own row"),
        ({"left": "q", "right": "a"}, "no known layout has the fields 'left', 'right'"),
    ],
    ids=lambda case: str(case)[:30],
)
def test_what_is_no_chat_is_told_by_what_it_is(row: Any, why: str) -> None:
    with pytest.raises(DataError, match=f"^file: .*{why}"):
        layout_of([row], "file", None, {})


def test_a_spelling_is_shown_where_the_layout_is_explained(tmp_path: Path) -> None:
    from curator.stages.accounts import Wishes
    from curator.stages.peeking import explained

    file = tmp_path / "a.json"
    file.write_text(json.dumps([{"Instruction": "q", "Output": "a"}]))
    assert "  read under our names: instruction = Instruction, output = Output" in (
        explained([str(file)], Wishes()).lines
    )
