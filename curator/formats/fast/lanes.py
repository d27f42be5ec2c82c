"""Many bytes of a JSON string in one step, on whatever vector unit the machine has."""

from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import types
from numba.extending import intrinsic

from curator.formats.structure import MARKS

# mypy: disable-error-code="no-untyped-def,untyped-decorator,no-untyped-call"
# ruff: noqa: ARG001 (Numba looks at the names of the arguments and at nothing else)

#: Bytes in one step. So many may be read and written behind the end of what is asked for.
WIDTH = 32
_BYTES = ir.VectorType(ir.IntType(8), WIDTH)
#: What ends a run besides control characters: quote, backslash, and last bytes of marks.
ENDS = tuple(sorted({34, 92, *(mark.encode()[-1] for mark in MARKS)}))


def _pointer(context, builder, kind, array, at):
    data = context.make_array(kind)(context, builder, array).data
    place = builder.gep(data, [at])
    return builder.bitcast(place, ir.PointerType(_BYTES))


def _all(byte):
    return ir.Constant(_BYTES, [byte] * WIDTH)


@intrinsic
def plain(typingctx, buf, at, text, t, digest, d):
    """Copy the next `WIDTH` bytes of `buf` to `text` and to `digest`; how many of them come before
    the first byte that has a meaning inside a string."""
    places = types.intp

    def build(context, builder, signature, given):
        buf, at, text, t, digest, d = given
        kinds = signature.args
        source = _pointer(context, builder, kinds[0], buf, at)
        found = builder.load(source)
        found.align = 1
        ended = builder.icmp_unsigned("<", found, _all(32))
        for byte in ENDS:
            ended = builder.or_(ended, builder.icmp_unsigned("==", found, _all(byte)))
        for kind, array, place in ((kinds[2], text, t), (kinds[4], digest, d)):
            builder.store(found, _pointer(context, builder, kind, array, place), align=1)
        wide = ir.IntType(64)
        mask = builder.zext(builder.bitcast(ended, ir.IntType(WIDTH)), wide)
        # A sign behind the last byte, so that a run without an end has the length of all.
        mask = builder.or_(mask, ir.Constant(wide, 1 << WIDTH))
        return builder.cttz(mask, ir.Constant(ir.IntType(1), 1))

    return places(buf, places, text, places, digest, places), build
