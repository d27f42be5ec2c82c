"""curator compare: old against new, blind, in both orders."""

import json
from xml.etree import ElementTree

import pytest

from curator.conversation import Conversation, Decision, Origin, Rewrite, Turn
from curator.engines import Reply
from curator.errors import ConfigError, EngineError
from curator.stages import comparing
from curator.stages.base import Silent
from curator.stages.runner import perform
from curator.store import Store
from tests.stages.scripted import ScriptedEngines, ScriptedModel


class Engines(ScriptedEngines):
    def expect(self, *_):
        """Nothing here costs anything."""


def shown(messages):
    return json.loads(messages[1]["content"].split("\n")[1])


def prefers(word):
    """A judge who takes the answer that holds `word`, wherever it stands."""

    def judge(messages, _):
        data = shown(messages)
        better = next((side for side in "AB" if word in data[side]), "tie")
        return said(better)

    return judge


def said(better):
    return Reply(text="", model="m", parsed={"reason": "so it is", "better": better})


def chat(number):
    texts = [f"question {number}?", f"plain answer {number}", f"later words {number}", "bye"]
    roles = ("user", "assistant", "user", "assistant")
    language = "zh" if number % 2 else "en"
    return Conversation(
        tuple(Turn(role, text) for role, text in zip(roles, texts, strict=True)),
        Origin("test", number),
        {"language": language},
    )


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "work.duckdb") as opened:
        chats = [chat(number) for number in range(6)]
        opened.conversations.add(chats)
        opened.rewrites.add(
            [Rewrite(c.id, 1, "dull", f"golden answer {n}", "r", "p") for n, c in enumerate(chats)]
        )
        yield opened


def compared(store, judge, **settings):
    engines = Engines(judge=ScriptedModel("judge", judge))
    config = comparing.Config(**settings)
    report = perform(store, comparing.STAGE, config, engines, Silent())
    return report, engines.chat("judge")


def test_the_better_answer_wins_in_both_orders_and_conditions(store):
    report, judge = compared(store, prefers("golden"))
    assert len(judge.asked) == 24
    for name in ("with hindsight", "without hindsight"):
        found = report.data["groups"][name]
        assert (found["win"], found["tie"], found["loss"], found["inconsistent"]) == (6, 0, 0, 0)
        assert found["sign_test_p"] == pytest.approx(2 / 64)
    assert report.data["first_place_share"] == 0.5


def test_the_worse_answer_loses(store):
    report, _ = compared(store, prefers("plain"))
    assert report.data["groups"]["with hindsight"]["loss"] == 6


def test_a_judge_who_takes_the_first_decides_nothing(store):
    report, _ = compared(store, lambda *_: said("A"))
    found = report.data["groups"]["with hindsight"]
    assert (found["tie"], found["inconsistent"]) == (6, 6)
    assert found["win_rate"]["value"] == 0.5
    assert report.data["first_place_share"] == 1.0
    assert report.counts["changed with the order"] == 12


def test_both_orders_are_shown_and_nothing_says_which_is_new(store):
    _, judge = compared(store, prefers("golden"))
    firsts = ["golden" in shown(messages)["A"] for messages in judge.asked]
    assert sum(firsts) == 12
    for messages in judge.asked:
        data = shown(messages)
        assert set(data) <= {"chat", "A", "B", "followed"}
        assert "dull" not in messages[1]["content"]


def test_the_later_turns_are_shown_in_one_condition_only(store):
    _, judge = compared(store, prefers("golden"))
    for messages in judge.asked:
        data = shown(messages)
        assert ("followed" in data) == ("turns that followed are shown" in messages[0]["content"])
        assert ("later words" in messages[1]["content"]) == ("followed" in data)
        assert [row["speaker"] for row in data["chat"]] == ["user"]


def test_a_second_run_asks_only_for_what_is_missing(store):
    first, _ = compared(store, prefers("golden"), hindsight="with")
    second, judge = compared(store, prefers("golden"))
    assert len(judge.asked) == 12
    assert second.data["groups"]["with hindsight"] == first.data["groups"]["with hindsight"]


def test_a_verdict_that_did_not_come_is_a_failure_and_asked_again(store):
    def silent(*_):
        raise EngineError("no whole answer came in time")

    report, _ = compared(store, silent)
    assert len(report.failures) == 24
    assert report.counts["pairs judged"] == 0
    report, judge = compared(store, prefers("golden"))
    assert len(judge.asked) == 24


def test_an_unchanged_rewrite_is_counted_and_not_judged(store):
    same = chat(0)
    store.rewrites.add([Rewrite(same.id, 1, "fine", "plain answer 0", "r", "p", verdict="keep")])
    report, judge = compared(store, prefers("golden"))
    assert report.counts["left as they were"] == 1
    assert len(judge.asked) == 24


def test_agreement_with_people_is_told_where_people_decided(store):
    for number, rewrite in enumerate(store.rewrites.all()):
        verdict = "reject" if number == 0 else "accept"
        store.decisions.record(Decision(rewrite.id, rewrite.conversation_id, 1, "ann", verdict))
    report, _ = compared(store, prefers("golden"))
    found = report.data["human_agreement"]["with hindsight"]
    assert found["n"] == 6
    assert found["share"] == pytest.approx(5 / 6)
    assert found["kappa"] is None
    assert found["judge_ties"] == 0


def test_languages_are_told_apart(store):
    report, _ = compared(store, prefers("golden"))
    assert report.data["groups"]["with hindsight · zh"]["pairs"] == 3


def test_the_picture_is_svg_with_every_group(store, tmp_path):
    path = tmp_path / "result.svg"
    report, _ = compared(store, prefers("golden"), svg=str(path))
    texts = "".join(ElementTree.parse(path).getroot().itertext())
    assert all(name in texts for name in report.data["groups"])
    with pytest.raises(ConfigError, match="no such folder"):
        compared(store, prefers("golden"), svg=str(tmp_path / "no" / "x.svg"))


def test_without_rewrites_it_says_how_to_get_some(tmp_path):
    with Store(tmp_path / "empty.duckdb") as empty, pytest.raises(ConfigError, match="reflect"):
        compared(empty, prefers("golden"))
