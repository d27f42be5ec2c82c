"""Which chats of an export are akin, and which an evaluation set knows."""

from array import array
from collections.abc import Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from curator.conversation import Conversation, Curated
from curator.errors import DataError
from curator.export.sheaf import Sheaf
from curator.export.splicing import meta_of
from curator.export.splitting import Dealt, Families, Kin, kin_of
from curator.similarity.piles import Pile
from curator.similarity.sketching import must_compile
from curator.stages.base import Progress
from curator.stages.lean import give_back
from curator.stages.windows import ahead
from curator.store import Store

if TYPE_CHECKING:
    from curator.export.contamination import EvalSet
    from curator.stages.order import Order

NEAR = 0.6
#: Chats from which the compiled search for twins is worth its loading.
MANY = 2_000
#: Windows after which freed memory is handed back.
BREATH = 8
UNITS = ("chat", "first-user-turn", "answer", "pair")


def sides(store: Store, order: "Order", ords: Sequence[int], progress: Progress) -> Dealt:
    """For each chat the side of the split it goes to: families stay together.

    Akin are chats of one source chat or seed, of one first question, those that dedup grouped,
    and those of which all that the user said is near, by a Jaccard of `NEAR`.
    """
    families, pile = Families(), Pile(NEAR, len(ords) >= MANY)
    said = array("q")
    parents: dict[int, str] = {}
    if len(ords) >= MANY and must_compile():
        progress.begin(None, "the fast kernel compiled (once, about ten seconds)")
    progress.begin(len(ords), "chats sorted into families")
    for place, (sheaf, whole) in enumerate(ahead(store.exports.leaving(ords, False))):
        spoken: list[tuple[int, str]] = []
        for ord_, kin, asked in sorted((*_of_sheaf(sheaf), *_of_chats(whole)), key=itemgetter(0)):
            families.add(ord_, kin)
            if kin.parent:
                parents[ord_] = kin.parent
            if asked.strip():
                spoken.append((ord_, asked))
        said.extend(ord_ for ord_, _ in spoken)
        pile.add([asked for _, asked in spoken])
        if place % BREATH == 0:
            give_back()
        progress.step(len(sheaf.ords) + len(whole))
    old = store.exports.named(list(parents.values())) if parents else {}
    for ord_, parent in parents.items():
        if parent in old:
            families.join(old[parent], ord_)
    for one, other in store.exports.akin(UNITS):
        families.join(one, other)
    progress.begin(None, "near twins kept on one side")
    for one, other in pile.pairs(lambda: progress.step(0)):
        families.join(said[one], said[other])
    return families.sides(order.shares, order.seed)


def _of_sheaf(sheaf: Sheaf) -> Iterator[tuple[int, Kin, str]]:
    """Of each chat its `ord`, what tells its kin, and all that the user said."""
    users = (sheaf.roles == ord("u")).nonzero()[0]
    starts, ends = users.searchsorted(sheaf.firsts[:-1]), users.searchsorted(sheaf.firsts[1:])
    for ord_, head, name, start, end in zip(
        sheaf.ords.tolist(), sheaf.heads, sheaf.names, starts.tolist(), ends.tolist(), strict=True
    ):
        said = [sheaf.turns.text(place) for place in users[start:end]]
        meta = meta_of(None, None, None, head[4])
        yield ord_, Kin(head[0], name, meta, said[0] if said else ""), "\n".join(said)


def _of_chats(chats: Sequence[tuple[int, Curated]]) -> Iterator[tuple[int, Kin, str]]:
    for ord_, curated in chats:
        chat = curated.conversation
        said = [turn.content for turn in chat.turns if turn.role == "user"]
        yield ord_, kin_of(chat), "\n".join(said)


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
