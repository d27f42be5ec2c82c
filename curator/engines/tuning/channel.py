"""How the training process talks to its parent, and notices that the parent is gone."""

import os
import signal
import sys
import threading
from contextlib import suppress
from typing import Any

import msgspec

#: Seconds that a dying process has for its last checkpoint once nobody listens any more.
GRACE = 120.0


class Channel:
    """Standard output, kept for events: what libraries print goes to standard error."""

    def __init__(self) -> None:
        self._out = os.dup(1)
        os.dup2(2, 1)
        sys.stdout = sys.stderr

    def tell(self, event: str, **facts: Any) -> None:
        """One JSON line. A parent that is gone is no reason to fail: the work is on disk."""
        line = msgspec.json.encode({"event": event, **facts}, enc_hook=str) + b"\n"
        with suppress(OSError):
            os.write(self._out, line)


class Stop:
    """Asked to stop by SIGTERM or by the parent's death: the step at work is finished and saved.

    The parent holds the other end of our standard input: when it is gone, for whatever reason and
    on any system, the pipe ends.
    """

    def __init__(self) -> None:
        self.asked = False
        signal.signal(signal.SIGTERM, self._ask)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=self._watch, daemon=True).start()

    def _ask(self, *_: object) -> None:
        self.asked = True

    def _watch(self) -> None:
        _die_with_parent()
        while os.read(0, 4096):
            pass
        self.asked = True
        threading.Event().wait(GRACE)
        os._exit(143)


def _die_with_parent() -> None:
    """On Linux ask the kernel too, for a parent that left the pipe open in another process."""
    if sys.platform == "linux":
        import ctypes

        set_parent_death_signal = 1
        ctypes.CDLL(None, use_errno=True).prctl(set_parent_death_signal, signal.SIGTERM)
