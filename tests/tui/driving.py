"""Drives the app without a terminal, and reads what it shows."""

import asyncio
from pathlib import Path

from curator.review import open_session
from curator.store import Store
from curator.tui import work
from curator.tui.app import ReviewApp
from curator.tui.keys import Held


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
        for _ in range(600):
            if self.room.laid is not None and not self.room.busy and not self.app.work.is_looking:
                await self.pilot.pause()
                return
            await self.pilot.pause(0.05)
        raise AssertionError("the screen is still busy")

    async def see(self, text):
        """Wait until `text` is on the screen."""
        for _ in range(200):
            if text in self.text():
                return
            await self.pilot.pause(0.05)
        raise AssertionError(f"{text!r} did not appear; the screen is\n{self.text()}")

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
