"""Which turns are rewritten, and in which order: those that users object to most come first."""

from collections.abc import Iterator

from curator.conversation import Conversation
from curator.errors import ConfigError
from curator.objections import strength
from curator.progress import Progress
from curator.stages.base import Filtered
from curator.store import Store
from curator.store.rewrites import Due, Terms

#: Conversations whose turns are in memory at once while they are being put in order.
WINDOW = 1000
#: So many due turns can be put in order as a whole; more are put in order window by window.
SORTED_WHOLE = 20_000


def chosen(
    store: Store, terms: Terms, least: float, limit: int | None, progress: Progress
) -> tuple[int, Iterator[tuple[Due, Conversation]]]:
    """How many rewrites will be made, `limit` at most, and which, in order of how strongly users
    object; only where they do so by `least` (0 to 1)."""
    total = store.rewrites.due_count(terms)
    if least or total <= SORTED_WHOLE:
        progress.begin(total, "answers looked through for objections")
        places: list[tuple[float, Due]] = []
        for window in _windows(store, terms):
            places += [(score, due) for score, due, _ in window if score >= least]
            progress.step(len(window))
        places.sort(key=lambda place: -place[0])
        places = places[:limit]
        return len(places), _fetched(store, [due for _, due in places])
    stop = total if limit is None else min(limit, total)
    return stop, _in_windows(store, terms, stop)


def only(store: Store, config: Filtered, named: tuple[str, ...]) -> tuple[str, ...]:
    """The ids of the chats to rewrite: those named, of those that the filter finds; () for all.
    Raises `ConfigError` where none is left."""
    found = config.ids(store)
    if found is None or not named:
        return named or tuple(found or ())
    wanted = set(found).intersection(named)
    if not wanted:
        raise ConfigError("none of the chats named with --conversation is found by --where")
    return tuple(sorted(wanted))


def _windows(store: Store, terms: Terms) -> Iterator[list[tuple[float, Due, Conversation]]]:
    """The due turns that have a text, each with its score, a window at a time."""
    for window in store.rewrites.due(terms, WINDOW):
        chats = dict(store.conversations.between(window[0].ord, window[-1].ord))
        yield [
            (strength(chats[due.ord].turns, due.turn_index), due, chats[due.ord])
            for due in window
            if _has_words(chats[due.ord], due.turn_index)
        ]


def _has_words(conversation: Conversation, index: int) -> bool:
    """Whether there is an answer to rewrite and a later user turn to learn from."""
    return bool(conversation.turns[index].content.strip()) and any(
        turn.role == "user" and turn.content.strip() for turn in conversation.turns[index + 1 :]
    )


def _in_windows(store: Store, terms: Terms, stop: int) -> Iterator[tuple[Due, Conversation]]:
    left = stop
    for window in _windows(store, terms):
        for _, due, conversation in sorted(window, key=lambda place: -place[0])[:left]:
            yield due, conversation
            left -= 1


def _fetched(store: Store, chosen: list[Due]) -> Iterator[tuple[Due, Conversation]]:
    """Each with its conversation, read when its turn comes."""
    for due in chosen:
        yield due, store.conversations.between(due.ord, due.ord)[0][1]
