"""Back to a moment: all that was done since an act is taken back, newest first, act by act.

Nothing is deleted: every taking back is an act, so one travels forward again by going back to the
moment before the journey.
"""

from contextlib import suppress

import msgspec

from curator.errors import Cancelled, ConfigError
from curator.progress import Progress, Silent
from curator.store.acts import Act, Acts, Plan


class Journey(msgspec.Struct, frozen=True):
    """What goes back to the moment after an act: the plans of what is taken back, newest first, and
    of what stays, each with the reason."""

    to: Act
    back: tuple[Plan, ...]
    stays: tuple[str, ...]


def journey(acts: Acts, name: str, progress: Progress | None = None) -> Journey:
    """What was done since an act and stands. Raises `ConfigError` for no such act."""
    progress = progress or Silent()
    to = acts.get(name)
    back, stays = [], []
    ahead = since(acts, to)
    progress.begin(len(ahead), "acts looked at")
    for act in ahead:
        progress.step(1, act.name)
        try:
            back.append(acts.plan(act.name))
        except ConfigError as error:
            if act.stands:
                stays.append(str(error))
    return Journey(to, tuple(back), tuple(stays))


def since(acts: Acts, to: Act) -> list[Act]:
    """The acts after one, newest first."""
    limit = 256
    while True:
        found = acts.latest(limit)
        names = [act.name for act in found]
        if to.name in names:
            return found[: names.index(to.name)]
        if len(found) < limit:
            return found
        limit *= 4


def go_back(acts: Acts, name: str, who: str, progress: Progress | None = None) -> list[str]:
    """Take back all that was done since an act; the names of the acts that did so, oldest first.
    `progress` counts what the acts touched, each once it is taken back as a whole; where its `step`
    raises `Cancelled` the way so far is kept, and going back again ends at the same place.

    What was undone since comes back before it is looked at, so each is planned when it is due."""
    progress, done = progress or Silent(), []
    ahead = since(acts, acts.get(name))
    progress.begin(sum(max(act.items, 1) for act in ahead), "taken back")
    for act in ahead:
        # Of what was taken back before, or measured or wrote files, `journey` tells.
        with suppress(ConfigError):
            done.append(acts.roll_back(act.name, who)[1])
        try:
            progress.step(max(act.items, 1), act.name)
        except Cancelled:
            break
    return done
