"""The verb that opens a question, and its object, in English and in Chinese."""

import pytest

from curator.diversity.phrases import pair


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Write a short story about a cat", ("write", "story")),
        ("Give three tips for staying healthy.", ("give", "tip")),
        ("Can you please explain quantum computing in simple terms?", ("explain", "computing")),
        ("List 5 different countries", ("list", "country")),
        ("Rewrite the following sentence: x", ("rewrite", "sentence")),
        ("What is 2+2?", None),
        ("Create", None),
        ("Edit: it", None),
        ("", None),
        ("生成一个关于春天的故事", ("生成", "故事")),
        ("请解释什么是博弈论。谢谢", ("解释", "博弈论")),
        ("列出3个爱尔兰城市", ("列出", "城市")),
        ("什么是茶？", None),
        ("写", None),
    ],
)
def test_a_question_opens_with_a_verb_and_its_object_or_with_none(question, found):
    assert pair(question) == found
