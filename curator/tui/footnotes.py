"""The places of a new answer that know what came later, each with its reason."""

from collections import OrderedDict

from curator.leak import LeakSpan
from curator.leak.beside import Beside
from curator.review import ReviewItem
from curator.tui.sides import shown

#: So many characters of the chat before an answer are looked at, the nearest turns first.
LOOKED_AT = 200_000


#: What was found, by rewrite: the latest `KEPT`.
_found: OrderedDict[str, tuple[LeakSpan, ...]] = OrderedDict()
KEPT = 64
_beside = Beside()


def _find(item: ReviewItem) -> tuple[LeakSpan, ...]:
    new, _ = shown(item.after)
    before: list[str] = []
    room = LOOKED_AT
    for turn in reversed(item.context):
        before.append(turn.content[:room])
        room -= len(before[-1])
    return _beside.find(shown(item.before)[0], new, before[::-1], item.later)


def leaks(item: ReviewItem) -> tuple[LeakSpan, ...]:
    """The leaks of the new answer, by place in the text as it is shown. Some milliseconds where
    they are not `known`, and none where scoring has looked and found nothing."""
    if _is_clean(item):
        return ()
    found = _found.get(item.rewrite_id)
    if found is None:
        found = _found[item.rewrite_id] = _find(item)
        while len(_found) > KEPT:
            _found.popitem(last=False)
    return found


def rest() -> None:
    """Nobody looks any more, for now: end what was begun for it."""
    _beside.close()


def known(item: ReviewItem) -> bool:
    """Whether somebody has looked for the leaks already."""
    return item.rewrite_id in _found or _is_clean(item)


def _is_clean(item: ReviewItem) -> bool:
    return any(signal.name == "leak" and not signal.value for signal in item.signals)


def reasons(item: ReviewItem) -> tuple[str, ...]:
    """Why, each reason once, in the order of the letters."""
    return tuple(dict.fromkeys(_why(leak, item) for leak in leaks(item)))


def _why(leak: LeakSpan, item: ReviewItem) -> str:
    """The reason with the number that the turn has on the page."""
    if leak.turn is None:
        return leak.why
    number = item.turn_index + 2 + leak.turn
    return leak.why.replace(f"(turn +{leak.turn + 1})", f"(turn {number})")


def places(item: ReviewItem) -> tuple[tuple[int, int, int], ...]:
    """Start, end and the number of the reason of each place."""
    numbers = {why: number for number, why in enumerate(reasons(item))}
    return tuple((leak.start, leak.end, numbers[_why(leak, item)]) for leak in leaks(item))
