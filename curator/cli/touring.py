"""`curator demo`: the whole tour on sample chats, with a person at the keys or unattended."""

import sys
import time
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from curator.cli import show
from curator.cli.progress import Stop, shown
from curator.cli.workspace import opened
from curator.settings import Settings

FOLDER = Path("curator-demo")


def make(settings: Settings) -> Any:
    """The command `demo`."""

    def demo(
        *,
        tui: Annotated[
            bool, Parameter(help="Open the review app at its place (otherwise a script decides).")
        ] = True,
        folder: Annotated[Path, Parameter(help="Where the demo's workspace goes.")] = FOLDER,
        turns: Annotated[int, Parameter(help="How many answers to reflect on.")] = 6,
        steps: Annotated[int, Parameter(help="How many training steps (without the app).")] = 4,
    ) -> int:
        """Show the whole tour on sample chats: import, reflect, check, review, export, train, chat.

        Runs on the embedded model: no key, and no network once the models are fetched.
        """
        folder.mkdir(parents=True, exist_ok=True)
        workspace = folder / "curator.duckdb"
        if tui:
            return _attended(settings, workspace, turns)
        return _unattended(settings, workspace, turns, steps)

    return demo


def _attended(settings: Settings, workspace: Path, turns: int) -> int:
    from curator import tour
    from curator.cli.entering import enter
    from curator.errors import ConfigError

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConfigError(
            "the demo opens the review app, which needs a terminal; without one "
            "`curator demo --no-tui` runs the tour to the end"
        )
    stop = Stop()
    with opened(settings, workspace, stop) as (store, engines):
        _fetch(stop)
        _walk(tour.to_review(turns), store, engines, stop)
    enter(settings, workspace, None, "", "review")
    print(
        f"\nGo on with:\n"
        f"  curator export -w {workspace} --format alpaca --out demo.json\n"
        f"  curator train  -w {workspace}\n"
        f"  curator chat   -w {workspace} --adapter latest\n"
        f"or see it all at once: curator demo --no-tui"
    )
    return 0


def _unattended(settings: Settings, workspace: Path, turns: int, steps: int) -> int:
    from curator import tour

    stop = Stop()
    with opened(settings, workspace, stop) as (store, engines):
        _fetch(stop)
        rows = _walk(tour.to_review(turns), store, engines, stop)
        started = time.monotonic()
        made = tour.decide_by_script(store)
        words = (
            f"SCRIPTED decisions, not a person's: {made['accept']} accept, {made['reject']} reject"
        )
        rows.append(("review", words, _took(started)))
        rows += _walk(tour.after_review(workspace.parent, steps), store, engines, stop)
        started = time.monotonic()
        rows.append(("chat", f"the tuned model: {_reply(store, engines)}", _took(started)))
    print()
    show.table(("stage", "what it did", "took"), rows)
    print(f"The workspace is {workspace}; `curator review -w {workspace}` opens it.")
    return 0


def _fetch(stop: Stop) -> None:
    from curator.engines import models

    with shown(stop) as bar:
        for name in models.CATALOGUE:
            models.get(name, bar)


def _walk(steps: list[Any], store: Any, engines: Any, stop: Stop) -> list[tuple[str, str, str]]:
    from curator import tour

    rows = []
    with shown(stop, engines.spent) as bar:
        for step, report, seconds in tour.walk(steps, store, engines, bar):
            told = tour.did(report)
            print(show.plain(f"{step.stage:8} {told}  ({seconds:,.1f} s)"))
            show.failures(report)
            rows.append((step.stage, told, f"{seconds:,.1f} s"))
    return rows


def _reply(store: Any, engines: Any) -> str:
    from curator import tour
    from curator.engines.tuned import Tuned
    from curator.talk import Talk

    adapter = store.adapters.latest()
    talk = Talk(Tuned(Path(adapter.path)), engines, "")
    answer = " ".join(talk.say(tour.QUESTION).text.split())
    if (conversation := talk.finish()) is not None:
        store.conversations.add([conversation])
    return answer[:200] + ("…" if len(answer) > 200 else "")


def _took(started: float) -> str:
    return f"{time.monotonic() - started:,.1f} s"
