"""What `curator engines test` finds out."""

import pytest

from curator.engines.probe import COLUMNS, probe
from curator.engines.roles import ROLES
from curator.stages.base import Silent
from tests.lies import Lie, Seen, fails, says, sends


def rows_of(engines) -> list[dict]:
    return [dict(zip(COLUMNS, row, strict=True)) for row in probe(engines, Silent())]


def answering(seen: Seen) -> Lie:
    if seen.path.endswith("/models"):
        return sends({"data": [{"id": "liar-1", "max_model_len": 8192}]})
    return says('{"sum": 5}')


def test_each_role_has_a_row_and_the_same_model_is_called_once(serve, open_engines):
    server = serve(answering)
    rows = rows_of(open_engines(server))
    assert [row["role"] for row in rows] == list(ROLES)
    assert {row["answers"] for row in rows} == {"yes"}
    assert rows[0]["JSON"] == "by schema"
    assert rows[0]["usage"].startswith("10 + ")
    assert rows[0]["context"] == 8192
    assert rows[0]["seconds"] >= 0
    assert len(server.calls) == 1


def test_a_second_look_is_a_second_call(serve, open_engines, monkeypatch):
    server = serve(answering)
    rows_of(open_engines(server))
    monkeypatch.setattr("curator.engines.probe.time", lambda: 5.0)
    rows_of(open_engines(server))
    assert len(server.calls) == 2


@pytest.mark.parametrize(
    ("lie", "words"), [(fails(401, "bad"), "key is not accepted"), (says("hm"), "not the JSON")]
)
def test_a_role_that_does_not_answer_says_why_and_nothing_is_raised(
    lie: Lie, words: str, serve, open_engines
):
    server = serve(lambda seen: lie if seen.body else answering(seen))
    rows = rows_of(open_engines(server))
    assert all(row["answers"].startswith("no: ") and words in row["answers"] for row in rows)


def test_a_missing_key_is_a_row_too(open_engines, monkeypatch):
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    rows = rows_of(open_engines("https://api.example.com/v1", api_key_env="NO_SUCH_KEY"))
    assert "NO_SUCH_KEY" in rows[0]["answers"]


def test_looking_finds_out_anew_how_a_schema_is_taken(serve, open_engines, monkeypatch):
    old = [True]

    def script(seen: Seen) -> Lie:
        if old[0] and seen.body.get("response_format"):
            return fails(400, "unknown field response_format")
        return answering(seen)

    server = serve(script)
    assert rows_of(open_engines(server))[0]["JSON"] == "asked for in words"
    old[0] = False
    monkeypatch.setattr("curator.engines.probe.time", lambda: 5.0)
    assert rows_of(open_engines(server))[0]["JSON"] == "by schema"
