"""Which chats of an export are akin, and which an evaluation set knows."""

from array import array
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
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
    and those of which all that was said, or all that the user said, is near by a Jaccard of `NEAR`.
    """
    families, heaps = Families(), (Heap(len(ords)), Heap(len(ords)))
    parents: dict[int, str] = {}
    if len(ords) >= MANY and must_compile():
        progress.begin(None, "the fast kernel compiled (once, about ten seconds)")
    progress.begin(len(ords), "chats sorted into families")
    for place, (sheaf, whole) in enumerate(ahead(store.exports.leaving(ords, False))):
        told = sorted((*_of_sheaf(sheaf), *_of_chats(whole)), key=itemgetter(0))
        for ord_, kin, _, _ in told:
            families.add(ord_, kin)
            if kin.parent:
                parents[ord_] = kin.parent
        heaps[0].add([(ord_, said) for ord_, _, said, _ in told])
        heaps[1].add([(ord_, asked) for ord_, _, _, asked in told])
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
    with store.exports.resting():
        for heap in heaps:
            give_back()
            for one, other in heap.pairs(lambda: progress.step(0)):
                families.join(one, other)
        return families.sides(order.shares, order.seed)


class Heap:
    """What was said in some chats, to find those that are near twins by it."""

    def __init__(self, chats: int) -> None:
        self._pile = Pile(NEAR, chats >= MANY)
        self._ords = array("q")

    def add(self, told: Sequence[tuple[int, bytes]]) -> None:
        """Chats by `ord`, and what was said in them; one in which nothing was is left out."""
        spoken = [(ord_, said) for ord_, said in told if said.strip()]
        self._ords.extend(ord_ for ord_, _ in spoken)
        self._pile.add([said for _, said in spoken])

    def pairs(self, step: Callable[[], None]) -> Iterator[tuple[int, int]]:
        """Pairs of near twins, by `ord`."""
        for one, other in self._pile.pairs(step):
            yield self._ords[one], self._ords[other]


#: A chat by `ord`, what tells its kin, all that was said but by the system, and by the user.
_Told = tuple[int, Kin, bytes, bytes]


def _of_sheaf(sheaf: Sheaf) -> Iterator[_Told]:
    turns, roles = sheaf.turns, sheaf.roles.tolist()
    raw = memoryview(turns.buffer)
    begins, ends = turns.begins.tolist(), turns.ends.tolist()
    for ord_, head, name, (first, last) in zip(
        sheaf.ords.tolist(), sheaf.heads, sheaf.names, pairwise(sheaf.firsts.tolist()), strict=True
    ):
        said = [(roles[n], raw[begins[n] : ends[n]]) for n in range(first, last)]
        asked = [text for role, text in said if role == ord("u")]
        question = str(asked[0], "utf-8") if asked else ""
        kin = Kin(head[0], name, meta_of(None, None, None, head[4]), question)
        yield ord_, kin, b"\n".join(t for role, t in said if role != ord("s")), b"\n".join(asked)


def _of_chats(chats: Sequence[tuple[int, Curated]]) -> Iterator[_Told]:
    for ord_, curated in chats:
        turns = curated.conversation.turns
        said = [turn.content.encode() for turn in turns if turn.role != "system"]
        asked = [turn.content.encode() for turn in turns if turn.role == "user"]
        yield ord_, kin_of(curated.conversation), b"\n".join(said), b"\n".join(asked)


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
    chats = [found for found in layout.all_of(rows) if isinstance(found, Conversation)]
    if not chats:
        raise DataError(f"{flag} {path}: none of its {len(rows):,} records can be read")
    return chats
