"""The export stage on a real workspace, read back from the real files."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from curator.conversation import Turn
from curator.errors import Cancelled, ConfigError, DataError, StoreError
from curator.stages.base import Report, Silent
from curator.stages.exporting import STAGE, Config
from curator.stages.runner import perform
from curator.store import Store
from tests.export.curating import chat, settle, workspace


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with workspace(tmp_path) as opened:
        yield opened


def export(store: Store, **wanted: Any) -> Report:
    wanted.setdefault("out", str(store.path.parent / "out.jsonl"))
    return perform(store, STAGE, Config(**wanted), None, Silent())  # type: ignore[arg-type]


def rows(store: Store, name: str = "out.jsonl") -> list[dict[str, Any]]:
    text = (store.path.parent / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_an_accepted_answer_leaves_with_the_turns_before_it_and_none_after(store: Store) -> None:
    one = chat()
    store.conversations.add([one, chat(Turn("user", "a"), Turn("assistant", "b"))])
    settle(store, one, "accept")
    export(store, format="alpaca")
    assert rows(store) == [
        {
            "instruction": "How do I boil an egg?",
            "input": "",
            "output": "Boil it.",
            "system": "Be brief.",
        }
    ]


def test_ultrachat_tells_the_whole_chat_when_what_follows_is_kept(store: Store) -> None:
    one = chat(source_id="c7")
    store.conversations.add([one])
    settle(store, one, "edit", content="Boil it, ten minutes.")
    export(store, format="ultrachat", after="keep")
    (row,) = rows(store)
    assert row["id"] == "c7"
    assert row["data"][:2] == ["How do I boil an egg?", "Boil it, ten minutes."]
    assert len(row["data"]) == 6


def test_a_rejected_rewrite_is_the_rejected_side_of_a_pair(store: Store) -> None:
    one = chat()
    store.conversations.add([one])
    settle(store, one, "reject")
    export(store, format="dpo-trl")
    (row,) = rows(store)
    assert [m["role"] for m in row["prompt"]] == ["system", "user"]
    assert row["chosen"] == [{"role": "assistant", "content": "Put it in the microwave."}]
    assert row["rejected"] == [{"role": "assistant", "content": "Boil it."}]


def test_each_settled_turn_is_an_example_of_its_own_and_learns_only_that_turn(
    store: Store,
) -> None:
    one = chat()
    store.conversations.add([one])
    settle(store, one, "accept", turn=2)
    settle(store, one, "accept", turn=4)
    export(store, format="messages")
    first, second = rows(store)
    assert [len(first["messages"]), len(second["messages"])] == [3, 5]
    assert second["messages"][2] == {
        "role": "assistant", "content": "Put it in the microwave.", "weight": 0,
    }  # fmt: skip
    assert second["messages"][4] == {"role": "assistant", "content": "Boil it."}


def test_the_same_workspace_and_command_give_the_same_bytes(store: Store) -> None:
    one = chat()
    store.conversations.add([one, chat(Turn("user", "a"), Turn("assistant", "b"))])
    settle(store, one, "accept")
    out = store.path.parent / "out.jsonl"
    export(store, include=("settled", "untouched"))
    before = out.read_bytes()
    export(store, include=("settled", "untouched"), force=True)
    assert out.read_bytes() == before
    assert len(store.exports.all()) == 2


def test_a_file_that_is_there_is_kept_without_force(store: Store) -> None:
    one = chat()
    store.conversations.add([one])
    settle(store, one, "accept")
    out = store.path.parent / "out.jsonl"
    out.write_text("mine")
    with pytest.raises(ConfigError, match="--force"):
        export(store)
    assert out.read_text() == "mine"


def test_nothing_settled_says_what_there_is_and_what_to_do(store: Store) -> None:
    store.conversations.add([chat()])
    with pytest.raises(DataError, match=r"1 untouched.*curator review"):
        export(store)
    assert not (store.path.parent / "out.jsonl").exists()


def test_exported_files_get_the_permissions_that_the_person_gives_files(tmp_path: Path) -> None:
    script = f"""
import os
os.umask(0o027)
from pathlib import Path
from tests.export.curating import chat, settle, workspace
from curator.stages.base import Silent
from curator.stages.exporting import STAGE, Config
with workspace(Path({str(tmp_path)!r})) as store:
    one = chat()
    store.conversations.add([one])
    settle(store, one, "accept")
    out = str(store.path.parent / "new" / "out")
    STAGE.run(store, Config(format="messages", out=out), None, Silent())
"""
    subprocess.run([sys.executable, "-c", script], check=True)
    modes = {file.name: file.stat().st_mode & 0o777 for file in (tmp_path / "new/out").iterdir()}
    assert modes["train.jsonl"] == modes["manifest.json"] == 0o640
    assert (tmp_path / "new/out").stat().st_mode & 0o777 == 0o750
    assert next(tmp_path.glob("*.duckdb")).stat().st_mode & 0o777 == 0o600


def test_questions_after_a_changed_answer_are_listed_to_be_asked_again(store: Store) -> None:
    one = chat()
    store.conversations.add([one])
    settle(store, one, "accept")
    report = export(store, after="replay")
    (listed,) = rows(store, "out.replay.jsonl")
    later = [turn.content for turn in one.turns[listed["turn"] + 1 :] if turn.role == "user"]
    assert listed["ask again"] == later
    assert listed["row"] == 1
    assert report.data["manifest"]["replay"]["examples"] == 1
    export(store, after="cut", force=True)
    assert "replay" not in json.loads((store.path.parent / "out.manifest.json").read_text())


def test_the_manifest_says_how_many_tokens_the_rows_have(store: Store) -> None:
    one = chat()
    store.conversations.add([one, chat(Turn("user", "a" * 400), Turn("assistant", "b" * 400))])
    report = export(store, include=("untouched",))
    (file,) = report.data["manifest"]["files"]
    assert file["tokens"]["longest"] >= 200
    assert file["tokens"]["in all"] >= file["tokens"]["longest"] + file["tokens"]["shortest"]
    assert any("tokens a row" in line for line in report.lines)


def test_rows_that_all_fit_by_estimate_are_not_said_to_fit_for_sure(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curator.stages.exporting.MANY", 0)
    store.conversations.add([chat(Turn("user", "why? " * 20), Turn("assistant", "so " * 1000))])
    report = export(store, include=("untouched",))
    (told,) = [line for line in report.lines if "TRL" in line]
    assert told.startswith("By estimate TRL would take every row whole, but 1 may be over")


def test_a_row_that_an_estimate_lets_pass_by_little_is_counted_as_unsure(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curator.stages.exporting.MANY", 0)
    store.conversations.add(
        [chat(Turn("user", "why? " * 20), Turn("assistant", "so " * n)) for n in (10, 1000, 2000)]
    )
    report = export(store, include=("untouched",))
    (unsure,) = [line for line in report.lines if "may be over" in line]
    assert unsure.startswith("1 more rows may be over")
    assert any("Lengths: estimated" in line for line in report.lines)
    assert sum(row[2] for row in report.rows if row[1] == "cut") == 1


def test_tokens_are_counted_for_however_many_chats_where_a_check_is_asked_for(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from curator.engines import models

    folder = tmp_path / f"{models.CHAT}.transformers"
    folder.mkdir()
    words_as_tokens(folder)
    monkeypatch.setattr(models, "folder", lambda: tmp_path)
    monkeypatch.setattr("curator.stages.exporting.MANY", 0)
    store.conversations.add([chat(Turn("user", "a b c"), Turn("assistant", "a " * 1100))])
    without = export(store, include=("untouched",))
    assert not without.rows
    asked = export(store, include=("untouched",), check=("trl",), force=True)
    assert [row[1] for row in asked.rows] == ["cut"]
    assert not any("may be over" in line for line in asked.lines)


def words_as_tokens(folder: Path) -> None:
    """A tokenizer that takes each word for a token."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    made = Tokenizer(models.WordLevel({"a": 0, "?": 1}, unk_token="?"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made.save(str(folder / "tokenizer.json"))


def test_an_unknown_layout_gets_the_nearest_name(store: Store) -> None:
    with pytest.raises(ConfigError, match="did you mean alpaca"):
        export(store, format="alpacca")


def test_a_folder_nobody_may_write_to_is_one_sentence(store: Store, tmp_path: Path) -> None:
    one = chat()
    store.conversations.add([one])
    settle(store, one, "accept")
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        export(store, out=str(tmp_path / "file" / "x.jsonl"))


def test_redacting_leaves_marks_for_private_data_and_counts_them(store: Store) -> None:
    told = Turn("user", "Mail anna.k@rivers.net, then bob@rivers.net, or call +49 30 901820.")
    one = chat(told, Turn("assistant", "Done."), Turn("user", "Boil it: 卡号 4539 1488 0343 6467."))
    store.conversations.add([one, chat(Turn("user", "Hi"), Turn("assistant", "Hello."))])
    report = export(store, format="messages", include=("untouched",), redact=True)
    first, second = rows(store)
    assert first["messages"][0]["content"] == "Mail [EMAIL], then [EMAIL], or call [PHONE]."
    assert first["messages"][2]["content"] == "Boil it: 卡号 [CARD]."
    assert second["messages"][1]["content"] == "Hello."
    counted = {"card-number": 1, "e-mail": 2, "phone": 1}
    assert report.data["manifest"]["redacted"] == counted
    assert rows(store, "out.losses.jsonl")[0]["redacted"] == counted
    assert any("2 e-mail" in line for line in report.lines)


def test_nothing_is_redacted_unless_asked_for(store: Store) -> None:
    store.conversations.add([chat(Turn("user", "Mail anna.k@rivers.net"), Turn("assistant", "Ok"))])
    report = export(store, format="messages", include=("untouched",))
    assert "anna.k@rivers.net" in json.dumps(rows(store))
    assert "redacted" not in report.data["manifest"]


def test_redacting_reaches_the_questions_to_ask_again(store: Store) -> None:
    one = chat(
        Turn("user", "How?"), Turn("assistant", "So."), Turn("user", "Mail anna.k@rivers.net")
    )
    store.conversations.add([one])
    settle(store, one, "accept", turn=1)
    export(store, format="messages", after="replay", redact=True)
    assert rows(store, "out.replay.jsonl")[0]["ask again"] == ["Mail [EMAIL]"]


class Impatient(Silent):
    """Someone who stops the work once some of it is done."""

    def step(self, n: int = 1, note: str = "") -> None:
        super().step(n, note)
        raise Cancelled("stopped; what was finished is kept, the same command goes on")


def test_a_stopped_export_leaves_no_file_and_says_that_it_begins_anew(store: Store) -> None:
    one = chat()
    store.conversations.add([one])
    settle(store, one, "accept")
    before = sorted(store.path.parent.iterdir())
    config = Config(out=str(store.path.parent / "out.jsonl"), format="alpaca")
    with pytest.raises(Cancelled, match=r"no file was written.*begins it anew"):
        perform(store, STAGE, config, None, Impatient())  # type: ignore[arg-type]
    assert sorted(store.path.parent.iterdir()) == before
    export(store, format="alpaca")
    assert len(rows(store)) == 1
