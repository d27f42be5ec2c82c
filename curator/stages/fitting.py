"""What a workspace's own texts teach the embedder about their character runs: learned once, kept,
and used for every text that comes later, so that old and new vectors compare."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from curator.diversity.grams import Fit, fit
from curator.engines import Embedder
from curator.stages.base import Progress
from curator.stages.units import Unit, items
from curator.store import Store
from curator.text import CJK_SHARE, cjk_share

#: Fewer texts teach less than they spoil, and more than these teach nothing more.
LEAST, MOST = 500, 10_000
#: Characters of a text that are learned from.
READ = 1_000
#: When the texts are so many times as many, a new fit is worth its run.
OUTGROWN = 4
#: Languages of which the embedded sentence model knows nothing.
UNKNOWN_LANGUAGES = ["zh", "ja", "ko"]


class Taught(NamedTuple):
    """The embedder for a unit's texts, the fit in it (None: plain counts), how many chats there
    are that it is meant for, and whether it was learned now."""

    embedder: Embedder
    fit: Fit | None
    chats: int
    now: bool


def taught(
    store: Store, unit: Unit, embedder: Embedder, afresh: bool, progress: Progress
) -> Taught:
    """The embedder with the fit of a unit, learned now where there is none and texts enough."""
    from curator.engines.embedder import BothEmbedder, GramEmbedder

    if not isinstance(embedder, (BothEmbedder, GramEmbedder)):
        return Taught(embedder, None, 0, False)
    languages = UNKNOWN_LANGUAGES if isinstance(embedder, BothEmbedder) else None
    scope = f"{unit}/{embedder.model}"
    chats, ords = store.fits.learnable(MOST, languages, 0)
    known = None if afresh else store.fits.newest(scope)
    now = known is None and chats >= LEAST
    if now:
        texts = _texts(store, unit, ords, languages is not None, progress)
        if len(texts) >= LEAST:
            progress.begin(None, f"character runs of {len(texts):,} texts learned from")
            known = fit(texts)
            store.fits.add(scope, known, store.run_id)
    if known is None:
        return Taught(embedder, None, chats, False)
    return Taught(embedder.fitted(known), known, chats, now)


def again(store: Store, embedder: Embedder, revision: str) -> Embedder:
    """The embedder as it was when it made vectors of this revision, where its fit is here."""
    from curator.engines.embedder import BothEmbedder, GramEmbedder

    if embedder.revision == revision or not isinstance(embedder, (BothEmbedder, GramEmbedder)):
        return embedder
    known = store.fits.named(revision.rpartition(".")[2])
    return embedder.fitted(known) if known is not None else embedder


def encoded(store: Store, embedder: Embedder, keys: Sequence[str], texts: list[str]) -> Any:
    """The vectors of some texts (by their hashes); of those that the sentence model read for
    another revision, only what the fit changes is made anew."""
    from curator.engines.embedder import BothEmbedder

    if not isinstance(embedder, BothEmbedder):
        return embedder.encode(texts)
    known = store.fits.fronts(list(keys), embedder.model, embedder.kin, embedder.shared)
    return embedder.renewed(texts, {i: known[key] for i, key in enumerate(keys) if key in known})


def told(made: Taught, texts: int, cjk: int) -> list[str]:
    """What a person must know of the vectors of their Chinese, Japanese and Korean texts."""
    from curator.engines.embedder import BothEmbedder, GramEmbedder

    if not isinstance(made.embedder, (BothEmbedder, GramEmbedder)):
        return []
    both = isinstance(made.embedder, BothEmbedder)
    if both and not cjk:
        return []
    whose = (
        f"{cjk:,} texts are Chinese, Japanese or Korean: the embedded model does not know these "
        "languages, so they are compared by their character runs"
        if both
        else f"{texts:,} texts are compared by their character runs, not by meaning"
    )
    if made.fit is None:
        how = f"plain hashed counts: {LEAST} such texts or more would teach what runs go together"
    else:
        how = (
            f"hashed and brought to {made.fit.directions} directions by an SVD of "
            f"{made.fit.texts:,} of them{', learned now' if made.now else ''}"
        )
    lines = [f"{whose} ({how}); --model names a better one"]
    if made.fit is not None and made.chats >= OUTGROWN * made.fit.texts and made.fit.texts < MOST:
        lines.append(
            f"the SVD was learned from {made.fit.texts:,} texts and there are {made.chats:,} chats "
            "of these languages now: `curator embed --refit` learns anew (and the map is laid out "
            "anew)"
        )
    return lines


def _texts(store: Store, unit: Unit, ords: list[int], cjk: bool, progress: Progress) -> list[str]:
    """The different texts of some conversations, in import order."""
    progress.begin(len(ords), "chats read to learn from")
    found = dict.fromkeys(
        item.text[:READ]
        for item in items(store, unit, progress.step, ords)
        if not cjk or cjk_share(item.text) >= CJK_SHARE
    )
    return list(found)[: 2 * MOST]
