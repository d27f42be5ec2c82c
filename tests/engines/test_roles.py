"""Which endpoint answers for which role."""

from dataclasses import fields
from pathlib import Path

import pytest

from curator.engines.roles import ROLES, Endpoint, endpoint_of, endpoints, is_loopback
from curator.errors import ConfigError

HERE = "http://localhost:8000/v1"


@pytest.fixture(autouse=True)
def _bare(monkeypatch):
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "OPENAI_MODEL"):
        monkeypatch.delenv(name, raising=False)


def test_nothing_said_means_the_embedded_model():
    assert endpoint_of("judge", {}) is None
    assert set(endpoints({})) == set(ROLES)
    assert all(endpoint.base_url == "" for endpoint in endpoints({}).values())


def test_a_role_without_a_table_is_the_default():
    found = endpoint_of("judge", {"default": {"base_url": HERE, "model": "m"}})
    assert found is not None
    assert (found.base_url, found.model) == (HERE, "m")


def test_a_role_may_change_the_defaults_sampling_only():
    tables = {"default": {"base_url": HERE, "model": "m"}, "judge": {"temperature": 0.0}}
    found = endpoint_of("judge", tables)
    assert found is not None
    assert (found.model, found.temperature) == ("m", 0.0)


def test_a_role_with_its_own_address_shares_neither_key_nor_model_with_the_default():
    tables = {
        "default": {"base_url": "https://api.example.com/v1", "model": "m", "api_key_env": "K"},
        "judge": {"base_url": HERE, "model": "j"},
    }
    found = endpoint_of("judge", tables)
    assert found is not None
    assert (found.base_url, found.model, found.api_key_env) == (HERE, "j", "")


def test_the_environment_names_an_endpoint_where_no_table_does(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    found = endpoint_of("judge", {})
    assert found is not None
    assert (found.base_url, found.api_key_env) == ("https://api.openai.com/v1", "OPENAI_API_KEY")
    monkeypatch.setenv("OPENAI_BASE_URL", HERE + "/")
    monkeypatch.setenv("OPENAI_MODEL", "m")
    found = endpoint_of("judge", {"default": {"temperature": 0.5}})
    assert found is not None
    assert (found.base_url, found.model, found.temperature) == (HERE, "m", 0.5)


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"juge": {}}, "did you mean judge"),
        ({"default": {"base_ulr": HERE}}, "did you mean base_url"),
        ({"default": {"base_url": "api.example.com"}}, "should look like https"),
        ({"default": {"base_url": "ftp://x/v1"}}, "should look like https"),
        ({"default": {"base_url": "http://api.example.com/v1"}}, "insecure = true"),
        ({"default": {"base_url": "https://me:pw@x.com/v1"}}, "password"),
        ({"default": {"base_url": "https://x.com/v1?key=1"}}, "query"),
        ({"default": {"base_url": HERE, "timeout": "long"}}, "timeout"),
        ({"default": {"base_url": HERE, "concurrency": 0}}, "concurrency"),
        ({"default": {"base_url": HERE, "max_tokens": -1}}, "max_tokens"),
        ({"default": {"base_url": 7}}, "base_url"),
    ],
)
def test_a_wrong_setting_is_one_sentence(tables, words: str):
    with pytest.raises(ConfigError, match=words):
        endpoint_of("judge", tables)


def test_plain_http_elsewhere_is_possible_if_one_says_so():
    table = {"base_url": "http://gpu-box:8000/v1", "insecure": True}
    assert endpoint_of("judge", {"default": table}) is not None


@pytest.mark.parametrize(
    ("host", "here"),
    [("localhost", True), ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True),
     ("localhost.example.com", False), ("10.0.0.1", False), ("127.0.0.1.nip.io", False)],
)  # fmt: skip
def test_this_machine_is_told_from_others(host: str, here: bool):
    assert is_loopback(host) is here


def test_every_setting_is_explained_in_the_docs():
    text = (Path(__file__).parents[2] / "docs" / "engines.md").read_text(encoding="utf-8")
    assert [
        f.name
        for f in fields(Endpoint)
        if f"`{f.name}`" not in text and f"\n{f.name} =" not in text
    ] == []


def test_cost_is_per_million_tokens():
    assert Endpoint(price_in=2.0, price_out=8.0).cost(500_000, 250_000) == 3.0
    assert Endpoint().cost(10, 10) == 0.0
