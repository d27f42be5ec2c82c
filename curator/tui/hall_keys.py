"""The keys of the halls (library, conversation, runs, history, home, numbers), said once."""

from curator.tui.box_keys import BOXES
from curator.tui.keys import ROOMS, Key
from curator.tui.map_keys import MAP_KEYS

MOVE: tuple[Key, ...] = (
    Key(("j", "down"), "move(1)", "down", "one row down", "Move"),
    Key(("k", "up"), "move(-1)", "up", "one row up", "Move"),
    Key(("pagedown", "ctrl+d"), "page(1)", "page down", "a screen down", "Move"),
    Key(("pageup", "ctrl+u"), "page(-1)", "page up", "a screen up", "Move"),
    Key(("g", "home"), "top", "top", "to the first row", "Move"),
    Key(("G", "end"), "bottom", "bottom", "to the last row", "Move"),
)
SCROLL: tuple[Key, ...] = (
    Key(("j", "down"), "scroll(1)", "down", "one line down", "Move"),
    Key(("k", "up"), "scroll(-1)", "up", "one line up", "Move"),
    Key(("pagedown", "ctrl+d", "space"), "page(1)", "page down", "a screen down", "Move"),
    Key(("pageup", "ctrl+u"), "page(-1)", "page up", "a screen up", "Move"),
    Key(("g", "home"), "top", "top", "to the top", "Move"),
    Key(("G", "end"), "bottom", "bottom", "to the end", "Move"),
)
#: The ways from everywhere; those that a screen spends otherwise it leaves out.
GO: tuple[Key, ...] = (
    Key(("tab",), "app.next_room", "next room", "to the next room", "Go"),
    *ROOMS,
    Key(("ctrl+p", "colon"), "app.commands", "commands", "find any act by its name", "Go", 7),
    Key(("ctrl+t",), "theme", "theme", "dark or light", "Go"),
    Key(("question_mark", "f1"), "app.help", "help", "all keys of this screen", "Go", 8),
    Key(("q", "escape"), "app.back", "back", "back, and from the first screen out", "Go", 9),
)
HOME: tuple[Key, ...] = (
    Key(("enter",), "begin", "go on", "do the next step", "Act", 1),
    Key(("r",), "app.room('review')", "review", "judge rewrites", "Act", 2),
    Key(("l",), "app.room('library')", "library", "all conversations", "Act", 3),
    Key(("w",), "app.room('runs')", "runs", "start, watch and cancel stages", "Act", 4),
    Key(("h",), "app.room('history')", "history", "what was done", "Act", 5),
    Key(("s",), "app.room('stats')", "numbers", "the workspace in numbers", "Act", 6),
    *SCROLL, *GO,
)  # fmt: skip
LIBRARY: tuple[Key, ...] = (
    Key(("enter", "l", "right"), "open", "open", "read the conversation", "Act", 1),
    Key(("slash", "F"), "filter", "filter", "only those that match a filter", "Act", 2),
    Key(("s",), "sort", "sort", "the next order", "Act", 3),
    Key(("Z",), "views", "views", "a named filter, or give this one a name", "Act"),
    Key(("space",), "pick", "pick", "pick the row, or let it go", "Act", 4),
    Key(("v",), "range", "range", "begin a range; again: pick all of it", "Act", 5),
    Key(("A",), "pick_all", "pick all", "pick everything that is shown", "Act"),
    Key(("I",), "invert", "the others", "of what is shown, pick the others instead", "Act"),
    Key(("C",), "let_go", "let go", "let go of everything picked", "Act"),
    Key(("B",), "bulk", "all at once", "act on what is picked, after a look", "Act", 6),
    Key(("u", "backspace"), "undo", "undo", "take back the last act done here", "Act", 7),
    Key(("a",), "bulk('accept')", "accept", "accept what is pending in the picked", "Decide"),
    Key(("x",), "bulk('reject')", "reject", "reject what is pending in the picked", "Decide"),
    Key(("f",), "bulk('flag')", "flag", "flag the rewrites of the picked", "Note"),
    Key(("number_sign",), "bulk('tag')", "tag", "tag the picked chats", "Note"),
    Key(("X",), "bulk('hide')", "hide", "take the picked chats out of sight", "Act"),
    Key(("Q",), "bulk('queue')", "to a queue", "review the picked chats, and no others", "Act"),
    Key(("e",), "bulk('export')", "export", "export the picked chats", "Act"),
    Key(("m",), "mend", "put right", "put chats right whose turns are out of order", "Act"),
    Key(("P",), "copy_command", "as command", "copy this view, or the picks, as a command", "Act"),
    Key(("i",), "open", "passport", "where it came from, and all said of it", "Act"),
    *MOVE, *(key for key in GO if key.action != "app.back"),
    Key(("q", "escape"), "back", "back", "out of a range, else back", "Go", 9),
)  # fmt: skip
CHAT: tuple[Key, ...] = (
    Key(("J", "shift+down"), "step(1)", "next", "to the next conversation", "Act", 1),
    Key(("K", "shift+up"), "step(-1)", "previous", "to the one before", "Act", 2),
    Key(("right_square_bracket",), "turn(1)", "next turn", "to the next turn", "Act", 3),
    Key(("left_square_bracket",), "turn(-1)", "last turn", "to the turn before", "Act", 4),
    Key(("slash",), "search", "search", "light words on this page", "Look", 7),
    Key(("n",), "hit(1)", "next hit", "to the next place that says them", "Move"),
    Key(("N",), "hit(-1)", "last hit", "to the place before", "Move"),
    Key(("y",), "copy", "copy", "copy the chat's text", "Act", 5),
    Key(("Y",), "copy_json", "copy JSON", "copy the chat as JSON", "Act", 6),
    *SCROLL, *GO,
)  # fmt: skip
RUNS: tuple[Key, ...] = (
    Key(("enter",), "open", "look", "what the run did, and what failed", "Act", 1),
    Key(("n",), "start", "start", "start a stage", "Act", 2),
    Key(("c",), "cancel", "cancel", "stop the stage that is at work", "Act", 3),
    Key(("u", "backspace"), "roll_back", "take back", "take back what the run did", "Act", 4),
    *MOVE, *GO,
)  # fmt: skip
HISTORY: tuple[Key, ...] = (
    Key(("enter",), "open", "look", "what the act changed", "Act", 1),
    Key(("u", "backspace"), "roll_back", "take back", "take this act back (asked first)", "Act", 2),
    Key(("m",), "snapshot", "snapshot", "name the present moment", "Act", 3),
    Key(("d",), "compare", "compare", "compare a snapshot with now", "Act", 4),
    Key(("s",), "since", "since", "what is otherwise now than just after this act", "Act", 5),
    Key(("t",), "travel", "back to here", "take back all since this act, after a look", "Act", 6),
    *MOVE, *(key for key in GO if key.action != "app.back"),
    Key(("q", "escape"), "back", "back", "back; stops what is being taken back", "Go", 9),
)  # fmt: skip
TWINS: tuple[Key, ...] = (
    Key(("enter", "l", "right"), "open", "open", "the group, or both texts side by side", "Act", 1),
    Key(("h", "left"), "close", "close", "fold it", "Act"),
    Key(("plus", "equals_sign"), "slide(1)", "closer", "a higher threshold", "Act", 2),
    Key(("minus", "underscore"), "slide(-1)", "looser", "a lower threshold", "Act", 3),
    Key(("greater_than_sign",), "slide_meaning(1)", "closer meaning", "a higher cosine of meaning",
        "Act"),
    Key(("less_than_sign",), "slide_meaning(-1)", "looser meaning", "a lower cosine of meaning",
        "Act"),
    Key(("m",), "meaning", "meaning", "twins by meaning, too, or by words alone", "Act"),
    Key(("x",), "remove", "remove", "take this twin, or the group's, out of sight", "Act", 4),
    Key(("X",), "remove_all", "remove all", "take all twins out of sight (asked first)", "Act", 5),
    Key(("u", "backspace"), "bring_back", "undo", "bring back what was removed here", "Act", 6),
    Key(("a",), "spare", "keep", "keep it although it is a twin, or no longer", "Act", 7),
    Key(("c",), "read", "chat", "read the chat", "Look"),
    Key(("n",), "unit", "unit", "the next unit that was compared", "Look"),
    Key(("s",), "search", "search", "compare what is new", "Look"),
    *MOVE, *GO,
)  # fmt: skip
TEXT: tuple[Key, ...] = (*SCROLL, *GO)
#: By room, as a person names it in `[keys.ROOM]`.
TABLES: dict[str, tuple[Key, ...]] = {
    "home": HOME, "library": LIBRARY, "conversation": CHAT, "runs": RUNS, "history": HISTORY,
    "map": MAP_KEYS, "text": TEXT, "twins": TWINS, **BOXES,
}  # fmt: skip
