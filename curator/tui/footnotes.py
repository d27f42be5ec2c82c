"""The places of a new answer that know what came later, each with its reason."""

from functools import lru_cache

import msgspec

from curator.leak import detector
from curator.leak.detector import LeakSpan
from curator.review import ReviewItem
from curator.tui.sides import shown

#: So many characters of the chat before an answer are looked at, the nearest turns first.
LOOKED_AT = 200_000


@lru_cache(32)
def _found(key: "_Key") -> tuple[LeakSpan, ...]:
    item = key.item
    new, _ = shown(item.after)
    before: list[str] = []
    room = LOOKED_AT
    for turn in reversed(item.context):
        before.append(turn.content[:room])
        room -= len(before[-1])
    return detector.find(shown(item.before)[0], new, before[::-1], item.later)


class _Key(msgspec.Struct, frozen=True):
    item: ReviewItem

    def __hash__(self) -> int:
        return hash(self.item.rewrite_id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.item.rewrite_id == other.item.rewrite_id


def leaks(item: ReviewItem) -> tuple[LeakSpan, ...]:
    """The leaks of the new answer, by place in the text as it is shown. Pure; some milliseconds,
    and none where scoring has looked and found nothing."""
    if any(signal.name == "leak" and not signal.value for signal in item.signals):
        return ()
    return _found(_Key(item))


def reasons(item: ReviewItem) -> tuple[str, ...]:
    """Why, each reason once, in the order of the letters."""
    return tuple(dict.fromkeys(leak.why for leak in leaks(item)))


def places(item: ReviewItem) -> tuple[tuple[int, int, int], ...]:
    """Start, end and the number of the reason of each place."""
    numbers = {why: number for number, why in enumerate(reasons(item))}
    return tuple((leak.start, leak.end, numbers[leak.why]) for leak in leaks(item))
