"""The doors of the hall: from room to room, and to the small screens that ask and tell."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from textual.app import App
from textual.binding import BindingsMap

from curator.tui.keymap import Keymap
from curator.tui.keys import Key, bindings, called, hints

if TYPE_CHECKING:
    from textual.screen import Screen

    from curator.review import ReviewItem, Session
    from curator.tui.house import House
    from curator.tui.screens.hall import HallScreen
    from curator.tui.screens.library import LibraryScreen
    from curator.tui.screens.review import ReviewScreen
    from curator.tui.told import Told
    from curator.tui.work import Seen, Work


class Doors(App[None]):
    """An app with rooms: which one is entered, and what lies over it for a while. Each screen is
    imported when it is first entered."""

    live: Keymap
    house: "House | None"
    work: "Work"
    _session: "Session"
    _room: "ReviewScreen"
    #: Something changed what is due, from another room.
    _is_stale = False

    def _sit_down(self, session: "Session", work: "Work") -> None:
        from curator.tui.screens.review import ReviewScreen

        self._session, self.work = session, work
        self._room = ReviewScreen(session, work.see())
        self._room._bindings = BindingsMap(bindings(self.live["review"]))
        blind = self.house is not None and self.house.blind
        keys = hints(self.live["review"])
        self._room.view = replace(self._room.view, hints=keys, blind=blind)

    def room(self, name: str) -> None:
        """Go to a room: back to it where it is open, else into it."""
        house = self.house
        if house is None:
            self.bell()
        elif any(_room_of(screen) == name for screen in self.screen_stack):
            while _room_of(self.screen) != name:
                self.pop_screen()
            self._wake(name)
        elif name == "review":
            self._to_review(house)
        else:
            self.push_screen(_made(name, house, self.live))

    def _to_review(self, house: "House") -> None:
        say = getattr(self.screen, "say", lambda _: None)
        say("opening the review …")

        def ready(found: Any, error: str | None) -> None:
            self.call_from_thread(enter, found, error)

        def enter(found: Any, error: str | None) -> None:
            say("")
            if error is not None or not found:
                self.notify(error or "the review cannot be opened", severity="error", markup=False)
                return
            if not hasattr(self, "_room"):
                self._sit_down(*found)
            self.push_screen(self._room)
            self._wake("review")

        house.look(house.review, ready)

    def _wake(self, name: str) -> None:
        """Draw the queue anew where it was touched from another room."""
        if name == "review" and self._is_stale:
            self._is_stale = False
            self.work.act("move", self._again, self._room.post_message)

    def _again(self) -> bool:
        self._session.renew()
        return True

    def stale(self) -> None:
        """Something changed what is due."""
        self._is_stale = True

    def tell_work(self) -> None:
        """Have the screen say how far the stage at work is; nothing where none is."""
        told = self.house.told if self.house is not None else None
        tell = getattr(self.screen, "tell_work", None)
        if tell is not None and told is not None and told.running:
            tell()

    def stage_ended(self, told: "Told") -> None:
        """Say that a stage has ended, wherever one is, and bring what is in sight up to date."""
        from curator.tui.at_work import how_it_ended, name

        self.stale()
        # What lies over a room is none.
        room = next(filter(None, map(_room_of, reversed(self.screen_stack))), "")
        if room != "runs":
            said, title = how_it_ended(told), f"{name(told)} has ended"
            severity: Literal["error", "information"] = "error" if told.error else "information"
            self.notify(said, title=title, markup=False, timeout=8, severity=severity)
        if room == "review":
            self._is_stale = False
            empty = self._room.seen.item is None
            self.work.act("move" if empty else "quiet", self._again, self._room.post_message)
        news = getattr(self.screen, "news", None)
        if news is not None:
            news()

    def action_room(self, name: str) -> None:
        self.room(name)

    def action_next_room(self) -> None:
        from curator.tui.rooms import ROOMS

        names = [*ROOMS, "review"]
        here = _room_of(self.screen)
        self.room(names[(names.index(here) + 1) % len(names)] if here in names else "home")

    async def action_back(self) -> None:
        """Out of this room; out of the first one, out of the app."""
        if len(self.screen_stack) > 2:
            self._out()
        elif self.house is not None and self.house.session is not None:
            self.farewell(self.work.see())
        else:
            self.exit()

    def _out(self) -> None:
        """Leave the room on top for the one below."""
        self.pop_screen()
        self._wake(_room_of(self.screen))

    def farewell(self, seen: "Seen") -> None:
        """Show what was done, then quit; from a review that was entered from another room, only
        go back there."""
        from curator.tui.screens.small import Farewell

        if _room_of(self.screen) == "review" and len(self.screen_stack) > 2:
            self._out()
            return
        self.push_screen(Farewell(seen), lambda quits: self.exit() if quits else None)

    def read(self, ord_: int, library: "LibraryScreen | None" = None) -> None:
        """Open one conversation."""
        from curator.tui.screens.chat import ChatScreen

        assert self.house is not None
        self.push_screen(ChatScreen(self.house, self.live["conversation"], ord_, library))

    def text(self, title: str, make: Callable[[int], Any]) -> None:
        """Open a page that `make(width)` makes in a thread."""
        from curator.tui.screens.history import TextScreen

        assert self.house is not None
        self.push_screen(TextScreen(self.house, self.live["text"], title, make))

    # small screens --------------------------------------------------------------------------------

    def action_commands(self) -> None:
        """Every act of this screen by its name."""
        from curator.tui.screens.choosing import commands

        screen, table = self.screen, self._table()
        self.choose_act(
            commands(table), lambda act: self._perform(act, screen), "what can be done here"
        )

    def _perform(self, act: str, screen: "Screen[Any]") -> None:
        async def perform() -> None:
            await self.run_action(act, screen)

        self.call_later(perform)

    def choose_act(self, choices: Any, then: Callable[[str], Any], title: str) -> None:
        """Show choices to pick one of by typing; `then` is told its name."""
        from curator.tui.screens.choosing import ChoosingScreen

        self.push_screen(
            ChoosingScreen(choices, title), lambda said: then(said) if said is not None else None
        )

    def choose(
        self, question: str, choices: tuple[tuple[str, str], ...], then: Callable[[str], Any]
    ) -> None:
        """Pick one of (name, what it is)."""
        from curator.tui.screens.choosing import Choice

        self.choose_act([Choice(name, name, about, "") for name, about in choices], then, question)

    def _table(self) -> tuple[Key, ...]:
        """The keys of the screen that is up."""
        return getattr(self.screen, "table", None) or self.live["review"]

    def action_help(self) -> None:
        self.help()

    def help(self) -> None:
        """Show all keys of this screen."""
        from curator.tui.screens.small import HelpScreen

        self.push_screen(HelpScreen(self._table()))

    def ask(
        self, question: str, text: str, then: Callable[[str], Any], known: Sequence[str] = (),
        does: str = "keeps it",
    ) -> None:  # fmt: skip
        """Ask for a line, offering what is `known`; `then` is told, unless the person went back.
        `does` is what Enter does with it."""
        from curator.tui.screens.small import AskScreen

        self.push_screen(
            AskScreen(question, text, known, does),
            lambda said: then(said) if said is not None else None,
        )

    def edit(self, item: "ReviewItem", text: str) -> None:
        """Open the editor; what is saved settles the item, what is left is kept as a draft."""
        from curator.tui.screens.small import EditScreen

        screen = EditScreen(item, text)

        def ended(written: str | None) -> None:
            if written is not None:
                self._room.decide("edit", written)
            elif (draft := screen.draft) is not None:
                self._room.keep_draft(draft)

        self.push_screen(screen, ended)

    def called(self, action: str) -> str:
        """What the key of an act of the reading room is called here."""
        return called(action, self.live["review"])


def _room_of(screen: "Screen[Any]") -> str:
    return getattr(screen, "ROOM", "")


def _made(name: str, house: "House", live: Keymap) -> "HallScreen":
    from curator.tui.rooms import made

    return made(name, house, live)
