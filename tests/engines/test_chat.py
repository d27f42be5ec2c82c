"""Asking: what is sent, what is kept, what is never paid for twice."""

import json
from typing import Any

import pytest

from curator.engines import structured
from curator.engines.faults import CallError
from curator.store import Store
from tests.engines.conftest import ask, ask_all
from tests.lies import Lie, Seen, completion, fails, honest, in_turn, says, sends

SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "string"}},
    "required": ["answer"],
    "additionalProperties": False,
}


def test_a_reply_has_text_usage_and_the_model_that_answered(serve, open_engines):
    reply = ask(open_engines(serve(in_turn(says("yes", usage=None)))))
    assert (reply.text, reply.model, reply.finish_reason) == ("yes", "liar-1", "stop")
    assert not reply.cached


def test_the_same_question_is_paid_for_once(serve, open_engines, store: Store):
    server = serve()
    first = ask(open_engines(server))
    again = ask(open_engines(server))
    assert (again.text, again.cached, again.key) == (first.text, True, first.key)
    assert len(server.calls) == 1
    assert store.calls.totals()["calls"] == 1


@pytest.mark.parametrize(
    "change",
    [{"attempt": 1}, {"temperature": 0.3}, {"max_tokens": 9}, {"schema": SCHEMA}],
    ids=lambda change: next(iter(change)),
)
def test_what_changes_the_answer_changes_the_key(serve, open_engines, change: dict[str, Any]):
    server = serve()
    engines = open_engines(server)
    assert ask(engines).key != ask(engines, **change).key
    assert len(server.calls) == 2


def test_a_local_server_may_move_to_another_port(serve, open_engines):
    first, second = serve(), serve()
    assert first.port != second.port
    ask(open_engines(first))
    assert ask(open_engines(second)).cached


def test_other_weights_under_the_same_name_are_told_by_their_version(serve, open_engines):
    server = serve()
    ask(open_engines(server))
    assert not ask(open_engines(server, version="2")).cached


def test_a_new_parser_reads_old_replies_without_a_call(serve, open_engines, monkeypatch):
    server = serve(in_turn(says("answer = 5")))
    with pytest.raises(CallError):
        ask_without_end(open_engines(server), schema=SCHEMA)
    paid = len(server.calls)
    monkeypatch.setattr(structured, "json_in", lambda text: {"answer": text[-1]})
    assert ask(open_engines(server), schema=SCHEMA).parsed == {"answer": "5"}
    assert len(server.calls) == paid


def ask_without_end(engines: Any, **how: Any) -> Any:
    """As a run that was killed: the iterator never comes to its end."""
    chat = engines.chat("reflector")

    async def job(text: str) -> Any:
        return await chat.ask([{"role": "user", "content": text}], **how)

    _, result = next(engines.each(job, ["hello"], 1))
    if isinstance(result, Exception):
        raise result
    return result


def test_a_reply_that_is_no_good_is_asked_for_again_under_another_key(serve, open_engines):
    server = serve(in_turn(says("not json at all"), says('{"answer": "yes"}')))
    reply = ask(open_engines(server), schema=SCHEMA)
    assert reply.parsed == {"answer": "yes"}
    assert len(server.calls) == 2
    assert ask(open_engines(server), schema=SCHEMA).cached
    assert len(server.calls) == 2


def test_an_unparsable_reply_is_parked_with_its_text_and_another_run_asks_anew(serve, open_engines):
    server = serve(in_turn(says("I would rather not say")))
    for run in (1, 2):
        with pytest.raises(CallError) as caught:
            ask(open_engines(server), schema=SCHEMA)
        assert caught.value.kind == "unparsable"
        assert caught.value.raw == "I would rather not say"
        assert len(server.calls) == 3 * run


def test_a_killed_run_does_not_pay_again_for_what_it_had_given_up_on(serve, open_engines):
    server = serve(in_turn(says("I would rather not say")))
    for _ in range(2):
        with pytest.raises(CallError):
            ask_without_end(open_engines(server), schema=SCHEMA)
        assert len(server.calls) == 3


def test_json_off_the_schema_is_no_answer(serve, open_engines):
    server = serve(in_turn(says('{"reply": "yes"}')))
    with pytest.raises(CallError, match="answer is missing") as caught:
        ask(open_engines(server), schema=SCHEMA)
    assert caught.value.kind == "off_schema"


def test_a_refusal_is_a_result(serve, open_engines):
    server = serve(in_turn(says(None, refusal="I cannot help with that.")))
    reply = ask(open_engines(server), schema=SCHEMA)
    assert reply.refusal
    assert (reply.text, reply.parsed) == ("I cannot help with that.", None)
    assert len(server.calls) == 1


def knows(*modes: str) -> Any:
    """A server that takes only these kinds of response_format."""

    def script(seen: Seen) -> Lie:
        wanted = seen.body.get("response_format", {}).get("type", "text")
        if wanted not in modes:
            return fails(400, f"'response_format' of type {wanted} is not supported")
        if "JSON Schema" not in seen.text + str(seen.body["messages"][0]) and wanted == "text":
            return says("In words: yes")
        return says('Sure!\n```json\n{"answer": "yes"}\n```')

    return script


@pytest.mark.parametrize(
    ("modes", "requests"),
    [(("json_schema",), 1), (("json_object", "text"), 2), (("text",), 3)],
    ids=["schema", "json", "text"],
)
def test_the_best_way_to_ask_for_json_is_found_once_and_remembered(
    serve, open_engines, modes: tuple[str, ...], requests: int
):
    server = serve(knows(*modes))
    assert ask(open_engines(server), schema=SCHEMA).parsed == {"answer": "yes"}
    assert len(server.calls) == requests
    assert ask(open_engines(server), "another", schema=SCHEMA).parsed == {"answer": "yes"}
    assert len(server.calls) == requests + 1


def test_max_tokens_goes_by_its_other_name_where_that_is_wanted(serve, open_engines):
    def script(seen: Seen) -> Lie:
        if "max_tokens" in seen.body:
            return fails(400, "Unsupported parameter: use 'max_completion_tokens' instead.")
        return honest(seen)

    server = serve(script)
    assert ask(open_engines(server)).text
    assert ask(open_engines(server), "another").text
    assert [seen.body.get("max_completion_tokens") for seen in server.calls] == [None, 200, 200]


def test_candidates_and_tries_get_seeds_of_their_own(serve, open_engines):
    server = serve(in_turn(says("no json"), says('{"answer": "a"}')))
    engines = open_engines(server, seed=7)
    ask(engines, schema=SCHEMA)
    ask(engines, schema=SCHEMA, attempt=1)
    seeds = [seen.body["seed"] for seen in server.calls]
    assert len(set(seeds)) == len(seeds) == 3


def test_the_only_model_of_a_server_needs_no_name(serve, open_engines):
    server = serve()
    assert open_engines(server, model="").chat("judge").model == "liar-1"


def test_two_models_and_no_name_is_a_question_for_the_person(serve, open_engines):
    server = serve(in_turn(sends({"data": [{"id": "a"}, {"id": "b"}]})))
    with pytest.raises(Exception, match=r"2 models \(a, b\); set model"):
        open_engines(server, model="").chat("judge")


def test_the_reply_is_stored_as_it_came_even_where_it_is_not_text(
    serve, open_engines, store: Store
):
    body = json.dumps(completion("ok")).encode()[:-1] + b', "junk": "\xff"}'
    server = serve(in_turn(sends(body), says("fine")))
    ask_all(open_engines(server), ["x"])
    replies = {
        bytes(row[0])
        for row in store.connection.rows("select reply from llm_calls")
        + [(row["reply"],) for row in store.calls._waiting.values()]
    }
    assert body in replies


def test_thinking_is_kept_apart_from_the_answer(serve, open_engines):
    server = serve(in_turn(says("<think>2 and 2…</think>\n\nFour, not <think>five</think>.")))
    reply = ask(open_engines(server))
    assert reply.text == "Four, not <think>five</think>."
    assert reply.thinking == "2 and 2…"


def test_the_same_question_asked_many_times_at_once_is_sent_once(serve, open_engines):
    server = serve(delay=0.05)
    engines = open_engines(server)
    chat = engines.chat("judge")

    async def job(_: int) -> Any:
        return await chat.ask([{"role": "user", "content": "the same"}])

    texts = {reply.text for _, reply in engines.each(job, range(50), 10)}
    assert len(texts) == 1
    assert len(server.calls) == 1
