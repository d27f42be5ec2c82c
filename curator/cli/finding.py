"""Find, tag, search and decide many at once: the commands around the filter language."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from curator.cli import show
from curator.cli.stage_commands import Json, Workspace
from curator.cli.workspace import store_of
from curator.errors import ConfigError
from curator.filters import both, reference
from curator.filters.views import ORDERS, STATES, queue_of
from curator.settings import Settings
from curator.wording import several

if TYPE_CHECKING:
    from curator.store import Store

Where = Annotated[
    str,
    Parameter(
        help="A filter, as in 'lang:zh leak>0.3'; `curator list --help` explains it.",
        allow_leading_hyphen=True,
    ),
]
View = Annotated[str, Parameter(help="The filter of the view of this name; `curator views`.")]
Queue = Annotated[str, Parameter(help=f"Which rewrites: {', '.join(STATES)}.")]
Order = Annotated[str, Parameter(help=f"Which come first: {', '.join(ORDERS)}.")]
Yes = Annotated[bool, Parameter(negative="", help="Do it without asking.")]
Reviewer = Annotated[
    str | None, Parameter(env_var="HINDSIGHT_REVIEWER", help="Whose act it is (your login name).")
]
#: Chats shown before an act.
SAMPLES = 5


def list_(settings: Settings) -> Any:
    """`curator list`."""

    def list_(
        *,
        where: Where = "",
        view: View = "",
        limit: Annotated[int, Parameter(("--limit", "-n"), help="How many to show.")] = 20,
        sample: Annotated[bool, Parameter(negative="", help="Draw them evenly.")] = False,
        workspace: Workspace = None,
        json: Json = False,
    ) -> int:
        with store_of(settings, workspace, must_exist=True, look=True) as store:
            asked = asked_of(store, where, view)
            count = store.selecting.count(asked)
            find = store.selecting.sample if sample else store.selecting.conversations
            cards = store.shelf.cards(find(asked, limit))
            tags = store.tags.of([card.id for card in cards])
        rows = [
            {
                "id": card.id, "source": card.source, "line": card.line,
                "language": card.language, "turns": card.turns, "tags": tags.get(card.id, []),
                "rewrites": card.words, "opening": card.opening,
            }
            for card in cards
        ]  # fmt: skip
        if json:
            show.print_json({"where": asked, "count": count, "conversations": rows})
            return 0
        _print_chats(rows)
        print(f"{count:,} found" + (f", {len(rows)} shown" if len(rows) < count else ""))
        return 0

    list_.__doc__ = (
        "List the chats that a filter finds, and how many there are.\n\n"
        "The same filter goes with --where of every command, the F key of the app, and views."
        f"\n\n```\n{reference()}\n```"
    )
    return list_


def tag(settings: Settings) -> Any:
    """`curator tag`."""

    def tag(
        name: Annotated[str, Parameter(help="The tag; without one all tags are listed.")] = "",
        /,
        *,
        where: Where = "",
        view: View = "",
        undo: Annotated[bool, Parameter(negative="", help="Take your last tagging back.")] = False,
        yes: Yes = False,
        reviewer: Reviewer = None,
        workspace: Workspace = None,
        json: Json = False,
    ) -> int:
        """Tag the chats that a filter finds, after a look at how many and at some of them."""
        with store_of(settings, workspace, must_exist=True, look=not (name or undo)) as store:
            who = reviewer_of(settings, reviewer)
            if undo:
                return _untagged(store.tags.undo(who), json)
            if not name:
                return _tags(store, json)
            ords = _agreed(store, asked_of(store, where, view), f"tagged {name}", (yes, json))
            return _told("tagged", store.tags.add_at(ords, name, who), name, json)

    return tag


def untag(settings: Settings) -> Any:
    """`curator untag`."""

    def untag(
        name: Annotated[str, Parameter(help="The tag to take away.")],
        /,
        *,
        where: Where = "",
        view: View = "",
        yes: Yes = False,
        reviewer: Reviewer = None,
        workspace: Workspace = None,
        json: Json = False,
    ) -> int:
        """Take a tag from the chats that a filter finds; `curator tag --undo` brings it back."""
        with store_of(settings, workspace, must_exist=True) as store:
            who = reviewer_of(settings, reviewer)
            asked = both(f'tag:"{name}"', asked_of(store, where, view))
            ords = _agreed(store, asked, f"rid of the tag {name}", (yes, json))
            return _told("untagged", store.tags.remove_at(ords, name, who), name, json)

    return untag


def views(settings: Settings) -> Any:
    """`curator views`."""
    app = App(name="views", help="Filters and queues with names, for --view of every command.")

    @app.default
    @app.command(name="list")
    def list_(*, workspace: Workspace = None, json: Json = False) -> int:
        """List the views, and how many chats each finds."""
        with store_of(settings, workspace, must_exist=True, look=True) as store:
            rows = [
                (v.name, store.selecting.count(v.spec.where), v.spec.state, v.spec.order,
                 v.spec.where)
                for v in store.views.all()
            ]  # fmt: skip
        columns = ("view", "chats", "queue", "order", "where")
        if json:
            show.print_json({"views": [dict(zip(columns, row, strict=True)) for row in rows]})
        elif rows:
            show.table(columns, rows)
        else:
            print("no views yet; `curator views save NAME --where …` keeps one")
        return 0

    @app.command
    def save(
        name: str,
        /,
        *,
        where: Where = "",
        queue: Queue = "pending",
        order: Order = "made",
        seed: int = 0,
        workspace: Workspace = None,
    ) -> int:
        """Keep a filter, and for `review` a queue and an order, under a name."""
        with store_of(settings, workspace, must_exist=True) as store:
            spec = queue_of(queue, order, where, seed)
            store.views.save(name, spec)
            found = store.selecting.count(where)
        print(
            show.plain(
                f"{name}: {several(found, 'chat')} now; `curator review --view {name}` reviews it"
            )
        )
        return 0

    @app.command
    def delete(name: str, /, *, workspace: Workspace = None) -> int:
        """Forget a view; what it found stays."""
        with store_of(settings, workspace, must_exist=True) as store:
            store.views.delete(name)
        print(show.plain(f"{name} is forgotten"))
        return 0

    return app


def _agreed(store: "Store", asked: str, what: str, how: tuple[bool, bool]) -> list[int]:
    """The chats of a filter, once the person has seen how many and some of them, and agreed."""
    if not asked:
        raise ConfigError("which chats? name them with --where or --view")
    ords = store.selecting.conversations(asked)
    if not ords:
        raise ConfigError(f"no chat is found by --where {asked!r}; `curator list` tries a filter")
    if not how[1]:
        cards = store.shelf.cards(store.selecting.sample(asked, SAMPLES))
        rows = [(place(c.source, c.line), c.turns, line(c.opening, 60)) for c in cards]
        show.table(("from", "turns", "chat"), rows)
    agree(f"{several(len(ords), 'chat')} will be {what}", how)
    return ords


def agree(what: str, how: tuple[bool, bool]) -> None:
    """Go on only with --yes or a person's yes. Raises `ConfigError` otherwise."""
    yes, json = how
    if not json:
        print(show.plain(what))
    if yes:
        return
    if not sys.stdin.isatty():
        raise ConfigError("nothing was done; add --yes to do it")
    if input("Do it? [y/N] ").strip().lower() not in ("y", "yes", "是"):
        raise ConfigError("nothing was done")


def asked_of(store: "Store", where: str, view: str) -> str:
    """The filter of `--where` and `--view` together."""
    return both(where, store.views.get(view).where if view else "")


def reviewer_of(settings: Settings, typed: str | None) -> str:
    """Whose act it is."""
    from getpass import getuser

    return typed or settings.reviewer or getuser()


def _print_chats(rows: list[dict[str, Any]]) -> None:
    if rows:
        show.table(
            ("id", "from", "lang", "turns", "tags", "chat"),
            [
                (r["id"][:8], place(r["source"], r["line"]), r["language"], r["turns"],
                 " ".join(r["tags"]), line(r["opening"], 60))
                for r in rows
            ],
        )  # fmt: skip


def _tags(store: "Store", as_json: bool) -> int:
    names = store.tags.names()
    if as_json:
        show.print_json({"tags": names})
    elif names:
        show.table(("tag", "chats"), list(names.items()))
    else:
        print("no tags yet; `curator tag NAME --where …` gives one")
    return 0


def _untagged(undone: tuple[str, str, int] | None, as_json: bool) -> int:
    verb, name, count = undone or ("", "", 0)
    if as_json:
        show.print_json({"undone": verb, "tag": name, "chats": count})
    elif undone is None:
        print("no tagging of yours is left to take back")
    else:
        print(show.plain(f"taken back: {verb} {name}, {several(count, 'chat')}"))
    return 0


def _told(verb: str, count: int, name: str, as_json: bool) -> int:
    if as_json:
        show.print_json({verb: count, "tag": name})
    else:
        print(
            show.plain(
                f"{several(count, 'chat')} {verb} {name}; `curator tag --undo` takes it back"
            )
        )
    return 0


def place(source: str, line: int | None) -> str:
    """Where a chat is from, in at most thirty characters: the end tells more than the beginning."""
    place = source.rsplit("/", 1)[-1] + ("" if line is None else f":{line}")
    return place if len(place) <= 30 else f"…{place[-29:]}"


def line(text: str, width: int) -> str:
    from curator.text import snippet

    return snippet(text, width)


def search(settings: Settings) -> Any:
    """`curator search`."""
    from curator.cli.searching import make

    return make(settings)


def decide(settings: Settings) -> Any:
    """`curator decide`."""
    from curator.cli.deciding import make

    return make(settings)


COMMANDS = {
    "list": list_, "search": search, "tag": tag, "untag": untag, "views": views, "decide": decide,
}  # fmt: skip
