"""Requests in batches: half price, and never paid for twice."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from curator.engines import batching
from curator.engines.batch_carrier import Carrier
from curator.engines.budget import Budget
from curator.engines.faults import CallError
from curator.engines.opened import OpenEngines
from curator.store import Store
from tests.batches import Provider
from tests.engines.conftest import QUICK, ask_all
from tests.lies import Lie, Seen, drops, fails, honest, says
from tests.lying_server import LyingServer

SWIFT = replace(QUICK, gather=0.05, poll=0.005)
SCHEMA = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}
ASKED = [f"question {n} 问题" for n in range(40)]


@pytest.fixture
def batched(open_engines: Callable[..., OpenEngines]) -> Callable[..., OpenEngines]:
    def opened(server: LyingServer | str, **how: Any) -> OpenEngines:
        engines = open_engines(server, patience=SWIFT, **how)
        engines.batch()
        return engines

    return opened


def calls(server: LyingServer, method: str, path: str) -> list[Seen]:
    return [s for s in server.seen if s.method == method and s.path.endswith(path)]


def test_requests_that_wait_together_go_out_as_one_batch(serve, batched, store):
    provider = Provider(pace=15)
    server = serve(provider)
    replies = ask_all(batched(server), ASKED, 3)
    assert len({reply.text for reply in replies.values()}) == len(ASKED)
    assert server.calls == []
    assert len(calls(server, "POST", "/files")) == len(provider.batches) == 1
    assert set(provider.paid.values()) == {1}
    for text, reply in replies.items():
        body = json.dumps({"messages": [{"role": "user", "content": text}]}).encode()
        assert (
            reply.text
            == json.loads(honest(Seen(0, "POST", "", {}, body)).body)["choices"][0]["message"][
                "content"
            ]
        )
    assert store.calls.totals()["calls"] == len(ASKED)


def test_a_second_run_asks_nobody(serve, batched):
    server = serve(Provider())
    first = ask_all(batched(server), ASKED)
    before = server.count
    second = ask_all(batched(server), ASKED)
    assert server.count == before
    assert all(reply.cached for reply in second.values())
    assert {k: r.text for k, r in first.items()} == {k: r.text for k, r in second.items()}


def test_replies_of_a_batch_serve_a_run_without_and_the_other_way_round(
    serve, batched, open_engines
):
    server = serve(Provider())
    ask_all(open_engines(server), ASKED[:10])
    ask_all(batched(server), ASKED)
    assert len(server.calls) == 10
    again = ask_all(open_engines(server), ASKED)
    assert len(server.calls) == 10
    assert all(reply.cached for reply in again.values())


def test_a_batch_costs_its_share_of_the_prices(serve, batched, store):
    engines = batched(serve(Provider()), price_in=1000.0, price_out=2000.0)
    replies = ask_all(engines, ASKED)
    full = sum(1000 * r.prompt_tokens + 2000 * r.completion_tokens for r in replies.values()) / 1e6
    assert engines.meter.cost == pytest.approx(full / 2)
    assert store.calls.totals()["cost"] == pytest.approx(full / 2)
    assert engines.meter.priced


def test_a_limit_holds_for_batches_too(serve, batched):
    provider = Provider()
    engines = batched(serve(provider), budget=Budget(max_tokens=3000))
    with pytest.raises(CallError, match="the limit of 3,000 tokens is reached"):
        ask_all(engines, ASKED)
    assert 0 < engines.meter.tokens <= 3000


def test_how_a_schema_is_taken_is_found_out_with_one_request(serve, batched):
    def picky(seen: Seen) -> Lie:
        if seen.body.get("response_format", {}).get("type") == "json_schema":
            return fails(400, "response_format json_schema is not supported")
        return honest(seen)

    provider = Provider(picky)
    server = serve(provider)
    replies = ask_all(batched(server), ASKED, schema=SCHEMA)
    assert all("answer" in reply.parsed for reply in replies.values())
    assert len(server.calls) == 2
    assert len(provider.batches) == 1


def test_a_request_that_the_batch_refuses_is_one_failure_of_many(serve, batched):
    def partly(seen: Seen) -> Lie:
        if "question 7" in seen.text:
            return fails(400, "this prompt is not allowed")
        return says("", finish="stop") if "question 9 " in seen.text else honest(seen)

    provider = Provider(partly)
    replies = ask_all(batched(serve(provider)), ASKED)
    failed = {k: r for k, r in replies.items() if isinstance(r, Exception)}
    assert set(failed) == {ASKED[7], ASKED[9]}
    assert "this prompt is not allowed" in str(failed[ASKED[7]])
    assert "empty" in str(failed[ASKED[9]])
    # an empty reply was asked for three times, in batches of their own
    assert len(provider.batches) == 3


def test_what_an_expired_batch_answered_is_kept_and_the_rest_can_be_asked_again(serve, batched):
    provider = Provider(pace=25, ends="expired")
    server = serve(provider)
    replies = ask_all(batched(server), ASKED)
    failed = [str(r) for r in replies.values() if isinstance(r, Exception)]
    assert len(failed) == 15
    assert all("run the same command again" in sentence for sentence in failed)
    provider.ends = "completed"
    again = ask_all(batched(server), ASKED)
    assert not [r for r in again.values() if isinstance(r, Exception)]
    assert set(provider.paid.values()) == {1}


@pytest.mark.parametrize("status", [404, 405, 501])
def test_an_endpoint_without_batches_says_so(serve, batched, status):
    server = serve(lambda seen: fails(status) if "files" in seen.path else honest(seen))
    with pytest.raises(CallError, match=r"takes no batches.*leave out --batch"):
        ask_all(batched(server), ASKED)
    assert server.calls == []
    assert len(calls(server, "POST", "/files")) == 1


def test_a_batch_that_is_refused_stops_the_run_and_says_why(serve, batched):
    provider = Provider(ends="failed")
    with pytest.raises(CallError, match=r"was refused \(this file will not do\)"):
        ask_all(batched(serve(provider)), ASKED)
    provider.ends = "completed"
    assert len(ask_all(batched(serve(provider)), ASKED)) == len(ASKED)


def test_a_batch_whose_creation_was_not_heard_of_is_found_not_made_again(serve, batched):
    provider = Provider()
    provider.afterwards = [drops()]
    server = serve(provider)
    ask_all(batched(server), ASKED)
    assert len(provider.batches) == 1
    assert set(provider.paid.values()) == {1}


def test_looks_that_fail_are_made_again(serve, batched):
    provider = Provider(pace=10)
    stumbles = iter([fails(500), drops(), fails(503, Retry_After="0"), fails(429)])

    def script(seen: Seen) -> Lie:
        lie = provider(seen)
        return next(stumbles, lie) if "/batches/" in seen.path else lie

    replies = ask_all(batched(serve(script)), ASKED)
    assert not [r for r in replies.values() if isinstance(r, Exception)]


def test_answers_to_others_are_not_taken(serve, batched, store):
    provider = Provider()

    def script(seen: Seen) -> Lie:
        lie = provider(seen)
        if seen.path.endswith("/files/file-2/content"):
            line = json.loads(lie.body.splitlines()[0])
            more = json.dumps({**line, "custom_id": "f" * 32}) + "\nnot json\n[]\n"
            return replace(lie, body=lie.body + more.encode())
        return lie

    replies = ask_all(batched(serve(script)), ASKED)
    assert not [r for r in replies.values() if isinstance(r, Exception)]
    assert store.calls.find("f" * 32) is None


def test_more_than_a_batch_holds_goes_out_as_several(serve, batched, monkeypatch):
    monkeypatch.setattr(batching, "MOST", 16)
    monkeypatch.setattr("curator.engines.opened.MOST", 64)
    provider = Provider()
    ask_all(batched(serve(provider)), ASKED)
    assert sorted(b["request_counts"]["total"] for b in provider.batches.values()) == [8, 16, 16]


def test_the_meter_tells_how_far_a_batch_is(serve, batched):
    provider = Provider(pace=10)
    engines = batched(serve(provider))
    told: list[str] = []
    inner = Carrier._ended

    async def watched(self: Carrier, opened: Any) -> Any:
        inner_sleep = self.means.halt.sleep

        async def sleep(seconds: float) -> None:
            told.append(str(engines.meter))
            await inner_sleep(seconds)

        self.means.halt.sleep = sleep  # type: ignore[method-assign]
        return await inner(self, opened)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Carrier, "_ended", watched)
        ask_all(engines, ASKED)
    assert any("batch batch_1: 10 of 40, about " in line for line in told), told
    assert "batch" not in str(engines.meter)


RUN = """
import sys
from pathlib import Path
from curator.engines.opened import OpenEngines
from curator.engines.patience import Patience
from curator.store import Store

path, url, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
patience = Patience(first=0.002, longest=0.02, cap=0.3, cool=0.02, gather=0.05, poll=0.02)
table = {"default": {"base_url": url, "model": "liar-1", "max_tokens": 500}}
with Store(path) as store, OpenEngines(table, store.calls, patience=patience) as engines:
    engines.batch()
    chat = engines.chat("reflector")

    async def job(number):
        return await chat.ask([{"role": "user", "content": f"item {number}"}])

    good = sum(not isinstance(r, Exception) for _, r in engines.each(job, range(count), 4))
    sys.exit(0 if good == count else 3)
"""


def start(path: Path, url: str, count: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", RUN, str(path), url, str(count)])


@pytest.mark.parametrize("moment", ["creating", "polling", "fetching"])
def test_a_killed_run_finds_its_batch_again_and_pays_once(tmp_path: Path, moment: str):
    provider = Provider()
    provider.holds = moment == "polling"
    dead: list[int] = []

    def script(seen: Seen) -> Lie:
        lie = provider(seen)
        at = {"creating": "/v1/batches", "polling": "/v1/batches/batch_1"}.get(moment, "/content")
        if not dead and seen.path.endswith(at):
            # Killed with the provider's answer on its way.
            dead.append(child.pid)
            os.kill(child.pid, signal.SIGKILL)
        return lie

    with LyingServer(script) as server:
        child = start(tmp_path / "w.duckdb", server.url, 50)
        assert child.wait(300) == -signal.SIGKILL
        assert dead
        with Store(tmp_path / "w.duckdb") as store:
            assert store.calls.totals()["calls"] == 0
        provider.holds = False
        assert start(tmp_path / "w.duckdb", server.url, 50).wait(300) == 0
    assert len(provider.batches) == 1
    assert len(provider.paid) == 50
    assert set(provider.paid.values()) == {1}
    with Store(tmp_path / "w.duckdb") as store:
        assert store.calls.totals()["calls"] == 50
        row = store.calls._db.rows("select request from llm_calls limit 1")[0][0]
    assert "item" in json.loads(row)["messages"][0]["content"]


def test_a_batch_that_the_provider_forgot_is_asked_for_anew(serve, batched, store):
    provider = Provider()
    fact = f"open batches of reflector at {(server := serve(provider)).url} liar-1"
    store.calls.note(fact, '[{"file":"file-9","id":"batch_9","count":3,"since":1.0}]')
    replies = ask_all(batched(server), ASKED)
    assert not [r for r in replies.values() if isinstance(r, Exception)]
    assert json.loads(store.calls.fact(fact)) == []


def test_stopping_leaves_the_batch_open_for_the_next_run(tmp_path: Path, serve):
    provider = Provider()
    provider.holds = True
    server = serve(provider)
    path = tmp_path / "other.duckdb"
    child = start(path, server.url, 20)
    while provider.looks < 2 and child.poll() is None:
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    child.wait(300)
    provider.holds = False
    assert start(path, server.url, 20).wait(300) == 0
    assert len(provider.batches) == 1
