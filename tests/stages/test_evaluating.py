"""curator eval: real systems (a model of ten thousand weights), a scripted judge."""

import json

import pytest

from curator.engines import Reply
from curator.errors import ConfigError, EngineError
from curator.stages import evaluating
from curator.stages.base import Silent
from curator.stages.runner import perform
from curator.store import Store
from tests.stages.scripted import ScriptedEngines, ScriptedModel


class Engines(ScriptedEngines):
    def expect(self, *_):
        """Nothing here costs anything."""


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "work.duckdb") as opened:
        yield opened


def said(parsed=None, text="", **facts):
    return Reply(text=text, model="m", parsed=parsed, **facts)


def echo(messages, _):
    return said(text=f"{len(messages)}: {messages[-1]['content']}")


def shouts(messages, _):
    return said(text=messages[-1]["content"].upper())


def likes_capitals(messages, _):
    answer = json.loads(messages[1]["content"].split("\n")[1])["dialogue"][-1]["assistant"]
    return said({"reason": "loud", "score": 9 if answer.isupper() else 4})


@pytest.fixture
def questions(tmp_path):
    folder = tmp_path / "questions"
    folder.mkdir()
    (folder / "01one.json").write_text(json.dumps(["abc", "def", "ghi"]))
    (folder / "02two.json").write_text(json.dumps([["first", "second"]]))
    return str(folder)


def examined(store, questions, judge=likes_capitals, names=("user", "assistant"), **settings):
    engines = Engines(
        user=ScriptedModel("echo", echo),
        assistant=ScriptedModel("shout", shouts),
        judge=ScriptedModel("judge", judge),
    )
    config = evaluating.Config(systems=names, prompts=questions, **settings)
    return perform(store, evaluating.STAGE, config, engines, Silent()), engines


def test_every_category_has_n_mean_and_a_total(store, questions):
    report, _ = examined(store, questions)
    assert report.columns == ("category", "n", "user", "assistant")
    assert report.rows == [
        ("one", 3, "4.00", "9.00"),
        ("two", 1, "4.00", "9.00"),
        ("all", 4, "4.00", "9.00"),
    ]
    assert report.data["differences"]["assistant"][0] == 5.0


def test_a_talk_of_two_turns_is_held_in_two_turns(store, questions):
    _, engines = examined(store, questions)
    longest = max(engines.chat("user").asked, key=len)
    assert [m["role"] for m in longest] == ["user", "assistant", "user"]


def test_the_judge_never_learns_who_answered(store, questions):
    _, engines = examined(store, questions)
    for messages in engines.chat("judge").asked:
        words = " ".join(m["content"] for m in messages)
        assert "echo" not in words
        assert "shout" not in words


def test_the_judge_sees_the_systems_in_mixed_order(store, questions):
    _, engines = examined(store, questions)
    loud = [
        json.loads(m[1]["content"].split("\n")[1])["dialogue"][-1]["assistant"].isupper()
        for m in engines.chat("judge").asked
    ]
    assert loud not in ([True] * 4 + [False] * 4, [False] * 4 + [True] * 4)


def test_a_second_run_asks_nothing_and_says_the_same(store, questions):
    first, _ = examined(store, questions)
    second, engines = examined(store, questions)
    assert second.rows == first.rows
    assert all(not engines.chat(role).asked for role in ("user", "assistant", "judge"))


@pytest.mark.parametrize("score", [11, -1, None, "nine", True])
def test_a_score_that_is_none_is_counted_and_never_averaged(store, questions, score):
    def judge(messages, attempt):
        if "ABC" in messages[1]["content"]:
            return said({"reason": "odd", "score": score})
        return likes_capitals(messages, attempt)

    report, _ = examined(store, questions, judge)
    assert report.counts["without a score"] == 1
    assert report.rows[0] == ("one", 2, "4.00", "9.00")
    assert "got no score" in " ".join(report.lines)


def test_an_unreadable_judgement_is_a_missing_score(store, questions):
    def judge(messages, attempt):
        if "1: abc" in messages[1]["content"]:
            error = EngineError("the reply is not JSON")
            error.raw = "I like it."
            raise error
        return likes_capitals(messages, attempt)

    report, _ = examined(store, questions, judge)
    assert report.counts["without a score"] == 1
    assert not report.failures


def test_a_judge_that_cannot_be_reached_is_asked_again_next_time(store, questions):
    def away(*_):
        raise EngineError("nothing answers there")

    report, _ = examined(store, questions, away)
    assert len(report.failures) == 8
    again, _ = examined(store, questions)
    assert again.counts["scored"] == 8


def test_few_questions_are_called_few(store, questions):
    report, _ = examined(store, questions)
    assert "Only 4 questions" in " ".join(report.lines)


def test_only_some_categories_and_questions_can_be_asked(store, questions):
    report, _ = examined(store, questions, category=("one",), limit=2)
    assert [row[:2] for row in report.rows] == [("one", 2), ("all", 2)]
    with pytest.raises(ConfigError, match="no category 'three'"):
        examined(store, questions, category=("three",))


def test_without_an_adapter_it_says_what_can_be_examined(store, questions):
    with pytest.raises(ConfigError, match="curator train"):
        examined(store, questions, names=("base", "latest"))
    with pytest.raises(ConfigError, match="no system"):
        examined(store, questions, names=("nobody",))
