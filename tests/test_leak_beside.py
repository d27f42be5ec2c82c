"""The search for leaks in a second process finds what it finds in this one, whatever happens."""

import signal
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.conversation import Turn
from curator.leak import beside, find

OLD = "老师您好，我想请一天假，谢谢。"
NEW = "老师您好，我想请一天假，去北京协和医院复查膝盖，谢谢。"
BEFORE = ("帮我写一条请假消息给老师。",)
LATER = (Turn("user", "太简单了，要说明是去北京协和医院复查膝盖，大概需要48小时。"),)
#: Of these texts are made up that share something and are not all in one language.
PARTS = (
    "北京协和医院", "复查膝盖", "三百五十块", "48小时", "您后来说", "谢谢。", "豈", "〇", "䷀",
    "Marco", "the heating ", "as you asked later, ", "Ljubljana. ", "load_data(x) ",
    "https://a.example/b ", "1,500 ", "。", "\n", "😀", "\x00",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PARTS), max_size=12).map("".join)


@pytest.fixture(scope="module")
def second() -> Iterator[beside.Beside]:
    found = beside.Beside()
    yield found
    found.close()


@settings(max_examples=80, deadline=None)
@given(
    old=TEXTS,
    new=TEXTS,
    before=st.lists(TEXTS, max_size=3),
    later=st.lists(st.builds(Turn, st.sampled_from(("user", "assistant")), TEXTS), max_size=4),
)
def test_both_processes_find_the_same(
    second: beside.Beside, old: str, new: str, before: list[str], later: list[Turn]
) -> None:
    assert second.find(old, new, before, later) == find(old, new, before, later)


def test_a_second_process_that_was_killed_is_begun_anew(second: beside.Beside) -> None:
    expected = find(OLD, NEW, BEFORE, LATER)
    assert expected
    assert second.find(OLD, NEW, BEFORE, LATER) == expected
    assert second._process is not None
    killed = second._process
    killed.send_signal(signal.SIGKILL)
    killed.wait(120)
    assert second.find(OLD, NEW, BEFORE, LATER) == expected
    assert second._process.pid != killed.pid


def test_where_no_second_process_can_be_begun_this_one_looks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alone = beside.Beside()
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert alone.find(OLD, NEW, BEFORE, LATER) == find(OLD, NEW, BEFORE, LATER)
    monkeypatch.setattr(sys, "executable", "/there/is/none")
    assert alone.find(OLD, NEW, BEFORE, LATER) == find(OLD, NEW, BEFORE, LATER)
    assert alone._process is None


def test_a_text_that_cannot_be_sent_is_looked_through_here(second: beside.Beside) -> None:
    assert second.find(OLD, NEW + "\ud800", BEFORE, LATER) == find(OLD, NEW, BEFORE, LATER)


def test_texts_without_chinese_begin_no_second_process() -> None:
    alone = beside.Beside()
    assert alone.find("Take a bus.", "As you asked later, take Line 5.", (), ())
    assert alone._process is None


def test_the_second_process_ends_when_nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    ours, theirs = socket.socketpair()
    monkeypatch.setattr(beside, "IDLE", 0.05)
    monkeypatch.setattr(socket, "socket", lambda **_: theirs)
    with ours, theirs:
        beside.answer()


def test_the_second_process_ends_with_the_first(second: beside.Beside) -> None:
    second.find(OLD, NEW, BEFORE, LATER)
    assert second._line is not None
    assert second._process is not None
    second._line.close()
    assert second._process.wait(120) == 0
    assert second.find(OLD, NEW, BEFORE, LATER)
