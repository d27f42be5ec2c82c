"""Requests and tokens a minute, and requests at once, are shared by all who ask."""

import time
from collections.abc import Callable

import pytest

from tests.engines.conftest import ask_all, question
from tests.lies import Lie, Seen, says


@pytest.fixture
def arrivals(serve) -> tuple[Callable[[], str], list[float]]:
    """A server's URL, and when each request came."""
    came: list[float] = []

    def script(_: Seen) -> Lie:
        came.append(time.monotonic())
        return says("ok", usage={"prompt_tokens": 50, "completion_tokens": 50})

    return serve(script), came


def test_requests_a_minute_are_spread_evenly(arrivals, open_engines):
    server, came = arrivals
    engines, begun = open_engines(server, rpm=1200), time.monotonic()
    ask_all(engines, [str(n) for n in range(12)], 12)
    # No burst either: none came before its time. (Late ones may come together on a busy machine.)
    early = [n for n, at in enumerate(came) if at - begun < n * 0.05 * 0.9]
    assert (len(came), early) == (12, [])


def test_tokens_a_minute_are_counted_with_what_was_really_used(arrivals, open_engines):
    server, came = arrivals
    # 100 tokens each, of 60,000 a minute: ten a second. The worst case would be five a second.
    engines, begun = open_engines(server, tpm=60_000), time.monotonic()
    ask_all(engines, [str(n) for n in range(10)], 1)
    assert came[-1] - begun >= 9 * 0.1 * 0.8


def test_no_more_requests_are_on_their_way_than_the_endpoint_takes(serve, open_engines):
    server = serve(lambda _: says("ok"), delay=0.02)
    engines = open_engines(server, concurrency=3)
    chat = engines.chat("judge")

    async def job(number: int) -> None:
        await chat.ask(question(str(number)))

    list(engines.each(job, range(30), 20))
    assert server.most_at_once == 3


def test_roles_on_the_same_endpoint_share_its_limits(arrivals, open_engines):
    server, came = arrivals
    engines = open_engines(server, rpm=1200)
    roles = [engines.chat("judge"), engines.chat("user")]

    async def job(number: int) -> None:
        await roles[number % 2].ask(question(f"{number}"))

    begun = time.monotonic()
    list(engines.each(job, range(10), 10))
    assert came[-1] - begun >= 9 * 0.05 * 0.9
