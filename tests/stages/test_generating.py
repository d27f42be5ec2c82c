# ruff: noqa: ARG002 - a stand-in takes what the real one is given

import itertools
import json

import pytest

from curator.errors import Cancelled, ConfigError, DataError
from curator.stages import generating, topics
from curator.stages.base import Silent
from curator.stages.generating import Config
from curator.stages.runner import perform
from curator.store import Store
from tests.stages.scripted import ScriptedEngines, ScriptedModel, said


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "w.duckdb") as opened:
        yield opened


def talkers(user=None, assistant=None):
    numbers = itertools.count()
    return ScriptedEngines(
        user=ScriptedModel("u", user or (lambda *_: said(None, f"question {next(numbers)}?"))),
        assistant=ScriptedModel(
            "a", assistant or (lambda messages, _: said(None, f"{len(messages)} {next(numbers)}"))
        ),
    )


def generate(store, engines, progress=None, **settings):
    return perform(store, generating.STAGE, Config(**settings), engines, progress or Silent())


def test_two_roles_talk_in_turn_for_as_many_rounds_as_were_drawn(store):
    report = generate(store, talkers(), rounds="3-7", count=4)
    chats = list(store.conversations.iterate())
    assert report.counts["chats"] == 4
    for chat in chats:
        assert 6 <= len(chat.turns) <= 14
        assert [t.role for t in chat.turns[:3]] == ["user", "assistant", "user"]
        assert chat.turns[-1].role == "assistant"
        assert chat.origin.source.startswith("generate:u+a")
    assert {chat.meta["category"] for chat in chats} > {"Technology"}
    assert len({len(chat.turns) for chat in chats}) > 1


def test_a_second_run_makes_only_the_chats_that_are_missing(store):
    generate(store, talkers(), count=2)
    first = [chat.id for chat in store.conversations.iterate()]
    engines = talkers()
    report = generate(store, engines, count=3)
    assert report.counts["already there"] == 2
    assert [chat.id for chat in store.conversations.iterate()][:2] == first
    assert generate(store, engines, count=3).counts["already there"] == 3


def test_the_model_that_plays_the_user_gets_the_chat_as_data_and_a_reminder(store):
    engines = talkers()
    generate(store, engines, count=1, rounds="2")
    asked = engines.roles["user"].asked[1]
    assert [m["role"] for m in asked] == ["system", "user"]
    mark, data, end, reminder = asked[1]["content"].split("\n")
    assert mark == end
    assert [turn["speaker"] for turn in json.loads(data)] == ["user", "assistant"]
    assert "wifi" in reminder


@pytest.mark.parametrize(
    "stray",
    [
        "Thank you so much!",
        "谢谢！",
        "Certainly! Here is how.",
        "As an AI, I cannot.",
        "",
        "ok, bye",
    ],
)
def test_a_user_turn_out_of_role_is_asked_for_once_more_and_then_the_chat_is_not_kept(store, stray):
    once = ScriptedEngines(
        user=ScriptedModel("u", lambda _, n: said(None, stray if n % 2 == 0 else f"why {n}?")),
        assistant=ScriptedModel("a", lambda m, _: said(None, f"because {len(m)}")),
    )
    assert generate(store, once, count=1, rounds="1").counts["chats"] == 1
    always = talkers(user=lambda *_: said(None, stray))
    report = generate(store, always, count=1, rounds="1", seed=2)
    assert store.conversations.count() == 1
    assert report.failures[0].raw == stray


def test_a_thank_you_with_a_question_is_a_turn(store):
    engines = talkers(user=lambda m, _: said(None, f"Thanks, but why {len(m[1]['content'])}?"))
    assert generate(store, engines, count=1, rounds="2").counts["chats"] == 1


def test_a_stopped_run_keeps_whole_chats_only(store):
    class Stop(Silent):
        def step(self, n=1, note=""):
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        generate(store, talkers(), Stop(), count=3, rounds="2")
    assert [len(chat.turns) for chat in store.conversations.iterate()] == [4]


def test_topics_come_from_lines_or_from_a_tree(tmp_path):
    lines = tmp_path / "t.txt"
    lines.write_text("# no\n\nFood > Tea > How long?\nSleep\n", encoding="utf-8")
    assert topics.read(lines) == [("Food", "Tea", "How long?"), ("Sleep",)]
    tree = tmp_path / "t.json"
    tree.write_text('{"Food": {"Tea": ["How long?", "How hot?"], "Ham": []}, "Sleep": null}')
    assert topics.read(tree) == [
        ("Food", "Tea", "How long?"), ("Food", "Tea", "How hot?"), ("Food", "Ham"), ("Sleep",),
    ]  # fmt: skip


@pytest.mark.parametrize("content", [b"", b"# only\n", b"{broken", b"\xff\xfe\xfa"])
def test_a_file_without_topics_is_one_sentence_that_names_it(tmp_path, content):
    path = tmp_path / "topics.txt"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"topics\.txt"):
        topics.read(path)


def test_a_missing_file_of_topics_is_named(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        topics.read(tmp_path / "nowhere.txt")


@pytest.mark.parametrize("rounds", ["", "0", "7-3", "x", "3-", "-3", "99"])
def test_rounds_that_are_none_are_refused(rounds):
    with pytest.raises(ConfigError, match="rounds"):
        generating._rounds(rounds)
