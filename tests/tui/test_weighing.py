"""Objections are weighed beside the screen, and the screen says how far that is."""

import pytest

from curator.errors import StoreError
from curator.filters.views import QueueSpec
from curator.store import Store, queues, weighing
from curator.tui import house
from tests.store.workspaces import fill
from tests.tui.driving import until
from tests.tui.halls import held_up, visit


@pytest.fixture
def many(tmp_path, monkeypatch):
    """A workspace with more rewrites than are weighed at once."""
    monkeypatch.setattr(queues, "AT_ONCE", 2)
    monkeypatch.setattr(weighing, "SLICE", 1)
    path = tmp_path / "many.duckdb"
    with Store(path) as store:
        fill(store, 40)
    return path


def test_what_is_not_weighed_yet_comes_last_and_is_weighed_beside_the_screen(many, monkeypatch):
    go_on = held_up(monkeypatch, after=12)

    async def script(v):
        session, _ = v.app.house.review()
        await v.press("Q", "l", "j", "j", "j", "enter")
        await until(v.pilot, lambda: session.spec == QueueSpec("pending", "objections"))
        await v.see("% weighed")
        await v.press("a")  # nothing waits for it
        await until(v.pilot, lambda: v.store.decisions.tally().get("accept") == 1)
        go_on.set()
        await until(v.pilot, lambda: not v.app.house.weighing.running)
        assert v.store.objections.missing() == 0
        await until(
            v.pilot, lambda: any("all is weighed" in n.message for n in v.app._notifications)
        )
        await v.press("k", "Q", "enter")  # drawn anew, with nothing left to weigh
        await until(v.pilot, lambda: session.item.number == 1)
        assert not v.app.house.weighed()

    visit(many, script, first="review")


@pytest.mark.parametrize(
    ("error", "said"),
    [(StoreError("the disk is full"), "the disk is full"), (KeyError("x"), "KeyError: 'x'")],
)
def test_work_beside_the_screen_that_fails_is_told_and_harms_nothing(error, said):
    told = house.Aside("objections")
    with house._telling(told):
        raise error
    assert said in told.error
    assert told.ended is not None
