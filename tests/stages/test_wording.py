"""Chinese texts by their words: other orders are the same, another thing is not."""

import pytest

from curator.stages.closeness import WORDING, needed
from curator.stages.wording import likeness

ENOUGH = needed(0.9, WORDING)
SAME = [
    ("谁是鲁迅", "鲁迅是谁"),
    ("确定铁和氧气反应的化学方程式。", "确定铁与氧气反应的化学方程式"),
    ("动机在课堂上的重要性是什么", "课堂上动机的重要性是什么？"),
    ("设计一个利用森林里的树叶的游戏。", "使用森林里的树叶设计一个游戏。"),
]
OTHER = [
    ("原子是什么？请详细解释：", "华为是什么？请详细解释："),
    ("什么是监督学习？", "什么是非监督学习？"),
    ("这是什么？", "你在吗？"),
    ("你做了什么？", "你会做什么"),
    ("编写一个 Python 脚本", "解释 Python 的装饰器"),
    ("火锅怎么做？", "饺子怎么做？"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_words_in_another_order_are_the_same(one: str, other: str) -> None:
    assert likeness(one, other) >= ENOUGH
    assert likeness(one, other) == likeness(other, one)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_another_thing_in_the_same_frame_is_not(one: str, other: str) -> None:
    assert likeness(one, other) < ENOUGH


def test_a_text_is_itself_and_nothing_is_like_nothing() -> None:
    assert likeness("番茄炒蛋怎么做？", "番茄炒蛋怎么做？") == pytest.approx(1)
    assert likeness("！？", "……") == 0
