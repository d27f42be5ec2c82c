"""What the app does not do, so that it is there at once: read twice, look through, import."""

import asyncio
import gc
import subprocess
import sys
import threading

from textual.css.stylesheet import Stylesheet

from curator.errors import CuratorError
from curator.tui.app import ReviewApp
from curator.tui.screens.opening import OpeningScreen
from curator.tui.widgets.rows import Bar
from tests.tui.driving import PATIENCE, until


def test_what_was_imported_is_not_looked_through_again():
    script = """
import gc
import curator.tui.app
from curator.tui import thrift
thrift.settle()
assert gc.get_freeze_count() > 10_000, gc.get_freeze_count()
assert len(gc.get_objects()) < 5_000, len(gc.get_objects())
assert gc.get_threshold()[0] == thrift.YOUNG
assert gc.isenabled()
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_review_opens_without_the_rooms_it_does_not_need(workspace):
    script = """
import sys
from pathlib import Path
import curator.tui.app
from curator.store import Store
from curator.tui.house import House
with Store(Path(sys.argv[1])) as store:
    House(store, "ann").review()[1].close()
    import curator.tui.screens.review
rooms = ("formats", "export", "similarity", "diversity", "signals.catalogue", "stages.reflecting")
heavy = [f"curator.{room}" for room in rooms] + ["numpy", "pyarrow", "tantivy", "rjieba"]
assert not (loaded := [name for name in heavy if name in sys.modules]), loaded
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(workspace)],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_the_first_picture_is_the_lowest_screen_and_styles_are_read_once(monkeypatch):
    read, go_on = [], threading.Event()
    reparse = Stylesheet.reparse
    monkeypatch.setattr(Stylesheet, "reparse", lambda sheet: read.append(1) or reparse(sheet))

    def begin():
        go_on.wait(PATIENCE)
        raise CuratorError("no house today")

    async def run():
        app = ReviewApp(begin=begin)
        async with app.run_test() as pilot:
            await until(pilot, gc.isenabled)
            assert [type(screen) for screen in app.screen_stack] == [OpeningScreen]
            assert app.screen.query_one(Bar).row[1][0] == " opening the workspace …"
            assert app.has_class("-dark-mode") == app.current_theme.dark
            assert not read
            go_on.set()
            await until(pilot, lambda: app.failed is not None)
            assert str(app.failed) == "no house today"

    gc.disable()
    try:
        asyncio.run(run())
        assert gc.isenabled()
    finally:
        go_on.set()
        gc.enable()
