"""Finding near twins in a workspace: what is new is sketched, and held against what is known."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

from curator.similarity.banding import candidates
from curator.similarity.numbering import NOTHING, Numbering
from curator.similarity.pairs import SIZES, comparable, sizes_of
from curator.similarity.sketching import (
    VERSION,
    kernel_there,
    must_compile,
    sketch,
    table_of,
    worth_compiling,
)
from curator.similarity.templates import SAMPLE, templates_in
from curator.stages.base import Progress
from curator.stages.lean import give_back
from curator.stages.shelf import compare
from curator.store import Store
from curator.store.passages import Passages, windows
from curator.store.templates import Learned
from curator.store.twins import Places
from curator.text import blank

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from curator.similarity.batches import Sketches
    from curator.similarity.hashing import Hashes

    Whole = NDArray[np.int64]

#: The smallest Jaccard that is kept: thresholds may be moved from here up without a new search.
FLOOR = 0.5
#: Conversations from which the kernel is worth loading.
MANY = 2000
#: Texts next to each other that are looked through for templates: many stretches make a sample.
STRETCH = 128
#: Windows after which freed memory is handed back.
BREATH = 16
#: From so few texts of a source no template can be told.
FEW = 50


class Found(NamedTuple):
    """What a search did: conversations (or rewrites) read, texts first seen, and pairs found."""

    read: int
    texts: int
    pairs: int


def search(store: Store, unit: str, whole: bool, progress: Progress) -> Found:
    """Sketch what is missing of a unit and hold it against everything else. `whole` compares
    templates, too."""
    searched = store.twins.searched(unit, VERSION, whole)
    missing = store.twins.missing(unit)
    compiled = len(missing) >= MANY and kernel_there()
    if compiled and must_compile():
        progress.begin(None, "the fast kernel compiled (once, about ten seconds)")
    if not whole:
        _learn(store, unit, missing, progress, compiled)
    known = Known(store, unit)
    if len(missing):
        progress.begin(len(missing), "rewrites read" if unit == "rewrite" else "chats read")
        for place, passages in enumerate(_ahead(store, unit, missing)):
            if place % BREATH == 0:
                give_back()
            known.take(*passages, compiled)
            progress.step(len(passages[0]))
    pairs = 0
    if len(known) > searched:
        pairs = _hold(store, unit, searched, len(known), progress)
    return Found(len(missing), len(known) - searched, pairs)


class Known:
    """The texts of a unit that have a number."""

    def __init__(self, store: Store, unit: str) -> None:
        self._numbering = Numbering(*store.twins.names(unit))
        self._store, self._unit = store, unit
        self._table = table_of(store.templates.hashes(unit))

    def __len__(self) -> int:
        return len(self._numbering)

    def take(self, ords: "Whole", passages: Passages, compiled: bool) -> None:
        """Number and keep the texts of these conversations; those without a text are noted."""
        import numpy as np

        batch = passages.batch
        # Few chats may be long ones.
        compiled = compiled or worth_compiling(batch)
        own = sketch(batch, templates=self._table, compiled=compiled)
        wordless = np.flatnonzero(own.counts == 0).tolist()
        empty = np.array([i for i in wordless if blank(batch.text(i))], np.int64)
        before = len(self)
        numbers = self._numbering.number(own.names, set(empty.tolist()))
        texts, firsts = np.unique(numbers, return_index=True)
        firsts = firsts[texts >= before]
        bare = np.setdiff1d(ords, passages.ords[numbers != NOTHING])
        here = numbers != NOTHING
        places = Places(
            np.concatenate([passages.ords[here], bare]),
            np.concatenate([passages.turns[here], np.full(len(bare), -1, np.int32)]),
            np.concatenate([numbers[here], np.full(len(bare), NOTHING, np.int64)]),
            np.concatenate([passages.sizes[here], np.zeros(len(bare), np.int64)]),
        )
        made = [_columns(numbers[firsts], own.some(firsts), True)]
        shortest = sizes_of(np.floor(own.counts * FLOOR).astype(np.int32))
        more = firsts[(shortest != sizes_of(own.counts))[firsts] & (own.counts[firsts] > 0)]
        if len(more):
            part = sketch(batch.some(more), shortest[more], self._table, compiled)
            made.append(_columns(numbers[more], part, False, shortest[more]))
        self._store.twins.add(self._unit, places, made)


def _columns(
    texts: "Whole", part: "Sketches", own: bool, sizes: "NDArray[np.int8] | None" = None
) -> dict[str, Any]:
    import numpy as np

    return {
        "text": texts, "shingle": sizes_of(part.counts) if sizes is None else sizes,
        "own": np.full(len(texts), own), "name_1": np.ascontiguousarray(part.names[:, 0]),
        "name_2": np.ascontiguousarray(part.names[:, 1]), "words": part.counts,
        "numbers": part.numbers, "kept": part.lefts, "signature": part.rows,
    }  # fmt: skip


def _ahead(store: Store, unit: str, ords: "Whole") -> "Iterator[tuple[Whole, Passages]]":
    """The texts of these conversations, a window at a time; the next is read meanwhile."""
    stretches = windows(ords)
    with ThreadPoolExecutor(1, thread_name_prefix="read") as reader:
        coming = reader.submit(store.twins.passages, unit, stretches[0])
        for place, stretch in enumerate(stretches):
            passages = coming.result()
            if place + 1 < len(stretches):
                coming = reader.submit(store.twins.passages, unit, stretches[place + 1])
            yield stretch, passages


def _learn(store: Store, unit: str, ords: "Whole", progress: Progress, compiled: bool) -> None:
    """Look for the templates of sources that were not looked at yet: in all of the source, also
    where only a part of it is searched."""
    import numpy as np

    done = {each.source for each in store.templates.learned(unit)}
    asked = store.twins.sources(unit, ords)
    every = store.twins.sources(unit, store.twins.missing(unit, everywhere=True))
    fresh = {
        source: every[source]
        for source in asked
        if source not in done and len(every[source]) >= FEW
    }
    if fresh:
        progress.begin(len(fresh), "files looked through for templates")
    for source, found in fresh.items():
        # Stretches from all over the source: a file is often sorted.
        stretch = min(len(found), STRETCH)
        count = max(1, min(SAMPLE // stretch, len(found) // stretch))
        sample = np.concatenate(
            [
                found[at : at + stretch]
                for at in np.linspace(0, len(found) - stretch, count).astype(int).tolist()
            ]
        )
        sample = found if len(found) <= SAMPLE else np.unique(sample)
        store.templates.learn(unit, *_templates(store, unit, source, sample, len(found), compiled))
        progress.step(1)


def _templates(
    store: Store, unit: str, source: str, sample: "Whole", total: int, compiled: bool
) -> "tuple[Learned, dict[int, Hashes]]":
    import numpy as np

    from curator.similarity.batches import packed

    texts: dict[tuple[int, int], bytes] = {}
    for stretch in windows(sample):
        batch = store.twins.passages(unit, stretch).batch
        compiled = compiled or worth_compiling(batch)
        own = sketch(batch, np.full(len(batch), -1, np.int8), compiled=compiled)
        for place, (one, other) in enumerate(own.names.tolist()):
            begin, end = int(batch.starts[place]), int(batch.ends[place])
            texts.setdefault((one, other), batch.buffer[begin:end].tobytes())
    batch = packed(list(texts.values()))
    texts.clear()
    give_back()
    own = sketch(batch, np.full(len(batch), -1, np.int8), compiled=compiled)
    found = templates_in(batch, own, len(sample) / total, FLOOR, compiled)
    return Learned(source, len(batch), found.sharing, found.example), found.hashes


# pairs --------------------------------------------------------------------------------------------


def _hold(store: Store, unit: str, searched: int, total: int, progress: Progress) -> int:
    """Hold the texts from `searched` on against all; how many pairs were kept."""
    import numpy as np

    table = table_of(store.templates.hashes(unit))
    kept_pairs, kept_jaccards = [np.zeros((0, 2), np.int64)], [np.zeros(0)]
    for size in SIZES:
        sheet = store.twins.sheet(unit, size)
        fresh = sheet.texts >= searched
        if not fresh.any():
            continue
        give_back()
        progress.begin(None, f"{len(sheet.texts):,} sketches held against each other")
        pairs = candidates(sheet.sketches, fresh, FLOOR)
        pairs = pairs[comparable(sheet.words, sheet.numbers, pairs, size)]
        pairs = sheet.texts[pairs]
        del sheet
        give_back()
        jaccards = compare(store, unit, pairs, size, table, progress)
        near = jaccards >= FLOOR
        kept_pairs.append(pairs[near])
        kept_jaccards.append(jaccards[near])
    pairs, jaccards = np.concatenate(kept_pairs), np.concatenate(kept_jaccards)
    store.twins.add_pairs(unit, pairs, jaccards, total)
    return len(pairs)
