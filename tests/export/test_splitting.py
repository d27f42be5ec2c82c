"""Splits tear no family apart, and evaluation sets keep their chats out."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.conversation import Turn
from curator.errors import ConfigError, DataError
from curator.export.contamination import EvalSet
from curator.export.splitting import Families, _reached, kin_of, shares_of
from curator.stages.base import Report, Silent
from curator.stages.exporting import STAGE, Config
from curator.stages.runner import perform
from curator.store import Store
from tests.export.curating import chat, workspace

WORDS = [
    "apple",
    "river",
    "mountain",
    "engine",
    "violin",
    "harbour",
    "window",
    "candle",
    "forest",
    "market",
]


def asking(number: int, more: str = "") -> tuple[Turn, Turn]:
    words = " ".join(WORDS[(number * 7 + k * (number + 3)) % 10] for k in range(12))
    question = f"Question {number} about {words} {more}"
    return Turn("user", question), Turn("assistant", f"Answer {number}")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with workspace(tmp_path) as opened:
        yield opened


def export(store: Store, **wanted: Any) -> Report:
    wanted.setdefault("out", str(store.path.parent / "out"))
    wanted.setdefault("include", ("untouched",))
    return perform(store, STAGE, Config(**wanted), None, Silent())  # type: ignore[arg-type]


def questions(path: Path) -> list[str]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [row["messages"][0]["content"] for row in rows]


@settings(deadline=None)  # the first call loads what is compiled
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=40), st.integers(0, 9))
def test_no_family_is_on_two_sides_and_nobody_is_lost(
    pairs: list[tuple[int, int]], seed: int
) -> None:
    families = Families()
    for ord_ in range(41):
        families.add(ord_, kin_of(chat(*asking(ord_))))
    for one, other in pairs:
        families.join(one, other)
    dealt = families.sides((0.8, 0.1, 0.1), seed)
    assert dealt.ords.tolist() == list(range(41))
    assert all(dealt[one] == dealt[other] for one, other in pairs)
    again = families.sides((0.8, 0.1, 0.1), seed)
    assert dealt.sides.tolist() == again.sides.tolist()


def test_pieces_of_one_source_chat_and_near_twins_stay_together(
    store: Store, tmp_path: Path
) -> None:
    chats = [chat(*asking(n), line=n) for n in range(40)]
    chats += [chat(*asking(100 + n), source_id=f"abc_{n}") for n in range(3)]
    long = asking(7)[0].content
    chats += [chat(Turn("user", f"{long} please"), Turn("assistant", "twin"))]
    store.conversations.add(chats)
    export(store, split="0.6,0.2,0.2")
    sides = {
        name: questions(tmp_path / "out" / f"{name}.jsonl")
        for name in ("train", "validation", "test")
    }
    assert sum(map(len, sides.values())) == 44
    assert all(len(found) >= 4 for found in sides.values())
    for family in (("Question 100 ", "Question 101 ", "Question 102 "), ("Question 7 ",)):
        homes = {
            name
            for name, found in sides.items()
            for question in found
            if question.startswith(family)
        }
        assert len(homes) == 1


def test_a_chat_that_the_evaluation_set_knows_is_left_out_and_named(
    store: Store, tmp_path: Path
) -> None:
    store.conversations.add([chat(*asking(n), line=n) for n in range(6)])
    known = tmp_path / "eval.json"
    almost = asking(4)[0].content.replace("Question", "question") + "!"
    near = asking(2)[0].content + " now"
    known.write_text(json.dumps([{"prompt": almost}, {"prompt": near}]), encoding="utf-8")
    report = export(store, eval_set=(str(known),))
    left = questions(tmp_path / "out" / "train.jsonl")
    assert [q.split()[1] for q in left] == ["0", "1", "3", "5"]
    assert report.counts["blocked by the evaluation set"] == 2
    told = (tmp_path / "out" / "check.jsonl").read_text(encoding="utf-8")
    assert "chats.jsonl:4" in told
    assert "letter by letter" in told


def test_strict_writes_nothing_where_a_chat_is_known(store: Store, tmp_path: Path) -> None:
    store.conversations.add([chat(*asking(n), line=n) for n in range(6)])
    known = tmp_path / "eval.json"
    known.write_text(json.dumps([{"prompt": asking(1)[0].content}]), encoding="utf-8")
    with pytest.raises(DataError, match="--strict: 1 chats"):
        export(store, eval_set=(str(known),), strict=True)
    assert not (tmp_path / "out").exists()


def test_rows_of_the_evaluation_set_that_cannot_be_read_are_said(
    store: Store, tmp_path: Path
) -> None:
    store.conversations.add([chat(*asking(n), line=n) for n in range(6)])
    known = tmp_path / "eval.jsonl"
    good = json.dumps({"prompt": asking(4)[0].content})
    known.write_text(f'{good}\n{{"prompt": \n{{"prompt": 5}}\n', encoding="utf-8")
    report = export(store, eval_set=(str(known),))
    assert report.counts["blocked by the evaluation set"] == 1
    (said,) = [line for line in report.lines if "evaluation set" in line]
    assert said.startswith("2 rows of the evaluation set cannot be read (eval.jsonl:2: ")
    assert "eval.jsonl:3: " in said
    with pytest.raises(DataError, match=r"--strict: 2 rows .*eval\.jsonl:2"):
        export(store, eval_set=(str(known),), strict=True, force=True)


def test_a_dry_run_counts_and_writes_nothing(store: Store, tmp_path: Path) -> None:
    store.conversations.add([chat(*asking(n), line=n) for n in range(6)])
    report = export(store, dry_run=True, check=("trl", "openai"))
    assert report.counts["rows"] == 6
    assert any(row[0] == "openai" and "at least 10" in row[4] for row in report.rows)
    assert not (tmp_path / "out").exists()
    assert store.exports.latest() is None


def test_one_licence_can_be_asked_for(store: Store, tmp_path: Path) -> None:
    store.conversations.add([chat(*asking(1), license="MIT"), chat(*asking(2), license="GPL-3.0")])
    export(store, license=("MIT",))
    assert [q.split()[1] for q in questions(tmp_path / "out" / "train.jsonl")] == ["1"]


def test_short_courtesies_contaminate_nothing() -> None:
    known = EvalSet([chat(Turn("user", "Name a river of Asia."), Turn("user", "thanks"))])
    talk = chat(Turn("user", "Boil an egg for me, will you?"), Turn("user", "thanks"))
    assert list(known.hits([talk])) == []


@pytest.mark.parametrize("text", ["0.5", "a,b", "0.9,0.2", "1.1,-0.1", "0.7,0.1,0.1,0.1"])
def test_shares_that_make_no_whole_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="add up to 1"):
        shares_of(text)


@given(
    st.integers(1, 60).flatmap(
        lambda n: st.tuples(
            st.just(n), st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)))
        )
    )
)
def test_the_first_of_a_family_is_found_from_anywhere(
    given_: tuple[int, list[tuple[int, int]]],
) -> None:
    count, edges = given_
    families = [{n} for n in range(count)]
    for one, other in edges:
        both = families[one] | families[other]
        for member in both:
            families[member] = both
    ends = np.array(edges, np.int64).reshape(-1, 2)
    found = _reached(count, ends[:, 0], ends[:, 1])
    assert found.tolist() == [min(family) for family in families]


def test_chats_with_like_answers_stay_together_whatever_was_asked(
    store: Store, tmp_path: Path
) -> None:
    long = " ".join(WORDS[n % len(WORDS)] + str(n) for n in range(300))
    store.conversations.add([chat(*asking(n), line=n) for n in range(40)])
    store.conversations.add(
        [
            chat(Turn("user", f"Tell {word}, please, now"), Turn("assistant", long), line=n)
            for n, word in enumerate(("Anna of it", "us all", "more than that", "me"))
        ]
    )
    export(store, split="0.5,0.5")
    sides = [
        sum("please, now" in question for question in questions(tmp_path / "out" / f"{side}.jsonl"))
        for side in ("train", "validation")
    ]
    assert sorted(sides) == [0, 4]
