"""A growing chat with a model."""

import pytest

from curator.conversation import Turn
from curator.engines import Reply
from curator.errors import EngineError
from curator.talk import Talk, within
from tests.stages.scripted import ScriptedEngines, ScriptedModel


def talk_with(answer, **settings):
    model = ScriptedModel("parrot", answer)
    return Talk(model, ScriptedEngines(assistant=model), **settings), model


def parrot(messages, _):
    return Reply(text=f"you said {messages[-1]['content']}", model="parrot")


def test_every_turn_is_said_in_the_light_of_those_before():
    talk, model = talk_with(parrot, system="Be kind.")
    assert talk.say("你好").text == "you said 你好"
    talk.say("again")
    assert [m["content"] for m in model.asked[-1]] == [
        "Be kind.", "你好", "you said 你好", "again",
    ]  # fmt: skip


def test_a_finished_talk_is_a_conversation_that_says_where_it_was():
    talk, _ = talk_with(parrot)
    assert talk.finish() is None
    talk.say("hello")
    conversation = talk.finish()
    assert conversation.origin.source == "chat:parrot"
    assert [turn.role for turn in conversation.turns] == ["user", "assistant"]


def test_a_prompt_that_got_no_answer_is_no_part_of_the_talk():
    def moody(messages, attempt):
        if "angry" in messages[-1]["content"]:
            raise EngineError("no")
        return parrot(messages, attempt)

    talk, model = talk_with(moody)
    talk.say("hello")
    with pytest.raises(EngineError):
        talk.say("angry")
    talk.say("bye")
    assert [m["content"] for m in model.asked[-1]] == ["hello", "you said hello", "bye"]


def test_an_empty_answer_is_an_error():
    talk, _ = talk_with(lambda *_: Reply(text="  ", model="m"))
    with pytest.raises(EngineError, match="said nothing"):
        talk.say("hello")


def test_a_long_talk_forgets_its_beginning_but_not_the_system_message():
    turns = [Turn("system", "s")]
    for _ in range(50):
        turns += [Turn("user", "u" * 400), Turn("assistant", "a" * 400)]
    turns.append(Turn("user", "last"))
    shown, left_out = within(turns, 1000)
    assert shown[0].role == "system"
    assert shown[1].role == "user"
    assert shown[-1].content == "last"
    assert left_out == len(turns) - len(shown)
    assert 4 < len(shown) < 12


def test_the_last_turn_is_shown_however_long_it_is():
    shown, left_out = within([Turn("user", "汉" * 9000)], 1000)
    assert (len(shown), left_out) == (1, 0)
