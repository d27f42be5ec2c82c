"""BLAKE2b (RFC 7693) of many byte strings, four at a time in the lanes of a vector unit.

One string keeps a core's multiplier busy only in part: each step waits for the one before it. Four
strings do not wait for each other.
"""

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import types
from numba.extending import intrinsic

from curator.formats.fast.bare import alone, bare
from curator.formats.fast.spec import BLOCK, LANES, SIZE

# mypy: disable-error-code="no-untyped-def,untyped-decorator,no-untyped-call,call-arg"
# ruff: noqa: ARG001 (Numba looks at the names of the arguments and at nothing else)

#: Section 2.6: the fractions of the square roots of the first primes.
IV = (
    0x6A09E667F3BCC908, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1,
    0x510E527FADE682D1, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179,
)  # fmt: skip
#: Section 2.7: which words of the message a round takes. The last two rounds are the first again.
ORDER = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
    (14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3),
    (11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4),
    (7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8),
    (9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13),
    (2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9),
    (12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11),
    (13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10),
    (6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5),
    (10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0),
)
#: The words that a round mixes: columns, then diagonals.
_MIXED = (
    (0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
    (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14),
)  # fmt: skip
_WORD = ir.IntType(64)
_WORDS = ir.VectorType(_WORD, LANES)
#: What a string begins with.
_FRESH = np.array((IV[0] ^ 0x01010000 ^ SIZE, *IV[1:], 0, 0), np.uint64)


def _all(number):
    return ir.Constant(_WORDS, [number] * LANES)


def _at(context, builder, kind, array, place):
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [place]), ir.PointerType(_WORDS))


def _turned(builder, word, bits):
    """The lanes rotated to the right."""
    low = builder.lshr(word, _all(bits))
    return builder.or_(low, builder.shl(word, _all(64 - bits)))


def _message(builder, loads):
    """Sixteen words, each of all lanes, from the four quarters of each lane's block."""
    pairs = ir.VectorType(ir.IntType(32), LANES)

    def pick(one, other, places):
        return builder.shuffle_vector(one, other, ir.Constant(pairs, places))

    words = []
    for quarter in range(4):
        a, b, c, d = (lane[quarter] for lane in loads)
        low, high = pick(a, b, [0, 4, 2, 6]), pick(a, b, [1, 5, 3, 7])
        low2, high2 = pick(c, d, [0, 4, 2, 6]), pick(c, d, [1, 5, 3, 7])
        words += [pick(low, low2, [0, 1, 4, 5]), pick(high, high2, [0, 1, 4, 5])]
        words += [pick(low, low2, [2, 3, 6, 7]), pick(high, high2, [2, 3, 6, 7])]
    return words


def _mix(builder, v, places, x, y):
    """Section 3.1: the function G."""
    a, b, c, d = places
    for word, first, second in ((x, 32, 24), (y, 16, 63)):
        v[a] = builder.add(builder.add(v[a], v[b]), word)
        v[d] = _turned(builder, builder.xor(v[d], v[a]), first)
        v[c] = builder.add(v[c], v[d])
        v[b] = _turned(builder, builder.xor(v[b], v[c]), second)


@intrinsic
def _compress(typingctx, state, buf, a, b, c, d):
    """Section 3.2: one block of each lane, at the places `a` to `d` of `buf`. `state` has eight
    words of each lane, then how many bytes of it are read, then what marks its last block."""
    places = types.intp

    def build(context, builder, signature, given):
        state, buf, *begins = given
        kinds = signature.args

        def kept(row):
            place = ir.Constant(_WORD, row * LANES)
            return _at(context, builder, kinds[0], state, place)

        def loaded(pointer):
            found = builder.load(pointer)
            found.align = 1
            return found

        loads = [
            [
                loaded(
                    _at(context, builder, kinds[1], buf, builder.add(begin, ir.Constant(_WORD, q)))
                )
                for q in range(0, BLOCK, BLOCK // 4)
            ]
            for begin in begins
        ]
        message = _message(builder, loads)
        before = [loaded(kept(row)) for row in range(8)]
        v = [*before, *map(_all, IV)]
        v[12] = builder.xor(v[12], loaded(kept(8)))
        v[14] = builder.xor(v[14], loaded(kept(9)))
        for order in (*ORDER, *ORDER[:2]):
            for number, mixed in enumerate(_MIXED):
                x, y = order[2 * number : 2 * number + 2]
                _mix(builder, v, mixed, message[x], message[y])
        for row in range(8):
            after = builder.xor(before[row], builder.xor(v[row], v[row + 8]))
            builder.store(after, kept(row), align=1)
        return context.get_dummy_value()

    return types.none(state, buf, places, places, places, places), build


@bare
def _begin(state, lane):
    """A new string in a lane."""
    for row in range(10):
        state[row * LANES + lane] = _FRESH[row]


@bare
def _last(buf, at, left, place):
    """Lay the last block of a string, with zeros behind it, at `place`."""
    for i in range(left):
        buf[place + i] = buf[at + i]
    for i in range(left, BLOCK):
        buf[place + i] = 0


@alone
def digests(buf, spare, begins, ends, out, state, lanes):
    """Write the digests of the strings from `begins` to `ends` of `buf` to `out`, two words each.
    The `SPARE` bytes of `buf` from `spare` on are written over.

    `state` (ten words a lane) and `lanes` (three rows of `LANES`, the first all -1) are its own."""
    whose, at, place = lanes[0], lanes[1], lanes[2]
    begun, done = 0, 0
    while done < len(begins):
        for lane in range(LANES):
            place[lane] = spare + lane * BLOCK
            if whose[lane] < 0:
                if begun == len(begins):
                    continue
                whose[lane], at[lane] = begun, begins[begun]
                begun += 1
                _begin(state, lane)
            left = ends[whose[lane]] - at[lane]
            if left > BLOCK:
                place[lane] = at[lane]
                at[lane] += BLOCK
                state[8 * LANES + lane] += np.uint64(BLOCK)
            else:
                _last(buf, at[lane], left, place[lane])
                state[8 * LANES + lane] += np.uint64(left)
                state[9 * LANES + lane] = ~np.uint64(0)
        _compress(state, buf, place[0], place[1], place[2], place[3])
        for lane in range(LANES):
            if whose[lane] >= 0 and state[9 * LANES + lane]:
                out[whose[lane], 0], out[whose[lane], 1] = state[lane], state[LANES + lane]
                whose[lane] = -1
                done += 1
