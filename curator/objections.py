"""Does a user object to the answer before? In English and Chinese, by cues with weights.

An objection says that the answer was wrong, missed the request, was forgotten or unusable. A wish
for more, a new question and thanks are none. Cues were chosen on real chats; precision and recall
are measured by `benchmarks/bench_objections.py` on turns labelled by hand.
"""

import re
from collections.abc import Sequence

import msgspec

from curator.conversation import Turn

#: From here on a turn counts as an objection.
OBJECTS = 0.5
#: A turn that comes one exchange later says this much less about the answer.
FADES = 0.5
#: Longer turns carry pasted text; people object in the first and the last words.
HEAD, TAIL = 280, 160


class Objection(msgspec.Struct, frozen=True):
    """How strongly a user turn objects (0 to 1), and the words that say so."""

    score: float
    words: tuple[str, ...] = ()


def _cues(*cues: tuple[float, str]) -> tuple[tuple[float, re.Pattern[str]], ...]:
    return tuple((weight, re.compile(words, re.I)) for weight, words in cues)


ENGLISH = _cues(
    (0.9, r"\b(?:that|this|it|which|answer|code|result|output|it all|you)(?:'s| is| was| are|'re)"
          r"(?: still| completely| totally| all| just| simply| also| clearly)?"
          r" (?:wrong|incorrect|not (?:right|correct|true|what i)|false|mistaken)\b"),
    (0.9, r"\b(?:isn'?t|aren'?t|wasn'?t) (?:right|correct|true|what i)\b"),
    (0.9, r"\bnot what i (?:asked|meant|want|wanted|said|am asking|'m asking|need|was)"),
    (0.8, r"\bi (?:didn'?t|did not|never) (?:ask|mean|say|said|want)"),
    (0.8, r"\byou (?:didn'?t|did not|haven'?t|have not|failed to|forgot|missed|ignored|skipped"
          r"|misunderstood|are wrong|were wrong|made (?:a |an |some )?(?:mistake|error)"
          r"|only (?:gave|wrote|listed|did|provided|showed|included))"),
    (0.8, r"\b(?:doesn'?t|does not|didn'?t|did not|isn'?t|is not|not|won'?t|don'?t)"
          r" (?:seem to )?(?:work|working|compile|run|answer|help|make (?:any )?sense)\b"),
)  # fmt: skip
CHINESE = _cues(
    (
        0.9,
        r"(?:^|[，。！？,.!?\s])(?:这|那|这个|答案|回答|翻译)?(?:不对|错了|有误|有错|不正确|不准确)",
    ),
    (0.9, r"[你您](?:并?没有?|还没有?|根本没有?)(?:回答|理解|看懂|明白|按|说|给|写|用|提到|听)"),
    (0.8, r"(?:不是|并非)我(?:要|想|问|说|需要)"),
)
NOT = _cues()


def objection(text: str) -> Objection:
    """How strongly a user turn objects to what was said before."""
    part = text if len(text) <= HEAD + TAIL else f"{text[:HEAD]}\n{text[-TAIL:]}"
    found = [
        (weight, match[0].strip())
        for weight, pattern in (*ENGLISH, *CHINESE)
        if (match := pattern.search(part))
    ]
    if not found:
        return Objection(0.0)
    calm = 1.0
    for weight, pattern in NOT:
        if pattern.search(part):
            calm *= weight
    doubt = 1.0
    for weight, _ in found:
        doubt *= 1 - weight
    return Objection(round((1 - doubt) * calm, 4), tuple(words for _, words in found))


def strength(turns: Sequence[Turn], index: int) -> float:
    """How strongly the user turns after `turns[index]` object to it, the next one counting most."""
    best, weight = 0.0, 1.0
    for turn in turns[index + 1 :]:
        if turn.role == "user" and turn.content.strip():
            best = max(best, weight * objection(turn.content).score)
            weight *= FADES
            if weight <= best:
                break
    return best
