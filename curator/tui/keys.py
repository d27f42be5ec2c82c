"""The keys, said once: bindings, footer, help screen and documentation are made from this table."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from textual.binding import BindingType

Group = Literal["Decide", "Look", "Move", "Note", "Session", "Act", "Go"]
GROUPS: tuple[Group, ...] = ("Decide", "Act", "Look", "Note", "Session", "Move", "Go")


@dataclass(frozen=True)
class Key:
    """One thing a key does. `keys` are Textual's names, the first is the one that is shown;
    `decides` marks what settles an item (never repeated by a held key); `footer` is its rank in
    the footer, 0 for not there; `foot` what it is called there, if not `label`."""

    keys: tuple[str, ...]
    action: str
    label: str
    help: str
    group: Group
    footer: int = 0
    decides: bool = False
    foot: str = ""

    @property
    def in_footer(self) -> str:
        """What the footer calls it: it has less to say it with than a list of all acts."""
        return self.foot or self.label


#: The ways to the other rooms, the same everywhere.
ROOMS: tuple[Key, ...] = (
    Key(("O",), "app.room('home')", "home", "what is here and what to do next", "Go"),
    Key(("L",), "app.room('library')", "library", "all conversations", "Go"),
    Key(("V",), "app.room('review')", "review", "judge rewrites", "Go"),
    Key(("W",), "app.room('runs')", "runs", "start, watch and cancel stages", "Go"),
    Key(("H",), "app.room('history')", "history", "what was done; take any of it back", "Go"),
    Key(("M",), "app.room('map')", "map", "all chats as dots among their like", "Go"),
    Key(("D",), "app.room('twins')", "near twins", "near copies, and what may go", "Go"),
    Key(("S",), "app.room('stats')", "numbers", "the workspace in numbers", "Go"),
)
KEYS: tuple[Key, ...] = (
    Key(("a",), "decide('accept')", "accept", "take the new answer, go on", "Decide", 1, True),
    Key(("x",), "decide('reject')", "reject", "keep the old answer, go on", "Decide", 2, True),
    Key(("X",), "reject_because", "reject, why", "keep the old answer and say why", "Decide"),
    Key(("space",), "decide('skip')", "skip", "leave it pending, go on", "Decide", 3, True),
    Key(("e",), "edit('new')", "edit", "edit the new answer here", "Decide", 4),
    Key(("o",), "edit('old')", "edit old", "edit here, starting from the old answer", "Decide"),
    Key(("E",), "external_edit", "$EDITOR", "edit the new answer in $EDITOR", "Decide"),
    Key(("t",), "take_hunk(True)", "take", "hunk by hunk: take this one", "Decide", 7, foot="hunk"),
    Key(("T",), "take_hunk(False)", "refuse", "hunk by hunk: refuse this one", "Decide"),
    Key(("s",), "split_hunk", "split", "hunk by hunk: split this one at a sentence", "Decide"),
    Key(("enter",), "finish_hunks", "done", "hunk by hunk: settle what was chosen", "Decide"),
    Key(("b",), "blind", "blind", "blind: which side is better, left or right?", "Decide", 18),
    Key(("0",), "tie", "tie", "blind: neither (1 is left, 2 is right)", "Decide"),
    Key(("backspace", "u", "z"), "undo", "undo", "take the last decision back", "Decide", 5),
    Key(("U", "ctrl+r"), "redo", "redo", "decide again as before the undo", "Decide"),
    Key(("r",), "again", "again", "have it reflected again; review goes on", "Decide", 12),
    Key(
        ("R",),
        "again_with_advice",
        "again, with advice",
        "the same with a line of advice",
        "Decide",
    ),
    Key(("d",), "cycle_view", "view", "side by side, inline, new only, old only", "Look", 6),
    Key(("v",), "toggle_later", "later", "show or fold the later turns", "Look", 8),
    Key(("c",), "toggle_notes", "criticism", "show or fold criticism and signals", "Look"),
    Key(
        ("w",), "toggle_blanks", "as written", "as written, then with blanks and line ends", "Look"
    ),
    Key(("i",), "passport", "passport", "where it came from, and all said of it", "Look"),
    Key(("I",), "guidelines", "guidelines", "the guidelines of this workspace", "Look"),
    Key(("ctrl+t",), "toggle_theme", "theme", "dark, light, high contrast, no colour", "Look"),
    Key(("j", "down"), "scroll(1)", "down", "one line down", "Move"),
    Key(("k", "up"), "scroll(-1)", "up", "one line up", "Move"),
    Key(("pagedown", "ctrl+d"), "page(1)", "page down", "most of a screen down", "Move"),
    Key(("pageup", "ctrl+u"), "page(-1)", "page up", "most of a screen up", "Move"),
    Key(("g", "home"), "top", "top", "to the first turn of the chat", "Move"),
    Key(("G", "end"), "bottom", "bottom", "to the end of the page", "Move"),
    Key(("tab",), "pane", "pane", "scroll the chat, or the answers", "Move"),
    Key(("right_square_bracket",), "hunk(1)", "next change", "to the next change or hunk", "Move"),
    Key(("left_square_bracket",), "hunk(-1)", "last change", "to the one before", "Move"),
    Key(("l", "right"), "beside(1)", "next proposal", "to the next proposal for this chat", "Move"),
    Key(("h", "left"), "beside(-1)", "last proposal", "to the proposal before", "Move"),
    Key(("J", "shift+down"), "go(1)", "next", "to the next item, undecided", "Move"),
    Key(("K", "shift+up"), "go(-1)", "previous", "back to the item before", "Move"),
    Key(("f",), "flag", "flag", "flag the item, or take the flag away", "Note", 9),
    Key(("1", "2", "3", "4", "5"), "score", "score", "score the new answer, 1 to 5", "Note"),
    Key(("number_sign",), "tag", "tags", "tag the item (Tab completes)", "Note", 13),
    Key(("m",), "note", "note", "write a note on the item", "Note", 14),
    Key(("Q",), "queue", "queue", "which rewrites, and in which order", "Act", 15),
    Key(("F",), "filter", "filter", "only what a filter finds (Tab completes)", "Act", 16),
    Key(("Z",), "views", "views", "a named queue, or give this one a name", "Act"),
    Key(("B",), "bulk", "all at once", "one word for the whole queue, after a look", "Act"),
    Key(("P",), "copy_view", "as command", "copy this queue as a command", "Act"),
    Key(("slash",), "search", "search", "light words, here and in all chats", "Look", 17),
    Key(("n",), "hit(1)", "next hit", "to the next place that says them", "Move"),
    Key(("N",), "hit(-1)", "last hit", "to the place before", "Move"),
    Key(("less_than_sign", "ctrl+o"), "jump(-1)", "jump back", "to before the last jump", "Move"),
    Key(("greater_than_sign",), "jump(1)", "jump forward", "forward again", "Move"),
    Key(("y",), "copy", "copy", "copy the new answer", "Note"),
    Key(("Y",), "copy_json", "copy JSON", "copy the item as JSON", "Note"),
    *ROOMS,
    Key(("ctrl+p", "colon"), "app.commands", "commands", "find any act by its name", "Go"),
    Key(("question_mark", "f1"), "help", "help", "all keys", "Session", 10),
    Key(("q", "escape"), "leave", "quit", "see what was done, then quit", "Session", 11),
)
#: What stands in the footer while one judges otherwise: the action of a key, and what to call it.
MODES: dict[str, tuple[tuple[str, str], ...]] = {
    "hunks": (
        ("take_hunk(True)", "take"), ("take_hunk(False)", "refuse"), ("split_hunk", "split"),
        ("hunk(1)", "next"), ("finish_hunks", "settle"), ("decide('accept')", "take rest"),
        ("decide('reject')", "refuse rest"), ("undo", "back"), ("edit('new')", "edit"),
        ("leave", "out"),
    ),
    "nothing": (
        ("go(1)", "begin again"), ("app.room('home')", "home"), ("app.room('runs')", "runs"),
        ("queue", "queue"), ("filter", "filter"), ("undo", "undo"),
        ("app.room('library')", "library"), ("help", "help"), ("leave", "quit"),
    ),
    "blind": (
        ("score(1)", "left"), ("score(2)", "right"), ("tie", "tie: the old stays"),
        ("decide('skip')", "skip"), ("undo", "undo"), ("toggle_later", "later"),
        ("blind", "see again"), ("help", "help"), ("leave", "quit"),
    ),
}  # fmt: skip

#: What a key is called on screen where its Textual name is not what is printed on it.
NAMES = {
    "space": "space", "backspace": "⌫", "question_mark": "?", "number_sign": "#",
    "right_square_bracket": "]", "left_square_bracket": "[", "pagedown": "PgDn",
    "pageup": "PgUp", "escape": "Esc", "up": "↑", "down": "↓", "home": "Home", "end": "End",
    "left": "←", "right": "→", "enter": "Enter", "tab": "Tab",
    "shift+up": "Shift+↑", "shift+down": "Shift+↓", "shift+left": "Shift+←",
    "shift+right": "Shift+→", "f1": "F1", "plus": "+", "minus": "-", "slash": "/", "colon": ":",
    "equals_sign": "=", "underscore": "_", "delete": "Del", "insert": "Ins",
    "less_than_sign": "<", "greater_than_sign": ">", "ctrl+at": "Ctrl+Space",
}  # fmt: skip


def name(key: str) -> str:
    """What to call a key on screen: `ctrl+r` is `Ctrl+R`."""
    if key[:1] == "f" and key[1:].isdecimal():
        return key.upper()
    return NAMES.get(key) or (
        "+".join([p.capitalize() for p in key.split("+")]) if "+" in key else key
    )


def called(action: str, keys: Iterable[Key] = KEYS) -> str:
    """What the key of an act is called on screen; "" where it has none."""
    found = next((key for key in keys if key.action == action and key.keys), None)
    return name(found.keys[0]) if found is not None else ""


@dataclass(frozen=True)
class Hints:
    """What the keys are called that a page of the reading room tells of; "" where there is none."""

    later: str = "v"
    notes: str = "c"
    passport: str = "i"
    edit: str = "e"
    editor: str = "E"
    take: str = "t"
    blind: str = "b"
    last: str = "h"
    next: str = "l"


#: The names that the tables give.
PLAIN_HINTS = Hints()


def hints(keys: Iterable[Key]) -> Hints:
    """The live names of those keys."""
    table = tuple(keys)
    return Hints(
        later=called("toggle_later", table),
        notes=called("toggle_notes", table),
        passport=called("passport", table),
        edit=called("edit('new')", table),
        editor=called("external_edit", table),
        take=called("take_hunk(True)", table),
        blind=called("blind", table),
        last=called("beside(-1)", table),
        next=called("beside(1)", table),
    )


def hint(keys: Iterable[Key], *acts: tuple[str, str]) -> str:
    """What the keys of some acts do, behind a sentence: ` · n goes on, a takes all`; an act that
    has no key is left out."""
    table = tuple(keys)
    said = [f"{key} {does}" for act, does in acts if (key := called(act, table))]
    return f" · {', '.join(said)}" if said else ""


def aside(key: str, does: str = "") -> str:
    """A key and what it does, in brackets behind a sentence; nothing where there is no key."""
    return f" ({f'{key} {does}'.strip()})" if key else ""


def names(key: Key) -> str:
    """All keys of an entry, as in help: `⌫ u z`; digits as a range."""
    if key.keys == ("1", "2", "3", "4", "5"):
        return "1-5"
    return " ".join(name(k) for k in key.keys)


def bindings(keys: Iterable[Key] = KEYS, priority: bool = False) -> "list[BindingType]":
    """The table as Textual bindings; with `priority` before whatever has the focus."""
    from textual.binding import Binding

    return [
        Binding(k, f"score({k})" if key.action == "score" else key.action, key.label, show=False,
                priority=priority)
        for key in keys
        for k in key.keys
    ]  # fmt: skip


class Held:
    """Tells a key held down from a key pressed twice.

    A terminal sends no key-up: a held key is the key again after 200 to 700 ms, then every
    30 to 100 ms. So the same key within `REPEAT` seconds is a repeat; one within `DELAY` may be
    the first of a row of repeats, and acts only if no other follows within `REPEAT`.
    """

    REPEAT = 0.13
    DELAY = 0.75

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._key = ""
        self._last = float("-inf")

    def hear(self, key: str) -> Literal["act", "wait", "ignore"]:
        """What to do about this key press: act now, wait `REPEAT` and see, or ignore it."""
        now = self._clock()
        since = now - self._last
        same = key == self._key
        self._key, self._last = key, now
        if not same or since > self.DELAY:
            return "act"
        return "ignore" if since < self.REPEAT else "wait"
