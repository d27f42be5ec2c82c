"""The library's orders: by what they say, and of equals as they came."""

import pytest

from curator.conversation import Conversation, Origin, Turn
from curator.store import Store
from curator.store.shelf import ORDERS

#: Language, source, how many turns.
CHATS = (
    ("zh", "b.jsonl", 2), (None, "a.jsonl", 1), ("en", "b.jsonl", 3), ("zh", "a.jsonl", 2),
    ("en", "c.jsonl", 1), ("", "c.jsonl", 3),
)  # fmt: skip
KEYS = {
    "as they came": lambda at: at,
    "newest first": lambda at: -at,
    "most turns first": lambda at: -CHATS[at][2],
    "fewest turns first": lambda at: CHATS[at][2],
    "by language": lambda at: (CHATS[at][0] is None, CHATS[at][0]),
    "by source": lambda at: CHATS[at][1],
}


def chat(number):
    language, source, turns = CHATS[number]
    return Conversation(
        tuple(Turn("user", f"{number}.{turn}") for turn in range(turns)),
        Origin(source, number + 1),
        {} if language is None else {"language": language},
    )


@pytest.mark.parametrize("order", ORDERS)
def test_every_order_goes_by_what_it_says_and_then_as_they_came(tmp_path, order):
    with Store(tmp_path / "w.duckdb") as store:
        store.conversations.add([chat(number) for number in range(len(CHATS))])
        assert store.shelf.order(order).tolist() == sorted(range(len(CHATS)), key=KEYS[order])
        store.hiding.hide([2], "by hand")
        assert 2 not in store.shelf.order(order).tolist()
