"""Texts of a unit get vectors, those that have none: templates left out, long ones in pieces."""

import time
from collections.abc import Iterator
from functools import partial
from typing import Any

from curator.engines import Embedder
from curator.stages.base import Progress, Report
from curator.stages.closeness import knows
from curator.stages.embedding import by_length, encode_batch, text_hash
from curator.stages.sums import sums_in
from curator.stages.twinship import after_template
from curator.store import Store
from curator.store.meanings import Piece, Spots
from curator.store.passages import windows
from curator.text import cjk_share

#: What a model reads of a text (256 tokens), the length of a piece where it is longer, and the
#: most pieces: of still longer ones these are spread evenly.
REACH, PIECE, PIECES = 1200, 1000, 4
#: A template of fewer characters ("Explain the") is part of what is asked.
FRAME = 100
#: Conversations whose texts wait in memory to be encoded, in order of length.
WAITING = 8


def encode(store: Store, unit: str, embedder: Embedder, missing: Spots,
            how: tuple[Report, bool], progress: Progress) -> int:  # fmt: skip
    """Give these texts vectors; how many pieces were encoded now."""
    report, whole = how
    encoded, told = 0, False
    cut = partial(unframed, templates=store.templates.hashes(unit)) if not whole else str
    if len(missing.texts):
        progress.begin(len(missing.texts), f"texts looked up, by {embedder.model}")
    for rows, texts in read(store, unit, missing):
        wanted: dict[str, str] = {}
        links: list[Piece] = []
        for number, text in zip(rows, texts, strict=True):
            said = cut(text)
            if not knows(embedder, said):
                links.append(Piece(number, 0, "", 0.0, 0))
                continue
            share, sums = cjk_share(said), sums_in(said)
            for place, piece in enumerate(pieces(said)):
                key = text_hash(piece)
                wanted[key] = piece
                links.append(Piece(number, place, key, share, sums))
        for key in store.embeddings.known(list(wanted), embedder.model, embedder.revision):
            del wanted[key]
        batches = list(by_length(wanted))
        if batches and not told:
            told = True
            rest = max(0.0, len(missing.texts) / max(len(rows), 1)) * len(wanted)
            progress.begin(len(missing.texts), _duration(store, embedder, batches, report, rest))
            encoded += len(wanted) - sum(map(len, batches))
        stepped = 0
        for place, batch in enumerate(batches, 1):
            encode_batch(store, embedder, batch, report)
            encoded += len(batch)
            part = len(rows) * place // len(batches) - stepped
            progress.step(part)
            stepped += part
        store.meanings.link(unit, links)
        progress.step(len(rows) - stepped)
    return encoded


def _duration(store: Store, embedder: Embedder, batches: list[Any], report: Report,
              total: float) -> str:  # fmt: skip
    """What is going to be done, and how long it will take: some are encoded to see. (The first
    ones open the model.)"""
    count, seconds = 0, 0.0
    for place, part in enumerate((0.5, 0.75, 0.25)):
        if not batches:
            break
        batch = batches.pop(int(len(batches) * part))
        started = time.perf_counter()
        encode_batch(store, embedder, batch, report)
        if place:
            count, seconds = count + len(batch), seconds + time.perf_counter() - started
    told = f"texts encoded by {embedder.model}, about {total:,.0f} new ones"
    return f"{told}: {_spoken(seconds / count * total)}" if count else told


def _spoken(seconds: float) -> str:
    if seconds < 90:
        return "a minute or less"
    if seconds < 5400:
        return f"some {seconds / 60:,.0f} minutes"
    hours = f"some {seconds / 3600:,.0f} hours"
    return f"{hours} (--model static: a hundredth of that, and a third of the pairs)"


def read(store: Store, unit: str, missing: Spots) -> "Iterator[tuple[list[int], list[str]]]":
    """Numbers and texts, so many that sorting them by length is worth it."""
    import numpy as np

    stretches = windows(missing.ords)
    for first in range(0, len(stretches), WAITING):
        numbers: list[int] = []
        texts: list[str] = []
        for stretch in stretches[first : first + WAITING]:
            ords = np.unique(stretch)
            passages = store.twins.passages(unit, ords)
            spots = {
                spot: place
                for place, spot in enumerate(
                    zip(passages.ords.tolist(), passages.turns.tolist(), strict=True)
                )
            }
            here = slice(*np.searchsorted(missing.ords, [ords[0], ords[-1] + 1]))
            for number, ord_, turn in zip(
                *(column[here].tolist() for column in missing), strict=True
            ):
                numbers.append(number)
                texts.append(passages.batch.text(spots[ord_, turn]))
        yield numbers, texts


def pieces(text: str) -> list[str]:
    """The parts of a text that its vector stands for."""
    if len(text) <= REACH:
        return [text]
    starts = list(range(0, len(text), PIECE))
    if len(starts) > PIECES:
        last = len(starts) - 1
        starts = [starts[round(last * place / (PIECES - 1))] for place in range(PIECES)]
    return [text[start : start + PIECE] for start in starts]


def unframed(text: str, templates: Any) -> str:
    """The text without the template that its source begins texts with, where that is long."""
    said = after_template(text, templates) if len(templates) else text
    return said if len(text) - len(said) >= FRAME else text
