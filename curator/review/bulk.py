"""One act on many rewrites: seen first, then recorded as one decision of many parts."""

import uuid
from collections.abc import Sequence
from typing import Any

import msgspec

from curator.conversation import Decision, Verdict
from curator.errors import ConfigError
from curator.filters.views import QueueSpec
from curator.progress import Progress
from curator.review.items import Desk, Target, before

#: What may be said of many at once; an edit is one's own words on one.
BULK: dict[Verdict, str] = {
    "accept": "take the new answers",
    "reject": "keep the old answers",
    "skip": "leave them pending",
    "flag": "flag them",
    "unflag": "take their flags away",
    "mark": "tag them",
}
#: So many are shown before it is done.
SAMPLES = 5
#: So many characters before the first difference are shown with it.
LEAD = 12


class Word(msgspec.Struct, frozen=True):
    """What is said of many rewrites, and by whom; `tags` are added to those they have."""

    verdict: Verdict
    reviewer: str
    reason: str = ""
    tags: tuple[str, ...] = ()


class Sample(msgspec.Struct, frozen=True):
    """A rewrite as it is shown before a bulk act: where its chat came from, the old answer and
    the new one."""

    source: str
    line: int | None
    before: str
    after: str


def apart(sample: Sample) -> tuple[str, str]:
    """Both answers on a line each, from shortly before the place where they first differ: what
    they begin with alike says nothing about the act."""
    old, new = (" ".join(text.split()) for text in (sample.before, sample.after))
    apart_at = (at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1])
    start = next(apart_at, min(len(old), len(new))) - LEAD
    return (f"…{old[start:]}", f"…{new[start:]}") if start > 1 else (old, new)


class Preview(msgspec.Struct, frozen=True):
    """What a bulk act would touch: how many rewrites, of how many chats, and some of them."""

    spec: QueueSpec
    count: int
    chats: int
    samples: tuple[Sample, ...] = ()


def preview(desk: Desk, spec: QueueSpec, only: Sequence[int] | None = None) -> Preview:
    """What a bulk act on this queue, of all chats or of those whose `ord` is in `only`, would
    touch. Asks the store."""
    count, chats = desk.queues.size(spec, only)
    papers = desk.papers(desk.queues.sample(spec, SAMPLES, only), "") if count else ()
    samples = [
        Sample(origin.source, origin.line, before(each), each.rewrite.content)
        for each in papers
        for origin in (each.conversation.origin,)
    ]
    return Preview(spec, count, chats, tuple(samples))


def carry_out(
    desk: Desk,
    spec: QueueSpec,
    word: Word,
    only: Sequence[int] | None = None,
    progress: Progress | None = None,
) -> list[Decision]:
    """Say one word of every rewrite of a queue (in the chats of `only`, where given), as one act
    that one undo takes back; durable when this returns. What is settled that way already is
    decided once more. `progress` counts very many; where it stops the act, nothing is done.

    Raises `ConfigError` for a verdict that cannot be said of many, `StoreError` where nothing
    could be saved.
    """
    targets = desk.queues.targets(spec, only, marks=word.verdict == "mark")
    return desk.record(decisions(targets, spec, word), progress)


def decisions(targets: Sequence[Target], spec: QueueSpec, word: Word) -> list[Decision]:
    """The parts of one bulk act: they share an `op`, and say in `extra` what was asked for (but
    for marks, whose `extra` is what is marked)."""
    if word.verdict not in BULK:
        raise ConfigError(f"{word.verdict!r} is not for many at once; use one of {', '.join(BULK)}")
    if word.verdict == "mark" and not word.tags:
        raise ConfigError("nothing to mark with; name a tag")
    op = uuid.uuid4().hex
    bulk = {"bulk": op, "queue": spec.state, "where": spec.where}
    return [
        Decision(
            target.rewrite_id, target.conversation_id, target.turn_index, word.reviewer,
            word.verdict, reason=word.reason,
            extra=_tagged(target, word.tags) if word.verdict == "mark" else bulk, op=op,
        )
        for target in targets
    ]  # fmt: skip


def _tagged(target: Target, tags: Sequence[str]) -> dict[str, Any]:
    had = msgspec.json.decode(target.marks).get("tags") or ()
    return {"tags": [*dict.fromkeys((*had, *tags))]}
