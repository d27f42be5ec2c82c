"""Taking a rewrite piece by piece: `git add -p` for prose. Pure; every choice is a new value."""

import re
from collections.abc import Iterator

import msgspec
from rapidfuzz.distance import Indel

from curator.diff import side_by_side

#: Ends of sentences, with the blanks behind them, and line ends.
_END = re.compile(
    r"[.!?…]+[\"'”’)\]*_`]*(?:(?:[ \t]*\n)+|[ \t]+)|[。！？…]+[”’」』）\"]*\s*|(?:[ \t]*\n)+"
)
#: A text that ends so ends with a whole sentence.
_ENDED = re.compile(r"(?:[.!?…。！？][\"'”’)\]*_`」』）]*|\n)\s*\Z|\A\s*\Z")
_NUMBER = re.compile(r"\s*\d{1,3}")
#: Sentences this much alike are one sentence, changed.
ALIKE = 0.5
#: Beyond so many pairs of sentences they are paired in order, unlooked at.
COMPARED = 4000
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
        """The piece under the cursor cut at sentences, a single sentence at its unchanged words;
        the same where it cannot be cut."""
        if not self.places:
            return self
        piece = self.pieces[self.at]
        parts = tuple(_by_sentence(piece.old, piece.new))
        if sum(part.changed for part in parts) < 2:
            parts = tuple(_by_word(piece.old, piece.new))
        if sum(part.changed for part in parts) < 2:
            return self
        first = next(at for at, part in enumerate(parts) if part.changed)
        pieces = (*self.pieces[: self.at], *parts, *self.pieces[self.at + 1 :])
        return Choices(pieces, self.at + first, self)

    def back(self) -> "Choices | None":
        """The state before the last choice or split; None at the beginning."""
        return self.past


def choices(before: str, after: str) -> Choices:
    """The hunks of the two answers, grown to whole sentences, so that no choice leaves half a one
    behind, and parted where both say the same sentence or line; nothing chosen, the cursor on the
    first."""
    pieces = tuple(part for piece in _whole_sentences(before, after) for part in _parts(piece))
    first = next((at for at, piece in enumerate(pieces) if piece.changed), 0)
    return Choices(pieces, first)


def sentences(text: str) -> list[str]:
    """The sentences of a text with the blanks behind them; a line end ends one. Joined, they are
    the text. The point of a numbered list ends nothing."""
    found: list[str] = []
    start = 0
    for match in _END.finditer(text):
        if match[0][0] == "." and _NUMBER.fullmatch(text, start, match.start()):
            continue
        found.append(text[start : match.end()])
        start = match.end()
    return found + ([text[start:]] if start < len(text) else [])


def _whole_sentences(before: str, after: str) -> Iterator[Piece]:
    """The unchanged stretches cut down to their whole sentences, what is over given to the
    changes beside them."""
    gone = come = ""
    changed = False
    for hunk in side_by_side(before, after):
        if hunk.changed:
            gone, come, changed = gone + hunk.old, come + hunk.new, True
            continue
        head, middle, tail = _parted(hunk.old, changed, _is_ended(gone) and _is_ended(come))
        if changed and not middle and not tail and not _is_ended(head):
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


def _parts(piece: Piece) -> Iterator[Piece]:
    """A piece cut at the sentences and lines that its two texts share. Blank ones part nothing."""
    olds, news = sentences(piece.old), sentences(piece.new)
    if not piece.changed or len(olds) * len(news) > LINED_UP:
        yield piece
        return
    i = k = 0
    for op in Indel.opcodes(olds, news):
        same = "".join(olds[op.src_start : op.src_end]) if op.tag == "equal" else ""
        if not any(map(str.isalnum, same)):
            continue
        if i < op.src_start or k < op.dest_start:
            yield Piece("".join(olds[i : op.src_start]), "".join(news[k : op.dest_start]))
        yield Piece(same, same)
        i, k = op.src_end, op.dest_end
    if i < len(olds) or k < len(news):
        yield Piece("".join(olds[i:]), "".join(news[k:]))


def _parted(same: str, changed: bool, ended: bool) -> tuple[str, str, str]:
    """An unchanged stretch as the end of the sentence before it (where that was `changed` and has
    not `ended`), whole sentences, and the beginning of the sentence after it."""
    blank = same[: len(same) - len(same.lstrip())] if changed and ended else ""
    parts = sentences(same[len(blank) :])
    head = parts.pop(0) if changed and not ended and parts else blank
    tail = parts.pop() if parts and not _is_ended(parts[-1]) else ""
    return head, "".join(parts), tail


def _is_ended(text: str) -> bool:
    return _ENDED.search(text) is not None


def _by_sentence(old: str, new: str) -> Iterator[Piece]:
    """Sentences that resemble each other are one piece; between those, the first old one stands
    against the first new one, and so on, and what is left over stands against nothing."""
    olds, news = sentences(old), sentences(new)
    i = k = 0
    for one, other in [*_alike(olds, news), (len(olds), len(news))]:
        gone, come = olds[i:one], news[k:other]
        for at in range(max(len(gone), len(come))):
            yield Piece("".join(gone[at : at + 1]), "".join(come[at : at + 1]))
        if one < len(olds):
            yield Piece(olds[one], news[other])
        i, k = one + 1, other + 1


def _alike(olds: list[str], news: list[str]) -> list[tuple[int, int]]:
    """The pairs of sentences, in order, that are alike: those with the greatest sum of likeness
    (Needleman and Wunsch 1970 without a price for gaps)."""
    if len(olds) * len(news) > COMPARED:
        return []
    width = len(news) + 1
    best = [[0.0] * width for _ in range(len(olds) + 1)]
    like = [[Indel.normalized_similarity(one, other) for other in news] for one in olds]
    for i, row in enumerate(like, 1):
        for k, likeness in enumerate(row, 1):
            paired = best[i - 1][k - 1] + likeness if likeness >= ALIKE else 0.0
            best[i][k] = max(paired, best[i - 1][k], best[i][k - 1])
    found: list[tuple[int, int]] = []
    i, k = len(olds), len(news)
    while i and k:
        if best[i][k] == best[i - 1][k]:
            i -= 1
        elif best[i][k] == best[i][k - 1]:
            k -= 1
        else:
            i, k = i - 1, k - 1
            found.append((i, k))
    return found[::-1]


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
