"""The page on keys says what the app does."""

import tomllib
from pathlib import Path

from curator.tui.hall_keys import TABLES
from curator.tui.key_page import reference
from curator.tui.keymap import act_of, keymap
from curator.tui.keys import KEYS

PAGE = Path(__file__).parents[2] / "docs" / "keys.md"


def test_the_page_on_keys_has_every_key_of_every_room():
    assert reference() in PAGE.read_text(encoding="utf-8")


def test_the_settings_that_the_page_shows_are_taken():
    example = PAGE.read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0]
    made = keymap("", tomllib.loads(example)["keys"])
    assert made.preset == "vim"
    assert [key.keys for key in made.tables["review"] if key.label == "accept"] == [("a", "f5")]


def test_every_act_has_a_name_to_give_it_another_key_by():
    tables = {"review": KEYS, **TABLES}
    unnamed = [key for table in tables.values() for key in table if key.keys and not act_of(key)]
    assert unnamed == []
