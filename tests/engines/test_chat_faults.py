"""What servers do to us, and what becomes of it: each body a row, each row one kind."""

import json
import logging
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import openai
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.engines import envelope, structured
from curator.engines.faults import KINDS, CallError, kind_of, openai_error, said
from curator.engines.opened import OpenEngines
from curator.engines.patience import Patience, retry_after
from curator.engines.transport import MOST_BYTES
from curator.errors import EngineError
from curator.store import Store
from tests.engines.conftest import QUICK, ask, ask_all
from tests.lies import (
    RETRY_AFTER,
    Lie,
    Seen,
    bombs,
    busy,
    completion,
    cuts,
    drips,
    drops,
    fails,
    floods,
    hangs,
    honest,
    html,
    in_turn,
    redirects,
    says,
    sends,
)
from tests.lying_server import LyingServer

SCHEMA = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}
GOOD = "a result"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One workspace for all these tables: opening one takes longer than most rows."""
    with Store(tmp_path_factory.mktemp("faults") / "w.duckdb") as store:
        yield store


@pytest.fixture
def open_engines(open_engines: Callable[..., OpenEngines]) -> Callable[..., OpenEngines]:
    """Engines that find nothing of another test in the shared workspace."""
    return lambda *args, **how: open_engines(*args, **{"version": uuid4().hex, **how})


def without(*path: str | int) -> dict[str, Any]:
    """A completion that lacks one thing."""
    whole: Any = completion("hello")
    inner = whole
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return whole


def choice(**fields: Any) -> dict[str, Any]:
    whole = completion("hello")
    whole["choices"][0].update(fields)
    return whole


def twice(whole: dict[str, Any]) -> dict[str, Any]:
    return {**whole, "choices": whole["choices"] * 2}


DEEP = b'{"choices": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
HALF = json.dumps(completion("half of it")).encode()[:60]

#: What a server sends → the kind of fault it is, or GOOD.
BODIES: dict[str, tuple[Lie, str]] = {
    "good": (says("hello"), GOOD),
    "good, usage missing": (says("hello", usage=None), GOOD),
    "good, usage negative": (says("hello", usage={"prompt_tokens": -1}), GOOD),
    "good, usage in words": (says("hello", usage={"prompt_tokens": "many"}), GOOD),
    "good, usage a list": (says("hello", usage=[1]), GOOD),
    "good, usage huge": (says("hello", usage={"prompt_tokens": 10**30}), GOOD),
    "good, unknown fields": (sends({**completion("hello"), "zzz": {"a": [1]}}), GOOD),
    "good, model a number": (sends({**completion("hello"), "model": 4}), GOOD),
    "good, content in parts": (says([{"type": "text", "text": "hel"}, {"text": "lo"}]), GOOD),
    "good, byte order mark": (sends(b"\xef\xbb\xbf" + json.dumps(completion("x")).encode()), GOOD),
    "good, labelled as text": (
        replace(says("hello"), headers={"Content-Type": "text/plain"}), GOOD,
    ),
    "good, another word for stop": (says("hello", finish="end_turn"), GOOD),
    "good, two choices": (sends(twice(completion("a"))), GOOD),
    "good, refusal": (says(None, refusal="no"), GOOD),
    "good, thinking in its field": (says("hello", reasoning_content="hm"), GOOD),
    "good, odd role": (says("hello", role="robot"), GOOD),
    "html": (html(), "not_json"),
    "html labelled json": (html(label="application/json"), "not_json"),
    "nothing": (sends(b""), "not_json"),
    "white space": (sends(b"  \n "), "not_json"),
    "plain words": (sends(b"OK"), "not_json"),
    "null": (sends(None), "not_json"),
    "a number": (sends(7), "not_json"),
    "a list": (sends([completion("x")]), "not_json"),
    "a stream of events": (sends(b'data: {"choices": []}\n\ndata: [DONE]\n\n'), "not_json"),
    "bytes": (sends(bytes(range(256))), "not_json"),
    "an empty object": (sends({}), "not_chat"),
    "another API": (sends({"status": "ok"}), "not_chat"),
    "an error with status 200": (sends({"error": {"message": "oops"}}), "not_chat"),
    "half a JSON": (sends(HALF), "not_json"),
    "a lone surrogate": (sends(b'{"choices": [{"message": {"content": "\\ud800"}}]}'), "not_json"),
    "a bad escape": (sends(b'{"choices": [{"message": {"content": "\\q"}}]}'), "not_json"),
    "too deep": (sends(DEEP), "too_deep"),
    "choices null": (sends({"choices": None}), "wrong_types"),
    "choices a text": (sends({"choices": "many"}), "wrong_types"),
    "choices of numbers": (sends({"choices": [1]}), "wrong_types"),
    "no message": (sends(without("choices", 0, "message")), "wrong_types"),
    "message a text": (sends(choice(message="hello")), "wrong_types"),
    "content a number": (says(5), "wrong_types"),
    "content an object": (says({"a": 1}), "wrong_types"),
    "content an image": (says([{"type": "image_url", "image_url": {}}]), "wrong_types"),
    "finish a number": (sends(choice(finish_reason=1)), "wrong_types"),
    "no choices": (sends({"choices": []}), "no_choices"),
    "content null": (says(None), "empty"),
    "content empty": (says(""), "empty"),
    "content blank": (says(" \n\t"), "empty"),
    "no content": (sends(without("choices", 0, "message", "content")), "empty"),
    "only thinking": (says("<think>for ever and ever"), "empty"),
    "content null, no finish": (says(None, finish=None), "empty"),
    "no finish": (says("hel", finish=None), "no_finish"),
    "finish left out": (sends(without("choices", 0, "finish_reason")), "no_finish"),
    "finish empty": (says("hel", finish=""), "no_finish"),
    "finish unheard of": (says("hel", finish="weather"), "odd_finish"),
    "length": (says("and so", finish="length"), "length"),
    "length in other words": (says("and so", finish="MAX_TOKENS"), "length"),
    "filtered": (says(None, finish="content_filter"), "content_filter"),
    "filtered half way": (says("Take the", finish="content_filter"), "content_filter"),
    "a tool": (says(None, finish="tool_calls", tool_calls=[{"id": "1"}]), "tool_call"),
    "a tool, and stop": (says(None, tool_calls=[{"id": "1"}]), "tool_call"),
    "cut in the body": (cuts("hello", 50), "cut"),
    "cut before the body": (drops(), "cut"),
    "shorter than it says": (cuts("hello", 10**6, declared=10**6), "cut"),
    "junk labelled gzip": (
        Lie(b"junk", headers={"Content-Encoding": "gzip"}), "cut",
    ),
    "no HTTP at all": (Lie(b"", bare=b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), "cut"),
    "a header of a megabyte": (replace(says("x"), headers={"X": "y" * 2**20}), "cut"),
    "over 20 MB": (floods(21), "too_big"),
    "a bomb": (bombs(64), "too_big"),
}  # fmt: skip


def test_there_are_over_forty_bodies():
    assert len(BODIES) >= 40


@pytest.mark.parametrize("name", BODIES)
def test_every_body_is_classified(name: str, serve, open_engines):
    lie, kind = BODIES[name]
    engines = open_engines(serve(in_turn(lie)))
    if kind == GOOD:
        assert ask(engines).text
        return
    with pytest.raises(CallError) as caught:
        ask(engines)
    assert caught.value.kind == kind
    assert str(caught.value).startswith("http://127.0.0.1")
    assert "\n" not in str(caught.value)


def test_a_fault_of_the_reply_has_its_text_and_is_never_a_reply(serve, open_engines):
    server = serve(in_turn(says("and so it goes", finish="length")))
    engines = open_engines(server)
    for _ in range(2):
        with pytest.raises(CallError) as caught:
            ask(engines)
        assert (caught.value.kind, caught.value.raw) == ("length", "and so it goes")


#: What a status and its words mean, and which class openai has for it.
STATUSES: list[tuple[Lie, str, type[Exception]]] = [
    (fails(400, "temperature must be below 2"), "bad_request", openai.BadRequestError),
    (fails(400, "maximum context length is 4096 tokens"), "context", openai.BadRequestError),
    (fails(500, "request (9000 tokens) exceeds the available context size", code=500), "context",
     openai.InternalServerError),
    (fails(400, "x", code="context_length_exceeded"), "context", openai.BadRequestError),
    (fails(413, "too large"), "context", openai.APIStatusError),
    (fails(401, "bad key"), "key", openai.AuthenticationError),
    (fails(400, "API key not valid"), "key", openai.BadRequestError),
    (fails(402, "Insufficient Balance"), "quota", openai.APIStatusError),
    (fails(403, "no access"), "forbidden", openai.PermissionDeniedError),
    (fails(404, "The model `x` does not exist"), "not_found", openai.NotFoundError),
    (fails(400, "model not found"), "not_found", openai.BadRequestError),
    (fails(404, "Not Found"), "not_found", openai.NotFoundError),
    (fails(405, "Method Not Allowed"), "not_found", openai.APIStatusError),
    (fails(422, "messages: field required"), "bad_request", openai.UnprocessableEntityError),
    (fails(429, "x", code="insufficient_quota"), "quota", openai.RateLimitError),
    (fails(500), "server", openai.InternalServerError),
    (fails(502), "server", openai.InternalServerError),
    (fails(503), "server", openai.InternalServerError),
    (fails(529, "overloaded"), "server", openai.InternalServerError),
    (fails(408), "timeout", openai.APIStatusError),
    (fails(418, "I'm a teapot"), "bad_request", openai.APIStatusError),
    (html(500), "server", openai.InternalServerError),
    (html(404), "not_found", openai.NotFoundError),
]  # fmt: skip


@pytest.mark.parametrize(("lie", "kind", "cause"), STATUSES, ids=lambda value: str(value)[:40])
def test_every_status_is_classified_and_openais_error_is_behind_it(
    lie: Lie, kind: str, cause: type[Exception], serve, open_engines
):
    with pytest.raises(CallError) as caught:
        ask(open_engines(serve(in_turn(lie))))
    assert caught.value.kind == kind
    assert type(caught.value.__cause__) is cause
    assert caught.value.exit_code == 5


@pytest.mark.parametrize("after", RETRY_AFTER)
def test_every_form_of_retry_after_is_waited_for_and_the_wait_is_capped(
    after: str, serve, open_engines
):
    server = serve(in_turn(busy(after), says("at last")))
    started = time.monotonic()
    assert ask(open_engines(server)).text == "at last"
    waited = time.monotonic() - started
    assert len(server.calls) == 2
    if after in ("1", "date", "ms", "86400"):
        assert waited > QUICK.cap * 0.9  # a second and more, capped at 0.3


def test_retry_after_is_read_in_every_form():
    assert retry_after({"retry-after": "7"}) == 7
    assert retry_after({"retry-after-ms": "1500", "retry-after": "9"}) == 1.5
    assert retry_after({"retry-after": "-1"}) == 0
    assert retry_after({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0
    for nothing in ("soon", "", "nan", "Wed, 99 Foo 2015"):
        assert retry_after({"retry-after": nothing}) is None


@given(st.text(max_size=40), st.text(max_size=10))
def test_no_retry_after_is_a_crash(value: str, milliseconds: str):
    waits = retry_after({"retry-after": value, "retry-after-ms": milliseconds})
    assert waits is None or waits >= 0


def test_a_server_that_asks_to_wait_a_day_ends_the_run_with_the_reason(serve, open_engines):
    server = serve(in_turn(busy("86400")))
    with pytest.raises(CallError, match="asks to wait 86,400 s") as caught:
        ask(open_engines(server))
    assert (caught.value.kind, caught.value.stops_run) == ("starved", True)
    assert len(server.calls) == 2


def test_when_one_is_turned_away_all_wait(serve, open_engines):
    told: list[float] = []
    came: list[float] = []

    def script(seen: Seen) -> Lie:
        came.append(time.monotonic())
        if seen.number == 10:
            told.append(time.monotonic())
            return busy("1")
        return says("ok")

    server = serve(script, delay=0.01)
    found = ask_all(open_engines(server), [str(n) for n in range(60)], 8)
    assert all(not isinstance(reply, Exception) for reply in found.values())
    # What was on its way before the word came may arrive, whenever that is: each of the others
    # has one out, and may send one more while the word is on its way. The rest waits.
    during = [at for at in came if told[0] < at < told[0] + QUICK.cap * 0.9]
    assert len(during) <= 2 * 8


def test_a_busy_server_drops_no_item(serve, open_engines):
    server = serve(lambda seen: busy("0") if seen.before < 7 else says("ok"))
    found = ask_all(open_engines(server), [str(n) for n in range(10)], 4)
    assert all(not isinstance(reply, Exception) for reply in found.values())


@pytest.mark.parametrize("lie", [hangs(), drips("never ready", every=0.1)], ids=["hangs", "drips"])
def test_the_deadline_is_over_the_whole_call(lie: Lie, serve, open_engines):
    server = serve(in_turn(lie))
    engines = open_engines(server, timeout=0.4)
    with pytest.raises(CallError) as caught:
        ask(engines)
    # What drips comes whole after half a minute, and would be a reply to whoever waited for it.
    assert caught.value.kind == "timeout"
    assert isinstance(caught.value.__cause__, openai.APITimeoutError)
    # Counted here, not there: a busy server may not have come to read the last one.
    assert engines.meter.perhaps_billed == KINDS["timeout"].tries


def test_a_reply_cut_at_any_byte_is_never_a_reply(serve, open_engines):
    whole = json.dumps(completion("a short one")).encode()
    server = serve(lambda seen: cuts("a short one", int(seen.text), declared=len(whole)))
    engines = open_engines(server)
    patient = [str(at) for at in range(0, len(whole) - 1, 7)]
    # The breaker is right to step in when everything fails; so good ones come between.
    for at in patient:
        server.script = lambda seen: cuts("a short one", int(seen.text), declared=len(whole))
        with pytest.raises(EngineError):
            ask(engines, at)
        server.script = honest
        ask(engines, f"good {at}")


def test_a_redirect_is_refused_and_the_other_host_hears_nothing(serve, open_engines):
    other = serve()
    server = serve(in_turn(redirects(f"{other.url}/chat/completions")))
    with pytest.raises(CallError, match="points elsewhere") as caught:
        ask_all(open_engines(server), ["a", "b", "c"], 1)
    assert caught.value.kind == "redirect"
    assert len(server.calls) == 1
    assert other.seen == []


@pytest.mark.parametrize(
    "lie", [fails(401), fails(403), fails(404), fails(429, code="insufficient_quota")]
)
def test_what_every_request_would_share_stops_the_run_at_once(lie: Lie, serve, open_engines):
    server = serve(lambda seen: says("ok") if seen.number < 20 else lie, delay=0.01)
    concurrency, done = 8, []
    engines = open_engines(server)
    chat = engines.chat("judge")

    async def job(number: int) -> Any:
        return await chat.ask([{"role": "user", "content": str(number)}])

    def run() -> None:
        for item, reply in engines.each(job, range(10_000), concurrency):
            assert not isinstance(reply, Exception)
            done.append(item)

    with pytest.raises(CallError):
        run()
    refused = len(server.calls) - 20
    assert 1 <= refused <= concurrency + 1
    assert len(done) == 20


KEY = "sk-verysecretkey0123456789"


@pytest.mark.parametrize("name", ["401", "400", "html", "cut url", "error inside"])
def test_the_key_is_sent_and_shown_nowhere(
    name: str, serve, open_engines, monkeypatch, caplog, store: Store
):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("MY_ENGINE_KEY", KEY)
    echo = f"Incorrect key {KEY} provided, header was Bearer {KEY}"
    lies = {
        "401": fails(401, echo),
        "400": fails(400, echo),
        "html": Lie(f"<p>{echo}</p>".encode()),
        "cut url": redirects(f"http://127.0.0.1:1/?key={KEY}"),
        "error inside": sends({"error": {"message": echo, "code": 401}}),
    }
    server = serve(in_turn(lies[name]))
    engines = open_engines(server, api_key_env="MY_ENGINE_KEY")
    with pytest.raises(CallError) as caught:
        ask(engines)
    assert server.seen[0].headers["authorization"] == f"Bearer {KEY}"
    error = caught.value
    shown = f"{error} {error!r} {error.raw} {error.detail} {error.__cause__!r} {engines.spent()}"
    assert KEY not in shown
    assert KEY not in caplog.text
    assert "[key]" in shown
    server.script = in_turn(says("fine"))
    ask(engines, "another")
    engines.close()
    store.connection.execute("checkpoint")
    # By another process: this one must not open the file that it has locked.
    assert subprocess.run(["grep", "-rc", KEY, str(store.path.parent)], check=False).returncode == 1


def test_a_named_key_that_is_not_set_is_one_sentence(open_engines, monkeypatch):
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    engines = open_engines("https://api.example.com/v1", api_key_env="NO_SUCH_KEY")
    with pytest.raises(Exception, match="set the environment variable NO_SUCH_KEY"):
        engines.chat("judge")


def test_nobody_there_ends_the_run_in_one_sentence(open_engines):
    with LyingServer() as server:
        url = server.url
    with pytest.raises(CallError, match="is the server running") as caught:
        ask_all(open_engines(url), [str(n) for n in range(1000)], 8)
    assert caught.value.stops_run
    assert isinstance(caught.value.__cause__, CallError | openai.APIConnectionError)


def test_a_page_where_json_should_be_ends_the_run_in_one_sentence(serve, open_engines):
    server = serve(in_turn(html()))
    with pytest.raises(CallError, match="base_url usually ends in /v1") as caught:
        ask_all(open_engines(server), [str(n) for n in range(1000)], 4)
    assert "Welcome" in str(caught.value)
    assert "<" not in str(caught.value)
    assert len(server.calls) <= 4 * KINDS["not_json"].tries


def test_one_poisoned_item_is_parked_and_the_others_go_on(serve, open_engines):
    server = serve(lambda seen: fails(500) if seen.text == "13" else says("ok"))
    found = ask_all(open_engines(server), [str(n) for n in range(100)], 8)
    failed = {text: reply for text, reply in found.items() if isinstance(reply, Exception)}
    assert list(failed) == ["13"]
    assert len(server.calls) <= 99 + 2 * KINDS["server"].tries


def test_a_server_that_dies_for_good_opens_the_breaker(serve, open_engines):
    server = serve(lambda seen: says("ok") if seen.number < 50 else fails(500))
    with pytest.raises(CallError) as caught:
        ask_all(open_engines(server), [str(n) for n in range(10_000)], 8)
    assert caught.value.kind == "breaker"
    assert len(server.calls) < 300


def test_a_server_that_comes_back_is_waited_for(serve, open_engines):
    down: list[float] = []

    def script(seen: Seen) -> Lie:
        if seen.number == 50:
            down.append(time.monotonic() + 0.15)
        return fails(503) if down and time.monotonic() < down[0] else says("ok")

    server = serve(script)
    found = ask_all(open_engines(server), [str(n) for n in range(200)], 8)
    assert all(not isinstance(reply, Exception) for reply in found.values())


@pytest.mark.parametrize("lie", [floods(1024), bombs(512)], ids=["a gigabyte", "a bomb"])
def test_a_flood_does_not_fill_the_memory(lie: Lie, serve, open_engines):
    server = serve(in_turn(lie))
    engines = open_engines(server, timeout=20)
    before = psutil.Process().memory_info().rss
    with pytest.raises(CallError):
        ask(engines)
    assert psutil.Process().memory_info().rss - before < 200 * 2**20


def test_text_that_no_server_takes_is_not_sent(serve, open_engines):
    server = serve()
    with pytest.raises(CallError, match="half a character"):
        ask(open_engines(server), "lone \ud800 surrogate")
    assert server.calls == []


def outcome(body: bytes) -> str:
    """The kind of fault that a body is, or GOOD."""
    try:
        return GOOD if envelope.read(body).text else "no text"
    except CallError as error:
        return error.kind


@given(st.binary(max_size=300))
def test_no_bytes_crash_the_reader(body: bytes):
    for data in (body, b'{"choices": ' + body, b'{"choices": [{"message": {"content": "' + body):
        assert outcome(data) in {GOOD, *KINDS}
        envelope.usage(data)
        said(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["choices", "message", "content", "finish_reason", "usage", "refusal"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_no_json_crashes_the_reader(value: Any):
    assert outcome(json.dumps(value).encode()) in {GOOD, *KINDS}


@given(st.integers(300, 599), st.text(max_size=80))
def test_every_status_has_a_kind_and_an_openai_error(status: int, text: str):
    error = CallError(kind_of(status, text), "x", status=status)
    assert isinstance(openai_error(error, "http://x/v1"), openai.APIError)


@given(st.text(max_size=300))
def test_no_text_crashes_the_search_for_json(text: str):
    for reply in (text, "{" + text, f"```json\n{text}\n```", '{"answer": "' + text):
        found = structured.json_in(reply)
        assert found is None or isinstance(found, dict)


REPLIES = {
    "bare": '{"answer": "yes"}',
    "fenced": '```json\n{"answer": "yes"}\n```',
    "fenced without a name": '```\n{"answer": "yes"}\n```',
    "prefixed": 'Sure! Here is the JSON you asked for:\n{"answer": "yes"}\nHope it helps {smile}',
    "quoted": json.dumps('{"answer": "yes"}'),
    "in a list": '[{"answer": "yes"}]',
    "trailing comma": '{"answer": "yes",}',
    "single quotes": "{'answer': 'yes'}",
    "unquoted": '{answer: "yes"}',
    "not closed": '{"answer": "yes"',
    "thinking": '<think>what {shall} I "say"</think>{"answer": "yes"}',
    "thinking, closed only": 'hm, {"answer": "no"}?</think>\n{"answer": "yes"}',
    "fence inside the answer": json.dumps({"answer": "yes"}) + "\n```\ncode\n```",
}


@pytest.mark.parametrize("name", REPLIES)
def test_json_is_found_however_it_is_dressed(name: str, serve, open_engines):
    server = serve(in_turn(says(REPLIES[name])))
    assert ask(open_engines(server), schema=SCHEMA).parsed == {"answer": "yes"}
    assert len(server.calls) == 1


def test_an_answer_that_holds_fences_and_braces_arrives_whole(serve, open_engines):
    answer = 'Use this:\n```json\n{"a": "}"}\n```\nand 他说“好”。'
    for dressed in (
        json.dumps({"answer": answer}),
        f"```json\n{json.dumps({'answer': answer})}\n```",
    ):
        server = serve(in_turn(says(dressed)))
        assert ask(open_engines(server), dressed, schema=SCHEMA).parsed == {"answer": answer}


def test_waiting_doubles_up_to_a_bound_and_starts_anywhere():
    patience = Patience(first=1.0, longest=8.0)
    for failures, bound in ((0, 1), (1, 2), (2, 4), (3, 8), (50, 8)):
        waits = [patience.backoff(failures) for _ in range(500)]
        assert 0 <= min(waits) < bound * 0.1
        assert bound * 0.9 < max(waits) <= bound


def test_the_size_cap_is_what_it_says():
    assert MOST_BYTES == 20 * 2**20
