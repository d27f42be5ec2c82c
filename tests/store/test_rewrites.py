import pytest

from curator.conversation import Conversation, Curated, Origin, Rewrite, Settlement, Turn
from curator.store import Store
from curator.store.rewrites import Terms


def chat(*roles, n=0):
    turns = tuple(Turn(role, f"{role} {i} {n}") for i, role in enumerate(roles))
    return Conversation(turns, Origin("test", n))


LONG = chat("user", "assistant", "user", "assistant", "user", "assistant")
MODEL_FIRST = chat("assistant", "user", "assistant", n=1)
SINGLE = chat("user", "assistant", n=2)
TOOLS = chat("user", "assistant", "tool", "assistant", "user", n=3)
TERMS = Terms("m", ("p",))


def made(conversation, index, **changes):
    fields = {"criticism": "c", "content": "x", "model": "m", "prompt_digest": "p", "horizon": 1}
    return Rewrite(conversation.id, index, **{**fields, **changes})


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "w.duckdb") as opened:
        opened.conversations.add([LONG, MODEL_FIRST, SINGLE, TOOLS])
        yield opened


def due(store, terms=TERMS, window=20_000):
    return [
        (d.conversation_id, d.turn_index, d.candidate, d.horizon)
        for found in store.rewrites.due(terms, window)
        for d in found
    ]


def test_due_are_the_answers_with_a_later_user_turn_and_no_others(store):
    assert due(store) == [
        (LONG.id, 1, 0, 2), (LONG.id, 3, 0, 1), (MODEL_FIRST.id, 0, 0, 1),
        (TOOLS.id, 1, 0, 1), (TOOLS.id, 3, 0, 1),
    ]  # fmt: skip
    assert store.rewrites.due_count(TERMS) == 5


def test_the_same_are_due_whatever_the_window(store):
    assert due(store, window=1) == due(store, window=2) == due(store)


def test_a_rewrite_under_the_same_terms_is_no_longer_due(store):
    store.rewrites.add([made(LONG, 1, horizon=2)])
    assert (LONG.id, 1, 0, 2) not in due(store)
    assert store.rewrites.due_count(TERMS) == 4


@pytest.mark.parametrize(
    "terms",
    [
        Terms("other", ("p",)),
        Terms("m", ("other",)),
        Terms("m", ("p",), hindsight=1),
        Terms("m", ("p",), advice="brief"),
    ],
)
def test_other_terms_are_other_work(store, terms):
    store.rewrites.add([made(LONG, 1, horizon=2)])
    assert store.rewrites.due_count(terms) == 5


def test_a_short_chat_is_not_rewritten_again_under_a_horizon_that_shows_the_same(store):
    store.rewrites.add([made(LONG, 3, horizon=1)])
    assert (LONG.id, 3, 0, 1) not in due(store, Terms("m", ("p",), hindsight=1))
    assert (LONG.id, 3, 0, 1) not in due(store, Terms("m", ("p",), hindsight=4))


def test_candidates_are_due_one_by_one(store):
    store.rewrites.add([made(LONG, 3, candidate=1)])
    terms = Terms("m", ("p",), candidates=3, only=(LONG.id,))
    assert [d[2] for d in due(store, terms) if d[1] == 3] == [0, 2]


def test_rewrites_come_back_as_they_were_added_and_twice_adds_nothing(store):
    rewrite = made(LONG, 1, evidence=(2,), shown=(2, 3), trimmed=(0,), sampling={"seed": 1})
    assert store.rewrites.add([rewrite, rewrite]) == 1
    assert store.rewrites.add([rewrite]) == 0
    assert store.rewrites.get(rewrite.id) == rewrite
    assert store.rewrites.of(LONG.id) == [rewrite]
    assert store.rewrites.get("none") is None


def test_turns_after_the_first_changed_one_are_stale():
    def settled(index, chosen):
        return Settlement(index, "r", "accept", chosen, None)

    same = settled(1, LONG.turns[1].content)
    assert Curated(LONG, (same,)).stale == ()
    assert Curated(LONG, (same, settled(3, "new"))).stale == (4, 5)
    assert Curated(LONG).stale == ()
