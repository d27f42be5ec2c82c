"""The compiled pass over lines of JSON. Imported only where a file is large enough to pay for it.

Each line must be one object of known keys (see `Spec`), each once; its texts come out unescaped,
one behind the other, and again in the form that a conversation's digest is made of. A line that is
anything else is left alone, and so is one that may hold another speaker's mark.
"""

import numpy as np

from curator.formats.fast.bare import alone, bare
from curator.formats.fast.escapes import utf8
from curator.formats.fast.spec import (
    AT,
    BEGIN,
    DIGEST,
    DOUBTED,
    END,
    ENGLISH,
    FIRST,
    FROM,
    ID,
    ID_END,
    LAST,
    LINES,
    NUMBER,
    ROWS,
    TEXT,
    TO,
    TURNS,
)  # fmt: skip
from curator.formats.fast.strings import string
from curator.formats.fast.tokens import blank, name, same
from curator.formats.fast.words import count, says

# ruff: noqa: SIM109 (what is compiled knows no membership in tuples, and no generators)
# mypy: disable-error-code="no-untyped-def,untyped-decorator,call-arg,no-untyped-call"

SYSTEM, USER, ASSISTANT = 0, 1, 2
NOBODY = 255
#: Bytes kept free for an opening that is not known yet.
ROOM = 32


@bare
def _opening(spec, role, digest, d):
    """Write what stands before a text of that role in a digest text; the place behind it."""
    which = 5 + len(spec.roles) + role
    for i in range(spec.ends[which - 1], spec.ends[which]):
        digest[d] = spec.words[i]
        d += 1
    return d


@bare
def _closing(digest, d):
    """Write what stands behind a text; the place behind it."""
    for c in (34, 44, 123, 125, 93, 44):
        digest[d] = c
        d += 1
    return d


@bare
def _moved(digest, begin, end, to):
    """Move a stretch to the left; its new end."""
    for i in range(begin, end):
        digest[to] = digest[i]
        to += 1
    return to


@bare
def _speaker(buf, at, spec):
    """(place behind, role) of a speaker's name; the place is -1 where it is not known."""
    end = name(buf, at, spec)
    if end >= 0:
        for which in range(len(spec.roles)):
            if same(buf, at + 1, end - 1, spec, 5 + which):
                return end, np.int64(spec.roles[which])
    return -1, NOBODY


@bare
def _key(buf, at, spec):
    """(place of the value, word) of the key at or behind `at`; the place is -1 for an unknown."""
    at = blank(buf, at)
    end = name(buf, at, spec)
    if end < 0:
        return -1, -1
    for which in range(5):
        if same(buf, at + 1, end - 1, spec, which):
            at = blank(buf, end)
            return (blank(buf, at + 1), which) if buf[at] == 58 else (-1, -1)
    return -1, -1


@bare
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
            at, t, d = string(buf, at, spec, text, t, digest, d)
        else:
            return -1, t, d, role
        if at < 0:
            return -1, t, d, role
        at = blank(buf, at)
        if buf[at] != (44 if part == 0 else 125):
            return -1, t, d, role
    return at + 1, t, d, role


@bare
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


@bare
def _list(buf, at, spec, text, digest, ends, roles, state, row):
    """Read the list of turns; the place behind it, or -1. Advances `state` and fills `row`."""
    if buf[at] != 91:
        return -1
    at += 1
    t, d, n = state[TEXT], state[DIGEST], state[TURNS]
    heard, words, hits = 0, 0, 0
    while True:
        begin, at = t, blank(buf, at)
        if spec.objects:
            at, t, d, role = _turn(buf, at, spec, text, t, digest, d)
        else:
            role = ASSISTANT if (n - state[TURNS]) % 2 else USER
            d = _opening(spec, role, digest, d)
            at, t, d = string(buf, at, spec, text, t, digest, d)
        if at < 0 or not says(text, begin, t):
            return -1
        d = _closing(digest, d)
        if (role == USER or role == ASSISTANT) and not heard & role:
            heard |= role
            some, known = count(text, begin, t, spec)
            words, hits = words + some, hits + known
        roles[n] = role
        n += 1
        ends[n] = t
        at = blank(buf, at) + 1
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


@bare
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


@bare
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
            at, _, _ = string(buf, at, spec, text, state[TEXT], digest, state[DIGEST])
        if at < 0:
            return -1
        at = blank(buf, at)
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


@bare
def _line_end(buf, at):
    while buf[at] != 10:
        at += 1
    return at


@alone
def scan(buf, size, spec, text, digest, ends, roles, rows, state):
    """Read lines from `buf`, of which `size` bytes are lines (the last byte is a line's end),
    until they or the `rows` are used up. A row whose `FIRST` is -1 was left alone.

    Goes on at `AT` of `state`; that and `LINES` stay, the rest must begin as zeros, and so
    must `ends[0]`. Where `DOUBTED` is set, lines that are not UTF-8 are left alone too."""
    at = state[AT]
    while at < size and state[ROWS] < len(rows):
        row = rows[state[ROWS]]
        t, d, n = state[TEXT], state[DIGEST], state[TURNS]
        begin, end = at, -1
        if not state[DOUBTED] or utf8(buf, at, _line_end(buf, at)):
            end = _record(buf, blank(buf, at), spec, text, digest, ends, roles, state, row)
        if end >= 0:
            end = blank(buf, end)
        if end < 0 or buf[end] != 10:
            state[TEXT], state[DIGEST], state[TURNS] = t, d, n
            row[FIRST] = -1
            end = _line_end(buf, begin)
        row[BEGIN], row[END], row[NUMBER] = begin, end, state[LINES]
        state[LINES] += 1
        state[ROWS] += 1
        at = end + 1
    state[AT] = at
