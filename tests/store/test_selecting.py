import random

import pytest
from hypothesis import HealthCheck, given, settings

from curator.conversation import Conversation, Decision, Origin, Rewrite, Signal, Turn
from curator.store import Store
from tests.filters.asking import FILTERS, KNOWN, WORDS
from tests.store.plain_filter import Chat, Proposal, chat_matches, rewrite_matches

TEXTS = (*WORDS, "two plus two is a sum", "请再算一次 please", "sums", "a-b_c", "算，再")


def furnish(store, seed, count=12):
    """A workspace drawn by `seed`; the chats as the plain evaluation reads them."""
    rng = random.Random(seed)
    chats = [_chat(rng, number) for number in range(count)]
    store.conversations.add([each.conversation for each in chats])
    for each in chats:
        each.proposals = [_proposal(rng, each) for _ in range(rng.randint(0, 3))]
    proposals = list({p.rewrite.id: p for each in chats for p in each.proposals}.values())
    for each in chats:
        each.proposals = [p for p in each.proposals if p in proposals]
    store.rewrites.add([p.rewrite for p in proposals])
    _measure(store, rng, chats, proposals)
    _decide(store, rng, proposals)
    for tag in ("math", "Ärger"):
        tagged = rng.sample(chats, 3)
        store.tags.add([each.conversation.id for each in tagged], tag, "ann")
        for each in tagged:
            each.tags.add(tag)
    hidden = rng.sample(chats, 2)
    store.hiding.hide([each.ord for each in hidden], "test")
    return [each for each in chats if each not in hidden]


def _chat(rng, number):
    roles = ("system", "user", "assistant", "user", "assistant", "tool")
    turns = tuple(Turn(rng.choice(roles), rng.choice(TEXTS)) for _ in range(rng.randint(2, 5)))
    meta = {
        name: value
        for name, key in (("language", "lang"), ("license", "license"), ("category", "category"))
        if (value := rng.choice(KNOWN[key]).strip())
    }
    origin = Origin(rng.choice(KNOWN["source"]), number, rng.choice(KNOWN["format"]))
    return Chat(number, Conversation((*turns, Turn("user", str(number))), origin, meta))


def _proposal(rng, each):
    index = rng.randrange(len(each.conversation.turns))
    return Proposal(
        Rewrite(
            each.conversation.id, index, rng.choice(TEXTS), rng.choice(TEXTS),
            rng.choice(KNOWN["model"]), "prompt", candidate=rng.randint(0, 2),
            verdict=rng.choice(("improve", "keep")), advice=rng.choice(KNOWN["advice"]),
        ),
        each,
    )  # fmt: skip


def _measure(store, rng, chats, proposals):
    for proposal in rng.sample(proposals, len(proposals) // 2):
        for name in ("leak", "refusal"):
            proposal.signals.append((name, rng.choice((0.0, 0.5, 3.0)), rng.random() < 0.3))
    found = [
        Signal(
            p.rewrite.conversation_id, p.rewrite.turn_index, name, value, flagged, "", p.rewrite.id
        )
        for p in proposals
        for name, value, flagged in p.signals
    ]
    if found:
        store.signals.add(found, {"leak": 1, "refusal": 1}, None)
    for each in rng.sample(chats, 4):
        at = rng.randrange(len(each.conversation.turns))
        each.signals.append((at, "leak", rng.choice((0.0, 1.0)), rng.random() < 0.5))
        store.connection.execute(
            "insert into signals values (?, ?, null, ?, ?, ?, '', 1, null)",
            [each.conversation.id, *each.signals[-1]],
        )


def _decide(store, rng, proposals):
    for proposal in rng.sample(proposals, 2 * len(proposals) // 3):
        for _ in range(2):
            verdict = rng.choice(("accept", "reject", "edit", "skip", "flag", "unflag", "mark"))
            extra = rng.choice(({"tags": ["math", "x"]}, {"score": 3}, {"note": "ask"}))
            store.decisions.record(
                Decision(
                    proposal.rewrite.id, proposal.rewrite.conversation_id,
                    proposal.rewrite.turn_index, rng.choice(("ann", "bob")), verdict,
                    "text" if verdict == "edit" else None,
                    extra=extra if verdict == "mark" else {},
                )
            )  # fmt: skip
        proposal.head = store.decisions.head(proposal.rewrite.id)


@pytest.fixture(scope="module", params=(1, 2))
def furnished(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("furnished") / "w.duckdb"
    with Store(path) as store:
        yield store, furnish(store, request.param)


@given(asked=FILTERS)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_filter_finds_what_the_plain_reading_finds(furnished, asked):
    store, chats = furnished
    found = store.selecting.conversations(asked)
    assert found == [each.ord for each in chats if chat_matches(asked.root, each)]
    assert store.selecting.count(asked) == len(found)
    proposals = {
        p.rewrite.id for each in chats for p in each.proposals if rewrite_matches(asked.root, p)
    }
    assert set(store.selecting.rewrites(asked)) == proposals
    assert store.selecting.count(asked, "rewrite") == len(proposals)
