"""An act on very many, in the app: how far it is, and the key that stops it."""

import threading

import pytest

from curator.errors import Cancelled
from curator.store import decisions, searching, settling, word_reading
from curator.tui.screens import filtering, sweeping
from curator.tui.told import Told
from tests.tui.driving import drive
from tests.tui.halls import visit


@pytest.fixture
def gate(monkeypatch):
    """Many is few here, and after the first step of an act the gate has to be opened."""
    monkeypatch.setattr(decisions, "MANY", 1)
    monkeypatch.setattr(decisions, "MOST", 1)
    monkeypatch.setattr(settling, "LISTED", 1)
    monkeypatch.setattr(settling, "AT_A_TIME", 1)
    monkeypatch.setattr(sweeping, "LONG", 0.02)
    monkeypatch.setattr(sweeping, "DRAWN", 0.02)
    gate, real = threading.Event(), Told.step

    def step(self, n=1, note=""):
        if self.done:
            gate.wait(20)
        real(self, n, note)

    monkeypatch.setattr(Told, "step", step)
    return gate


async def _begin(driver):
    await driver.pilot.press("B")
    await driver.see("all 5 rewrites of this queue")
    await driver.pilot.press("a", "enter")
    await driver.see("decided, all at once 1 of 5")


def test_an_act_on_many_says_how_far_it_is_and_how_long_it_takes(workspace, verdicts, gate):
    async def script(driver):
        await _begin(driver)
        assert "left" in driver.text()
        gate.set()
        await driver.see("5 decided at once")
        await driver.settle()

    drive(workspace, script)
    assert verdicts() == ["accept"] * 5


def test_the_key_that_leaves_stops_it_and_nothing_is_half_done(workspace, verdicts, gate):
    async def script(driver):
        await _begin(driver)
        await driver.pilot.press("q")
        await driver.see("stopping")
        gate.set()
        await driver.see("stopped; nothing was decided: it is all or nothing")
        assert "NOT SAVED" not in driver.text()
        await driver.settle()
        await driver.press("x")

    drive(workspace, script)
    assert verdicts() == ["reject", None, None, None, None]


def test_words_that_have_to_be_read_say_how_far_that_is_and_are_stopped(
    workspace, monkeypatch, gate
):
    monkeypatch.setattr(searching, "LONG", 2)
    monkeypatch.setattr(word_reading, "STRETCH", 1)
    monkeypatch.setattr(filtering, "QUIET_FOR", 60)  # counting would have read it before

    async def ask(visitor):
        await visitor.pilot.press("F")
        await visitor.see("Tab completes")
        await visitor.pilot.press(*"python", "enter")

    async def script(visitor):
        await ask(visitor)
        await visitor.see("chats read for python")
        await visitor.pilot.press("q")
        await visitor.see("stopping")
        gate.set()
        await visitor.see("stopped; not all was read for python")
        assert visitor.app.house.session.spec.plain
        await ask(visitor)
        await visitor.see("1 in this queue")

    visit(workspace, script, first="review")


def test_a_count_ends_when_something_else_is_typed_and_says_how_far_it_is():
    typed, said = ["ad", "ad", "add"], []
    told = filtering.Typing(lambda: typed.pop(0) == "ad", said.append)
    told.begin(4, "chats read for ad")
    told.step()
    told.step(0)
    with pytest.raises(Cancelled):
        told.step()
    assert said == ["chats read for ad: 25 %"]
