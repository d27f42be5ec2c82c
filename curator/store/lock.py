"""One process at a time: an advisory lock on a file of its own, which dies with its process.

DuckDB's lock on the workspace is a POSIX lock: any `open` and `close` of that file in this process
drops it. A `flock` on another file has no such trap, and nobody else opens that one.

The file says who holds it: the process on its first line; then since when, and on which terminal;
then, where others may look in, the address of the socket for that.
"""

import fcntl
import os
import re
import sys
import time
import weakref
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from curator.errors import StoreError

#: The commands that are the app, as `command` tells them.
_APP = re.compile(r"\((?:hindsight-)?curator(?: (?:review|open)\b[^)]*| --?\w[^)]*)?\)$")
#: A command that only looks has the workspace for a moment: whoever comes waits until its holder
#: has had it for so many seconds.
MOMENT = 1.0


class InUse(StoreError):
    """Another process has the workspace open: `holder` in words, and the `address` of the socket
    where it lets others look in, "" where it does not."""

    def __init__(self, sentence: str, holder: str, address: str = "") -> None:
        super().__init__(sentence)
        self.holder = holder
        self.address = address


class Lock:
    """Held from construction to `release`, or until the process ends however it ends.

    Raises `InUse` naming the process that holds it, or `StoreError` saying why the folder refuses.
    """

    _reads = False
    left_by = ""

    def __init__(self, path: Path, workspace: Path) -> None:
        self.path = path
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(refusal(workspace, error)) from error
        _wait_a_moment(self._file)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise _in_use(self._file, workspace, error) from error
        _held.add(self)
        #: Who held it before and did not let go, as after kill -9; "" where that one did.
        self.left_by, _, _ = _said(self._file)
        self._say("")

    def _say(self, address: str) -> None:
        said = (f"process {os.getpid()} ({command()})", since(), address)
        with suppress(OSError):  # A full disk: the lock holds all the same, only unnamed.
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, "".join(f"{line}\n" for line in said).encode(), 0)

    def tell(self, address: str) -> None:
        """Write down where others may look in."""
        if not self._reads:
            self._say(address)

    @staticmethod
    def shared(path: Path, workspace: Path) -> "Lock | None":
        """A lock that any number of readers hold and no writer beside them, where there is a file
        to lock and it may be read. Raises `StoreError` where somebody writes."""
        try:
            file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None  # DuckDB's own lock, on the workspace itself, has to do.
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _in_use(file, workspace, error) from error
        except OSError:
            os.close(file)  # A file system without such locks.
            return None
        lock = Lock.__new__(Lock)
        lock.path, lock._file, lock._reads = path, file, True
        _held.add(lock)
        return lock

    def release(self) -> None:
        """Let the next process in. The file stays: deleting it would let two in at once."""
        if self._file >= 0:
            try:
                if not self._reads:
                    os.ftruncate(self._file, 0)
            finally:
                self.abandon()

    def abandon(self) -> None:
        """Close this process's handle only: in a forked child the parent goes on holding it."""
        _held.discard(self)
        os.close(self._file)
        self._file = -1


_held: "weakref.WeakSet[Lock]" = weakref.WeakSet()


def _abandon_all() -> None:
    for lock in tuple(_held):
        lock.abandon()


# Else a child that outlives its parent would keep the workspace locked.
os.register_at_fork(after_in_child=_abandon_all)


def _said(file: int) -> tuple[str, str, str]:
    """What the file says of its holder: the process, since when, the address of its socket."""
    lines = os.pread(file, 4096, 0).decode("utf-8", "replace").split("\n")
    who, when, address, *_ = (*(printable(line.strip()) for line in lines), "", "", "")
    return who, when, address


def _in_use(file: int, workspace: Path, error: OSError) -> StoreError:
    """The error for a file that another one has locked; closes it."""
    try:
        who, when, address = _said(file)
    finally:
        os.close(file)
    if not isinstance(error, BlockingIOError):
        return StoreError(
            f"{workspace}: its file system keeps no locks ({error.strerror}), so two processes "
            "could write at once; move the workspace to a disk of this machine"
        )
    holder = " ".join(filter(None, (who or "another process", _told(when))))
    return InUse(held(workspace, holder), holder, address)


def _wait_a_moment(file: int) -> None:
    """Wait for a holder that has only just come: most are gone in half a second."""
    mine = f"process {os.getpid()} "
    while _locked(file):
        age = time.time() - os.fstat(file).st_mtime
        if not 0 <= age < MOMENT or _said(file)[0].startswith(mine):
            return
        time.sleep(0.05)


def _locked(file: int) -> bool:
    """Whether another one has it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


def since() -> str:
    """The time and the terminal, as whoever has many of them open looks for one."""
    words = [f"{datetime.now():%Y-%m-%d %H:%M}"]
    for file in (0, 2, 1):
        with suppress(OSError):
            words.append(f"on {os.ttyname(file)}")
            if pane := os.environ.get("TMUX_PANE", ""):
                words.append(f"(tmux pane {pane})")
            break
    return " ".join(words)


def _told(when: str) -> str:
    """What `since` wrote, as part of a sentence: today goes without saying."""
    return f"since {when.removeprefix(f'{datetime.now():%Y-%m-%d} ')}" if when else ""


def printable(text: str) -> str:
    """`text` for a sentence: nothing in it that a terminal would obey."""
    return "".join(c if c.isprintable() else "?" for c in text)


def command() -> str:
    """How this program was called, short enough for a sentence."""
    name = Path(sys.argv[0]).name
    words = ["curator" if name == "__main__.py" else name or "python", *sys.argv[1:]]
    text = " ".join(words).encode("utf-8", "replace").decode()
    shown = printable(text)
    return shown if len(shown) <= 80 else shown[:79] + "…"


def held(workspace: Path, holder: str) -> str:
    """The sentence for a workspace that someone else has open."""
    # In the app every command can be started as well.
    there = "finish there first"
    if _APP.search(re.sub(r"\) since .*", ")", holder)):
        there += " or do it in that app"
    return f"{workspace} is in use by {holder}; {there}, or name another workspace with --workspace"


def cut_short(holder: str) -> list[str]:
    """The sentence on an app that was killed while it had the workspace open and the terminal
    turned to its own use; [] for any other command, which leaves nothing odd behind."""
    if not _APP.search(holder):
        return []
    return [
        f"{holder} was cut short here, as by kill -9: all that it had shown as saved is in the "
        f"workspace; `curator reset-terminal` puts a terminal right that it left odd"
    ]


def refusal(workspace: Path, error: OSError) -> str:
    """The sentence for a folder in which nothing can be created or opened."""
    folder = workspace.parent
    if isinstance(error, FileNotFoundError):
        return f"{folder} does not exist; create the folder, or name another with --workspace"
    if isinstance(error, NotADirectoryError):
        return f"{folder} is not a folder; name a file in a folder with --workspace"
    if os.path.exists(workspace):  # Path.exists raises where the folder may not be read
        return (
            f"{workspace} cannot be opened where nothing may be written beside it "
            f"({error.strerror}); copy it to a folder of yours and name the copy with --workspace"
        )
    return (
        f"{folder}: a workspace cannot be written here ({error.strerror}); "
        "use a folder you may write to, with --workspace"
    )
