"""What the reading room asks of the house beyond its session: passports, guidelines, copying, and
reflecting again."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.message import Message

from curator.errors import ConfigError, CuratorError
from curator.review import ReviewItem

if TYPE_CHECKING:
    from curator.store import Store
    from curator.tui.again import Again, Perform
    from curator.tui.house import Doing

#: Terminals drop what is longer than this (bytes); it goes into a file.
CLIPBOARD = 70_000


class Reading:
    """Beside one review: reads in the caller's thread, reflects in one of its own."""

    def __init__(self, store: "Store", doing: "Doing | None" = None) -> None:
        self._store = store
        self._doing = doing
        self._again: Again | None = None
        self._copied = ""

    def passport(self, item: ReviewItem) -> list[tuple[str, str]]:
        """Where the chat came from and what was said of its turn, as names and values."""
        from curator.stages.why import passport

        said = passport(self._store, item.conversation, item.turn_index, item.rewrite_id)
        for signal in item.signals:
            mark = "! " if signal.flagged else ""
            note = f" — {signal.note}" if signal.note else ""
            said.append((f"{mark}{signal.name}", f"{signal.value:g}{note}"))
        return said

    def guidelines(self) -> str | None:
        """The text of guidelines.md beside the workspace; None where there is none."""
        path = self._store.path.with_name("guidelines.md")
        try:
            return path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None

    def copy(self, what: str, text: str, send: Callable[[str], Any]) -> str:
        """Give the text to the terminal's clipboard, or where it is too long, or asked for a
        second time, into a file; what was done, in words."""
        size = len(text.encode("utf-8", "replace"))
        if size <= CLIPBOARD and text != self._copied:
            self._copied = text
            send(text)
            return f"{what} is on the clipboard; once more writes it to a file"
        self._copied = ""
        path = self._store.path.with_name("copied.txt")
        try:
            path.write_text(text, encoding="utf-8", errors="surrogatepass")
        except OSError:
            path = Path(tempfile.gettempdir()) / "curator-copied.txt"
            path.write_text(text, encoding="utf-8", errors="surrogatepass")
        return f"{what} is in {path}"

    def reflect_again(self, item: ReviewItem, advice: str, then: Callable[[Message], Any]) -> str:
        """Have a further proposal made for the item's turn; `then` is told when it is there. What
        was begun, in words."""
        if self._doing is None:
            return "there is no reflector in this session; `curator reflect` makes proposals"
        if self._again is None:
            from curator.tui.again import Again

            self._again = Again(self._store, self._performer(self._doing))
        self._again.ask(item, advice, then)
        before = f", {self._again.waiting - 1} before it" if self._again.waiting > 1 else ""
        told = f" · “{advice}”" if advice else ""
        return f"reflecting again{before}; go on, it comes when it is ready{told}"

    @property
    def is_reflecting(self) -> bool:
        """Whether a reflection was asked for and has not come yet."""
        return self._again is not None and self._again.waiting > 0

    def close(self) -> None:
        """Wait for what is being reflected."""
        if self._again is not None:
            self._again.close()

    def _performer(self, doing: "Doing") -> "Perform":
        def perform(store: Any, stage: Any, config: Any, progress: Any) -> Any:
            if store.run_id is not None:
                raise ConfigError("a stage is at work; ask again when it has ended")
            return doing.perform(store, stage, config, progress)

        return perform


def or_why_not(read: Callable[[], Any]) -> tuple[Any, str]:
    """What was read, or None and why not."""
    try:
        return read(), ""
    except CuratorError as error:
        return None, str(error)
    except Exception as error:  # shown, not raised: the keys stay alive
        return None, f"{type(error).__name__}: {error}"
