"""A real pseudo-terminal with the app in it, and pyte to look at it."""

import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from fcntl import ioctl

import pyte

#: Leaving in order takes as long as it takes on a busy machine, and is not to be forced.
UNFORCED = """
from curator.tui import lifeline
lifeline.PATIENCE = lifeline.LATER = 200.0
"""
RUN = f"""
{UNFORCED}
import sys
from pathlib import Path
from curator.errors import CuratorError
from curator.store import Store
from curator.tui.visits import run_review
try:
    with Store(Path(sys.argv[1])) as store:
        summary = run_review(store, "ann")
    print(*summary.lines(), sep="\\n")
except CuratorError as error:
    print(error)
    sys.exit(error.exit_code)
"""
#: Seconds after which what did not come will not come, on the busiest of machines.
PATIENCE = 240.0
#: What pyte 0.8 does not know, and would print the rest of; and a sequence that is not over yet.
UNKNOWN = re.compile(rb"\x1b\[[<>=?][0-9;]*\$?[a-zA-Z]")
UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*)?\Z")


class Eye:
    """Shows bytes on a pyte screen, in whatever pieces they come."""

    def __init__(self, screen):
        self._stream = pyte.ByteStream(screen)
        self._held = b""

    def see(self, data):
        """Show all but a sequence whose rest has yet to come."""
        data = self._held + data
        unfinished = UNFINISHED.search(data)
        whole = unfinished.start() if unfinished else len(data)
        self._held = data[whole:]
        self._stream.feed(UNKNOWN.sub(b"", data[:whole]))


class Terminal:
    """The app on a pty. `out` is every byte that it wrote."""

    def __init__(self, workspace, columns=120, rows=40, run=RUN):
        self.out = b""
        self.screen = pyte.Screen(columns, rows)
        self._eye = Eye(self.screen)
        self._lines = {}
        self.master, slave = pty.openpty()
        # Before the app begins, which otherwise may draw for another size first.
        ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.close(self.master)
                os.login_tty(slave)
                # Readline sets COLUMNS behind Python's back: hand over what Python knows.
                gone = ("NO_COLOR", "COLUMNS", "LINES")
                env = {name: value for name, value in os.environ.items() if name not in gone}
                env.update(TERM="xterm-256color", LANG="C.UTF-8", COLORTERM="truecolor")
                os.execve(sys.executable, [sys.executable, "-c", run, str(workspace)], env)
            finally:
                os._exit(127)
        os.close(slave)

    def read(self, seconds=0.05):
        """Take in what the app writes; False when it has closed its end."""
        pieces, alive = [], True
        while select.select([self.master], [], [], 0 if pieces else seconds)[0]:
            try:
                piece = os.read(self.master, 65536)
            except OSError:
                piece = b""
            pieces.append(piece)
            if not piece or len(pieces) == 100:
                alive = bool(piece)
                break
        data = b"".join(pieces)
        self.out += data
        self._eye.see(data)
        return alive

    def text(self):
        """The screen. (pyte's own `display` fails on a wide character half written over.)"""
        buffer, columns = self.screen.buffer, range(self.screen.columns)
        for y in self.screen.dirty:
            self._lines[y] = "".join([buffer[y][x].data for x in columns])
        self.screen.dirty.clear()
        return "\n".join([self._lines[y] for y in range(self.screen.lines)])

    def wait(self, text):
        """Read until `text` stands on the screen."""
        end = time.monotonic() + PATIENCE
        while text not in self.text():
            alive = self.read()
            if time.monotonic() > end or (not alive and text not in self.text()):
                raise AssertionError(f"{text!r} did not appear; the screen is\n{self.text()}")

    def wait_for(self, tail):
        """Read until these bytes have come."""
        end = time.monotonic() + PATIENCE
        while tail not in self.out:
            if not self.read() or time.monotonic() > end:
                raise AssertionError(f"{tail!r} did not come")

    def press(self, keys):
        os.write(self.master, keys)

    def kill(self, number):
        os.kill(self.pid, number)

    def end(self):
        """Wait for the app to leave; its exit code, minus the signal that killed it."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.read()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                while self.read(0.1) and select.select([self.master], [], [], 0)[0]:
                    pass
                return os.waitstatus_to_exitcode(status)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        raise AssertionError(f"the app did not leave; the screen is\n{self.text()}")

    def echoes(self):
        """Whether the line discipline shows what is typed."""
        return bool(termios.tcgetattr(self.master)[3] & termios.ECHO)

    def is_restored(self):
        """Whether the line discipline and the screen are as before."""
        modes = termios.tcgetattr(self.master)
        raw_off = bool(modes[3] & termios.ICANON) and bool(modes[3] & termios.ECHO)
        ends = [self.out.rfind(mark) for mark in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l")]
        begins = [self.out.rfind(mark) for mark in (b"\x1b[?1049h", b"\x1b[?25l", b"\x1b[?1000h")]
        return raw_off and all(e > b for e, b in zip(ends, begins, strict=True))
