"""Answers that came with a file are judged like any rewrite, and no model is asked."""
# ruff: noqa: ARG002 - a stand-in takes what the real one is given

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as given_any
from hypothesis import strategies as st

from curator.conversation import GIVEN, Conversation, Origin, Rewrite, Turn, Verdict
from curator.errors import Cancelled, ConfigError, StoreError
from curator.overview import overview
from curator.review import Session
from curator.stages import exporting, given, importing, reflecting, scoring, why
from curator.stages.base import Report, Silent, Stage
from curator.stages.runner import perform
from curator.store import Store
from curator.store.given import BLANK
from curator.tui.again import Again
from curator.tui.answers import View
from curator.tui.notes import notes
from curator.tui.screens.nothing import nothing_left
from curator.tui.work import Work
from tests.stages.scripted import ScriptedEngines, ScriptedModel, said

EGG = {
    "prompt": [{"role": "user", "content": "How long does an egg boil?"}],
    "chosen": [{"role": "assistant", "content": "Eight minutes."}],
    "rejected": [{"role": "assistant", "content": "Two days."}],
}
茶 = {"prompt": "乌龙茶用多热的水？", "responses": ["九十五度。", "四十度。", "一百度，泡三十秒。"]}
RANKED = {
    "prompt": "Name a prime.", "responses": ["7", "8", "9", "seven"], "scores": [9, 1, 2, 9],
}  # fmt: skip
MIRROR = {
    "K": "What is 7 times 8?", "C": "It guessed.", "L": "7 times 8 is 56.", "L_old": "About 50.",
}  # fmt: skip
AXOLOTL = {
    "instruction": "面包要发酵多久？", "input": "", "output": "随便。", "reflection": "太敷衍。",
    "corrected": "大约两小时。",
}  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "w.duckdb") as opened:
        yield opened


def do(store: Store, stage: Stage, progress: Silent | None = None, **wanted: Any) -> Report:
    """Perform a stage with no engine at all."""
    config = stage.config(**wanted)
    return perform(store, stage, config, None, progress or Silent())  # type: ignore[arg-type]


def bring(store: Store, *rows: dict[str, Any], name: str = "given.json") -> Report:
    file = store.path.with_name(name)
    file.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return do(store, importing.STAGE, files=(str(file),))


def propose(store: Store, **wanted: Any) -> Report:
    return do(store, reflecting.STAGE, given=True, **wanted)


def settle(store: Store, *verdicts: Verdict) -> None:
    """One word on each pending candidate, in order."""
    session = Session(store.desk, "ann")
    for verdict in verdicts:
        session.decide(verdict, "Nine minutes." if verdict == "edit" else None)


def leaving(store: Store, layout: str, *include: str) -> list[dict[str, Any]]:
    """The rows of an export, [] where nothing is settled as asked."""
    out = store.path.with_name("out.jsonl")
    asked = include or ("settled",)
    do(store, exporting.STAGE, format=layout, out=str(out), force=True, include=asked)
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def sides(store: Store, *include: str) -> list[tuple[str, str]]:
    """What is chosen and what rejected, pair by pair."""
    return [
        (row["chosen"][-1]["content"], row["rejected"][-1]["content"])
        for row in leaving(store, "dpo-trl", *include)
    ]


def thumbs(store: Store) -> list[tuple[str, bool]]:
    rows = leaving(store, "kto-trl")
    return [(row["completion"][-1]["content"], row["label"]) for row in rows]


def answers(store: Store, *include: str) -> list[str]:
    """The last answers of the chats."""
    return [row["messages"][-1]["content"] for row in leaving(store, "messages", *include)]


# which is old, which is new ---------------------------------------------------------------------


def test_a_rejected_answer_is_proposed_instead_of_the_chosen_one_and_no_model_is_named(store):
    bring(store, EGG)
    report = propose(store)
    assert (report.counts["chats"], report.counts["candidates"]) == (1, 1)
    (made,) = store.rewrites.all()
    item = Session(store.desk, "ann").item
    assert item is not None
    assert (item.before, item.after) == ("Eight minutes.", "Two days.")
    assert (made.model, made.prompt_digest, made.call_key, made.sampling) == (GIVEN, "", "", {})
    assert (made.label, made.given, made.criticism) == ("old", {"rank": 1}, "")
    assert store.calls.totals()["calls"] == 0


@pytest.mark.parametrize("row", [MIRROR, AXOLOTL])
def test_of_a_reflection_the_old_answer_stands_and_the_new_one_is_proposed(store, row):
    bring(store, row)
    propose(store)
    item = Session(store.desk, "ann").item
    assert item is not None
    old, new = (row.get("L_old") or row["output"]), (row.get("L") or row["corrected"])
    assert (item.before, item.after) == (old, new)
    assert item.rewrite.criticism == (row.get("C") or row["reflection"])
    assert item.rewrite.label == "new"
    assert store.conversations.count() == 1


def test_all_answers_of_a_ranked_list_are_candidates_of_one_turn(store):
    bring(store, RANKED)
    propose(store)
    item = Session(store.desk, "ann").item
    assert item is not None
    assert item.before == "7"
    assert [one.content for one in item.candidates] == ["seven", "9", "8"]
    assert [made.label for made in store.rewrites.all()] == ["", "old", "old"]


def test_answers_that_nobody_ranked_have_no_label(store):
    bring(store, 茶)
    propose(store)
    made = store.rewrites.all()
    assert [one.content for one in made] == ["四十度。", "一百度，泡三十秒。"]
    assert {one.label for one in made} == {""}


def test_what_says_the_same_is_empty_or_goes_on_is_no_candidate_and_is_told(store):
    same = {**EGG, "rejected": [{"role": "assistant", "content": " Eight minutes.\n"}]}
    empty = {**EGG, "rejected": [{"role": "assistant", "content": "\n"}]}
    on = [*EGG["rejected"], {"role": "user", "content": "?"}, {"role": "assistant", "content": "!"}]
    doubled = {"prompt": "Name a prime.", "responses": ["7", "8", "8 ", ""], "scores": [9, 1, 1, 0]}
    bring(store, same, empty, {**EGG, "rejected": on}, name="bad.json")
    assert store.given.hint() == ""
    assert propose(store).counts["candidates"] == 0
    bring(store, doubled)
    counts = propose(store).counts
    assert counts["candidates"] == 1
    assert counts["left alone: the same answer"] == 1
    assert counts["left alone: without words"] == 1


# what leaves ------------------------------------------------------------------------------------


def test_an_accepted_alternative_is_the_answer_and_the_chosen_side_of_one_pair(store):
    bring(store, EGG)
    propose(store)
    settle(store, "accept")
    assert sides(store) == sides(store, "settled", "untouched") == [("Two days.", "Eight minutes.")]
    assert answers(store) == ["Two days."]
    (chat,), (row,) = leaving(store, "sharegpt"), leaving(store, "alpaca")
    assert chat["conversations"][-1]["value"] == row["output"] == "Two days."
    assert thumbs(store) == [("Two days.", True)]


def test_a_rejected_alternative_leaves_the_pair_as_it_came(store):
    bring(store, EGG)
    came = leaving(store, "dpo-trl", "untouched")
    propose(store)
    settle(store, "reject")
    assert leaving(store, "dpo-trl") == came
    assert answers(store, "rejected") == ["Eight minutes."]
    assert thumbs(store) == [("Two days.", False)]


def test_a_ranked_list_whose_others_were_all_rejected_leaves_with_all_its_pairs(store):
    bring(store, RANKED)
    came = leaving(store, "dpo-trl", "untouched")
    propose(store)
    settle(store, "reject", "reject", "reject")
    # Nobody had ranked one of them; now somebody has.
    assert sides(store) == [("7", "seven"), ("7", "9"), ("7", "8")]
    assert leaving(store, "dpo-trl")[1:] == came
    assert thumbs(store) == [("seven", False), ("9", False), ("8", False)]
    assert answers(store, "rejected") == ["7"]


def test_of_a_ranked_list_one_accepted_answer_is_one_pair(store):
    bring(store, RANKED)
    propose(store)
    settle(store, "reject", "accept")
    assert sides(store) == [("9", "7")]
    assert thumbs(store) == [("9", True)]
    assert answers(store) == ["9"]


def test_an_edit_is_chosen_against_the_answer_that_stood(store):
    bring(store, EGG)
    propose(store)
    settle(store, "edit")
    assert sides(store) == [("Nine minutes.", "Eight minutes.")]
    assert answers(store) == ["Nine minutes."]
    assert thumbs(store) == [("Nine minutes.", True)]


@pytest.mark.parametrize("verdicts", [(), ("skip",)])
def test_what_nobody_decided_leaves_untouched_as_it_came(store, verdicts):
    bring(store, EGG, RANKED)
    before = leaving(store, "dpo-trl", "untouched"), answers(store, "untouched")
    propose(store)
    settle(store, *verdicts)
    assert (leaving(store, "dpo-trl", "untouched"), answers(store, "untouched")) == before


def test_a_tie_keeps_the_chosen_answer(store):
    bring(store, EGG)
    propose(store)
    Session(store.desk, "ann").judge("tie")
    assert sides(store) == [("Eight minutes.", "Two days.")]


@pytest.mark.parametrize(
    ("row", "layout"), [(MIRROR, "reflection"), (AXOLOTL, "axolotl-reflection")]
)
def test_a_reflection_leaves_as_it_came_where_its_new_answer_is_accepted(store, row, layout):
    bring(store, row)
    came = leaving(store, layout, "untouched")
    assert came == [row]
    propose(store)
    assert leaving(store, layout, "untouched") == came
    settle(store, "accept")
    assert leaving(store, layout) == came
    old, new = (row.get("L_old") or row["output"]), (row.get("L") or row["corrected"])
    assert sides(store) == [(new, old)]
    assert answers(store) == [new]
    assert thumbs(store) == [(new, True)]
    (message,) = leaving(store, "messages")
    assert set(message["messages"][-1]) == {"role", "content"}


def test_a_rejected_reflection_keeps_the_old_answer(store):
    bring(store, MIRROR)
    propose(store)
    assert answers(store, "untouched") == ["About 50."]
    settle(store, "reject")
    assert sides(store) == [("About 50.", "7 times 8 is 56.")]
    assert answers(store, "rejected") == ["About 50."]
    assert thumbs(store) == [("7 times 8 is 56.", False)]


def test_what_rode_along_with_an_alternative_leaves_with_it(store):
    thought = {"role": "assistant", "content": "Two days.", "reasoning_content": "Rock is hard."}
    bring(store, {**EGG, "rejected": [thought]})
    came = leaving(store, "dpo-trl", "untouched")
    propose(store)
    settle(store, "reject")
    assert leaving(store, "dpo-trl") == came
    Session(store.desk, "ann").undo()
    settle(store, "accept")
    (row,) = leaving(store, "dpo-trl")
    assert row["chosen"][-1]["reasoning_content"] == "Rock is hard."
    assert "reasoning_content" not in row["rejected"][-1]


# again, cut short, taken back -------------------------------------------------------------------


def test_a_second_run_adds_nothing_and_another_file_only_its_own(store):
    bring(store, EGG, RANKED, MIRROR)
    assert propose(store).counts["candidates"] == 5
    again = propose(store)
    assert again.counts["candidates"] == 0
    assert any("not a candidate yet" in line for line in again.lines)
    bring(store, EGG, MIRROR, AXOLOTL, name="more.json")
    assert propose(store).counts["candidates"] == 1
    assert store.conversations.count() == 4


def test_a_run_that_is_stopped_goes_on_where_it_was(store, monkeypatch):
    class Stopping(Silent):
        def step(self, n: int = 1) -> None:
            raise Cancelled("stopped")

    monkeypatch.setattr(given, "WINDOW", 2)
    bring(store, EGG, RANKED, MIRROR, AXOLOTL)
    with pytest.raises(Cancelled):
        do(store, reflecting.STAGE, Stopping(), given=True)
    assert store.rewrites.count() == 4
    assert propose(store).counts["candidates"] == 2
    assert store.conversations.count() == 4


def test_a_batch_that_breaks_off_leaves_every_chat_as_it_was(store, monkeypatch):
    bring(store, MIRROR, EGG)
    before = leaving(store, "messages", "untouched")

    def breaks(_: Any) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(store.rewrites, "place", breaks)
        with pytest.raises(StoreError, match="disk"):
            propose(store)
    assert leaving(store, "messages", "untouched") == before
    assert store.rewrites.count() == 0
    assert propose(store).counts["candidates"] == 2


def test_taking_the_run_back_restores_the_chats_and_it_can_be_done_again(store):
    bring(store, EGG, MIRROR)
    before = leaving(store, "messages", "untouched")
    for _ in range(2):
        assert propose(store).counts["candidates"] == 2
        assert Session(store.desk, "ann").progress.total == 2
        run = store.runs.latest(1)[0].id
        store.hiding.take_back(run)
        assert leaving(store, "messages", "untouched") == before
        assert Session(store.desk, "ann").progress.total == 0


def test_a_limit_a_filter_and_a_turn_say_which(store):
    bring(store, EGG, RANKED, MIRROR)
    (egg,) = store.selecting.ids("egg")
    assert propose(store, limit=1, where='"prime"').counts["candidates"] == 3
    assert propose(store, turn=1).counts["candidates"] == 0
    assert propose(store, conversation=(egg,), turn=2).counts["candidates"] == 1
    assert propose(store, limit=1).counts["candidates"] == 1
    with pytest.raises(ConfigError, match="advice"):
        propose(store, advice="shorter")


def test_a_reflection_that_was_rewritten_already_is_left_alone(store):
    bring(store, MIRROR)
    ((_, chat),) = store.conversations.between(0, 0)
    store.rewrites.add([Rewrite(chat.id, 1, "c", "56", "m", "p")])
    report = propose(store)
    assert report.counts["candidates"] == 0
    assert report.counts["left alone: a new answer that was rewritten already"] == 1


# what is told -----------------------------------------------------------------------------------


def test_import_status_and_a_reflection_without_work_say_what_could_be_done(store):
    said = "2 chats hold another answer: `curator reflect --given` makes them candidates to review"
    assert bring(store, EGG, RANKED).lines[-1] == said
    assert overview(store).next == said
    assert store.desk.given() == 2
    propose(store)
    assert "--given" not in overview(store).next
    assert "--given" not in " ".join(bring(store, EGG, RANKED).lines)


def test_reflect_and_an_empty_review_name_the_command(store):
    bring(store, EGG, 茶)
    engines = ScriptedEngines(reflector=ScriptedModel("m", lambda *_: said("")))
    report = perform(store, reflecting.STAGE, reflecting.Config(), engines, Silent())  # type: ignore[arg-type]
    assert report.lines[-1].startswith("2 chats hold another answer: `curator reflect --given`")
    session = Session(store.desk, "ann")
    work = Work(session)
    try:
        rows = nothing_left(work.see(), 80).rows
    finally:
        work.close()
    lines = ["".join(text for text, _ in row) for row in rows]
    (line,) = [line for line in lines if "--given" in line]
    assert line.endswith("propose the other answers that 2 chats came with")
    assert max(map(len, lines)) <= 90


@pytest.mark.parametrize(
    ("row", "heading", "said"),
    [
        (EGG, "came with the file", "The file prefers the old answer."),
        (MIRROR, "criticism · came with the file", "It guessed."),
        ({**MIRROR, "C": ""}, "came with the file", "The file prefers this one."),
        (茶, "came with the file", "The file does not say which answer is better."),
    ],
)
def test_the_notes_say_what_the_file_says_and_leave_no_empty_criticism(store, row, heading, said):
    bring(store, row)
    propose(store)
    item = Session(store.desk, "ann").item
    assert item is not None
    first, second, *rest = ("".join(t for t, _ in r) for r in notes(item, 80, View()))
    assert first.startswith(f"── {heading} ─")
    assert second == said
    assert "reflector" not in " ".join([first, second, *rest])


def test_an_answer_that_nothing_follows_is_not_said_to_have_been_reflected_on(store):
    bring(store, EGG)
    propose(store)
    engines = ScriptedEngines(reflector=ScriptedModel("m", lambda *_: said("")))
    told: list[Any] = []
    again = Again(store, lambda store, stage, config, progress: perform(
        store, stage, config, engines, progress))  # fmt: skip
    again.ask(Session(store.desk, "ann").item, "", told.append)
    again._thread.shutdown(wait=True)
    assert "learns from the user turns that follow, and none does" in told[0].said
    assert told[0].rewrite_id is None


def test_the_model_and_the_score_that_a_file_names_are_shown(store):
    answers = [
        {"model": "great", "response": "7", "overall_score": 9.5},
        {"model": "small", "response": "8", "overall_score": 1.0, "critique": "x" * 500},
    ]
    bring(store, {"instruction": "Name a prime.", "completions": answers})  # fmt: skip
    propose(store)
    (made,) = store.rewrites.all()
    assert made.given == {"rank": 1, "model": "small", "score": 1.0}
    item = Session(store.desk, "ann").item
    assert item is not None
    said = " ".join(text for row in notes(item, 100, View()) for text, _ in row)
    assert "The file prefers the old answer. · model: small · score: 1.0" in said


def test_gates_look_at_candidates_as_at_rewrites(store):
    refused = {**EGG, "rejected": [{"role": "assistant", "content": "I'm sorry, I cannot do it."}]}
    bring(store, refused)
    propose(store)
    do(store, scoring.STAGE)
    (made,) = store.rewrites.all()
    flagged = {signal.name for signal in store.signals.of(made.id) if signal.flagged}
    assert "refusal" in flagged


def test_a_line_is_walked_back_to_the_file_and_the_line_that_gave_both_answers(store):
    bring(store, EGG, MIRROR)
    propose(store)
    settle(store, "accept", "accept")
    leaving(store, "dpo-trl")
    for line, place in ((1, "given.json:1"), (2, "given.json:1")):
        out = store.path.with_name("out.jsonl")
        told = dict(why.run(store, why.Config(row=f"{out}:{line}"), None, Silent()).rows)  # type: ignore[arg-type]
        assert told["source"].endswith(place)
        assert told["came with"].startswith("the file of the chat")
        assert "model" not in told
        assert told["decided"].startswith("accept by ann")


def test_blind_choices_are_held_against_the_labels_of_the_file(store):
    bring(store, *({**EGG, "prompt": f"How long, {n}?", "chosen": "Eight.", "rejected": "Two."}
                   for n in range(6)), MIRROR, 茶)  # fmt: skip
    propose(store)
    session = Session(store.desk, "ann")
    while (item := session.item) is not None:
        new_better = (
            item.after in ("7 times 8 is 56.", "四十度。") or "5?" in item.context[-1].content
        )
        session.judge("left" if new_better == item.new_left else "right")
    said = " ".join(session.summary())
    # Seven have a label, six choices are as it says.
    assert "Agreement with the labels of the files: 86%" in said
    assert "of 7" in said
    session.undo()
    assert any("Agreement" in line for line in overview(store).blind["ann"])


# anything at all --------------------------------------------------------------------------------

WORDS = st.one_of(
    st.sampled_from(["", " ", "yes", " yes\n", "no", "\u3000no", "x" * 41, "x" * 41 + " ", "好"]),
    st.integers(), st.none(), st.lists(st.none(), max_size=1),
)  # fmt: skip
OTHERS = st.fixed_dictionaries(
    {},
    optional={
        "content": WORDS,
        "rank": st.one_of(st.integers(-2, 3), st.booleans(), st.none(), st.text(max_size=2)),
        "turns": st.sampled_from([[], [{"role": "user", "content": "?"}]]),
        "tool_calls": st.just([]),
        "model": st.one_of(st.text(max_size=3), st.none(), st.lists(st.none())),
    },
)
EXTRAS = st.fixed_dictionaries(
    {"alternatives": st.one_of(st.lists(st.one_of(OTHERS, st.integers()), max_size=4), OTHERS)},
    optional={
        "criticism": st.one_of(st.text(max_size=3), st.integers()),
        "tool_calls": st.just([]),
    },
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given_any(
    st.lists(st.tuples(st.sampled_from(["yes", "yes ", "no", "x" * 41]), EXTRAS), max_size=4)
)
def test_what_is_announced_is_what_is_proposed_whatever_stands_there(answers):
    chats = [
        Conversation((Turn("user", f"{n}?"), Turn("assistant", words, extra)), Origin("any", n))
        for n, (words, extra) in enumerate(answers)
    ]
    with TemporaryDirectory() as folder, Store(Path(folder) / "w.duckdb") as store:
        store.conversations.add(chats)
        announced = store.given.count()
        assert propose(store).counts["chats"] == announced
        assert store.given.count() == 0
        assert propose(store).counts["candidates"] == 0
        session = Session(store.desk, "ann")
        while (item := session.item) is not None:
            assert item.after.strip()
            assert item.after.strip() != item.before.strip(BLANK)
            notes(item, 60, View())
            session.judge("left")
        assert session.progress.left == 0
