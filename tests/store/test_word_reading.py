"""Words without an index: read stretch by stretch, once, told, and stopped without loss."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from curator.conversation import Conversation, Origin, Turn
from curator.errors import Cancelled
from curator.filters.nodes import Words
from curator.store import Store, searching, word_reading
from tests.store.test_searching import found
from tests.store.test_sweeping import Counting
from tests.store.workspaces import chat, fill, proposal

CHATS = 10


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Ten chats and rewrites that all say "added"; ten are many, and three are read at a time."""
    monkeypatch.setattr(searching, "LONG", 5)
    monkeypatch.setattr(word_reading, "STRETCH", 3)
    with Store(tmp_path / "w.duckdb") as store:
        fill(store, CHATS)
        yield store


def _asked(store: Store, words: str = "added", steps: int | None = None) -> Counting:
    told = Counting(steps)
    with store.searching.telling(told):
        assert len(store.selecting.conversations(words)) == CHATS
    return told


def test_reading_is_counted_to_its_end_and_done_once(store: Store) -> None:
    told = _asked(store)
    assert (told.total, told.done) == (2 * CHATS, 2 * CHATS)
    assert "added" in told.what
    for again in ("added", "added lang:en or added", "-(-added)"):
        assert _asked(store, again).what == ""


def test_reading_that_was_stopped_goes_on_from_there(store: Store) -> None:
    told = Counting(2)
    with store.searching.telling(told), pytest.raises(Cancelled, match="which goes on"):
        store.selecting.conversations("added")
    assert told.done == 9
    again = _asked(store)
    assert again.total == 2 * CHATS - told.done


def test_what_came_in_after_the_reading_is_found(store: Store) -> None:
    _asked(store)
    store.conversations.add([Conversation((Turn("user", "added late"),), Origin("here", 1))])
    store.rewrites.add([proposal(chat(0), "and added to", 1)])
    assert found(store, "added late") == [(CHATS, 0)]
    assert (CHATS, 0) in found(store, "added")
    assert found(store, "and added to") == [(0, 1)]
    assert (0, 1) in found(store, "added")


def test_an_index_made_or_lost_meanwhile_changes_nothing(store: Store) -> None:
    before = found(store, "added")
    with pytest.raises(Cancelled):
        store.searching.build(Counting(0))
    assert found(store, "added") == before
    store.searching.build()
    assert found(store, "added") == before
    store.searching.drop()
    assert found(store, "added") == before


def test_only_so_much_is_remembered(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_reading, "REMEMBERED", 2)
    for words in ("added", "up", "forgot"):
        store.searching.places(Words(words))
    assert len(store.searching._reading._known) == 2
    monkeypatch.setattr(word_reading, "MOST", 1)
    assert found(store, "added") == found(store, "added")
    assert Words("added") not in store.searching._reading._known


def test_a_command_shows_how_far_it_is_and_what_makes_that_needless(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    from curator.cli.workspace import reading

    store.searching.shown = reading
    store.selecting.conversations("added")
    said = capsys.readouterr().err
    assert f"chats read for added: {2 * CHATS}" in said
    assert "`curator search WORDS` makes an index" in said
    store.selecting.conversations("added")
    assert capsys.readouterr().err == ""
