# ruff: noqa: ARG001, ARG002 - a stand-in takes what the real one is given

import json

import pytest

from curator.conversation import Conversation, Origin, Turn
from curator.errors import Cancelled, ConfigError, EngineError
from curator.stages import reflecting
from curator.stages.base import Silent
from curator.stages.reflecting import Config
from curator.stages.runner import perform
from curator.store import Store
from tests.stages.scripted import ScriptedEngines, ScriptedModel, said


def chat(*texts, n=0):
    turns = tuple(Turn(("user", "assistant")[i % 2], text) for i, text in enumerate(texts))
    return Conversation(turns, Origin("test", n))


BREAD = chat(
    "how long to proof?", "two hours", "no, that's wrong, it is sourdough", "ten", "thanks"
)
TEA = chat("tea?", "80 degrees", "and black tea?", "100")
中文 = chat("怎么做？", "随便做，怎么都可以的。", "你没有回答我的问题。")


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "w.duckdb") as opened:
        opened.conversations.add([TEA, BREAD, 中文])
        yield opened


def improve(messages, attempt):
    rows = json.loads(messages[1]["content"].split("\n")[1])["turns"]
    old = next(row["text"] for row in rows if row.get("rewrite"))
    told = {"criticism": "c", "verdict": "improve", "evidence_turns": [], "answer": f"{old}!"}
    return said(told)


def reflect(store, config=None, answer=improve, model="m", progress=None):
    engines = ScriptedEngines(reflector=ScriptedModel(model, answer))
    settings = config or Config()
    return perform(store, reflecting.STAGE, settings, engines, progress or Silent()), engines


def test_every_answer_with_a_later_user_turn_is_rewritten_the_most_objected_first(store):
    report, _ = reflect(store)
    made = store.rewrites.all()
    assert report.counts["improve"] == 4
    assert {(r.conversation_id, r.turn_index) for r in made} == {
        (BREAD.id, 1), (BREAD.id, 3), (TEA.id, 1), (中文.id, 1),
    }  # fmt: skip
    assert {made[0].conversation_id, made[1].conversation_id} == {BREAD.id, 中文.id}
    assert made[0].turn_index == made[1].turn_index == 1
    assert all(r.run_id is not None for r in made)


def test_a_second_run_rewrites_only_what_is_missing(store):
    reflect(store, Config(limit=1))
    report, engines = reflect(store)
    assert report.counts["rewritten"] == 3
    report, engines = reflect(store)
    assert report.counts["due"] == 0
    assert engines.roles["reflector"].asked == []


def test_another_model_prompt_horizon_or_advice_is_further_work_beside_the_old(store, tmp_path):
    reflect(store)
    assert reflect(store, model="other")[0].counts["due"] == 4
    assert reflect(store, Config(advice="be brief"))[0].counts["due"] == 4
    # only the first answer about bread has more than one later user turn
    assert reflect(store, Config(hindsight=1))[0].counts["due"] == 1
    assert reflect(store, Config(candidates=3))[0].counts["due"] == 8
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "reflect.txt").write_text("{{boundary}} anew", encoding="utf-8")
    assert reflect(store)[0].counts["due"] == 3
    assert store.rewrites.count() == 4 + 4 + 4 + 1 + 8 + 3


def test_only_objections_takes_the_turns_that_users_object_to(store):
    reflect(store, Config(only="objections"))
    assert {r.conversation_id for r in store.rewrites.all()} == {BREAD.id, 中文.id}


def test_a_selection_by_conversation_leaves_the_others_alone(store):
    reflect(store, Config(conversation=(TEA.id,)))
    assert [r.conversation_id for r in store.rewrites.all()] == [TEA.id]


def test_a_filter_selects_chats_alone_and_with_names(store):
    reflect(store, Config(where="sourdough"))
    assert {r.conversation_id for r in store.rewrites.all()} == {BREAD.id}
    reflect(store, Config(where="tea", conversation=(TEA.id, BREAD.id)))
    assert {r.conversation_id for r in store.rewrites.all()} == {BREAD.id, TEA.id}
    with pytest.raises(ConfigError):
        reflect(store, Config(where="tea", conversation=(BREAD.id,)))


def test_a_small_model_can_be_asked_plainly_for_the_answer_alone(store):
    engines = ScriptedEngines(
        reflector=ScriptedModel("m", lambda *_: said(None, "ten to twelve hours"))
    )
    config = Config(ask="plain", conversation=(BREAD.id,))
    perform(store, reflecting.STAGE, config, engines, Silent())
    first = store.rewrites.all()[0]
    assert first.content == "ten to twelve hours"
    assert "sourdough" in first.criticism
    assert "JSON" not in str(engines.roles["reflector"].asked)
    assert "grammar" not in first.sampling


def test_a_chinese_chat_gets_chinese_instructions(store):
    _, engines = reflect(store, Config(conversation=(中文.id,)))
    assert "你的任务" in engines.roles["reflector"].asked[0][0]["content"]


def test_a_reply_of_no_use_is_asked_for_again_and_then_parked_with_its_text(store):
    def broken(messages, attempt):
        return said(None, f"no json {attempt}")

    report, engines = reflect(store, Config(conversation=(TEA.id,)), broken)
    assert [(f.target, f.raw) for f in report.failures] == [(f"{TEA.id} turn 2", "no json 1")]
    assert len(engines.roles["reflector"].asked) == 2
    assert store.rewrites.count() == 0


def test_a_second_attempt_that_is_good_is_taken(store):
    def second(messages, attempt):
        return improve(messages, attempt) if attempt else said(None, "no json")

    report, _ = reflect(store, answer=second)
    assert report.failures == []
    assert store.rewrites.count() == 4


def test_keep_is_a_result(store):
    def keep(messages, attempt):
        told = {"criticism": "good", "verdict": "keep", "evidence_turns": [2], "answer": ""}
        return said(told)

    report, _ = reflect(store, Config(conversation=(TEA.id,)), keep)
    assert [(r.verdict, r.content) for r in store.rewrites.all()] == [("keep", "80 degrees")]
    assert report.failures == []


def test_an_endpoint_that_refuses_ends_the_run_and_keeps_what_is_done(store):
    def refused(messages, attempt):
        if "sourdough" in messages[1]["content"]:
            return improve(messages, attempt)
        error = EngineError("401")
        error.stops_run = True
        raise error

    with pytest.raises(EngineError):
        reflect(store, answer=refused)
    assert {r.conversation_id for r in store.rewrites.all()} == {BREAD.id}


class StopsAfter(Silent):
    def __init__(self, rewrites):
        self.left, self.rewriting = rewrites, False

    def begin(self, total, what):
        self.rewriting = what == "rewrites"

    def step(self, n=1, note=""):
        self.left -= n * self.rewriting
        if self.left <= 0:
            raise Cancelled("stopped")


def test_ctrl_c_keeps_what_is_finished_and_the_next_run_goes_on(store):
    with pytest.raises(Cancelled):
        reflect(store, progress=StopsAfter(2))
    assert store.rewrites.count() == 2
    assert reflect(store)[0].counts["due"] == 2


def test_a_chat_without_words_to_learn_from_is_left_alone(store):
    silent = chat("q", "an answer", "  ")
    store.conversations.add([silent, chat("q", " ", "well?")])
    reflect(store)
    assert store.rewrites.of(silent.id) == []
    assert store.rewrites.count() == 4


def test_rewrites_of_named_chats_have_their_signals_at_once(store):
    def refuse(messages, attempt):
        answer = "I'm sorry, but I can't help with that."
        told = {"criticism": "c", "verdict": "improve", "evidence_turns": [], "answer": answer}
        return said(told)

    reflect(store, Config(conversation=(TEA.id,), turn=2), refuse)
    (made,) = store.rewrites.of(TEA.id)
    found = {signal.name: signal.flagged for signal in store.signals.of(made.id)}
    assert found["refusal"]
    assert "leak" in found
    reflect(store, Config(conversation=(BREAD.id,), limit=1))
    reflect(store)
    (other, *_) = [r for r in store.rewrites.all() if r.conversation_id == 中文.id]
    assert store.signals.of(other.id) == []
