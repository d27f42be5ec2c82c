"""Taking a rewrite piece by piece: `git add -p` for prose. Pure; every choice is a new value."""

import re
from collections.abc import Iterator

import msgspec
from rapidfuzz.distance import Indel

from curator.diff import FENCES, side_by_side
from curator.review.sentences import (
    ALIKE,
    PROSE,
    Part,
    alike,
    fenced_after,
    is_ended,
    parts_of,
    sentences,
    whole_blocks,
)

#: A paragraph with the empty lines behind it; what is blank before the first belongs to it.
_PARAGRAPH = re.compile(r"\s*\S.*?(?:\n[ \t]*(?:\n\s*|\Z)|\Z)|\s+\Z", re.DOTALL)
#: Beyond so many pairs no shared sentences are looked for inside a piece.
LINED_UP = 1_000_000


class Piece(msgspec.Struct, frozen=True):
    """A stretch as the old and as the new answer have it, and what the person says of it:
    `taken` is None where they have not spoken."""

    old: str
    new: str
    taken: bool | None = None

    @property
    def changed(self) -> bool:
        """Whether there is anything to choose."""
        return self.old != self.new

    def after(self, fences: tuple[str, str]) -> tuple[str, str]:
        """The fences of code that are open in the old and in the new answer behind this piece,
        where `fences` are open before it; "" for none."""
        return fenced_after(self.old, fences[0]), fenced_after(self.new, fences[1])


class Choices(msgspec.Struct, frozen=True):
    """The pieces of two answers in order, which one is under the cursor, and the state before.

    Whatever is taken, split or walked, the olds joined are the old answer and the news the new.
    """

    pieces: tuple[Piece, ...]
    at: int = 0
    past: "Choices | None" = None

    @property
    def places(self) -> tuple[int, ...]:
        """Where the pieces are that differ."""
        return tuple(at for at, piece in enumerate(self.pieces) if piece.changed)

    @property
    def taken(self) -> int:
        """How many pieces were taken."""
        return sum(piece.changed and piece.taken is True for piece in self.pieces)

    @property
    def refused(self) -> int:
        """How many pieces were refused."""
        return sum(piece.changed and piece.taken is False for piece in self.pieces)

    @property
    def left(self) -> int:
        """How many pieces wait for a word."""
        return sum(piece.changed and piece.taken is None for piece in self.pieces)

    def text(self, rest: bool) -> str:
        """The answer as chosen; what was not spoken of is taken (`rest`) or refused."""
        return "".join(
            piece.new if (rest if piece.taken is None else piece.taken) else piece.old
            for piece in self.pieces
        )

    def judged(self, take: bool) -> "Choices":
        """Take or refuse the piece under the cursor and go on to the next without a word."""
        if not self.places:
            return self
        piece = msgspec.structs.replace(self.pieces[self.at], taken=take)
        pieces = (*self.pieces[: self.at], piece, *self.pieces[self.at + 1 :])
        open_ = [at for at in self.places if pieces[at].taken is None]
        later = [at for at in open_ if at > self.at]
        at = (later or open_ or [self.at])[0]
        return Choices(pieces, at, self)

    def walked(self, step: int) -> "Choices":
        """The cursor on the next piece that differs, or the one before; the same at the ends."""
        near = [at for at in self.places if (at > self.at if step > 0 else at < self.at)]
        return self if not near else Choices(self.pieces, near[0 if step > 0 else -1], self.past)

    def split(self) -> "Choices":
        """The piece under the cursor cut at sentences, a block of code that one side alone has
        left whole; a single block at its lines, a single sentence at its unchanged words; the same
        where it cannot be cut."""
        if not self.places:
            return self
        piece = self.pieces[self.at]
        ways = _ways(piece, self._fences())
        parts = next((found for found in ways if sum(part.changed for part in found) > 1), ())
        if not parts:
            return self
        first = next(at for at, part in enumerate(parts) if part.changed)
        pieces = (*self.pieces[: self.at], *parts, *self.pieces[self.at + 1 :])
        return Choices(pieces, self.at + first, self)

    def _fences(self) -> tuple[str, str]:
        """The fences that are open where the piece under the cursor begins."""
        fences = ("", "")
        for piece in self.pieces[: self.at]:
            fences = piece.after(fences)
        return fences

    def back(self) -> "Choices | None":
        """The state before the last choice or split; None at the beginning."""
        return self.past


def choices(before: str, after: str) -> Choices:
    """The hunks of the two answers, grown to whole sentences, so that no choice leaves half a one
    behind, and parted where both say the same sentence or line; nothing chosen, the cursor on the
    first."""
    pieces: list[Piece] = []
    fences = ("", "")
    for piece in _whole_sentences(before, after):
        pieces += _parts(piece, fences)
        fences = piece.after(fences)
    first = next((at for at, piece in enumerate(pieces) if piece.changed), 0)
    return Choices(tuple(pieces), first)


def _whole_sentences(before: str, after: str) -> Iterator[Piece]:
    """The unchanged stretches cut down to their whole sentences, what is over given to the
    changes beside them."""
    gone = come = ""
    changed = False
    for hunk in side_by_side(before, after):
        if hunk.changed:
            gone, come, changed = gone + hunk.old, come + hunk.new, True
            continue
        ended = is_ended(gone) and is_ended(come)
        blank = _blank_behind(gone + come, hunk.old) if changed and ended else ""
        head, middle, tail = _parted(hunk.old, changed and not ended, blank)
        if changed and not middle and not tail and not is_ended(head):
            gone, come = gone + head, come + head
            continue
        if gone + head or come + head:
            yield Piece(gone + head, come + head)
        if middle:
            yield Piece(middle, middle)
        gone = come = tail
        changed = False
    if gone or come:
        yield Piece(gone, come)


def _lines(piece: Piece, fences: tuple[str, str]) -> tuple[list[Part], list[Part]]:
    return parts_of(piece.old, fences[0]), parts_of(piece.new, fences[1])


def _parts(piece: Piece, fences: tuple[str, str]) -> Iterator[Piece]:
    """A piece cut at the sentences, lines and fences that its two texts share: what is code in one
    and prose in the other is not shared. Blank ones part nothing."""
    olds, news = _lines(piece, fences) if piece.changed else ([], [])
    if not piece.changed or len(olds) * len(news) > LINED_UP:
        yield piece
        return
    i = k = 0
    for op in Indel.opcodes(olds, news):
        shared = olds[op.src_start : op.src_end] if op.tag == "equal" else []
        same = _text(shared)
        if not any(map(str.isalnum, same)) and all(part.kind == PROSE for part in shared):
            continue
        if i < op.src_start or k < op.dest_start:
            yield from _paragraphs(_text(olds[i : op.src_start]), _text(news[k : op.dest_start]))
        yield Piece(same, same)
        i, k = op.src_end, op.dest_end
    if i < len(olds) or k < len(news):
        yield from _paragraphs(_text(olds[i:]), _text(news[k:]))


def _paragraphs(old: str, new: str) -> Iterator[Piece]:
    """A change of several paragraphs as a piece for each, where both have as many and each is a
    version of the other."""
    olds, news = (_PARAGRAPH.findall(text) for text in (old, new))
    pairs = list(zip(olds, news, strict=False))
    parted = 1 < len(olds) == len(news) and not any(sign in old + new for sign in FENCES)
    if parted and all(Indel.normalized_similarity(*pair) >= ALIKE for pair in pairs):
        yield from (Piece(*pair) for pair in pairs)
    else:
        yield Piece(old, new)


def _text(parts: list[Part]) -> str:
    return "".join(part.text for part in parts)


def _blank_behind(text: str, same: str) -> str:
    """The blanks that an unchanged stretch begins with, as far as they belong to the `text` before
    it: the indentation of a line belongs to that line."""
    blank = same[: len(same) - len(same.lstrip())]
    if "\n" in blank or text.endswith("\n"):
        return blank[: blank.rfind("\n") + 1]
    return blank


def _parted(same: str, open_ended: bool, blank: str) -> tuple[str, str, str]:
    """An unchanged stretch as the end of the sentence before it (where that is `open_ended`, else
    the `blank` behind it), whole sentences, and the beginning of the sentence after it."""
    parts = sentences(same[len(blank) :])
    head = parts.pop(0) if open_ended and parts else blank
    tail = parts.pop() if parts and not is_ended(parts[-1]) else ""
    return head, "".join(parts), tail


def _by_sentence(olds: list[Part], news: list[Part]) -> Iterator[Piece]:
    """Sentences that resemble each other are one piece; between those, the first old one stands
    against the first new one, and so on, and what is left over stands against nothing."""
    i = k = 0
    for one, other in [*alike(olds, news), (len(olds), len(news))]:
        gone, come = olds[i:one], news[k:other]
        for at in range(max(len(gone), len(come))):
            yield Piece(_text(gone[at : at + 1]), _text(come[at : at + 1]))
        if one < len(olds):
            yield Piece(olds[one].text, news[other].text)
        i, k = one + 1, other + 1


def _seen(parts: Iterator[Piece]) -> tuple[Piece, ...]:
    """The parts, what differs in blanks alone joined to what changes behind it: by itself nobody
    would see what there is to choose."""
    found: list[Piece] = []
    for part in parts:
        last = found[-1] if found else None
        if last and last.changed and part.changed and last.old.split() == last.new.split():
            found[-1] = Piece(last.old + part.old, last.new + part.new)
        else:
            found.append(part)
    return tuple(found)


def _ways(piece: Piece, fences: tuple[str, str]) -> Iterator[tuple[Piece, ...]]:
    """A piece cut finer and finer."""
    olds, news = _lines(piece, fences)
    yield _seen(_by_sentence(whole_blocks(olds), whole_blocks(news)))
    yield _seen(_by_sentence(olds, news))
    yield tuple(_by_word(piece.old, piece.new))


def _by_word(old: str, new: str) -> Iterator[Piece]:
    """Every change between two unchanged words is a piece."""
    gone = come = ""
    for hunk in side_by_side(old, new):
        for span in hunk.spans:
            if span.kind == "same":
                if gone or come:
                    yield Piece(gone, come)
                    gone = come = ""
                yield Piece(span.text, span.text)
            elif span.kind == "old":
                gone += span.text
            else:
                come += span.text
    if gone or come:
        yield Piece(gone, come)
