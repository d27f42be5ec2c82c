"""The small screens over the reading room: help, a question, the farewell, the editor."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Key as KeyPress
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, TextArea

from curator.review import ReviewItem
from curator.tui.answers import BESIDE
from curator.tui.asking import completed, offers
from curator.tui.boxed import live_keys, take_keys
from curator.tui.ink import (
    ACCENT,
    BOLD,
    PLAIN,
    QUIET,
    Row,
    clipped,
    padded,
    plain,
    width_of,
)
from curator.tui.keys import GROUPS, KEYS, Key, name, names
from curator.tui.markup import markdown
from curator.tui.notes import rule
from curator.tui.safe import safe_line
from curator.tui.screens.paged import PagedScreen
from curator.tui.sides import TURN_SHOWN, Look, shown, sides, stacked
from curator.tui.widgets.draft import Draft
from curator.tui.widgets.rows import Bar, Rows
from curator.tui.work import Seen
from curator.tui.wrapping import wrap

#: What a question says that is answered with yes; it stands before all that a narrow line clips.
YES = "type yes, Enter (Esc: no)"
#: Cells that the keys of an act may take in help.
KEYS_ROOM = 29
#: Cells inside the box of the farewell, where the terminal is broad enough for all of it.
FAREWELL = 64


def help_rows(keys: tuple[Key, ...], width: int) -> tuple[Row, ...]:
    """The key table as a page, in two columns where there is room."""
    said = {group: [k for k in keys if k.group == group and k.keys] for group in GROUPS}
    room = min(max((cell_len(names(k)) for k in keys if k.keys), default=0) + 2, KEYS_ROOM)
    groups = [_group(group, keys, max(room, 14)) for group, keys in said.items() if keys]
    title: Row = (("  Keys", BOLD | ACCENT), ("   Esc or ? goes back", QUIET))
    left: list[Row] = []
    right: list[Row] = []
    half = sum(map(len, groups)) / 2
    for group in groups:
        (left if len(left) + len(group) / 2 <= half and not right else right).extend(group)
    column = _widest(left) + 2
    if width < column + _widest(right):
        return (title, (), *(row for group in groups for row in group))
    rows = [(*padded(a, column), *b) for a, b in zip_longest(left, right, fillvalue=())]
    return (title, (), *rows)


def _widest(rows: list[Row]) -> int:
    return max(map(width_of, rows), default=0)


def _group(title: str, keys: list[Key], room: int) -> list[Row]:
    rows: list[Row] = [((f"  {title}", BOLD),)]
    for key in keys:
        called = names(key) + " " * max(room - cell_len(names(key)), 1)
        rows.append(((f"    {called}", ACCENT | BOLD), (key.help, PLAIN)))
    return [*rows, ()]


class HelpScreen(PagedScreen[None]):
    """Every key there is, from the table the bindings are made of."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,f1", "dismiss", "back", show=False),
    ]

    def __init__(self, table: tuple[Key, ...] = KEYS) -> None:
        super().__init__()
        self._table = table

    def compose(self) -> ComposeResult:
        yield Rows(id="page")

    def on_mount(self) -> None:
        self.leaf(self.BINDINGS)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        self.query_one(Rows).show(help_rows(self._table, self.app.size.width - 2), None)


class AskScreen(ModalScreen[str | None]):
    """One line to type; Enter says it, Esc takes it back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "back", show=False),
        Binding("tab", "complete", "complete", show=False, priority=True),
    ]

    def __init__(
        self, question: str, text: str, known: Sequence[str] = (), does: str = "keeps it"
    ) -> None:
        super().__init__()
        self._question = question
        self._does = does
        self._text = text
        self._known = known
        #: Tags are words of their own; a reason is a whole line.
        self._by_word = question.startswith("tags")
        self._early = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="ask"):
            yield Bar(id="question")
            # Behind what is there: a line is gone on with, as in a shell, not typed over.
            yield Input(safe_line(self._text), id="answer", select_on_focus=False)
            yield Bar(id="offers")

    def on_mount(self) -> None:
        told = f"  Enter {self._does}, Esc goes back" + (", Tab completes" if self._known else "")
        told = "" if YES in self._question else told
        self.query_one("#question", Bar).row = (
            (f" {self._question}", BOLD | ACCENT), (told, QUIET),
        )  # fmt: skip

        self.query_one(Input).value += self._early
        self._offer()

    @on(Input.Changed)
    def _offer(self) -> None:
        offered = offers(self.query_one(Input).value, self._known, self._by_word)
        said = clipped(" " + "  ".join(map(safe_line, offered)), max(self.app.size.width - 1, 1))
        self.query_one("#offers", Bar).row = ((said, QUIET),)

    def action_complete(self) -> None:
        line = self.query_one(Input)
        line.value = completed(line.value, self._known, self._by_word)
        line.cursor_position = len(line.value)

    def on_key(self, event: KeyPress) -> None:
        """What is typed before the line is ready is not lost."""
        if event.is_printable and event.character and self.focused is None:
            if self.is_mounted:
                self.query_one(Input).value += event.character
            else:
                self._early += event.character

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value)


class Farewell(ModalScreen[bool]):
    """What this session did, before it ends."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,enter", "dismiss(True)", "quit", show=False),
        Binding("escape", "dismiss(False)", "back", show=False),
    ]

    def __init__(self, seen: Seen) -> None:
        super().__init__()
        self._seen = seen

    def compose(self) -> ComposeResult:
        with Vertical(id="farewell"):
            yield Rows(id="said")

    def on_mount(self) -> None:
        # As high as its words from the first paint on: what a higher box has covered would be
        # painted anew without the halves of wide characters at its edges.
        said = self._said(FAREWELL)
        self.query_one("#farewell").styles.height = max(len(said) + 2, 8)
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        rows = self.query_one(Rows)
        said = self._said(rows.scrollable_content_region.width)
        # All of it in sight, as far as the screen goes: the last line says how to quit.
        self.query_one("#farewell").styles.height = max(len(said) + 2, 8)
        rows.show(said, 0)

    def _said(self, room: int) -> tuple[Row, ...]:
        width = max(min(room, self.app.size.width * 9 // 10) - 2, 10)
        said: list[Row] = [((" This session", BOLD | ACCENT),), ()]
        for line in self._seen.summary:
            said += [((" ", PLAIN), *row) for row in wrap(line, plain(line), width)]
        return (*said, (), ((clipped(" q or Enter quits · Esc goes back", width), QUIET),))


class EditScreen(Screen[str | None]):
    """The new answer in an editor, the old one beside it (below 100 columns: above it)."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "old(1)", "down", show=False),
        Binding("up", "old(-1)", "up", show=False),
        Binding("pagedown", "old(8)", "page down", show=False),
        Binding("pageup", "old(-8)", "page up", show=False),
    ]
    AUTO_FOCUS = "#draft"

    def __init__(self, item: ReviewItem, text: str) -> None:
        super().__init__()
        self._item = item
        self._begun = text

    def compose(self) -> ComposeResult:
        yield Bar(id="edit-head")
        with Horizontal(id="desk"):
            yield Rows(id="old")
            yield Draft(self._begun, id="draft", soft_wrap=True, show_line_numbers=False)
        yield Bar(id="edit-keys")

    def on_mount(self) -> None:
        take_keys(self, "editor")
        save, leave = (each for each in live_keys(self, "editor"))
        self.query_one("#edit-keys", Bar).row = (
            (f" {' or '.join(map(name, save.keys))}", ACCENT | BOLD),
            (" saves as your answer   ", QUIET),
            (name(leave.keys[0]), ACCENT | BOLD), (" keeps a draft   ", QUIET),
            ("Tab", ACCENT | BOLD), (" to the old answer", QUIET),
        )  # fmt: skip

    def on_resize(self) -> None:
        self.set_class(self.app.size.width < BESIDE, "narrow")
        self.query_one("#edit-head", Bar).row = self._head()
        self.call_after_refresh(self._draw)

    def _head(self) -> Row:
        """What is being answered, as far as it fits."""
        asked = self._item.context[-1].content[:1000] if self._item.context else ""
        said = " ".join(safe_line(asked).replace("␊", " ").split())
        said = f"  {said}" if said else "  old answer beside, yours to write"
        return ((" editing ", ACCENT | BOLD), (clipped(said, self.app.size.width - 9), QUIET))

    def _draw(self) -> None:
        rows = self.query_one("#old", Rows)
        width = max(rows.scrollable_content_region.width, 10)
        both = sides(self._item.before, self._item.after)
        body, _ = stacked(both, width, Look(), "old")
        rows.show(((("− OLD", BOLD | QUIET),), *body, *self._why(width)), None)

    def _why(self, width: int) -> list[Row]:
        """The criticism, below the old answer: what the new one is to mend."""
        text, _ = shown(self._item.rewrite.criticism, TURN_SHOWN)
        if not text.strip():
            return []
        return [(), rule("criticism", width), *wrap(text, markdown(text), width)]

    @property
    def text(self) -> str:
        """What is written now."""
        return self.query_one(TextArea).text

    @property
    def draft(self) -> str | None:
        """What is written, if it is not what was begun with."""
        return self.text if self.text != self._begun else None

    def action_old(self, lines: int) -> None:
        """Bring other lines of the old answer into sight, once Tab has put it in focus."""
        rows = self.query_one("#old", Rows)
        rows.scroll_to(y=rows.scroll_offset.y + lines, animate=False, immediate=True)

    def action_save(self) -> None:
        self.dismiss(self.text)

    def action_leave(self) -> None:
        self.dismiss(None)
