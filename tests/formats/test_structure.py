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


CALLS = [{"id": "1"}], [{"id": "2"}]
PICTURE = {"type": "image_url", "image_url": {"url": "x"}}


@pytest.mark.parametrize(
    ("one", "two", "both"),
    [
        (Turn("assistant", "", {"tool_calls": CALLS[0]}),
         Turn("assistant", "", {"tool_calls": CALLS[1]}),
         Turn("assistant", "", {"tool_calls": [{"id": "1"}, {"id": "2"}]})),
        (Turn("assistant", "a", {"reasoning": "r"}), Turn("assistant", "b", {"reasoning": "s"}),
         Turn("assistant", "a\n\nb", {"reasoning": "r\n\ns"})),
        (Turn("assistant", "a", {"parts": [PICTURE, "a"]}), Turn("assistant", "b"),
         Turn("assistant", "a\nb", {"parts": [PICTURE, "a", {"type": "text", "text": "b"}]})),
        (Turn("assistant", "a", {"model": "m"}), Turn("assistant", "b", {"model": "m"}),
         Turn("assistant", "a\n\nb", {"model": "m"})),
        (Turn("assistant", "a", {"model": "m"}), Turn("assistant", "b", {"model": "n"}), None),
        (Turn("assistant", "a"), Turn("assistant", "b", {"label": True}), None),
        (Turn("assistant", "a", {"alternatives": [{"content": "c", "rank": 1}]}),
         Turn("assistant", "b"), None),
    ],
    ids=["calls", "reasoning", "parts", "same", "other", "label", "alternatives"],
)  # fmt: skip
def test_two_turns_become_one_only_where_nothing_that_rides_along_is_lost(
    one: Turn, two: Turn, both: Turn | None
) -> None:
    found = Conversation((Turn("user", "q"), one, two), Origin("a"))
    assert "doubled-role" in faults_of(found)
    expected = (found.turns[0], both) if both else found.turns
    assert mended(found).turns == expected
