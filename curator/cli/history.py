"""`curator history`, `curator rollback` and `curator snapshot`: what was done, and the way back."""

from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from curator.cli import show
from curator.cli.progress import Stop, shown
from curator.cli.stage_commands import Json, Workspace
from curator.cli.workspace import store_of
from curator.errors import Cancelled
from curator.settings import Settings
from curator.wording import several

if TYPE_CHECKING:
    from curator.store import Store
    from curator.store.acts import Act, Plan
    from curator.store.snapshots import Change, Moment

Yes = Annotated[bool, Parameter(negative="", help="Do it; without this it is only shown.")]
#: So many rows of a difference are printed; `--json` prints all.
ROWS = 40
#: From so many things on it takes a second and more to take back an act.
LONG = 10_000


def history(settings: Settings) -> Any:
    """`curator history`."""

    def history(
        act: Annotated[
            str | None, Parameter(help="Only this act (r12, d345, t6), and what it changed.")
        ] = None,
        /,
        *,
        limit: Annotated[int, Parameter(("--limit", "-n"), help="How many acts to list.")] = 30,
        workspace: Workspace = None,
        json: Json = False,
    ) -> int:
        """List what was done: runs, decisions and tags, newest first, and what was taken back."""
        with store_of(settings, workspace, must_exist=True, look=True) as store:
            acts = store.acts.latest(limit) if act is None else [store.acts.get(act)]
            changed = None if act is None else store.acts.told(acts[0])
        if json and changed is not None:
            show.print_json({"act": _as_json(acts[0]), "changed": changed})
        elif json:
            show.print_json({"acts": [_as_json(act) for act in acts]})
        elif not acts:
            print("nothing was done yet")
        else:
            show.table(
                ("act", "when", "who", "what", "", "stands"),
                [
                    (a.name, f"{a.at:%Y-%m-%d %H:%M:%S} UTC", a.who, a.what, a.said,
                     "yes" if a.stands else "taken back")
                    for a in acts
                ],
            )  # fmt: skip
            for line in changed or ():
                print(show.plain(line))
            more = "" if act else "`curator history ACT` says what one changed, "
            print(f"{more}`curator rollback {act or 'ACT'}` shows what taking it back would do")
        return 0

    return history


def rollback(settings: Settings) -> Any:
    """`curator rollback`."""

    def rollback(
        act: Annotated[str, Parameter(help="An act's name in `curator history`: r12, d345, t6.")],
        /,
        *,
        since: Annotated[
            bool,
            Parameter(
                name="--since",
                negative="",
                help="Back to the moment after this act: take back all that was done since.",
            ),
        ] = False,
        yes: Yes = False,
        reviewer: Annotated[
            str | None, Parameter(env_var="HINDSIGHT_REVIEWER", help="Who takes decisions back.")
        ] = None,
        workspace: Workspace = None,
        json: Json = False,
    ) -> int:
        """Take back any act: an import, a dedup, a fix, a reflect run, decisions, tags, a rollback.

        Nothing is deleted: the rollback is itself an act, and taking it back restores everything.
        What only measured or wrote files says why it stays, and what to do instead.
        """
        from getpass import getuser

        if since:
            who = reviewer or settings.reviewer or getuser()
            return _travel(settings, workspace, act, (who if yes else "", json))
        with store_of(settings, workspace, must_exist=True, look=not yes) as store:
            if yes:
                plan, by = _rolled_back(store, act, reviewer or settings.reviewer or getuser())
            else:
                plan, by = store.acts.plan(act), ""
        if json:
            show.print_json(
                {"act": _as_json(plan.act), "items": plan.items, "by": by or None,
                 "lines": list(plan.lines)}
            )  # fmt: skip
            return 0
        print(show.plain(f"{plan.act.name}: {plan.act.what}, {plan.act.at:%Y-%m-%d %H:%M} UTC"))
        for line in plan.lines:
            print(show.plain(f"  {line}"))
        if yes:
            print(f"done as {by}; `curator rollback {by} --yes` restores it")
        else:
            print(f"nothing was changed: `curator rollback {plan.act.name} --yes` does it")
        return 0

    return rollback


def _rolled_back(store: "Store", act: str, who: str) -> "tuple[Plan, str]":
    """Take back one act, all at once; where that takes its time, it is told how far it is, and
    decisions may be stopped."""
    items = store.acts.get(act).items
    if items < LONG:
        return store.acts.roll_back(act, who)
    with shown(Stop()) as progress:
        progress.begin(items, "taking back, all at once")
        return store.acts.roll_back(act, who, progress)


def _travel(settings: Settings, workspace: Any, act: str, how: tuple[str, bool]) -> int:
    """Go back to the moment after an act, or only say what that takes; `how` is who goes ("" for
    nobody yet), and whether JSON is wanted."""
    from curator.store.travelling import go_back, journey

    who, json = how
    stop = Stop()
    with store_of(settings, workspace, must_exist=True, look=not who) as store:
        newest = store.acts.latest(1)[0].name
        with shown(stop) as progress:
            way = journey(store.acts, act, progress)
            done = go_back(store.acts, act, who, progress) if who else []
    if stop.asked.is_set():
        raise Cancelled(
            f"stopped after {several(len(done), 'act')}, each taken back as a whole; the same "
            f"command goes on, `curator rollback {newest} --since --yes` goes forward again"
        )
    if json:
        show.print_json(
            {"to": way.to.name, "back": [plan.act.name for plan in way.back],
             "stays": list(way.stays), "by": done}
        )  # fmt: skip
        return 0
    for plan in way.back:
        print(show.plain(f"{plan.act.name}: {'; '.join(plan.lines)}"))
    for reason in way.stays:
        print(show.plain(f"stays: {reason}"))
    if not way.back:
        print(show.plain(f"nothing was done since {act} that could be taken back"))
    elif who:
        print(f"as just after {act}; `curator rollback {newest} --since --yes` goes forward again")
    else:
        print(show.plain(f"nothing was changed: `curator rollback {act} --since --yes` does it"))
    return 0


def snapshot(settings: Settings) -> Any:
    """`curator snapshot save`, `list` and `diff`."""
    app = App(name="snapshot", help="Name a moment of the workspace, and compare two of them.")

    @app.command
    def save(name: str, /, *, workspace: Workspace = None, json: Json = False) -> int:
        """Keep the present moment under a name (a few numbers; nothing is copied).

        Parameters
        ----------
        name
            What to call it, such as `before-training`.
        """
        from getpass import getuser

        with store_of(settings, workspace, must_exist=True) as store:
            moment = store.snapshots.save(name, settings.reviewer or getuser())
            counts = store.snapshots.counts(moment)
        _show_moments([(moment, counts)], json)
        return 0

    @app.command(name="list")
    def list_(*, workspace: Workspace = None, json: Json = False) -> int:
        """List the snapshots and what each holds."""
        with store_of(settings, workspace, must_exist=True, look=True) as store:
            found = [(m, store.snapshots.counts(m)) for m in store.snapshots.all()]
        if not found and not json:
            print("no snapshot yet; `curator snapshot save NAME` keeps this moment")
            return 0
        _show_moments(found, json)
        return 0

    @app.command
    def diff(
        one: str, other: str = "now", /, *, workspace: Workspace = None, json: Json = False
    ) -> int:
        """Show, row by row, what entered, left, or changed its verdict or text between two.

        Parameters
        ----------
        one
            A snapshot's name.
        other
            Another one's; `now` is the workspace as it is.
        """
        with store_of(settings, workspace, must_exist=True, look=True) as store:
            moments = store.snapshots.get(one), store.snapshots.get(other)
            changes = store.snapshots.between(*moments)
        _show_changes(moments, changes, json)
        return 0

    return app


def _show_moments(found: "list[tuple[Moment, dict[str, int]]]", json: bool) -> None:
    if json:
        show.print_json(
            {"snapshots": [{"name": m.name, "at": m.at, "by": m.who, **n} for m, n in found]}
        )
        return
    names = tuple(found[0][1])
    show.table(
        ("snapshot", "when", "who", *names),
        [
            (m.name, f"{m.at:%Y-%m-%d %H:%M} UTC", m.who, *(n[name] for name in names))
            for m, n in found
        ],
    )


def _show_changes(moments: "tuple[Moment, Moment]", changes: "list[Change]", json: bool) -> None:
    counts: dict[str, int] = {}
    for change in changes:
        counts[change.kind] = counts.get(change.kind, 0) + 1
    if json:
        fields = ("kind", "conversation_id", "turn_index", "rewrite_id", "before", "after",
                  "old_text", "new_text", "at", "who")  # fmt: skip
        one, other = ({"name": m.name, "at": m.at, "by": m.who} for m in moments)
        rows = [{f: getattr(c, f) for f in fields} for c in changes]
        show.print_json({"from": one, "to": other, "counts": counts, "rows": rows})
        return
    print(show.plain(" → ".join(moment.label() for moment in moments)))
    if not changes:
        print("nothing differs")
        return
    show.table(("change", "rows"), list(counts.items()))
    print()
    show.table(
        ("change", "conversation", "turn", "before", "after", "when", "who"),
        [
            (c.kind, c.conversation_id[:12], "" if c.turn_index is None else c.turn_index + 1,
             c.before, c.after, f"{c.at:%Y-%m-%d %H:%M} UTC" if c.at else "", c.who)
            for c in changes[:ROWS]
        ],
    )  # fmt: skip
    if len(changes) > ROWS:
        print(f"… and {len(changes) - ROWS:,} more; --json prints all, texts included")


def _as_json(act: "Act") -> dict[str, Any]:
    return {
        "act": act.name, "at": act.at, "what": act.what, "by": act.who, "items": act.items,
        "said": act.said, "stands": act.stands,
    }  # fmt: skip
