"""Rows of JSON made of texts and of what stands around them, compiled, eight bytes at a time."""

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import types
from numba.extending import intrinsic

from curator.formats.fast.bare import alone, bare

# mypy: disable-error-code="no-untyped-def,untyped-decorator,no-untyped-call,call-arg,var-annotated"
# ruff: noqa: ARG001 (Numba looks at the names of the arguments and at nothing else)

_ONES = np.uint64(0x0101010101010101)
_LOW = np.uint64(0x7F7F7F7F7F7F7F7F)
_TOPS = np.uint64(0x8080808080808080)
_QUOTES = np.uint64(0x2222222222222222)
_BACKSLASHES = np.uint64(0x5C5C5C5C5C5C5C5C)
_ABOVE_CONTROL = np.uint64(0xE0E0E0E0E0E0E0E0)
_ONE, _SEVEN, _TOP = np.uint64(1), np.uint64(7), np.uint64(56)


@intrinsic
def _eight(_context, array, at):
    """The eight bytes from place `at` on, as a number."""

    def build(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        place = builder.gep(data, [arguments[1]])
        found = builder.load(builder.bitcast(place, ir.IntType(64).as_pointer()))
        found.align = 1
        return found

    return types.uint64(array, types.intp), build


@intrinsic
def _put_eight(_context, array, at, value):
    """Write eight bytes from place `at` on."""

    def build(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        place = builder.gep(data, [arguments[1]])
        put = builder.store(arguments[2], builder.bitcast(place, ir.IntType(64).as_pointer()))
        put.align = 1
        return context.get_dummy_value()

    return types.void(array, types.intp, types.uint64), build


@bare
def _zeros(word):
    """The top bit of every byte of `word` that is 0."""
    return ~(((word & _LOW) + _LOW) | word | _LOW)


@bare
def _special(word):
    """The top bit of every byte that JSON escapes."""
    found = _zeros(word ^ _QUOTES) | _zeros(word ^ _BACKSLASHES)
    return found | _zeros(word & _ABOVE_CONTROL)


@bare
def _letter(code):
    """What stands for a character behind a backslash, as `orjson` has it; 0 for a number."""
    if code == 34 or code == 92:
        return code
    if code == 10:
        return 110
    if code == 9:
        return 116
    if code == 13:
        return 114
    if code == 8:
        return 98
    if code == 12:
        return 102
    return 0


@bare
def _digit(value):
    return value + 48 if value < 10 else value + 87


@bare
def _escape(out, to, code):
    """The place behind the escape of one character."""
    out[to] = 92
    letter = _letter(code)
    if letter:
        out[to + 1] = letter
        return to + 2
    out[to + 1] = 117
    out[to + 2] = 48
    out[to + 3] = 48
    out[to + 4] = _digit(code >> 4)
    out[to + 5] = _digit(code & 15)
    return to + 6


@bare
def _say(out, to, text, at, end):
    """The place behind a text that is written as JSON, without quotes."""
    # Eight bytes are written even where fewer of them are meant; what follows writes over them.
    while at + 8 <= end:
        word = _eight(text, at)
        _put_eight(out, to, word)
        found = _special(word)
        if not found:
            at += 8
            to += 8
            continue
        below = (found & (~found + _ONE)) - _ONE & _TOPS
        plain = np.int64(((below >> _SEVEN) * _ONES) >> _TOP)
        to = _escape(out, to + plain, np.int64(text[at + plain]))
        at += plain + 1
    while at < end:
        code = np.int64(text[at])
        if code >= 32 and code != 34 and code != 92:
            out[to] = code
            to += 1
        else:
            to = _escape(out, to, code)
        at += 1
    return to


@bare
def _copy(out, to, pieces, which):
    """The place behind a piece that is written as it is."""
    for at in range(pieces.bounds[which], pieces.bounds[which + 1]):
        out[to] = pieces.text[at]
        to += 1
    return to


@alone
def splice(out, ends, frames, openings, texts, said):
    """Write rows one behind the other into `out`, which must have room for them and eight bytes
    more, and where each ends into `ends`.

    Row `n` is frame `2n`, then each of its `said.counts[n]` turns: opening `said.how[i]`, text
    `said.order[i]` as JSON, and the last of the openings behind it; then frame `2n + 1`.
    """
    to = at = 0
    closing = len(openings.bounds) - 2
    for row in range(len(ends)):
        to = _copy(out, to, frames, 2 * row)
        for place in range(at, at + said.counts[row]):
            turn = said.order[place]
            to = _copy(out, to, openings, said.how[place])
            to = _say(out, to, texts.text, texts.bounds[turn], texts.bounds[turn + 1])
            to = _copy(out, to, openings, closing)
        at += said.counts[row]
        to = _copy(out, to, frames, 2 * row + 1)
        ends[row] = to
