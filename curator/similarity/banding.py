"""Which rows may be twins: those that agree in a whole band, found by sorting (Broder 1997).

32 bands of 4 values let a pair of Jaccard 0.7 through with probability 0.9998, one of 0.6 with
0.988, one of 0.5 with 0.87: far more than is wanted passes, and the exact comparison decides.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from curator.similarity.bands import Bands

BANDS, ROWS = 32, 4
#: In a bucket of more rows than this, each is paired with the first and the next so many: ten
#: thousand rows of one template would otherwise make fifty million pairs.
CROWD = 64
#: A pair is compared in full unless its rows agree in so much less than is asked: with 128 values
#: an estimate strays that far once in some hundred thousand pairs.
MARGIN = 0.2
#: Pairs that may wait to be freed of repeats and of those that are apart.
AT_ONCE = 1_000_000


def chance(jaccard: float) -> float:
    """The probability that a pair of this Jaccard is found."""
    return float(1 - (1 - jaccard**ROWS) ** BANDS)


def candidates(
    rows: "NDArray[np.uint32] | Bands", fresh: "NDArray[np.bool_]", floor: float
) -> "NDArray[np.int64]":
    """Pairs of places (smaller first, each once, in order) of which at least one is fresh, whose
    rows agree in a band and are not plainly further apart than `floor`."""
    import numpy as np

    found: list[NDArray[np.uint64]] = []
    kept: NDArray[np.uint64] = np.empty(0, np.uint64)
    for band in range(BANDS):
        keys = _keys(_band(rows, band))
        order = np.argsort(keys, kind="stable")
        found.append(_bucket_pairs(keys[order], order.astype(np.uint64), fresh))
        del keys, order
        if sum(map(len, found)) > AT_ONCE or band == BANDS - 1:
            # Those that are apart are left at once: there may be ten times as many as near ones.
            near = _near(rows, distinct(np.concatenate(found)), floor - MARGIN)
            kept, found = distinct(np.concatenate([kept, near])), []
    return _parted(kept)


def _parted(pairs: "NDArray[np.uint64]") -> "NDArray[np.int64]":
    """Pairs of places from smaller << 32 | larger."""
    import numpy as np

    parted = np.empty((len(pairs), 2), np.int64)
    parted[:, 0], parted[:, 1] = pairs >> np.uint64(32), pairs & np.uint64(0xFFFFFFFF)
    return parted


def _band(rows: "NDArray[np.uint32] | Bands", number: int) -> "NDArray[np.uint32]":
    import numpy as np

    if isinstance(rows, np.ndarray):
        return rows[:, number * ROWS : (number + 1) * ROWS]
    return rows.band(number)


def distinct(numbers: "NDArray[Any]") -> "NDArray[Any]":
    """Sorted, each once: what `numpy.unique` says by a hash table, in a tenth of its time."""
    import numpy as np

    ordered = np.sort(numbers)
    return (
        ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(ordered) else ordered
    )


def _keys(cut: "NDArray[np.uint32]") -> "NDArray[np.uint64]":
    """64 bits of each row of a band."""
    import numpy as np

    from curator.similarity.hashing import BASE, mixed

    keys = np.zeros(len(cut), np.uint64)
    for column in range(cut.shape[1]):
        keys = mixed(keys * np.uint64(BASE) + cut[:, column])
    return keys


def _bucket_pairs(
    keys: "NDArray[np.uint64]", order: "NDArray[np.uint64]", fresh: "NDArray[np.bool_]"
) -> "NDArray[np.uint64]":
    """Pairs within runs of equal keys, as smaller << 32 | larger; see `CROWD`."""
    import numpy as np

    same = keys[1:] == keys[:-1]
    here = np.flatnonzero(same)
    if not len(here):
        return np.empty(0, np.uint64)
    begins = np.flatnonzero(np.diff(np.concatenate([[False], same, [False]]).astype(np.int8)) == 1)
    # Only rows with company are looked at from here on: each with the place its bucket begins.
    members = distinct(np.concatenate([here, here + 1]))
    bucket = begins[np.searchsorted(begins, members, side="right") - 1]
    found = []
    for step in range(1, CROWD + 1):
        near = members[:-step][bucket[step:] == bucket[:-step]]
        if not len(near):
            break
        found.append((near, near + step))
    later = members - bucket >= CROWD
    if later.any():
        # Those further down meet the first of their bucket, too.
        far, home = members[later], bucket[later]
        found += [(home + step, far) for step in range(CROWD)]
    one = order[np.concatenate([pair[0] for pair in found])]
    other = order[np.concatenate([pair[1] for pair in found])]
    wanted = fresh[one.astype(np.int64)] | fresh[other.astype(np.int64)]
    one, other = one[wanted], other[wanted]
    return distinct(np.minimum(one, other) << np.uint64(32) | np.maximum(one, other))


def _near(
    rows: "NDArray[np.uint32] | Bands", pairs: "NDArray[np.uint64]", least: float
) -> "NDArray[np.uint64]":
    """The pairs whose rows agree in the share `least` of their values."""
    import numpy as np

    if least <= 0 or not len(pairs):
        return pairs
    if not isinstance(rows, np.ndarray):
        return pairs[rows.agree(_parted(pairs), least)]
    kept = []
    for first in range(0, len(pairs), 8192):
        some = pairs[first : first + 8192]
        part = _parted(some)
        agree = (rows[part[:, 0]] == rows[part[:, 1]]).mean(axis=1)
        kept.append(some[agree >= least])
    return np.concatenate(kept)
