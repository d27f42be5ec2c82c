"""Finding texts that say the same in other words: what has no vector is encoded, and what is new is
held against everything.

A vector stands for what its model reads: a longer text is cut into pieces and stands for all of
them. A template that a source begins its texts with is left out, as it is with words. Short texts
whose numbers differ are not the same ("12+35=" and "12+53="), whatever their vectors say.
"""

import tempfile
from typing import TYPE_CHECKING, Any, NamedTuple

from curator.engines import Embedder
from curator.similarity.meaning import close
from curator.stages.base import Progress, Report
from curator.stages.closeness import (
    CANDIDATE,
    MEANING,
    WORDING,
    Bar,
    bar_of,
    by_characters,
    knows_all,
    needed,
)
from curator.stages.encoded import encode, read
from curator.stages.sums import figures_of
from curator.stages.wording import likeness
from curator.store import Store
from curator.store.meanings import Linked, Meant, Near, Spots

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]

#: Part of what is stored: pairs of another version of the method are looked for anew.
VERSION = 1


class Meaning(NamedTuple):
    """What a search did: texts encoded now, pairs found now, texts in a script that the model does
    not know, whose vectors they are, and the model itself."""

    encoded: int
    pairs: int
    unknown: int
    meant: Meant
    embedder: Embedder


def search(store: Store, unit: str, embedder: Embedder, report: Report, whole: bool,
           progress: Progress) -> Meaning:  # fmt: skip
    """Encode what has no vector and hold what is new against everything. The texts of the unit
    have been numbered before. `whole` encodes templates, too; what has no vector in the end fails
    in the report."""
    meant = meant_by(embedder)
    missing = store.meanings.missing(unit, meant, knows_all(embedder))
    missing = missing.some(store.twins.among(unit, missing.texts))
    encoded = encode(store, unit, embedder, missing, (report, whole), progress)
    linked = store.meanings.linked(unit, meant)
    with tempfile.TemporaryFile() as file:
        shelf = Vectors(store, unit, embedder, file)
        old = store.meanings.last(unit)
        if old is not None and (old.model, old.revision, old.version) == meant[:3]:
            meant = old
        else:
            bar = _bar(shelf, linked.texts, meant.model)
            meant = meant._replace(floor=bar.floor, usual=bar.usual)
            store.meanings.begin(unit, meant)
            linked = _anew(linked)
        pairs = 0
        if not linked.held.all():
            pairs = _hold(store, unit, shelf, linked, progress)
    return Meaning(encoded, pairs, store.meanings.unknown(unit), meant, embedder)


def meant_by(embedder: Embedder) -> Meant:
    """The search by a model whose figures are not known yet."""
    return Meant(embedder.model, embedder.revision, VERSION, 0.0, 0.0)


def texts_of(store: Store, unit: str, numbers: "Whole") -> dict[int, str]:
    """What these texts say, by their numbers."""
    import numpy as np

    places = store.twins.places(unit, hidden=True)
    known, at = np.unique(places.texts, return_index=True)
    at = at[np.searchsorted(known, numbers)]
    order = np.lexsort((places.turns[at], places.ords[at]))
    spots = Spots(numbers[order], places.ords[at][order], places.turns[at][order])
    texts: dict[int, str] = {}
    for rows, said in read(store, unit, spots):
        texts.update(zip(rows, said, strict=True))
    return texts


class Vectors:
    """The vectors of texts in a file, so that memory holds what is looked at."""

    def __init__(self, store: Store, unit: str, embedder: Embedder, file: Any) -> None:
        self._store, self._unit, self._file = store, unit, file
        self._meant, self._wide = meant_by(embedder), embedder.dimensions

    def of(self, texts: "Whole") -> "NDArray[np.float32]":
        """A row for each of these texts; those asked for before are gone."""
        import numpy as np

        shape = (len(texts), self._wide)
        if not all(shape):
            return np.zeros(shape, np.float32)
        self._file.truncate(0)
        rows = np.memmap(self._file, np.float32, "w+", shape=shape)
        self._store.meanings.fill(self._unit, self._meant, texts, rows)
        return rows


def _bar(shelf: Vectors, texts: "Whole", model: str) -> Bar:
    import numpy as np

    some = np.sort(np.random.default_rng(4).permutation(texts)[:2000])
    return bar_of(model, shelf.of(some))


def _anew(linked: Linked) -> Linked:
    """The same texts in order, none held against the others yet."""
    import numpy as np

    linked = linked.some(np.argsort(linked.texts))
    return linked._replace(held=np.zeros(len(linked.texts), np.bool_))


# pairs --------------------------------------------------------------------------------------------


def _hold(store: Store, unit: str, shelf: Vectors, linked: Linked,
          progress: Progress) -> int:  # fmt: skip
    """Hold the texts that are not `held` against all; how many pairs were kept."""
    import numpy as np

    meant = store.meanings.last(unit)
    assert meant is not None
    wordy = by_characters(meant.model, linked.cjk)
    parts: list[Near] = []
    crowded = 0
    for kind, mine, floor in (
        (MEANING, ~wordy, meant.floor),
        (WORDING, wordy, CANDIDATE),
    ):
        some = linked.some(mine)
        fresh, total = int(some.held.sum()), len(some.texts)
        if fresh == total:
            continue
        progress.begin(total - fresh, f"texts held against {total:,} by {kind}")
        found = close(
            shelf.of(some.texts), floor, fresh, figures_of(store, unit, some).allowed, progress.step
        )
        near = Near(
            np.sort(some.texts[found.pairs], axis=1), found.cosines, np.full(len(found.pairs), kind)
        )
        parts.append(near if kind == MEANING else _worded(store, unit, near, meant, progress))
        crowded += found.crowded
    near = Near(
        np.concatenate([np.zeros((0, 2), np.int64), *(part.pairs for part in parts)]),
        np.concatenate([np.zeros(0, np.float32), *(part.likenesses for part in parts)]),
        np.concatenate([np.zeros(0, "U10"), *(part.kinds for part in parts)]),
    )
    store.meanings.add(unit, near, crowded)
    return len(near.pairs)


def _worded(store: Store, unit: str, near: Near, meant: Meant, progress: Progress) -> Near:
    """The candidates whose wording is near enough, with that likeness."""
    import numpy as np

    texts = texts_of(store, unit, np.unique(near.pairs))
    progress.begin(len(near.pairs), "pairs compared by their wording")
    found = np.empty(len(near.pairs), np.float32)
    for place, (one, other) in enumerate(near.pairs.tolist()):
        found[place] = likeness(texts[one], texts[other])
        progress.step()
    kept = found >= needed(meant.floor, WORDING)
    return Near(near.pairs[kept], found[kept], near.kinds[kept])
