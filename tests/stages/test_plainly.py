import pytest

from curator.conversation import Conversation, Origin, Turn
from curator.engines import Reply
from curator.prompts import load
from curator.stages.hindsight import Unusable
from curator.stages.plainly import CHINESE, PROMPT, messages, read, sampling, seen


def chat(*texts):
    turns = tuple(Turn(("user", "assistant")[i % 2], text) for i, text in enumerate(texts))
    return Conversation(turns, Origin("test"))


OBJECTED = chat("capital?", "Sydney.", "no, that's wrong", "Canberra.", "and of Peru?")
GOES_ON = chat("capital?", "Canberra.", "and of Peru?")


def asked(conversation, index=1, advice=""):
    shown = seen(conversation, index, 2, 1200)
    return shown, messages(load(PROMPT), conversation, shown, advice)


def test_an_objection_is_the_hint_under_the_question():
    shown, request = asked(OBJECTED)
    assert shown.shown == (2,)
    assert [m["role"] for m in request] == ["system", "user"]
    assert request[1]["content"].startswith("capital?")
    assert "that's wrong" in request[1]["content"]
    assert "Peru" not in str(request)
    assert "Sydney" not in str(request)


def test_a_user_turn_that_goes_on_is_not_shown():
    shown, request = asked(GOES_ON)
    assert shown.shown == ()
    assert request[1]["content"] == "capital?"


def test_turns_before_the_question_stay_turns():
    _, request = asked(OBJECTED, 3)
    assert [m["role"] for m in request] == ["system", "user", "assistant", "user"]


def test_advice_goes_into_the_instructions():
    assert "be brief" in asked(GOES_ON, advice="be brief")[1][0]["content"]


def test_a_chat_that_the_assistant_opens_still_ends_with_a_user_turn():
    opened = Conversation(
        (Turn("assistant", "Hi, what is it?"), Turn("user", "that's wrong")), Origin("test")
    )
    assert asked(opened, 0)[1][-1]["role"] == "user"


def test_the_users_words_stand_in_for_the_criticism():
    shown, _ = asked(OBJECTED)
    told = read(Reply("Canberra.", "m"), shown, OBJECTED, "en")
    assert (told.verdict, told.content, told.evidence) == ("improve", "Canberra.", (2,))
    assert told.criticism == "The user objected: “no, that's wrong”"
    assert read(Reply("堪培拉。", "m"), shown, OBJECTED, CHINESE).criticism.startswith("用户")


def test_the_same_words_again_mean_keep():
    shown, _ = asked(OBJECTED)
    assert read(Reply(" Sydney.\n", "m"), shown, OBJECTED, "en").verdict == "keep"


@pytest.mark.parametrize("text", ["", " … ", "```\n```"])
def test_an_answer_without_words_is_unusable(text):
    shown, _ = asked(OBJECTED)
    with pytest.raises(Unusable):
        read(Reply(text, "m"), shown, OBJECTED, "en")


def test_a_persons_settings_go_first_and_further_attempts_are_warmer():
    assert sampling({"temperature": 0.9})["temperature"] == 0.9
    assert sampling({}, "en", 1)["temperature"] > sampling({})["temperature"]
    assert sampling({"max_tokens": 2048})["max_tokens"] < 2048
    assert sampling({}, CHINESE)["grammar"] != sampling({})["grammar"]
