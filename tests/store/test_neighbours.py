"""The proposals for one chat are found the same way in a small workspace and in a large one."""

import pytest

from curator.store import Store, neighbours
from tests.store.workspaces import chat, proposal, said


@pytest.mark.parametrize(("few", "searched"), [(2_000, 100_000), (0, 100_000), (0, 0)])
def test_all_proposals_of_a_chat_are_found_by_turn_and_age(tmp_path, monkeypatch, few, searched):
    monkeypatch.setattr(neighbours, "FEW", few)
    monkeypatch.setattr(neighbours, "SEARCHED", searched)
    chats = [chat(number) for number in range(5)]
    with Store(tmp_path / "w.duckdb") as store:
        store.conversations.add(chats)
        made = [proposal(c, f"{c.origin.line} {n}", n) for n in range(2) for c in chats]
        store.rewrites.add(made)
        room = neighbours.Neighbours(store.connection)
        wanted = {chats[3].id: 3, chats[1].id: 1}
        for _ in range(2):
            found = room.of(wanted)
            texts = {id_: [n.content for n in several] for id_, several in found.items()}
            assert texts == {chats[1].id: ["2 0", "2 1"], chats[3].id: ["4 0", "4 1"]}
            assert [n.ticket for n in found[chats[1].id]] == [(1, 1), (6, 1)]
        late = proposal(chats[1], "late", 2)
        store.rewrites.add([late])
        store.decisions.record(said(late, "edit", content="mine"))
        *_, last = room.of(wanted)[chats[1].id]
        assert (last.content, last.verdict, last.stands) == ("late", "edit", "mine")
        assert room.of({chat(99).id: 99}) == {}
