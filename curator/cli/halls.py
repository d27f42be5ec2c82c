"""`curator open`: all rooms of a workspace in one app; and the app behind `curator review`."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from curator.cli.entering import Wanted, enter
from curator.cli.finding import Order, Queue, View, Where
from curator.settings import Settings

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

    def review(
        *,
        queue: Queue = "",
        order: Order = "",
        where: Where = "",
        view: View = "",
        seed: Annotated[int, Parameter(help="Another draw of --order random.")] = 0,
        blind: Annotated[
            bool, Parameter(help="Begin blind: nothing tells the old answer from the new.")
        ] = False,
        workspace: Workspace = None,
        reviewer: Reviewer = None,
        keys: Keys = "",
    ) -> int:
        """Judge rewrites: old and new side by side, one key decides, everything can be undone.

        Without flags: what is pending, as it was made, what signals warn of last. The app copies
        the queue that is on the screen as such a command (P).
        """
        wanted = Wanted(queue, order, where, view, seed, blind)
        return enter(settings, workspace, reviewer, keys, wanted)

    return review
