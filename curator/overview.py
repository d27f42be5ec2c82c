"""What is in a workspace, and what a person would do next."""

from dataclasses import dataclass, field
from typing import Any

from curator.filters.views import QueueSpec
from curator.review.blind import sentences, tally
from curator.store import Store
from curator.store.given import hint
from curator.wording import several

#: Rewrites of turns that follow an answer which was changed since: they may no longer fit.
STALE = "stale:yes"


#: Chats with answers of their files that nobody made candidates of; looked for where nothing waits.
HELD = "with another answer"


@dataclass(frozen=True)
class Overview:
    """Counts in the order of the flow, the last runs as table rows, the next step in words, and
    what blind choices say, by reviewer."""

    counts: dict[str, int]
    runs: list[tuple[Any, ...]]
    next: str
    blind: dict[str, list[str]] = field(default_factory=dict)


def overview(store: Store) -> Overview:
    """The state of the workspace now."""
    counts = {**store.counts(), "pending": store.queues.count(QueueSpec())}
    if behind := store.selecting.count(STALE, "rewrite"):
        counts["behind a changed answer"] = behind
    if not counts["pending"] and (held := store.given.count()):
        counts[HELD] = held
    runs = [
        (
            run.id,
            run.stage,
            run.state,
            f"{run.started:%Y-%m-%d %H:%M} UTC",
            f"{(run.ended - run.started).total_seconds():,.0f} s" if run.ended else "",
        )
        for run in store.runs.latest(8)
    ]
    chosen = store.desk.blind()
    blind = {name: sentences(tally(records)) for name, records in chosen.items()}
    return Overview(counts, runs, next_step(counts), blind)


#: The first line that holds is the next step.
STEPS: tuple[tuple[str, str], ...] = (
    ("conversations", "`curator import FILE…` brings chats in (or `curator generate` makes some)"),
    ("rewrites", "`curator reflect` rewrites answers with the hindsight of what came after"),
    ("signals", "`curator score` looks for what a reviewer should know about each rewrite"),
)


def next_step(counts: dict[str, int]) -> str:
    """What to do next, as a sentence with the command in it."""
    if held := counts.get(HELD):
        return hint(held)
    for name, step in STEPS:
        if not counts.get(name):
            return step
    pending = counts.get("pending", 0)
    waiting = several(pending, "rewrite waits", "rewrites wait")
    review = f"`curator review`: {waiting} for your word"
    if pending and not counts.get("decided"):
        return review
    if not counts.get("exports"):
        return "`curator export --format alpaca` writes what you settled"
    if not counts.get("adapters"):
        return "`curator train` trains an adapter on the last export"
    if not counts.get("evaluations"):
        return "`curator eval` judges the adapter against its base, blind"
    if pending:
        return review
    return "`curator chat --adapter latest` talks to the tuned model; the chat comes back in"
