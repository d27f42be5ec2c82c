import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.conversation import Turn
from curator.objections import OBJECTS, objection, strength

LABELS = Path(__file__).parent / "data" / "objections.jsonl"

OBJECTIONS = (
    "No, that's wrong. It should be sorted by date.",
    "that's not what I asked",
    "You forgot the second part of my question.",
    "It still doesn't work, I get a TypeError",
    "But I said no sugar",
    "are you sure about that?",
    "way too long, I wanted two lines",
    "不对，1900 年不是闰年。",
    "你没有回答我的问题。",
    "我已经告诉过你我不吃肉了。",
    "还是不行，运行时报错。",
    "太长了，简短一点",
    "The last phrase looks horrible still",
    "There is some misunderstanding. What I requested was a table.",
    "你刚告诉我他是首席执行官。",
    "再强调一遍，我们只有三个骰子。",
)
CALM = (
    "Thanks, that works!",
    "Can you give me three more examples?",
    "What is the capital of France?",
    "Write a poem about autumn.",
    "no problem, what about Lisbon?",
    "make it a table",
    "Good, but come up with 10 more ideas",
    "Continue but make it funnier",
    "Put this in a table. Don't include the names",
    "展示智能合约代码中的漏洞。",
    "谢谢，很有帮助！",
    "请再给我五个例子。",
    "什么是光合作用？",
    "没问题，那接下来呢？",
)


@pytest.mark.parametrize("text", OBJECTIONS)
def test_an_objection_is_heard_and_explained_by_its_words(text):
    found = objection(text)
    assert found.score >= OBJECTS
    assert found.words


@pytest.mark.parametrize("text", CALM)
def test_thanks_wishes_and_new_questions_are_none(text):
    assert objection(text).score < OBJECTS


def test_the_next_user_turn_says_more_than_a_later_one():
    def chat(*texts):
        return [Turn(("user", "assistant")[i % 2], text) for i, text in enumerate(texts)]

    soon = strength(chat("q", "a", "no, that's wrong", "b", "ok"), 1)
    late = strength(chat("q", "a", "and then?", "b", "no, that's wrong"), 1)
    assert soon > late > 0
    assert soon >= OBJECTS > late
    assert strength(chat("q", "a"), 1) == 0


def test_each_turn_of_a_long_chat_is_read_once():
    turns = [Turn(("user", "assistant")[i % 2], f"turn {i} of a long chat") for i in range(400)]
    objection.cache_clear()
    for index in range(1, len(turns), 2):
        strength(turns, index)
    assert objection.cache_info().misses == 199


@given(st.text(max_size=600))
def test_any_text_has_a_score_between_0_and_1(text):
    assert 0 <= objection(text).score <= 1


def test_the_labelled_sample_holds_labels_and_no_texts():
    labels = [json.loads(line) for line in LABELS.read_text(encoding="utf-8").splitlines()]
    assert {key for label in labels for key in label} == {
        "id", "turn", "language", "objects", "part", "stratum", "round", "weight",
    }  # fmt: skip
    fresh = [label for label in labels if label["round"] == 2]
    assert sum(label["language"] == "en" for label in fresh) >= 300
    assert sum(label["language"] == "zh" for label in fresh) >= 250
    assert sum(label["language"] == "en" for label in labels) >= 150
    assert sum(label["language"] == "zh" for label in labels) >= 80
