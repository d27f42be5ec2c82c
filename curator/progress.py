"""How work tells what it is doing, to whoever looks: a terminal, a log, a screen, or nobody."""

from typing import Protocol


class Progress(Protocol):
    """How work tells what it is doing. `step` raises `Cancelled` when the person asked to
    stop."""

    def begin(self, total: int | None, what: str) -> None: ...

    def step(self, n: int = 1, note: str = "") -> None: ...


class Silent:
    """A `Progress` that shows nothing and never stops."""

    def begin(self, total: int | None, what: str) -> None:
        pass

    def step(self, n: int = 1, note: str = "") -> None:
        pass
