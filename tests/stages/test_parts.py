"""What a filter means to the stages that embed, compare, put right, vote, choose and examine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from curator.conversation import Conversation, Origin, Turn
from curator.errors import ConfigError, DataError
from curator.filters import FilterError
from curator.filters.views import QueueSpec
from curator.stages import (
    clustering,
    deduping,
    embedding,
    evaluating,
    fixing,
    measuring,
    picking,
    resembling,
    ruling,
)
from curator.stages.base import Filtered, Report, Silent
from curator.stages.registry import STAGES
from curator.stages.runner import perform
from curator.store import Store
from tests.stages.test_weighing import Counting

#: Stages that have no chats to choose among: they bring some in, take a file, or look at one line.
NOT_FILTERED = {"import", "generate", "why", "train"}
ASKED = (
    "How do I sort a list of names in Python?",
    "How do I sort a list of names in Python?",
    "绿茶要泡多久才好喝？水要多热？",
    "绿茶要泡多久才好喝？水要多热？",
    "Which tyres are best for a long ride in the rain?",
)


def chat(line: int, question: str) -> Conversation:
    turns = (Turn("user", question), Turn("assistant", f"Answer number {line} to that."))
    meta = {
        "language": "zh" if "茶" in question else "en",
        "category": "tea" if line == 2 else None,
    }
    return Conversation(turns, Origin("made", line, "messages"), meta)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "w.duckdb") as store:
        store.conversations.add([chat(line, asked) for line, asked in enumerate(ASKED)])
        yield store


def run(store: Store, module: Any, **config: Any) -> Report:
    return perform(store, module.STAGE, module.Config(**config), Counting(), Silent())  # type: ignore[arg-type]


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_every_stage_that_works_on_chats_takes_a_filter_and_a_view(stage: Any) -> None:
    assert issubclass(stage.config, Filtered) is (stage.name not in NOT_FILTERED)


@pytest.mark.parametrize(
    "stage", [s for s in STAGES if issubclass(s.config, Filtered)], ids=lambda stage: stage.name
)
def test_every_stage_points_at_the_mistake_in_a_filter(store: Store, stage: Any) -> None:
    needed = {"to": "sort"} if stage.name == "similar" else {}
    config = stage.config(where="lang:en rol:user", **needed)
    with pytest.raises(FilterError, match="nothing called 'rol'") as caught:
        perform(store, stage, config, Counting(), Silent())  # type: ignore[arg-type]
    assert caught.value.column == 8
    assert store.runs.latest(9) == []


def test_embed_encodes_only_what_the_filter_finds(store: Store) -> None:
    assert run(store, embedding, where="lang:zh").counts["texts"] == 2
    items, _ = store.embeddings.of("first-user-turn", "grams-for-tests", "1")
    ids = store.conversations.ids()
    assert items == [ids[2], ids[3]]
    run(store, embedding, where="line:4")
    items, _ = store.embeddings.of("first-user-turn", "grams-for-tests", "1")
    assert items == [ids[2], ids[3], ids[4]]
    again = run(store, embedding)
    assert again.counts["texts"] == 5
    assert again.counts["encoded now"] == 1


def test_dedup_compares_only_what_the_filter_finds(store: Store) -> None:
    found = run(store, deduping, where="lang:zh", unit="first-user-turn")
    assert (found.counts["texts compared"], found.counts["groups"]) == (2, 1)
    assert run(store, deduping, where="line:1..2").counts["groups"] == 0
    assert run(store, deduping).counts["groups"] == 2


def test_dedup_removes_only_what_the_filter_finds(store: Store) -> None:
    run(store, deduping, where="lang:zh", remove=True)
    assert [c.origin.line for c in store.conversations.iterate()] == [0, 1, 2, 4]


def test_fix_puts_right_only_what_the_filter_finds(tmp_path: Path) -> None:
    broken = [
        Conversation(
            (Turn("assistant", f"Hi {n}"), Turn("user", "A?"), Turn("assistant", f"B{n}")),
            Origin("made", n),
        )
        for n in range(4)
    ]
    with Store(tmp_path / "w.duckdb") as store:
        store.conversations.add(broken)
        report = run(store, fixing, where="line:1..2", apply=True)
        assert report.counts["chats put right"] == 2
        left = sorted(c.origin.line or 0 for c in store.conversations.iterate() if len(c.turns) > 2)
        assert left == [0, 3]


def test_rules_vote_only_on_what_the_filter_finds(store: Store) -> None:
    store.path.with_name("rules.toml").write_text('[[rule]]\nname = "a"\nregex = "Answer"\n')
    report = run(store, ruling, where="lang:zh", apply=True)
    assert report.counts["chats that a rule meets"] == 2
    assert store.selecting.count("signal:rule:a") == 2


def test_clusters_count_what_the_filter_finds(store: Store) -> None:
    run(store, embedding)
    whole = run(store, clustering)
    part = run(store, clustering, where="lang:zh")
    assert (whole.counts["chats"], part.counts["chats"]) == (5, 2)
    assert sum(c["size"] for c in part.data["clusters"] if c["level"] == 0) == 2
    assert store.selecting.count("cluster:*") == 5


def test_select_similar_and_diversity_take_a_view_too(store: Store) -> None:
    run(store, embedding)
    store.views.save("tea", QueueSpec(where="lang:zh"))
    assert run(store, picking, view="tea", count=1).counts["chats"] == 2
    assert len(run(store, resembling, to="绿茶", view="tea").rows) == 2
    assert run(store, measuring, view="tea", against="lang:en").columns[1:]
    with pytest.raises(ConfigError, match="no chat is found by --where 'lang:xx'"):
        run(store, measuring, against="lang:xx")
    store.conversations.add([chat(9, "Something new?")])
    with pytest.raises(DataError, match="finds has a vector"):
        run(store, picking, where="line:9")


def test_eval_asks_what_the_users_of_the_chats_found_asked(store: Store, tmp_path: Path) -> None:
    questions = evaluating.chosen(store, evaluating.Config(where="lang:zh or line:4"))
    assert [(q.category, q.turns) for q in questions] == [
        ("tea", (ASKED[2],)), ("your chats", (ASKED[4],)),
    ]  # fmt: skip
    assert len(evaluating.chosen(store, evaluating.Config(where="lang:zh", category=("tea",)))) == 1
    with pytest.raises(ConfigError, match="--prompts and --where do not go together"):
        evaluating.chosen(store, evaluating.Config(where="lang:zh", prompts=str(tmp_path)))
