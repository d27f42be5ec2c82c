"""What the compiled pass is told of a layout, and what it says of a line."""

from typing import NamedTuple

import numpy as np

#: Bytes that have a meaning inside a string: quote, backslash, controls, and last bytes of marks.
QUOTE, BACKSLASH, CONTROL, MARK = 1, 2, 3, 4
#: Places in the table of English words.
SLOTS = 509
#: What is known of a line: begin, end, turns, digest text, id, then the flags.
BEGIN, END, FIRST, LAST, FROM, TO, ID, ID_END, NUMBER, ENGLISH = range(10)
WIDTH = 10
#: Where the pass stands: bytes of text, of digest text, turns, lines of the file, rows, its place;
#: and whether some of the lines are not UTF-8.
TEXT, DIGEST, TURNS, LINES, ROWS, AT, DOUBTED = range(7)
#: Strings that are digested at once, bytes of a block and of a digest.
LANES, BLOCK, SIZE = 4, 128, 16
#: Bytes to be kept free for the last blocks of strings, filled up with zeros.
SPARE = LANES * BLOCK


class Spec(NamedTuple):
    """A layout for the compiled pass. `words` holds all names, `ends` where each of them ends:
    the list's key, the id's, the prompt's, the speaker's, the text's, then the speakers (whose
    roles are `roles`), then the roles' openings in a digest text, then the marks."""

    words: np.ndarray
    ends: np.ndarray
    roles: np.ndarray
    objects: bool
    marks: int
    kinds: np.ndarray
    english: np.ndarray
    looked_at: int
    common: float
    fewest: int
    most_turns: int
