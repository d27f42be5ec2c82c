"""The review app under a real pseudo-terminal: keys, signals, a lost line, hostile records."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from curator.store import Store
from tests.tui.chats import PAIRS, fill, hostile_pairs
from tests.tui.terminal import PATIENCE, RUN, UNFORCED, Terminal

READY = "1 of 5"
#: The command itself, to the last thing that Python does.
COMMAND = f"""
{UNFORCED}
import sys
from curator.cli import main
sys.exit(main(["review", "-w", sys.argv[1]]))
"""


def open_terminal(workspace, **size):
    terminal = Terminal(workspace, **size)
    terminal.wait(READY)
    terminal.wait("− OLD")
    return terminal


def step(terminal, keys, then):
    """Press keys, wait for what they bring, and leave a person's moment between."""
    terminal.press(keys)
    terminal.wait(then)
    time.sleep(0.2)


def comes_back(workspace, draft):
    """The next session opens where the last one was left, with what was typed there."""
    terminal = Terminal(workspace)
    terminal.wait("2 of 5")
    terminal.wait("draft")
    step(terminal, b"e", draft)
    terminal.press(b"\x03")
    assert terminal.end() == 130


def test_a_review_from_opening_to_the_last_word(workspace, verdicts):
    terminal = open_terminal(workspace, columns=80, rows=24)
    step(terminal, b"a", "2 of 5")
    terminal.wait("✓ saved accepted")
    step(terminal, b"x", "3 of 5")
    step(terminal, b" ", "4 of 5")
    step(terminal, b"e", "editing")
    step(terminal, b"Hm. ", "Hm. Like so")
    step(terminal, b"\x13", "5 of 5")
    step(terminal, b"\x7f", "4 of 5")
    step(terminal, b"q", "This session")
    terminal.press(b"q")
    assert terminal.end() == 0
    assert terminal.is_restored()
    assert b"1 accepted, 1 rejected, 0 edited" in terminal.out[-500:]
    assert verdicts() == ["accept", "reject", "skip", None, None]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_a_signal_restores_the_terminal_and_loses_nothing(workspace, verdicts, number):
    terminal = open_terminal(workspace)
    step(terminal, b"a", "2 of 5")
    terminal.kill(number)
    assert terminal.end() == 128 + number
    assert terminal.is_restored()
    assert verdicts()[0] == "accept"


def test_a_signal_while_typing_keeps_the_draft(workspace):
    terminal = open_terminal(workspace)
    step(terminal, b"e", "editing")
    step(terminal, b"Quite ", "Quite Put")
    terminal.kill(signal.SIGTERM)
    assert terminal.end() == 128 + signal.SIGTERM
    again = open_terminal(workspace)
    assert "draft" in again.text()
    step(again, b"e", "Quite Put")
    again.press(b"\x03")
    assert again.end() == 130


def test_ctrl_c_leaves_with_130_and_restores_the_terminal(workspace, verdicts):
    terminal = open_terminal(workspace)
    step(terminal, b"x", "2 of 5")
    terminal.press(b"\x03")
    assert terminal.end() == 130
    assert terminal.is_restored()
    assert verdicts()[0] == "reject"


def test_a_lost_terminal_ends_the_app(workspace, verdicts):
    terminal = open_terminal(workspace)
    step(terminal, b"a", "2 of 5")
    os.close(terminal.master)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        pid, _ = os.waitpid(terminal.pid, os.WNOHANG)
        if pid:
            break
        time.sleep(0.1)
    else:
        os.kill(terminal.pid, signal.SIGKILL)
        os.waitpid(terminal.pid, 0)
        raise AssertionError("the app outlived its terminal")
    assert verdicts()[0] == "accept"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_nothing_on_the_terminal_that_was_given_back(workspace, number):
    terminal = Terminal(workspace, run=COMMAND)
    terminal.wait(READY)
    step(terminal, b"a", "2 of 5")
    terminal.kill(number)
    assert terminal.end() == 128 + number
    assert b"leaked" not in terminal.out


def test_a_stop_without_a_word_takes_the_terminal_once(workspace, verdicts):
    """After SIGSTOP Textual knows of nothing, and would take the terminal a second time."""
    terminal = open_terminal(workspace)
    for number, key in ((2, b"a"), (3, b"x")):
        terminal.kill(signal.SIGSTOP)
        os.waitpid(terminal.pid, os.WUNTRACED)
        terminal.kill(signal.SIGCONT)
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            assert not terminal.echoes(), "a key would be echoed into what is being written"
        step(terminal, key, f"{number} of 5")
    terminal.press(b"\x03")
    assert terminal.end() == 130
    assert terminal.is_restored()
    assert terminal.out.count(b"\x1b[?1049h") == terminal.out.count(b"\x1b[?1049l")
    assert len(re.findall(rb"\x1b\[>\d+u", terminal.out)) == terminal.out.count(b"\x1b[<u")
    assert verdicts()[:2] == ["accept", "reject"]


def test_a_resize_while_reviewing_keeps_the_item(workspace):
    import struct
    import termios
    from fcntl import ioctl

    terminal = open_terminal(workspace)
    step(terminal, b"J", "2 of 5")
    for rows, columns in ((24, 80), (1, 1), (60, 200), (30, 100)):
        ioctl(terminal.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.kill(terminal.pid, signal.SIGWINCH)
        time.sleep(0.1)
    terminal.screen.resize(30, 100)
    step(terminal, b"a", "3 of 5")
    terminal.press(b"\x03")
    assert terminal.end() == 130


#: The app with a reflector that hears nothing for ten minutes.
DEAF = """
import sys, time
from pathlib import Path
from curator.store import Store
from curator.tui.house import House
from curator.tui.visits import run_app
class Doing:
    def perform(self, store, stage, config, progress):
        time.sleep(600)
run_app(lambda: House(Store(Path(sys.argv[1])), "ann", Doing()), "review")
"""


def test_a_reflection_that_never_ends_costs_neither_the_place_nor_the_draft(workspace):
    terminal = open_terminal(workspace, run=DEAF)
    step(terminal, b"J", "2 of 5")
    step(terminal, b"r", "reflecting again")
    step(terminal, b"e", "editing")
    step(terminal, b"Rather ", "Rather ")
    terminal.kill(signal.SIGTERM)
    assert terminal.end() == 128 + signal.SIGTERM
    assert terminal.is_restored()
    comes_back(workspace, "Rather ")


def test_a_terminal_that_takes_nothing_is_given_back_and_the_draft_kept(workspace):
    """The thread that writes to it waits, and the event loop for that thread."""
    import termios

    terminal = open_terminal(workspace, run=RUN.replace(UNFORCED, ""))
    step(terminal, b"J", "2 of 5")
    step(terminal, b"e", "editing")
    step(terminal, b"Rather ", "Rather ")
    line = os.open(f"/proc/{terminal.pid}/fd/0", os.O_RDWR | os.O_NOCTTY)
    termios.tcflow(line, termios.TCOOFF)
    for _ in range(80):  # More pictures than the thread is handed ahead.
        terminal.press(b"x")
        time.sleep(0.02)
    terminal.kill(signal.SIGTERM)
    assert terminal.end() == 128 + signal.SIGTERM
    os.close(line)
    assert terminal.is_restored()
    comes_back(workspace, "Rather x")


MAP = f"""
{UNFORCED}
import time
from curator.tui import map_app
from curator.tui.map_keys import MAP_KEYS
map_app.Atlas = lambda *_: time.sleep(2)
map_app.run_map(None, ("turn", ""), "ann", MAP_KEYS)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_restores_the_terminal_of_the_map_too(workspace, number):
    terminal = Terminal(workspace, run=MAP)
    terminal.wait("0 dots")
    terminal.kill(number)
    assert terminal.end() == 128 + number
    assert terminal.is_restored()


#: An editor as bad as can be: it shows a text, sends its group what Ctrl-C and Ctrl-\\ send, saves,
#: and waits without hearing anything.
EDITOR = """#!{python}
import os, signal, sys, time
for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
for number in (signal.SIGINT, signal.SIGQUIT):
    os.killpg(0, number)
open(sys.argv[1], "w").write("Saved in there.")
print("EDITOR UP", flush=True)
sys.stdin.readline() or time.sleep(600)
"""


@pytest.fixture
def editor(tmp_path, monkeypatch):
    path = tmp_path / "editor"
    path.write_text(EDITOR.format(python=sys.executable))
    path.chmod(0o700)
    monkeypatch.setenv("VISUAL", str(path))


@pytest.mark.usefixtures("editor")
def test_keys_that_make_signals_are_the_editors_own(workspace, verdicts):
    terminal = open_terminal(workspace)
    step(terminal, b"E", "EDITOR UP")
    step(terminal, b"\n", "2 of 5")
    step(terminal, b"a", "3 of 5")
    terminal.press(b"\x03")
    assert terminal.end() == 130
    assert verdicts()[:2] == ["edit", "accept"]


@pytest.mark.usefixtures("editor")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_editor_and_the_app_and_keeps_what_was_saved(workspace, number):
    terminal = open_terminal(workspace)
    step(terminal, b"E", "EDITOR UP")
    terminal.kill(number)
    assert terminal.end() == 128 + number
    assert terminal.is_restored()
    again = open_terminal(workspace)
    assert "draft" in again.text()
    step(again, b"e", "Saved in there.")
    again.press(b"\x03")
    assert again.end() == 130


SEQUENCE = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[P_X^][^\x1b]*\x1b\\|\x1b\[[0-?]*[ -/]*[@-~]|\x1b."
)
HIDDEN = "\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\U000e0041"


def sequences(data):
    """Every kind of escape sequence in the output, numbers blanked out, and stray controls."""
    text = data.decode("utf-8", "replace")
    kinds = {re.sub(r"(;N)+", ";N", re.sub(r"[0-9]+", "N", s)) for s in SEQUENCE.findall(text)}
    stray = re.findall(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{HIDDEN}]", SEQUENCE.sub("", text))
    return kinds, set(stray)


def walk(path, chats, columns, rows):
    """Open a workspace, look at every item with everything unfolded, leave; the bytes written."""
    terminal = Terminal(path, columns, rows)
    terminal.wait(f"1 of {len(chats)}")
    terminal.press(b"v")
    for number in range(2, len(chats) + 1):
        terminal.press(b"J")
        terminal.wait(f" {number} of {len(chats)} ")
        terminal.press(b"v")
    terminal.press(b"m")
    terminal.wait("Enter keeps it")
    terminal.press(b"\x1b[200~e\x1b]0;pasted\x07\x1b[201~\r")
    terminal.wait("note: ")
    terminal.press(b"e")
    terminal.wait("editing")
    terminal.press(b"\x1b")
    time.sleep(0.5)
    terminal.press(b"\x03")
    assert terminal.end() == 130
    return terminal.out


def compare_with_benign(tmp_path, chats):
    kinds = []
    for name, pairs in (("benign", PAIRS[:4]), ("hostile", chats)):
        path = tmp_path / f"{name}.duckdb"
        with Store(path) as store:
            fill(store, pairs)
        kinds.append(sequences(walk(path, pairs, 160, 60)))
    (allowed, _), (seen, stray) = kinds
    assert seen - allowed == set()
    assert stray == set()


def test_hostile_records_send_no_sequence_of_their_own(tmp_path):
    """25 chats with 8 hostile texts each: 200 texts."""
    compare_with_benign(tmp_path, crowd(25, 3))


@pytest.mark.slow
def test_five_thousand_hostile_texts_send_no_sequence_of_their_own(tmp_path):
    compare_with_benign(tmp_path, crowd(210, 20, seed=11))


def crowd(count, turns, seed=7):
    """Chats whose question and later turns hold `turns` hostile texts, and their answers."""
    pool = iter(hostile_pairs(count * (turns + 4), seed))
    chats = []
    for _ in range(count):
        said, before, after, criticism = next(pool)
        more = tuple(next(pool)[0][0] for _ in range(turns))
        chats.append(((said[0], *more), before, after, criticism))
    return chats


def test_the_screens_process_stays_light(workspace):
    """Nothing of models or data frames is imported before it is asked for."""
    code = (
        "import asyncio, sys\nfrom pathlib import Path\n"
        "from tests.tui.driving import drive\n"
        "async def script(d): await d.press('a')\n"
        f"drive(Path({str(workspace)!r}), script)\n"
        "heavy = {'torch', 'transformers', 'openai', 'pandas', 'sentence_transformers', 'numba',"
        " 'datasketch', 'scipy'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stdout.strip() == "[]"


#: A shell in a nutshell: the app has the terminal, stops, and is brought back when a line comes.
SHELL = f"""
import os, signal, sys
child = os.fork()
os.setpgid(child, child)
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
if child == 0:
    os.execv(sys.executable, [sys.executable, "-c", {RUN!r}, *sys.argv[1:]])
os.tcsetpgrp(0, child)
_, status = os.waitpid(child, os.WUNTRACED)
assert os.WIFSTOPPED(status), status
os.tcsetpgrp(0, os.getpgrp())
print("STOPPED", flush=True)
input()
os.tcsetpgrp(0, child)
os.kill(child, signal.SIGCONT)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_ctrl_z_gives_the_terminal_back_and_fg_draws_anew(workspace, verdicts):
    import struct
    import termios
    from fcntl import ioctl

    terminal = open_terminal(workspace, columns=100, rows=30, run=SHELL)
    step(terminal, b"a", "2 of 5")
    terminal.press(b"\x1a")
    terminal.wait("STOPPED")
    assert terminal.is_restored()
    ioctl(terminal.master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    terminal.screen.resize(24, 80)
    terminal.screen.reset()
    terminal.press(b"\n")
    terminal.wait("用开水泡绿茶，五分钟以后再喝。")
    step(terminal, b"x", "3 of 5")
    terminal.press(b"\x03")
    assert terminal.end() == 130
    assert verdicts()[:2] == ["accept", "reject"]
