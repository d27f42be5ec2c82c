"""The commands that are no stage: look, review, chat, and care for models and workspace."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from curator.cli import entering, finding, halls, history, resetting, show, twins, weighing
from curator.cli.halls import Reviewer
from curator.cli.stage_commands import Json, Workspace
from curator.cli.workspace import path_of, store_of
from curator.settings import Settings
from curator.wording import several

#: Where the hand-made commands stand among the stages.
ORDER = (
    "demo", "import", "generate", "fix", "reflect", "score", "rules", "dedup", "embed", "clusters",
    "map", "diversity", "similar", "select", "review", "compare", "export", "why", "train", "eval",
    "chat",
)  # fmt: skip

Make = Callable[[Settings], Any]


def begin(settings: Settings) -> Any:
    """`curator` alone."""

    def begin(*, workspace: Workspace = None, reviewer: Reviewer = None) -> int:
        """Open the review app, or say how to begin when there is nothing to review."""
        path = path_of(settings, workspace)
        if path.exists():
            return entering.enter(settings, workspace, reviewer, "", "due")
        print(
            f"There is no workspace here yet ({path}).\n\n"
            f"  curator demo                 the whole tour, on sample chats\n"
            f"  curator import FILE…         bring your own chats\n"
            f"  curator generate             make new ones from topics\n"
            f"  curator --help               all commands"
        )
        return 0

    return begin


def status(settings: Settings) -> Any:
    """`curator status`."""

    def status(*, workspace: Workspace = None, json: Json = False) -> int:
        """Show what is in the workspace, the last runs, and what to do next."""
        from curator.overview import overview

        with store_of(settings, workspace, must_exist=True, look=True) as store:
            seen = overview(store)
        if json:
            told = {"blind": seen.blind} if seen.blind else {}
            show.print_json(
                {"workspace": str(store.path), **seen.counts, **told, "next": seen.next}
            )
            return 0
        show.table((str(store.path), ""), list(seen.counts.items()))
        if seen.runs:
            show.table(("run", "stage", "state", "when", "took"), seen.runs)
        for reviewer, said in seen.blind.items():
            print(show.plain(f"{reviewer}: {' '.join(said)}"))
        print(f"Next: {seen.next}")
        return 0

    return status


def failures(settings: Settings) -> Any:
    """`curator failures`."""

    def failures(
        run: Annotated[int | None, Parameter(help="A run's number (the last that failed).")] = None,
        *,
        raw: Annotated[
            bool, Parameter(negative="", help="Show the text that could not be used.")
        ] = False,
        workspace: Workspace = None,
        json: Json = False,
    ) -> int:
        """List what a run could not do, and why."""
        with store_of(settings, workspace, must_exist=True, look=True) as store:
            runs = store.runs.latest(1000)
            ids = [r.id for r in runs] if run is None else [run]
            found = next((f for i in ids if (f := store.runs.failures(i))), [])
        if json:
            show.print_json(
                {
                    "failures": [
                        {"target": f.target, "reason": f.reason, "raw": f.raw} for f in found
                    ]
                }
            )
        elif not found:
            print("nothing failed")
        else:
            rows = [(f.target, f.reason, f.raw) if raw else (f.target, f.reason) for f in found]
            show.table(("what", "why", "text")[: 3 if raw else 2], rows)
        return 0

    return failures


def doctor(settings: Settings) -> Any:
    """`curator doctor`."""

    def doctor(
        *,
        repair: Annotated[
            bool,
            Parameter(negative="", help="First write the journal and the verdicts anew."),
        ] = False,
        workspace: Workspace = None,
        json: Json = False,
    ) -> int:
        """Check the environment, the models, the name and the workspace's health."""
        from curator.doctor import examine

        if repair:
            from curator.store.health import repair as put_right

            with store_of(settings, workspace, must_exist=True) as store:
                for line in put_right(store):
                    print(line, file=sys.stderr)
        checks = examine(settings, path_of(settings, workspace))
        if json:
            show.print_json(
                {"checks": [{"check": c.name, "ok": c.ok, "finding": c.finding} for c in checks]}
            )
        else:
            show.table(
                ("", "check", "finding"),
                [("ok" if c.ok else "!!", c.name, c.finding) for c in checks],
            )
        return 0 if all(c.ok for c in checks) else 4

    return doctor


def backup(settings: Settings) -> Any:
    """`curator backup`."""

    def backup(destination: Path, /, *, workspace: Workspace = None) -> int:
        """Copy the whole workspace to a file, counted before it gets its name.

        Parameters
        ----------
        destination
            The file to write; one that is there is replaced when the copy is whole.
        """
        with store_of(settings, workspace, must_exist=True, look=True) as store:
            rows = store.backup(destination)
        print(show.plain(f"{destination}: {several(rows, 'row')} copied"))
        return 0

    return backup


def models(_: Settings) -> Any:
    """`curator models get` and `curator models list`."""
    app = App(name="models", help="Fetch and list the models that run on this machine.")

    @app.command(name="list")
    def list_(*, json: Json = False) -> int:
        """List the embedded models, and which of them are here."""
        from curator.engines import models

        here = models.installed()
        rows = [
            (m.name, m.about, m.license, str(here.get(m.name, "not fetched")))
            for m in models.CATALOGUE.values()
        ]
        if json:
            show.print_json({"models": [dict(zip(MODEL_COLUMNS, r, strict=True)) for r in rows]})
        else:
            show.table(MODEL_COLUMNS, rows)
        return 0

    @app.command
    def get(
        names: Annotated[
            tuple[str, ...], Parameter(help="Which (all where none is named).", negative=())
        ] = (),
    ) -> int:
        """Fetch models and check them; what is already here is not fetched again."""
        from curator.cli.progress import Stop, shown
        from curator.engines import models

        with shown(Stop()) as bar:
            for name in names or tuple(models.CATALOGUE):
                path = models.get(name, bar)
                print(f"{name}: {path}")
        return 0

    return app


MODEL_COLUMNS = ("model", "what it is for", "licence", "where")


def engines(settings: Settings) -> Any:
    """`curator engines test`."""
    app = App(
        name="engines", help="The endpoints that play the roles of [engines] in curator.toml."
    )

    @app.command
    def test(*, workspace: Workspace = None, json: Json = False) -> int:
        """Call each role's model once and print what was found."""
        from curator.cli.progress import Stop, shown
        from curator.cli.workspace import opened
        from curator.engines.probe import COLUMNS, probe

        stop = Stop()
        with opened(settings, workspace, stop) as (_, engines), shown(stop) as bar:
            rows = probe(engines, bar)
        if json:
            show.print_json({"engines": [dict(zip(COLUMNS, row, strict=True)) for row in rows]})
        else:
            show.table(COLUMNS, rows)
        return 0

    return app


def chat(settings: Settings) -> Any:
    """`curator chat`."""
    from curator.cli.chatting import make

    return make(settings)


def demo(settings: Settings) -> Any:
    """`curator demo`."""
    from curator.cli.touring import make

    return make(settings)


def map_(settings: Settings) -> Any:
    """`curator map`."""
    from curator.cli.mapping import make

    return make(settings)


FLOW: dict[str, Make] = {"demo": demo, "map": map_, "review": halls.review, "chat": chat}
AROUND: dict[str, Make] = {
    "duplicates": twins.duplicates, "restore": twins.restore,
    **finding.COMMANDS,
    "open": halls.open_, "history": history.history, "rollback": history.rollback,
    "snapshot": history.snapshot,
    "signals": weighing.signals,
    "status": status, "failures": failures, "doctor": doctor, "backup": backup,
    "reset-terminal": resetting.reset_terminal,
    "models": models, "engines": engines,
}  # fmt: skip
COMMANDS = (*FLOW, *AROUND)
