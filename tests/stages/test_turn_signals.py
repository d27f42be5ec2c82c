"""score on turns, the learned order, the judge and rules, on a real workspace."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from curator.conversation import Conversation, Decision, Origin, Rewrite, Turn
from curator.engines import Reply
from curator.errors import Cancelled, ConfigError
from curator.signals.catalogue import CATALOGUE
from curator.stages import learning, ruling, scoring, turn_reading
from curator.stages.base import Report, Silent
from curator.stages.calibration import SAME, calibrated, how_to_read, why_none
from curator.stages.runner import perform
from curator.stages.suspicion import suspects
from curator.store import Store
from tests.stages.scripted import ScriptedEngines, ScriptedModel

FINE = "Tuples stay as they were made, and lists may grow and shrink as one likes."
WRONG = "So 12 + 35 = 48 in all."


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "w.duckdb") as store:
        yield store


def chat(*said: str) -> Conversation:
    roles = ("user", "assistant")
    turns = tuple(Turn(roles[i % 2], text) for i, text in enumerate(said))  # type: ignore[arg-type]
    return Conversation(turns, Origin("made here"))


def score(store: Store, engines: Any = None, progress: Any = None, **config: Any) -> Report:
    return perform(store, scoring.STAGE, scoring.Config(**config), engines, progress or Silent())


def test_a_second_run_measures_only_new_chats(store: Store) -> None:
    store.conversations.add([chat("What is 12 + 35?", WRONG), chat("Why?", FINE)])
    assert score(store).counts["turns measured now"] == 4
    assert score(store).counts["turns measured now"] == 0
    store.conversations.add([chat("为什么？", "因为锟斤拷。")])
    again = score(store)
    assert again.counts["turns measured now"] == 2
    assert again.data["turn_flags"]["mojibake"] == 1
    assert again.data["turn_flags"]["wrong-sum"] == 1


def test_only_what_is_out_of_the_ordinary_has_a_row(store: Store) -> None:
    one = chat("What is the difference between lists and tuples?", FINE)
    store.conversations.add([one])
    score(store)
    assert store.turn_signals.of(one.id) == []


def test_a_new_version_of_a_signal_is_due_again_and_the_others_are_not(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    store.conversations.add([chat("Sum?", WRONG)])
    score(store)
    newer = [replace(s, version=9) if s.name == "wrong-sum" else s for s in turn_reading_all()]
    monkeypatch.setattr(scoring, "TURN_SIGNALS", tuple(newer))
    looked: list[str] = []
    real = turn_reading.noted
    monkeypatch.setattr(
        turn_reading, "noted", lambda c, s: looked.extend(x.name for x in s) or real(c, s)
    )
    score(store)
    assert looked == ["wrong-sum"]
    assert store.turn_signals.counts()["wrong-sum"] == (1, 1)


def turn_reading_all() -> Any:
    return scoring.TURN_SIGNALS


def test_what_was_measured_before_a_stop_is_kept_and_not_measured_twice(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn_reading, "WINDOW", 2)
    store.conversations.add([chat(f"Sum {i}?", WRONG) for i in range(10)])

    class Stop(Silent):
        left = 2

        def step(self, n: int = 1, note: str = "") -> None:  # noqa: ARG002
            self.left -= 1
            if self.left <= 0:
                raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        score(store, progress=Stop())
    kept = store.turn_signals.counts()["wrong-sum"][1]
    assert kept == 4
    assert score(store).counts["turns measured now"] == 12
    assert store.turn_signals.counts()["wrong-sum"] == (10, 10)


def test_signals_are_chosen_by_code_or_name_and_a_wrong_word_says_what_was_meant(
    store: Store,
) -> None:
    store.conversations.add([chat("Sum?", WRONG + " I apologize.")])
    found = score(store, only=("a01",)).data["turn_flags"]
    assert found == {"wrong-sum": 1}
    with pytest.raises(ConfigError, match="did you mean wrong-sum"):
        score(store, only=("wrong-sun",))


def test_a_hidden_chat_is_not_counted_and_comes_back_with_its_flags(store: Store) -> None:
    one = chat("Sum?", WRONG)
    store.conversations.add([one])
    store.hiding.hide([0], "a test")
    assert score(store).counts["turns with a flag"] == 0
    store.hiding.show([0])
    assert score(store).counts["turns with a flag"] > 0


def test_likely_wrong_answers_come_gravest_first(store: Store) -> None:
    bad, mild = chat("What is 12 + 35?", WRONG), chat("Why so?", "It is so (as he said, and so on.")
    store.conversations.add([mild, bad])
    score(store)
    found = suspects(store, 10)
    assert found[0].conversation_id == bad.id
    assert "wrong-sum" in found[0].signals
    assert "which is 47" in found[0].note


def test_every_signal_has_one_code_and_one_name() -> None:
    assert len({one.code for one in CATALOGUE}) == len(CATALOGUE) >= 62
    assert len({one.name for one in CATALOGUE}) == len(CATALOGUE)
    assert all(one.about.endswith(".") for one in CATALOGUE)


# decisions ----------------------------------------------------------------------------------------


def decided(store: Store, n: int) -> None:
    """Rewrites that a person accepts, but for those that apologise."""
    for i in range(n):
        bad = i % 3 == 0
        one = chat(f"What is river number {i} like?", FINE, "No.")
        store.conversations.add([one])
        text = f"I'm sorry, but I can't help with number {i}." if bad else f"{FINE} Number {i}."
        rewrite = Rewrite(one.id, 1, "It was vague.", text, "model", "prompt")
        store.rewrites.add([rewrite])
        verdict: Any = "reject" if bad else "accept"
        store.decisions.record(Decision(rewrite.id, one.id, 1, "anna", verdict))


def test_the_learned_order_knows_what_people_reject_and_says_how_well(store: Store) -> None:
    decided(store, 60)
    fresh = chat("What is a river?", FINE, "No.")
    store.conversations.add([fresh])
    texts = ("I'm sorry, but I can't help with that one.", f"{FINE} More.")
    made = [Rewrite(fresh.id, 1, "Vague.", text, "model", "prompt") for text in texts]
    store.rewrites.add(made)
    report = score(store, learn=True)
    expected = store.predictions.all()
    assert expected[made[0].id] < 0.5 < expected[made[1].id]
    model = store.predictions.model()
    assert model is not None
    assert model["decisions"] == 60
    assert model["auc_low"] > 0.9
    assert model["brier"] < model["brier_of_the_share"]
    assert sum(n for _, _, n in model["bins"]) == 60
    assert any("cross-validated AUC" in line for line in report.lines)


def test_too_few_decisions_teach_nothing_and_say_so(store: Store) -> None:
    decided(store, 12)
    with pytest.raises(ConfigError, match="needs 50 decisions"):
        score(store, learn=True)
    assert store.predictions.all() == {}


def test_learning_nothing_from_noise_is_not_hidden() -> None:
    import numpy as np

    draw = np.random.default_rng(1)
    found = learning.quality(draw.integers(0, 2, 200), draw.random(200))
    assert found["auc_low"] < 0.5 < found["auc_high"]


def test_signals_are_set_against_decisions(store: Store) -> None:
    decided(store, 30)
    score(store)
    rows, total, accepted = calibrated(store)
    assert (total, accepted) == (30, 20)
    by_name = {row[0]: row for row in rows}
    name, n, yes, area, _, kappa, _ = by_name["refusal"]
    assert (name, n, yes) == ("refusal", 30, 20)
    assert area == 1.0
    assert kappa == 1.0


def test_a_signal_that_is_the_same_for_all_has_no_interval(store: Store) -> None:
    decided(store, 30)
    score(store)
    rows, _, _ = calibrated(store)
    by_name = {row[0]: row for row in rows}
    assert by_name["injection"][3:5] == (0.5, SAME)
    assert rows[-1][4] == SAME  # what tells nothing comes last
    assert sum(row[4] != SAME for row in rows) == 4
    assert f"(4 of {len(rows)} do not)" in how_to_read(rows)
    assert by_name["emptied"][3] > 0.5  # the more words it counts, the better


def test_decisions_that_are_all_alike_or_none_are_told_so() -> None:
    assert why_none(40, 40) == ("all that are decided are accepted: nothing can be told apart yet")
    assert "rejected" in why_none(3, 0)
    assert why_none(0, 0).startswith("a signal is held against 5 decided rewrites")
    assert why_none(4, 2) == why_none(0, 0)


# judge --------------------------------------------------------------------------------------------


def test_the_judge_scores_what_it_has_not_scored_and_its_reason_is_kept(store: Store) -> None:
    decided(store, 4)

    def answer(messages: list[dict[str, Any]], attempt: int) -> Reply:  # noqa: ARG001
        sorry = "sorry" in messages[-1]["content"]
        told = {"reason": "It declines." if sorry else "Right.", "score": 1 if sorry else 9}
        return Reply("", "judge", told)

    engines = ScriptedEngines(judge=ScriptedModel("judge", answer))
    assert score(store, engines, judge=True).counts["judged now"] == 4
    assert "judged now" not in score(store, engines, judge=True).counts
    found = [s for r in store.rewrites.all() for s in store.signals.of(r.id) if s.name == "judge"]
    assert sorted(s.value for s in found) == [1, 1, 9, 9]
    assert {s.note for s in found if s.flagged} == {"It declines."}
    rows, _, _ = calibrated(store)
    assert [row[0] for row in rows] == []  # four decisions say nothing yet


def test_without_rewrites_the_answers_themselves_are_judged(store: Store) -> None:
    one = chat("Sum?", WRONG, "No.", FINE)
    store.conversations.add([one])
    model = ScriptedModel("judge", lambda *_: Reply("", "judge", {"reason": "Off.", "score": 2}))
    engines = ScriptedEngines(judge=model)
    score(store, engines, judge=True, limit=1)
    score(store, engines, judge=True)
    found = [s for s in store.turn_signals.of(one.id) if s.name == "judge"]
    assert [(s.turn_index, s.value) for s in found] == [(1, 2.0), (3, 2.0)]
    assert len(model.asked) == 2


# rules --------------------------------------------------------------------------------------------

RULES = """
[[rule]]
name = "homework"
regex = "(?i)homework|作业"
on = "question"
says = "bad"

[[rule]]
name = "lists"
where = "lists"
says = "good"
"""


def rules(store: Store, text: str, **config: Any) -> Report:
    store.path.with_name("rules.toml").write_text(text, encoding="utf-8")
    return perform(store, ruling.STAGE, ruling.Config(**config), None, Silent())  # type: ignore[arg-type]


def test_rules_are_shown_first_and_vote_only_when_told_to(store: Store) -> None:
    one = chat("Do my homework on lists.", FINE)
    store.conversations.add([one, chat("帮我写作业。", "好的，请看。"), chat("Hi", "Hello.")])
    shown = rules(store, RULES)
    row = {r[0]: r for r in shown.rows if r[0]}
    assert row["homework"][1:6] == ("bad", 2, 2, 1, 1)
    assert store.turn_signals.counts() == {}
    rules(store, RULES, apply=True)
    rules(store, RULES, apply=True)
    assert store.turn_signals.counts()["rule:homework"] == (2, 2)
    assert store.turn_signals.counts()["rule:lists"] == (1, 0)
    rules(store, RULES.split('[[rule]]\nname = "lists"')[0], apply=True)
    assert "rule:lists" not in store.turn_signals.counts()


def test_a_sample_shows_what_the_rule_met_and_a_rule_for_all_is_told_so(store: Store) -> None:
    store.conversations.add([chat("word " * 200 + "about my homework", FINE), chat("Hi", "Hello.")])
    shown = rules(store, RULES + '[[rule]]\nname = "all"\nregex = ".*"\n')
    row = {r[0]: r for r in shown.rows if r[0]}
    assert "homework" in row["homework"][6]
    assert "rule 'all' meets every chat: it tells none from another" in shown.lines


def test_samples_of_a_rule_are_no_copies_of_each_other(store: Store) -> None:
    asked = ["Do my homework, please."] * 9 + ["Is homework any use?"]
    store.conversations.add([chat(text, f"{FINE} {n}") for n, text in enumerate(asked)])
    shown = rules(store, RULES)
    assert len({row[6] for row in shown.rows if "omework" in row[6]}) == 2


def test_the_votes_of_rules_taken_out_are_taken_away_and_named(store: Store) -> None:
    store.conversations.add([chat("Do my homework on lists.", FINE)])
    rules(store, RULES, apply=True)
    report = rules(store, RULES.split('[[rule]]\nname = "lists"')[0], apply=True)
    assert any("the votes of rule:lists" in line for line in report.lines)
    rules(store, "", apply=True)
    assert store.turn_signals.counts() == {}
    with pytest.raises(ConfigError, match="holds no"):
        rules(store, "", apply=True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds no"),
        ('[[rule]]\nname = "bad"\nregex = "("', "rule 'bad': '\\('"),
        ('[[rule]]\nname = "bad"\nwhere = "turns>>4"', "rule 'bad': '>4' is no number"),
        ('[[rule]]\nregex = "x"', "field `name` in rule 1"),
        ("[[rule", "a rule looks like"),
        ('[[rule]]\nname = "a"', "either regex or where"),
        ('[[rule]]\nname = "a"\nregex = "("', "no regular expression"),
        ('[[rule]]\nname = "a"\nregex = "x"\non = "both"', "on is question"),
        ('[[rule]]\nname = "a"\nregex = "x"\n[[rule]]\nname = "a"\nregex = "y"', "of its own"),
        ('[[rule]]\nname = "a"\nregx = "x"', "regx"),
    ],
)
def test_a_rule_that_cannot_be_one_is_named(store: Store, text: str, told: str) -> None:
    store.conversations.add([chat("Hi", "Hello.")])
    with pytest.raises(ConfigError, match=told):
        rules(store, text)
