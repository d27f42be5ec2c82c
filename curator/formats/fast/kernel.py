"""The compiled pass over lines of JSON. Imported only where a file is large enough to pay for it.

Each line must be one object of known keys (see `Spec`), each once; its texts come out unescaped,
one behind the other, and again in the form that a conversation's digest is made of. A line that is
anything else is left alone, and so is one that may hold another speaker's mark.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from curator.formats.fast import lanes

# ruff: noqa: SIM109, SIM110 (what is compiled knows no membership in tuples, and no generators)
# mypy: disable-error-code="no-untyped-def,untyped-decorator,call-arg,var-annotated"

#: Bytes that have a meaning inside a string: quote, backslash, controls, and last bytes of marks.
QUOTE, BACKSLASH, CONTROL, MARK = 1, 2, 3, 4
#: What is known of a line: begin, end, turns, digest text, id, then the flags.
BEGIN, END, FIRST, LAST, FROM, TO, ID, ID_END, NUMBER, ENGLISH = range(10)
WIDTH = 10
#: Where the pass stands: bytes of text, of digest text, turns, lines of the file, rows, its place;
#: and whether some of the lines are not UTF-8.
TEXT, DIGEST, TURNS, LINES, ROWS, AT, DOUBTED = range(7)
SYSTEM, USER, ASSISTANT = 0, 1, 2
NOBODY = 255
#: Bytes kept free for an opening that is not known yet.
ROOM = 32
LONGEST_WORD = 7
SLOTS = 509


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


@njit(cache=True, nogil=True)
def _same(buf, begin, end, spec, which):
    """Whether the bytes from `begin` to `end` are word `which`."""
    start = spec.ends[which - 1] if which else 0
    if end - begin != spec.ends[which] - start:
        return False
    for i in range(end - begin):
        if buf[begin + i] != spec.words[start + i]:
            return False
    return True


@njit(cache=True, nogil=True)
def _blank(buf, at):
    """The place of the next byte that is no blank (a line's end is none)."""
    while buf[at] == 32 or buf[at] == 9 or buf[at] == 13:
        at += 1
    return at


@njit(cache=True, nogil=True)
def _name(buf, at, spec):
    """Past the closing quote of a string without escapes whose quote is at `at`; -1 for others."""
    if buf[at] != 34:
        return -1
    at += 1
    while True:
        kind = spec.kinds[buf[at]]
        if kind == QUOTE:
            return at + 1
        if kind == BACKSLASH or kind == CONTROL:
            return -1
        at += 1


@njit(cache=True, nogil=True)
def _hex(buf, at):
    """The number that four hexadecimal digits at `at` are; -1 where they are none."""
    found = 0
    for i in range(4):
        c = buf[at + i]
        if 48 <= c <= 57:
            found = found * 16 + c - 48
        elif 97 <= c <= 102:
            found = found * 16 + c - 87
        elif 65 <= c <= 70:
            found = found * 16 + c - 55
        else:
            return -1
    return found


@njit(cache=True, nogil=True)
def _escape(buf, at):
    """(code point, place behind) of the escape whose backslash is at `at`; (-1, …) for a wrong
    one and for half a surrogate."""
    c = buf[at + 1]
    if c == 34 or c == 92 or c == 47:
        return np.int64(c), at + 2
    if c == 110:
        return 10, at + 2
    if c == 116:
        return 9, at + 2
    if c == 114:
        return 13, at + 2
    if c == 98:
        return 8, at + 2
    if c == 102:
        return 12, at + 2
    if c != 117:
        return -1, at
    code = _hex(buf, at + 2)
    if code < 0xD800 or code > 0xDFFF:
        return code, at + 6
    if code > 0xDBFF or buf[at + 6] != 92 or buf[at + 7] != 117:
        return -1, at
    low = _hex(buf, at + 8)
    if low < 0xDC00 or low > 0xDFFF:
        return -1, at
    return 0x10000 + ((code - 0xD800) << 10) + low - 0xDC00, at + 12


@njit(cache=True, nogil=True)
def _encode(code, out, at):
    """Write a code point as UTF-8; the place behind it."""
    if code < 0x80:
        out[at] = code
        return at + 1
    if code < 0x800:
        out[at] = 0xC0 | code >> 6
        out[at + 1] = 0x80 | code & 63
        return at + 2
    if code < 0x10000:
        out[at] = 0xE0 | code >> 12
        out[at + 1] = 0x80 | code >> 6 & 63
        out[at + 2] = 0x80 | code & 63
        return at + 3
    out[at] = 0xF0 | code >> 18
    out[at + 1] = 0x80 | code >> 12 & 63
    out[at + 2] = 0x80 | code >> 6 & 63
    out[at + 3] = 0x80 | code & 63
    return at + 4


@njit(cache=True, nogil=True)
def _quoted(code, out, at):
    """Write a code point as it stands inside a JSON string; the place behind it."""
    short = 0
    if code == 34 or code == 92:
        short = code
    elif code == 10:
        short = 110
    elif code == 9:
        short = 116
    elif code == 13:
        short = 114
    elif code == 8:
        short = 98
    elif code == 12:
        short = 102
    if short:
        out[at] = 92
        out[at + 1] = short
        return at + 2
    if code >= 32:
        return _encode(code, out, at)
    out[at] = 92
    out[at + 1] = 117
    out[at + 2] = 48
    out[at + 3] = 48
    out[at + 4] = 48 + (code >> 4)
    low = code & 15
    out[at + 5] = 48 + low if low < 10 else 87 + low
    return at + 6


@njit(cache=True, nogil=True)
def _marked(text, begin, end, spec):
    """Whether a mark of another speaker ends at `end`. A mark that begins with a line break may
    begin before `begin`: turns are thought of as lines of their own."""
    last = len(spec.ends)
    for which in range(last - spec.marks, last):
        start = spec.ends[which - 1]
        size = spec.ends[which] - start
        first = 1 if spec.words[start] == 10 and end - begin == size - 1 else 0
        if end - begin < size - first:
            continue
        same = True
        for i in range(first, size):
            if text[end - size + i] != spec.words[start + i]:
                same = False
                break
        if same:
            return True
    return False


@njit(cache=True, nogil=True)
def _string(buf, at, spec, text, t, digest, d):
    """Copy the string whose quote is at `at`, plain to `text` and quoted to `digest`.

    (place behind, end in text, end in digest), the first of them -1 for what is left alone."""
    if buf[at] != 34:
        return -1, t, d
    at += 1
    begin = t
    while True:
        run = lanes.plain(buf, at, text, t, digest, d)
        at, t, d = at + run, t + run, d + run
        if run == lanes.WIDTH:
            continue
        kind = spec.kinds[buf[at]]
        if kind == MARK:
            text[t] = digest[d] = buf[at]
            t += 1
            d += 1
            at += 1
            if _marked(text, begin, t, spec):
                return -1, t, d
        elif kind == QUOTE:
            return at + 1, t, d
        elif kind == BACKSLASH:
            code, at = _escape(buf, at)
            if code < 0:
                return -1, t, d
            t = _encode(code, text, t)
            d = _quoted(code, digest, d)
            if spec.kinds[text[t - 1]] == MARK and _marked(text, begin, t, spec):
                return -1, t, d
        else:
            return -1, t, d


@njit(cache=True, nogil=True)
def _says(text, begin, end):
    """Whether a text surely is not blank (false also where only a table of Unicode could tell)."""
    for i in range(begin, end):
        c = text[i]
        if 32 < c < 127 or 0xC3 <= c <= 0xDF or c >= 0xE4:
            return True
    return False


@njit(cache=True, nogil=True)
def _space(text, at, end):
    """How many bytes long the blank at `at` is, as `str.split` knows blanks; 0 for none."""
    c = text[at]
    if c == 32 or 9 <= c <= 13 or 28 <= c <= 31:
        return 1
    if c < 0xC2 or at + 1 >= end:
        return 0
    second = text[at + 1]
    if c == 0xC2:
        return 2 if second == 0x85 or second == 0xA0 else 0
    if c > 0xE3 or at + 2 >= end:
        return 0
    third = text[at + 2]
    if c == 0xE1 and second == 0x9A and third == 0x80:
        return 3
    if c == 0xE2 and second == 0x80:
        wide = 0x80 <= third <= 0x8A or third == 0xA8 or third == 0xA9 or third == 0xAF
        return 3 if wide else 0
    if c == 0xE2 and second == 0x81:
        return 3 if third == 0x9F else 0
    return 3 if c == 0xE3 and second == 0x80 and third == 0x80 else 0


@njit(cache=True, nogil=True)
def _known(word, english):
    slot = word % SLOTS
    while english[slot]:
        if english[slot] == word:
            return 1
        slot = (slot + 1) % SLOTS
    return 0


@njit(cache=True, nogil=True)
def _count(text, begin, end, spec):
    """(words, those that only English has) in the first characters of a text."""
    words, hits, seen = 0, 0, 0
    word, size = np.int64(0), 0
    at = begin
    while at < end and seen < spec.looked_at:
        gap = _space(text, at, end)
        if gap:
            if size:
                words += 1
                hits += _known(word, spec.english) if size <= LONGEST_WORD else 0
            word, size = np.int64(0), 0
            at += gap
            seen += 1
            continue
        c = np.int64(text[at])
        if 65 <= c <= 90:
            c += 32
        size += 1
        if size <= LONGEST_WORD:
            word = word << 8 | c
        at += 1
        while at < end and text[at] & 0xC0 == 0x80:
            size += LONGEST_WORD
            at += 1
        seen += 1
    if size:
        words += 1
        hits += _known(word, spec.english) if size <= LONGEST_WORD else 0
    return words, hits


@njit(cache=True, nogil=True)
def _opening(spec, role, digest, d):
    """Write what stands before a text of that role in a digest text; the place behind it."""
    which = 5 + len(spec.roles) + role
    for i in range(spec.ends[which - 1], spec.ends[which]):
        digest[d] = spec.words[i]
        d += 1
    return d


@njit(cache=True, nogil=True)
def _closing(digest, d):
    """Write what stands behind a text; the place behind it."""
    for c in (34, 44, 123, 125, 93, 44):
        digest[d] = c
        d += 1
    return d


@njit(cache=True, nogil=True)
def _moved(digest, begin, end, to):
    """Move a stretch to the left; its new end."""
    for i in range(begin, end):
        digest[to] = digest[i]
        to += 1
    return to


@njit(cache=True, nogil=True)
def _speaker(buf, at, spec):
    """(place behind, role) of a speaker's name; the place is -1 where it is not known."""
    end = _name(buf, at, spec)
    if end >= 0:
        for which in range(len(spec.roles)):
            if _same(buf, at + 1, end - 1, spec, 5 + which):
                return end, np.int64(spec.roles[which])
    return -1, NOBODY


@njit(cache=True, nogil=True)
def _key(buf, at, spec):
    """(place of the value, word) of the key at or behind `at`; the place is -1 for an unknown."""
    at = _blank(buf, at)
    end = _name(buf, at, spec)
    if end < 0:
        return -1, -1
    for which in range(5):
        if _same(buf, at + 1, end - 1, spec, which):
            at = _blank(buf, end)
            return (_blank(buf, at + 1), which) if buf[at] == 58 else (-1, -1)
    return -1, -1


@njit(cache=True, nogil=True)
def _turn(buf, at, spec, text, t, digest, d):
    """Read one turn of a list of objects: {speaker, text} in either order, nothing else.

    (place behind or -1, end in text, end in digest, role)"""
    role, place, said = NOBODY, d, False
    if buf[at] != 123:
        return -1, t, d, role
    for part in range(2):
        at, which = _key(buf, at + 1, spec)
        if at < 0:
            return -1, t, d, role
        if which == 3 and role == NOBODY:
            at, role = _speaker(buf, at, spec)
            if at >= 0 and said:
                d = _moved(digest, place + ROOM, d, _opening(spec, role, digest, place))
        elif which == 4 and not said:
            said = True
            d = place + ROOM if role == NOBODY else _opening(spec, role, digest, place)
            at, t, d = _string(buf, at, spec, text, t, digest, d)
        else:
            return -1, t, d, role
        if at < 0:
            return -1, t, d, role
        at = _blank(buf, at)
        if buf[at] != (44 if part == 0 else 125):
            return -1, t, d, role
    return at + 1, t, d, role


@njit(cache=True, nogil=True)
def in_order(roles, first, last):
    """Whether the roles from `first` to `last` follow each other without fault: as `in_turn` of
    the structure check says."""
    asked, answered, led = False, False, False
    for i in range(first, last):
        role = roles[i]
        if i > first and role == roles[i - 1] and (role == USER or role == ASSISTANT):
            return False
        if role == USER:
            if led and not asked:
                return False
            asked = True
        elif role != SYSTEM:
            answered |= role == ASSISTANT
            led |= not asked
    return last > first and not (answered and roles[last - 1] == USER)


@njit(cache=True, nogil=True)
def _list(buf, at, spec, text, digest, ends, roles, state, row):
    """Read the list of turns; the place behind it, or -1. Advances `state` and fills `row`."""
    if buf[at] != 91:
        return -1
    at += 1
    t, d, n = state[TEXT], state[DIGEST], state[TURNS]
    heard, words, hits = 0, 0, 0
    while True:
        begin, at = t, _blank(buf, at)
        if spec.objects:
            at, t, d, role = _turn(buf, at, spec, text, t, digest, d)
        else:
            role = ASSISTANT if (n - state[TURNS]) % 2 else USER
            d = _opening(spec, role, digest, d)
            at, t, d = _string(buf, at, spec, text, t, digest, d)
        if at < 0 or not _says(text, begin, t):
            return -1
        d = _closing(digest, d)
        if (role == USER or role == ASSISTANT) and not heard & role:
            heard |= role
            some, known = _count(text, begin, t, spec)
            words, hits = words + some, hits + known
        roles[n] = role
        n += 1
        ends[n] = t
        at = _blank(buf, at) + 1
        if buf[at - 1] == 93:
            break
        if buf[at - 1] != 44:
            return -1
    if n - state[TURNS] > spec.most_turns or not in_order(roles, state[TURNS], n):
        return -1
    row[FIRST], row[LAST] = state[TURNS], n
    row[ENGLISH] = hits >= spec.common * max(words, spec.fewest)
    state[TEXT], state[DIGEST], state[TURNS] = t, d, n
    return at


@njit(cache=True, nogil=True)
def _named(buf, at, row):
    """Read the value of the id: a string without escapes, a whole number or null; the place
    behind it, or -1."""
    c = buf[at]
    if c == 34:
        begin = at + 1
        at = begin
        while buf[at] != 34:
            if buf[at] < 32 or buf[at] == 92:
                return -1
            at += 1
        row[ID], row[ID_END] = begin, at
        return at + 1
    if c == 110 and buf[at + 1] == 117 and buf[at + 2] == 108 and buf[at + 3] == 108:
        return at + 4
    begin = at
    while 48 <= buf[at] <= 57:
        at += 1
    if at == begin or at - begin > 18 or (buf[begin] == 48 and at - begin > 1):
        return -1
    if buf[at] == 46 or buf[at] == 101 or buf[at] == 69:
        return -1
    row[ID], row[ID_END] = begin, at
    return at


@njit(cache=True, nogil=True)
def _record(buf, at, spec, text, digest, ends, roles, state, row):
    """Read the record at `at`; the place behind it, or -1."""
    if buf[at] != 123:
        return -1
    seen = 0
    row[ID], row[ID_END], row[FROM] = 0, 0, state[DIGEST]
    digest[state[DIGEST]] = digest[state[DIGEST] + 1] = 91
    state[DIGEST] += 2
    while buf[at] != 125:
        at, which = _key(buf, at + 1, spec)
        if at < 0 or which > 2 or seen & 1 << which:
            return -1
        seen |= 1 << which
        if which == 0:
            at = _list(buf, at, spec, text, digest, ends, roles, state, row)
        elif which == 1:
            at = _named(buf, at, row)
        else:
            # Written where nothing stands yet, and written over.
            at, _, _ = _string(buf, at, spec, text, state[TEXT], digest, state[DIGEST])
        if at < 0:
            return -1
        at = _blank(buf, at)
        if buf[at] != 44 and buf[at] != 125:
            return -1
    if seen & 5 != (5 if spec.ends[2] > spec.ends[1] else 1):
        return -1
    d = state[DIGEST] - 1  # over the last comma
    for c in (93, 44, 110, 117, 108, 108, 93):
        digest[d] = c
        d += 1
    row[TO] = state[DIGEST] = d
    return at + 1


@njit(cache=True, nogil=True)
def utf8(buf, begin, end):
    """Whether the bytes from `begin` to `end` are UTF-8 (the Unicode Standard, table 3-7)."""
    at = begin
    while at < end:
        c = buf[at]
        at += 1
        if c < 0x80:
            continue
        more = 1 if 0xC2 <= c <= 0xDF else 2 if 0xE0 <= c <= 0xEF else 3 if 0xF0 <= c <= 0xF4 else 0
        if not more or at + more > end:
            return False
        low = 0xA0 if c == 0xE0 else 0x90 if c == 0xF0 else 0x80
        high = 0x9F if c == 0xED else 0x8F if c == 0xF4 else 0xBF
        for _ in range(more):
            if not low <= buf[at] <= high:
                return False
            low, high = 0x80, 0xBF
            at += 1
    return True


@njit(cache=True, nogil=True)
def _line_end(buf, at):
    while buf[at] != 10:
        at += 1
    return at


@njit(cache=True, nogil=True)
def scan(buf, size, spec, text, digest, ends, roles, rows, state):
    """Read lines from `buf`, of which `size` bytes are lines (the last byte is a line's end),
    until they or the `rows` are used up. A row whose `FIRST` is -1 was left alone.

    Goes on at `AT` of `state`; that and `LINES` stay, the rest must begin as zeros, and so must
    `ends[0]`. Where `DOUBTED` is set, lines that are not UTF-8 are looked for and left alone."""
    at = state[AT]
    while at < size and state[ROWS] < len(rows):
        row = rows[state[ROWS]]
        t, d, n = state[TEXT], state[DIGEST], state[TURNS]
        begin, end = at, -1
        if not state[DOUBTED] or utf8(buf, at, _line_end(buf, at)):
            end = _record(buf, _blank(buf, at), spec, text, digest, ends, roles, state, row)
        if end >= 0:
            end = _blank(buf, end)
        if end < 0 or buf[end] != 10:
            state[TEXT], state[DIGEST], state[TURNS] = t, d, n
            row[FIRST] = -1
            end = _line_end(buf, begin)
        row[BEGIN], row[END], row[NUMBER] = begin, end, state[LINES]
        state[LINES] += 1
        state[ROWS] += 1
        at = end + 1
    state[AT] = at
