"""IFD of rewrites: what is read is kept, however the run ends."""

from pathlib import Path

import pytest

from curator.conversation import Conversation, Origin, Rewrite, Turn
from curator.engines import perplexity
from curator.errors import Cancelled
from curator.stages import difficulty
from curator.stages.base import Report
from curator.store import Store


class Reader:
    """A reader that finds every answer as hard."""

    model = "tiny"

    def of(self, *_texts: str) -> perplexity.Surprise | None:
        return None


class Steps:
    """Progress that is stopped at a step."""

    def __init__(self, most: int) -> None:
        self.left = most

    def begin(self, total: int | None, what: str) -> None: ...

    def step(self, n: int = 1) -> None:
        self.left -= n
        if self.left <= 0:
            raise Cancelled("stopped")


def test_who_stops_amid_a_batch_keeps_what_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(difficulty, "Perplexity", Reader)
    store = Store(tmp_path / "w.duckdb")
    chats = [
        Conversation((Turn("user", f"Why {n}?"), Turn("assistant", "So.")), Origin("made"))
        for n in range(5)
    ]
    store.conversations.add(chats)
    store.rewrites.add([Rewrite(c.id, 1, "Short.", "Because.", "m", "p") for c in chats])
    with pytest.raises(Cancelled):
        difficulty.measure(store, (None, None), (Steps(3), Report()))
    kept = store.connection.value("select count(*) from signals where name = 'ifd'")
    assert kept == 3
    store.close()
