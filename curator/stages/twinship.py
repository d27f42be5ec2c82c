"""Groups of near twins at any threshold, from stored pairs: which text stays, which would go, why.

Nothing is searched and no text is read here, so that a person may move the threshold and see the
numbers follow.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from curator.errors import ConfigError
from curator.similarity.groups import grouped, heaps
from curator.similarity.pairs import Pair
from curator.stages.closeness import MEANING, WORDING, needed
from curator.store import Store
from curator.store.meanings import Meant
from curator.store.twins import name_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]

#: What makes one of two twins the one to keep, the first that tells them apart deciding.
RULES = ("approved", "score", "longest", "shortest", "oldest", "newest")
KEEP = "approved,score,longest,oldest"
#: Different texts that hang together in a heap of more than this are held back.
HEAP = 100
#: Thresholds whose numbers are shown.
STEPS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)
#: A cosine is stored in 32 bits.
ROUNDED = 1e-6
#: What two texts can have in common; the others are named in `closeness`.
WORDS = "words"


class Member(NamedTuple):
    """A text of a group: its place in the ledger, how like the keeper it is, and by what: by
    words its exact Jaccard (1 for the same words), by meaning a cosine, by wording a share."""

    place: int
    likeness: float
    kind: str = WORDS


class Group(NamedTuple):
    """A keeper's place and the texts near it, from most to least alike; `held` where it is part
    of a heap that a person must look at first."""

    keeper: int
    members: tuple[Member, ...]
    held: bool


class Cut(NamedTuple):
    """What makes a twin: a Jaccard of words, and where meaning counts a cosine."""

    words: float
    meaning: float | None = None


class Tally(NamedTuple):
    """A threshold in numbers: groups, texts that would go, and of these the ones held back."""

    threshold: float
    groups: int
    twins: int
    held: int


class Ledger:
    """All that is known of one unit's twins: places by number, in import order."""

    def __init__(self, store: Store, unit: str, keep: str = KEEP, heap: int = HEAP) -> None:
        import numpy as np

        self.unit, self._store, self._heap = unit, store, heap
        self.ords, self.turns, self._texts, self._sizes = store.twins.places(unit)
        rank = self._ranked(parse_keep(keep))
        #: Places of each text that stands somewhere, best first; and the texts, best first.
        self._rank = np.empty(len(rank), np.int64)
        self._rank[rank] = np.arange(len(rank))
        in_order = self._texts[rank]
        texts, at = np.unique(in_order, return_index=True)
        self._copies = self._copied(rank, at)
        pairs, self._jaccards = store.twins.pairs(unit)
        here = np.isin(pairs, texts).all(axis=1)
        self._pairs, self._jaccards = pairs[here], self._jaccards[here]
        #: Whose vectors were compared; None where only words were.
        self.meant: Meant | None = store.meanings.last(unit)
        near = store.meanings.pairs(unit)
        here = np.isin(near.pairs, texts).all(axis=1)
        self._near = near._replace(
            pairs=near.pairs[here], likenesses=near.likenesses[here], kinds=near.kinds[here]
        )
        # Most texts are like no other, and of no interest here.
        both = np.unique(np.concatenate([self._pairs, self._near.pairs]))
        like = np.isin(texts, [*both.tolist(), *self._copies])
        self._best = dict(zip(texts[like].tolist(), rank[at[like]].tolist(), strict=True))
        self._told: dict[Cut, Tally] = {}
        self._templates = store.templates.hashes(unit)
        self.spared = store.twins.spared(unit)

    def __len__(self) -> int:
        return len(self.ords)

    def at(self, cut: Cut) -> list[Group]:
        """The groups at a threshold, the largest first, then by the keeper's place."""
        edges = self._edges(cut)
        places = {text: self._best[text] for pair in edges for text in pair}
        order = sorted(places, key=lambda text: int(self._rank[places[text]]))
        found, _ = grouped((Pair(a, b, edge[0]) for (a, b), edge in edges.items()), order)
        heaped = heaps(edges, self._heap)
        groups, gone = [], set()
        for text, twins in found:
            members = [Member(place, 1.0) for place in self._copies.get(text, ())]
            for twin in twins:
                gone.add(twin.place)
                likeness, kind = edges[min(text, twin.place), max(text, twin.place)]
                members += [
                    Member(place, likeness, kind)
                    for place in (self._best[twin.place], *self._copies.get(twin.place, ()))
                ]
            groups.append(Group(self._best[text], tuple(members), text in heaped))
        central = {text for text, _ in found}
        for text, copies in self._copies.items():
            if text not in gone and text not in central:
                members = [Member(place, 1.0) for place in copies]
                groups.append(Group(self._best[text], tuple(members), False))
        return sorted(groups, key=lambda group: (-len(group.members), group.keeper))

    def tally(self, cut: Cut) -> Tally:
        """What a threshold comes to."""
        found = self._told.get(cut)
        if found is None:
            groups = self.at(cut)
            twins = sum(len(group.members) for group in groups)
            held = sum(len(group.members) for group in groups if group.held)
            found = self._told[cut] = Tally(cut.words, len(groups), twins, held)
        return found

    def _edges(self, cut: Cut) -> dict[tuple[int, int], tuple[float, str]]:
        """The pairs of texts that are twins, in order, and what says so; words come first."""
        near = self._jaccards >= cut.words
        edges: dict[tuple[int, int], tuple[float, str]] = {}
        if cut.meaning is not None:
            for kind in (MEANING, WORDING):
                of_kind = self._near.kinds == kind
                meant = of_kind & (self._near.likenesses >= needed(cut.meaning, kind) - ROUNDED)
                for (a, b), cosine in zip(
                    self._near.pairs[meant].tolist(), self._near.likenesses[meant].tolist(),
                    strict=True,
                ):  # fmt: skip
                    edges[a, b] = min(cosine, 1.0), kind
        for (a, b), jaccard in zip(
            self._pairs[near].tolist(), self._jaccards[near].tolist(), strict=True
        ):
            edges[a, b] = jaccard, WORDS
        return edges

    def has(self, kind: str) -> bool:
        """Whether pairs of this kind are kept."""
        return bool((self._near.kinds == kind).any())

    def names(self, places: Sequence[int]) -> dict[int, str]:
        """What each place is called: a conversation's (or rewrite's) id, or `id#turn`."""
        ids = self._store.twins.ids(self.unit, [int(self.ords[place]) for place in places])
        return {p: name_of(ids[int(self.ords[p])], int(self.turns[p])) for p in places}

    def texts(self, places: Sequence[int]) -> dict[int, str]:
        """What stands at each place, whole; meant for a handful."""
        import numpy as np

        found = {}
        for place in places:
            ord_, turn = self.ords[place], self.turns[place]
            passages = self._store.twins.passages(self.unit, np.array([ord_], np.int64))
            at = np.flatnonzero(passages.turns == turn)
            found[place] = passages.batch.text(int(at[0]))
        return found

    def place_of(self, place: int) -> tuple[int, int]:
        """The `ord` and turn of a place."""
        return int(self.ords[place]), int(self.turns[place])

    def telling(self, text: str) -> str:
        """A text from where it stops being its file's template; all of it where it has none."""
        return after_template(text, self._templates)

    def removable(self, groups: Sequence[Group]) -> list[int]:
        """The `ord`s of conversations that may go: all of their texts are twins of one that
        stays, in a group that is not held back."""
        import numpy as np

        gone = [
            member.place
            for group in groups
            if not group.held
            for member in group.members
            if self.place_of(member.place) not in self.spared
        ]
        ords, counts = np.unique(self.ords[np.array(gone, np.int64)], return_counts=True)
        every, totals = np.unique(self.ords, return_counts=True)
        whole = totals[np.searchsorted(every, ords)] == counts
        return [int(ord_) for ord_ in ords[whole]]

    def _ranked(self, rules: Sequence[str]) -> "Whole":
        """The places from the one most worth keeping to the least."""
        import numpy as np

        approved, scored, scores = self._store.twins.worth(self.unit)
        score = np.full(len(self.ords), 3.0)
        if len(scored):
            at = np.minimum(np.searchsorted(scored, self.ords), len(scored) - 1)
            score = np.where(scored[at] == self.ords, scores[at], 3.0)
        keys: dict[str, Any] = {
            "approved": ~np.isin(self.ords, approved), "score": -score,
            "longest": -self._sizes, "shortest": self._sizes,
            "oldest": self.ords, "newest": -self.ords,
        }  # fmt: skip
        last = (self.turns, self.ords)
        return np.lexsort((*last, *(keys[rule] for rule in reversed(rules))))

    def _copied(self, rank: "Whole", at: "Whole") -> dict[int, list[int]]:
        """The places of each text but its best, where it stands in several."""
        import numpy as np

        first = np.zeros(len(rank), np.bool_)
        first[at] = True
        copies: dict[int, list[int]] = {}
        for place in rank[~first].tolist():
            copies.setdefault(int(self._texts[place]), []).append(place)
        return copies


def steps_of(meant: Meant) -> list[float]:
    """The cosines that a person may move through, from the smallest that is kept."""
    import numpy as np

    first = np.ceil(round(meant.floor * 40, 6)) / 40
    return [round(float(step), 3) for step in np.arange(first, 1.0001, 0.025)]


def parse_keep(text: str) -> tuple[str, ...]:
    """The keep rule as its parts. Raises `ConfigError` for an unknown one."""
    rules = tuple(part.strip() for part in text.split(",") if part.strip())
    for rule in rules:
        if rule not in RULES:
            raise ConfigError(f"--keep {text}: {rule!r} is none of {', '.join(RULES)}")
    if not rules:
        raise ConfigError(f"--keep is empty; name some of {', '.join(RULES)}")
    return rules


def shared_words(one: str, other: str, limit: int = 3) -> list[str]:
    """The longest stretches of words that two texts share, in the first one's own writing."""
    from rapidfuzz.distance import Indel

    a, b = one.split(), other.split()
    if len(a) < 2 or len(b) < 2:
        a, b = list(one), list(other)
    glue = " " if a and len(a[0]) > 1 else ""
    blocks = [
        (op.src_end - op.src_start, glue.join(a[op.src_start : op.src_end]))
        for op in Indel.opcodes([w.casefold() for w in a], [w.casefold() for w in b])
        if op.tag == "equal"
    ]
    return [text for _, text in sorted(blocks, key=lambda block: -block[0])[:limit] if text]


def after_template(text: str, templates: "NDArray[np.uint64]") -> str:
    """What follows the template that a text begins with."""
    import numpy as np

    from curator.similarity.hashing import holds, runs
    from curator.similarity.plainly import words_of
    from curator.text import normalise, shingle_size, word_starts

    if not len(templates):
        return text
    plain = normalise(text)
    size = shingle_size(len(plain.split(" ")))
    among = holds(templates, runs(words_of(plain), size))
    if not among[0] or among.all():
        return text
    starts = word_starts(text)
    first = int(np.argmin(among))
    after = first + size - 1
    if after >= len(starts):
        return text
    # The sentence that the template's end cuts is shown from its beginning.
    begin = max(text.rfind(end, starts[first], starts[after]) for end in ("\n", ". ", "。"))
    return text[begin + 1 if begin >= 0 else starts[after] :].lstrip()
