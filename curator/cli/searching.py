"""`curator search`: words in everything that was said, through the index beside the workspace."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from curator.cli import show
from curator.cli.finding import View, Where, asked_of
from curator.cli.stage_commands import Json, Workspace
from curator.cli.workspace import store_of
from curator.errors import ConfigError
from curator.filters import beside
from curator.settings import Settings
from curator.wording import several

if TYPE_CHECKING:
    from curator.store import Store
    from curator.store.finds import Find

#: From so many texts on, the index is made before the first search.
WORTH_IT = 20_000
#: What DuckDB may keep of the file (bytes) while all of it goes by once.
MEMORY = 256 << 20
#: Characters on each side of a hit.
AROUND = 40


def make(settings: Settings) -> Any:
    """The command `search`."""

    def search(
        words: Annotated[
            str, Parameter(help='Words, as in a filter: "two words", inter*, 学习, a or b.')
        ] = "",
        /,
        *,
        where: Where = "",
        view: View = "",
        limit: Annotated[int, Parameter(("--limit", "-n"), help="How many hits to show.")] = 20,
        rebuild: Annotated[bool, Parameter(negative="", help="Make the index anew.")] = False,
        workspace: Workspace = None,
        json: Json = False,
    ) -> int:
        """Search what everybody said and what every rewrite proposes.

        Case does not count; accents, full width, and simplified or traditional signs do. Chinese
        needs no blanks. The index lies beside the workspace, may be
        deleted at any time, and learns what is new by itself.
        """
        with store_of(settings, workspace, must_exist=True, look=not rebuild) as store:
            if not words.strip() and not rebuild:
                raise ConfigError('what for? `curator search "two words"`')
            if rebuild:
                store.searching.drop()
            _catch_up(store, rebuild, json)
            if not words.strip():
                return 0
            asked = beside(words, asked_of(store, where, view))
            count = store.selecting.count(asked)
            found = store.finds.of(asked, words, limit)
        if json:
            show.print_json({"conversations": count, "hits": [_as_json(find) for find in found]})
            return 0
        for find in found:
            print(_shown(find))
        print(
            f"{several(count, 'chat')} found"
            + (f", {several(len(found), 'place')} shown" if found else "")
        )
        return 0

    return search


def _catch_up(store: "Store", rebuild: bool, quiet: bool) -> None:
    """Bring the index up to date, with a bar, where that is worth it."""
    from curator.cli.progress import Stop, shown

    coverage = store.searching.coverage()
    if store.read_only or not (rebuild or coverage.missing >= WORTH_IT):
        return
    with shown(Stop()) as bar, store.connection.at_most(MEMORY):
        added = store.searching.build(bar)
    coverage = store.searching.coverage()
    if not quiet:
        size = coverage.bytes / 2**20
        print(
            f"{several(added, 'text')} indexed, {size:,.1f} MB beside the workspace",
            file=sys.stderr,
        )


def _as_json(find: "Find") -> dict[str, Any]:
    return {
        "id": find.conversation_id, "source": find.source, "line": find.line,
        "turn": find.turn_index + 1, "who": find.who, "text": find.text,
        "hits": [list(span) for span in find.spans],
    }  # fmt: skip


def _shown(find: "Find") -> str:
    """A hit on one line, lit where the terminal can; between « » where it cannot."""
    start, end = find.spans[0]
    first = max(0, start - AROUND)
    before, hit, after = (
        " ".join(show.plain(part).split("\n"))
        for part in (
            find.text[first:start], find.text[start:end], find.text[end : end + 2 * AROUND]
        )
    )  # fmt: skip
    lit = f"\x1b[1;7m{hit}\x1b[0m" if sys.stdout.isatty() else f"«{hit}»"
    place = f"{find.conversation_id[:8]} turn {find.turn_index + 1} {find.who}"
    return f"{show.plain(place)}: {'…' if first else ''}{before}{lit}{after}"
