"""The keys of the windows that lie over a room: a queue to choose, an act on many, the editor.

Where a line is typed, and in the farewell, Enter takes, Esc goes back, Tab completes and the arrows
choose, as everywhere; only these cannot be given to other keys.
"""

from curator.tui.keys import Key

HELP = Key(("question_mark", "f1"), "app.help", "help", "all keys of this window", "Session")
BACK = Key(("escape", "q"), "dismiss(None)", "back", "back; nothing is done", "Session")
QUEUE: tuple[Key, ...] = (
    Key(("enter",), "take", "show", "show this queue", "Act"),
    Key(("s",), "seed", "another draw", "random: another draw", "Act"),
    Key(("left", "right", "h", "l", "tab"), "turn", "other side", "states or orders", "Move"),
    Key(("j", "down"), "move(1)", "down", "the next one", "Move"),
    Key(("k", "up"), "move(-1)", "up", "the one before", "Move"),
    HELP,
    Key(("escape", "q", "Q"), BACK.action, "back", "back to the queue as it was", "Session"),
)  # fmt: skip
BULK: tuple[Key, ...] = (
    Key(("enter",), "take", "do it", "do what was chosen, to all of them", "Act"),
    Key(("a",), "choose('accept')", "accept", "choose: take the new answers", "Decide"),
    Key(("x",), "choose('reject')", "reject", "choose: keep the old answers", "Decide"),
    Key(("space",), "choose('skip')", "skip", "choose: leave them pending", "Decide"),
    Key(("f",), "choose('flag')", "flag", "choose: flag them", "Note"),
    Key(("F",), "choose('unflag')", "unflag", "choose: take their flags away", "Note"),
    Key(("number_sign",), "tag", "tag", "choose: tag them", "Note"),
    HELP,
    BACK,
)
PICKED: tuple[Key, ...] = (
    *(key for key in BULK if key.action not in ("tag", HELP.action, BACK.action)),
    Key(("number_sign",), "choose('tag')", "tag", "choose: tag the chats", "Note"),
    Key(("minus",), "choose('untag')", "untag", "choose: take a tag from the chats", "Note"),
    Key(("X",), "choose('hide')", "hide", "choose: take the chats out of sight", "Act"),
    Key(("Q",), "choose('queue')", "to a queue", "choose: review them, and no others", "Act"),
    Key(("e",), "choose('export')", "export", "choose: export them", "Act"),
    HELP,
    BACK,
)
FIX: tuple[Key, ...] = (
    Key(("enter",), "take", "do it", "put these chats right", "Act"), HELP, BACK,
)  # fmt: skip
EDITOR: tuple[Key, ...] = (
    Key(("ctrl+s", "f2"), "save", "save", "save it as your answer, go on", "Decide"),
    Key(("escape",), "leave", "keep draft", "back; what was typed is kept as a draft", "Decide"),
)
#: By window, as a person names it in `[keys.WINDOW]`.
BOXES: dict[str, tuple[Key, ...]] = {
    "queue": QUEUE, "bulk": BULK, "picked": PICKED, "fix": FIX, "editor": EDITOR,
}  # fmt: skip
#: Where letters are text, so that a key must be one that types nothing.
TYPED_IN = frozenset(("editor",))
