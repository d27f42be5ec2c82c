"""Is the workspace in order? Questions, each answered in a sentence, for `curator doctor`."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from curator.errors import CuratorError
from curator.store.lock import InUse
from curator.store.recovery import begin_anew
from curator.store.workspace import Store
from curator.wording import several

#: Less free room than this on the workspace's disk is worth a word (bytes).
ROOM = 1 << 30


class Check(NamedTuple):
    """What was looked at, whether it is in order, and a sentence a person can act on."""

    name: str
    ok: bool
    sentence: str


def examine(workspace: Store | Path) -> list[Check]:
    """Every check of a workspace, open or closed. A file that cannot be opened is one check."""
    if isinstance(workspace, Store):
        return list(_examine(workspace))
    if not workspace.exists():
        return [
            Check("workspace", True, f"{workspace} is not there yet; `curator import` makes it")
        ]
    try:
        with Store(workspace) as store:
            return list(_examine(store))
    except InUse as error:
        said = f"{workspace} is open in {error.holder}: it is checked when nobody has it open"
        return [Check("workspace", True, said)]
    except CuratorError as error:
        return [Check("workspace", False, str(error))]


def _examine(store: Store) -> Iterator[Check]:
    yield Check("workspace", True, f"{store.path} opens")
    for notice in store.notices:
        yield Check("repaired", True, notice)
    for name, look in CHECKS:
        try:
            yield Check(name, *look(store))
        except CuratorError as error:
            yield Check(name, False, str(error))


def _readable(store: Store) -> tuple[bool, str]:
    """Reads every block of every text: DuckDB finds a damaged one only when it is read."""
    tables = [name for (name,) in store.connection.rows("select table_name from duckdb_tables()")]
    rows = 0
    for table in tables:
        found = store.connection.rows(
            f'select count(*), bit_xor(hash(whole)) from "{table}" as whole'
        )
        rows += int(found[0][0])
    return True, f"all {several(rows, 'row')} in {len(tables)} tables can be read"


def _journal(store: Store) -> tuple[bool, str]:
    journal = store.decisions.journal
    damaged = count = 0
    for act in journal.lines():
        damaged += act is None
        count += len(act.decisions) if act else 0
    kept = store.decisions.count()
    if damaged or count != kept:
        return False, (
            f"{journal.path} holds {count:,} of {several(kept, 'decision')} and "
            f"{several(damaged, 'line is', 'lines are')} damaged; "
            "run `curator doctor --repair` to write it anew from the workspace"
        )
    return True, f"journal and workspace agree on {several(kept, 'decision')}"


def _heads(store: Store) -> tuple[bool, str]:
    wrong = store.decisions.wrong_heads()
    if wrong:
        return False, (
            f"{several(wrong, 'verdict differs', 'verdicts differ')} from the history; "
            "run `curator doctor --repair` to fold them anew"
        )
    return True, "every verdict follows from its history"


def _orphans(store: Store) -> tuple[bool, str]:
    orphans = int(
        store.connection.value(
            "select count(*) from heads where rewrite_id not in (select id from rewrites)"
        )
    )
    if orphans:
        return False, (
            f"{several(orphans, 'verdict is', 'verdicts are')} on rewrites that are not here; "
            "when `curator reflect` has made the same ones again, they count again"
        )
    return True, "every decision has its rewrite"


def _interrupted(store: Store) -> tuple[bool, str]:
    running = [run for run in store.runs.latest(1000) if run.state == "running"]
    others = [run for run in running if run.id != store.run_id]
    if others:
        names = ", ".join(sorted({run.stage for run in others}))
        cut = several(len(others), "run was", "runs were")
        return True, f"{cut} cut off ({names}); the same command goes on"
    return True, "no run was cut off"


def _room(store: Store) -> tuple[bool, str]:
    free = shutil.disk_usage(store.path.parent).free
    size = store.path.stat().st_size
    enough = free > max(ROOM, 2 * size)
    said = f"{free / 1e9:.1f} GB free beside a workspace of {size / 1e6:,.0f} MB"
    return enough, said if enough else f"only {said}; free some before the next long run"


CHECKS: tuple[tuple[str, Callable[[Store], tuple[bool, str]]], ...] = (
    ("readable", _readable),
    ("journal", _journal),
    ("verdicts", _heads),
    ("rewrites", _orphans),
    ("runs", _interrupted),
    ("room", _room),
)


def repair(store: Store) -> list[str]:
    """Write the journal anew from the workspace and fold every verdict anew; what was done."""
    begin_anew(store.decisions, store.identity, "replaced", [])
    heads = store.decisions.rebuild_heads()
    return [
        f"the journal was written anew with {several(store.decisions.count(), 'decision')}",
        f"{heads:,} verdicts were folded anew from their history",
    ]
