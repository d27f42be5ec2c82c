"""How near two vectors must lie to say the same: it depends on the model, and on the script.

The figures were read off real chats and instructions, by eye: the share of right pairs falls from
nearly all to half within a tenth below `usual`. A model that is not in the table has its own scale:
some give no two texts less than 0.7. Its figure is MiniLM's, moved by what pairs drawn at random
have in common there.
"""

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from curator.engines import Embedder
from curator.text import CJK

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MEANING, WORDING = "meaning", "wording"
GRAMS, SENTENCES = "char-grams", "all-minilm-l6-v2"
#: For wording the same strictness is a smaller number: what is apart is so many times as large.
LOOSER = 2.0
#: Pairs of texts in character runs from this cosine on are looked at for their wording.
CANDIDATE = 0.6
#: From this share of CJK on a text is compared by its characters by a model that does so.
BY_CHARACTERS = 0.1
#: Texts in other scripts than these are all alike to the embedded model.
_STRANGE = re.compile(rf"[^\W\d_A-Za-zÀ-ɏ{CJK}]")
_STRANGE_OR_CJK = re.compile(r"[^\W\d_A-Za-zÀ-ɏ]")
_LETTER = re.compile(r"[^\W\d_]")
UNKNOWN_SHARE, LETTERS, READ = 0.3, 2, 4000
#: Pairs that are drawn to learn a model's scale, and the texts that are too few for that.
DRAWN, FEW = 4000, 50


class Bar(NamedTuple):
    """The cosine that makes a twin unless another is asked for, and the smallest that is kept."""

    usual: float
    floor: float


#: By model, on the scale of meaning.
BARS = {
    SENTENCES: Bar(0.9, 0.8),
    f"{SENTENCES}+{GRAMS}": Bar(0.9, 0.8),
    GRAMS: Bar(0.9, 0.8),
    f"{SENTENCES}.static": Bar(0.97, 0.94),
}


def bar_of(model: str, vectors: Any) -> Bar:
    """A model's figures; for one that is not known, from some of its vectors."""
    import numpy as np

    known = BARS.get(model)
    if known is not None:
        return known
    draw = np.random.default_rng(3)
    if len(vectors) < FEW:
        return BARS[SENTENCES]
    one, other = draw.integers(0, len(vectors), (2, DRAWN))
    apart = one != other
    alike = np.einsum("ij,ij->i", vectors[one[apart]], vectors[other[apart]])
    common = float(np.clip(np.median(alike), 0, 0.95)) if len(alike) else 0.0
    return Bar(*(round(common + (1 - common) * figure, 3) for figure in BARS[SENTENCES]))


def needed(meaning: float, kind: str) -> float:
    """The likeness that a pair of this kind needs where meaning needs the cosine `meaning`."""
    return meaning if kind == MEANING else 1 - (1 - meaning) * LOOSER


def knows_all(embedder: Embedder) -> bool:
    """Whether the model can tell texts in any script apart."""
    return not embedder.model.startswith(SENTENCES)


def knows(embedder: Embedder, text: str) -> bool:
    """Whether the model can tell this text from others in its script."""
    if knows_all(embedder):
        return True
    strange = _STRANGE if embedder.model.endswith(GRAMS) else _STRANGE_OR_CJK
    letters = len(_LETTER.findall(text[:READ]))
    unknown = len(strange.findall(text[:READ]))
    # Signs, emoji and bare sums are one and the same unknown word to it.
    return letters - unknown >= LETTERS and unknown <= UNKNOWN_SHARE * letters


def by_characters(model: str, cjk: "NDArray[np.float32]") -> "NDArray[np.bool_]":
    """Which of these texts, by their share of CJK, a model compares by characters."""
    import numpy as np

    if model == GRAMS:
        return np.ones(len(cjk), np.bool_)
    if not model.endswith(GRAMS):
        return np.zeros(len(cjk), np.bool_)
    found: NDArray[np.bool_] = cjk >= BY_CHARACTERS
    return found
