"""reflect against a server that bills: limits, confirmation, candidates, batches."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from curator.conversation import Conversation, Origin, Turn
from curator.engines.faults import CallError
from curator.engines.opened import OpenEngines
from curator.errors import ConfigError
from curator.stages import reflecting
from curator.stages.base import Report, Silent
from curator.stages.reflecting import Config
from curator.stages.runner import perform
from curator.store import Store
from tests.batches import Provider
from tests.engines.conftest import QUICK
from tests.lies import MODEL, Lie, Seen, says
from tests.lying_server import LyingServer

PRICES = {"price_in": 1000.0, "price_out": 2000.0}


def chat(number: int) -> Conversation:
    said = ("how long to proof?", f"{number} hours", "no, that's wrong", "ten", "谢谢")
    turns = tuple(Turn(("user", "assistant")[i % 2], text) for i, text in enumerate(said))
    return Conversation(turns, Origin("test", number))


def improve(seen: Seen) -> Lie:
    told = {"criticism": "too short", "verdict": "improve", "evidence_turns": []}
    attempt = seen.body.get("seed")
    return says(json.dumps({**told, "answer": f"Proof it for an hour and a half. {attempt}"}))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "w.duckdb") as store:
        store.conversations.add([chat(n) for n in range(10)])
        yield store


def reflect(
    store: Store, url: str, look: Callable[[OpenEngines], None] = lambda _: None, **config: Any
) -> Report:
    table = {"base_url": url, "model": MODEL, "max_tokens": 200, "seed": 1, **PRICES}
    swift = replace(QUICK, gather=0.05, poll=0.005)
    with OpenEngines({"default": table}, store.calls, patience=swift) as engines:
        try:
            return perform(store, reflecting.STAGE, Config(**config), engines, Silent())
        finally:
            look(engines)


def test_batches_make_the_same_rewrites_at_half_the_price(store: Store) -> None:
    provider, costs = Provider(improve), []
    with LyingServer(provider) as server:
        report = reflect(store, server.url, lambda e: costs.append(e.meter.cost), batch=True)
        again = reflect(store, server.url, batch=True)
        # The first request was sent alone: it finds out how the server takes a schema.
        assert len(server.calls) == 1
    assert report.counts["rewritten"] == 20
    assert report.failures == []
    assert again.counts["due"] == 0
    assert len(provider.batches) == 1
    tokens = (int(report.counts["prompt tokens"]), int(report.counts["reply tokens"]))
    assert costs == [pytest.approx((1000 * tokens[0] + 2000 * tokens[1]) / 1e6 / 2)]


def test_a_cost_limit_ends_the_run_and_a_higher_one_goes_on(store: Store) -> None:
    spent: list[float] = []
    with LyingServer(improve) as server:
        with pytest.raises(CallError, match=r"limit of a cost of 2\.5 is reached.*higher limit"):
            reflect(store, server.url, lambda e: spent.append(e.meter.cost), max_cost=2.5)
        made = store.rewrites.count()
        assert 0 < made < 20
        assert 0 < spent[0] <= 2.5
        report = reflect(store, server.url, max_cost=100.0)
        assert report.counts["rewritten"] == 20 - made
        assert len(server.calls) == 20


def test_a_long_run_elsewhere_wants_a_limit_first_and_says_what_it_may_take(store: Store) -> None:
    with pytest.raises(ConfigError, match=r"2,000 calls.*tokens in.*at the prices.*--yes") as told:
        reflect(store, "https://api.example.com/v1", candidates=100)
    tokens = str(told.value).split(" tokens in")[0].rsplit(" ", 1)[-1]
    # by these prompts, not by a guess: a chat of five short turns and the instruction
    assert int(tokens.replace(",", "")) != 2_000_000
    assert store.rewrites.count() == 0


def test_candidates_of_one_turn_have_seeds_of_their_own_and_advice_reaches_the_model(
    store: Store,
) -> None:
    with LyingServer(improve) as server:
        reflect(store, server.url, candidates=3, advice="say it in metres", limit=6)
        sent = [seen.body for seen in server.calls]
    made = store.rewrites.all()
    assert sorted(r.candidate for r in made) == [0, 0, 1, 1, 2, 2]
    assert {r.advice for r in made} == {"say it in metres"}
    assert all("say it in metres" in json.dumps(body["messages"]) for body in sent)
    assert len({body["seed"] for body in sent}) == 3
    assert len({(r.conversation_id, r.turn_index, r.content) for r in made}) == 6
