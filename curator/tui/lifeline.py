"""When the system says stop: flush, give the terminal back, leave with 128 + the signal's number.

Textual restores the terminal on a clean exit and on Ctrl-C, but not on SIGTERM, SIGHUP or SIGQUIT;
and on a terminal that has gone its input thread would spin.
"""

import asyncio
import os
import signal
import subprocess
import sys
import termios
import threading
from collections.abc import Callable
from typing import Any

SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
#: Those that no key makes.
DEADLY = (signal.SIGTERM, signal.SIGHUP)
#: What undoes the modes that Textual sets: mouse, paste, focus, keyboard, alternate screen, cursor.
RESTORE = (
    "\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?2004l\x1b[?1004l\x1b[?2048l\x1b[<u"
    "\x1b[?7h\x1b[?1049l\x1b[?25h"
)
#: Seconds the screen may take to end after a signal before it is forced to, and seconds that all
#: else may take then: whoever shuts a system down waits for ten or more.
PATIENCE, LATER = 4.0, 5.0


class Lifeline:
    """Listens for signals while the app runs. `told` is the signal that ended it, or None."""

    def __init__(self, leave: Callable[[], Any]) -> None:
        self._leave = leave
        self._modes = _modes()
        self.told: signal.Signals | None = None
        self._watch: threading.Timer | None = None

    def hold(self, driver: Any) -> None:
        """Start listening, on the running event loop; `driver` is Textual's."""
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self.tell, number)
        # Not in the handler itself: it may have interrupted a write, whose lock it would wait for.
        loop.add_signal_handler(signal.SIGCONT, _go_on, driver)

    def tell(self, number: signal.Signals) -> None:
        """End the app as if this signal had come."""
        if self.told is not None:
            return
        self.told = number
        self._begin_watch(PATIENCE)
        self._leave()

    def run(self, command: list[str]) -> int:
        """The exit code of a program that has the terminal meanwhile, while the event loop waits
        for it. The keys that make signals are that program's own, as Ctrl-C in an editor is; a
        signal to end ends it first, and then the app."""
        if threading.current_thread() is not threading.main_thread():
            return subprocess.run(command, check=False).returncode
        child: subprocess.Popen[bytes] | None = None
        told: list[int] = []

        def hear(number: int, _: object) -> None:
            if number in DEADLY and not told:
                told.append(number)
                if child is not None:
                    _end(child, number)

        # Else the loop would be told, after the program, of keys that were meant for it.
        ear = signal.set_wakeup_fd(-1)
        before = {number: signal.signal(number, hear) for number in (*SIGNALS, signal.SIGCONT)}
        try:
            child = subprocess.Popen(command)
            if told:
                _end(child, told[0])
            return child.wait()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(ear, warn_on_full_buffer=False)
            if told:
                self.tell(signal.Signals(told[0]))

    def given_back(self) -> None:
        """The terminal is its owner's again: what is under way may take longer to end."""
        if self._watch is not None:
            self._watch.cancel()
            self._begin_watch(LATER)

    def let_go(self) -> None:
        """The exit was orderly. A thread that still waited to force one would keep the app until
        Python ends, and DuckDB's binding would call all of it leaked, on the terminal that was
        just given back."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch.join()

    def check(self) -> None:
        """Leave when the terminal has gone without a word, as over a broken line."""
        if self._modes is not None and _modes() is None:
            self.tell(signal.SIGHUP)

    def _begin_watch(self, seconds: float) -> None:
        self._watch = threading.Timer(seconds, self._force)
        self._watch.daemon = True
        self._watch.start()

    def _force(self) -> None:
        # Decisions are durable when they are acknowledged, so nothing is lost here.
        try:
            os.set_blocking(sys.__stderr__.fileno(), False)  # type: ignore[union-attr]
            os.write(sys.__stderr__.fileno(), RESTORE.encode())  # type: ignore[union-attr]
            if self._modes is not None:
                termios.tcsetattr(sys.__stdin__.fileno(), termios.TCSANOW, self._modes)  # type: ignore[union-attr]
        except (OSError, termios.error):
            pass
        os._exit(128 + int(self.told or 1))


def _end(child: "subprocess.Popen[bytes]", number: int) -> None:
    """End a program, politely first."""
    child.send_signal(number)
    last = threading.Timer(PATIENCE / 2, child.kill)
    last.daemon = True
    last.start()


def _go_on(driver: Any) -> None:
    """Take the terminal again after a stop. Textual would take it twice after one that it was not
    told of (SIGSTOP): a second thread for the keys, and modes to give back that are its own."""
    if not getattr(driver, "_auto_restart", False):
        return  # An editor has the terminal.
    keys = getattr(driver, "_key_thread", None)
    if keys is None or not keys.is_alive():
        driver.resume_application_mode()
        return
    # Without the modes of before, letting go leaves the terminal raw: while the screen waited for
    # a slow line, a key that is pressed would otherwise be echoed into the middle of it.
    before, driver.attrs_before = driver.attrs_before, None
    driver.suspend_application_mode()
    driver.resume_application_mode()
    driver.attrs_before = before


def reset() -> None:
    """Put the terminal of this process right, whatever an app that was killed has left: its
    screen, its cursor, mouse and keyboard, and what is typed shown and sent line by line."""
    os.write(sys.__stdout__.fileno(), RESTORE.encode())  # type: ignore[union-attr]
    modes = _modes()
    if modes is None:
        return
    modes[0] |= termios.BRKINT | termios.ICRNL | termios.IXON
    modes[1] |= termios.OPOST | termios.ONLCR
    modes[3] |= termios.ICANON | termios.ECHO | termios.ECHOE | termios.ISIG | termios.IEXTEN
    termios.tcsetattr(sys.__stdin__.fileno(), termios.TCSANOW, modes)  # type: ignore[union-attr]


def _modes() -> list[Any] | None:
    """The terminal's modes, or None where there is no terminal."""
    try:
        return termios.tcgetattr(sys.__stdin__.fileno())  # type: ignore[union-attr]
    except (termios.error, OSError, ValueError, AttributeError):
        return None
