"""The page where there is nothing under review: why, and what to do next."""

from collections.abc import Callable

from curator.tui.ink import ACCENT, BOLD, GOOD, PLAIN, QUIET, Row, plain
from curator.tui.keys import called
from curator.tui.page import Page
from curator.tui.safe import safe_line
from curator.tui.work import Seen
from curator.tui.wrapping import wrap
from curator.wording import several


def nothing_left(
    seen: Seen, width: int, key: Callable[[str], str] = called, where: str = ""
) -> Page:
    """All is decided, some were skipped, or there was nothing to begin with; `where` is the filter
    of the queue."""
    pace = seen.pace
    told = f"propose the other answers that {several(seen.given, 'chat')} came with"
    given = [("curator reflect --given", told)] if seen.given else []
    if not pace.total and seen.rewrites:
        title = "Nothing is left in this queue"
        steps = [
            *(
                [(key("filter"), f"another filter than {safe_line(where)}, or none")]
                if where
                else []
            ),
            (key("queue"), "another queue: the accepted, the skipped, all"),
            (key("undo"), "take the last decision back"),
            ("curator export", "write the dataset with what you decided"),
            ("curator reflect", "have further answers rewritten"),
            *given,
        ]
    elif not pace.total:
        title = "Nothing to review yet"
        steps = [
            *(
                [("curator reflect", f"rewrite the answers of {several(seen.chats, 'chat')}")]
                if seen.chats
                else [("curator import FILE", "bring in chats; `curator generate` makes some")]
            ),
            *given,
            (key("app.room('runs')"), "start it from here, and watch it"),
            (key("app.room('home')"), "see what is in the workspace, and the next step"),
        ]
    elif pace.left:
        title = "The queue is at its end"
        skipped = f", {pace.skipped} of them skipped" if pace.skipped else ""
        steps = [
            (key("go(1)"), f"begin again with what is still open: {pace.rest}{skipped}"),
            (key("undo"), "take the last decision back"),
            (key("leave"), "see what was done, then quit"),
        ]
    else:
        title = "All done"
        steps = [
            (key("undo"), "take the last decision back"),
            (key("leave"), "see what was done, then quit"),
            ("curator export", "write the dataset with what you decided"),
        ]
    steps = [(name, why) for name, why in steps if name]
    room = max(22, *(len(command) + 2 for command, _ in steps))
    done = bool(pace.total or seen.rewrites)
    rows: list[Row] = [(), (("  " + title, BOLD | (GOOD if done else ACCENT)),), ()]
    for command, why in steps:
        called = f"{command:<{room}}"
        for row in wrap(why, plain(why, QUIET), max(width - room - 5, 20)):
            rows.append((("    ", PLAIN), (called, ACCENT | BOLD), *row))
            called = " " * room
    rows.append(())
    for line in seen.summary if done else ():
        rows += [
            (("  ", PLAIN), *row) for row in wrap(line, plain(line, QUIET), max(width - 4, 20))
        ]
    return Page(tuple(rows), 0, 0, (), 0)
