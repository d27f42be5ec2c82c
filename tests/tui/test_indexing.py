"""The search index is made beside the screen, and what it finds is lit."""

import threading
import time

import pytest

from curator.errors import Cancelled
from curator.store import Store, index_texts
from curator.tui import app, house, told
from curator.tui.told import Aside
from tests.store.workspaces import fill
from tests.tui.driving import until
from tests.tui.halls import held_up, visit


@pytest.fixture
def many(tmp_path, monkeypatch):
    """A workspace whose index is worth making, and is looked at at once."""
    monkeypatch.setattr(house, "WORTH", 1)
    monkeypatch.setattr(app, "INDEX_AFTER", 0.01)
    monkeypatch.setattr(index_texts, "COMMIT", 40)
    monkeypatch.setattr(index_texts, "CHUNK", 4)
    path = tmp_path / "many.duckdb"
    with Store(path) as store:
        fill(store, 40)
    return path


def test_the_index_is_made_beside_the_screen_and_the_runs_show_it(many):
    async def script(v):
        await until(v.pilot, lambda: v.app.house.indexing is not None)
        await until(v.pilot, lambda: not v.app.house.indexing.running)
        assert v.store.searching.coverage().missing == 0
        await v.press("W")
        await v.see("✓ search index")
        await v.see("200 texts indexed")

    visit(many, script)


def test_it_is_stopped_in_the_runs_and_not_begun_again_by_itself(many, monkeypatch):
    held_up(monkeypatch, after=12)

    async def script(v):
        await until(v.pilot, lambda: v.app.house.indexing is not None)
        await v.press("W")
        await v.see("search index")
        await v.press("c")
        await until(v.pilot, lambda: not v.app.house.indexing.running)
        assert v.store.searching.coverage().missing > 0
        indexing = v.app.house.indexing
        v.app.house.refresh_index()
        assert v.app.house.indexing is indexing
        await v.press("L", "slash")
        await v.type('"added up 7"')
        await v.see("1 conversation,")

    visit(many, script)


def test_a_search_while_it_is_made_says_how_far_it_is_and_finds_all_the_same(many, monkeypatch):
    go_on = held_up(monkeypatch, after=12)

    async def script(v):
        await until(
            v.pilot, lambda: v.app.house.indexing is not None and v.app.house.indexing.total
        )
        await v.press("L", "slash")
        await v.type("added")
        await v.see("40 conversations")
        await v.see("the index lacks")
        go_on.set()

    visit(many, script)


def test_words_that_the_library_was_filtered_by_are_lit_in_the_chat(many):
    async def script(v):
        await v.press("L", "slash")
        await v.type("sorry")
        await v.see("40 conversations")
        await v.press("enter")
        await v.see("1 place lit")
        await v.press("n")
        await v.see("no further place")
        await v.press("slash")
        await v.type("what or added")
        await v.see("2 places lit")
        await v.press("slash")
        await v.type("(")
        await v.see("✗")

    visit(many, script)


def test_an_index_that_was_given_up_is_told(many):
    with Store(many) as store:
        store.searching.build()
        for file in store.searching.folder.glob("*.term"):
            file.write_bytes(b"rubbish")

    async def script(v):
        await v.press("L", "slash")
        await v.type("sorry")
        await v.see("the search index was given up")

    visit(many, script)


def test_work_that_nobody_asked_for_waits_while_somebody_types(monkeypatch):
    monkeypatch.setattr(told, "TYPING", 0.2)
    aside, done = Aside("search index"), threading.Event()
    aside.typed = time.monotonic() + 60

    def step():
        aside.step()
        done.set()

    threading.Thread(target=step).start()
    assert not done.wait(0.3)
    aside.typed = time.monotonic()
    assert done.wait(30)
    aside.typed = time.monotonic() + 60
    aside.stop.set()
    with pytest.raises(Cancelled):
        aside.step()
