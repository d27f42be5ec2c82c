"""Which stretches of two texts stand level with each other, and what counts as changed."""

import re
from collections.abc import Iterator, Sequence

import msgspec

from curator.diff import Hunk, Span

#: Texts that have no more in common than such shares of the shorter and of the longer one are alike
#: in few lines, and those by chance: a blank one, the number of a list.
ANOTHER = ((0.3, 1.0), (0.5, 0.15))
#: An island has at most so many letters; the passage around it has at least so many in either
#: text, and so many times what is in both.
ISLAND, PASSAGE, DWARFED = 16, 32, 4
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
    """The spans as (kind, text). What two changes have between them counts as changed where it is
    a lone sign or blank, or a few words that happen to be in two passages which otherwise have
    nothing in common: a word lit, a word dark, a word lit is unrest, not news."""
    found: list[tuple[str, str]] = []
    for hunk in hunks:
        islands = _islands(hunk.spans)
        for at, span in enumerate(hunk.spans):
            if at in islands:
                found += [("old", span.text), ("new", span.text)]
            else:
                found.append((span.kind, span.text))
    return found


class _Passage:
    """Neighbouring changes, and how much of them is old, new and, on islands, in both."""

    __slots__ = ("both", "islands", "new", "old")

    def __init__(self, old: int, new: int) -> None:
        self.old, self.new, self.both = old, new, 0
        self.islands: list[int] = []

    def took(self, at: int, text: str, other: "_Passage") -> bool:
        """Whether the two are one now, because span `at` between them is an island. (The semantic
        cleanup of Fraser's diff-match-patch, with an upper size, and both texts asked.)"""
        if "\n" in text:
            return False
        both = self.both + other.both + _weight(text)
        old, new = self.old + other.old, self.new + other.new
        small = len(text) <= ISLAND and both * (DWARFED - 1) <= min(old, new)
        if not (small and min(old, new) + both >= PASSAGE) and not _is_trifle(text):
            return False
        self.old, self.new, self.both = old, new, both
        self.islands += (at, *other.islands)
        return True


def _islands(spans: Sequence[Span]) -> set[int]:
    """The unchanged spans that are to be shown as changed."""
    passages: list[_Passage] = []
    between: list[int] = []
    at = 0
    while at < len(spans):
        weights = {"same": 0, "old": 0, "new": 0}
        start = at
        while at < len(spans) and spans[at].kind != "same":
            weights[spans[at].kind] += _weight(spans[at].text)
            at += 1
        if at > start:
            passages.append(_Passage(weights["old"], weights["new"]))
            while len(passages) > 1 and passages[-2].took(
                between[-1], spans[between[-1]].text, passages[-1]
            ):
                passages.pop()
                between.pop()
        between.append(at)
        at += 1
    return {at for passage in passages for at in passage.islands}


def _is_trifle(text: str) -> bool:
    bare = text.strip()
    return len(bare) <= 2 and bare.isascii() and not bare.isalnum()


def _weight(text: str) -> int:
    """Letters of Latin script; a CJK character says as much as three."""
    return len(text) if text.isascii() else len(text) + 2 * sum(sign > "\u2e7f" for sign in text)


def written_anew(hunks: Sequence[Hunk]) -> bool:
    """Whether the texts have so little in common that to tell word by word says nothing."""
    ends = sum(len(hunk.old) for hunk in hunks), sum(len(hunk.new) for hunk in hunks)
    kept = sum(len(span.text) for hunk in hunks for span in hunk.spans if span.kind == "same")
    return any(kept <= some * min(ends) and kept <= all_ * max(ends) for some, all_ in ANOTHER)


def blocks(hunks: tuple[Hunk, ...]) -> list[Block]:
    """The stretches between line ends that both texts have in common. A line that only one of
    them has, where the other stands at a line's beginning, is a stretch of its own. Where the
    texts have little in common, they are one stretch, and each reads on by itself."""
    ends = sum(len(hunk.old) for hunk in hunks), sum(len(hunk.new) for hunk in hunks)
    if written_anew(hunks):
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
