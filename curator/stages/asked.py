"""What of the workspace means the same as one of some texts from elsewhere."""

import tempfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from curator.engines import Embedder
from curator.similarity.meaning import across
from curator.stages.base import Report
from curator.stages.closeness import (
    CANDIDATE,
    MEANING,
    WORDING,
    by_characters,
    knows,
    needed,
)
from curator.stages.embedding import by_length, encode_batch, text_hash
from curator.stages.encoded import pieces
from curator.stages.meaning import Vectors, meant_by, texts_of
from curator.stages.sums import figures_in, figures_of
from curator.stages.wording import likeness
from curator.store import Store
from curator.text import cjk_share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Alike(NamedTuple):
    """A text of the workspace by its number, the place of the one asked about, how alike they
    are, and by what."""

    text: int
    place: int
    likeness: float
    kind: str


def asked_about(
    store: Store, unit: str, embedder: Embedder, texts: Sequence[str], cosine: float
) -> list[Alike]:
    """What means the same as one of these texts, by the model that the workspace was searched
    by. Their vectors are kept, too."""
    import numpy as np

    linked = store.meanings.linked(unit, meant_by(embedder))
    asked = [place for place, text in enumerate(texts) if knows(embedder, text)]
    said = [texts[place] for place in asked]
    vectors = _vectors(store, embedder, said)
    shares = np.array([cjk_share(text) for text in said], np.float32)
    figures = figures_in(said)
    theirs, ours = by_characters(embedder.model, linked.cjk), by_characters(embedder.model, shares)
    found: list[Alike] = []
    with tempfile.TemporaryFile() as file:
        shelf = Vectors(store, unit, embedder, file)
        for kind, known, mine in ((MEANING, ~theirs, ~ours), (WORDING, theirs, ours)):
            if not (known.any() and mine.any()):
                continue
            some = linked.some(known)
            both = figures_of(store, unit, some).and_those(figures.some(mine))
            floor = cosine if kind == MEANING else CANDIDATE
            near = across(shelf.of(some.texts), vectors[mine], floor, both.allowed)
            numbers = some.texts[near.pairs[:, 0]].tolist()
            places = np.flatnonzero(mine)[near.pairs[:, 1] - len(some.texts)].tolist()
            likes = near.cosines.tolist()
            if kind == WORDING:
                known_texts = texts_of(store, unit, np.unique(numbers).astype(np.int64))
                likes = [
                    likeness(known_texts[number], said[place])
                    for number, place in zip(numbers, places, strict=True)
                ]
            found += [
                Alike(number, asked[place], min(like, 1.0), kind)
                for number, place, like in zip(numbers, places, likes, strict=True)
                if like >= needed(cosine, kind)
            ]
    return found


def _vectors(store: Store, embedder: Embedder, texts: Sequence[str]) -> "NDArray[np.float32]":
    """A unit vector of each text, the mean of its pieces'; of nothing where one has none."""
    import numpy as np

    cut = [[(text_hash(piece), piece) for piece in pieces(text)] for text in texts]
    wanted = dict(piece for several in cut for piece in several)
    known = store.embeddings.known(list(wanted), embedder.model, embedder.revision)
    missing = {key: text for key, text in wanted.items() if key not in known}
    for batch in by_length(missing):
        encode_batch(store, embedder, batch, Report())
    stored: dict[str, Any] = store.meanings.vectors(list(wanted), embedder.model, embedder.revision)
    found = np.zeros((len(texts), embedder.dimensions), np.float32)
    for row, several in zip(found, cut, strict=True):
        for key, _ in several:
            row += stored.get(key, 0)
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    found /= np.where(lengths > 0, lengths, 1)
    return found
