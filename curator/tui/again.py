"""Reflecting on one answer again while review goes on: a thread of its own, one at a time."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from textual.message import Message

from curator.conversation import Rewrite
from curator.errors import Cancelled, CuratorError
from curator.progress import Progress
from curator.review import ReviewItem
from curator.stages.base import Report, Stage
from curator.store import Store

#: Runs a stage through the runner, with the engines of the settings.
Perform = Callable[[Store, Stage, Any, Progress], Report]


#: Why there is nothing to reflect on, as of most answers that came with a file beside others.
FOLLOWED = "a reflection learns from the user turns that follow, and none does"


class Ready(Message):
    """A reflection has ended: the new rewrite, or None and why there is none."""

    def __init__(self, rewrite_id: str | None, said: str) -> None:
        super().__init__()
        self.rewrite_id = rewrite_id
        self.said = said


class Again:
    """Asks the reflector for one more proposal at a time. `close` waits for the one at work."""

    def __init__(self, store: Store, perform: Perform) -> None:
        self._store = store
        self._perform = perform
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reflector")
        #: Set once the person is leaving.
        self.stop = threading.Event()
        #: How many were asked for and have not come yet.
        self.waiting = 0

    def ask(self, item: ReviewItem, advice: str, then: Callable[[Message], Any]) -> None:
        """Have the turn of this item reflected once more, and then `then` with a `Ready`."""
        self.waiting += 1
        self._thread.submit(lambda: then(self._told(item, advice)))

    def begin(self, total: int | None, what: str) -> None:
        """`Progress`: there is nothing to show of a single reflection."""
        del total, what

    def step(self, n: int = 1, note: str = "") -> None:
        """`Progress`: raises `Cancelled` once the person is leaving."""
        del n, note
        if self.stop.is_set():
            raise Cancelled("the review was left")

    def close(self) -> None:
        """Drop what has not begun, wait for what has."""
        self.stop.set()
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _told(self, item: ReviewItem, advice: str) -> Ready:
        where = f"turn {item.turn_index + 1} of item {item.number}"
        try:
            return self._reflected(item, advice, where)
        except CuratorError as error:
            return Ready(None, f"no new proposal for {where}: {error}")
        except Exception as error:  # a bug there must not take the review down
            return Ready(None, f"no new proposal for {where}: {type(error).__name__}: {error}")
        finally:
            self.waiting -= 1

    def _reflected(self, item: ReviewItem, advice: str, where: str) -> Ready:
        from curator.stages import reflecting

        id_ = item.rewrite.conversation_id
        known = self._of(id_, item.turn_index)
        # One candidate more than there are proposals: under any terms at least one is missing.
        config = reflecting.Config(
            conversation=(id_,), turn=item.turn_index + 1, advice=advice,
            candidates=len(known) + 1, limit=1, yes=True,
        )  # fmt: skip
        report = self._perform(self._store, reflecting.STAGE, config, self)
        fresh = [r for r in self._of(id_, item.turn_index) if r.id not in {k.id for k in known}]
        if not fresh:
            none = "the reflector gave none" if report.counts.get("due") else FOLLOWED
            why = report.failures[0].reason if report.failures else none
            return Ready(None, f"no new proposal for {where}: {why}")
        tokens = sum(int(report.counts.get(f"{kind} tokens", 0)) for kind in ("prompt", "reply"))
        cost = f" ({tokens:,} tokens{_cost(report)})"
        new = fresh[-1]
        if new.verdict in ("keep", "unanswerable"):
            word = {"keep": "would keep the old answer", "unanswerable": "finds no answer"}
            return Ready(None, f"the reflector {word[new.verdict]} at {where}{cost}")
        return Ready(new.id, f"a new proposal for {where} is here{cost}; it comes next")

    def _of(self, conversation_id: str, turn: int) -> list[Rewrite]:
        return [r for r in self._store.rewrites.of(conversation_id) if r.turn_index == turn]


def _cost(report: Report) -> str:
    cost = report.data.get("cost")
    return f", {cost}" if cost else ""
