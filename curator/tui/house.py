"""What stands behind the screens: the open workspace, its threads, and the stage at work.

A screen never waits: it asks the house to look something up (a thread of its own, with its own
cursor) or to do something (one thread, in order), and is told when that is done.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from curator.errors import ConfigError, CuratorError
from curator.tui.told import Aside, Told
from curator.wording import counted, several

if TYPE_CHECKING:
    from curator.filters.views import QueueSpec
    from curator.review import Session
    from curator.stages.base import Report, Stage
    from curator.store import Store
    from curator.tui.work import Work


#: From so many texts on that the search index lacks, it is brought up to date by itself.
WORTH = 20_000


class Doing(Protocol):
    """How stages are run from inside: made by whoever knows the settings."""

    def planned(self, line: str) -> "tuple[Stage, Any]":
        """The stage and config of a command line such as `reflect --limit 10`. Raises
        `ConfigError` for what is not one."""
        ...

    def perform(self, store: "Store", stage: "Stage", config: Any, progress: "Told") -> "Report":
        """Run it through the runner."""
        ...

    def known(self) -> tuple[tuple[str, str], ...]:
        """Every stage: its name and what it does."""
        ...


class House:
    """The open workspace and the threads beside the screen."""

    def __init__(self, store: "Store", reviewer: str, doing: Doing | None = None) -> None:
        self.store = store
        self.reviewer = store.connection.who = reviewer
        self.doing = doing
        store.searching.shown = None  # the terminal is the app's
        #: The stage that is at work, or the last one that was.
        self.told: Told | None = None
        #: The queue that the review begins with, where it is not the plain one.
        self.spec: QueueSpec | None = None
        #: Whether the review is to begin blind.
        self.blind = False
        self.session: Session | None = None
        self.work: Work | None = None
        #: The search index being made, and objections being weighed, or how that ended.
        self.indexing: Aside | None = None
        #: The act on many things that is being done, or the last one that was.
        self.acting: Told | None = None
        self.weighing: Aside | None = None
        #: Called in the stage's thread when a stage has ended, while the house stands.
        self.when_ended: Callable[[Told], Any] | None = None
        self._aside: list[threading.Thread] = []
        self._closing = False
        self._lookers = ThreadPoolExecutor(1, thread_name_prefix="looker")
        self._doers = ThreadPoolExecutor(1, thread_name_prefix="doer")
        self._stage: threading.Thread | None = None

    def look(self, read: Callable[[], Any], then: Callable[[Any, str | None], Any]) -> None:
        """Have a thread read; `then` is called there with the result, or with what went wrong."""
        self._lookers.submit(_told, read, then)

    def do(self, act: Callable[[], Any], then: Callable[[Any, str | None], Any]) -> None:
        """The same for what writes: one after the other, in order."""
        self._doers.submit(_told, act, then)

    def do_long(
        self, line: str, act: Callable[[Told], Any], then: Callable[[Any, str | None], Any]
    ) -> Told:
        """`do` for what may take long: it is handed what it tells its progress to."""
        told = self.acting = Told(line)

        def acted() -> Any:
            try:
                return act(told)
            finally:
                told.ended = time.monotonic()

        self.do(acted, then)
        return told

    def review(self) -> "tuple[Session, Work]":
        """The session of this reviewer, begun on the first call. May take a moment."""
        from curator.review import open_session
        from curator.tui.work import Work, tidy

        if self.session is None or self.work is None:
            given = () if self.spec is None else (self.spec,)
            self.session = open_session(self.store.desk, self.reviewer, *given)
            self.work = Work(self.session)
            self.store.decisions.batching.then = tidy
        return self.session, self.work

    def start(self, line: str) -> Told:
        """Begin a stage in a thread of its own. Raises `ConfigError` for a line that cannot be
        run, and while another stage is at work."""
        if self.doing is None:
            raise ConfigError("stages cannot be run from here; use the command line")
        if self.told is not None and self.told.running:
            raise ConfigError(f"{self.told.line} is still at work; wait, or cancel it first")
        stage, config = self.doing.planned(line)
        told = self.told = Told(line.strip())
        self._stage = threading.Thread(
            target=self._perform, args=(stage, config, told), name="stage", daemon=True
        )
        self._stage.start()
        return told

    def refresh_index(self) -> None:
        """Have a thread bring the search index up to date, where that is worth it, none does so
        already, and the person has not stopped it before."""
        if not self.store.read_only and self._may_begin(self.indexing):
            told = self.indexing = Aside("search index", "what is not indexed yet counted")
            self._begin(self._index, told)

    def weigh_objections(self, then: Callable[[Told], Any]) -> "Told | None":
        """Have a thread weigh the objections to what no rewrite's was weighed of yet, and then call
        `then`; None where nothing is missing, or the person has stopped it before."""
        missing = self.store.objections.missing()
        if missing and self._may_begin(self.weighing):
            told = self.weighing = Aside("objections", "objections weighed", missing)
            self._begin(self._weigh, told, then)
        told_now = self.weighing
        return told_now if missing and told_now is not None and told_now.running else None

    def weighed(self) -> str:
        """How much of what the order `objections` goes by is weighed, where not all of it is; ""
        else."""
        told = self.weighing
        if told is None or not told.total or told.said:
            return ""
        return f"{told.done / told.total:.0%} weighed"

    def hear(self) -> None:
        """A key was pressed: what nobody asked for gives way."""
        for told in (self.indexing, self.weighing):
            if told is not None:
                told.typed = time.monotonic()

    @property
    def at_work(self) -> Told | None:
        """The stage at work; else what nobody asked for, where that is."""
        each = (self.told, self.acting, self.weighing, self.indexing)
        return next((told for told in each if told is not None and told.running), None)

    def _may_begin(self, before: Told | None) -> bool:
        stopped = before is not None and (before.running or before.stop.is_set())
        return not self._closing and not stopped

    def _begin(self, work: Callable[..., None], told: Told, *more: Any) -> None:
        thread = threading.Thread(target=work, args=(told, *more), name=told.line, daemon=True)
        self._aside.append(thread)
        thread.start()

    def indexed(self) -> str:
        """How far the search index is, where it is being made; "" else."""
        told = self.indexing
        if told is None or not told.running or not told.total:
            return ""
        share = told.done / told.total
        return f"(the index lacks {1 - share:.0%} of what is new; that is read, which takes longer)"

    def given_up(self) -> list[str]:
        """What there is to say of an index that was of no use; said once."""
        said, self.store.searching.notices[:] = [*self.store.searching.notices], []
        return said

    def close(self) -> None:
        """Stop what runs, wait for what writes, close the workspace."""
        self._closing = True
        for told in (self.indexing, self.weighing, self.acting):
            if told is not None:
                told.stop.set()
        for thread in self._aside:
            thread.join()
        if self.told is not None:
            self.told.stop.set()
        if self._stage is not None:
            self._stage.join()
        self._lookers.shutdown(wait=True, cancel_futures=True)
        self._doers.shutdown(wait=True)
        try:
            if self.work is not None:
                self.work.close()
        finally:
            self.store.close()

    def _perform(self, stage: "Stage", config: Any, told: Told) -> None:
        assert self.doing is not None
        try:
            report = self.doing.perform(self.store, stage, config, told)
            numbers = [counted(value, name) if isinstance(value, int) else f"{name}: {value}"
                       for name, value in report.counts.items()]  # fmt: skip
            told.said = (*numbers, *report.lines, *(f"failed: {f.target}: {f.reason}"
                                                    for f in report.failures[:5]))  # fmt: skip
        except CuratorError as error:
            told.error = str(error)
        except Exception as error:  # a bug in a stage must not take the screen down
            told.error = f"{type(error).__name__}: {error}"
        finally:
            told.ended = time.monotonic()
            self.refresh_index()
            if self.when_ended is not None and not self._closing:
                self.when_ended(told)

    def _index(self, told: Aside) -> None:
        searching = self.store.searching
        with _telling(told):
            if searching.coverage().missing >= WORTH and not told.stop.is_set():
                told.said = (f"{several(searching.build(told), 'text')} indexed",)

    def _weigh(self, told: Aside, then: Callable[[Told], Any]) -> None:
        with _telling(told):
            told.said = (f"{self.store.objections.weigh(None, told):,} objections weighed",)
        if not self._closing:
            then(told)


@contextmanager
def _telling(told: Aside) -> Iterator[None]:
    """Has the list of runs tell how work beside the screen ended: neither an index nor an order is
    ever worth the screen."""
    try:
        yield
    except CuratorError as error:
        told.error = str(error)
    except Exception as error:  # a bug, told in the same list
        told.error = f"{type(error).__name__}: {error}"
    finally:
        told.ended = time.monotonic()


def _told(act: Callable[[], Any], then: Callable[[Any, str | None], Any]) -> None:
    result, error = None, None
    try:
        result = act()
    except CuratorError as problem:
        error = str(problem)
    except Exception as problem:  # shown, not raised: the screen stays alive
        error = f"{type(problem).__name__}: {problem}"
    then(result, error)
