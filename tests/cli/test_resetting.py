"""`curator reset-terminal` on a real pseudo-terminal."""

import os
import pty
import subprocess
import sys
import termios
import tty

from curator.tui.lifeline import RESTORE


def test_a_terminal_that_a_killed_app_left_raw_is_put_right():
    master, slave = pty.openpty()
    tty.setraw(slave)
    subprocess.run(
        [sys.executable, "-m", "curator", "reset-terminal"],
        stdin=slave, stdout=slave, stderr=slave, timeout=300, check=True,
    )  # fmt: skip
    wanted = termios.ICANON | termios.ECHO | termios.ISIG
    modes = termios.tcgetattr(slave)
    assert modes[3] & wanted == wanted
    assert modes[1] & termios.OPOST
    said = os.read(master, 4096).decode()
    assert RESTORE in said
    assert "as a shell expects it" in said


def test_without_a_terminal_it_says_so():
    told = subprocess.run(
        [sys.executable, "-m", "curator", "reset-terminal"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert told.returncode == 2
    assert told.stderr.startswith("curator: there is no terminal here")
