"""What of the workspace is near a text of an evaluation set, or of another part of itself."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from curator.engines import Embedder
from curator.errors import ConfigError
from curator.similarity.banding import candidates, distinct
from curator.similarity.batches import Lists, packed
from curator.similarity.pairs import SIZES, comparable, fits
from curator.similarity.sketching import likeness, shingle_lists, sketch, table_of
from curator.stages.asked import asked_about
from curator.stages.base import Progress, Report
from curator.stages.closeness import needed
from curator.stages.shelf import Shelf
from curator.stages.sketched import FLOOR
from curator.stages.twinship import ROUNDED, WORDS, Cut
from curator.stages.units import Unit, cut
from curator.store import Store
from curator.store.twins import name_of
from curator.text import blank, snippet

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHOWN = 10


class Question(NamedTuple):
    """Which texts of the unit are asked about, what is near, what to do with it, and the model
    that compares meaning where that counts."""

    unit: Unit
    cut: Cut
    files: tuple[str, ...]
    where: str | None
    remove: bool
    embedder: Embedder | None = None


class Near(NamedTuple):
    """A text of the workspace, how like the nearest text asked about it is, that text, and by
    what: by words it is an exact Jaccard."""

    text: int
    likeness: float
    known: str
    kind: str = WORDS

    @property
    def order(self) -> tuple[bool, float]:
        """What is near by words comes before what is by meaning."""
        return self.kind == WORDS, self.likeness


def across(store: Store, question: Question, progress: Progress) -> Report:
    """The report on what is near the texts asked about; with `remove` it is taken out of sight.

    Raises `ConfigError` where both files and a filter are named, or rewrites are to be held
    against files.
    """
    if question.files and question.where:
        raise ConfigError("--against and --against-where do not go together; name one")
    if question.files and question.unit == "rewrite":
        raise ConfigError("--against compares chats of a file; --unit rewrite has none there")
    if question.where:
        return _within(store, question)
    texts = _texts(question)
    progress.begin(None, f"{len(texts):,} texts held against the workspace")
    best: dict[int, Near] = {}
    for near in (*_near(store, question, texts), *_meant(store, question, texts)):
        if near.text not in best or best[near.text].order < near.order:
            best[near.text] = near
    return _report(store, question, len(texts), best)


def _texts(question: Question) -> list[str]:
    from curator.stages.kinship import read_chats

    found = {
        text
        for name in question.files
        for chat in read_chats(Path(name), "--against")
        for _, text in cut(question.unit, chat)
        if not blank(text)
    }
    return sorted(found)


def _near(store: Store, question: Question, texts: list[str]) -> list[Near]:
    import numpy as np

    batch = packed(texts)
    templates = store.templates.hashes(question.unit)
    table = table_of(templates)
    own = sketch(batch, np.full(len(texts), -1, np.int8))
    found: list[Near] = []
    for size in SIZES:
        mine = np.flatnonzero(fits(own.counts, size, FLOOR))
        sheet = store.twins.sheet(question.unit, size, len(mine))
        if not len(mine) or not len(sheet.texts):
            continue
        sizes = np.full(len(mine), size, np.int8)
        ours = sketch(batch.some(mine), sizes, table)
        mine, ours = mine[ours.lefts > 0], ours.some(np.flatnonzero(ours.lefts > 0))
        words = np.concatenate([sheet.words, own.counts[mine]])
        border = len(sheet.texts)
        rows = sheet.rows[: len(words)]
        rows[border:] = ours.rows
        pairs = candidates(rows, np.arange(len(rows)) >= border, question.cut.words)
        pairs = pairs[(pairs[:, 0] < border) & (pairs[:, 1] >= border)]
        numbers = np.concatenate([sheet.numbers, own.numbers[mine]])
        pairs = pairs[comparable(words, numbers, pairs, size)]
        if not len(pairs):
            continue
        theirs = sheet.texts[pairs[:, 0]]
        lists = shingle_lists(batch.some(mine), sizes[: len(mine)], table)
        jaccards = _compared(store, question.unit, (theirs, pairs[:, 1] - border), lists,
                             (size, table, False))  # fmt: skip
        for text, place, jaccard in zip(
            theirs.tolist(), mine[pairs[:, 1] - border].tolist(), jaccards.tolist(), strict=True
        ):
            if jaccard >= question.cut.words:
                found.append(Near(text, jaccard, texts[place]))
    return found


def _meant(store: Store, question: Question, texts: list[str]) -> list[Near]:
    if question.cut.meaning is None or question.embedder is None:
        return []
    found = asked_about(store, question.unit, question.embedder, texts, question.cut.meaning)
    return [Near(one.text, one.likeness, texts[one.place], one.kind) for one in found]


def _compared(
    store: Store,
    unit: str,
    pairs: "tuple[NDArray[np.int64], NDArray[np.int64]]",
    lists: Lists,
    how: "tuple[int, NDArray[np.uint64], bool]",
) -> "NDArray[np.float64]":
    """The exact Jaccard of each stored text to a place of `lists`."""
    import numpy as np

    theirs, ours = pairs
    with tempfile.TemporaryFile() as file:
        shelf = Shelf(file)
        known = distinct(theirs)
        shelf.fill(store, unit, known, how)
        stored = shelf.lists(known)
    both = Lists(
        np.concatenate([stored.flat, lists.flat]),
        np.concatenate([stored.starts, lists.starts + len(stored.flat)]),
        np.concatenate([stored.lengths, lists.lengths]),
    )
    at = np.stack([np.searchsorted(known, theirs), ours + len(known)], axis=1)
    return likeness(both, at, how[2])


def _within(store: Store, question: Question) -> Report:
    """Both sides are in the workspace: the stored pairs say it all."""
    import numpy as np

    places = store.twins.places(question.unit)
    picked = np.array(sought(store, question.unit, question.where or ""), np.int64)
    asked = np.isin(places.ords, picked)
    inside = set(places.texts[asked].tolist())
    best: dict[int, Near] = {
        text: Near(text, 1.0, "") for text in places.texts[~asked].tolist() if text in inside
    }
    for one, other, like, kind in _pairs(store, question):
        if (one in inside) == (other in inside):
            continue
        near = Near(other if one in inside else one, like, "", kind)
        if near.text not in best or best[near.text].order < near.order:
            best[near.text] = near
    return _report(store, question, len(inside), best, set(picked.tolist()))


def sought(store: Store, unit: str, where: str) -> list[int]:
    """The `ord`s of the chats (or rewrites) that a filter finds, in order."""
    if unit == "rewrite":
        return store.rewrites.ords(store.selecting.rewrites(where))
    return store.selecting.conversations(where)


def _pairs(store: Store, question: Question) -> Iterator[tuple[int, int, float, str]]:
    """The stored pairs that are near enough."""
    both, jaccards = store.twins.pairs(question.unit)
    for (one, other), jaccard in zip(both.tolist(), jaccards.tolist(), strict=True):
        if jaccard >= question.cut.words:
            yield one, other, jaccard, WORDS
    if question.cut.meaning is None:
        return
    near = store.meanings.pairs(question.unit)
    for (one, other), like, kind in zip(
        near.pairs.tolist(), near.likenesses.tolist(), near.kinds.tolist(), strict=True
    ):
        if like >= needed(question.cut.meaning, kind) - ROUNDED:
            yield one, other, like, kind


def _report(
    store: Store,
    question: Question,
    asked: int,
    best: dict[int, Near],
    spared: set[int] | frozenset[int] = frozenset(),
) -> Report:
    """`spared` are the chats asked about: they are not near themselves."""
    places = store.twins.places(question.unit)
    found = [
        (int(ord_), int(turn), best[int(text)])
        for ord_, turn, text in zip(places.ords, places.turns, places.texts, strict=True)
        if int(text) in best and int(ord_) not in spared
    ]
    found.sort(key=lambda each: (each[2].kind != WORDS, -each[2].likeness, each[0], each[1]))
    ids = store.twins.ids(question.unit, [ord_ for ord_, _, _ in found[:SHOWN]])
    report = Report(
        counts={
            "texts compared": len(places.ords),
            "texts asked about": asked,
            "near one of them": len(found),
            "letter by letter": sum(
                near.kind == WORDS and near.likeness == 1.0 for _, _, near in found
            ),
        },
        columns=("likeness", "near", "id"),
        rows=[
            (f"{near.kind} {near.likeness:.2f}", snippet(near.known), name_of(ids[ord_], turn))
            for ord_, turn, near in found[:SHOWN]
        ],
    )
    if question.remove:
        gone = store.hiding.hide([ord_ for ord_, _, _ in found], "against", store.run_id)
        report.counts["chats taken out of sight"] = gone
    elif found:
        report.lines.append("`--remove` takes these chats out of sight")
    return report
