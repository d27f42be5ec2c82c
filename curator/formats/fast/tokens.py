"""The signs between the values of a line of JSON, compiled."""

from curator.formats.fast.bare import bare
from curator.formats.fast.spec import BACKSLASH, CONTROL, QUOTE

# ruff: noqa: SIM109, SIM110 (what is compiled knows no membership in tuples, and no generators)
# mypy: disable-error-code="no-untyped-def,untyped-decorator"


@bare
def same(buf, begin, end, spec, which):
    """Whether the bytes from `begin` to `end` are word `which`."""
    start = spec.ends[which - 1] if which else 0
    if end - begin != spec.ends[which] - start:
        return False
    for i in range(end - begin):
        if buf[begin + i] != spec.words[start + i]:
            return False
    return True


@bare
def blank(buf, at):
    """The place of the next byte that is no blank (a line's end is none)."""
    while buf[at] == 32 or buf[at] == 9 or buf[at] == 13:
        at += 1
    return at


@bare
def name(buf, at, spec):
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
