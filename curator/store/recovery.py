"""On opening: the journal and the workspace are compared, and each gets what the other has."""

import os
from pathlib import Path

from curator.errors import StoreError
from curator.store.aside import beside, set_aside
from curator.store.connection import Connection
from curator.store.decisions import Decisions
from curator.store.journal import Act, Journal
from curator.store.reading_only import shadow
from curator.wording import several


def open_decisions(connection: Connection, workspace: str, notices: list[str]) -> Decisions:
    """The decisions of an open workspace and its journal, after both hold all that either held.

    What had to be done is added to `notices`, a sentence each. Raises `StoreError`.
    """
    path = connection.path.with_name(connection.path.name + ".journal.jsonl")
    try:
        decisions = Decisions(connection, open_journal(path, workspace, notices))
        decisions.journal = reconcile(decisions, workspace, notices)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written ({error.strerror}); free some space or check its rights"
        ) from error
    return decisions


def read_decisions(connection: Connection, workspace: str, notices: list[str]) -> Decisions:
    """The decisions of a workspace that may only be read; those that are only in the journal yet
    are laid over it. What is not known, or not kept, is added to `notices`."""
    path = connection.path.with_name(connection.path.name + ".journal.jsonl")
    try:
        journal = Journal(path, os.O_RDONLY)
    except OSError as error:
        journal = Journal(Path(os.devnull), os.O_RDONLY)
        if path.exists():
            notices.append(
                f"{path.name} cannot be read ({error.strerror}): decisions that were not yet "
                "brought into the workspace are not shown"
            )
    decisions = Decisions(connection, journal)
    last = decisions.last()[1]
    act, _ = journal.tail()
    if act is None or journal.workspace() not in ("", workspace):
        return decisions
    if act.decisions and (act.decisions[-1].seq or 0) > last:
        newer = [d for line in journal.lines() if line for d in line.decisions]
        newer = [decision for decision in newer if (decision.seq or 0) > last]
        shadow(connection, "events", "heads")
        decisions.replay(newer)
        notices.append(
            f"{several(len(newer), 'decision is', 'decisions are')} only in {path.name} yet; shown "
            "here, and brought into the workspace when somebody opens it who may write"
        )
    return decisions


def open_journal(path: Path, workspace: str, notices: list[str]) -> Journal:
    """The journal of this workspace, made where it is missing; its torn end is cut and kept aside.

    What had to be done is added to `notices`, a sentence each.
    """
    if not path.exists():
        return Journal.create(path, workspace)
    journal = Journal(path)
    owner = journal.workspace()
    if owner and owner != workspace:
        journal.close()
        aside = set_aside(path, "of-another-workspace")
        notices.append(
            f"{path} held the decisions of another workspace; it was moved to {aside.name}"
        )
        return Journal.create(path, workspace)
    act, torn = journal.tail()
    if said := torn.strip(b"\0"):
        aside = beside(path, "torn")
        aside.write_bytes(said)
        notices.append(
            f"{path}: the last line was torn ({len(said)} bytes) and was moved to {aside.name}"
        )
    journal.cut(torn)
    journal.count = act.count if act else 0
    return journal


def reconcile(decisions: Decisions, workspace: str, notices: list[str]) -> Journal:
    """The journal to go on with, after both records hold every decision that either held."""
    journal = decisions.journal
    if (behind := journal.after(*decisions.last())) is not None:
        if behind:
            _bring_in(behind, decisions, notices)
        return journal
    lines = list(journal.lines())
    written = {d.seq or 0: d for act in lines if act for d in act.decisions}
    stored = {d.seq or 0: d for act in decisions.acts() for d in act}
    if any(written[seq].op != stored[seq].op for seq in written.keys() & stored.keys()):
        return begin_anew(decisions, workspace, "tells-another-story", notices)
    lost = [written[seq] for seq in sorted(written.keys() - stored.keys())]
    if lost:
        decisions.replay(lost)
        notices.append(_lost(len(lost), journal))
    if None in lines or stored.keys() - written.keys():
        return begin_anew(decisions, workspace, "incomplete", notices)
    _tell_gaps(written.keys() | stored.keys(), notices)
    return journal


def _bring_in(behind: list[Act], decisions: Decisions, notices: list[str]) -> None:
    """Let the workspace have the acts that it does not hold yet. They are told of where it had
    committed some of them; that others waited is the way of things."""
    lost = [decision for act in behind for decision in act.decisions]
    settled = behind[-1].settled
    if settled is None or (lost[0].seq or 0) <= settled:
        notices.append(_lost(len(lost), decisions.journal))
    decisions.replay(lost)


def _lost(count: int, journal: Journal) -> str:
    return (
        f"{several(count, 'decision was', 'decisions were')} missing from the workspace and "
        f"came back from {journal.path.name}; "
        "other work of that moment (an import, a reflection) may need a second run"
    )


def begin_anew(decisions: Decisions, workspace: str, why: str, notices: list[str]) -> Journal:
    """A journal written from the workspace; the old one stays beside it unless it was empty."""
    path = decisions.journal.path
    had = any(act is None or act.decisions for act in decisions.journal.lines())
    decisions.journal.close()
    if had:
        aside = set_aside(path, why)
        notices.append(
            f"{path.name} did not hold what the workspace holds; "
            f"it was written anew and the old one moved to {aside.name}"
        )
    elif decisions.count():
        notices.append(f"{path.name} was missing or empty and was written anew")
    journal = Journal.create(path, workspace, decisions.acts())
    _tell_gaps({d.seq or 0 for act in decisions.acts() for d in act}, notices)
    decisions.journal = journal
    return journal


def _tell_gaps(numbers: set[int], notices: list[str]) -> None:
    missing = max(numbers, default=0) - len(numbers)
    if missing:
        what = several(missing, "decision is", "decisions are")
        notices.append(f"{what} in neither record; review what is pending again")
