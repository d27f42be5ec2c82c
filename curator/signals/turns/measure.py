"""How varied a text is: entropy, length of words, marks and digits; and what it shares."""

import math
import re
from collections import Counter
from itertools import pairwise
from operator import itemgetter

from curator.signals.base import Finding
from curator.signals.turns.base import ANSWER, BOTH, NOTHING, Reading, TurnSignal

#: Bits a character: English prose has about 4.2, Chinese 6 to 8; a run of one sign has none.
DULL, DULL_ZH, LEAST = 2.6, 3.2, 60
#: Letters a word: English prose has about 4.7.
LONG_WORDS, SHORT_WORDS = 9.0, 2.2
_WORDS, _ASCII_WORDS = re.compile(r"[^\W\d_]{4,}"), re.compile(r"[a-z]{4,}")
_FIRST = itemgetter(slice(5))
_STOP = frozenset(
    ("what", "which", "that", "this", "with", "from", "have", "does", "write", "give", "please",
     "explain", "describe", "about", "your", "they", "their", "following", "given", "make",
     "create",
     "generate", "list", "tell", "into", "using", "would", "could", "should", "provide", "name",
     "find", "some", "will", "there", "between", "example", "sentence", "word", "words")
)  # fmt: skip


def _entropy(turn: Reading) -> Finding:
    text = turn.text[:1000]
    if len(text) < LEAST:
        return NOTHING
    total = len(text)
    if not turn.chinese:
        # Joining signs loses information: what some frequent ones leave is enough for most texts.
        some = [n for sign in " etaoinsrhl" if (n := text.count(sign))]
        some.append(max(1, total - sum(some)))
        if math.log2(total) - sum(n * math.log2(n) for n in some) / total > DULL:
            return NOTHING
    bits = math.log2(total) - sum(n * math.log2(n) for n in Counter(text).values()) / total
    dull = bits < (DULL_ZH if turn.chinese else DULL)
    return Finding(round(bits, 3), dull, f"{bits:.1f} bits a character" if dull else "")


def _word_length(turn: Reading) -> Finding:
    if turn.chinese or turn.code or "://" in turn.text:
        return NOTHING
    if turn.length < 12:
        return NOTHING
    mean = turn.latin / turn.length
    odd = mean > LONG_WORDS or (mean < SHORT_WORDS and turn.latin > 0.5 * len(turn.text))
    return Finding(round(mean, 2), odd, f"{mean:.1f} letters a word" if odd else "")


def _off_topic(turn: Reading) -> Finding:
    """Content words of the question that the answer says too, compared by their first five
    letters, so that “running” meets “runs”; Chinese by pairs of characters."""
    asked = turn.asked
    if asked is None or asked.chinese != turn.chinese or turn.code or asked.length > 200:
        return NOTHING
    if turn.length < 20 or len(theirs := _content(asked)) < 4:
        return NOTHING
    shared = len(_content(turn) & theirs) / len(theirs)
    return Finding(round(1 - shared, 3))


def _content(turn: Reading) -> set[str]:
    if turn.chinese:
        signs = turn.tokens[:2000]
        return {one + two for one, two in pairwise(signs) if one.isalpha()}
    low = turn.low[:3000]
    found = (_ASCII_WORDS if low.isascii() else _WORDS).findall(low)
    return set(map(_FIRST, set(found) - _STOP))


def _digits(turn: Reading) -> Finding:
    return Finding(round(turn.digits / len(turn.text), 3)) if turn.digits else NOTHING


def _marks(turn: Reading) -> Finding:
    text = turn.text
    if not text:
        return NOTHING
    share = turn.marks / len(text)
    flagged = share > 0.4 and len(text) > 20 and not turn.code and text.count("|") < 8
    return Finding(round(share, 3), flagged, f"{share:.0%} are marks" if flagged else "")


SIGNALS = (
    TurnSignal(
        code="M01", name="dull-text", severity="warning", roles=BOTH, look=_entropy,
        about="The same few letters make up the whole text.",
        unit="bits a character", when=f"below {DULL} bits ({DULL_ZH} in Chinese)",
    ),
    TurnSignal(
        code="M02", name="odd-words", severity="hint", roles=BOTH, look=_word_length,
        about="Words are much longer or shorter than words are.",
        unit="letters a word", when=f"above {LONG_WORDS:g} or below {SHORT_WORDS:g}",
    ),
    TurnSignal(
        code="M03", name="off-topic", severity="hint", roles=ANSWER, look=_off_topic,
        version=3,
        about="How many words of the question do not come back in its answer.",
        unit="share of the question's words",
        when="never by itself: it feeds the learned order",
    ),
    TurnSignal(
        code="M04", name="digits", severity="hint", roles=BOTH, look=_digits,
        about="How much of the text is digits: numbers are where models err.",
        unit="share, 0 to 1", when="never by itself: it feeds the learned order",
    ),
    TurnSignal(
        code="M05", name="mostly-marks", severity="hint", roles=BOTH, look=_marks, version=2,
        about="Much of the text is punctuation and signs.", unit="share, 0 to 1", when="above 0.4",
    ),
)  # fmt: skip
