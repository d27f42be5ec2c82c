"""How score reads the turns of all chats: a window at a time, each signal from where it stopped."""

from collections.abc import Iterator, Sequence

from curator.conversation import Signal
from curator.signals.turns import TurnSignal, for_roles, read, remarkable
from curator.stages.base import Progress, Report
from curator.store import Store
from curator.store.turn_signals import Mark, ReadChat

#: Chats read, measured and committed at a time.
WINDOW = 500
#: Of a signal that has read nothing.
UNSEEN = Mark(0, -1)


def measure(
    store: Store, signals: Sequence[TurnSignal], limit: int | None, steps: tuple[Progress, Report]
) -> None:
    """Measure the turns that some of the signals has not read yet, at most `limit` chats of them;
    stops between windows without loss."""
    progress, report = steps
    known = store.turn_signals.marks()
    stale = [s.name for s in signals if known.get(s.name, UNSEEN).version != s.version]
    if stale:
        store.turn_signals.begin_anew(stale)
    upto = {s.name: -1 if s.name in stale else known[s.name].upto for s in signals}
    end = store.conversations.last()
    start = min(upto.values(), default=end)
    end = end if limit is None else min(end, start + max(0, limit))
    progress.begin(store.turn_signals.turn_count(start, end), "turns measured")
    for first, last in _windows(upto, end):
        due = [signal for signal in signals if upto[signal.name] < first]
        chats = store.turn_signals.chats(first, last)
        versions = {signal.name: signal.version for signal in due}
        store.turn_signals.add(noted(chats, due), versions, last, store.run_id)
        turns = sum(len(chat.turns) for chat in chats)
        report.count("turns measured now", turns)
        progress.step(turns)


def measure_part(
    store: Store,
    signals: Sequence[TurnSignal],
    chats: Sequence[int],
    limit: int | None,
    steps: tuple[Progress, Report],
) -> None:
    """The same for the turns of some chats alone, wherever the signals have got to."""
    progress, report = steps
    due = store.readings.due(chats, {signal.name: signal.version for signal in signals})
    left = sum(map(len, due.values())) if limit is None else max(0, limit)
    progress.begin(min(left, sum(map(len, due.values()))), "chats measured")
    for names, ords in due.items():
        reading = [signal for signal in signals if signal.name in names]
        ords, left = ords[:left], left - len(ords[:left])
        for start in range(0, len(ords), WINDOW):
            window = ords[start : start + WINDOW]
            found = store.turn_signals.chats_at(window)
            versions = {signal.name: signal.version for signal in reading}
            store.readings.add(noted(found, reading), versions, window, store.run_id)
            report.count("turns measured now", sum(len(chat.turns) for chat in found))
            progress.step(len(window))


def noted(chats: Sequence[ReadChat], signals: Sequence[TurnSignal]) -> list[Signal]:
    """What is out of the ordinary in some chats, as signals to be stored."""
    by_role = for_roles(signals)
    return [
        Signal(chat.id, index, signal.name, float(value), flagged, note)
        for chat in chats
        for index, signal, (value, flagged, note) in remarkable(read(chat.turns), by_role)
    ]


def _windows(upto: dict[str, int], end: int) -> Iterator[tuple[int, int]]:
    """Stretches of `ord` within each of which the same signals are due."""
    edges = sorted({*upto.values()})
    for place, edge in enumerate(edges):
        stop = min(end, edges[place + 1] if place + 1 < len(edges) else end)
        for first in range(edge + 1, stop + 1, WINDOW):
            yield first, min(first + WINDOW - 1, stop)
