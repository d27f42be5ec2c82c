"""Which stretches of two texts stand level with each other, and what counts as changed."""

import re
from collections.abc import Iterator

import msgspec

from curator.diff import Hunk

#: Texts that have no more in common than such shares of the shorter and of the longer one are alike
#: in few lines, and those by chance: a blank one, the number of a list.
ANOTHER = ((0.3, 1.0), (0.5, 0.15))
#: `str.splitlines` would also break at U+2028 and the like.
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


class Block(msgspec.Struct, frozen=True):
    """A stretch of both texts that ends with a line end both have, so that they run level."""

    old: tuple[int, int]
    new: tuple[int, int]
    changed: bool

    #: Made of whole lines that only one of the texts has.
    alone: bool = False
    #: Nothing but blanks of it is in both texts.
    unlike: bool = False


def painted(hunks: tuple[Hunk, ...]) -> list[tuple[str, str]]:
    """The spans as (kind, text), a lone sign or blank between two changes counted as changed:
    a word lit, a blank dark, a word lit is unrest, not news."""
    found: list[tuple[str, str]] = []
    for hunk in hunks:
        last = len(hunk.spans) - 1
        for at, span in enumerate(hunk.spans):
            if span.kind == "same" and 0 < at < last and _is_trifle(span.text):
                found += [("old", span.text), ("new", span.text)]
            else:
                found.append((span.kind, span.text))
    return found


def _is_trifle(text: str) -> bool:
    bare = text.strip()
    return "\n" not in text and len(bare) <= 2 and bare.isascii() and not bare.isalnum()


def blocks(hunks: tuple[Hunk, ...]) -> list[Block]:
    """The stretches between line ends that both texts have in common. A line that only one of
    them has, where the other stands at a line's beginning, is a stretch of its own. Where the
    texts have little in common, they are one stretch, and each reads on by itself."""
    ends = sum(len(hunk.old) for hunk in hunks), sum(len(hunk.new) for hunk in hunks)
    kept = sum(len(span.text) for hunk in hunks for span in hunk.spans if span.kind == "same")
    if any(kept <= some * min(ends) and kept <= all_ * max(ends) for some, all_ in ANOTHER):
        return [Block((0, ends[0]), (0, ends[1]), True)]
    found: list[Block] = []
    i = k = old_start = new_start = 0
    changed, unlike = False, True
    for kind, line in _span_lines(hunks):
        i += len(line) if kind != "new" else 0
        k += len(line) if kind != "old" else 0
        changed = changed or kind != "same"
        unlike = unlike and (kind != "same" or not line.strip())
        alone = (kind == "old" and k == new_start) or (kind == "new" and i == old_start)
        if line.endswith("\n") and (kind == "same" or alone):
            _put(found, Block((old_start, i), (new_start, k), changed, alone, unlike))
            old_start, new_start, changed, unlike = i, k, False, True
    if old_start < ends[0] or new_start < ends[1]:
        rest = (old_start, ends[0]), (new_start, ends[1])
        _put(found, Block(*rest, changed, unlike=unlike))
    return found


def _put(found: list[Block], block: Block) -> None:
    """Lines that one text lost and lines that the other won in their place stand side by side."""
    if found and found[-1].alone and (block.alone or (block.changed and block.unlike)):
        last = found.pop()
        span = (last.old[0], block.old[1]), (last.new[0], block.new[1])
        block = Block(*span, True, block.alone, True)
    found.append(block)


def _span_lines(hunks: tuple[Hunk, ...]) -> Iterator[tuple[str, str]]:
    for hunk in hunks:
        for span in hunk.spans:
            for line in _LINE.findall(span.text):
                yield span.kind, line
