"""Opening what a command works on: the workspace and the engines."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING

from curator.cli.progress import Stop, shown
from curator.errors import Cancelled, StoreError
from curator.progress import Progress
from curator.settings import Settings

if TYPE_CHECKING:
    from curator.engines.opened import OpenEngines
    from curator.store import Store

#: What to do about words that take long.
INDEX = "`curator search WORDS` makes an index of them once, and words take a moment from then on"


def path_of(settings: Settings, typed: Path | None) -> Path:
    """The workspace that is meant."""
    return typed or settings.workspace


@contextmanager
def store_of(
    settings: Settings, typed: Path | None, must_exist: bool = False, look: bool = False
) -> Iterator["Store"]:
    """The open workspace, made where there is none unless it must exist. Whoever only wants to
    `look` is shown one that another process has open, too."""
    path = path_of(settings, typed)
    if must_exist and not path.exists():
        raise StoreError(
            f"{path}: there is no workspace yet; `curator import FILE` makes one, "
            f"`curator demo` shows the whole tour"
        )
    from curator.store import Store

    with Store(path, look) as store:
        store.let_look()
        store.connection.who = settings.reviewer or getuser()
        for notice in store.notices:
            print(f"curator: {notice}", file=sys.stderr)
        store.searching.shown = reading
        yield store
        for notice in store.searching.notices:
            print(f"curator: {notice}", file=sys.stderr)


@contextmanager
def reading() -> Iterator[Progress]:
    """Where to tell how far one is with reading texts for words, and what makes that needless.
    Ctrl-C stops it."""
    with shown(Stop()) as bar:
        try:
            yield bar
        except Cancelled:
            raise Cancelled(f"stopped before all texts were read; {INDEX}") from None
    print(f"curator: the texts themselves were read; {INDEX}", file=sys.stderr)


@contextmanager
def opened(
    settings: Settings, typed: Path | None, stop: Stop
) -> Iterator[tuple["Store", "OpenEngines"]]:
    """The workspace and the engines of its settings, closed at the end."""
    from curator.engines.opened import OpenEngines

    with store_of(settings, typed) as store:
        engines = OpenEngines(settings.engines, store.calls, stop.asked)
        try:
            yield store, engines
        finally:
            engines.close()
