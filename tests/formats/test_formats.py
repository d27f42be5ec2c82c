"""Every layout: what it says it can hold it gives back, and what it cannot it names."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from curator.conversation import Conversation, Curated, Origin, Turn
from curator.formats import FORMATS, recognise
from curator.formats.base import Format
from tests.formats.chats import chats, fit_for

WRITTEN = [f for f in FORMATS.values() if f.write is not None]
#: These have no reader of their own: the layout they are a variant of reads them.
READ_AS = {"openai": "messages", "alpaca-history": "alpaca", "alpaca-plain": "alpaca"}


def reader(format_: Format) -> Callable[[Any], Iterable[Conversation]]:
    found = FORMATS[READ_AS.get(format_.name, format_.name)].read
    assert found is not None
    return found


def again(format_: Format, chat: Conversation) -> list[Conversation]:
    assert format_.write is not None
    rows = [json.loads(json.dumps(row)) for row in format_.write(Curated(chat))]
    return [one for row in rows for one in reader(format_)(row)]


@pytest.mark.parametrize("format_", WRITTEN, ids=lambda f: f.name)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(chat=chats())
def test_what_a_layout_does_not_lose_it_gives_back(format_: Format, chat: Conversation) -> None:
    assert format_.loses is not None
    if not format_.loses(Curated(chat)):
        (found,) = again(format_, chat)
        assert (found.turns, found.meta) == (chat.turns, chat.meta)


@pytest.mark.parametrize("format_", WRITTEN, ids=lambda f: f.name)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_chat_of_its_own_kind_comes_back_whole(format_: Format, data: st.DataObject) -> None:
    """The chats above are seldom pairs, labelled or criticised: here nearly all are what the
    layout is for (hypothesis complains where too few are)."""
    assert format_.loses is not None
    chat = data.draw(fit_for(format_.name, format_.teaches))
    assume(not format_.loses(Curated(chat)))
    (found,) = again(format_, chat)
    assert (found.turns, found.meta) == (chat.turns, chat.meta)


@pytest.mark.parametrize("name", ["sharegpt", "messages", "ultrachat-200k", "prompt-completion"])
@settings(max_examples=30, deadline=None)
@given(chat=chats())
def test_the_wide_layouts_lose_nothing_of_a_chat_but_names_of_their_own(
    name: str, chat: Conversation
) -> None:
    format_ = FORMATS[name]
    assert format_.loses is not None
    lost = format_.loses(Curated(chat))
    assert not [what for what in lost if not what.startswith("the whole chat")]


@pytest.mark.parametrize("format_", WRITTEN, ids=lambda f: f.name)
def test_every_layout_gives_back_a_chat_it_was_made_for(format_: Format) -> None:
    question, answer = Turn("user", "你好"), Turn("assistant", "Hello {{name}}")
    rival = [{"content": "Hi", "rank": 1}]
    made_for = {
        "pairs": Turn("assistant", "Hello", {"alternatives": rival}),
        "labels": Turn("assistant", "Hello", {"label": False}),
        "answers": answer,
    }
    last = made_for[format_.teaches]
    if "reflection" in format_.name:
        last = Turn("assistant", "Hello", {"alternatives": rival, "criticism": "Cold."})
    chat = Conversation((question, last), Origin(""))
    assert format_.loses is not None
    assert format_.loses(Curated(chat)) == []
    (found,) = again(format_, chat)
    assert found.turns == chat.turns


@pytest.mark.parametrize("format_", WRITTEN, ids=lambda f: f.name)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(chat=chats())
def test_what_is_written_is_recognised_as_what_it_is(format_: Format, chat: Conversation) -> None:
    assert format_.write is not None
    for row in format_.write(Curated(chat)):
        best = recognise([row])
        assert best, row
        own = READ_AS.get(format_.name, format_.name)
        if "chat" not in chat.meta and not Counter(chat.meta).keys() & {"tags"}:
            assert own in {one.format.name for one in best}


def test_layouts_have_each_a_name_and_words_for_people() -> None:
    for format_ in FORMATS.values():
        assert format_.about
        assert format_.name == format_.name.lower()
        if format_.read is not None:
            assert format_.recognise is not None
            assert format_.maps


def test_openai_preferences_have_no_field_that_its_upload_refuses() -> None:
    rival = [{"content": "Hi", "rank": 1}]
    turns = (
        Turn("user", "Hello?", {"mood": "odd"}),
        Turn("assistant", "Hello", {"alternatives": rival, "score": 3}),
    )
    chat = Conversation(turns, Origin(""), {"language": "en", "parallel_tool_calls": False})
    format_ = FORMATS["dpo-openai"]
    assert format_.write is not None
    assert format_.loses is not None
    (row,) = format_.write(Curated(chat))
    assert row == {
        "input": {
            "messages": [{"role": "user", "content": "Hello?"}],
            "parallel_tool_calls": False,
        },
        "preferred_output": [{"role": "assistant", "content": "Hello"}],
        "non_preferred_output": [{"role": "assistant", "content": "Hi"}],
    }
    lost = " ".join(format_.loses(Curated(chat)))
    assert "language" in lost
    assert "rides along" in lost
