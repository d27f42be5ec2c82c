"""Keys are rebindable; presets are whole; two acts never share a key unasked."""

from dataclasses import astuple, replace

import pytest
from rich.cells import cell_len

from curator.errors import ConfigError
from curator.review.picks import ACTS
from curator.tui import keys
from curator.tui.box_keys import BOXES
from curator.tui.hall_keys import TABLES
from curator.tui.keymap import PRESETS, act_of, keymap
from curator.tui.screens.small import help_rows
from tests.tui.halls import visit

ROOMS = ("review", *TABLES)


def keys_of(live, room, act):
    return next(key.keys for key in live[room] if act_of(key) == act)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_act_of_every_preset_keeps_a_key_of_its_own(preset):
    live = keymap(preset)
    for room in ROOMS:
        owners = {}
        for key in live[room]:
            assert key.keys, f"{preset}, {room}: {key.label} has no key"
            for k in key.keys:
                assert owners.setdefault(k, key.action) == key.action, f"{preset}, {room}: {k}"


@pytest.mark.parametrize("preset", PRESETS)
def test_every_act_that_a_preset_names_is_there(preset):
    live = keymap()
    for room, changes in PRESETS[preset].items():
        acts = {act_of(key) for key in live[room]}
        assert set(changes) - acts <= {"passport"}, room


def test_the_default_is_the_table_itself():
    assert keymap()["review"] == keys.KEYS
    assert keymap("prodigy")["library"] == TABLES["library"]


def test_a_preset_takes_its_keys_from_whoever_had_them():
    live = keymap("argilla")
    assert keys_of(live, "review", "accept") == ("enter", "a")
    assert "backspace" not in keys_of(live, "review", "undo")
    assert keymap("prodigy", {"preset": "vim"}).preset == "prodigy"
    assert keymap("", {"preset": "vim"}).preset == "vim"


def test_a_key_is_written_as_it_is_printed():
    live = keymap("", {"accept": "Ctrl+Y", "undo": ["?", "Del"], "redo": "F5",
                       "help": "F1", "quit": "f10"})  # fmt: skip
    assert keys_of(live, "review", "accept") == ("ctrl+y",)
    assert keys_of(live, "review", "undo") == ("question_mark", "delete")
    assert keys_of(live, "review", "quit") == ("f10",)


def test_a_preset_is_found_however_its_name_is_written():
    assert keymap("label-studio").preset == keymap("Label Studio").preset == "labelstudio"


@pytest.mark.parametrize("preset", PRESETS)
def test_what_is_shown_of_deciding_any_terminal_can_send(preset):
    for key in keymap(preset)["review"]:
        if key.decides or key.footer:
            assert key.keys[0] not in ("ctrl+enter", "shift+enter", "ctrl+at", "ctrl+shift+z")


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Ctrl+Space", "ctrl+at"), ("Shift+F4", "shift+f4"), ("ctrl+PgDn", "ctrl+pagedown"),
        ("alt+x", "alt+x"), ("é", "é"), ("的", "的"), ("Ctrl+\\", "ctrl+backslash"),
    ],
)  # fmt: skip
def test_a_key_may_be_held_with_another(typed, key):
    assert keys_of(keymap("", {"redo": typed}), "review", "redo") == (key,)


def test_help_keeps_its_columns_however_many_keys_an_act_has():
    shown = help_rows(keymap("labelstudio")["review"], 80)
    said = {key.help for key in keys.KEYS}
    starts = {
        sum(cell_len(text) for text, _ in row[:-1]) for row in shown if row and row[-1][0] in said
    }
    assert len(starts) == 1


def test_a_room_of_its_own_wins_over_everywhere():
    live = keymap("", {"open": "f5", "library": {"open": "f6"}})
    assert keys_of(live, "library", "open") == ("f6",)


def test_a_hint_names_the_live_keys_and_leaves_out_what_has_none():
    table = keymap("", {"map": {"next-hit": "f6"}})["map"]
    table = tuple(replace(key, keys=()) if key.action == "alone" else key for key in table)
    said = keys.hint(table, ("hit(1)", "goes on"), ("alone", "alone"), ("tag", "tags"))
    assert said == " · F6 goes on, # tags"
    assert keys.hint(table, ("alone", "alone")) == ""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"accept": "x"}, "x to both accept and reject"),
        ({"acept": "y"}, "did you mean 'accept'"),
        ({"preset": "emacs"}, "no preset 'emacs'"),
        ({"libary": {"open": "o"}}, "did you mean 'library'"),
        ({"library": {"opne": "o"}}, "did you mean 'open'"),
        ({"accept": 3}, "wants a key"),
        ({"accept": []}, "wants a key"),
        ({"accept": "Foo+Bar"}, "'Foo.Bar' is the name of none"),
        ({"accept": ["y", "entr"]}, "'entr' is the name of none"),
        ({"queue": "Ctrl+Q"}, "cannot have Ctrl.Q, which always leaves"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(given, said):
    with pytest.raises(ConfigError, match=said) as caught:
        keymap("", given)
    assert "\n" not in str(caught.value)


def test_the_live_keys_decide_and_stand_in_footer_and_help(workspace):
    live = keymap("", {"accept": "f5"})

    async def script(v):
        await v.see("1 of 5")
        assert "F5 accept" in v.text()
        await v.press("a")
        await v.see("1 of 5")
        await v.press("f5")
        await v.see("2 of 5")
        await v.press("question_mark")
        await v.see("F5")

    visit(workspace, script, first="review", live=live)


def test_the_page_names_the_live_keys_and_none_where_there_is_none(workspace):
    live = keymap("", {"later": "f6", "blind": "f7", "passport": "f8", "criticism": "f9"})

    async def script(v):
        await v.see("(F6 shows)")
        await v.press("f6")
        await v.see("(F6 folds)")
        await v.press("f9")
        await v.see("(F9 shows them)")
        await v.press("f7")
        await v.see("judge blind (F7 ends it)")
        await v.press("a")
        await v.see("F7 ends it")

    visit(workspace, script, first="review", live=live)
    assert keys.hints(keymap("vim")["review"]).passport == "I"
    assert set(astuple(keys.hints(()))) == {""}
    assert keys.aside("", "shows") == ""
    assert keys.aside("h", "l") == " (h l)"


def test_the_halls_name_their_live_keys_too(workspace):
    live = keymap("", {"library": {"undo": "f6"}, "conversation": {"search": "f7"}})

    async def script(v):
        await v.press("L", "enter", "n")
        await v.see("nothing is lit; F7 does")
        await v.press("escape", "space", "X", "enter")
        await v.see("; F6 takes it back")

    visit(workspace, script, live=live)


def test_help_and_sheets_are_leafed_through_with_the_live_keys(workspace):
    async def script(v):
        await v.see("1 of 5")
        for sheet in ("question_mark", "f3"):
            await v.press(sheet, "ctrl+f")
            assert v.app.screen.page.scroll_offset.y > 0
            await v.press("ctrl+b", "down")
            assert v.app.screen.page.scroll_offset.y == 1
            await v.press("escape")

    visit(workspace, script, first="review", live=keymap("vim"), size=(80, 12))


def test_a_key_for_every_room_reaches_the_windows_where_it_is_free_there():
    live = keymap("", {"accept": "-", "reject": "f9"})
    assert keys_of(live, "bulk", "accept") == ("minus",)
    assert keys_of(live, "picked", "accept") == ("a",)  # there - takes a tag away
    assert keys_of(live, "picked", "reject") == ("f9",)


def test_a_window_has_keys_of_its_own_but_none_that_types_where_one_types():
    live = keymap("", {"queue": {"show": "space"}, "editor": {"save": ["f5", "ctrl+o"]}})
    assert keys_of(live, "queue", "show") == ("space",)
    assert keys_of(live, "editor", "save") == ("f5", "ctrl+o")
    for typed in ("s", "?", "space", "Enter", "é", "shift+a"):
        with pytest.raises(ConfigError, match="is typed there"):
            keymap("", {"editor": {"save": typed}})


def test_every_act_on_picked_chats_has_a_key():
    assert {f"choose('{act.name}')" for act in ACTS} == {
        key.action for key in BOXES["picked"] if key.action.startswith("choose")
    }
