"""Rows that an evaluation set already holds: letter by letter, or nearly so."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from curator.conversation import Conversation
from curator.text import SHINGLES, normalise

if TYPE_CHECKING:
    from curator.similarity.batches import Batch, Lists, Sketches

#: Jaccard from which two texts are the same test question in other words.
NEAR = 0.7
#: Equal texts of fewer characters ("thanks", "go on") say nothing.
SHORTEST = 16
#: Characters of texts whose shingles are in memory together.
AT_ONCE = 1 << 19
#: Places of the table of shingles for each of them, and how many there are at least and at most.
ROOM, LEAST, MOST = 32, 1 << 20, 1 << 25


class Hit(NamedTuple):
    """A chat that the evaluation set knows: how surely (1 is letter by letter), and what of it."""

    place: int
    jaccard: float
    known: str


class EvalSet:
    """The questions and answers of an evaluation set, sketched once. What a chat says is held
    against all of them at a glance: of a near twin most shingles are in the set. `compiled` says
    that there will be chats enough to load the kernel for."""

    def __init__(self, chats: Iterable[Conversation], compiled: bool = False) -> None:
        import numpy as np

        from curator.similarity.batches import packed
        from curator.similarity.sketching import kernel_there

        self._texts = sorted({text for chat in chats for text in texts_of(chat)})
        self._exact = {normalise(text) for text in self._texts}
        self._compiled = compiled and kernel_there()
        self._own, postings = self._sketched(self._texts)
        self._postings = {size: _Postings(*found) for size, found in postings.items()}
        # A text without a word has no twins, but may be there letter by letter.
        whole = self._lists(packed(self._texts), np.zeros(len(self._texts), np.int8))
        self._table = _table([whole.flat, *(one.hashes for one in self._postings.values())])

    def __len__(self) -> int:
        return len(self._texts)

    def hits(self, chats: Sequence[Conversation]) -> Iterator[Hit]:
        """Those of `chats` with a turn that the set holds, each once, in order."""
        said = [(place, text) for place, chat in enumerate(chats) for text in texts_of(chat)]
        return self.held([place for place, _ in said], [text for _, text in said])

    def held(self, places: Sequence[int], texts: Sequence[str]) -> Iterator[Hit]:
        """The places of which the set holds a text, each once, in order; by its text that is
        surest."""
        found: dict[int, Hit] = {}
        maybe: list[tuple[int, str]] = []
        for number in self._likely(texts):
            place, text = places[number], texts[number]
            if normalise(text) in self._exact:
                found.setdefault(place, Hit(place, 1.0, text))
            else:
                maybe.append((place, text))
        for number, jaccard in self._near([text for _, text in maybe]):
            place, text = maybe[number]
            if place not in found or found[place].jaccard < jaccard:
                found[place] = Hit(place, jaccard, text)
        yield from (found[place] for place in sorted(found))

    def _likely(self, texts: Sequence[str]) -> Iterator[int]:
        """Which of the texts may be in the set; all others are not."""
        start = size = 0
        for place, text in enumerate(texts, 1):
            size += len(text)
            if size >= AT_ONCE or place == len(texts):
                for number in self._known(texts[start:place]):
                    yield start + number
                start, size = place, 0

    def _known(self, texts: Sequence[str]) -> list[int]:
        """Texts most of whose shingles the set has, under a size that a twin would be compared
        in. One without a word may be anything."""
        import numpy as np

        from curator.similarity.batches import packed

        batch = packed(texts)
        lists = self._lists(batch, np.zeros(len(batch), np.int8))
        likely = self._shared(lists)
        for size, places in _again(lists.lengths).items():
            some = self._lists(batch.some(places), np.full(len(places), size, np.int8))
            likely[places] |= self._shared(some)
        known: list[int] = np.flatnonzero(likely).tolist()
        return known

    def _shared(self, lists: "Lists") -> Any:
        """For each list whether the set has a share of `NEAR` of its shingles, or may have."""
        import numpy as np

        flat = lists.flat
        ends = np.cumsum(lists.lengths, dtype=np.int64)
        once = np.ones(len(flat), bool)
        once[1:] = flat[1:] != flat[:-1]
        begins = ends - lists.lengths
        once[begins[lists.lengths > 0]] = True
        there = once & self._table[(flat & np.uint64(len(self._table) - 1)).astype(np.int64)]
        every, known = (
            np.concatenate(([0], np.cumsum(column, dtype=np.int64))) for column in (once, there)
        )
        return known[ends] - known[begins] >= NEAR * (every[ends] - every[begins]) - 1e-9

    def _near(self, texts: Sequence[str]) -> Iterator[tuple[int, float]]:
        """Those of the texts that are near one of the set, and how near; one may come twice."""
        import numpy as np

        from curator.similarity.plainly import NUMBERS_MATTER

        if not texts or not self._texts:
            return
        sketches, lists = self._sketched(texts)
        own = self._own
        for size, (places, found) in lists.items():
            for number, place in enumerate(places.tolist()):
                begin = found.starts[number]
                mine = np.unique(found.flat[begin : begin + found.lengths[number]])
                others, jaccards = self._postings[size].jaccards(mine)
                count = sketches.counts[place]
                fewest, most = (f(own.counts[others], count) for f in (np.minimum, np.maximum))
                same = (most > NUMBERS_MATTER) | (own.numbers[others] == sketches.numbers[place])
                here = (_sizes(fewest) == size) & same & (jaccards >= NEAR)
                if here.any():
                    yield place, float(jaccards[here].max())

    def _sketched(self, texts: Sequence[str]) -> "tuple[Sketches, dict[int, tuple[Any, Lists]]]":
        """The texts sketched; for each size of shingles the places of those that twins may be
        found of in it, and their shingles."""
        import numpy as np

        from curator.similarity.batches import packed
        from curator.similarity.pairs import SIZES, fits
        from curator.similarity.sketching import sketch

        batch = packed(texts)
        sketches = sketch(batch, compiled=self._compiled)
        found = {}
        for size in SIZES:
            places = np.flatnonzero(fits(sketches.counts, size, NEAR))
            sizes = np.full(len(places), size, np.int8)
            found[size] = places, self._lists(batch.some(places), sizes)
        return sketches, found

    def _lists(self, batch: "Batch", sizes: Any) -> "Lists":
        from curator.similarity.sketching import shingle_lists

        return shingle_lists(batch, sizes, compiled=self._compiled)


class _Postings:
    """Which texts have which shingles of one size."""

    def __init__(self, places: Any, lists: "Lists") -> None:
        import numpy as np

        owners = np.repeat(np.arange(len(places)), lists.lengths)
        order = np.lexsort((owners, lists.flat))
        hashes, owners = lists.flat[order], owners[order]
        once = np.ones(len(hashes), bool)
        once[1:] = (hashes[1:] != hashes[:-1]) | (owners[1:] != owners[:-1])
        self.hashes, self._owners = hashes[once], owners[once]
        self._places = places
        self._sizes = np.bincount(self._owners, minlength=len(places))

    def jaccards(self, mine: Any) -> tuple[Any, Any]:
        """The texts that share one of these shingles, each of which is there once, and the
        Jaccard of both."""
        import numpy as np

        begins, ends = (self.hashes.searchsorted(mine, side) for side in ("left", "right"))
        parts = [self._owners[a:b] for a, b in zip(begins.tolist(), ends.tolist(), strict=True)]
        if not parts:
            return np.zeros(0, np.int64), np.zeros(0)
        shared = np.bincount(np.concatenate(parts), minlength=len(self._places))
        (others,) = shared.nonzero()
        both = shared[others]
        return self._places[others], both / (len(mine) + self._sizes[others] - both)


def _table(hashes: Sequence[Any]) -> Any:
    """Which last digits the hashes have: what is not here is none of them."""
    import numpy as np

    count = sum(map(len, hashes))
    size = min(max(1 << (ROOM * count).bit_length(), LEAST), MOST)
    table = np.zeros(size, bool)
    for some in hashes:
        table[(some & np.uint64(size - 1)).astype(np.int64)] = True
    return table


def _again(lengths: Any) -> dict[int, Any]:
    """For each further size the texts, by how many shingles of their own size they have, whose
    shortest twin would be compared in it."""
    import numpy as np

    found: dict[int, list[Any]] = {}
    for least, own in SHINGLES:
        words = lengths + own - 1
        others = _sizes(np.floor(words * NEAR))
        for _, size in SHINGLES:
            if size < own:
                here = np.flatnonzero((words >= least) & (lengths > 0) & (others == size))
                found.setdefault(size, []).append(here)
    return {
        size: places
        for size, parts in found.items()
        if len(places := np.unique(np.concatenate(parts)))
    }


def _sizes(counts: Any) -> Any:
    from curator.similarity.pairs import sizes_of

    return sizes_of(counts)


def texts_of(chat: Conversation) -> Iterator[str]:
    """What of a chat would give the test away: questions and answers of some length, and its
    first question however short."""
    first = True
    for turn in chat.turns:
        if turn.role not in ("user", "assistant"):
            continue
        if len(turn.content) >= SHORTEST or (first and turn.role == "user" and turn.content):
            yield turn.content
        first = first and turn.role != "user"
