"""Back to a moment: all that was done since an act is taken back, newest first, act by act.

Nothing is deleted: every taking back is an act, so one travels forward again by going back to the
moment before the journey.
"""

from collections.abc import Callable

import msgspec

from curator.errors import Cancelled, ConfigError
from curator.store.acts import Act, Acts, Plan


class Journey(msgspec.Struct, frozen=True):
    """What goes back to the moment after an act: the plans of what is taken back, newest first, and
    of what stays, each with the reason."""

    to: Act
    back: tuple[Plan, ...]
    stays: tuple[str, ...]


def journey(acts: Acts, name: str) -> Journey:
    """What was done since an act and stands. Raises `ConfigError` for no such act."""
    to = acts.get(name)
    back, stays = [], []
    for act in since(acts, to):
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


def go_back(acts: Acts, name: str, who: str, step: Callable[[], None] = lambda: None) -> list[str]:
    """Take back all that was done since an act; the names of the acts that did so, oldest first.
    `step` is called after each, and may raise `Cancelled`: the way so far is kept.

    What was undone since comes back before it is looked at, so each is planned when it is due."""
    done = []
    for act in since(acts, acts.get(name)):
        try:
            done.append(acts.roll_back(act.name, who)[1])
        except ConfigError:
            continue  # it was taken back before, or it measured or wrote files: see `journey`
        try:
            step()
        except Cancelled:
            break
    return done
