"""Finding the places where a rewrite uses what only later turns revealed.

What a sentence of the rewrite and a later turn both say, and the chat up to the answer did not, is
either knowledge or chance. Chance is weighed in bits: the rarer the words in a large collection of
texts, and the more of them stand together, the less likely it is; the more new words the rewrite
has, and the more the later turn, the likelier. What is left over is the evidence. A sentence that
repeats an answer to a question not asked yet, and talk of the future or of the feedback, are
looked for on their own.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from math import log2
from typing import NamedTuple

import msgspec

from curator.conversation import Turn
from curator.leak.known import Known, unread
from curator.leak.phrases import TELLING
from curator.leak.rarity import bits
from curator.leak.weights import WEIGHTS
from curator.leak.words import Unit, is_han, keys, sentences, sign, units
from curator.objections import OBJECTS, objection

#: A span whose score reaches this is a leak.
FLAGGED = 0.5
#: Later turns that are looked at, and characters of each.
TURNS, CHARACTERS = 40, 8000


NAMED = ("name", "code", "link", "number", "measure")
#: Units rarer than this are counted as words that could coincide.
TELLS = 6.0

_FENCED = re.compile(r"```.*?(?:```|\Z)", re.S)
_CODE = re.compile(
    r"^\s*(?:import|from|def|class|return|const|let|var|for|if|#include|#|//)\b|[;{}]\s*$"
)
_SIGNS = re.compile(r"[{}()\[\];=<>_]")


class LeakSpan(msgspec.Struct, frozen=True):
    """A place of the rewrite that knows too much: where, which words, from which later turn.

    `kind` is fact, answer (to a question not asked yet) or telling (talk of the
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


class Evidence(NamedTuple):
    """Bits: of the rarest unit, and of everything else."""

    rarest: float
    others: float


class _Later(msgspec.Struct, frozen=True):
    """One later turn: its text, its units that are news, all its keys, its pairs of neighbours,
    whether it answers a question that was not asked before, how many rare news it has, and how
    many the question has that it answers."""

    position: int
    role: str
    text: str
    news: frozenset[str]
    keys: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    answers: bool
    rare: int
    asked: int

    def says(self, key: str) -> bool:
        """Whether the turn holds this new unit. Chinese is also looked for in the letters: where
        a word ends is not the same in every sentence."""
        return key in self.news or (len(key) > 1 and is_han(key) and key in self.text)


def find(old: str, new: str, before: Sequence[str], later: Sequence[Turn]) -> tuple[LeakSpan, ...]:
    """The leaks of a rewrite in order of place. `old` is the original answer, `before` the texts
    of the turns before it, `later` the turns after it; empty where nothing is wrong."""
    fenced = [match.span() for match in _FENCED.finditer(new)]
    fresh = [place for place in sentences(new) if new[slice(*place)].strip() not in old]
    said = {place: list(units(new[slice(*place)])) for place in fresh} if later else {}
    turns: list[_Later] = []
    known = Known(())
    # To read what the old answer says and the chat before it is most of the work: only for units
    # that are not plainly known, and may be said later.
    news = unread([unit for found in said.values() for unit in found], old)
    for texts in ((old,), before):
        if news and _are_said(later, news):
            known.hear(texts)
            news = [unit for unit in news if known.news(unit)]
        else:
            news = []
    if news:
        turns = [turn for turn in _read(later, known, news) if turn.news]
    said, rare = said if turns else {}, _rare(iter(news))
    spans: list[LeakSpan] = []
    for start, end in fresh:
        sentence = new[start:end]
        found = [*_telling(sentence, old)]
        if mine := said.get((start, end)):
            code = _is_code(sentence) or any(a <= start < b for a, b in fenced)
            found += _shared(mine, turns, known, (rare, code))
        spans += (
            msgspec.structs.replace(span, start=span.start + start, end=span.end + start)
            for span in found
            if span.score >= FLAGGED
        )
    return tuple(spans)


def _rare(found: Iterator[Unit]) -> int:
    """How many different units there are that could tell something."""
    return len({unit.key for unit in found if bits(unit.key, unit.kind) > TELLS})


def leaks(spans: Sequence[LeakSpan]) -> float:
    """How sure it is that a rewrite leaks, 0 to 1: the score of its worst span."""
    return max((span.score for span in spans), default=0.0)


def _are_said(later: Sequence[Turn], news: Sequence[Unit]) -> bool:
    """Whether a later turn may say one of these."""
    signs = {sign(unit) for unit in news}
    texts = (turn.content[:CHARACTERS].lower() for turn in later[:TURNS])
    return any(each in text for text in texts for each in signs)


def _says_any(text: str, low: str, wanted: set[str]) -> bool:
    return any(is_han(key) and key in low for key in wanted) or any(
        key in wanted for key, _ in keys(text)
    )


def _read(later: Sequence[Turn], known: Known, news: Sequence[Unit]) -> Iterator[_Later]:
    """The later turns that may say one of the news; to read the others would find nothing."""
    signs, wanted = {sign(unit) for unit in news}, {unit.key for unit in news}
    question, asks = 0, ""
    for position, turn in enumerate(later[:TURNS]):
        text = turn.content[:CHARACTERS]
        low = text.lower()
        if turn.role == "user":
            asks = text
        if not any(each in low for each in signs) or not _says_any(text, low, wanted):
            continue
        if asks:
            found = (unit for unit in units(asks) if known.news(unit))
            question = sum(bits(unit.key, unit.kind) > WEIGHTS.ordinary for unit in found)
            asks = ""
        said = list(units(text))
        heard = [unit for unit in said if known.news(unit)]
        asked = later[position - 1] if position else None
        yield _Later(
            position,
            turn.role,
            low,
            frozenset(unit.key for unit in heard),
            frozenset(unit.key for unit in said),
            frozenset((a.key, b.key) for a, b in pairwise(said)),
            # A second answer to the same question may be repeated: that is what a rewrite is for.
            turn.role == "assistant"
            and asked is not None
            and asked.role == "user"
            and objection(asked.content).score < OBJECTS,
            _rare(iter(heard)),
            question,
        )


def _telling(sentence: str, old: str) -> Iterator[LeakSpan]:
    """Talk of the future or the feedback that the original answer did not hold as well."""
    plain = sentence.isascii()
    for why, pattern, looks_back, chinese in TELLING:
        match = None if chinese and plain else pattern.search(sentence)
        if match and not (looks_back and _is_second(old)) and not pattern.search(old):
            yield LeakSpan(match.start(), match.end(), match[0].strip(), "telling", None, 1.0, why)
            return


@lru_cache(4)
def _is_second(old: str) -> bool:
    """Whether the original was itself a second answer, and spoke of the first."""
    return any(tell.looks_back and tell.pattern.search(old) for tell in TELLING)


def _shared(
    said: list[Unit], turns: list[_Later], known: Known, about: tuple[int, bool]
) -> Iterator[LeakSpan]:
    """The strongest fact and the strongest answer that a sentence shares with a later turn."""
    mine, code = about
    fresh = {unit.key: unit for unit in said if known.news(unit)}
    best: dict[str, LeakSpan] = {}
    for turn in turns:
        hits = [unit for key, unit in fresh.items() if turn.says(key)]
        if not hits:
            continue
        chance = WEIGHTS.mine * log2(mine + 1) + WEIGHTS.theirs * log2(turn.rare + 1)
        rarest, others = _evidence(said, hits, turn, known)
        enough, further = WEIGHTS.assistant, WEIGHTS.further
        if turn.role == "user":
            enough, further = WEIGHTS.user, 1.0
        elif not turn.asked:
            enough += WEIGHTS.unasked
        told = rarest >= WEIGHTS.least or others >= WEIGHTS.many
        score = _score(rarest + further * others - chance, enough) if told else 0.0
        if score > best.get("fact", NOTHING).score:
            best["fact"] = _span(hits, turn, "fact", score)
        if turn.answers and not code and _cover(said, turn) >= WEIGHTS.cover:
            again = 0.0 if turn.asked else WEIGHTS.unasked
            score = _score(rarest + others - chance, WEIGHTS.answer + again)
            if score > best.get("answer", NOTHING).score:
                best["answer"] = _span(hits, turn, "answer", score)
    yield from best.values()


def _score(evidence: float, enough: float) -> float:
    """0 to 1, `FLAGGED` where the evidence is just enough; 4 bits more halve the doubt."""
    return 1 - FLAGGED * 2 ** ((enough - evidence) / 4) if evidence > enough - 4 else 0.0


def _evidence(said: list[Unit], hits: list[Unit], turn: _Later, known: Known) -> Evidence:
    """The bits that speak for a sentence having been written with a later turn in view: of its
    rarest unit, and of all the others and their neighbourhood."""
    rare = {unit.key: _bits(unit, turn) for unit in hits}
    telling = sorted((each for each in rare.values() if each > WEIGHTS.ordinary), reverse=True)
    others = sum(each - WEIGHTS.ordinary for each in telling[1:])
    run = 0
    for one, other in pairwise(said):
        pair = (one.key, other.key)
        if pair not in turn.pairs:
            run = 0
            continue
        others += WEIGHTS.pair * (max(rare.get(key, 0) for key in pair) > WEIGHTS.ordinary)
        run += pair not in known.pairs
        others += WEIGHTS.run * (run > WEIGHTS.free)
    alone = not others and all(unit.kind in ("han", "small") for unit in hits)
    return Evidence(telling[0] - WEIGHTS.han * alone if telling else 0.0, others)


def _bits(unit: Unit, turn: _Later) -> float:
    """The bits of a unit in a later turn. A plain word that only the assistant says later comes
    with the subject, and anybody who knows the subject may use it; a figure that the user gives
    does not."""
    plain = turn.role != "user" and unit.kind not in NAMED
    figure = turn.role == "user" and unit.kind in ("number", "measure")
    return bits(unit.key, unit.kind) - WEIGHTS.subject * plain + WEIGHTS.figure * figure


def _cover(said: list[Unit], turn: _Later) -> float:
    """The share of a sentence that a later turn says too."""
    return sum(unit.key in turn.keys for unit in said) / len(said)


NOTHING = LeakSpan(0, 0, "", "", None, 0.0, "")


def _span(hits: list[Unit], turn: _Later, kind: str, score: float) -> LeakSpan:
    telling = [unit for unit in hits if bits(unit.key, unit.kind) > WEIGHTS.ordinary]
    hits = sorted(telling or hits, key=lambda unit: unit.start)
    words = _joined(hits)
    whose = "answers what is asked later" if kind == "answer" else f"the {turn.role} says later"
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
