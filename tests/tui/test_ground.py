"""The terminal the app stands on: one that cannot show it is told of, a locale does not matter."""

import io
import subprocess
import sys

import pytest

from curator.errors import ConfigError
from curator.tui import ground
from tests.tui.terminal import RUN
from tests.tui.test_real_terminal import open_terminal, step


class Screen(io.TextIOWrapper):
    def isatty(self):
        return True


def screen(encoding):
    return Screen(io.BytesIO(), encoding=encoding)


def test_a_terminal_that_is_said_to_be_dumb_is_refused(monkeypatch):
    monkeypatch.setattr(sys, "__stderr__", screen("utf-8"))
    monkeypatch.setenv("TERM", "dumb")
    with pytest.raises(ConfigError, match="TERM=xterm-256color"):
        ground.check()


def test_standard_error_speaks_utf_8_whatever_the_locale_says(monkeypatch):
    shown = screen("ascii")
    monkeypatch.setattr(sys, "__stderr__", shown)
    monkeypatch.setenv("TERM", "xterm")
    ground.check()
    assert shown.encoding == "utf-8"


def test_who_sends_the_errors_elsewhere_is_told_why_nothing_is_seen(workspace):
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(workspace)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "leave out `2>`" in done.stdout


def test_a_locale_without_utf_8_shows_the_same_screen(workspace, monkeypatch):
    monkeypatch.setenv("PYTHONUTF8", "0")
    monkeypatch.setenv("PYTHONCOERCECLOCALE", "0")
    monkeypatch.setenv("LC_ALL", "C")
    terminal = open_terminal(workspace)
    step(terminal, b"J", "怎么泡绿茶")
    assert "\\u" not in terminal.text()
    terminal.press(b"\x03")
    assert terminal.end() == 130
