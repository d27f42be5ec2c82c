"""How score measures difficulty: IFD of each answer by a small local model, rewrites first."""

from curator.conversation import Rewrite, Signal, digest
from curator.engines.perplexity import Perplexity, Surprise
from curator.stages.base import Part, Progress, Report
from curator.store import Store

NAME, HELPS = "ifd", "r-ifd"
#: From 1 on the question makes the answer no likelier: it may belong to another question.
FLAGGED = 1.0
BATCH = 16


def measure(
    store: Store, bounds: tuple[int | None, Part | None], steps: tuple[Progress, Report]
) -> None:
    """Measure the rewrites, then the answers, that lack it, so many at most and of a part where
    one is given; a second run goes on."""
    progress, report = steps
    limit, part = bounds
    only, chats = (None, None) if part is None else (part.rewrites, part.chats)
    reader = Perplexity()
    version = int(digest([reader.model, "ifd 2"])[:7], 16)
    left = 10**9 if limit is None else max(0, limit)
    waiting = store.signals.unscored({NAME: version, HELPS: version}, -1, left, only)
    progress.begin(None, "answers read by the small model")
    for first in range(0, len(waiting), BATCH):
        found: list[Signal] = []
        try:
            for _, id_, rewrite in waiting[first : first + BATCH]:
                found += _both(store, reader, id_, rewrite)
                progress.step()
        finally:  # who is stopped keeps what is read
            store.signals.add(found, {NAME: version, HELPS: version}, store.run_id)
            report.count("difficulties measured now", len(found) // 2)
    _answers(store, reader, (version, left - len(waiting), chats), steps)


def _both(store: Store, reader: Perplexity, id_: str, rewrite: Rewrite) -> list[Signal]:
    """The difficulty of a rewrite and whether it helps; nothing where its chat is gone."""
    chat = store.conversations.get(rewrite.conversation_id)
    if chat is None:
        return []
    before = reversed(chat.turns[: rewrite.turn_index])
    asked = next((turn.content for turn in before if turn.role == "user"), "")
    where = (rewrite.conversation_id, rewrite.turn_index, id_)
    old = chat.turns[rewrite.turn_index].content
    return [
        _signal(where, reader.of(asked, rewrite.content)),
        _helps(where, reader.of(rewrite.content, asked), reader.of(old, asked)),
    ]


def _answers(
    store: Store,
    reader: Perplexity,
    terms: tuple[int, int, list[int] | None],
    steps: tuple[Progress, Report],
) -> None:
    version, left, chats = terms
    progress, report = steps
    done = store.turn_signals.versions_of(NAME, version)
    batch: list[Signal] = []
    try:
        for chat in store.conversations.iterate(only=chats):
            asked = ""
            for index, turn in enumerate(chat.turns):
                if turn.role == "user":
                    asked = turn.content
                if turn.role != "assistant" or (chat.id, index) in done:
                    continue
                if left <= 0:
                    return
                left -= 1
                batch.append(_signal((chat.id, index, None), reader.of(asked, turn.content)))
                report.count("difficulties measured now")
                if len(batch) >= BATCH:
                    store.turn_signals.append(batch, {NAME: version}, store.run_id)
                    batch.clear()
                progress.step()
    finally:
        store.turn_signals.append(batch, {NAME: version}, store.run_id)


def _signal(where: tuple[str, int, str | None], found: Surprise | None) -> Signal:
    """The measured difficulty; 0 for an answer too short to say, so that it is not asked again."""
    conversation_id, index, rewrite_id = where
    if found is None:
        return Signal(conversation_id, index, NAME, 0.0, False, "too short to say", rewrite_id)
    told = (
        f"perplexity {found.given:.1f} with the question, {found.alone:.1f} without, "
        f"over {found.tokens} tokens"
    )
    value = round(found.ifd, 4)
    return Signal(conversation_id, index, NAME, value, value >= FLAGGED, told, rewrite_id)


def _helps(where: tuple[str, int, str], new: Surprise | None, old: Surprise | None) -> Signal:
    """Whether the rewrite fits its question better than the old answer did: r-IFD, by how little
    an answer helps to guess the question (Li et al. 2024, “Selective Reflection-Tuning”). The
    value is new less old; over 0 the small model finds that the rewrite does not help."""
    conversation_id, index, rewrite_id = where
    if new is None or old is None:
        told, value = "the question is too short to say", 0.0
    else:
        value = round(new.ifd - old.ifd, 4)
        told = (
            f"the question given the answer: {old.ifd:.3f} before, {new.ifd:.3f} with the rewrite"
        )
    return Signal(conversation_id, index, HELPS, value, value > 0, told, rewrite_id)
