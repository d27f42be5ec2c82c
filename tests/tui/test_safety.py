"""What must not be lost, must not freeze, must not reach the terminal."""

import os
import signal
import time

import pytest

from curator.store import Store
from curator.tui.screens.desk import SAVED_EVERY
from tests.tui.chats import PAIRS, fill, hostile_pairs
from tests.tui.driving import drive
from tests.tui.terminal import PATIENCE, UNFORCED, Terminal
from tests.tui.test_real_terminal import open_terminal, sequences, step

#: Saves a text as an editor does, and then does not end well.
FAILING = """#!/bin/sh
printf 'typed elsewhere' > "$1"
exit 3
"""
STUCK = """#!/bin/sh
printf 'typed elsewhere' > "$1"
sleep 60
"""


def editor(tmp_path, text):
    path = tmp_path / "editor"
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def test_what_was_saved_in_an_editor_that_crashed_is_kept_as_a_draft(
    workspace, monkeypatch, tmp_path, verdicts
):
    monkeypatch.setenv("VISUAL", editor(tmp_path, FAILING))

    async def script(d):
        await d.press("E")
        assert "ended with 3; what you had saved there is kept as a draft" in d.text()
        await d.press("J", "K")
        assert d.item.draft == "typed elsewhere"

    async def later(d):
        assert "✎ draft" in d.text()
        await d.press("e", "ctrl+s")

    drive(workspace, script)
    assert verdicts()[0] is None
    drive(workspace, later)
    with Store(workspace) as store:
        assert store.decisions.history(1)[0].content == "typed elsewhere"


@pytest.mark.parametrize("command", ["false", "/no/such/editor", "rm"])
def test_an_editor_that_fails_gives_the_terminal_back(workspace, monkeypatch, command):
    monkeypatch.setenv("VISUAL", command)
    terminal = open_terminal(workspace)
    terminal.press(b"E")
    terminal.wait({"false": "ended with 1", "rm": "left no file behind"}.get(command, "be started"))
    step(terminal, b"a", "2 of 5")
    terminal.press(b"\x03")
    assert terminal.end() == 130
    assert terminal.is_restored()


def killed_once_kept(workspace, text, *keys):
    """Press keys in a real terminal, kill -9 as soon as `text` is on disk, which comes by itself;
    the terminal of the next session."""
    terminal = open_terminal(workspace)
    for key, then in keys:
        step(terminal, key, then)
    end = time.monotonic() + PATIENCE
    while not any(text in file.read_bytes() for file in workspace.parent.glob("w.duckdb*")):
        assert time.monotonic() < end, "what was typed was never kept"
        terminal.read()
    os.kill(terminal.pid, signal.SIGKILL)
    os.waitpid(terminal.pid, 0)
    return open_terminal(workspace)


def test_kill_9_while_typing_loses_two_seconds_at_most(workspace):
    assert SAVED_EVERY <= 2
    again = killed_once_kept(workspace, b"Quite Put", (b"e", "editing"), (b"Quite ", "Quite Put"))
    assert "draft" in again.text()
    step(again, b"e", "Quite Put")
    again.press(b"\x03")
    assert again.end() == 130


def test_kill_9_while_an_editor_has_the_text_keeps_what_was_saved_there(
    workspace, monkeypatch, tmp_path
):
    monkeypatch.setenv("VISUAL", editor(tmp_path, STUCK))
    again = killed_once_kept(workspace, b"typed elsewhere", (b"E", ""))
    assert "draft" in again.text()
    step(again, b"e", "typed elsewhere")
    again.press(b"\x03")
    assert again.end() == 130


#: The command on a disk that is full from SIGUSR1 on, and has room again from SIGUSR2 on.
FULL = (
    UNFORCED
    + """
import resource, signal, sys
from curator.cli import main
no_limit = resource.RLIM_INFINITY
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for number, room in ((signal.SIGUSR1, 1), (signal.SIGUSR2, no_limit)):
    signal.signal(number, lambda *_, room=room: resource.setrlimit(
        resource.RLIMIT_FSIZE, (room, no_limit)))
sys.exit(main(["review", "-w", sys.argv[1]]))
"""
)


def on_a_full_disk(workspace):
    """The app with one decision saved, one that cannot be, and a text that cannot be kept."""
    terminal = Terminal(workspace, run=FULL)
    terminal.wait("1 of 5")
    terminal.wait("− OLD")
    step(terminal, b"a", "✓ saved accepted")
    terminal.kill(signal.SIGUSR1)
    step(terminal, b"x", "✗ NOT SAVED the disk ")
    assert terminal.text().lower().count("not saved") == 1
    step(terminal, b"e", "editing")
    step(terminal, b"Quite ", "Quite ")
    return terminal


def test_a_full_disk_does_not_keep_anybody_in_the_app(workspace, verdicts):
    terminal = on_a_full_disk(workspace)
    step(terminal, b"\x1b", "2 of 5")
    step(terminal, b"q", "This session")
    terminal.press(b"q")
    assert terminal.end() == 4
    assert terminal.is_restored()
    tail = terminal.out.rpartition(b"\x1b[?1049l")[2].decode()
    assert "1 accepted, 0 rejected" in tail
    assert "NOT kept: the place in the queue, and what was typed last" in tail
    assert "the disk is full; free some space" in tail
    assert "leaked" not in tail
    assert verdicts()[:2] == ["accept", None]


def test_the_app_goes_on_once_the_disk_has_room_again(workspace, verdicts):
    terminal = on_a_full_disk(workspace)
    terminal.kill(signal.SIGUSR2)
    step(terminal, b"\x13", "3 of 5")
    step(terminal, b"x", "4 of 5")
    terminal.press(b"\x03")
    assert terminal.end() == 130
    assert verdicts()[:3] == ["accept", "edit", "reject"]


def test_a_screen_that_comes_too_late_to_be_seen_is_no_bug(workspace):
    from textual.css.query import NoMatches

    async def script(d):
        d.app.exit()
        d.app._handle_exception(NoMatches("the farewell is gone"))
        assert d.app._exception is None

    async def wrong(d):
        d.app._handle_exception(NoMatches("a bug"))

    drive(workspace, script)
    with pytest.raises(NoMatches):
        drive(workspace, wrong)


@pytest.mark.parametrize("place", ["question", "answer", "later", "line"])
def test_a_turn_of_five_million_characters_leaves_the_keys_alive(tmp_path, place):
    huge = "word " * 1_000_000
    said, before, after, criticism = PAIRS[0]
    pair = {
        "question": ((huge, said[1]), before, after, criticism),
        "answer": (said, huge, huge + "end", huge),
        "later": ((said[0], huge), before, after, criticism),
        "line": (said, "x" * 2_000_000, "y" * 2_000_000, criticism),
    }[place]
    path = tmp_path / "w.duckdb"
    with Store(path) as store:
        fill(store, [pair, *PAIRS])

    async def script(d):
        await d.press("J", "K", "v", "d", "w", "w", "t")
        if d.room.view.hunks is None:
            assert "too long to take hunk by hunk" in d.text()
        else:
            await d.press("escape")
        await d.press("b", "b", "j", "G", "g", "a")
        assert d.item.number == 2
        await d.press("backspace")
        assert d.item.number == 1

    drive(path, script)


@pytest.mark.slow
def test_a_thousand_hostile_records_send_no_sequence_of_their_own(tmp_path):
    """Every record is another chat, each of its five texts hostile; walked in bursts."""
    kinds = []
    for name, pairs in (("benign", [*PAIRS[:4]] * 10), ("hostile", hostile_pairs(1_000, 23))):
        path = tmp_path / f"{name}.duckdb"
        with Store(path) as store:
            fill(store, pairs)
            count = store.rewrites.count()
        terminal = Terminal(path, 120, 40)
        terminal.wait(f"1 of {count:,}")
        for number in range(2, count + 1):
            terminal.press(b"J")
            if number % 20 == 0 or number == count:
                terminal.wait(f" {number:,} of {count:,} ")
            else:
                terminal.read(0.001)
        terminal.press(b"v")
        time.sleep(1)
        terminal.read()
        terminal.press(b"\x03")
        assert terminal.end() == 130
        kinds.append(sequences(terminal.out))
    (allowed, _), (seen, stray) = kinds
    assert seen - allowed == set()
    assert stray == set()
