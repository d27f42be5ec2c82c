"""The only caller of a stage's `run`: opens the Run, closes it, and keeps what went wrong."""

from dataclasses import asdict
from typing import Any

from curator.engines import Engines
from curator.errors import Cancelled, CuratorError
from curator.stages.base import Filtered, Progress, Report, Stage
from curator.store import Store

#: Stages that write nothing of their own but files, or nothing where all is embedded.
READING = ("export", "why", "diversity", "similar")


def perform(
    store: Store, stage: Stage, config: Any, engines: Engines, progress: Progress
) -> Report:
    """Run one stage and log it as finished, failed or cancelled. The stage's error goes on up; a
    filter that cannot be understood is told before anything begins."""
    if isinstance(config, Filtered):
        store.selecting.parsed(config.asked(store))
    if store.read_only:
        return _reading(store, stage, config, engines, progress)
    run_id = store.runs.open(stage.name, asdict(config))
    store.run_id = run_id
    try:
        report = stage.run(store, config, engines, progress)
    except (Cancelled, KeyboardInterrupt):
        store.runs.close(run_id, "cancelled", _kept(store, run_id))
        raise
    except CuratorError as error:
        store.runs.close(run_id, "failed", {"error": str(error), **_kept(store, run_id)})
        raise
    except BaseException as error:
        store.runs.close(run_id, "failed", {"error": f"{type(error).__name__}: {error}"})
        raise
    finally:
        store.run_id = None
    store.runs.close(run_id, "finished", {**report.counts, **report.data}, report.failures)
    return report


def _reading(
    store: Store, stage: Stage, config: Any, engines: Engines, progress: Progress
) -> Report:
    """A stage that only reads the workspace, of one that may only be read: the run is not noted
    there. Raises `ReadOnly` for any other, before it has done anything."""
    if stage.name not in READING:
        store.connection.check_writable()
    return stage.run(store, config, engines, progress)


def _kept(store: Store, run_id: int) -> dict[str, int]:
    """What a run that did not come to its end has made, in numbers: it stays. Nothing where the
    workspace cannot be asked any more."""
    try:
        reach = store.hiding.reach(run_id)
    except CuratorError:
        return {}
    made = {"conversations": reach.conversations, "rewrites": reach.rewrites, "hidden": reach.hid}
    return {name: count for name, count in made.items() if count}
