"""Turns leave in whole groups, in order, whatever the sizes they came in; ids are known exactly."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.conversation import Conversation, Origin, Turn
from curator.formats.fast import Block
from curator.store import Store, waiting
from curator.store.known import Known
from curator.store.waiting import WaitingTurns

Row = tuple[int, int, str, str, str | None]


def chat(texts: list[str]) -> Conversation:
    turns = [Turn(("user", "assistant")[i % 2], text) for i, text in enumerate(texts)]
    if turns:
        turns[0] = Turn("user", turns[0].content, {"input": "x"})
    return Conversation(tuple(turns), Origin("a"))


def block(chats: list[list[str]]) -> Block:
    flat = [text.encode() for texts in chats for text in texts]
    roles = [1 + i % 2 for texts in chats for i in range(len(texts))]
    return Block(
        "ultrachat", [""] * len(chats), [""] * len(chats), [0] * len(chats), [None] * len(chats),
        np.array([len(texts) for texts in chats], np.int64),
        np.frombuffer(b"".join(flat), np.uint8),
        np.cumsum([0, *map(len, flat)]),
        np.array(roles, np.int8),
    )  # fmt: skip


def left(columns: dict[str, Any]) -> list[Row]:
    return list(zip(*(columns[name].to_pylist() for name in columns), strict=True))


texts = st.lists(st.text("aé好", max_size=5), min_size=1, max_size=5)
pieces = st.lists(
    texts | st.lists(st.tuples(texts, st.booleans()), min_size=1, max_size=4), max_size=12
)


@given(pieces, st.integers(1, 7), st.integers(1, 7), st.sampled_from([3, 1000]), st.booleans())
@settings(max_examples=150, deadline=None)
def test_rows_come_out_once_and_in_order(
    pieces: list[Any], size: int, room: int, most: int, hurried: bool
) -> None:
    turns = WaitingTurns(size, min(room, size), most)
    slack, waiting.SLACK = waiting.SLACK, 2
    expected: list[Row] = []
    found: list[Row] = []
    groups: list[int] = []
    ord_ = 0
    try:
        for piece in pieces:
            single = isinstance(piece[0], str)
            chats = [piece] if single else [said for said, wanted in piece if wanted]
            if single:
                turns.add(ord_, chat(piece))
            else:
                wanted = [wanted for _, wanted in piece]
                turns.add_block(ord_, block([said for said, _ in piece]), wanted)
            for said in chats:
                for i, text in enumerate(said):
                    extra = '{"input": "x"}' if single and not i else None
                    expected.append((ord_, i, ("user", "assistant")[i % 2], text, extra))
                ord_ += 1
            while group := turns.take(hurried):
                found += left(group.columns())
                groups.append(group.count)
                turns.give_back(group)
            first = turns.first()
            assert first == (expected[len(found)][0] if len(found) < len(expected) else None)
        while group := turns.take(True):
            found += left(group.columns())
            turns.give_back(group)
    finally:
        waiting.SLACK = slack
    assert found == expected
    if most == 1000 and not hurried:
        assert groups in ([], [min(room, size), *[size] * (len(groups) - 1)])


def test_what_is_stored_or_waits_is_never_new(tmp_path: Path) -> None:
    with Store(tmp_path / "w.duckdb") as store:
        store.conversations.add([chat([str(n), "b"]) for n in range(50)])
        ids = [chat([str(n), "b"]).id for n in range(100)]
        known = Known(store.connection)
        stored, fresh = known.sort_out([*ids, ids[60], "short", "short"])
        assert sorted(stored) == sorted(ids[:50])
        assert fresh == [False] * 50 + [True] * 50 + [False, True, False]
        assert known.sort_out(ids[40:70])[1] == [False] * 30
        known.committed(ids)
        store.conversations.add([chat([str(n), "b"]) for n in range(50, 100)])
        assert known.sort_out(ids)[1] == [False] * 100
        assert known.sort_out([])[1] == []


@pytest.mark.parametrize("power", [5, 27])
def test_a_full_filter_only_asks_more_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, power: int
) -> None:
    monkeypatch.setattr("curator.store.known.POWER", power)
    with Store(tmp_path / "w.duckdb") as store:
        store.conversations.add([chat([str(n), "b"]) for n in range(30)])
        known = Known(store.connection)
        ids = [chat([str(n), "b"]).id for n in range(60)]
        assert known.sort_out(ids)[1] == [False] * 30 + [True] * 30
