"""The first picture: the app is here, the workspace is being opened."""

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.screen import Screen

from curator.tui.ink import ACCENT, BOLD, QUIET
from curator.tui.widgets.rows import Bar

if TYPE_CHECKING:
    from curator.tui.app import ReviewApp


class OpeningScreen(Screen[None]):
    """One bar; the house is opened as soon as it has been drawn."""

    def compose(self) -> ComposeResult:
        yield Bar(id="head")

    def on_mount(self) -> None:
        self.query_one(Bar).row = (
            (" curator ", ACCENT | BOLD),
            (" opening the workspace …", QUIET),
        )
        self.call_after_refresh(cast("ReviewApp", self.app).open_house)
