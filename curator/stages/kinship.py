"""Which chats of an export are akin, and which an evaluation set knows."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from curator.conversation import Conversation, Curated
from curator.errors import DataError
from curator.export.sheaf import Sheaf
from curator.export.splicing import meta_of
from curator.export.splitting import Dealt, Families, Kin, kin_of
from curator.stages.base import Progress
from curator.stages.sketched import akin
from curator.stages.windows import ahead
from curator.store import Store

if TYPE_CHECKING:
    from curator.export.contamination import EvalSet
    from curator.stages.order import Order

#: Up to so many chats near twins are looked for in memory; beyond it by stored sketches.
FEW = 250_000
NEAR = 0.6
#: Beyond it also by the first question: the same one with other answers makes no twins of chats.
STORED = ("chat", "first-user-turn")
UNITS = ("chat", "first-user-turn", "answer", "pair")


def sides(store: Store, order: "Order", ords: Sequence[int], progress: Progress) -> Dealt:
    """For each chat the side of the split it goes to: families stay together.

    Akin are chats of one source chat or seed, of one first question, those that dedup grouped,
    and near twins of Jaccard `NEAR`: up to `FEW` chats by what the user said, of more by what
    dedup keeps of whole chats and of first questions (it is brought up to date).
    """
    families = Families()
    texts: list[tuple[int, str]] = []
    parents: dict[int, str] = {}
    few = len(ords) <= FEW
    progress.begin(len(ords), "chats sorted into families")
    for sheaf, whole in ahead(store.exports.leaving(ords, False)):
        for ord_, kin, asked in sorted((*_of_sheaf(sheaf, few), *_of_chats(whole, few))):
            families.add(ord_, kin)
            if kin.parent:
                parents[ord_] = kin.parent
            if asked:
                texts.append((ord_, asked))
        progress.step(len(sheaf.ords) + len(whole))
    old = store.exports.named(list(parents.values())) if parents else {}
    for ord_, parent in parents.items():
        if parent in old:
            families.join(old[parent], ord_)
    for one, other in store.exports.akin(UNITS):
        families.join(one, other)
    if not few:
        for unit in STORED:
            for one, other in akin(store, unit, NEAR, progress):
                families.join(one, other)
    _join_twins(families, texts)
    return families.sides(order.shares, order.seed)


def _of_sheaf(sheaf: Sheaf, asked: bool) -> Iterator[tuple[int, Kin, str]]:
    """Of each chat its `ord`, what tells its kin, and if `asked` all that the user said."""
    users = (sheaf.roles == ord("u")).nonzero()[0]
    starts, ends = users.searchsorted(sheaf.firsts[:-1]), users.searchsorted(sheaf.firsts[1:])
    for ord_, head, name, start, end in zip(
        sheaf.ords.tolist(), sheaf.heads, sheaf.names, starts.tolist(), ends.tolist(), strict=True
    ):
        said = [sheaf.turns.text(place) for place in users[start : end if asked else start + 1]]
        question = said[0] if start < end else ""
        meta = meta_of(None, None, None, head[4])
        yield ord_, Kin(head[0], name, meta, question), "\n".join(said) if asked else ""


def _of_chats(chats: Sequence[tuple[int, Curated]], asked: bool) -> Iterator[tuple[int, Kin, str]]:
    for ord_, curated in chats:
        chat = curated.conversation
        said = [turn.content for turn in chat.turns if turn.role == "user"] if asked else []
        yield ord_, kin_of(chat), "\n".join(said)


def _join_twins(families: Families, texts: Sequence[tuple[int, str]]) -> None:
    from curator.similarity import twins

    spoken = [(ord_, text) for ord_, text in texts if text.strip()]
    for pair in twins([text for _, text in spoken], NEAR):
        families.join(spoken[pair.one][0], spoken[pair.other][0])


def eval_set(paths: Sequence[Path]) -> "EvalSet | None":
    """The chats of evaluation files; None for no files. Raises `DataError` for a file without
    any."""
    if not paths:
        return None
    from curator.export.contamination import EvalSet

    chats: list[Conversation] = []
    for path in paths:
        chats += read_chats(path, "--eval-set")
    return EvalSet(chats)


def read_chats(path: Path, flag: str) -> list[Conversation]:
    """The chats of a file of any known layout. Raises `DataError`, which names the flag, for a
    file without any."""
    from curator.formats.layouts import layout_of
    from curator.formats.reading import Record, open_source, read

    with open_source(str(path)) as source:
        rows = [item.row for item in read(source) if isinstance(item, Record)]
    if not rows:
        raise DataError(f"{flag} {path}: it holds no records")
    layout = layout_of(rows[:50], f"{flag} {path}", None, {})
    chats = []
    for row in rows:
        try:
            chats += layout.conversations(row)
        except DataError:
            continue
    if not chats:
        raise DataError(f"{flag} {path}: none of its {len(rows):,} records can be read")
    return chats
