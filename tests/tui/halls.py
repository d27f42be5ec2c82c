"""Drives the rooms of the app without a terminal."""

import asyncio
import itertools
import threading
import time
from pathlib import Path
from typing import Any

from curator.errors import ConfigError
from curator.stages.base import Report, Stage
from curator.store import Store
from curator.tui.app import ReviewApp
from curator.tui.house import Aside, House
from tests.tui.driving import PATIENCE, until


class Slow:
    """A stage that takes a hundred steps; `gate` says how long one takes."""

    gate = 0.0

    def __init__(self) -> None:
        self.stage = Stage("slow", dict, self.run)

    def known(self) -> tuple[tuple[str, str], ...]:
        return (("slow", "Take a hundred steps."), ("broken", "Fail."))

    def planned(self, line: str) -> tuple[Stage, Any]:
        if line.split()[0] not in ("slow", "broken"):
            raise ConfigError(f"there is no stage {line!r}")
        return self.stage, line.strip()

    def perform(self, store: Store, stage: Stage, config: Any, progress: Any) -> Report:
        run_id = store.runs.open(stage.name, {"line": config})
        state = "failed"
        try:
            report = self.run(store, config, None, progress)
            state = "finished"
            return report
        finally:
            store.runs.close(run_id, "cancelled" if progress.stop.is_set() else state, {"steps": 1})

    def run(self, store: Store, config: Any, engines: Any, progress: Any) -> Report:
        del store, engines
        progress.begin(100, "stepping")
        for _ in range(100):
            time.sleep(self.gate)
            progress.step()
        if config.startswith("broken"):
            raise ConfigError("it broke")
        return Report(counts={"steps": 100})


def held_up(monkeypatch: Any, after: int) -> threading.Event:
    """Work beside the screen stands still after so many steps until this is set, or it is stopped:
    however busy the machine, it is not done before a test has looked."""
    go_on, step, steps = threading.Event(), Aside.step, itertools.count(1)

    def slowly(self: Aside, n: int = 1, note: str = "") -> None:
        step(self, n, note)
        if next(steps) >= after:
            while not (self.stop.is_set() or go_on.wait(0.01)):
                pass

    monkeypatch.setattr(Aside, "step", slowly)
    return go_on


class Visitor:
    """The app under a pilot, at one of its rooms."""

    def __init__(self, app: ReviewApp, pilot: Any) -> None:
        self.app, self.pilot = app, pilot

    @property
    def store(self) -> Store:
        assert self.app.house is not None
        return self.app.house.store

    @property
    def room(self) -> str:
        return getattr(self.app.screen, "ROOM", type(self.app.screen).__name__)

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def type(self, text: str) -> None:
        """Type into the line that is open, and say it."""
        await self.pilot.press("home", *(["delete"] * 40))
        for letter in text:
            await self.pilot.press({" ": "space"}.get(letter, letter))
        await self.press("enter")

    async def settle(self) -> None:
        """Wait until the threads and the screen have nothing left to do."""
        for _ in range(3):
            if self.app.house is not None:
                await _reached(self.app.house.do)
                await _reached(self.app.house.look)
            await self.pilot.pause()

    async def see(self, text: str) -> None:
        """Wait until `text` is on the screen."""
        await until(
            self.pilot,
            lambda: text in self.text(),
            lambda: f"{text!r} did not appear; the screen is\n{self.text()}",
        )

    def screen(self) -> list[str]:
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip).rstrip() for strip in strips]

    def text(self) -> str:
        return "\n".join(self.screen())


async def _reached(thread: Any) -> None:
    """Wait until a thread of the house has done all that it was given before."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    thread(lambda: None, lambda *_: loop.call_soon_threadsafe(done.set))
    async with asyncio.timeout(PATIENCE):
        await done.wait()


def visit(path: Path, script: Any, first: str = "home", **named: Any) -> Any:
    """Open the workspace at a room, run `script(visitor)`, close; what the script returned."""
    size, doing = named.pop("size", (120, 30)), named.pop("doing", Slow())

    def begin() -> House:
        house = House(Store(path), "ann", doing)
        house.blind = named.get("blind", False)
        return house

    async def run() -> Any:
        app = ReviewApp(begin=begin, first=first, live=named.get("live"))
        try:
            async with app.run_test(size=size) as pilot:
                visitor = Visitor(app, pilot)
                await until(
                    pilot,
                    lambda: app.house is not None and type(app.screen).__name__ != "OpeningScreen",
                    "the workspace was not opened",
                )
                await visitor.settle()
                return await script(visitor)
        finally:
            if app.house is not None:
                app.house.close()

    return asyncio.run(run())
