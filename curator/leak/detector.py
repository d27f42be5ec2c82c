"""Finding the places where a rewrite uses what only later turns revealed.

A sentence of the rewrite is compared with every later turn. What both say and the chat up to the
answer did not is weighed by how rare it is, in bits; names, codes and numbers weigh more, and so
do neighbours that stand together in both. Facts of the user count from a few bits on, for nobody
can guess them. What the assistant said later could have been known all along, so it only counts
where a whole sentence repeats an answer to a question that was not asked yet.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from curator.conversation import Turn
from curator.leak.phrases import TELLING
from curator.leak.rarity import bits
from curator.leak.words import Unit, sentences, units
from curator.objections import OBJECTS, objection

#: A span whose score reaches this is a leak.
FLAGGED = 0.5
#: Later turns that are looked at, and characters of each.
TURNS, CHARACTERS = 40, 8000


class Weights(msgspec.Struct, frozen=True):
    """How evidence is weighed; chosen on the dev part of `benchmarks/bench_leak.py`.

    `ordinary` bits of every unit are no evidence; a name has at least `name` bits; a pair of
    neighbours adds `pair`, with a number in it `number`; a run of pairs that nobody said before
    adds `run` for each beyond the first `free`. `user` and `answer` are what flags; an answer must
    cover the share `cover` of a sentence.
    """

    ordinary: float
    name: float
    pair: float
    number: float
    run: float
    free: int
    user: float
    answer: float
    cover: float


ENGLISH = Weights(4.0, 11.5, 2.0, 3.0, 3.0, 2, 7.0, 20.0, 0.5)
CHINESE = Weights(5.0, 13.0, 0.0, 3.0, 1.0, 3, 9.0, 30.0, 0.65)
NAMED = ("name", "code", "link")

_FENCED = re.compile(r"```.*?(?:```|\Z)", re.S)
_CODE = re.compile(
    r"^\s*(?:import|from|def|class|return|const|let|var|for|if|#include|#|//)\b|[;{}]\s*$"
)
_SIGNS = re.compile(r"[{}()\[\];=<>_]")


class LeakSpan(msgspec.Struct, frozen=True):
    """A place of the rewrite that knows too much: where, which words, from which later turn.

    `kind` is fact (of the user), answer (to a question not asked yet) or telling (talk of the
    future or the feedback). `turn` counts from the first later turn; None for talk. `score` is
    0 to 1, a leak from `FLAGGED` on. `why` is a phrase for the person.
    """

    start: int
    end: int
    words: str
    kind: str
    turn: int | None
    score: float
    why: str


class _Later(msgspec.Struct, frozen=True):
    """One later turn: its units that are news, all its keys, its pairs of neighbours."""

    position: int
    role: str
    news: dict[str, Unit]
    keys: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    answers: bool


def find(old: str, new: str, before: Sequence[str], later: Sequence[Turn]) -> tuple[LeakSpan, ...]:
    """The leaks of a rewrite in order of place. `old` is the original answer, `before` the texts
    of the turns before it, `later` the turns after it; empty where nothing is wrong."""
    known = _Known((*before, old))
    turns = [turn for turn in _read(later, known) if turn.news]
    spans: list[LeakSpan] = []
    fenced = [match.span() for match in _FENCED.finditer(new)]
    for start, end in sentences(new):
        sentence = new[start:end]
        if sentence.strip() in old:
            continue
        found = [*_telling(sentence, old)]
        said = list(units(sentence))
        if turns and said:
            code = _is_code(sentence) or any(a <= start < b for a, b in fenced)
            found += _shared(said, turns, known, code)
        spans += (
            msgspec.structs.replace(span, start=span.start + start, end=span.end + start)
            for span in found
            if span.score >= FLAGGED
        )
    return tuple(spans)


def leaks(spans: Sequence[LeakSpan]) -> float:
    """How sure it is that a rewrite leaks, 0 to 1: the score of its worst span."""
    return max((span.score for span in spans), default=0.0)


class _Known:
    """What the chat has said up to and with the original answer."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.keys: set[str] = set()
        self.stems: set[str] = set()
        self.pairs: set[tuple[str, str]] = set()
        for text in texts:
            said = list(units(text))
            self.pairs.update((one.key, other.key) for one, other in pairwise(said))
            for unit in said:
                self.keys.add(unit.key)
                if unit.kind in ("word", "name") and len(unit.key) >= 5:
                    self.stems.add(_trunk(unit.key))

    def news(self, unit: Unit) -> bool:
        """Whether a unit is new, in this form and in every other form of the word."""
        if unit.key in self.keys:
            return False
        long = unit.kind in ("word", "name") and len(unit.key) >= 5
        return not (long and _trunk(unit.key) in self.stems)


def _trunk(key: str) -> str:
    return key[: max(5, round(len(key) * 0.7))]


def _read(later: Sequence[Turn], known: _Known) -> Iterator[_Later]:
    for position, turn in enumerate(later[:TURNS]):
        said = list(units(turn.content[:CHARACTERS]))
        asked = later[position - 1] if position else None
        yield _Later(
            position,
            turn.role,
            {unit.key: unit for unit in said if known.news(unit)},
            frozenset(unit.key for unit in said),
            frozenset((a.key, b.key) for a, b in pairwise(said)),
            # A second answer to the same question may be repeated: that is what a rewrite is for.
            turn.role == "assistant"
            and asked is not None
            and asked.role == "user"
            and objection(asked.content).score < OBJECTS,
        )


def _telling(sentence: str, old: str) -> Iterator[LeakSpan]:
    """Talk of the future or the feedback that the original answer did not hold as well."""
    for why, pattern in TELLING:
        if (match := pattern.search(sentence)) and not pattern.search(old):
            yield LeakSpan(match.start(), match.end(), match[0].strip(), "telling", None, 1.0, why)
            return


def _shared(said: list[Unit], turns: list[_Later], known: _Known, code: bool) -> Iterator[LeakSpan]:
    """The strongest fact and the strongest answer that a sentence shares with a later turn."""
    fresh = {unit.key: unit for unit in said if known.news(unit)}
    han = sum(unit.kind == "han" for unit in said)
    weights = CHINESE if han * 2 > len(said) else ENGLISH
    best: dict[str, LeakSpan] = {}
    for turn in turns:
        hits = [unit for key, unit in fresh.items() if key in turn.news]
        if not hits:
            continue
        kind, enough = ("fact", weights.user) if turn.role == "user" else ("answer", weights.answer)
        if kind == "answer" and (code or not turn.answers or _cover(said, turn) < weights.cover):
            continue
        evidence = _evidence(said, hits, turn, weights)
        evidence += weights.run * max(0, _run(said, turn, known) - weights.free)
        score = min(1.0, FLAGGED * evidence / enough)
        if kind not in best or score > best[kind].score:
            best[kind] = _span(hits, turn, kind, score)
    yield from best.values()


def _evidence(said: list[Unit], hits: list[Unit], turn: _Later, weights: Weights) -> float:
    """The bits that speak for a sentence having been written with a later turn in view."""
    total = 0.0
    keys = set()
    for unit in hits:
        rare = bits(unit.key, unit.kind)
        if rare <= weights.ordinary + 1:
            continue
        if unit.kind in NAMED and turn.news[unit.key].kind in NAMED:
            rare = max(rare, weights.name)
        total += rare - weights.ordinary
        keys.add(unit.key)
    for one, other in pairwise(said):
        if (one.key, other.key) in turn.pairs and (one.key in keys or other.key in keys):
            total += weights.pair
            if "number" in (one.kind, other.kind):
                total += weights.number
    return total


def _run(said: list[Unit], turn: _Later, known: _Known) -> int:
    """How many neighbours in a row a later turn says too, those left out that were known."""
    longest = run = 0
    for one, other in pairwise(said):
        pair = (one.key, other.key)
        run = run + (pair not in known.pairs) if pair in turn.pairs else 0
        longest = max(longest, run)
    return longest


def _cover(said: list[Unit], turn: _Later) -> float:
    """The share of a sentence that a later turn says too."""
    return sum(unit.key in turn.keys for unit in said) / len(said)


def _span(hits: list[Unit], turn: _Later, kind: str, score: float) -> LeakSpan:
    hits = sorted(hits, key=lambda unit: unit.start)
    words = _joined(hits)
    whose = "the user says later" if kind == "fact" else "answers what is asked later"
    return LeakSpan(
        hits[0].start, hits[-1].end, words, kind, turn.position, round(score, 3),
        f"{whose} (turn +{turn.position + 1}): {words}",
    )  # fmt: skip


def _joined(hits: list[Unit]) -> str:
    """The words that were found, overlapping Chinese pairs run together."""
    parts: list[str] = []
    end = -1
    for unit in hits:
        if unit.kind == "han" and unit.start < end:
            parts[-1] += unit.text[end - unit.start :]
        elif unit.start >= end:
            parts.append(unit.text)
        end = max(end, unit.end)
    return ", ".join(dict.fromkeys(parts))


def _is_code(sentence: str) -> bool:
    signs = len(_SIGNS.findall(sentence))
    return bool(_CODE.search(sentence)) or (signs >= 3 and signs * 12 > len(sentence))
