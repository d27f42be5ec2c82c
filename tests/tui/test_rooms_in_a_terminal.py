"""The rooms under a real pseudo-terminal: every catchable signal gives the terminal back."""

import signal
import time

import pytest

from curator.tui.app import SETTLE_AFTER
from tests.tui.terminal import UNFORCED, Terminal

RUN = f"""
{UNFORCED}
import sys
from curator.cli import main
sys.exit(main(["open", "-w", sys.argv[1]]))
"""
#: The keys to a room, and what is then on the screen.
ROOMS = {
    "home": (b"", "Last runs|Next"), "library": (b"L", "5 conversations"),
    "conversation": (b"L\r", "1 user"), "history": (b"H", "nothing was done"),
    "runs": (b"W", "n starts"), "palette": (b"\x10", "type a part"),
}  # fmt: skip


def open_at(workspace, room):
    terminal = Terminal(workspace, run=RUN)
    terminal.wait("Next")
    terminal.wait("rewrites")
    keys, text = ROOMS[room]
    for key in keys.decode():
        terminal.press(key.encode())
        if key == "L":
            terminal.wait("5 conversations")
    if keys:
        terminal.wait(text)
    return terminal


@pytest.mark.parametrize(
    ("room", "number"),
    [
        ("home", signal.SIGHUP), ("library", signal.SIGTERM), ("conversation", signal.SIGINT),
        ("history", signal.SIGQUIT), ("runs", signal.SIGTERM), ("palette", signal.SIGTERM),
    ],
)  # fmt: skip
def test_a_signal_restores_the_terminal_from_every_room(workspace, room, number):
    terminal = open_at(workspace, room)
    terminal.kill(number)
    assert terminal.end() == 128 + number
    assert terminal.is_restored()


def test_a_decision_made_on_the_way_through_the_rooms_is_kept(workspace, verdicts):
    terminal = open_at(workspace, "home")
    terminal.press(b"V")
    terminal.wait("1 of 5")
    terminal.wait("− OLD")
    terminal.press(b"a")
    terminal.wait("2 of 5")
    terminal.press(b"H")
    terminal.wait("accept    turn 2 of")
    terminal.press(b"\x03")
    assert terminal.end() == 130
    assert terminal.is_restored()
    assert verdicts()[0] == "accept"


def test_whoever_quits_is_left_with_a_summary_and_nothing_else(workspace):
    terminal = open_at(workspace, "home")
    terminal.press(b"V")
    terminal.wait("1 of 5")
    time.sleep(2 * SETTLE_AFTER)
    terminal.press(b"x")
    terminal.wait("1 done")
    terminal.press(b"q")
    terminal.wait("rewrites")
    terminal.press(b"q")
    terminal.wait("This session")
    terminal.press(b"q")
    assert terminal.end() == 0
    tail = terminal.out.rpartition(b"\x1b[?1049l")[2].decode()
    assert "1 decided" in tail
    assert "leaked" not in tail
