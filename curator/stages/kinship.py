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
from curator.stages.windows import ahead, parts
from curator.store import Store

if TYPE_CHECKING:
    from curator.export.contamination import EvalSet
    from curator.stages.order import Order

NEAR = 0.6
#: Chats from which the compiled search for twins is worth its loading.
MANY = 2_000
#: Windows after which freed memory is handed back.
BREATH = 8
COMPILING = "the fast kernel compiled (once, about ten seconds)"
UNITS = ("chat", "first-user-turn", "answer", "pair")


def sides(store: Store, order: "Order", ords: Sequence[int], progress: Progress) -> Dealt:
    """For each chat the side of the split it goes to: families stay together.

    Akin are chats of one source chat or seed, of one first question, those that dedup grouped,
    and those of which all that was said, or all that the user said, is near by a Jaccard of `NEAR`.
    """
    families, heaps = Families(), (Heap(len(ords)), Heap(len(ords)))
    parents: dict[int, str] = {}
    if len(ords) >= MANY and must_compile():
        progress.begin(None, COMPILING)
    progress.begin(len(ords), "chats sorted into families")
    for place, (sheaf, whole) in enumerate(ahead(store.exports.leaving(ords, False))):
        for part, among in parts(sheaf, whole):
            told = sorted((*_of_sheaf(part), *_of_chats(among)), key=itemgetter(0))
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
    roles = sheaf.roles.tolist()
    raw, bounds = sheaf.turns.bounds()
    ends = bounds.tolist()
    for ord_, head, name, (first, last) in zip(
        sheaf.ords.tolist(), sheaf.heads, sheaf.names, pairwise(sheaf.firsts.tolist()), strict=True
    ):
        said = [(roles[n], raw[ends[n] : ends[n + 1]]) for n in range(first, last)]
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


def eval_set(
    paths: Sequence[Path], held: int, progress: Progress
) -> "tuple[EvalSet | None, list[str]]":
    """The chats of evaluation files, to hold so many chats against (None for no files), and what
    of the files could not be read. Raises `DataError` for a file without any chat."""
    if not paths:
        return None, []
    from curator.export.contamination import EvalSet

    chats: list[Conversation] = []
    faults: list[str] = []
    for path in paths:
        found, broken = chats_of(path, "--eval-set")
        chats += found
        faults += (f"{path.name}{fault}" for fault in broken)
    many = held >= MANY
    if many and must_compile():
        progress.begin(None, COMPILING)
    progress.begin(None, f"{len(chats):,} chats of the evaluation set")
    return EvalSet(chats, many), faults


def read_chats(path: Path, flag: str) -> list[Conversation]:
    """The chats of a file of any known layout. Raises `DataError`, which names the flag, for a
    file without any."""
    return chats_of(path, flag)[0]


def chats_of(path: Path, flag: str) -> tuple[list[Conversation], list[str]]:
    """The chats of a file of any known layout, and for each row that cannot be read `:line: why`.
    Raises `DataError`, which names the flag, for a file without any chat."""
    from curator.formats.layouts import layout_of
    from curator.formats.reading import Record, open_source, read

    with open_source(str(path)) as source:
        items = list(read(source))
    records = [item for item in items if isinstance(item, Record)]
    if not records:
        raise DataError(f"{flag} {path}: it holds no records")
    faults = [f":{item.line}: {item.reason}" for item in items if not isinstance(item, Record)]
    layout = layout_of([record.row for record in records[:50]], f"{flag} {path}", None, {})
    # Rows of one chat that is spread over many must be seen together.
    lots = [records] if layout.format.gather else [[record] for record in records]
    chats: list[Conversation] = []
    for lot in lots:
        where = f":{lot[0].line}" if len(lot) == 1 else ""
        for found in layout.all_of([record.row for record in lot]):
            if isinstance(found, Conversation):
                chats.append(found)
            else:
                faults.append(f"{where}: {found}")
    if not chats:
        raise DataError(f"{flag} {path}: none of its {len(records):,} records can be read")
    return chats, faults
