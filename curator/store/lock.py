"""One process at a time: an advisory lock on a file of its own, which dies with its process.

DuckDB's lock on the workspace is a POSIX lock: any `open` and `close` of that file in this process
drops it. A `flock` on another file has no such trap, and nobody else opens that one.
"""

import fcntl
import os
import re
import sys
import weakref
from pathlib import Path

from curator.errors import StoreError

#: The commands that are the app, as `command` tells them.
_APP = re.compile(r"\((?:hindsight-)?curator(?: (?:review|open)\b[^)]*| --?\w[^)]*)?\)$")


class Lock:
    """Held from construction to `release`, or until the process ends however it ends.

    Raises `StoreError` naming the process that holds it, or saying why the folder refuses.
    """

    _reads = False
    left_by = ""

    def __init__(self, path: Path, workspace: Path) -> None:
        self.path = path
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(refusal(workspace, error)) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._file, 4096, 0).decode("utf-8", "replace").strip()
            os.close(self._file)
            raise StoreError(held(workspace, holder or "another process")) from error
        _held.add(self)
        #: Who held it before and did not let go, as after kill -9; "" where that one did.
        self.left_by = os.pread(self._file, 4096, 0).decode("utf-8", "replace").strip()
        try:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, f"process {os.getpid()} ({command()})\n".encode(), 0)
        except OSError:
            pass  # A full disk: the lock holds all the same, only unnamed.

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
            holder = os.pread(file, 4096, 0).decode("utf-8", "replace").strip()
            os.close(file)
            raise StoreError(held(workspace, holder or "another process")) from error
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


def command() -> str:
    """How this program was called, short enough for a sentence."""
    name = Path(sys.argv[0]).name
    words = ["curator" if name == "__main__.py" else name or "python", *sys.argv[1:]]
    text = " ".join(words).encode("utf-8", "replace").decode()
    printable = "".join(c if c.isprintable() else "?" for c in text)
    return printable if len(printable) <= 80 else printable[:79] + "…"


def held(workspace: Path, holder: str) -> str:
    """The sentence for a workspace that someone else has open."""
    return (
        f"{workspace} is in use by {holder}; "
        "finish there first, or name another workspace with --workspace"
    )


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
