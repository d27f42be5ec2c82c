"""What a data file teaches."""

import gzip
import json

import pytest

from curator.conversation import Conversation, Origin, Turn
from curator.errors import DataError
from curator.stages import lessons

ORIGIN = Origin("test")


def chat(*turns, **meta):
    return Conversation(tuple(Turn(*turn) for turn in turns), ORIGIN, meta)


def written(tmp_path, rows, name="data.jsonl"):
    path = tmp_path / name
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return path


ALPACA = {"instruction": "Say hello", "input": "to Ann", "output": "Hello, Ann!"}
ULTRACHAT = {"id": "1", "data": ["你好", "你好！", "再见", "再见！"]}
MESSAGES = {
    "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
}
SHAREGPT = {
    "id": "a",
    "conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}],
}


@pytest.mark.parametrize(
    ("row", "learned"),
    [
        (ALPACA, ["Hello, Ann!"]),
        (ULTRACHAT, ["你好！", "再见！"]),
        (MESSAGES, ["Hello"]),
        (SHAREGPT, ["Hello"]),
    ],
)
def test_every_layout_teaches_its_answers(tmp_path, row, learned):
    (record,) = lessons.read(written(tmp_path, [row]), "all").records
    assert [record.messages[i]["content"] for i in record.learn] == learned


def test_an_array_and_a_gzip_are_read_too(tmp_path):
    path = tmp_path / "data.json.gz"
    path.write_bytes(gzip.compress(json.dumps([ALPACA, ALPACA]).encode()))
    assert len(lessons.read(path, "all").records) == 2


def test_the_last_answer_alone_may_be_learned():
    record = lessons.record_of(
        chat(("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d")), "x", "last"
    )
    assert record.learn == [3]


def test_what_the_model_says_first_and_what_nobody_answers_is_left_out():
    record = lessons.record_of(
        chat(
            ("system", "s"), ("assistant", "hi"), ("user", "a"), ("assistant", "b"), ("user", "c")
        ),
        "x",
        "all",
    )
    assert [message["content"] for message in record.messages] == ["s", "a", "b"]
    assert record.learn == [2]


@pytest.mark.parametrize("mark", [{"weight": 0}, {"label": False}])
def test_an_answer_that_is_marked_as_not_wanted_is_context_only(mark):
    turns = chat(("user", "a"), ("assistant", "b", mark), ("user", "c"), ("assistant", "d"))
    assert lessons.record_of(turns, "x", "all").learn == [3]


def test_a_chat_without_an_answer_is_refused_by_its_line(tmp_path):
    path = written(tmp_path, [ULTRACHAT, {"id": "2", "data": ["only a question", ""]}, ULTRACHAT])
    learned = lessons.read(path, "all")
    assert len(learned.records) == 2
    assert learned.refused[0][0] == "data.jsonl:2 (record 2)"


@pytest.mark.parametrize("text", ['{"foo": 1}\n{"bar": 2}\n', "[1, 2, 3]"])
def test_a_file_of_something_else_is_named(tmp_path, text):
    path = tmp_path / "odd.json"
    path.write_text(text)
    with pytest.raises(DataError, match=r"odd\.json"):
        lessons.read(path, "all")


def records(openings):
    return [
        lessons.record_of(chat(("user", text), ("assistant", f"{text} {i}")), str(i), "all")
        for i, text in enumerate(openings)
    ]


def test_records_with_one_opening_stay_on_one_side():
    openings = [f"question {i % 20}" for i in range(100)]
    split = lessons.hold_out(records(openings), 0.2, seed=3)
    sides = {}
    for record in split:
        sides.setdefault(record.messages[0]["content"], set()).add(record.held)
    assert all(len(side) == 1 for side in sides.values())
    assert sum(record.held for record in split) == 20


def test_the_seed_alone_decides_what_is_held_out():
    made = records([f"question {i}" for i in range(50)])
    held = [r.held for r in lessons.hold_out(made, 5, seed=1)]
    assert held == [r.held for r in lessons.hold_out(made, 5, seed=1)]
    assert held != [r.held for r in lessons.hold_out(made, 5, seed=2)]
    assert sum(held) == 5
