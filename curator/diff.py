"""What changed between two texts, as data: hunks of spans, no colour.

A token is a word with the blank before it, a CJK character, a sign, or, inside a fenced code
block, a whole line. The script is the shortest there is for those tokens (Indel distance, by
rapidfuzz); long texts are first anchored at paragraphs and lines that both have.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, cast

import msgspec
from rapidfuzz.distance import Indel

from curator.text import CJK

Kind = Literal["same", "old", "new"]
#: One step of a script: (tag, old start, old end, new start, new end).
_Step = tuple[str, int, int, int, int]

#: What never stands alone: combining marks, vowel signs, variation selectors, skin tones.
_MARKS = (
    r"\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0dff"
    r"\u0e00-\u0eff\u0f00-\u109f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
    r"\U0001f3fb-\U0001f3ff"
)
_WORDY = rf"[^\W{CJK}{_MARKS}]+(?:[^\W{CJK}]|[{_MARKS}])*|(?:[^\W{CJK}]|[{_MARKS}])+"
_TOKEN = re.compile(rf" ?(?:{_WORDY}|[^\s](?:[{_MARKS}]|\u200d[^\s])*)|\s")
#: The same for ASCII, which has neither marks nor CJK: four times as quick. What most tokens are
#: stands first.
_ASCII_TOKEN = re.compile(r" \w+|\w+| ?\S|\s")
_PARAGRAPH = re.compile(r".+?\n(?:[^\S\n]*\n)+|.+\Z", re.DOTALL)
FENCES = ("```", "~~~")

#: Beyond so many characters (both texts together) paragraphs are matched before words.
ANCHORED = 50_000
#: Beyond so many cells (words times words) a stretch is called replaced as a whole: the table of
#: the exact method would take a second and a gigabyte.
LARGEST_TABLE = 200_000_000
#: So many unchanged words part two hunks; fewer are carried inside one.
APART = 12


class Span(msgspec.Struct, frozen=True, gc=False):
    """A stretch of text that both have, or only the old, or only the new one."""

    kind: Kind
    text: str


class Hunk(msgspec.Struct, frozen=True):
    """Neighbouring spans: either one unchanged stretch, or changes that belong together."""

    spans: tuple[Span, ...]

    @property
    def changed(self) -> bool:
        """Whether old and new differ here."""
        return any(span.kind != "same" for span in self.spans)

    @property
    def old(self) -> str:
        """What the old text says here."""
        return "".join(span.text for span in self.spans if span.kind != "new")

    @property
    def new(self) -> str:
        """What the new text says here."""
        return "".join(span.text for span in self.spans if span.kind != "old")


def side_by_side(before: str, after: str) -> tuple[Hunk, ...]:
    """The hunks that turn `before` into `after`, in order; the olds and the news rebuild both.

    Below `ANCHORED` characters no script is shorter: the unchanged tokens are a longest common
    subsequence.
    """
    if len(before) + len(after) < ANCHORED:
        return tuple(_hunks(_word_spans(tokens(before), tokens(after))))
    return tuple(_hunks(_joined(_anchored_spans(before, after))))


def tokens(text: str) -> list[str]:
    """The tokens of a text; joined, they are the text again."""
    cut = (_ASCII_TOKEN if text.isascii() else _TOKEN).findall
    if not any(fence in text for fence in FENCES):
        return cut(text)
    found: list[str] = []
    prose: list[str] = []
    fenced: str | None = None
    for line in text.splitlines(keepends=True):
        mark = line.lstrip()[:3]
        if fenced is None and mark in FENCES:
            found += cut("".join(prose))
            prose.clear()
            fenced = mark
            found.append(line)
        elif fenced is not None:
            found.append(line)
            fenced = None if mark == fenced else fenced
        else:
            prose.append(line)
    return found + cut("".join(prose))


def unlike(hunks: Sequence[Hunk]) -> float:
    """The share of the new text that is not in the old one, by characters: 0 is a copy."""
    new = sum(len(hunk.new) for hunk in hunks)
    kept = sum(len(s.text) for hunk in hunks for s in hunk.spans if s.kind == "same")
    return 1 - kept / new if new else 0.0


def _word_spans(old: list[str], new: list[str]) -> list[Span]:
    """Spans over tokens, old before new in each change. (rapidfuzz trims common ends itself.)"""
    spans: list[Span] = []
    add, i, k = spans.append, 0, 0
    # Most stretches of a change are one token, which need not be joined. No function calls another
    # for each of them: in a text that changed much that took longer than the script itself.
    for tag, start, stop, new_start, _ in _kept(old, new):
        if tag != "equal":
            continue
        if start > i:
            add(Span("old", old[i] if start - i == 1 else "".join(old[i:start])))
        if new_start > k:
            add(Span("new", new[k] if new_start - k == 1 else "".join(new[k:new_start])))
        add(Span("same", old[start] if stop - start == 1 else "".join(old[start:stop])))
        i, k = stop, new_start + stop - start
    if i < len(old):
        add(Span("old", "".join(old[i:])))
    if k < len(new):
        add(Span("new", "".join(new[k:])))
    return spans


def _kept(old: list[str], new: list[str]) -> list[_Step]:
    """The script; where its table would be too large, the common ends alone are what is kept."""
    if len(old) * len(new) <= LARGEST_TABLE:
        return _script(old, new)
    head = _common_head(old, new)
    tail = _common_head(old[head:][::-1], new[head:][::-1])
    end, new_end = len(old) - tail, len(new) - tail
    if (end - head) * (new_end - head) <= LARGEST_TABLE:
        return _script(old, new)
    ends = (("equal", 0, head, 0, head), ("equal", end, len(old), new_end, len(new)))
    return [step for step in ends if step[2] > step[1]]


def _anchored_spans(before: str, after: str) -> Iterator[Span]:
    """Paragraphs both have stay put; between them lines are matched, and between those, words."""
    for stretch in _anchor(_PARAGRAPH.findall(before), _PARAGRAPH.findall(after)):
        if isinstance(stretch, Span):
            yield stretch
            continue
        old, new = stretch
        for inner in _anchor(old.splitlines(keepends=True), new.splitlines(keepends=True)):
            if isinstance(inner, Span):
                yield inner
            else:
                yield from _word_spans(tokens(inner[0]), tokens(inner[1]))


def _anchor(old: list[str], new: list[str]) -> Iterator[Span | tuple[str, str]]:
    """The parts both have, as spans, and between them what is still to be compared."""
    if len(old) * len(new) > LARGEST_TABLE:
        yield "".join(old), "".join(new)
        return
    i = k = 0
    for tag, start, end, new_start, _ in _script(old, new):
        if tag == "equal":
            if start > i or new_start > k:
                yield "".join(old[i:start]), "".join(new[k:new_start])
            yield Span("same", "".join(old[start:end]))
            i, k = end, new_start + end - start
    if i < len(old) or k < len(new):
        yield "".join(old[i:]), "".join(new[k:])


def _script(old: list[str], new: list[str]) -> list[_Step]:
    """The shortest script."""
    return cast("list[_Step]", Indel.opcodes(old, new).as_list())


def _common_head(old: Sequence[str], new: Sequence[str]) -> int:
    """How many tokens both begin with."""
    count = 0
    for left, right in zip(old, new, strict=False):
        if left != right:
            break
        count += 1
    return count


def _hunks(spans: Iterable[Span]) -> Iterator[Hunk]:
    """Spans gathered: changes less than `APART` words from each other are one hunk."""
    gathered: list[Span] = []
    for span in _slid(list(spans)):
        if span.kind != "same" or (gathered and not _is_apart(span.text)):
            gathered.append(span)
            continue
        if gathered:
            yield from _closed(gathered)
            gathered = []
        yield Hunk((span,))
    yield from _closed(gathered)


def _slid(spans: list[Span]) -> list[Span]:
    """The same script, its insertions and deletions moved to whole lines where they can be: of
    the ways to say that a paragraph was put in, the one that begins where the paragraph does."""
    broken = [at for at, span in enumerate(spans) if span.kind != "same" and "\n" in span.text]
    for at in broken:
        if not 0 < at < len(spans) - 1:
            continue
        before, change, behind = spans[at - 1 : at + 2]
        text = change.text
        if before.kind != "same" or behind.kind != "same":
            continue
        follows = behind.text
        if before.text.endswith("\n") and text.endswith("\n"):
            continue
        step = text.find("\n") + 1
        while 0 < step < len(follows) and follows.startswith(text[:step]):
            if text[step : step + 1] != "\n":
                spans[at - 1] = Span("same", before.text + text[:step])
                spans[at] = Span(change.kind, text[step:] + text[:step])
                spans[at + 1] = Span("same", follows[step:])
                break
            step = text.find("\n", step) + 1
    return spans


def _closed(gathered: list[Span]) -> Iterator[Hunk]:
    """A hunk ends with a change; an unchanged rest is a hunk of its own."""
    if not gathered:
        return
    rest = [gathered.pop()] if gathered[-1].kind == "same" else []
    yield Hunk(tuple(gathered))
    if rest:
        yield Hunk(tuple(rest))


def _is_apart(text: str) -> bool:
    # Counting blanks is near enough, and cutting the text into words again would cost as much as
    # the whole diff.
    return text.count(" ") >= APART or len(text) >= (8 if text.isascii() else 2) * APART


def _joined(spans: Iterator[Span]) -> Iterator[Span]:
    """Neighbours of one kind become one span; in a change, the old comes before the new."""
    pending: dict[Kind, list[str]] = {"same": [], "old": [], "new": []}

    def flush(*kinds: Kind) -> Iterator[Span]:
        for kind in kinds:
            if pending[kind]:
                yield Span(kind, "".join(pending[kind]))
                pending[kind].clear()

    for span in spans:
        if span.text:
            yield from flush(*(("old", "new") if span.kind == "same" else ("same",)))
            pending[span.kind].append(span.text)
    yield from flush("same", "old", "new")
