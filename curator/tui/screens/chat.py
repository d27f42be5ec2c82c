"""One conversation, whole: its turns, what was proposed and decided, and where it came from."""

from typing import TYPE_CHECKING, ClassVar

from curator.tui.ink import (
    ACCENT,
    BAD,
    BOLD,
    GOOD,
    NEW,
    PLAIN,
    QUIET,
    RULE,
    WARN,
    Row,
    clipped,
    plain,
)
from curator.tui.lighting import lit
from curator.tui.markup import markdown
from curator.tui.riders import riders
from curator.tui.safe import cut, safe, safe_line
from curator.tui.screens.hall import PageScreen
from curator.tui.sides import ends
from curator.tui.wrapping import wrap
from curator.wording import several

if TYPE_CHECKING:
    from curator.store.shelf import File
    from curator.tui.house import House
    from curator.tui.keys import Key
    from curator.tui.screens.library import LibraryScreen
    from curator.verdicts import Head

#: Lines longer than this tire the eye; so many characters of a turn are laid out.
MEASURE, SHOWN = 116, 20_000
#: Rows that stay in sight above a hit.
ABOVE = 3
#: So many turns are laid out.
TURNS = 400
COLOURS = {"user": ACCENT, "assistant": PLAIN, "system": QUIET, "tool": QUIET}
VERDICTS = {"accept": ("✓ accepted", GOOD), "reject": ("✗ rejected", BAD),
            "edit": ("✎ edited", GOOD), "skip": ("→ skipped", WARN)}  # fmt: skip


class ChatScreen(PageScreen):
    """A conversation, hidden or not."""

    ROOM: ClassVar[str] = "conversation"
    TITLE: ClassVar[str] = "conversation"

    def __init__(
        self, house: "House", table: "tuple[Key, ...]", ord_: int, library: "LibraryScreen | None"
    ) -> None:
        super().__init__(house, table)
        self.ord = ord_
        self._library = library
        self._file: File | None = None
        self._turns: tuple[int, ...] = ()
        #: What is lit, and the rows it is on; the words that the library was filtered by at first.
        self._terms = library.terms if library is not None else ()
        self._hits: tuple[int, ...] = ()
        self._hit = 0

    def fill(self) -> None:
        self.head("…")
        ord_, width = self.ord, min(self.columns, MEASURE)
        self.look(lambda: self._read(ord_, width), self._show)

    def redraw(self) -> None:
        if self._file is not None:
            file, width = self._file, min(self.columns, MEASURE)
            self.look(lambda: (file, *file_rows(file, width)), self._show)

    def _read(
        self, ord_: int, width: int
    ) -> "tuple[File | None, tuple[Row, ...], tuple[int, ...]]":
        file = self.house.store.shelf.file(ord_)
        return (file, *file_rows(file, width)) if file is not None else (None, (), ())

    def _show(self, read: "tuple[File | None, tuple[Row, ...], tuple[int, ...]]") -> None:
        file, rows, turns = read
        if file is None:
            self.say("this conversation is not there", BAD)
            return
        if file.ord != self.ord:
            return
        stay = self._file is not None and self._file.ord == file.ord
        self._file, self._turns = file, turns
        self.head(
            f"{file.ord + 1:,} · {several(len(file.conversation.turns), 'turn')} · {_place(file)}"
        )
        self._hits = ()
        if self._terms:
            rows, self._hits = lit(rows, self._terms)
            places = f"{len(self._hits):,} place{'s' * (len(self._hits) != 1)}"
            ways = f"{self.called('hit(1)')} next, {self.called('hit(-1)')} last"
            self.say(f"{places} lit · {ways}" if self._hits else
                     "the words are not said in this chat")  # fmt: skip
        self.page.show(rows, None if stay else 0)
        if self._hits and not stay:
            self.call_after_refresh(self._to_hit, 0)

    def action_step(self, step: int) -> None:
        found = self._library.neighbour(step) if self._library is not None else self.ord + step
        if found is None or found < 0:
            self.say("no further conversation that way")
            return
        self.ord = found
        self.fill()

    def action_search(self) -> None:
        asked = "light which words? (nothing puts them out)"
        self.curator.ask(asked, "", self._search, does="lights them")

    def _search(self, words: str) -> None:
        from curator.filters import FilterError, parse
        from curator.filters.words import wanted

        try:
            self._terms = tuple(wanted(parse(words).root))
        except FilterError as error:
            self.say(f"✗ {error.sentence}", BAD)
            return
        self.say("" if self._terms else "nothing is lit")
        self._file = None
        self.fill()

    def action_hit(self, step: int) -> None:
        """To the next (or last) row that says the words."""
        if 0 <= self._hit + step < len(self._hits):
            self._to_hit(self._hit + step)
            self.say(f"place {self._hit + 1:,} of {len(self._hits):,}")
        else:
            self.say(
                "no further place that way"
                if self._hits
                else f"nothing is lit; {self.called('search')} does"
            )

    def _to_hit(self, hit: int) -> None:
        """Bring a lit row near the top, with a little of what stands above."""
        self._hit = hit
        self.roll(max(self._hits[hit] - ABOVE, 0))

    def action_turn(self, step: int) -> None:
        here = int(self.page.scroll_offset.y)
        ahead = [at for at in self._turns if (at > here if step > 0 else at < here)]
        if ahead:
            self.roll(ahead[0] if step > 0 else ahead[-1])

    def action_copy(self) -> None:
        if self._file is not None:
            turns = self._file.conversation.turns
            self.app.copy_to_clipboard("\n\n".join(f"{t.role}: {t.content}" for t in turns))
            self.say("the chat is on the clipboard")

    def action_copy_json(self) -> None:
        if self._file is not None:
            import msgspec

            self.app.copy_to_clipboard(msgspec.json.encode(self._file.conversation).decode())
            self.say("the chat is on the clipboard, as JSON")


def file_rows(file: "File", width: int) -> tuple[tuple[Row, ...], tuple[int, ...]]:
    """The page of a conversation, and the rows where its turns begin. Pure."""
    rows: list[Row] = _passport(file, width)
    places = []
    by_turn: dict[int, list[Row]] = {}
    for id_, rewrite in file.rewrites:
        proposal = _proposal(id_, rewrite.model, rewrite.criticism, rewrite.content, width)
        said = _verdict(file.heads.get(id_))
        by_turn.setdefault(rewrite.turn_index, []).extend([said, *proposal])
    for index, turn in enumerate(file.conversation.turns[:TURNS]):
        rows.append(())
        places.append(len(rows))
        colour = COLOURS[turn.role]
        rows.append((("▌ ", colour), (f"{index + 1} {turn.role}", colour | BOLD)))
        if turn.content or not turn.extra:
            rows += _body(turn.content, width, "▌ ", colour)
        rows += [(("▌ ", colour), *row) for row in riders(turn.extra, width - 2)]
        rows += by_turn.get(index, [])
    if len(file.conversation.turns) > TURNS:
        more = len(file.conversation.turns) - TURNS
        rows += [(), ((f"… {more:,} more turns are not shown", QUIET),)]
    return tuple(rows), tuple(places)


def _passport(file: "File", width: int) -> list[Row]:
    """Where it came from, and all that was said of it."""
    chat = file.conversation
    lines = [
        ("id", chat.id),
        ("from", _place(file) + (f", {chat.origin.format}" if chat.origin.format else "")),
        ("brought in by", file.run),
        ("hidden", file.hidden and f"{file.hidden}: every stage leaves it out"),
        *((str(name), str(value)) for name, value in chat.meta.items()),
    ]
    rows: list[Row] = [
        ((f"{safe_line(name)[:14]:>14}  ", QUIET), (clipped(safe_line(text), width - 16), PLAIN))
        for name, text in lines
        if text
    ]
    for decision in file.said[:8]:
        at = f"{decision.at:%Y-%m-%d %H:%M} " if decision.at else ""
        why = f" · {decision.reason}" if decision.reason else ""
        said = f"{at}{decision.reviewer}: {decision.verdict}, turn {decision.turn_index + 1}{why}"
        rows.append((
            (f"{'d' + str(decision.seq):>14}  ", QUIET),
            (clipped(safe_line(said), width - 16), PLAIN),
        ))  # fmt: skip
    return rows


def _verdict(head: "Head | None") -> Row:
    word, ink = VERDICTS.get(str(head.verdict) if head else "", ("· pending", QUIET))
    who = f" by {safe_line(head.reviewer)}" if head and head.reviewer else ""
    return (("  ", PLAIN), (word, ink | BOLD), (who, QUIET), ("  proposed in its place:", QUIET))


def _proposal(id_: str, model: str, criticism: str, content: str, width: int) -> list[Row]:
    rows = _body(content, width - 4, "    ", NEW | RULE)
    if criticism:
        rows += [(("    ", PLAIN), *row) for row in _wrapped(f"why: {criticism}", width - 4, QUIET)]
    rows.append((("    ", PLAIN), (clipped(f"{safe_line(model)} · {id_[:12]}", width - 4), QUIET)))
    return rows


def _body(text: str, width: int, bar: str, colour: int) -> list[Row]:
    head, left_out, tail = ends(text, SHOWN)
    rows: list[Row] = [((bar, colour), *row) for row in wrap(head, markdown(head), width - 2)]
    if left_out:
        rows.append(((bar, colour), (f"… {left_out:,} characters are left out here …", QUIET)))
        rows += [((bar, colour), *row) for row in wrap(tail, markdown(tail), width - 2)]
    return rows


def _wrapped(text: str, width: int, ink: int) -> list[Row]:
    kept, _ = cut(safe(text), SHOWN)
    return wrap(kept, plain(kept, ink), width)


def _place(file: "File") -> str:
    origin = file.conversation.origin
    return safe_line(origin.source) + (f":{origin.line}" if origin.line is not None else "")
