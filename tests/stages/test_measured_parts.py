"""score with a filter: only what it finds is measured, and never anything twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curator.conversation import Conversation, Origin, Turn
from curator.errors import ConfigError
from curator.stages import scoring
from curator.stages.base import Report, Silent
from curator.stages.runner import perform
from curator.store import Store
from tests.stages.scripted import ScriptedEngines
from tests.store.workspaces import proposal

CHATS = 6


def chat(line: int) -> Conversation:
    told = f"My card is 4111 1111 1111 1111, and 2 + 2 = {line}. As an AI language model, I cannot"
    turns = (Turn("user", f"Question {line} about sums?"), Turn("assistant", told))
    return Conversation(turns, Origin("made", line, "messages"))


def filled(path: Path) -> Store:
    store = Store(path)
    chats = [chat(line) for line in range(CHATS)]
    store.conversations.add(chats)
    store.rewrites.add([proposal(c, f"It is {n}, of course.") for n, c in enumerate(chats)])
    return store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with filled(tmp_path / "w.duckdb") as store:
        yield store


def score(store: Store, where: str = "", limit: int | None = None) -> Report:
    config = scoring.Config(where=where, limit=limit)
    return perform(store, scoring.STAGE, config, ScriptedEngines(), Silent())


def measured(store: Store) -> set[tuple[str, int, str, float, str]]:
    """Every value there is; raises where one is there twice."""
    rows = store.connection.rows(
        "select conversation_id, turn_index, name, value, coalesce(rewrite_id, '') from signals"
    )
    assert len(rows) == len(set(rows))
    return set(rows)


def test_only_what_the_filter_finds_is_measured(store: Store) -> None:
    report = score(store, "line:2..3")
    ids = store.conversations.ids()
    assert {row[0] for row in measured(store)} == {ids[2], ids[3]}
    assert report.counts["rewrites measured now"] == 2
    assert report.counts["turns measured now"] == 4
    assert report.data["found"] == {"chats": 2, "rewrites": 2}
    assert "only what the filter finds: 2 chats, 2 rewrites of them" in report.lines


def test_a_second_run_with_the_filter_measures_nothing(store: Store) -> None:
    score(store, "line:2..3")
    again = score(store, "line>=2 line<=4")
    assert again.counts["rewrites measured now"] == 1
    assert again.counts["turns measured now"] == 2


def test_a_part_may_be_measured_in_stretches(store: Store) -> None:
    report = score(store, "line>=1", limit=2)
    assert report.counts["turns measured now"] == 4
    assert score(store, "line>=1").counts["turns measured now"] == 2 * (CHATS - 1 - 2)


def test_what_is_marked_as_measured_is_not_measured_for_a_filter(store: Store) -> None:
    score(store)
    assert score(store, "line:1").counts["turns measured now"] == 0


def test_a_filter_that_finds_nothing_ends_the_run(store: Store) -> None:
    with pytest.raises(ConfigError, match="no chat is found by --where 'lang:xx'"):
        score(store, "lang:xx")


def test_another_version_of_a_signal_measures_a_part_anew(store: Store) -> None:
    score(store)
    before = measured(store)
    store.connection.execute("update turn_marks set version = version - 1")
    store.connection.execute("update signals set value = -7 where rewrite_id is null")
    score(store, "line:1")
    one = store.conversations.ids()[1]
    assert {row for row in measured(store) if row[0] == one} == {r for r in before if r[0] == one}
    score(store)
    assert measured(store) == before


@given(st.lists(st.sampled_from(["line:0", "line:5", "line:1..3", "line>=4", ""]), max_size=4))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_parts_in_any_order_and_then_all_are_the_same_as_all_at_once(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("parts")
    with filled(folder / "a.duckdb") as whole, filled(folder / "b.duckdb") as parted:
        score(whole)
        for where in parts:
            score(parted, where)
        score(parted)
        assert measured(parted) == measured(whole)
