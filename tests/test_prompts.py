import pytest

from curator.errors import ConfigError
from curator.prompts import Prompt, load, names


@pytest.mark.parametrize("name", names())
def test_every_prompt_that_ships_can_be_loaded_and_is_not_empty(name):
    assert len(load(name).text) > 20


def test_values_are_not_searched_for_holes():
    assert Prompt("p", "say {{a}} and {{b}}").fill(a="{{b}}", b="x") == "say {{b}} and x"


def test_a_hole_that_nobody_fills_is_an_error_that_names_the_file_and_the_hole():
    with pytest.raises(ConfigError, match=r"mine\.txt: .*\{\{b\}\}.*\{\{a\}\}"):
        Prompt("p", "{{a}} {{b}}", "mine.txt").fill(a="1")


def test_a_language_version_goes_before_the_plain_one_where_there_is_one():
    assert load("reflect", language="zh").name == "reflect.zh"
    assert load("reflect", language="xx").name == "reflect"


def test_the_prompt_beside_the_workspace_goes_before_the_shipped_one(tmp_path):
    shipped = load("reflect", tmp_path / "w.duckdb")
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "reflect.txt").write_text("mine {{boundary}}\n", encoding="utf-8")
    own = load("reflect", tmp_path / "w.duckdb")
    assert own.text == "mine {{boundary}}"
    assert own.digest != shipped.digest
    assert load("reflect", tmp_path / "w.duckdb", "zh").name == "reflect.zh"


@pytest.mark.parametrize("content", [b"", b"  \n", b"\xff\xfe\x00bad\xff"])
def test_an_empty_or_unreadable_prompt_is_one_sentence(tmp_path, content):
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "reflect.txt").write_bytes(content)
    with pytest.raises(ConfigError, match="the prompt"):
        load("reflect", tmp_path / "w.duckdb")


def test_an_unknown_prompt_names_those_there_are():
    with pytest.raises(ConfigError, match="reflect"):
        load("nonsense")


@pytest.mark.parametrize("name", ["score_judge", "leak_judge", "reflect", "reflect.zh"])
def test_what_is_the_same_for_every_chat_comes_before_the_mark_that_is_not(name):
    """A server keeps what it has read of a prompt up to the first word that differs."""
    text = load(name).text
    assert len(text.partition("{{boundary}}")[0]) > 0.8 * len(text)
