import json

import pytest

from curator.conversation import Conversation, Origin, Rewrite, Turn
from curator.stages import scoring
from curator.stages.base import Silent
from curator.stages.runner import perform
from curator.stages.scoring import Config
from curator.store import Store
from tests.stages.scripted import ScriptedEngines, ScriptedModel, said

CHAT = Conversation(
    (
        Turn("user", "Recommend a cake."),
        Turn("assistant", "A fruit cake."),
        Turn("user", "my daughter cannot eat sesame"),
        Turn("assistant", "Then a lemon cake."),
    ),
    Origin("test"),
)


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "w.duckdb") as opened:
        opened.conversations.add([CHAT])
        for text in ("A cake without seeds that could harm a child.", "A lemon cake."):
            opened.rewrites.add([Rewrite(CHAT.id, 1, "c", text, "m", "p", verdict="improve")])
        yield opened


def score(store, answer, **config):
    model = ScriptedModel("judge", answer)
    report = perform(
        store, scoring.STAGE, Config(second_opinion=True, **config),
        ScriptedEngines(judge=model), Silent(),
    )  # fmt: skip
    return report, model


def opinion(messages, attempt):  # noqa: ARG001
    shown = json.loads(messages[1]["content"].split("\n")[1])
    leaks = "harm a child" in shown["new"] and "sesame" in shown["later"][0]["text"]
    return said({"reason": "“harm a child” comes from “sesame”", "leaks": leaks})


def test_the_judge_sees_what_came_later_and_its_opinion_is_a_signal_of_its_own(store):
    report, model = score(store, opinion)
    assert report.counts["second opinions"] == 2
    assert report.counts["of them leaks"] == 1
    assert len(model.asked) == 2
    flagged = {r.content for r in store.rewrites.all() if "leak-opinion" in flags_of(store, r)}
    assert flagged == {"A cake without seeds that could harm a child."}


def flags_of(store, rewrite):
    return {signal.name for signal in store.signals.of(rewrite.id) if signal.flagged}


def test_a_second_run_asks_nothing_again(store):
    score(store, opinion)
    _, model = score(store, opinion)
    assert model.asked == []


def test_an_opinion_that_is_none_is_parked(store):
    report, _ = score(store, lambda *_: said({"reason": "hm", "leaks": "perhaps"}))
    assert len(report.failures) == 2
    assert "perhaps" in str(report.failures[0].reason)


def test_without_the_flag_nobody_is_asked(store):
    model = ScriptedModel("judge", opinion)
    perform(store, scoring.STAGE, Config(), ScriptedEngines(judge=model), Silent())
    assert model.asked == []
