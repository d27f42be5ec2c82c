"""How numbers read in a sentence."""

import pytest

from curator.wording import clock, counted, several


def test_one_thing_is_not_many():
    assert [several(n, "chat") for n in (0, 1, 2, 1234)] == [
        "0 chats", "1 chat", "2 chats", "1,234 chats",
    ]  # fmt: skip
    assert several(1, "line is", "lines are") == "1 line is"
    assert several(2, "line is", "lines are") == "2 lines are"


def test_what_a_report_counts_reads_right_for_one_too():
    assert counted(1, "chats put right") == "1 chat put right"
    assert counted(1, "prompt tokens") == "1 prompt token"
    assert counted(2, "rewrites") == "2 rewrites"
    assert counted(1, "already there") == "1 already there"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (59.9, "59 s"), (245, "4:05"), (3723, "1:02:03"), (170_000, "47:13:20"),
     (623_649, "7 days")],
)  # fmt: skip
def test_a_time_has_as_much_as_one_wants_to_know(seconds, said):
    assert clock(seconds) == said
