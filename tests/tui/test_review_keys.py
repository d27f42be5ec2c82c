"""Every key of the reading room, pressed."""

import pytest

from curator.store import Store
from curator.tui.app import ReviewApp
from curator.tui.keymap import keymap
from curator.tui.keys import KEYS
from curator.tui.widgets import bars
from curator.tui.widgets.rows import Rows
from tests.tui.chats import PAIRS, fill
from tests.tui.driving import drive


def heads(path):
    with Store(path) as store:
        rewrites = store.rewrites.all()
        found = store.decisions.heads([r.id for r in rewrites])
        return [found.get(r.id) for r in rewrites]


def test_a_accepts_and_goes_on(workspace, verdicts):
    async def script(d):
        await d.press("a")
        assert d.item.number == 2
        assert "✓ saved accepted" in d.text()

    drive(workspace, script)
    assert verdicts() == ["accept", None, None, None, None]


def test_x_rejects_and_space_skips(workspace, verdicts):
    async def script(d):
        await d.press("x", "space")
        assert d.item.number == 3

    drive(workspace, script)
    assert verdicts()[:3] == ["reject", "skip", None]


@pytest.mark.parametrize("key", ["backspace", "u", "z"])
def test_undo_takes_the_last_decision_back_and_shows_its_item(workspace, verdicts, key):
    async def script(d):
        await d.press("a", "x", key)
        assert d.item.number == 2
        assert "✓ saved undone" in d.text()

    drive(workspace, script)
    assert verdicts()[:2] == ["accept", None]


@pytest.mark.parametrize("key", ["U", "ctrl+r"])
def test_redo_decides_again(workspace, verdicts, key):
    async def script(d):
        await d.press("a", "backspace", key)

    drive(workspace, script)
    assert verdicts()[0] == "accept"


def test_undo_reaches_into_the_last_session(workspace, verdicts):
    async def decide(d):
        await d.press("a")

    async def take_back(d):
        await d.press("backspace")
        assert d.item.before == PAIRS[0][1]

    drive(workspace, decide)
    drive(workspace, take_back)
    assert verdicts()[0] is None


def test_undo_with_nothing_to_undo_says_so(workspace):
    async def script(d):
        await d.press("backspace")
        assert "nothing to undo" in d.text()
        assert d.item.number == 1

    drive(workspace, script)


def test_e_edits_in_place_and_saving_settles_the_item(workspace):
    async def script(d):
        await d.press("e")
        await d.see("editing")
        await d.press("H", "i", "space", "ctrl+s")
        assert d.item.number == 2

    drive(workspace, script)
    head = heads(workspace)[0]
    assert (head.verdict, head.content) == ("edit", "Hi " + PAIRS[0][2])


def test_o_edits_starting_from_the_old_answer(workspace):
    async def script(d):
        await d.press("o", "x", "f2")

    drive(workspace, script)
    assert heads(workspace)[0].content == "x" + PAIRS[0][1]


def test_decision_keys_are_dead_while_text_is_typed(workspace, verdicts):
    async def script(d):
        await d.press("e", "a", "x", "space", "backspace", "q", "escape")
        assert d.item.number == 1
        await d.press("m", "a", "x", "q", "escape")

    drive(workspace, script)
    assert verdicts() == [None] * 5


def test_tab_leads_from_the_draft_to_the_old_answer_and_the_arrows_move_that(workspace):
    with Store(workspace) as store:
        old = "\n\n".join(f"Old line {n}." for n in range(80))
        fill(store, [(("Tell me.", "Why?"), old, "Short.", "")])

    async def script(d):
        await d.press("Q", "k", "enter", "e")
        while "Old line 0." not in d.text():
            await d.press("escape", "J", "e")
        await d.press("tab", "pagedown", "down")
        rows = d.app.screen.query_one("#old", Rows)
        assert rows.scroll_offset.y == 9
        assert d.app.screen.text == "Short."

    drive(workspace, script)


def test_escape_keeps_the_draft_and_e_goes_on_with_it(workspace):
    async def script(d):
        await d.press("e", "Z", "escape")
        await d.see("the draft is kept")

    async def later(d):
        assert "✎ draft" in d.text()
        await d.press("e", "ctrl+s")

    drive(workspace, script)
    drive(workspace, later)
    assert heads(workspace)[0].content == "Z" + PAIRS[0][2]


def test_capital_e_edits_in_the_persons_own_editor(workspace, monkeypatch, tmp_path):
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf "mine" > "$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(editor))

    async def script(d):
        await d.press("E")

    drive(workspace, script)
    assert heads(workspace)[0].content == "mine"


def test_an_editor_that_is_not_there_is_one_sentence(workspace, monkeypatch, verdicts):
    monkeypatch.setenv("VISUAL", "no-such-editor-anywhere")

    async def script(d):
        await d.press("E")
        assert "no-such-editor-anywhere could not be started" in d.text()

    drive(workspace, script)
    assert verdicts()[0] is None


def test_capital_x_rejects_with_a_reason(workspace):
    async def script(d):
        await d.press("X", "b", "a", "d", "enter")
        assert d.item.number == 2

    drive(workspace, script)
    with Store(workspace) as store:
        rewrite = store.rewrites.all()[0]
        (made,) = [d for d in store.decisions.history() if d.rewrite_id == rewrite.id]
    assert (made.verdict, made.reason) == ("reject", "bad")


def test_d_turns_the_view(workspace):
    async def script(d):
        seen = []
        for _ in range(4):
            await d.press("d")
            seen.append(d.text())
        inline, new, old, side = seen
        assert "± BOTH" in inline
        assert "+ NEW" in new
        assert "− OLD" not in new
        assert "− OLD" in old
        assert "+ NEW" not in old
        assert "− OLD" in side
        assert "+ NEW" in side

    drive(workspace, script)


def test_v_unfolds_the_later_turns(workspace):
    async def script(d):
        assert "It has to be soft." not in d.text()
        assert "▸ 2 later turns" in d.text()
        await d.press("v")
        assert "It has to be soft." in d.text()
        assert "read by the reflector, evidence" in d.text()
        await d.press("v")
        assert "It has to be soft." not in d.text()

    drive(workspace, script)


def test_c_folds_the_criticism_and_a_warning_stays_in_sight(workspace):
    async def script(d):
        assert "makes it hard" in d.text()
        await d.press("c")
        assert "makes it hard" not in d.text()
        assert "1 of them a warning" in d.text()

    drive(workspace, script)


def test_w_shows_the_text_as_written_then_its_blanks_then_rendered_again(workspace):
    async def script(d):
        assert "water for six minutes" in d.text()
        await d.press("w")
        assert "water for **six minutes**" in d.text()
        await d.press("w")
        assert "Then·cool·it.¶" in d.text()
        await d.press("w")
        assert "water for six minutes" in d.text()

    drive(workspace, script)


def test_ctrl_t_turns_through_the_themes(workspace):
    async def script(d):
        seen = [d.app.theme]
        for _ in range(4):
            await d.press("ctrl+t")
            seen.append(d.app.theme)
        assert len(set(seen)) == 4
        assert seen[0] == seen[-1]
        assert "theme: " in d.text()

    drive(workspace, script)


@pytest.mark.parametrize(
    ("down", "up"),
    [("j", "k"), ("down", "up"), ("pagedown", "pageup"), ("ctrl+d", "ctrl+u"), ("G", "g")],
)
def test_the_page_scrolls_down_and_up(workspace, down, up):
    async def script(d):
        rows = d.room.query_one("#page")
        start = rows.scroll_offset.y
        await d.press(down)
        assert rows.scroll_offset.y > start
        await d.press(up)
        assert rows.scroll_offset.y <= start

    drive(workspace, script, size=(80, 16))


def test_brackets_walk_the_changes(workspace):
    async def script(d):
        await d.press("J", "J", "J")
        rows = d.room.query_one("#page")
        await d.press("g", "right_square_bracket")
        there = rows.scroll_offset.y
        assert there > 0
        await d.press("right_square_bracket", "right_square_bracket", "left_square_bracket")
        assert rows.scroll_offset.y >= there

    drive(workspace, script, size=(80, 12))


def test_capital_j_and_k_go_on_and_back_without_deciding(workspace, verdicts):
    async def script(d):
        await d.press("J", "J")
        assert d.item.number == 3
        await d.press("K")
        assert d.item.number == 2
        await d.press("K", "K")
        assert "no further item" in d.text()

    drive(workspace, script)
    assert verdicts() == [None] * 5


def test_f_flags_and_takes_the_flag_away(workspace):
    async def script(d):
        await d.press("f")
        assert "⚑ flagged" in d.text()
        assert d.item.number == 1
        await d.press("f")
        assert "⚑ flagged" not in d.text()
        await d.press("f")

    drive(workspace, script)
    assert heads(workspace)[0].flagged


def test_scores_tags_and_notes_are_marks_beside_the_verdict(workspace):
    async def script(d):
        await d.press("4")
        assert "✓ saved score 4 of 5" in d.text()
        await d.press("number_sign", "m", "a", "t", "h", "enter")
        assert "✓ saved #math" in d.text()
        await d.press("m", "h", "m", "enter")
        assert "✓ saved the note" in d.text()
        assert "score 4 of 5 · # math · note: hm" in d.text()
        assert d.item.number == 1

    drive(workspace, script)
    assert heads(workspace)[0].marks == {"score": 4, "tags": ["math"], "note": "hm"}


def test_help_shows_every_key_of_the_table(workspace):
    async def script(d):
        await d.press("question_mark")
        await d.see("goes back")
        shown = d.text()
        for key in KEYS:
            assert key.help in shown
        await d.press("escape")
        await d.see("− OLD")

    drive(workspace, script, size=(120, 44))


def test_q_shows_the_summary_and_escape_goes_back(workspace):
    async def script(d):
        await d.press("a", "q")
        await d.see("1 decided")
        await d.press("escape")
        await d.see("− OLD")
        await d.press("q")
        await d.pilot.press("q")

    drive(workspace, script)


def test_a_held_key_decides_one_item(workspace, verdicts):
    async def script(d):
        await d.press("a")
        for wait in (0.5, *[0.033] * 30):
            d.now += wait
            await d.pilot.press("a")
        await d.pilot.pause(0.4)
        await d.settle()
        assert d.item.number == 2

    drive(workspace, script)
    assert verdicts() == ["accept", None, None, None, None]


def test_a_key_pressed_twice_decides_twice(workspace, verdicts):
    async def script(d):
        await d.press("a")
        d.now += 0.4
        await d.pilot.press("a")
        await d.pilot.pause(0.4)
        await d.settle()

    drive(workspace, script)
    assert verdicts()[:3] == ["accept", "accept", None]


def test_the_end_of_the_queue_says_what_to_do(workspace):
    async def script(d):
        await d.press("a", "x", "space", "a", "a")
        assert "The queue is at its end" in d.text()
        await d.press("J")
        assert d.item.number == 3
        await d.press("a")
        assert "curator export" in d.text()
        await d.press("backspace")
        assert d.item.number == 3

    drive(workspace, script)


def test_what_is_said_names_the_keys_of_the_preset(workspace):
    async def script(d):
        d.app.live = keymap("argilla")  # there Backspace rejects
        await d.press("a")
        assert "u takes it back" in d.text()
        assert "⌫ takes" not in d.text()

    drive(workspace, script)


def test_ctrl_z_gives_the_shell_back_but_not_while_one_types(workspace, monkeypatch):
    asked = []
    monkeypatch.setattr(ReviewApp, "action_suspend_process", lambda app: asked.append(app))

    async def script(d):
        await d.press("ctrl+z")
        assert len(asked) == 1
        await d.press("e", "H", "ctrl+z", "escape")
        assert len(asked) == 1

    drive(workspace, script)


def test_an_empty_workspace_says_how_to_begin(tmp_path):
    async def script(d):
        assert "Nothing to review yet" in d.text()
        assert "curator import FILE" in d.text()
        await d.press("a", "x", "e", "f", "v", "J", "1", "m")
        assert "Nothing to review yet" in d.text()

    drive(tmp_path / "empty.duckdb", script)


def test_who_comes_back_to_a_queue_that_is_done_is_not_told_to_begin(workspace):
    async def script(d):
        await d.press("a", "x", "a", "x", "a")

    async def later(d):
        assert "Nothing is left in this queue" in d.text()
        assert "curator import" not in d.text()
        await d.press("backspace")
        assert d.item.number == 1

    drive(workspace, script)
    drive(workspace, later)


def test_a_decision_that_cannot_be_saved_is_shown_as_not_saved(workspace, verdicts):
    from curator.errors import StoreError

    async def script(d):
        desk = d.room.session._desk
        record = desk.record

        def full(_decisions):
            raise StoreError("/a/long/way/to/w.duckdb: the disk is full: free some space")

        desk.record = full
        await d.press("a")
        assert "✗ NOT SAVED the disk is full" in d.text()
        assert d.item.number == 1
        desk.record = record
        await d.press("a")
        assert "✓ saved accepted" in d.text()
        assert d.item.number == 2

    drive(workspace, script)
    assert verdicts()[0] == "accept"


def test_a_place_that_cannot_be_kept_is_not_called_a_decision_that_is_not_saved(workspace):
    from curator.errors import StoreError

    async def script(d):
        def full():
            raise StoreError("the disk is full: free some space")

        d.room.session.autosave = full
        await d.press("a")
        d.room._autosave()
        await d.see("your decisions are saved, the draft and the place are not")
        assert "NOT SAVED" not in d.text()
        del d.room.session.autosave

    drive(workspace, script)


def test_the_screen_asks_nothing_of_the_store_on_its_own_thread(workspace):
    import threading

    async def script(d):
        desk, asked = d.room.session._desk, []

        def watched(name, real):
            def call(*given):
                if threading.current_thread() is threading.main_thread():
                    asked.append(name)
                return real(*given)

            return call

        for name in ("papers", "record", "queue", "undo", "redo", "keep_place", "keep_draft"):
            setattr(desk, name, watched(name, getattr(desk, name)))
        await d.press("a", "J", "x", "backspace", "f", "d", "v", "space")
        assert asked == []

    drive(workspace, script)


def test_panes_that_have_just_opened_are_laid_out_by_the_screen(tmp_path):
    """Not by what they measure, which is nothing before they were shown."""
    path = tmp_path / "w.duckdb"
    lines = "\n\n".join(f"This line, number {n}, is whole." for n in range(40))
    with Store(path) as store:
        fill(store, [(("Tell me.", "Why?"), lines, lines.replace("whole", "well"), "")])

    async def script(d):
        assert not d.room.parted
        d.room.parted = True  # as where two sizes come at once, back from Ctrl-Z
        d.room.draw()
        await d.settle()
        assert "− This line, number 0, is whole." in d.text()

    drive(path, script)


def test_however_much_there_is_to_say_the_farewell_says_how_to_quit(workspace):
    async def script(d):
        await d.press("b", "1", "0", "2", "b", "a", "backspace", "q")
        await d.see("This session")
        await d.see("Blind: the new answer won")
        await d.see("q or Enter quits")

    drive(workspace, script, size=(50, 24))


def test_the_end_is_not_called_all_done_while_items_are_open(workspace):
    async def script(d):
        await d.press("a", *["J"] * 4)
        assert "All done" not in d.text()
        assert "The queue is at its end" in d.text()
        assert "begin again with what is still open: 4" in d.text()
        await d.press("J")
        assert "2 of 5" in d.text()

    drive(workspace, script)


def test_what_is_only_looked_up_is_not_called_unsaved():
    said = {
        what: "".join(text for text, _ in bars.saving(what, 80)) for what in ("queue", "accept")
    }
    assert said == {"queue": "… drawing that queue", "accept": "… accepted, not yet saved"}
