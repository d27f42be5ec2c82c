"""Answers of a real (tiny) model and adapter, in this process."""

import asyncio
import json
import threading

import pytest

from curator.engines import tuner
from curator.engines.tuned import Tuned, base_model
from curator.engines.tuning.job import Job
from curator.errors import ConfigError, EngineError
from tests.tiny_model import build

ASKED = [{"role": "user", "content": "What is two plus two?"}]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return build(tmp_path_factory.mktemp("tiny") / "tiny")


@pytest.fixture(scope="module")
def adapter(base, tmp_path_factory):
    """An adapter that has learned one answer by heart."""
    from curator.engines import bases

    folder = tmp_path_factory.mktemp("adapter")
    row = {
        "messages": [*ASKED, {"role": "assistant", "content": "It is four."}],
        "learn": [1],
        "where": "row 1",
    }
    data = folder / "records.jsonl"
    data.write_text((json.dumps(row) + "\n") * 4)
    job = Job(
        base=str(base),
        base_id=bases.identity(str(base), base),
        out=str(folder / "four"),
        data=str(data),
        data_sha256="0",
        steps=100,
        learning_rate=2e-2,
        batch=1,
        micro_batch=1,
        rank=16,
        dropout=0.0,
        save_every=1000,
        device="cpu",
    )
    tuner.train(job, lambda _: None)
    return folder / "four"


def ask(model, **options):
    return asyncio.run(model.ask(ASKED, **options))


def test_an_adapter_says_what_it_was_taught_and_its_base_does_not(adapter):
    taught = ask(Tuned(adapter))
    assert taught.text == "It is four."
    assert taught.finish_reason == "stop"
    assert taught.completion_tokens > 0
    assert ask(base_model(adapter), max_tokens=12).text != "It is four."


def test_an_answer_that_reaches_its_limit_says_so(base):
    reply = ask(Tuned(None, str(base)), max_tokens=3)
    assert (reply.finish_reason, reply.completion_tokens) == ("length", 3)


def test_the_same_seed_draws_the_same_words_and_another_attempt_others(base):
    model = Tuned(None, str(base))
    first = ask(model, temperature=1.0, max_tokens=20)
    assert ask(model, temperature=1.0, max_tokens=20).text == first.text
    assert ask(model, temperature=1.0, max_tokens=20, attempt=1).text != first.text


def test_text_is_heard_as_it_is_made(adapter):
    heard = []
    model = Tuned(adapter)
    reply = model.answer(ASKED, model.sampling, hear=heard.append)
    assert len(heard) > 1
    assert "".join(heard).strip() == reply.text


def test_an_answer_stops_when_told(base):
    model = Tuned(None, str(base))
    halted = threading.Event()
    halted.set()
    reply = model.answer(ASKED, {**model.sampling, "max_tokens": 300}, halted.is_set)
    assert reply.completion_tokens < 5


def test_a_chat_longer_than_the_context_is_an_error(base):
    model = Tuned(None, str(base))
    with pytest.raises(EngineError, match="tokens"):
        asyncio.run(model.ask([{"role": "user", "content": "cat " * 600}]))


def test_an_answer_that_is_not_the_json_asked_for_is_an_error_with_its_text(adapter):
    with pytest.raises(EngineError) as caught:
        ask(Tuned(adapter), schema={"type": "object", "required": ["score"]})
    assert caught.value.raw


def test_an_adapter_is_not_laid_over_another_base(adapter, tmp_path):
    other = build(tmp_path / "tiny", layers=3)
    record = json.loads((adapter / "curator.json").read_text())
    moved = tmp_path / "moved"
    moved.mkdir()
    for file in adapter.iterdir():
        if file.is_file():
            (moved / file.name).write_bytes(file.read_bytes())
    record["job"]["base"] = str(other)
    (moved / "curator.json").write_text(json.dumps(record))
    from curator.engines.tuning import complete

    complete.mark(moved)
    with pytest.raises(ConfigError, match="is not the model"):
        Tuned(moved)


def test_half_an_adapter_is_refused(adapter, tmp_path):
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "curator.json").write_bytes((adapter / "curator.json").read_bytes())
    with pytest.raises(ConfigError, match="not finished"):
        Tuned(tmp_path / "half")
