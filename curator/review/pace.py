"""How a session goes: what was decided, how fast, and the sentences to end it with."""

from collections.abc import Callable, Collection, Mapping

import msgspec

from curator.conversation import SETTLED, Verdict
from curator.evaluation.statistics import share
from curator.review.items import Unsaved

#: A pause longer than this (seconds) is a break, not slow reviewing.
BREAK = 120.0


class Pace(msgspec.Struct, frozen=True):
    """How far this session is. `per_minute` leaves breaks out; `acceptance` is the share of the
    settled ones that were accepted or edited, None before the first. `unchanged` rewrites say
    what the old answer said and were passed over. Where it is `about`, some of those still unread
    will say that too: `total` and `left` leave out as many as there were among those read."""

    total: int
    done: int
    skipped: int
    left: int
    accepted: int
    rejected: int
    edited: int
    undone: int
    unchanged: int
    minutes: float
    per_minute: float
    acceptance: float | None
    about: bool = False

    @property
    def rest(self) -> str:
        """How many are left, in words: a guess has two digits that mean something."""
        if not self.about:
            return f"{self.left:,}"
        scale = 10 ** max(len(str(self.left)) - 2, 0)
        return f"about {round(self.left / scale) * scale:,}"


class Watch:
    """The time spent reviewing, breaks left out."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.worked = 0.0
        self._since = clock()

    def seconds(self) -> float:
        """The time on the present item."""
        return min(self._clock() - self._since, BREAK)

    def turn(self) -> None:
        """The person goes on to another item."""
        self.worked += self.seconds()
        self._since = self._clock()

    def begin(self) -> None:
        """The person begins anew; the time before does not count."""
        self._since = self._clock()


def pace(
    counts: Mapping[Verdict, int], total: int, unchanged: int, undone: int, minutes: float
) -> Pace:
    """The numbers of a session that gave so many of each verdict on `total` items."""
    done = sum(counts.get(verdict, 0) for verdict in SETTLED)
    return Pace(
        total=total,
        done=done,
        skipped=counts.get("skip", 0),
        left=total - done,
        accepted=counts.get("accept", 0),
        rejected=counts.get("reject", 0),
        edited=counts.get("edit", 0),
        undone=max(undone, 0),
        unchanged=unchanged,
        minutes=minutes,
        per_minute=done / minutes if minutes > 0 else 0.0,
        acceptance=(counts.get("accept", 0) + counts.get("edit", 0)) / done if done else None,
    )


def summary(pace: Pace, unsaved: Unsaved | None, many: int = 0) -> list[str]:
    """The sentences to end a session with; `many` were decided at once, which others tell."""
    share = f" ({pace.acceptance:.0%} taken)" if pace.acceptance is not None else ""
    if not pace.done and not pace.skipped:
        said = [f"{'' if many else 'Nothing was decided; '}{pace.rest} left."]
    else:
        said = [
            f"{pace.done} decided in {pace.minutes:.1f} minutes ({pace.per_minute:.1f} a minute): "
            f"{pace.accepted} accepted, {pace.rejected} rejected, {pace.edited} edited{share}.",
            f"{pace.rest} left" + (f", {pace.skipped} of them skipped." if pace.skipped else "."),
        ]
    if pace.undone > 0:
        said.append(f"{pace.undone} taken back.")
    if pace.unchanged:
        said.append(f"{pace.unchanged} said what the old answer said and {_were(pace.unchanged)}.")
    if unsaved:
        said.append(f"One decision is NOT saved: {unsaved.error}")
    return said


def agreement(same: Collection[bool]) -> list[str]:
    """The sentence on items that somebody else had settled before: how many of `same` are the same
    word, with a 95 % interval; [] where there was none."""
    found = share(sum(same), len(same))
    if found is None:
        return []
    low, high = found.low or 0.0, 1.0 if found.high is None else found.high
    return [
        f"Of {len(same)} that others had judged you said the same of {sum(same)}: "
        f"{found.value:.0%} ({low:.0%} to {high:.0%})."
    ]


def _were(count: int) -> str:
    return "was passed over" if count == 1 else "were passed over"
