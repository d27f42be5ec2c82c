"""What a reader sees of a turn beside its text, and of a text that is too long for the screen."""

import pytest

from curator.conversation import Conversation, Origin, Rewrite, Turn
from curator.review import ReviewItem
from curator.review.hunks import choices
from curator.tui.answers import View
from curator.tui.ink import width_of
from curator.tui.page import page
from curator.tui.riders import riders
from curator.verdicts import Neighbour

CALL = {"id": "c1", "type": "function",
        "function": {"name": "weather", "arguments": '{"city": "上海"}'}}  # fmt: skip


def said(rows):
    return ["".join(text for text, _ in row) for row in rows]


def item(*turns, before="old", after="new"):
    chat = Conversation((*turns, Turn("assistant", before)), Origin("f", 1))
    rewrite = Rewrite(chat.id, len(turns), "so", after, "m", "p")
    beside = (Neighbour(1, rewrite.id, len(turns), "m", "", after),)
    return ReviewItem(
        rewrite.id, rewrite, chat, len(turns), before, after, (), 1, 1, neighbours=beside
    )


def test_a_call_is_shown_with_its_arguments_in_both_of_openai_forms():
    assert said(riders({"tool_calls": [CALL, CALL]}, 80)) == ['calls weather {"city": "上海"}'] * 2
    alone = {"function_call": {"name": "sum", "arguments": {"a": 1}}}
    assert said(riders(alone, 80)) == ['calls sum {"a": 1}']


def test_a_picture_is_named_and_its_bytes_are_counted():
    url = "data:image/png;base64," + "A" * 500
    parts = [
        {"type": "text", "text": "what is it?"},
        {"type": "image_url", "image_url": {"url": url}},
    ]
    told = " ".join(said(riders({"parts": parts}, 120)))
    assert told.startswith("[image_url data:image/png;base64,AAA")
    assert told.endswith("… 422 more characters]")


@pytest.mark.parametrize("odd", [
    {"tool_calls": "x"}, {"tool_calls": [None, 3, {"function": "f"}]}, {"parts": 7},
    {"parts": [[1], {"type": None}, {"type": "image", "image": None}]}, {"function_call": []},
    {"reasoning": 5}, {"name": ["a"]}, {"tool_calls": {"function": {"name": "\x1b[2J"}}},
])  # fmt: skip
def test_what_nobody_expects_to_ride_along_is_shown_inert_and_fits(odd):
    rows = riders(odd, 40)
    assert all(width_of(row) <= 40 for row in rows)
    assert "\x1b" not in "".join(said(rows))


def test_the_page_shows_calls_answers_of_tools_and_reasoning_above_the_question():
    shown = "\n".join(said(page(item(
        Turn("user", "weather?"), Turn("assistant", "", {"tool_calls": [CALL], "reasoning": "hm"}),
        Turn("tool", '{"t": 31}', {"tool_call_id": "c1"}), Turn("user", "in Fahrenheit"),
    ), 100, View()).rows))  # fmt: skip
    assert 'calls weather {"city": "上海"}' in shown
    assert "reasoning: hm" in shown
    assert "also here: tool_call_id" in shown


def test_of_a_long_question_its_end_is_shown_for_there_stands_what_is_asked():
    asked = "begin " + "quoted words. " * 4000 + "\n\nSum this up in one line."
    shown = "\n".join(said(page(item(Turn("user", asked)), 100, View()).rows))
    assert "begin quoted" in shown
    assert "Sum this up in one line." in shown
    assert f"… {len(asked) - 12_000:,} characters are left out here …" in shown


LONG = "\n\n".join(f"Paragraph {n} says something of its own." for n in range(2000))


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("view", [
    View(), View("inline"), View("new"), View("old"), View("all"), View(blind=True),
    View(hunks=choices("short", LONG)),
], ids=["side", "inline", "new", "old", "all", "blind", "hunks"])  # fmt: skip
def test_every_view_says_that_more_of_an_answer_stands_behind_its_cut(view, width):
    shown = said(page(item(Turn("user", "?"), before="short", after=LONG), width, view).rows)
    assert any(f"{len(LONG) - 60_000:,} more characters" in row for row in shown)
    named = any("(t E)" in row for row in shown)
    assert named == (not view.blind and view.hunks is None)


def test_changes_behind_the_cut_are_not_promised_to_be_none():
    shown = said(page(item(Turn("user", "?"), before=LONG, after="x" + LONG), 120, View()).rows)
    assert any("changes shown" in row for row in shown)
