"""Going into the app: what `curator open` and `curator review` do once their flags are read.

Nothing is imported here that the first picture does not need: a quarter of the time until then
would otherwise go into making the command line.
"""

import gc
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curator.errors import ConfigError, StoreError
from curator.settings import Settings, load

if TYPE_CHECKING:
    from curator.filters.views import QueueSpec
    from curator.stages.base import Report, Stage
    from curator.store import Store
    from curator.tui.house import House
    from curator.tui.told import Told

#: The commands that are the app, and the room each begins in.
SCREENS = {"open": "home", "review": "review"}
FLAGS = {
    "-w": "workspace", "--workspace": "workspace", "--reviewer": "reviewer", "--keys": "keys",
}  # fmt: skip


class Every(tuple[str, ...]):
    """Holds every name: the tables of commands that are not made here are not looked at."""

    __slots__ = ()

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str)


def at_once(typed: Sequence[str]) -> int | None:
    """Open the app where the command line is as plain as can be (its own flags, each with a value,
    and no settings or environment for them); None where the whole command line must be asked."""
    words = list(typed[1:])
    flags, values = words[::2], words[1::2]
    if not typed or typed[0] not in SCREENS or len(flags) != len(values):
        return None
    if any(f not in FLAGS or v.startswith("-") for f, v in zip(flags, values, strict=True)):
        return None
    if any(name.startswith(f"HINDSIGHT_{typed[0].upper()}_") for name in os.environ):
        return None
    settings = load(Every())
    if typed[0] in settings.commands:
        return None
    given = {FLAGS[f]: v for f, v in zip(flags, values, strict=True)}
    path = Path(given["workspace"]) if "workspace" in given else None
    return enter(settings, path, given.get("reviewer"), given.get("keys", ""), SCREENS[typed[0]])


@dataclass(frozen=True)
class Wanted:
    """The queue to review: flags as they were typed, "" where one was not."""

    queue: str = ""
    order: str = ""
    where: str = ""
    view: str = ""
    seed: int = 0
    blind: bool = False

    def spec(self, store: "Store") -> "QueueSpec":
        """The queue that is meant: the view's, but for what the flags say. Raises `ConfigError`
        for what there is not."""
        from curator.filters import both
        from curator.filters.views import QueueSpec, queue_of

        view = store.views.get(self.view) if self.view else QueueSpec()
        where = both(view.where, self.where)
        store.selecting.parsed(where)
        return queue_of(
            self.queue or view.state, self.order or view.order, where, self.seed or view.seed
        )


def enter(
    settings: Settings,
    workspace: Path | None,
    reviewer: str | None,
    keys: str,
    first: str | Wanted,
) -> int:
    """Open the app on a workspace at one of its rooms, or at a queue to review, and print what
    the session did."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConfigError(
            "the review app needs a terminal; in a script use `curator status` to look, and "
            "run `curator review` where a person can type"
        )
    path = workspace or settings.workspace
    if not path.exists():
        raise StoreError(
            f"{path}: there is no workspace yet; `curator import FILE` makes one, "
            f"`curator demo` shows the whole tour"
        )
    # What is imported until the first picture stays: to look for garbage in it only takes time.
    # The app goes on with that once the picture stands.
    gc.disable()
    try:
        from curator.tui.keymap import keymap
        from curator.tui.visits import run_app

        live = keymap(keys, settings.keys)
    except BaseException:
        gc.enable()
        raise

    def begin() -> "House":
        import getpass

        from curator.store import Store
        from curator.tui.house import House

        who = reviewer or settings.reviewer or getpass.getuser()
        house = House(Store(path), who, Doing(settings))
        house.store.let_look()
        if isinstance(first, Wanted):
            try:
                house.spec = first.spec(house.store)
                house.blind = first.blind
            except BaseException:
                house.close()
                raise
        return house

    summary = run_app(begin, "review" if isinstance(first, Wanted) else first, live)
    if summary.said:
        from curator.cli import show

        for line in summary.lines():
            print(show.plain(line))
    return summary.code


class Doing:
    """Runs stages from inside the app, with the settings of the command line."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def known(self) -> tuple[tuple[str, str], ...]:
        """Every stage that can be started, and the first line of its help."""
        from curator.stages.registry import STAGES

        return tuple((s.name, (s.config.__doc__ or "").strip().split("\n")[0]) for s in STAGES)

    def planned(self, line: str) -> "tuple[Stage, Any]":
        """The stage and config of a command line. Raises `ConfigError` for what is not one."""
        from curator.cli.stage_commands import planned

        return planned(line, self._settings)

    def perform(self, store: "Store", stage: "Stage", config: Any, progress: "Told") -> "Report":
        """Run it through the runner, with the engines of the settings."""
        from curator.engines.opened import OpenEngines
        from curator.stages.runner import perform

        engines = OpenEngines(self._settings.engines, store.calls, progress.stop)
        try:
            return perform(store, stage, config, engines, progress)
        finally:
            engines.close()
