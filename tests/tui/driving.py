"""Drives the app without a terminal, and reads what it shows."""

import asyncio
import time
from pathlib import Path

from curator.review import open_session
from curator.store import Store
from curator.tui import work
from curator.tui.app import ReviewApp
from curator.tui.keys import Held

#: Seconds after which what did not come will not come, on the busiest of machines.
PATIENCE = 120.0


async def until(pilot, holds, otherwise="it did not come about"):
    """Let the app go on until `holds()`; what it then returned. `otherwise` says what was missed,
    a text or a function that returns one."""
    end = time.monotonic() + PATIENCE
    while not (found := holds()):
        if time.monotonic() > end:
            raise AssertionError(otherwise if isinstance(otherwise, str) else otherwise())
        await pilot.pause(0.02)
    return found


class Driver:
    """The app under a pilot. Its clock stands still unless a key is pressed: ten seconds each."""

    def __init__(self, app, pilot):
        self.app = app
        self.pilot = pilot
        self.now = 0.0
        app._room.held = Held(lambda: self.now)

    @property
    def room(self):
        return self.app._room

    @property
    def item(self):
        return self.room.seen.item

    async def press(self, *keys):
        for key in keys:
            self.now += 10
            await self.pilot.press(key)
            await self.settle()

    async def settle(self):
        """Wait until the writer and the screen have nothing left to do."""
        await asyncio.wrap_future(self.app.work.act("nothing", lambda: None))
        await self.pilot.pause()
        await until(
            self.pilot,
            lambda: (
                self.room.laid is not None and not self.room.busy and not self.app.work.is_looking
            ),
            "the screen is still busy",
        )
        await self.pilot.pause()

    async def see(self, text):
        """Wait until `text` is on the screen."""
        await until(
            self.pilot,
            lambda: text in self.text(),
            lambda: f"{text!r} did not appear; the screen is\n{self.text()}",
        )

    def screen(self):
        """The lines on the screen, as text."""
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip).rstrip() for strip in strips]

    def text(self):
        return "\n".join(self.screen())


def drive(path: Path, script, size=(120, 40), reviewer="ann"):
    """Open the workspace in the app, run `script(driver)`, close; what the script returned."""

    async def run():
        work.RESTING = 0.0
        with Store(path) as store:
            app = ReviewApp(open_session(store.desk, reviewer))
            try:
                async with app.run_test(size=size) as pilot:
                    driver = Driver(app, pilot)
                    await driver.settle()
                    return await script(driver)
            finally:
                app.work.close()

    return asyncio.run(run())
