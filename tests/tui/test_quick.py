"""What is painted past Textual's compositor is what the compositor would paint."""

import re

import pyte
import pytest
from textual.filter import Monochrome

from curator.tui.frame import Frame
from tests.tui.driving import drive

#: What belongs to the sign before it. pyte knows no such signs: it leaves out all that follows them
#: in the same colour, and what stood there before would shine through.
JOINED = re.compile("\u200d.|[\U0001f3fb-\U0001f3ff\ufe0f]")


class Glass:
    """A terminal that gets what the app gives out, and how it looks."""

    def __init__(self, app):
        self._app = app
        self.screen = pyte.Screen(*app.size)
        self._stream = pyte.Stream(self.screen)
        self.frames = self.updates = 0
        show = app._display

        def display(screen, renderable):
            if renderable is not None:
                self.frames += isinstance(renderable, Frame)
                self.updates += not isinstance(renderable, Frame)
                self._stream.feed(JOINED.sub("", renderable.render_segments(app.console)))
            show(screen, renderable)

        app._display = display

    def look(self):
        return _seen(self.screen)

    def right(self):
        """The same as Textual would paint it all."""
        other = pyte.Screen(self.screen.columns, self.screen.lines)
        stream = pyte.Stream(other)
        for y, strip in enumerate(self._app.screen._compositor.render_strips()):
            line = strip.render(self._app.console)
            stream.feed(f"\x1b[{y + 1};1H{JOINED.sub('', line)}")
        return _seen(other)

    def agrees(self):
        for y, (found, right) in enumerate(zip(self.look(), self.right(), strict=True)):
            assert found == right, f"line {y}: {''.join(cell.data for cell in found)!r}"


def _seen(screen):
    """The cells, as an eye sees them: a blank has no colour of its own."""
    rows = [[screen.buffer[y][x] for x in range(screen.columns)] for y in range(screen.lines)]
    return [
        [
            cell._replace(fg="")
            if cell.data == " " and not (cell.reverse or cell.underscore or cell.strikethrough)
            else cell
            for cell in row
        ]
        for row in rows
    ]


#: Deciding, looking, scrolling, undoing, and screens that lie on top for a while.
WALK = (
    "a", "x", "j", "j", "d", "d", "v", "c", "space", "backspace", "G", "g", "question_mark",
    "escape", "f", "b", "1", "b", "i", "escape", "K", "J", "tab", "j", "pagedown", "w", "w", "w",
    "ctrl+t", "a", "ctrl+t", "backspace", "ctrl+t", "U", "slash", "escape", "a", "a", "a",
)  # fmt: skip


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_every_key_leaves_what_textual_would_paint(workspace, size):
    async def script(d):
        glass = Glass(d.app)
        d.app.refresh(layout=True)
        await d.settle()
        for key in WALK:
            await d.press(key)
            await d.pilot.pause()
            glass.agrees()
        assert glass.frames > len(WALK) / 2

    drive(workspace, script, size=size)


def test_without_colours_too(workspace):
    async def script(d):
        d.app._filters.append(Monochrome())
        glass = Glass(d.app)
        d.app.refresh(layout=True)
        await d.settle()
        for key in ("a", "j", "x", "backspace"):
            await d.press(key)
            await d.pilot.pause()
            glass.agrees()
        assert glass.frames > 2

    drive(workspace, script)


def test_deciding_sends_only_lines_that_differ(workspace):
    async def script(d):
        sent = []
        show = d.app._display

        def display(screen, renderable):
            if isinstance(renderable, Frame):
                sent.append(renderable._lines)
            show(screen, renderable)

        d.app._display = display
        await d.press("a", "K", "J", "K")
        lines = [line for lines in sent for line in lines]
        assert lines
        # The keys stand below and are the same all the time; they are never sent again.
        last = d.app.size.height - 1
        await d.press("J")
        sent.clear()
        await d.press("K", "J", "K", "J")
        assert all(y != last for lines in sent for y, _, _ in lines)

    drive(workspace, script)
