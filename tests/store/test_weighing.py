"""Objections are weighed once, in any pieces, and the order is what it always was."""

import pytest

from curator.conversation import Conversation, Origin, Rewrite, Turn
from curator.errors import Cancelled
from curator.filters.views import QueueSpec
from curator.objections import strength
from curator.progress import Silent
from curator.store import queues, weighing

SAID = (
    "That is wrong, you forgot the second part.", "Thanks, that is perfect!", "不对，你答错了。",
    "", "Can you make it shorter?", "No, the answer is not what I asked for.",
)  # fmt: skip
FIRST_SEEN = QueueSpec("all", "objections")


def filled(store, count=40):
    """Chats of eight turns in which users say this and that, with two rewrites of each."""
    chats = []
    for number in range(count):
        turns = [Turn("user", f"What is {number}?")]
        for n in range(3):
            turns += [
                Turn("assistant", f"It is {number + n}. " + SAID[0] * (n == 1)),
                Turn("user", SAID[(number * 5 + n * n + n) % len(SAID)]),
            ]
        chats.append(Conversation((*turns, Turn("assistant", "So be it.")), Origin("s", number)))
    rewrites = [
        Rewrite(chat.id, turn, "", f"New {n}.", "m", "p")
        for turn in (3, 1)
        for n, chat in enumerate(chats[::-1])
    ]
    store.conversations.add(chats)
    store.rewrites.add(rewrites)
    return {chat.id: chat for chat in chats}, rewrites


def order_by_hand(chats, rewrites):
    """The rewrites' numbers by the strength of what was said of their turns, as defined."""
    weights = [strength(chats[r.conversation_id].turns, r.turn_index) for r in rewrites]
    assert len(set(weights)) > 3
    return sorted(range(len(rewrites)), key=lambda n: (-weights[n], n))


class Stops(Silent):
    """Progress of somebody who stops after a few slices."""

    def __init__(self, after):
        self.left = after

    def step(self, n=1, note=""):
        del n, note
        self.left -= 1
        if not self.left:
            raise Cancelled("stopped")


def test_weighed_in_pieces_the_order_is_that_of_the_whole(store, monkeypatch):
    chats, rewrites = filled(store)
    monkeypatch.setattr(weighing, "WINDOW", 7)
    monkeypatch.setattr(weighing, "SLICE", 3)
    with pytest.raises(Cancelled):
        store.objections.weigh(None, Stops(8))
    left = store.objections.missing()
    assert 0 < left < len(rewrites)
    assert store.objections.weigh(10) == 10
    assert store.objections.weigh() == left - 10
    assert store.objections.missing() == store.objections.weigh() == 0
    expected = order_by_hand(chats, rewrites)
    assert [ticket.rewrite for ticket in store.desk.queue(FIRST_SEEN)] == expected


def test_a_queue_waits_for_a_few_and_what_was_not_weighed_comes_last(store, monkeypatch):
    chats, rewrites = filled(store)
    monkeypatch.setattr(queues, "AT_ONCE", 10)
    drawn = [ticket.rewrite for ticket in store.desk.queue(FIRST_SEEN)]
    assert store.objections.missing() == len(rewrites) - 10
    assert sorted(drawn[:10]) == list(range(10))
    assert drawn[:10] == order_by_hand(chats, rewrites[:10])
    assert drawn[10:] == list(range(10, len(rewrites)))


def test_a_weight_is_kept_once_and_another_method_looks_again(store):
    _, rewrites = filled(store, 3)
    store.objections.keep({rewrites[0].id: 0.5})
    store.objections.keep({rewrites[0].id: 0.9, rewrites[1].id: 0.25, "unknown": 1.0})
    kept = "select ord, strength from rewrite_objections order by ord"
    assert store.connection.rows(kept) == [(0, 0.5), (1, 0.25)]
    store.connection.execute("update rewrite_objections set method = 0 where ord = 0")
    assert store.objections.missing() == 5
    assert store.objections.weigh() == 5
    assert store.connection.value("select count(*) from rewrite_objections") == 6
