"""Numbers and sums in texts: short texts whose numbers differ are not the same, whatever a model
thinks of them, nor are "12 + 35" and "12 * 35"."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from curator.similarity.alphabet import OPERATORS
from curator.similarity.batches import packed
from curator.similarity.plainly import NUMBERS_MATTER
from curator.similarity.sketching import sketch
from curator.store import Store
from curator.store.meanings import Linked
from curator.text import words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Sums are looked for in so many characters of a text.
READ = 1200


class Figures(NamedTuple):
    """What stands for the numbers and for the sums of some texts, and which are too long for
    them to matter."""

    numbers: "NDArray[np.uint64]"
    sums: "NDArray[np.uint64]"
    long: "NDArray[np.bool_]"

    def allowed(self, one: "NDArray[np.int64]", other: "NDArray[np.int64]") -> "NDArray[np.bool_]":
        """Whether pairs of these texts, by their places, may be the same."""
        same = (self.numbers[one] == self.numbers[other]) & (self.sums[one] == self.sums[other])
        found: NDArray[np.bool_] = same | self.long[one] | self.long[other]
        return found

    def some(self, which: "NDArray[np.bool_]") -> "Figures":
        """Those that `which` says."""
        return Figures(self.numbers[which], self.sums[which], self.long[which])

    def and_those(self, others: "Figures") -> "Figures":
        """Both, one behind the other."""
        import numpy as np

        return Figures(
            np.concatenate([self.numbers, others.numbers]),
            np.concatenate([self.sums, others.sums]),
            np.concatenate([self.long, others.long]),
        )


def figures_of(store: Store, unit: str, some: Linked) -> Figures:
    """Those of texts that the workspace knows."""
    import numpy as np

    known, numbers, counts = store.twins.numbers(unit)
    at = np.searchsorted(known, some.texts)
    return Figures(numbers[at], some.sums, counts[at] > NUMBERS_MATTER)


def figures_in(texts: Sequence[str]) -> Figures:
    """Those of texts from elsewhere."""
    import numpy as np

    own = sketch(packed(texts), np.full(len(texts), -1, np.int8))
    sums = np.array([sums_in(text) for text in texts], np.uint64)
    return Figures(own.numbers, sums, own.counts > NUMBERS_MATTER)


def sums_in(text: str) -> int:
    """What stands for the sums in a text: its numbers and operators in order; 0 for none."""
    found = [word for word in words(text[:READ]) if word in OPERATORS or word[0].isdecimal()]
    if not any(word in OPERATORS for word in found):
        return 0
    return int.from_bytes(blake2b(" ".join(found).encode(), digest_size=8).digest(), "little")
