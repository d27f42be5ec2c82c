"""When the system says stop: flush, give the terminal back, leave with 128 + the signal's number.

Textual restores the terminal on a clean exit and on Ctrl-C, but not on SIGTERM, SIGHUP or SIGQUIT;
on a terminal that has gone its input thread would spin; and on one that takes nothing any more its
event loop stands still, and hears of no signal. So a thread listens beside the loop.
"""

import asyncio
import os
import select
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
#: Those that no key makes.
DEADLY = (signal.SIGTERM, signal.SIGHUP)
#: What undoes the modes that Textual sets: mouse, paste, focus, keyboard, alternate screen, cursor;
#: before them what was only half written.
RESTORE = (
    "\x1b[?2026l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?2004l\x1b[?1004l\x1b[?2048l\x1b[<u"
    "\x1b[?7h\x1b[?1049l\x1b[?25h"
)
#: Seconds the screen may take to end after a signal before it is forced to, and seconds that all
#: else may take then: whoever shuts a system down waits for ten or more.
PATIENCE, LATER = 4.0, 5.0
#: Seconds between looks at whether the terminal is still there, and for what a forced exit does.
LOOK, MOMENT = 1.0, 0.5
#: Textual's thread that writes to the terminal.
WRITER = "textual-output"


class Lifeline:
    """Listens for signals while the app runs. `told` is the signal that ended it, or None. `leave`
    ends the app, on its loop; `save` keeps what a forced exit would lose, on any thread."""

    def __init__(self, leave: Callable[[], Any], save: Callable[[], Any] = lambda: None) -> None:
        self._leave, self._save = leave, save
        self._modes = _modes()
        self.told: signal.Signals | None = None
        self._thread: threading.Thread | None = None
        self._ears = self._mouth = -1
        self._is_free, self._is_over = threading.Event(), threading.Event()

    def hold(self, driver: Any) -> None:
        """Start listening, on the running event loop; `driver` is Textual's."""
        loop = asyncio.get_running_loop()
        self._ears, self._mouth = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        for number in SIGNALS:
            loop.add_signal_handler(number, self.tell, number)
            # The loop is woken all the same; but it may be waiting for the terminal.
            signal.signal(number, self._hear)
        signal.signal(signal.SIGURG, lambda *_: None)  # `_give_back` has the writer look up by it.
        # Not in the handler itself: it may have interrupted a write, whose lock it would wait for.
        loop.add_signal_handler(signal.SIGCONT, _go_on, driver)
        self._thread = threading.Thread(target=self._listen, args=(loop,), daemon=True)
        self._thread.start()

    def tell(self, number: signal.Signals) -> None:
        """End the app as if this signal had come."""
        if self.told is not None:
            return
        self.told = number
        self._hear(number, None)
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
        self._is_free.set()

    def let_go(self) -> None:
        """The exit was orderly. A thread that still waited to force one would keep the app until
        Python ends, and DuckDB's binding would call all of it leaked, on the terminal that was
        just given back."""
        self._is_free.set()
        self._is_over.set()
        if self._thread is not None:
            os.write(self._mouth, b"\0")
            self._thread.join()
            os.close(self._ears)
            os.close(self._mouth)
            self._thread = None

    def _hear(self, number: int, _: object) -> None:
        with suppress(OSError):  # Full, and so long heard; or all is over.
            os.write(self._mouth, bytes([number]))

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wait for a signal, and then for the app to end; force it to, where it does not."""
        while not select.select([self._ears], [], [], LOOK)[0]:
            # It may have gone without a word, as over a broken line.
            if self._modes is not None and _modes() is None:
                self._hear(signal.SIGHUP, None)
                with suppress(RuntimeError):
                    loop.call_soon_threadsafe(self.tell, signal.SIGHUP)
        number = os.read(self._ears, 1)[0]
        if number and not (self._is_free.wait(PATIENCE) and self._is_over.wait(LATER)):
            self._force(number)

    def _force(self, number: int) -> None:
        # Decisions are durable when they are acknowledged, so none is lost here.
        saving = threading.Thread(target=self._save, daemon=True)
        saving.start()
        saving.join(MOMENT)
        with suppress(OSError, termios.error, AttributeError):
            _give_back(sys.__stderr__.fileno())  # type: ignore[union-attr]
        with suppress(OSError, termios.error, AttributeError):
            if self._modes is not None:
                termios.tcsetattr(sys.__stdin__.fileno(), termios.TCSANOW, self._modes)  # type: ignore[union-attr]
        os._exit(128 + number)


def _give_back(screen: int) -> None:
    """Undo the terminal's modes, also where it has taken nothing for long: whoever is just writing
    stops, and what waits to be written is dropped."""
    os.set_blocking(screen, False)
    try:
        for thread in threading.enumerate():
            if thread.name == WRITER and thread.ident is not None:
                # It looks up, finds that it may not wait, and lets go of the terminal.
                signal.pthread_kill(thread.ident, signal.SIGURG)
        time.sleep(MOMENT / 5)
        termios.tcflow(screen, termios.TCOON)
        termios.tcflush(screen, termios.TCOFLUSH)
        os.write(screen, RESTORE.encode())
    finally:
        os.set_blocking(screen, True)  # The shell's own handle is this one.


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
