"""`curator decide`: one word for every rewrite that a filter finds, as one act."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from curator.cli import show
from curator.cli.finding import (
    Queue,
    Reviewer,
    View,
    Where,
    Yes,
    agree,
    asked_of,
    line,
    place,
    reviewer_of,
)
from curator.cli.progress import Stop, shown
from curator.cli.stage_commands import Json, Workspace
from curator.cli.workspace import store_of
from curator.errors import ConfigError
from curator.filters.views import QueueSpec, queue_of
from curator.settings import Settings
from curator.wording import several

if TYPE_CHECKING:
    from curator.store import Store


def make(settings: Settings) -> Any:
    """The command `decide`."""

    def decide(
        verdict: Annotated[
            Literal["accept", "reject", "skip", "flag", "unflag", "undo", "redo"],
            Parameter(help="What to say; undo and redo are of your last act."),
        ],
        /,
        *,
        where: Where = "",
        view: View = "",
        queue: Queue = "pending",
        reason: Annotated[str, Parameter(help="Why, kept with each decision.")] = "",
        yes: Yes = False,
        reviewer: Reviewer = None,
        workspace: Workspace = None,
        json: Json = False,
    ) -> int:
        """Say one word of every rewrite that a filter finds, as one act that one undo takes back.

        How many and five of them are shown first. Without --queue only pending ones are meant.
        Ctrl-C stops it, and then nothing was done.
        """
        with store_of(settings, workspace, must_exist=True) as store:
            who = reviewer_of(settings, reviewer)
            if verdict in ("undo", "redo"):
                act = store.decisions.undo if verdict == "undo" else store.decisions.redo
                with shown(Stop()) as progress:
                    count = len(act(who, progress))
                return _travelled(verdict, count, json)
            if not (where or view):
                raise ConfigError(
                    "decide on which? name them with --where or --view; --where '-id:\"\"' is all"
                )
            spec = queue_of(queue, "made", asked_of(store, where, view))
            return _decide(store, spec, (verdict, who, reason), (yes, json))

    return decide


def _decide(
    store: "Store", spec: QueueSpec, said: tuple[Any, str, str], how: tuple[bool, bool]
) -> int:
    from curator.review import bulk

    verdict, reviewer, reason = said
    seen = bulk.preview(store.desk, spec)
    if not seen.count:
        raise ConfigError(f"no {spec.state} rewrite is found by --where {spec.where!r}")
    if not how[1]:
        rows = [
            (place(s.source, s.line), *(line(text, 40) for text in bulk.apart(s)))
            for s in seen.samples
        ]
        show.table(("from", "old", "new"), rows)
    agree(
        f"{several(seen.count, 'rewrite')} of {several(seen.chats, 'chat')}: {bulk.BULK[verdict]}",
        how,
    )
    word = bulk.Word(verdict, reviewer, reason)
    with shown(Stop()) as progress:
        done = bulk.carry_out(store.desk, spec, word, progress=progress)
    if how[1]:
        show.print_json({"verdict": verdict, "decided": len(done), "op": done[0].op})
    else:
        print(f"{len(done):,} decided: {verdict}; `curator decide undo` takes all of it back")
    return 0


def _travelled(verb: str, count: int, as_json: bool) -> int:
    if as_json:
        show.print_json({verb: count})
    else:
        done = "taken back" if verb == "undo" else "restored"
        print(f"{several(count, 'decision')} {done}" if count else f"nothing to {verb}")
    return 0
