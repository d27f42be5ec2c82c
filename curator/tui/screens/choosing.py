"""Picking one of many by typing a part of its name: the command palette, and lists of names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from curator.tui.ink import ACCENT, BOLD, HERE, QUIET, Row, clipped, padded
from curator.tui.keys import Key, names
from curator.tui.widgets.rows import Rows


@dataclass(frozen=True)
class Choice:
    """One thing to pick: what is returned, how it is called, what it does, its key."""

    name: str
    label: str
    about: str
    key: str


def commands(table: tuple[Key, ...]) -> list[Choice]:
    """Every act of a table of keys, but those that only move and the palette itself."""
    return [
        Choice(key.action, key.label, key.help, names(key))
        for key in table
        if key.group != "Move" and key.action not in ("app.commands", "score")
    ]


def matching(choices: Sequence[Choice], typed: str) -> list[Choice]:
    """The choices that have every typed word, those whose name begins with it first."""
    words = typed.lower().split()
    found = [c for c in choices if all(w in f"{c.label} {c.about}".lower() for w in words)]
    first = words[0] if words else ""
    return sorted(found, key=lambda c: (not c.label.lower().startswith(first), not (
        all(w in c.label.lower() for w in words))))  # fmt: skip


class ChoosingScreen(ModalScreen[str | None]):
    """A line to type in, and what matches below it; Enter picks, Esc goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "back", show=False, priority=True),
        Binding("down,ctrl+n,tab", "move(1)", "down", show=False, priority=True),
        Binding("up,ctrl+p,shift+tab", "move(-1)", "up", show=False, priority=True),
    ]

    def __init__(self, choices: Sequence[Choice], title: str) -> None:
        super().__init__()
        self._title = title
        self._choices = choices
        self._found = list(choices)
        self._at = 0
        #: The widest key and the widest word on what one does: columns of their own.
        self._keys = max((cell_len(choice.key) for choice in choices), default=0)
        self._abouts = max((cell_len(choice.about) for choice in choices), default=0)

    def compose(self) -> ComposeResult:
        with Vertical(id="choosing") as box:
            box.border_title = f" {self._title} "
            box.border_subtitle = " ↑ ↓ choose · Enter takes · Esc goes back "
            yield Input(placeholder="type a part of a name", id="typed")
            yield Rows(id="found")

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self.query_one(Rows).can_focus = False
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._found, self._at = matching(self._choices, event.value), 0
        self._draw()

    @on(Input.Submitted)
    def _picked(self) -> None:
        self.dismiss(self._found[self._at].name if self._found else None)

    def on_click(self, event: events.Click) -> None:
        """A click picks the row under the mouse."""
        rows = self.query_one(Rows)
        if rows.region.contains(event.screen_x, event.screen_y):
            at = int(event.screen_y - rows.region.y + rows.scroll_offset.y)
            if at < len(self._found):
                self.dismiss(self._found[at].name)

    def action_move(self, step: int) -> None:
        if self._found:
            self._at = (self._at + step) % len(self._found)
            self._draw()

    def _draw(self) -> None:
        rows = self.query_one(Rows)
        width = max(rows.scrollable_content_region.width, 20)
        found = tuple(self._row(at, width) for at in range(len(self._found)))
        rows.show(found or (((" nothing here is called so", QUIET),),))
        height = max(rows.size.height, 1)
        top = min(max(rows.scroll_offset.y, self._at - height + 1), self._at)
        rows.scroll_to(y=top, animate=False, immediate=True)

    def _row(self, at: int, width: int) -> Row:
        choice = self._found[at]
        here = HERE if at == self._at else 0
        mark = "▶" if here else " "
        label = f"{mark}{clipped(choice.label, 18):<18} "
        room = min(self._abouts, max(width - self._keys - 23, 8))
        about = padded(((clipped(choice.about, room), here),), room + 2, here)
        row = (label, ACCENT | BOLD | here), *about, (choice.key, QUIET | here)
        return padded(row, width, here) if here else row
