"""Answers that came with a file become candidates to review: no model is asked.

The answer of a chat stands, the others of the file are proposed in its place. A record of
hindsight (old answer, criticism, new answer) is put the way it came about: the old one stands, and
the new one is proposed with its criticism.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from math import inf
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

from curator.conversation import GIVEN, Conversation, Rewrite, Turn
from curator.objections import strength
from curator.progress import Progress
from curator.stages.base import Report
from curator.store import Store
from curator.store.given import BLANK, Place, Turned

#: Chats in memory, and candidates written, at a time.
WINDOW = 1000
#: What a file may say of an answer that is worth keeping beside it.
TOLD = ("model", "score", "overall_score")


class Wanted(NamedTuple):
    """What is asked for: chats by `ord` (None: all), one turn of them, so many candidates at most,
    and only answers that users object to so strongly (0 to 1)."""

    chats: frozenset[int] | None = None
    turn: int | None = None
    limit: int | None = None
    least: float = 0.0


class Rivals(NamedTuple):
    """The candidates among the other answers of a turn, each with its place among them, and why
    the rest are none."""

    found: list[tuple[int, Mapping[str, Any]]]
    left: list[str]


class Batch:
    """Candidates and chats that are written together."""

    def __init__(self, run_id: int) -> None:
        self.run_id = run_id
        self.turned: list[Turned] = []
        self.rewrites: list[Rewrite] = []
        self.objected: dict[str, float] = {}


def propose(store: Store, wanted: Wanted, progress: Progress) -> Report:
    """Make candidates of the answers that came with the files, those that are none yet."""
    report = Report()
    assert store.run_id is not None
    places = [
        place
        for place in store.given.places()
        if (wanted.chats is None or place.ord in wanted.chats)
        and wanted.turn in (None, place.turn_index)
    ]
    progress.begin(len(places), "answers that came with others")
    left = inf if wanted.limit is None else wanted.limit
    for held in _windows(store, places):
        batch = Batch(store.run_id)
        for one in held:
            if left > 0:
                left -= _take(batch, one, wanted, report)
        store.given.put(batch.turned, batch.rewrites, batch.run_id)
        report.count("candidates", len(batch.rewrites))
        store.objections.keep(batch.objected)
        progress.step(sum(len(places) for _, _, places in held))
        if left <= 0:
            break
    _conclude(report, wanted)
    return report


Held = tuple[int, Conversation, list[Place]]


def _windows(store: Store, places: Sequence[Place]) -> Iterator[list[Held]]:
    """Chats with their places, so many at a time."""
    by_chat = [list(group) for _, group in groupby(places, attrgetter("ord"))]
    for start in range(0, len(by_chat), WINDOW):
        some = by_chat[start : start + WINDOW]
        chats = store.conversations.at([held[0].ord for held in some])
        yield [(held[0].ord, chats[held[0].ord], held) for held in some if held[0].ord in chats]


def _take(batch: Batch, one: Held, wanted: Wanted, report: Report) -> int:
    """Put the candidates of one chat into the batch; how many there are."""
    ord_, chat, held = one
    places = [
        place.turn_index
        for place in held
        if not wanted.least or strength(chat.turns, place.turn_index) >= wanted.least
    ]
    back = [index for index in places if stood_before(chat.turns[index]) is not None]
    if back and held[0].rewritten:
        report.count("left alone: a new answer that was rewritten already", len(back))
        places = [index for index in places if index not in back]
        back = []
    if back:
        chat = _turned(chat, back)
        batch.turned.append(Turned(ord_, chat))
        report.count("old answers that stand again", len(back))
    made = [
        msgspec.structs.replace(rewrite, run_id=batch.run_id)
        for index in places
        for rewrite in _candidates(chat, index, report)
    ]
    batch.rewrites += made
    batch.objected |= {r.id: strength(chat.turns, r.turn_index) for r in made}
    report.count("chats", bool(made))
    return len(made)


def stood_before(turn: Turn) -> Mapping[str, Any] | None:
    """The answer that a criticism was said of, where the turn is what was written instead of it."""
    others = turn.extra.get("alternatives")
    if not isinstance(turn.extra.get("criticism"), str) or not isinstance(others, list):
        return None
    found = rivals_of(turn).found
    return found[0][1] if len(others) == len(found) == 1 and rank_of(found[0][1]) > 0 else None


def _turned(chat: Conversation, places: Sequence[int]) -> Conversation:
    """The chat with the old answers in their place, and the new ones beside them."""
    turns = list(chat.turns)
    for index in places:
        new = turns[index]
        old = stood_before(new)
        assert old is not None
        rest = {k: v for k, v in new.extra.items() if k not in ("alternatives", "criticism")}
        better = {"content": new.content, "rank": -1, **rest}
        own = {k: v for k, v in old.items() if k not in ("content", "rank")}
        told = {"alternatives": [better], "criticism": new.extra["criticism"]}
        turns[index] = Turn(new.role, str(old["content"]), {**own, **told})
    return msgspec.structs.replace(chat, turns=tuple(turns))


def rivals_of(turn: Turn) -> Rivals:
    """The other answers of a turn that can be judged beside it: words alone, one answer each, that
    say something else than it and than each other."""
    rivals = Rivals([], [])
    seen = {turn.content.strip(BLANK)}
    others = turn.extra.get("alternatives")
    for number, other in enumerate(others if isinstance(others, list) else ()):
        text = other.get("content") if isinstance(other, Mapping) else None
        if not isinstance(text, str) or not text.strip(BLANK):
            rivals.left.append("without words")
        elif text.strip(BLANK) in seen:
            rivals.left.append("the same answer")
        elif "turns" in other or "tool_calls" in other or "tool_calls" in turn.extra:
            rivals.left.append("of several turns, or calling tools")
        else:
            seen.add(text.strip(BLANK))
            rivals.found.append((number, other))
    return rivals


def rank_of(other: Mapping[str, Any]) -> int:
    """How far an answer is ranked below the one that stands; 0 where nobody ranked it."""
    rank = other.get("rank")
    return rank if isinstance(rank, int) and not isinstance(rank, bool) else 0


def _candidates(chat: Conversation, index: int, report: Report) -> Iterator[Rewrite]:
    turn = chat.turns[index]
    rivals = rivals_of(turn)
    for why in rivals.left:
        report.count(f"left alone: {why}")
    for number, other in rivals.found:
        told = {k.removeprefix("overall_"): other[k] for k in TOLD if _is_short(other.get(k))}
        rank = rank_of(other)
        yield Rewrite(
            conversation_id=chat.id,
            turn_index=index,
            criticism=str(turn.extra.get("criticism", "")) if rank < 0 else "",
            content=str(other["content"]),
            model=GIVEN,
            prompt_digest="",
            candidate=number,
            given={"rank": rank, **told},
        )


def _is_short(told: Any) -> bool:
    return isinstance(told, (int, float)) or (isinstance(told, str) and 0 < len(told) < 200)


def _conclude(report: Report, wanted: Wanted) -> None:
    counts = report.counts
    first = ("chats", "candidates", "old answers that stand again")
    report.counts = {
        **{name: counts.get(name, 0) for name in first[:2]},
        **{name: n for name, n in counts.items() if name not in first[:2] and n},
    }
    if not counts.get("candidates"):
        which = " there" if wanted != Wanted() else ""
        report.lines.append(
            f"No answer{which} came with another one that is not a candidate yet: preference data, "
            "ranked answers and reflection files hold such (`curator import` brings them in)."
        )
        return
    if counts.get("old answers that stand again"):
        report.lines.append(
            "The old answer of a reflection stands in its chat now and the new one is proposed: "
            "where nobody accepts that, the old one leaves (`curator rollback` takes this back)."
        )
    report.lines.append("`curator review` shows them; with blind judging it checks their labels")
