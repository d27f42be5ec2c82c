"""What the chats of a sheaf look like, and their rows as JSON: compiled, eight bytes at a time.

Imported only where there are chats enough to pay for it.
"""

from typing import NamedTuple

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from curator.export.sheaf import Words

# ruff: noqa: ARG001 (an intrinsic names what its code gets by place)
# mypy: disable-error-code="no-untyped-def,untyped-decorator,import-untyped,call-arg,var-annotated"

#: Letters of roles, and of those that begin a chat.
USER, ASSISTANT, SYSTEM = ord("u"), ord("a"), ord("s")
_ONES = np.uint64(0x0101010101010101)
_LOW = np.uint64(0x7F7F7F7F7F7F7F7F)
_QUOTES = np.uint64(0x2222222222222222)
_BACKSLASHES = np.uint64(0x5C5C5C5C5C5C5C5C)
_ABOVE_CONTROL = np.uint64(0xE0E0E0E0E0E0E0E0)
_ONE, _SIX, _SEVEN, _TOP = np.uint64(1), np.uint64(6), np.uint64(7), np.uint64(56)
#: Of the first 32 characters those that JSON writes with one letter, as `orjson` does.
_LETTERS = np.zeros(128, np.uint8)
for _code, _letter in ((8, "b"), (9, "t"), (10, "n"), (12, "f"), (13, "r"), (34, '"'), (92, "\\")):
    _LETTERS[_code] = ord(_letter)
_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
_BACKSLASH, _ESCAPED = np.uint8(92), 5


class Shape(NamedTuple):
    """What a layout puts around the words: openings for turns, a
    closing, and for each kind of chat what stands before its id, after it, and behind its turns
    and their ending; then what stands before and behind each row."""

    openings: Words
    closing: np.ndarray
    before: Words
    between: Words
    after: Words
    endings: Words
    lead: np.ndarray
    tail: np.ndarray


class Said(NamedTuple):
    """The turns of some chats as they are written: the place of each, and its opening; for each
    chat how many they are, and what ends them."""

    order: np.ndarray
    how: np.ndarray
    counts: np.ndarray
    endings: np.ndarray


@intrinsic
def _eight(_context, array, at):
    """The eight bytes from place `at` on, as a number."""

    def build(context, builder, signature, arguments):
        made = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = builder.gep(made.data, [arguments[1]])
        found = builder.load(builder.bitcast(place, ir.IntType(64).as_pointer()))
        found.align = 1
        return found

    return types.uint64(array, types.intp), build


@intrinsic
def _put_eight(_context, array, at, value):
    """Write eight bytes from place `at` on."""

    def build(context, builder, signature, arguments):
        made = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = builder.gep(made.data, [arguments[1]])
        put = builder.store(arguments[2], builder.bitcast(place, ir.IntType(64).as_pointer()))
        put.align = 1
        return context.get_dummy_value()

    return types.void(array, types.intp, types.uint64), build


@njit(cache=True, nogil=True)
def _zeros(word):
    """The top bit of every byte of `word` that is 0."""
    return ~(((word & _LOW) + _LOW) | word | _LOW)


@njit(cache=True, nogil=True)
def _special(word):
    """The top bit of every byte that JSON escapes."""
    found = _zeros(word ^ _QUOTES) | _zeros(word ^ _BACKSLASHES)
    return found | _zeros(word & _ABOVE_CONTROL)


@njit(cache=True, nogil=True)
def _count(tops):
    """How many of the top bits are set."""
    return np.int64(((tops >> _SEVEN) * _ONES) >> _TOP)


@njit(cache=True, nogil=True)
def _more(code):
    """Bytes that the escape of a character takes besides the character's own."""
    if code >= 32 and code != 34 and code != 92:
        return 0
    return 1 if _LETTERS[code] else _ESCAPED


@njit(cache=True, nogil=True)
def _sizes(buffer, begin, end):
    """(Bytes that escapes add, bytes that begin no character) of a text."""
    more = wide = np.int64(0)
    at = begin
    while at < end:
        if at + 8 <= end:
            word = _eight(buffer, at)
            wide += np.int64((((word >> _SEVEN) & ~(word >> _SIX) & _ONES) * _ONES) >> _TOP)
            if not _special(word):
                at += 8
                continue
            for place in range(at, at + 8):
                more += _more(buffer[place])
            at += 8
        else:
            wide += (buffer[at] & 0xC0) == 0x80
            more += _more(buffer[at])
            at += 1
    return more, wide


@njit(cache=True, nogil=True)
def measure(turns, firsts, roles):
    """Of each chat: the bytes that its words take as JSON, without quotes, its characters, its
    bytes, and whether it is sound (see `Glances`)."""
    count = len(firsts) - 1
    taken = np.zeros(count, np.int64)
    characters = np.zeros(count, np.int64)
    sizes = np.zeros(count, np.int64)
    sound = np.empty(count, np.bool_)
    for chat in range(count):
        at, end = firsts[chat], firsts[chat + 1]
        good = _in_turn(roles, at, end)
        for turn in range(at, end):
            begin, stop = turns.begins[turn], turns.ends[turn]
            more, wide = _sizes(turns.buffer, begin, stop)
            taken[chat] += stop - begin + more
            characters[chat] += stop - begin - wide
            sizes[chat] += stop - begin
            good &= stop > begin
        sound[chat] = good
    return taken, characters, sizes, sound


@njit(cache=True, nogil=True)
def _in_turn(roles, at, end):
    """Whether question and answer take turns; a system text may stand before them."""
    if at < end and roles[at] == SYSTEM:
        at += 1
    good = end > at and (end - at) % 2 == 0
    for i in range(at, end):
        good &= roles[i] == (ASSISTANT if (i - at) % 2 else USER)
    return good


@njit(cache=True, nogil=True)
def _copy(out, to, texts, which):
    """The place behind a short text that is written as it is."""
    for i in range(texts.begins[which], texts.ends[which]):
        out[to] = texts.buffer[i]
        to += 1
    return to


@njit(cache=True, nogil=True)
def _escape(out, to, code):
    """The place behind the escape of one character."""
    out[to] = _BACKSLASH
    if _LETTERS[code]:
        out[to + 1] = _LETTERS[code]
        return to + 2
    out[to + 1] = 117
    out[to + 2] = out[to + 3] = 48
    out[to + 4] = _HEX[code >> 4]
    out[to + 5] = _HEX[code & 15]
    return to + 6


@njit(cache=True, nogil=True)
def _say(out, to, buffer, begin, end):
    """The place behind a text that is written as JSON, without quotes."""
    at = begin
    # Eight bytes are written even where fewer of them are meant; what follows writes over them.
    while at + 8 <= end:
        word = _eight(buffer, at)
        _put_eight(out, to, word)
        found = _special(word)
        if not found:
            at += 8
            to += 8
            continue
        plain = _count((found & (~found + _ONE)) - _ONE & (_ONES << _SEVEN))
        to = _escape(out, to + plain, buffer[at + plain])
        at += plain + 1
    while at < end:
        code = buffer[at]
        if code >= 32 and code != 34 and code != 92:
            out[to] = code
            to += 1
        else:
            to = _escape(out, to, code)
        at += 1
    return to


@njit(cache=True, nogil=True)
def write(out, chats, kinds, names, turns, said, shape):
    """Write the rows of `chats` one behind the other; where each of them ends. `out` must have
    eight bytes to spare."""
    ends = np.empty(len(chats), np.int64)
    to = at = 0
    for row in range(len(chats)):
        chat = chats[row]
        kind = kinds[chat]
        for i in range(len(shape.lead)):
            out[to] = shape.lead[i]
            to += 1
        to = _copy(out, to, shape.before, kind)
        if shape.between.ends[kind] > shape.between.begins[kind]:
            out[to] = 34
            to = _say(out, to + 1, names.buffer, names.begins[chat], names.ends[chat])
            out[to] = 34
            to = _copy(out, to + 1, shape.between, kind)
        for place in range(at, at + said.counts[row]):
            turn = said.order[place]
            to = _copy(out, to, shape.openings, said.how[place])
            to = _say(out, to, turns.buffer, turns.begins[turn], turns.ends[turn])
            for i in range(len(shape.closing)):
                out[to] = shape.closing[i]
                to += 1
        at += said.counts[row]
        to = _copy(out, to, shape.endings, said.endings[row])
        to = _copy(out, to, shape.after, kind)
        for i in range(len(shape.tail)):
            out[to] = shape.tail[i]
            to += 1
        ends[row] = to
    return ends
