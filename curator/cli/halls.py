"""`curator open`: all rooms of a workspace in one app; and the app behind `curator review`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from curator.cli.workspace import path_of
from curator.errors import ConfigError, StoreError
from curator.settings import Settings

if TYPE_CHECKING:
    from curator.stages.base import Report, Stage
    from curator.store import Store
    from curator.tui.house import House, Told

Workspace = Annotated[
    Path | None,
    Parameter(
        name=["--workspace", "-w"],
        env_var="HINDSIGHT_WORKSPACE",
        help="The workspace file (curator.duckdb in this folder where nothing else is said).",
    ),
]
Reviewer = Annotated[
    str | None,
    Parameter(
        env_var="HINDSIGHT_REVIEWER",
        help="Whose decisions these are (your login name where nothing is said; shown on screen).",
    ),
]
Keys = Annotated[
    str,
    Parameter(help="A preset of keys: prodigy (the default), argilla, labelstudio or vim."),
]


def open_(settings: Settings) -> Any:
    """`curator open`."""

    def open_(*, workspace: Workspace = None, reviewer: Reviewer = None, keys: Keys = "") -> int:
        """Open the app at home: what is due, the library, runs, history, and the review."""
        return enter(settings, workspace, reviewer, keys, "home")

    return open_


def review(settings: Settings) -> Any:
    """`curator review`."""

    def review(*, workspace: Workspace = None, reviewer: Reviewer = None, keys: Keys = "") -> int:
        """Judge rewrites: old and new side by side, one key decides, everything can be undone."""
        return enter(settings, workspace, reviewer, keys, "review")

    return review


def enter(
    settings: Settings, workspace: Path | None, reviewer: str | None, keys: str, first: str
) -> int:
    """Open the app on a workspace at one of its rooms, and print what the session did."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConfigError(
            "the review app needs a terminal; in a script use `curator status` to look, and "
            "run `curator review` where a person can type"
        )
    path = path_of(settings, workspace)
    if not path.exists():
        raise StoreError(
            f"{path}: there is no workspace yet; `curator import FILE` makes one, "
            f"`curator demo` shows the whole tour"
        )
    from curator.tui.app import run_app
    from curator.tui.keymap import keymap

    live = keymap(keys, settings.keys)

    def begin() -> "House":
        import getpass

        from curator.store import Store
        from curator.tui.house import House

        who = reviewer or settings.reviewer or getpass.getuser()
        return House(Store(path), who, Doing(settings))

    summary = run_app(begin, first, live)
    if summary.said:
        from curator.cli import show

        for line in summary.lines():
            print(show.plain(line))
    return 0


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
