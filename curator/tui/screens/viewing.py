"""Queues with names, from inside the reading room: keep this one, or turn to another."""

from collections.abc import Sequence
from typing import Any

from textual import on
from textual.message import Message

from curator.filters.views import QueueSpec
from curator.tui.reading import or_why_not
from curator.tui.safe import safe_line
from curator.tui.screens.choosing import Choice
from curator.tui.screens.finding import FindingScreen

#: What is returned for the choice to keep the queue under review; no view has this name.
KEEP = ""
PLAIN = "pending, as they were made"


class Named(Message):
    """The views there are, or why they cannot be read."""

    def __init__(self, views: Any, why_not: str) -> None:
        super().__init__()
        self.views, self.why_not = views, why_not


def choices(views: Sequence[Any], here: str = "") -> list[Choice]:
    """The views to choose from, and last to keep what is `here` as one."""
    kept = [
        Choice(view.name, safe_line(view.name), safe_line(view.spec.label()) or PLAIN, "")
        for view in views
    ]
    return [*kept, Choice(KEEP, "+ keep this one", safe_line(here) or PLAIN, "")]


class ViewingScreen(FindingScreen):
    """The key of the views."""

    def action_views(self) -> None:
        """Choose a view to review, or give the queue under review a name."""
        store = self.store
        if store is None:
            self.remark("there is no workspace to keep views in")
            return
        views = store.views
        self.curator.work.read(lambda: self.post_message(Named(*or_why_not(views.all))))

    @property
    def store(self) -> Any:
        """The workspace; None where there is none at hand."""
        house = self.curator.house
        return house.store if house is not None else self.curator.store

    @on(Named)
    def _named(self, event: Named) -> None:
        if event.views is None:
            self.remark(event.why_not)
            return
        spec, specs = self.session.spec, {view.name: view.spec for view in event.views}

        def chosen(name: str) -> None:
            if name == KEEP:
                asked = "a name for this queue"
                self.curator.ask(asked, "", lambda said: self._keep(said, spec), [*specs])
            else:
                self._turn_to(specs[name])

        self.curator.choose_act(choices(event.views, spec.label()), chosen, "views")

    def _keep(self, name: str, spec: QueueSpec) -> None:
        views = self.store.views
        self.act("view", lambda: views.save(name, spec))
