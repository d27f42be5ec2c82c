import random
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, example, given, settings

from curator.conversation import Conversation, Decision, Origin, Rewrite, Signal, Turn
from curator.filters import FilterError, parse
from curator.store import Store
from tests.filters.asking import FILTERS, KNOWN, WORDS
from tests.store.plain_filter import Chat, Proposal, chat_matches, rewrite_matches
from tests.store.workspaces import fill, put_on_the_map, said

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
                    rng.choice(TEXTS) if verdict == "edit" else None,
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
@example(asked=parse("(turn:1) (turn:2)"))
@example(asked=parse("(verdict:accept) flag:yes"))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
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


def test_days_ids_clusters_and_twins_are_found(store):
    rewrites = fill(store, 3)
    store.decisions.record(said(rewrites[0], "accept"))
    today = datetime.now(UTC).date().isoformat()
    ids = store.conversations.ids()
    put_on_the_map(store, "first-user-turn", [ids[0]], [0], [1], [2])
    put_on_the_map(store, "answer", [f"{ids[1]}#1"], [3])
    store.connection.execute(
        """
        insert into clusters values
            ('first-user-turn', 2, 2, 1, 'sums of numbers', 1, 0, 0, 'x'),
            ('answer', 0, 3, 3, 'tea', 1, 0, 0, 'x')
        """
    )
    found = {
        f"id:{ids[1][:6]}*": [1],
        f"made:{today}": [0, 1, 2],
        f"made<{today}": [],
        f"decided>={today}": [0],
        f"-decided:{today}": [1, 2],
        "cluster:*sums*": [0],
        "cluster:tea": [1],
        "twin:yes": [],
        "twin:no": [0, 1, 2],
    }
    assert {text: store.selecting.conversations(text) for text in found} == found


def test_an_unknown_signal_is_told_where_it_stands(store):
    fill(store, 1)
    with pytest.raises(FilterError, match="did you mean leak") as caught:
        store.selecting.count("lang:en or leek>1")
    assert caught.value.column == 11
    assert store.selecting.count("leak>1") == 0


def test_a_sample_is_drawn_evenly_and_the_same_again(store):
    fill(store, 30)
    drawn = store.selecting.sample("line>5", 5)
    assert drawn == store.selecting.sample("line>5", 5) == sorted(set(drawn))
    assert len(drawn) == 5
    assert all(ord_ >= 5 for ord_ in drawn)
    assert drawn != store.selecting.sample("line>5", 5, seed=1)


def test_completion_knows_the_values_that_there_are(store):
    fill(store, 2)
    store.tags.add(store.conversations.ids(), "math", "ann")
    known = store.selecting.known()
    assert known["source"] == ["made here"]
    assert known["tag"] == ["math"]
    assert known["model"] == ["model"]
    assert "leak" in known["signals"]
