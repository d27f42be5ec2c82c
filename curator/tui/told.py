"""How far work is that goes on behind the screens: plain numbers, for a screen to look at."""

import threading
import time
from dataclasses import dataclass, field

from curator.errors import Cancelled

#: So long (seconds) work that nobody asked for rests after each step; and so long after a key was
#: pressed.
BREATH, TYPING = 0.003, 0.25


@dataclass
class Told:
    """A stage's progress, as the last thing it told: plain numbers that a screen looks at."""

    line: str
    what: str = "starting"
    total: int | None = None
    done: int = 0
    note: str = ""
    started: float = field(default_factory=time.monotonic)
    #: When the present stretch of work began.
    since: float = field(default_factory=time.monotonic)
    ended: float | None = None
    said: tuple[str, ...] = ()
    error: str | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    #: Nothing is said of it before it has begun something that is counted.
    shy: bool = False

    def begin(self, total: int | None, what: str) -> None:
        """A stretch of work begins."""
        self.total, self.what, self.done = total, what, 0
        self.since = time.monotonic()

    def step(self, n: int = 1, note: str = "") -> None:
        """So much is done. Raises `Cancelled` when the person asked to stop."""
        self.done += n
        self.note = note or self.note
        if self.stop.is_set():
            raise Cancelled("stopped; what was finished is kept, the same command goes on")

    @property
    def running(self) -> bool:
        """Whether it is still at work."""
        return self.ended is None

    @property
    def seconds(self) -> float:
        """How long it has taken."""
        return (self.ended or time.monotonic()) - self.started

    @property
    def rate(self) -> float:
        """How much of the present stretch is done in a second."""
        return self.done / max((self.ended or time.monotonic()) - self.since, 0.001)


class Aside(Told):
    """The same for work that nobody asked for: it gives way to whoever types."""

    #: When a key was pressed last.
    typed: float = 0.0

    def step(self, n: int = 1, note: str = "") -> None:
        """`Told.step`, after a pause where somebody types."""
        super().step(n, note)
        time.sleep(BREATH)
        while time.monotonic() - self.typed < TYPING and not self.stop.is_set():
            time.sleep(TYPING / 5)
