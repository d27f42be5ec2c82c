"""Money: reserved before sending, settled with the truth, never overspent."""

import asyncio
from typing import Any

import pytest

from curator.engines.budget import Budget, Meter, Purse
from curator.engines.faults import CallError
from curator.engines.opened import OpenEngines
from curator.engines.roles import Endpoint
from curator.errors import ConfigError
from curator.store import Store
from tests.engines.conftest import ask, ask_all, question
from tests.lies import Lie, Seen, completion, fails, in_turn, says, sends

PRICES = {"price_in": 1.0, "price_out": 2.0}


def costs(prompt: Any, answer: Any) -> Lie:
    usage = {"prompt_tokens": prompt, "completion_tokens": answer}
    return sends({**completion("fine"), "usage": usage})


@pytest.mark.parametrize("workers", [1, 4, 16])
@pytest.mark.parametrize(
    "budget", [Budget(max_tokens=9000), Budget(max_cost=0.015)], ids=["tokens", "cost"]
)
def test_the_limit_is_not_overspent(budget: Budget, workers: int, serve, open_engines):
    server = serve(in_turn(costs(20, 150)), delay=0.002)
    engines = open_engines(server, budget=budget, **PRICES)
    with pytest.raises(CallError) as caught:
        ask_all(engines, [str(n) for n in range(1000)], workers)
    assert caught.value.kind == "budget"
    meter = engines.meter
    assert meter.tokens <= (budget.max_tokens or 10**9)
    assert meter.cost <= (budget.max_cost or 10**9)
    # Nor is more than the worst case of one request left unspent.
    assert meter.tokens > (budget.max_tokens or 0) - 2 * 230
    assert meter.requests == len(server.calls) == meter.tokens / 170


@pytest.mark.parametrize("workers", [1, 8])
def test_a_server_that_uses_more_than_it_may_overspends_one_request_a_worker(
    workers: int, serve, open_engines
):
    server = serve(in_turn(costs(100, 900)), delay=0.002)
    engines = open_engines(server, budget=Budget(max_tokens=20_000))
    with pytest.raises(CallError):
        ask_all(engines, [str(n) for n in range(1000)], workers)
    assert engines.meter.tokens <= 20_000 + workers * 1000


@pytest.mark.parametrize("usage", [(None, None), (-5, -5), ("many", "few"), (True, 1.5), ([], {})])
def test_usage_that_is_no_number_is_estimated_so_the_limit_holds(usage: Any, serve, open_engines):
    server = serve(in_turn(costs(*usage)))
    engines = open_engines(server, budget=Budget(max_tokens=5000))
    with pytest.raises(CallError):
        ask_all(engines, [str(n) for n in range(1000)], 4)
    assert engines.meter.estimated == engines.meter.requests > 0
    assert 3000 < engines.meter.tokens <= 5000


def test_a_limit_too_small_for_one_request_says_so_and_sends_nothing(serve, open_engines):
    server = serve()
    with pytest.raises(CallError, match="the limit of 100 tokens is reached"):
        ask(open_engines(server, budget=Budget(max_tokens=100)))
    assert server.calls == []


def test_what_was_answered_before_costs_nothing(serve, open_engines):
    server = serve()
    ask_all(open_engines(server), ["a", "b"])
    engines = open_engines(server, budget=Budget(max_tokens=1))
    assert all(reply.cached for reply in ask_all(engines, ["a", "b"]).values())
    assert engines.meter.tokens == 0


def test_failed_requests_give_their_reserve_back(serve, open_engines):
    def script(seen: Seen) -> Lie:
        return fails(500) if seen.before == 0 else costs(20, 150)

    engines = open_engines(serve(script), budget=Budget(max_tokens=3000))
    found = ask_all(engines, [str(n) for n in range(10)], 2)
    assert all(not isinstance(reply, Exception) for reply in found.values())
    assert engines.meter.tokens == 1700


def test_the_total_outlives_the_run(serve, open_engines, store: Store):
    server = serve(in_turn(costs(1000, 500)))
    for text in ("a", "b"):
        with open_engines(server, **PRICES) as engines:
            ask(engines, text)
            assert engines.meter.cost == pytest.approx(0.002)
    total = store.calls.totals()
    assert total["cost"] == pytest.approx(0.004)
    assert (total["prompt_tokens"], total["completion_tokens"]) == (2000, 1000)


def test_a_bad_reply_was_paid_for_and_counts(serve, open_engines):
    server = serve(
        in_turn(says("cut", finish="length", usage={"prompt_tokens": 5, "completion_tokens": 200}))
    )
    engines = open_engines(server)
    ask_all(engines, ["a"])
    assert engines.meter.tokens == 2 * 205
    assert engines.meter.failed == 1


def remote(store: Store, **how: Any) -> OpenEngines:
    prices = how.pop("prices", {})
    table = {"base_url": "https://api.example.com/v1", "model": "m", **prices}
    return OpenEngines({"default": table}, store.calls, **how)


def test_over_a_thousand_calls_to_others_want_a_limit_or_a_yes(store: Store):
    sample = [question("word " * 100)]
    with remote(store) as engines:
        assert engines.expect("judge", 1000, sample).calls == 1000
        with pytest.raises(ConfigError, match=r"1,001 calls.*--max-cost or --max-tokens.*--yes"):
            engines.expect("judge", 1001, sample)
    with remote(store, budget=Budget(confirmed=True)) as engines:
        engines.expect("judge", 1001)
    with remote(store, budget=Budget(max_tokens=10**6)) as engines:
        engines.expect("judge", 1001)


def test_a_local_server_needs_neither(serve, open_engines):
    assert open_engines(serve()).expect("judge", 100_000).cost is None


def test_the_estimate_is_in_money_where_prices_are_known(store: Store):
    with remote(store, budget=Budget(confirmed=True), prices=PRICES) as engines:
        expected = engines.expect("judge", 2000, [question("word " * 800)])
    assert expected.prompt_tokens == 2000 * 1004
    assert expected.cost == pytest.approx((2000 * 1004 + 2 * 2000 * 2048) / 1e6)
    assert "2,000 calls" in str(expected)


def test_a_cost_limit_without_prices_is_refused(store: Store):
    with (
        remote(store, budget=Budget(max_cost=1.0)) as engines,
        pytest.raises(ConfigError, match="set price_in and price_out"),
    ):
        engines.chat("judge")


def test_the_meter_can_be_shown_while_the_run_goes_on(serve, open_engines):
    engines = open_engines(serve(in_turn(costs(10, 90))), **PRICES)
    chat = engines.chat("judge")

    async def job(number: int) -> Any:
        return await chat.ask(question(str(number)))

    shown = [engines.spent() for _ in engines.each(job, range(20), 2)]
    assert shown[-1] == "2,000 tokens, 0.0038"
    assert len(set(shown)) > 5


def test_a_run_that_nobody_announced_is_stopped_after_a_thousand_calls():
    elsewhere = Endpoint(base_url="https://api.example.com/v1", model="m")

    async def reserve(budget: Budget, endpoint: Endpoint) -> int:
        purse = Purse(budget, Meter())
        for number in range(2000):
            try:
                await purse.reserve(endpoint, (1, 1))
            except CallError as error:
                return number if "--max-cost" in str(error) else -1
        return 2000

    assert asyncio.run(reserve(Budget(), elsewhere)) == 1100
    assert asyncio.run(reserve(Budget(confirmed=True), elsewhere)) == 2000
    assert asyncio.run(reserve(Budget(max_tokens=10**6), elsewhere)) == 2000
    assert asyncio.run(reserve(Budget(), Endpoint(base_url="http://localhost/v1"))) == 2000
