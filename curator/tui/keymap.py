"""Which key does what: the tables of all rooms, as a preset and the person's own settings say.

In `curator.toml`:

    [keys]
    preset = "vim"              # prodigy (the default), argilla, labelstudio or vim
    accept = "y"                # in every room that has such an act
    undo = ["u", "ctrl+z"]
    [keys.library]
    open = "o"                  # in one room only
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from curator.errors import ConfigError
from curator.tui import keys
from curator.tui.box_keys import BOXES, TYPED_IN
from curator.tui.hall_keys import TABLES
from curator.tui.keys import NAMES, Key, name

Changes = Mapping[str, tuple[str, ...]]

#: What each preset does otherwise than the tables say, by room and act. A key that is given here
#: is taken from whatever had it.
PRESETS: dict[str, dict[str, Changes]] = {
    "prodigy": {},
    "argilla": {
        "review": {
            "accept": ("enter", "a"), "reject": ("backspace", "x"), "undo": ("u", "z", "ctrl+z"),
            "next": ("right", "J"), "previous": ("left", "K"), "down": ("down", "j"),
            "up": ("up", "k"), "done": ("f2",),
        },
    },
    "labelstudio": {
        "review": {
            # First what every terminal can send: that is what the footer shows.
            "accept": ("enter", "ctrl+enter", "a"), "skip": ("space", "ctrl+at"),
            "undo": ("ctrl+z", "u", "backspace"), "redo": ("ctrl+y", "ctrl+shift+z", "U"),
            "next": ("ctrl+right", "J"), "previous": ("ctrl+left", "K"), "done": ("f2",),
        },
    },
    "vim": {
        "review": {
            "edit": ("i", "e"), "passport": ("I",), "guidelines": ("f3",),
            "undo": ("u", "backspace"),
            "redo": ("ctrl+r", "U"), "page-down": ("ctrl+f", "ctrl+d", "pagedown"),
            "page-up": ("ctrl+b", "ctrl+u", "pageup"), "reject": ("x", "delete"),
            # Ctrl+I is Tab to most terminals.
            "jump-back": ("ctrl+o", "less_than_sign"), "pane": ("ctrl+w",),
            "jump-forward": ("tab", "ctrl+i", "greater_than_sign"),
        },
        **{
            room: {
                "page-down": ("ctrl+f", "ctrl+d", "pagedown"),
                "page-up": ("ctrl+b", "ctrl+u", "pageup"),
            }
            for room in ("home", "library", "conversation", "runs", "history", "text")
        },
    },
}  # fmt: skip
#: What is held while another key is pressed.
MODIFIERS = frozenset(("ctrl", "shift", "alt", "meta", "super", "hyper"))
#: Whatever else they are given to, these leave the app: there must be a way out.
ALWAYS_LEAVES = ("ctrl+c", "ctrl+q")
_TYPED = {called: key for key, called in NAMES.items()} | {
    "esc": "escape", "return": "enter", "del": "delete", "pgup": "pageup", "pgdn": "pagedown",
    "[": "left_square_bracket", "]": "right_square_bracket", "?": "question_mark",
    "#": "number_sign", "/": "slash", ":": "colon", " ": "space", ".": "full_stop",
    ",": "comma", ";": "semicolon", "=": "equals_sign", "+": "plus", "-": "minus", "*": "asterisk",
    "!": "exclamation_mark", "@": "at", "$": "dollar_sign", "%": "percent_sign", "&": "ampersand",
    "'": "apostrophe", "(": "left_parenthesis", ")": "right_parenthesis", "<": "less_than_sign",
    ">": "greater_than_sign", "~": "tilde", "`": "grave_accent", "|": "vertical_line",
    "\\": "backslash", "{": "left_curly_bracket", "}": "right_curly_bracket", "_": "underscore",
    '"': "quotation_mark", "^": "circumflex_accent", "ctrl+space": "ctrl+at",
}  # fmt: skip
#: Those of them that stand for a sign one types.
_TYPED_SIGNS = frozenset(key for sign, key in _TYPED.items() if len(sign) == 1) | {
    "space", "enter", "tab", "backspace", "delete",
}  # fmt: skip
#: The keys that have a name of more than a letter.
NAMED = frozenset((*_TYPED.values(), *NAMES, "at", "backslash"))


@dataclass(frozen=True)
class Keymap:
    """The live tables, by room."""

    preset: str
    tables: Mapping[str, tuple[Key, ...]]

    def __getitem__(self, room: str) -> tuple[Key, ...]:
        return self.tables[room]


def act_of(key: Key) -> str:
    """What an act is called in settings: its label in small letters, `reject, why` as
    `reject-why`."""
    words = "".join(c if c.isalnum() else " " for c in key.label.lower()).split()
    return "-".join(words)


def keymap(preset: str = "", settings: Mapping[str, Any] | None = None) -> Keymap:
    """The tables as a preset and the `[keys]` table of the settings make them; a preset that is
    named here wins over the one in the settings.

    Raises `ConfigError` for an unknown preset, act or room, and where one key would do two things.
    """
    given = dict(settings or {})
    typed = preset or str(given.pop("preset", "prodigy"))
    given.pop("preset", None)
    chosen = "".join(filter(str.isalnum, typed.lower())) or typed
    if chosen not in PRESETS:
        raise ConfigError(f"there is no preset {typed!r} of keys; known are {', '.join(PRESETS)}")
    plain = {"review": keys.KEYS, **TABLES}
    tables = {room: _taken(t, PRESETS[chosen].get(room, {})) for room, t in plain.items()}
    for room, changes in _by_room(given, plain).items():
        tables[room] = _changed(tables[room], changes, room)
    return Keymap(chosen, tables)


def _taken(table: tuple[Key, ...], changes: Changes) -> tuple[Key, ...]:
    """The table of a preset: the keys it gives are taken from whoever had them."""
    gone = {k for given in changes.values() for k in given}
    made = []
    for key in table:
        given = changes.get(act_of(key))
        kept = given or tuple(k for k in key.keys if k not in gone)
        made.append(replace(key, keys=kept))
    return tuple(made)


def _changed(table: tuple[Key, ...], changes: Changes, room: str) -> tuple[Key, ...]:
    """The table with the person's own keys; two acts on one key are refused."""
    made = tuple(replace(key, keys=changes.get(act_of(key), key.keys)) for key in table)
    owner: dict[str, Key] = {}
    for key in made:
        for k in key.keys:
            other = owner.setdefault(k, key)
            if other.action != key.action and {act_of(key), act_of(other)} & changes.keys():
                raise ConfigError(
                    f"[keys] gives {name(k)} to both {act_of(other)} and {act_of(key)} in the "
                    f"{room} room; give one of them another key"
                )
    return made


def _by_room(
    given: Mapping[str, Any], plain: Mapping[str, tuple[Key, ...]]
) -> dict[str, dict[str, tuple[str, ...]]]:
    known = {room: {act_of(key) for key in table} for room, table in plain.items()}
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for word, value in given.items():
        if isinstance(value, Mapping):
            if word not in known:
                raise _unknown(f"[keys.{word}] is no room", word, known)
            for act, typed in value.items():
                if act not in known[word]:
                    raise _unknown(f"[keys.{word}]: there is no act {act!r}", act, known[word])
                found.setdefault(word, {})[act] = _fit(word, act, _typed(act, typed))
            continue
        rooms = [room for room, acts in known.items() if word in acts]
        if not rooms:
            raise _unknown(f"[keys]: there is no act {word!r}", word, set().union(*known.values()))
        for room in rooms:
            if room not in BOXES or _is_free(plain[room], word, _typed(word, value)):
                found.setdefault(room, {}).setdefault(word, _typed(word, value))
    return found


def _is_free(table: tuple[Key, ...], act: str, given: tuple[str, ...]) -> bool:
    """Whether no other act of a window has one of these keys: what is said of every room must not
    take Enter from it."""
    return not any(k in key.keys for key in table if act_of(key) != act for k in given)


def _fit(room: str, act: str, given: tuple[str, ...]) -> tuple[str, ...]:
    """The keys, where they type nothing in a window that is typed in."""
    for key in given if room in TYPED_IN else ():
        *held, last = key.split("+")
        if not set(held) - {"shift"} and (len(last) == 1 or last in _TYPED_SIGNS):
            raise ConfigError(
                f"[keys.{room}]: {name(key)} is typed there; give {act} a key such as Ctrl+S or F2"
            )
    return given


def _typed(act: str, value: Any) -> tuple[str, ...]:
    """Keys as a person writes them, as Textual names them."""
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or not words or not all(
        isinstance(word, str) and word for word in words
    ):  # fmt: skip
        raise ConfigError(
            f'[keys]: {act} wants a key, as in {act} = "y" or {act} = ["y", "ctrl+y"]'
        )
    found = tuple(map(_key, words))
    for key, word in zip(found, words, strict=True):
        if not _is_key(key):
            raise ConfigError(f"[keys]: {act} wants a key, and {word!r} is the name of none")
        if key in ALWAYS_LEAVES:
            raise ConfigError(f"[keys]: {act} cannot have {name(key)}, which always leaves the app")
    return found


def _key(word: str) -> str:
    """`Esc` as `escape`, `?` as `question_mark`, `Ctrl+Y` as `ctrl+y`; a letter as it is."""
    if word in _TYPED:
        return _TYPED[word]
    if len(word) == 1:
        return word
    lowered = word.lower()
    if lowered in _TYPED:
        return _TYPED[lowered]
    *held, last = lowered.split("+")
    return "+".join([*held, _TYPED.get(last, last)])


def _is_key(key: str) -> bool:
    """Whether a terminal could ever send a key of this name."""
    *held, last = key.split("+")
    if not set(held) <= MODIFIERS:
        return False
    return len(last) == 1 or last in NAMED or (last[:1] == "f" and last[1:].isdecimal())


def _unknown(sentence: str, word: str, known: Any) -> ConfigError:
    from difflib import get_close_matches

    close = get_close_matches(word, sorted(known), n=1, cutoff=0.5)
    hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(sorted(known))}"
    return ConfigError(f"{sentence}; {hint}")
