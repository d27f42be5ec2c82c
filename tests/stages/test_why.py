"""An exported line is walked back to where it came from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from curator.errors import ConfigError, DataError
from curator.stages.base import Report, Silent
from curator.stages.exporting import STAGE as EXPORT
from curator.stages.exporting import Config as Export
from curator.stages.runner import perform
from curator.stages.why import STAGE, Config, passport
from curator.store import Store
from tests.export.curating import chat, settle, workspace
from tests.store import workspaces


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with workspace(tmp_path) as opened:
        one, two = chat(line=4, license="MIT"), chat(*chat().turns[1:], line=9)
        opened.conversations.add([one, two])
        settle(opened, one, "accept")
        settle(opened, two, "edit", turn=1, content="Boil it, slowly.")
        out = str(tmp_path / "out.jsonl")
        perform(opened, EXPORT, Export(out=out), None, Silent())  # type: ignore[arg-type]
        yield opened


def why(store: Store, row: str) -> Report:
    return perform(store, STAGE, Config(row=row), None, Silent())  # type: ignore[arg-type]


def test_a_line_leads_to_source_model_prompt_criticism_reviewer_and_time(store: Store) -> None:
    report = why(store, f"{store.path.parent}/out.jsonl:2")
    said = dict(report.rows)
    assert said["source"] == "chats.jsonl:9"
    assert said["question"] == "How do I boil an egg?"
    assert said["old answer"] == "Put it in the microwave."
    assert said["new answer"] == "Boil it."
    assert said["criticism"] == "A microwave bursts an egg."
    assert (said["model"], said["prompt"]) == ("tiny-model", "prompt-1")
    assert said["decided"].startswith("edit by ada, 20")
    assert said["edited to"] == "Boil it, slowly."
    assert said["file now"] == "as it was written"


def test_the_first_line_leads_to_the_first_chat_and_its_licence(store: Store) -> None:
    said = dict(why(store, f"{store.path.parent}/out.jsonl:1").rows)
    assert (said["source"], said["licence"]) == ("chats.jsonl:4", "MIT")


def test_a_file_that_was_moved_is_known_by_its_bytes(store: Store, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere.jsonl"
    (tmp_path / "out.jsonl").rename(moved)
    assert dict(why(store, f"{moved}:2").rows)["source"] == "chats.jsonl:9"


def test_a_file_that_was_changed_says_so(store: Store, tmp_path: Path) -> None:
    with (tmp_path / "out.jsonl").open("a") as file:
        file.write("{}\n")
    assert "changed since" in dict(why(store, f"{tmp_path}/out.jsonl:1").rows)["file now"]


def test_a_line_that_is_not_there_is_one_sentence(store: Store) -> None:
    with pytest.raises(DataError, match="never had a line 7"):
        why(store, f"{store.path.parent}/out.jsonl:7")


def test_the_lines_of_a_list_are_counted_as_an_editor_does(store: Store, tmp_path: Path) -> None:
    listed = tmp_path / "listed.json"
    asked = Export(format="alpaca", out=str(listed))
    perform(store, EXPORT, asked, None, Silent())  # type: ignore[arg-type]
    with pytest.raises(DataError, match=r"line 1 is the bracket .* rows begin on line 2"):
        why(store, f"{listed}:1")
    assert dict(why(store, f"{listed}:3").rows)["source"] == "chats.jsonl:9"
    with pytest.raises(DataError, match="never had a line 4"):
        why(store, f"{listed}:4")


def test_a_strange_file_names_the_known_ones(store: Store, tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text("{}\n")
    with pytest.raises(DataError, match=r"not exported from this workspace.*out\.jsonl"):
        why(store, f"{tmp_path}/mine.jsonl:1")


def test_a_row_without_a_line_shows_how_to_write_it(store: Store) -> None:
    with pytest.raises(ConfigError, match="FILE:LINE"):
        why(store, "out.jsonl")


def test_a_turn_behind_a_changed_answer_is_called_stale(store: Store) -> None:
    one = chat(line=4, license="MIT")
    said = dict(passport(store, one, 4))
    assert said["stale"] == "follows turn 3, which was changed"
    assert "stale" not in dict(passport(store, one, 2))


def test_of_several_proposals_the_one_that_is_asked_for_comes_first(tmp_path: Path) -> None:
    with Store(tmp_path / "several.duckdb") as store:
        one = workspaces.chat(0)
        several = [workspaces.proposal(one, f"text {n}", n) for n in range(3)]
        store.conversations.add([one])
        store.rewrites.add(several)
        said = passport(store, one, several[2].turn_index, several[2].id)
        answers = [pair for pair in said if pair[0].startswith("new answer")]
        assert answers == [
            ("new answer 3 of 3", "text 2"),
            ("new answer 1 of 3", "text 0"),
            ("new answer 2 of 3", "text 1"),
        ]
