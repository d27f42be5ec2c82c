"""`curator map`: the workspace as a map, in the terminal or as a file."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from curator.cli import progress, show
from curator.cli.finding import View, Where, asked_of, reviewer_of
from curator.cli.stage_commands import Json, Workspace
from curator.cli.workspace import store_of
from curator.errors import ConfigError
from curator.settings import Settings
from curator.stages.clustering import Mapped
from curator.wording import several

if TYPE_CHECKING:
    from curator.store import Store


def make(settings: Settings) -> Any:
    """The command `map`."""

    def map_(
        *,
        html: Annotated[
            Path | None, Parameter(help="Write one self-contained page that works offline.")
        ] = None,
        parquet: Annotated[
            Path | None, Parameter(help="Write a file that Embedding Atlas opens.")
        ] = None,
        unit: Annotated[
            Mapped, Parameter(help="What of a chat is a dot: first-user-turn, answer, chat.")
        ] = "first-user-turn",
        where: Where = "",
        view: View = "",
        model: Annotated[
            str, Parameter(help="Whose vectors to use (the model with the most).")
        ] = "",
        afresh: Annotated[
            bool, Parameter(negative="", help="Lay everything out anew, also what has its place.")
        ] = False,
        force: Annotated[
            bool, Parameter(negative="", help="Replace files that are there.")
        ] = False,
        reviewer: Annotated[
            str | None, Parameter(env_var="HINDSIGHT_REVIEWER", help="Who tags and reviews.")
        ] = None,
        workspace: Workspace = None,
        json: Json = False,
    ) -> int:
        """Show the workspace as a map: every chat a dot among its like, in the terminal.

        Zoom in and finer names appear; colour by cluster, verdict, source, language or signal;
        a rectangle, a cluster or the hits of a search become a tag, a review or an export. New
        chats are placed among their neighbours; those that stand stay where they are. With --where
        only what the filter finds is drawn, each dot where it stands among all.
        """
        from curator.stages.mapping import Asked

        files = [path for path in (html, parquet) if path is not None]
        _check(files, force)
        if not files and not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise ConfigError(
                "the map needs a terminal; in a script use `curator map --html FILE`, "
                "`curator map --parquet FILE` or `curator clusters --json`"
            )
        with store_of(settings, workspace, must_exist=True) as store:
            asked = asked_of(store, where, view)
            store.selecting.parsed(asked)
            with _shown() as bar:
                _bring_up(store, Asked(unit, model, 0, afresh), bar)
            if files:
                _write(store, (unit, asked), (html, parquet), json)
                return 0
            chosen = _walk(store, (unit, asked), reviewer, settings)
        if chosen is None:
            return 0
        from curator.cli.entering import Wanted, enter

        return enter(settings, workspace, reviewer, "", Wanted(where=chosen))

    return map_


@contextmanager
def _shown() -> Iterator[Any]:
    with progress.shown(progress.Stop()) as bar:
        yield bar


def _bring_up(store: "Store", asked: Any, bar: Any) -> None:
    """Lay out what has no place yet, as a run of its own where there is something to do."""
    from curator.stages import clustering
    from curator.stages.runner import perform

    config = clustering.Config(unit=asked.unit, model=asked.model, afresh=asked.afresh)
    perform(store, clustering.MAP, config, None, bar)  # type: ignore[arg-type]


def _check(files: list[Path], force: bool) -> None:
    for path in files:
        if path.exists() and not force:
            raise ConfigError(f"{path} is already there; --force replaces it")
        if not path.expanduser().absolute().parent.is_dir():
            raise ConfigError(f"{path}: there is no such folder")


def _write(
    store: "Store",
    part: tuple[Mapped, str],
    files: tuple[Path | None, Path | None],
    as_json: bool,
) -> None:
    from curator.stages.charts import write_html, write_parquet

    (unit, where), (html, parquet) = part, files
    written: dict[str, int] = {}
    with _shown() as bar:
        if html is not None:
            written[str(html)] = write_html(store, unit, html, bar, where)
        if parquet is not None:
            written[str(parquet)] = write_parquet(store, unit, parquet, bar, where)
    if as_json:
        show.print_json({"files": written})
        return
    for name, dots in written.items():
        print(f"{name}: {several(dots, 'dot')}")
    if parquet is not None:
        print(
            f"open it: embedding-atlas {parquet} --text text --x projection_x --y projection_y "
            "--neighbors neighbors"
        )


def _walk(
    store: "Store", part: tuple[str, str], reviewer: str | None, settings: Settings
) -> str | None:
    from curator.tui.keymap import keymap
    from curator.tui.map_app import run_map

    return run_map(store, part, reviewer_of(settings, reviewer), keymap("", settings.keys)["map"])
