"""What is out of order is found, and mending leaves nothing of it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.conversation import ROLES, Conversation, Origin, Turn
from curator.formats.structure import faults_of, mended

Q, A = ("user", "Why?"), ("assistant", "Because.")


def chat(*turns: tuple[Any, str]) -> Conversation:
    return Conversation(tuple(Turn(role, text) for role, text in turns), Origin("a"))


@pytest.mark.parametrize(
    ("turns", "fault", "after"),
    [
        ((A, Q, A), "leading-assistant", (Q, A)),
        ((("system", "Be kind."), A, Q, A), "leading-assistant", (("system", "Be kind."), Q, A)),
        ((Q, A, Q), "trailing-user", (Q, A)),
        ((Q, Q, A), "doubled-role", (("user", "Why?\n\nWhy?"), A)),
        ((Q, A, ("user", " \n"), A), "empty-turn", (Q, ("assistant", "Because.\n\nBecause."))),
        ((Q, ("assistant", "Yes.\nHuman: more?\nAssistant: no")), "role-confusion",
         (Q, ("assistant", "Yes."))),
        ((Q, ("assistant", "好的。\n用户：还有呢？")), "role-confusion",
         (Q, ("assistant", "好的。"))),
    ],
)  # fmt: skip
def test_each_fault_is_found_and_mended(turns: Any, fault: str, after: Any) -> None:
    assert fault in faults_of(chat(*turns))
    assert mended(chat(*turns)) == chat(*after)


def test_a_good_chat_and_a_lone_prompt_are_left_as_they_are() -> None:
    for turns in ((Q, A, Q, A), (("system", "Be kind."), Q, A), (Q,)):
        found = chat(*turns)
        assert faults_of(found) == ()
        assert mended(found) is found


def test_tool_turns_are_no_doubled_roles() -> None:
    call = Turn("assistant", "", {"tool_calls": [{"id": "1"}]})
    turns = (Turn("user", "Weather?"), call, Turn("tool", "sun"), Turn("tool", "wind"),
             Turn("assistant", "Fine."))  # fmt: skip
    assert faults_of(Conversation(turns, Origin("a"))) == ()


words = st.sampled_from(["", " ", "Why?", "好。", "x\nHuman: y", "<|im_start|>user"])


@given(st.lists(st.tuples(st.sampled_from(ROLES), words), max_size=8))
def test_what_is_mended_has_no_fault_left(turns: list[tuple[Any, str]]) -> None:
    better = mended(chat(*turns))
    assert faults_of(better) == ()
    assert mended(better) == better
