"""The page on keys, made from the tables the app itself runs on."""

from curator.tui.hall_keys import TABLES
from curator.tui.keymap import act_of
from curator.tui.keys import KEYS, Key, names


def reference() -> str:
    """All keys of all rooms as Markdown: the keys, what they do, and the name for `[keys]`."""
    rooms = {"review": KEYS, **TABLES}
    return "\n\n".join(_room(room, table) for room, table in rooms.items())


def _room(room: str, table: tuple[Key, ...]) -> str:
    lines = [f"## {room}", "", "| keys | what they do | name |", "|---|---|---|"]
    lines += [f"| {_cell(names(key))} | {_cell(key.help)} | `{act_of(key)}` |" for key in table]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("[", "\\[").replace("#", "\\#")
