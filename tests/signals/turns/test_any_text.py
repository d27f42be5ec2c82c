"""No text makes a signal fail, change its mind, or take more than its share of time."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.signals.turns import TURN_SIGNALS, for_roles, measured, read, remarkable

BY_ROLE = for_roles(TURN_SIGNALS)
ANY = st.text(st.characters(), max_size=400)
BITS = st.lists(
    st.sampled_from(
        ["1. ", "\n", "```", "(", '"', "“", "12 + 3 = ", "4.5", "%", "@", "的", "，", "a", " ", "[",
         "sk-", "=", "&amp;", "\\n", "Instruction:", "list five", "I'm sorry", "\ud800", "\u202e",
         "https://", "{{x}}", "5 km is ", "miles", "A", "!", "10", "5 ", "Â", "谢谢", "as an ai"]
    ),
    max_size=60,
).map("".join)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(("user", "assistant", "system", "tool")),
                          st.one_of(ANY, BITS), st.booleans()), max_size=5))  # fmt: skip
def test_no_text_breaks_a_signal(turns: list[tuple[str, str, bool]]) -> None:
    for _, signal, (value, flagged, note) in measured(read(turns)):
        assert value == value, signal.name  # not a NaN
        assert abs(value) < 1e9
        assert bool(note) or not flagged, signal.name
    noted = remarkable(read(turns), BY_ROLE)
    assert noted == remarkable(read(turns), BY_ROLE)


HOSTILE = [
    "a", "1", "1,", "(", "1. ", " ", "\n", "a ", "1+", "1 - ", "@", "a.", "a@", "x" * 30 + " ",
    "**", "的", "，的", "http://", "1 km is ", "AAA ", "\\", "<a ", "{{", "-", "list ", "Write a ",
    "give me a list of ", "0-", "+1 ", "sk-", "ab1", "I can't ", "very ", "?!", '"', "\t", "是",
    "thank you ", "谢谢", "AA11 ", "4539 ", "-----BEGIN PRIVATE KEY-----", "create a b c ",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("bit", HOSTILE)
def test_a_megabyte_of_anything_costs_in_proportion(bit: str) -> None:
    def seconds(size: int) -> float:
        text = (bit * (size // len(bit) + 1))[:size]
        start = time.process_time()
        remarkable(read([("user", text, False), ("assistant", text, False)]), BY_ROLE)
        return time.process_time() - start

    small, large = seconds(50_000), seconds(1_000_000)
    # Twenty times the text: a search that starts over at every letter would take 400 times as long.
    assert large < 80 * max(small, 0.02)
