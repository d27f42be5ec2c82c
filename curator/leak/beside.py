"""The same search in a process of its own, for one that is to stay small.

The dictionary by which Chinese is cut into words takes 40 MB, which no process gives back. So a
screen has Chinese texts looked through by a second process, which ends by itself after some seconds
without a question, and is begun anew by the next one. Other texts need no dictionary, and are
looked through at once.
"""

import re
import socket
import struct
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from curator.conversation import Turn
from curator.leak.detector import LeakSpan, find

if TYPE_CHECKING:
    import subprocess

#: Seconds without a question after which the second process ends; and so long the first one waits
#: for an answer before it looks by itself.
IDLE, PATIENCE = 20.0, 30.0
#: What `words.units` has cut by the dictionary.
_CUT = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LENGTH = struct.Struct("!I")


class Asked(msgspec.Struct, frozen=True, array_like=True):
    """What `find` is given; of later turns their roles and contents."""

    old: str
    new: str
    before: tuple[str, ...]
    later: tuple[tuple[str, str], ...]


class Beside:
    """Asks the second process, and begins it where there is none. May be used by any thread."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._line: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def find(
        self, old: str, new: str, before: Sequence[str], later: Sequence[Turn]
    ) -> tuple[LeakSpan, ...]:
        """`detector.find`: here where no text is Chinese, or where nobody answers."""
        texts = (old, new, *before, *(turn.content for turn in later))
        if not any(not text.isascii() and _CUT.search(text) for text in texts):
            return find(old, new, before, later)
        said = tuple((turn.role, turn.content) for turn in later)
        with self._guard:
            # The one that is there may be ending just now: a second one is not.
            for _ in range(2):
                # A text that is no UTF-8 cannot be sent.
                with suppress(OSError, EOFError, msgspec.MsgspecError, UnicodeError):
                    return self._ask(Asked(old, new, tuple(before), said))
                self._end()
        return find(old, new, before, later)

    def close(self) -> None:
        """End the second process, if there is one."""
        with self._guard:
            self._end()

    def _ask(self, asked: Asked) -> tuple[LeakSpan, ...]:
        question = msgspec.msgpack.encode(asked)
        line = self._line or self._begin()
        _send(line, question)
        return msgspec.msgpack.decode(_receive(line), type=tuple[LeakSpan, ...])

    def _begin(self) -> socket.socket:
        import subprocess
        import sys

        ours, theirs = socket.socketpair()
        with theirs:
            ours.settimeout(PATIENCE)
            self._line = ours
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "curator.leak"],
                stdin=theirs.fileno(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                # Neither a key nor the end of the terminal is meant for it.
                start_new_session=True,
            )  # fmt: skip
        return ours

    def _end(self) -> None:
        if self._line is not None:
            self._line.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._line = self._process = None


def answer() -> None:
    """Be the second process: answer what comes by standard input, a socket, until nobody asks."""
    line = socket.socket(fileno=0)
    line.settimeout(IDLE)
    with suppress(OSError, EOFError):
        while True:
            asked = msgspec.msgpack.decode(_receive(line), type=Asked)
            later = [Turn(role, content) for role, content in asked.later]  # type: ignore[arg-type]
            found = find(asked.old, asked.new, asked.before, later)
            _send(line, msgspec.msgpack.encode(found))


def _send(line: socket.socket, message: bytes) -> None:
    line.sendall(_LENGTH.pack(len(message)) + message)


def _receive(line: socket.socket) -> bytes:
    """The next message. Raises `EOFError` where the other end has gone."""
    (length,) = _LENGTH.unpack(_exactly(line, _LENGTH.size))
    return _exactly(line, length)


def _exactly(line: socket.socket, size: int) -> bytes:
    found = bytearray()
    while len(found) < size:
        part = line.recv(size - len(found))
        if not part:
            raise EOFError
        found += part
    return bytes(found)
