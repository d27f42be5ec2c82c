"""Characters between JSON and UTF-8, compiled."""

import numpy as np

from curator.formats.fast.bare import bare

# mypy: disable-error-code="no-untyped-def,untyped-decorator"


@bare
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


@bare
def escape(buf, at):
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


@bare
def encode(code, out, at):
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


@bare
def quoted(code, out, at):
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
        return encode(code, out, at)
    out[at] = 92
    out[at + 1] = 117
    out[at + 2] = 48
    out[at + 3] = 48
    out[at + 4] = 48 + (code >> 4)
    low = code & 15
    out[at + 5] = 48 + low if low < 10 else 87 + low
    return at + 6


@bare
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
