"""score, dedup and embed on a real workspace: what is missing is done, once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curator.conversation import Conversation, Decision, Origin, Rewrite, Turn
from curator.engines.embedder import GramEmbedder
from curator.errors import Cancelled, ConfigError
from curator.stages import deduping, embedding, scoring
from curator.stages.base import Report, Silent, Stage
from curator.stages.runner import perform
from curator.store import Store

ANSWER = "Tuples stay as they were made, and lists may grow and shrink as one likes."


class Counting:
    """Engines whose embedder needs no model, and counts what it encodes."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self._grams = GramEmbedder()
        self.model, self.revision = "grams-for-tests", "1"
        self.dimensions = self._grams.dimensions

    def embedder(self) -> Any:
        return self

    def encode(self, texts: list[str]) -> Any:
        self.seen += texts
        vectors = self._grams.encode(texts)
        vectors[[text == "nan" for text in texts]] = np.nan
        return vectors


class StopAt:
    """A progress that is stopped after so many steps of work."""

    def __init__(self, steps: int, what: str) -> None:
        self.left, self.what, self.now = steps, what, ""

    def begin(self, total: int | None, what: str) -> None:  # noqa: ARG002
        self.now = what

    def step(self, n: int = 1, note: str = "") -> None:  # noqa: ARG002
        if self.what in self.now:
            self.left -= 1
            if self.left <= 0:
                raise Cancelled("stopped")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "w.duckdb") as store:
        yield store


def chat(*said: str) -> Conversation:
    roles = ("user", "assistant")
    turns = tuple(Turn(roles[i % 2], text) for i, text in enumerate(said))  # type: ignore[arg-type]
    return Conversation(turns, Origin("made here"))


def rewrite(conversation: Conversation, text: str, index: int = 1) -> Rewrite:
    return Rewrite(conversation.id, index, "It was vague.", text, "model", "prompt")


def do(
    store: Store, stage: Stage, config: Any = None, engines: Any = None, progress: Any = None
) -> Report:
    return perform(store, stage, config or stage.config(), engines, progress or Silent())


# score --------------------------------------------------------------------------------------------


def test_score_measures_only_what_is_missing(store: Store) -> None:
    one, two = chat("Why?", ANSWER, "No."), chat("为什么？", ANSWER, "不对。")
    store.conversations.add([one, two])
    store.rewrites.add([rewrite(one, "I'm sorry, but I can't help with that.")])
    assert do(store, scoring.STAGE).counts["rewrites measured now"] == 1
    store.rewrites.add([rewrite(two, ANSWER)])
    again = do(store, scoring.STAGE)
    assert again.counts["rewrites measured now"] == 1
    assert again.counts["rewrites with a flag"] == 2
    assert do(store, scoring.STAGE).counts["rewrites measured now"] == 0


def test_a_signal_is_stored_with_its_reason_flags_first(store: Store) -> None:
    one = chat("Why?", ANSWER, "No.")
    store.conversations.add([one])
    made = rewrite(one, "I'm sorry, but I can't help with that.")
    store.rewrites.add([made])
    do(store, scoring.STAGE)
    signals = store.signals.of(made.id)
    assert len(signals) == len(scoring.GATES)
    assert signals[0].flagged
    assert any(s.name == "refusal" and "I can't help" in s.note for s in signals)
    assert store.signals.of_many([made.id, "unknown"]) == {made.id: signals}


def test_a_newer_method_measures_again(store: Store) -> None:
    one = chat("Why?", ANSWER, "No.")
    store.conversations.add([one])
    store.rewrites.add([rewrite(one, ANSWER)])
    do(store, scoring.STAGE)
    methods = {gate.name: gate.version for gate in scoring.GATES}
    assert store.signals.unscored_count(methods) == 0
    assert store.signals.unscored_count(methods | {"refusal": 99}) == 1


def test_a_rewrite_that_proposes_nothing_is_not_measured(store: Store) -> None:
    one = chat("Why?", ANSWER, "No.")
    store.conversations.add([one])
    store.rewrites.add([Rewrite(one.id, 1, "Good.", ANSWER, "m", "p", verdict="keep")])
    assert do(store, scoring.STAGE).counts["rewrites measured now"] == 0


def test_a_rewrite_without_its_chat_is_named_and_does_not_stop_the_rest(store: Store) -> None:
    here, gone = chat("Why?", ANSWER, "No."), chat("Where?", ANSWER)
    store.conversations.add([here])
    store.rewrites.add([rewrite(gone, "There."), rewrite(here, "Because of it.")])
    report = do(store, scoring.STAGE)
    assert report.counts["rewrites measured now"] == 1
    assert len(report.failures) == 1


def test_an_unknown_signal_names_the_nearest(store: Store) -> None:
    with pytest.raises(ConfigError, match="did you mean refusal"):
        do(store, scoring.STAGE, scoring.Config(only=("refusals",)))


# dedup --------------------------------------------------------------------------------------------


def test_copies_and_twins_are_grouped_around_the_longest(store: Store) -> None:
    long = "Please explain how a bill becomes a law in Germany, step by step, for a class of ten."
    chats = [
        chat(long, "Short."),
        chat(long.upper(), ANSWER * 3),
        chat(long.replace("ten", "twelve"), "Short."),
        chat("Something else entirely is asked in here, about fish.", ANSWER),
        chat("你好！", "你好"), chat("你好", "你好，有什么可以帮您？"),
    ]  # fmt: skip
    store.conversations.add(chats)
    report = do(store, deduping.STAGE)
    groups = store.duplicates.groups("first-user-turn")
    assert [(g.keeper, [member for member, _ in g.members]) for g in groups] == [
        (chats[1].id, [chats[0].id, chats[2].id]),
        (chats[5].id, [chats[4].id]),
    ]
    assert [jaccard == 1 for _, jaccard in groups[0].members] == [True, False]
    assert report.counts["exact copies"] == 2
    assert report.counts["near twins"] == 1
    assert len(store.duplicates.members("first-user-turn")) == 3


def test_what_a_person_approved_is_kept(store: Store) -> None:
    short, long = chat("Hi there", "Yes.", "No."), chat("hi there!", ANSWER * 9)
    store.conversations.add([short, long])
    made = rewrite(short, "Hello!")
    store.rewrites.add([made])
    store.decisions.record(Decision(made.id, short.id, 1, "ann", "accept"))
    do(store, deduping.STAGE)
    assert [group.keeper for group in store.duplicates.groups("first-user-turn")] == [short.id]


def test_an_unchanged_workspace_is_not_searched_again(store: Store) -> None:
    store.conversations.add([chat("Hi", "a"), chat("hi", "b")])
    do(store, deduping.STAGE)
    assert any("nothing has changed" in line for line in do(store, deduping.STAGE).lines)
    store.conversations.add([chat("HI", "c")])
    again = do(store, deduping.STAGE)
    assert not any("nothing has changed" in line for line in again.lines)
    assert again.counts["exact copies"] == 2


@pytest.mark.parametrize("unit", ["first-user-turn", "chat", "answer", "pair", "rewrite"])
def test_every_unit_finds_its_copies(store: Store, unit: Any) -> None:
    one, two = chat("Why?", ANSWER, "No.", "OK"), chat("why", ANSWER, "No!", "ok")
    store.conversations.add([one, two])
    store.rewrites.add([rewrite(one, ANSWER), rewrite(two, ANSWER)])
    report = do(store, deduping.STAGE, deduping.Config(unit=unit))
    assert report.counts["exact copies"] == (2 if unit in ("answer", "pair") else 1)


def test_blank_texts_are_not_twins_of_each_other(store: Store) -> None:
    store.conversations.add([chat("\u200b", "a"), chat(" \n", "b"), chat("", "c")])
    assert do(store, deduping.STAGE).counts["texts compared"] == 0


def test_a_threshold_out_of_range_is_refused(store: Store) -> None:
    with pytest.raises(ConfigError, match="--threshold"):
        do(store, deduping.STAGE, deduping.Config(threshold=70))


# embed --------------------------------------------------------------------------------------------


def test_a_second_run_encodes_nothing(store: Store) -> None:
    store.conversations.add([chat("One", "a"), chat("One", "b"), chat("二", "c")])
    engines = Counting()
    first = do(store, embedding.STAGE, engines=engines)
    assert first.counts["texts"] == 3
    assert sorted(engines.seen) == ["One", "二"]
    assert do(store, embedding.STAGE, engines=engines).counts["encoded now"] == 0
    assert len(engines.seen) == 2
    names, vectors = store.embeddings.of("first-user-turn", engines.model, engines.revision)
    assert names == store.conversations.ids()
    assert np.array_equal(vectors[0], vectors[1])


def test_a_stopped_run_goes_on_where_it_was(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "BATCH", 4)
    store.conversations.add([chat(f"Question {n}", "a") for n in range(20)])
    engines = Counting()
    with pytest.raises(Cancelled):
        do(store, embedding.STAGE, engines=engines, progress=StopAt(2, "encoded"))
    assert store.embeddings.count() == 8
    do(store, embedding.STAGE, engines=engines)
    assert len(engines.seen) == 20
    assert store.embeddings.count() == 20


def test_vectors_of_two_models_do_not_mix(store: Store) -> None:
    store.conversations.add([chat("One", "a")])
    engines = Counting()
    do(store, embedding.STAGE, engines=engines)
    engines.revision = "2"
    assert do(store, embedding.STAGE, engines=engines).counts["encoded now"] == 1
    assert len(store.embeddings.models()) == 2
    assert len(store.embeddings.of("first-user-turn", engines.model, "2")[0]) == 1


def test_a_text_without_a_vector_is_named_and_the_rest_is_kept(store: Store) -> None:
    store.conversations.add([chat("nan", "a"), chat("Fine", "b")])
    report = do(store, embedding.STAGE, engines=Counting())
    assert [failure.target for failure in report.failures] == ["nan"]
    assert report.counts["encoded now"] == 1
