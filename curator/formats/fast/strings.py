"""A JSON string to its text, and to the form that a conversation's digest is made of, compiled."""

from curator.formats.fast import lanes
from curator.formats.fast.bare import bare
from curator.formats.fast.escapes import encode, escape, quoted
from curator.formats.fast.spec import BACKSLASH, MARK, QUOTE

# mypy: disable-error-code="no-untyped-def,untyped-decorator,call-arg,var-annotated"


@bare
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


@bare
def string(buf, at, spec, text, t, digest, d):
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
            code, at = escape(buf, at)
            if code < 0:
                return -1, t, d
            t = encode(code, text, t)
            d = quoted(code, digest, d)
            if spec.kinds[text[t - 1]] == MARK and _marked(text, begin, t, spec):
                return -1, t, d
        else:
            return -1, t, d
