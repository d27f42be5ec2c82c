"""dedup on a real workspace: new rows only, sliding thresholds, templates, marks that come back."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curator.cli import main
from curator.conversation import Conversation, Origin, Rewrite, Turn
from curator.errors import ConfigError
from curator.similarity.templates import LEAST
from curator.stages import deduping, sketched
from curator.stages.base import Report, Silent
from curator.stages.runner import perform
from curator.stages.threads import threads
from curator.stages.twinship import STEPS, Cut, Ledger, parse_keep
from curator.stages.units import cut
from curator.store import Store
from curator.store.passages import UNITS, windows

WORDS = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in "bdklmnprst"]
SIGNS = [chr(0x4E00 + i) for i in range(800)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "w.duckdb") as store:
        yield store


def chat(*said: str, roles: tuple[str, ...] = ("user", "assistant")) -> Conversation:
    turns = tuple(Turn(roles[i % len(roles)], text) for i, text in enumerate(said))  # type: ignore[arg-type]
    return Conversation(turns, Origin("made here"))


def dedup(store: Store, **wishes: Any) -> Report:
    return perform(store, deduping.STAGE, deduping.Config(**wishes), None, Silent())


def asked(draw: random.Random, count: int, alphabet: list[str] = WORDS, glue: str = " ") -> str:
    return glue.join(draw.choices(alphabet, k=count))


def family(draw: random.Random, alphabet: list[str] = WORDS, glue: str = " ") -> list[str]:
    """A text and two copies with a few words changed."""
    words = draw.choices(alphabet, k=90)
    copies = [list(words), list(words)]
    for copy in copies:
        copy[draw.randrange(90)] = draw.choice(alphabet)
    return [glue.join(each) for each in (words, *copies)]


def keepers(store: Store, unit: str = "first-user-turn") -> list[tuple[str, int]]:
    return [(group.keeper, len(group.members)) for group in store.duplicates.groups(unit)]


@pytest.mark.parametrize(("alphabet", "glue"), [(WORDS, " "), (SIGNS, "")])
def test_a_second_run_sketches_only_new_rows_and_finds_the_same(
    store: Store, tmp_path: Path, alphabet: list[str], glue: str
) -> None:
    draw = random.Random(5)
    every = [text for _ in range(20) for text in family(draw, alphabet, glue)]
    draw.shuffle(every)
    chats = [chat(text, "Yes.") for text in every]
    store.conversations.add(chats[:30])
    dedup(store)
    before = len(store.twins.names("first-user-turn")[0])
    store.conversations.add(chats[30:])
    found = sketched.search(store, "first-user-turn", False, Silent())
    assert (found.read, found.texts) == (30, len(every) - before)
    dedup(store)
    with Store(tmp_path / "other.duckdb") as other:
        other.conversations.add(chats)
        dedup(other)
        assert keepers(other) == keepers(store)
    assert sum(count for _, count in keepers(store)) == 40


def test_what_was_sketched_before_a_stop_is_not_sketched_again(store: Store) -> None:
    draw = random.Random(6)
    store.conversations.add([chat(asked(draw, 30), "Yes.") for _ in range(9000)])
    stretches = windows(store.twins.missing("chat"))
    known = sketched.Known(store, "chat")
    known.take(stretches[0], store.twins.passages("chat", stretches[0]), False)
    assert len(store.twins.missing("chat")) == 9000 - len(stretches[0])


def test_the_threshold_slides_over_stored_pairs(store: Store) -> None:
    draw = random.Random(7)
    store.conversations.add([chat(text, "Yes.") for _ in range(9) for text in family(draw)])
    dedup(store, threshold=0.9)
    ledger = Ledger(store, "first-user-turn")
    tallies = [ledger.tally(Cut(step)) for step in STEPS]
    assert [tally.twins for tally in tallies] == sorted(
        (tally.twins for tally in tallies), reverse=True
    )
    assert tallies[0].twins == 18
    assert tallies[-1].twins == 0
    with pytest.raises(ConfigError, match="--threshold"):
        dedup(store, threshold=0.3)


def test_a_template_many_share_makes_no_twins_and_is_told(store: Store) -> None:
    draw = random.Random(8)
    frame = "You are a helpful tool user. Answer with a call of the search tool and nothing else: "
    texts = [frame + asked(draw, 4) for _ in range(LEAST + 20)]
    texts.append(texts[0] + " please")
    store.conversations.add([chat(text, "Yes.") for text in texts])
    report = dedup(store)
    assert report.counts["near twins"] == 1
    assert any("template" in line and "helpful tool user" in line for line in report.lines)
    ledger = Ledger(store, "first-user-turn")
    lines = "\n".join(threads(ledger, ledger.at(Cut(0.7))))
    assert "helpful tool" not in lines
    assert "shares “" in lines
    whole = dedup(store, whole=True, threshold=0.6)
    assert whole.counts["near twins"] > LEAST


def test_a_family_of_few_is_no_template(store: Store) -> None:
    draw = random.Random(9)
    frame = asked(draw, 40)
    store.conversations.add([chat(f"{frame} {asked(draw, 4)}", "Yes.") for _ in range(LEAST - 5)])
    assert dedup(store).counts["near twins"] == LEAST - 6


def test_sums_are_no_copies_of_each_other(store: Store) -> None:
    sums = [f"请计算 {a}+{b}= 等于多少？" for a in range(10, 20) for b in range(30, 40)]
    store.conversations.add([chat(text, "好。") for text in sums])
    assert dedup(store).counts["groups"] == 0


def test_a_system_preamble_makes_no_two_chats_alike(store: Store) -> None:
    draw = random.Random(10)
    preamble = asked(draw, 200)
    roles = ("system", "user", "assistant")
    chats = [chat(preamble, asked(draw, 12), asked(draw, 20), roles=roles) for _ in range(4)]
    store.conversations.add(chats)
    assert dedup(store, unit="chat").counts["groups"] == 0


def test_without_rewrites_their_search_says_what_makes_them(store: Store) -> None:
    store.conversations.add([chat("Is there anything to compare?", "No.")])
    assert "`curator reflect` makes them" in dedup(store, unit="rewrite").lines[0]


def test_what_was_taken_is_listed_before_it_is_named(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.conversations.add(chats := [chat("What is a mutex for?", answer) for answer in "abc"])
    path = str(tmp_path / "w.duckdb")
    store.close()
    assert main(["restore", "--workspace", path]) == 0
    assert "no search for twins took anything" in capsys.readouterr().out
    assert main(["dedup", "--remove", "--workspace", path]) == 0
    capsys.readouterr()
    assert main(["restore", "--workspace", path]) == 0
    said = capsys.readouterr().out
    assert "2 chats are out of sight" in said
    assert "What is a mutex for?" in said
    assert sum(chat.id[:12] in said for chat in chats) == 2
    assert main(["restore", "--all", chats[0].id, "--workspace", path]) == 2


def test_removed_twins_come_back_one_by_one_or_all(store: Store, tmp_path: Path) -> None:
    draw = random.Random(11)
    chats = [chat(text, "Yes.") for _ in range(3) for text in family(draw)]
    store.conversations.add(chats)
    assert dedup(store, remove=True).counts["chats taken out of sight"] == 6
    gone = store.twins.taken_out()
    assert store.conversations.count() == 3
    assert dedup(store).counts["groups"] == 0
    store.close()
    path = str(tmp_path / "w.duckdb")
    assert main(["restore", gone[0][1][:12], "--workspace", path]) == 0
    assert main(["restore", "--all", "--workspace", path]) == 0
    assert main(["restore", "none", "--workspace", path]) == 3
    with Store(tmp_path / "w.duckdb") as again:
        assert again.conversations.count() == 9
        assert dedup(again).counts["near twins"] == 6


def test_a_chained_heap_is_held_back_and_said(store: Store) -> None:
    draw = random.Random(12)
    words = draw.choices(WORDS, k=400)
    steps = [" ".join(words[at : at + 100]) for at in range(0, 300, 10)]
    store.conversations.add([chat(text, "Yes.") for text in steps])
    report = dedup(store, blob=10, remove=True)
    assert report.counts["held back"] == report.counts["near twins"]
    assert report.counts["chats taken out of sight"] == 0
    assert any("held back" in line for line in report.lines)
    assert store.duplicates.members("first-user-turn") == {}
    assert dedup(store, blob=100, remove=True).counts["chats taken out of sight"] > 5


def test_the_keep_rule_is_chosen_and_an_unknown_one_refused(store: Store) -> None:
    text = asked(random.Random(13), 40)
    short, long = chat(text, "Yes."), chat(text.upper(), "Yes, and much more than that.")
    store.conversations.add([short, long])
    dedup(store)
    assert keepers(store) == [(long.id, 1)]
    dedup(store, keep="shortest")
    assert keepers(store) == [(short.id, 1)]
    with pytest.raises(ConfigError, match="nicest"):
        parse_keep("nicest,oldest")


def test_train_rows_near_an_eval_file_are_found_and_go(store: Store, tmp_path: Path) -> None:
    draw = random.Random(14)
    one, near, copy = family(draw)
    store.conversations.add([chat(near, "Yes."), chat(copy, "No."), chat(asked(draw, 90), "So.")])
    file = tmp_path / "eval.jsonl"
    file.write_text(json.dumps({"instruction": one, "input": "", "output": "Yes."}) + "\n")
    report = dedup(store, against=(str(file),), remove=True)
    assert report.counts["near one of them"] == 2
    assert store.conversations.count() == 1


def test_one_part_of_the_workspace_is_held_against_the_rest(store: Store) -> None:
    draw = random.Random(15)
    one, near, _ = family(draw)
    store.conversations.add([chat(one, "Yes."), chat(near, "No."), chat(asked(draw, 90), "So.")])
    ids = store.conversations.ids()
    store.tags.add(ids[:1], "eval", "ann")
    report = dedup(store, against_where="tag:eval")
    assert (report.counts["texts asked about"], report.counts["near one of them"]) == (1, 1)
    assert report.rows[0][2] == ids[1]


@pytest.mark.parametrize("unit", UNITS[:-1])
def test_texts_are_read_as_a_unit_is_cut(store: Store, unit: Any) -> None:
    roles = ("user", "user", "assistant", "tool", "assistant")
    chats = [
        chat("Why?", "Because.", "And then?", "没有了。"), chat("", "Nothing was asked."),
        chat("one", "two", "three", "four", "five", roles=roles), chat("alone"),
    ]  # fmt: skip
    store.conversations.add(chats)
    expected = [(ord_, text) for ord_, each in enumerate(chats) for _, text in cut(unit, each)]
    read = store.twins.passages(unit, np.arange(len(chats)))
    assert list(zip(read.ords.tolist(), read.batch.texts(), strict=True)) == expected


def test_rewrites_are_compared_but_not_hidden(store: Store) -> None:
    text = asked(random.Random(16), 60)
    one, two = chat("Why?", "A."), chat("How?", "B.")
    store.conversations.add([one, two])
    store.rewrites.add([Rewrite(c.id, 1, "Vague.", text, "m", "p") for c in (one, two)])
    assert dedup(store, unit="rewrite").counts["exact copies"] == 1
    with pytest.raises(ConfigError, match="--remove"):
        dedup(store, unit="rewrite", remove=True)


def test_groups_are_listed_for_people_and_programs(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.conversations.add([chat(text, "Yes.") for text in family(random.Random(17))])
    report = dedup(store, show=1)
    assert any("kept, 2 twins" in line for line in report.lines)
    store.close()
    path = str(tmp_path / "w.duckdb")
    assert main(["duplicates", "--workspace", path, "--threshold", "0.8", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert len(said["groups"][0]["members"]) == 2
    assert main(["duplicates", "--workspace", path, "--unit", "answer"]) == 2


def test_what_was_compared_last_is_what_is_opened(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / "w.duckdb")
    store.conversations.add([chat(text, "Yes.") for text in family(random.Random(17))])
    dedup(store, unit="chat")
    store.close()
    assert main(["duplicates", "--workspace", path]) == 0
    assert "what was compared: chat" in capsys.readouterr().out
    assert main(["duplicates", "--workspace", path, "--unit", "answer"]) == 2
    assert "only chat" in capsys.readouterr().err


def test_a_search_leaves_duckdb_the_memory_it_had(store: Store) -> None:
    draw = random.Random(21)
    store.conversations.add([chat(text, "Yes.") for text in family(draw)])
    usual = store.connection.value("select current_setting('memory_limit')")
    with store.twins.lean():
        assert store.connection.value("select current_setting('memory_limit')") == "40.0 MiB"
    dedup(store)
    assert store.connection.value("select current_setting('memory_limit')") == usual


def test_a_sheet_holds_what_can_be_compared_and_room_for_more(store: Store) -> None:
    store.conversations.add([chat("?!  … !!", "Yes."), chat("Tell me of rivers", "Yes.")])
    dedup(store)
    sheet = store.twins.sheet("first-user-turn", 2, room=3)
    assert (len(sheet.texts), sheet.words.tolist(), len(sheet.rows)) == (1, [4], 4)


def test_a_few_very_long_chats_are_compiled_for_and_need_no_more_than_they_are(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = random.Random(31)
    long = asked(draw, 900_000)
    store.conversations.add([chat(long, "Yes."), chat(long + " more", "Yes."), chat("Hm?", "No.")])
    used: list[bool | None] = []
    really = sketched.sketch

    def watched(*given: Any, **named: Any) -> Any:
        used.append(named.get("compiled", given[3] if len(given) > 3 else None))
        return really(*given, **named)

    monkeypatch.setattr(sketched, "sketch", watched)
    assert dedup(store).counts["near twins"] == 1
    assert True in used


def test_many_sketches_are_laid_aside_and_find_the_same_pairs(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = random.Random(8)
    store.conversations.add([chat(text, "Yes.") for _ in range(20) for text in family(draw)])
    found = dedup(store).counts["near twins"]
    assert int(found) > 0
    pairs = store.twins.pairs("first-user-turn")[0].tolist()
    store.twins.forget("first-user-turn")
    monkeypatch.setattr("curator.store.sheets.MANY", 1)
    assert dedup(store).counts["near twins"] == found
    assert store.twins.pairs("first-user-turn")[0].tolist() == pairs
