"""A turn that says the same again: runs of words, sentences, lines, words, characters."""

import re
import string
import zlib
from collections import Counter
from itertools import pairwise

from curator.signals.base import Finding, quoted
from curator.signals.turns.base import BOTH, LOOKED_AT, NOTHING, Reading, TurnSignal
from curator.signals.turns.words import Words

#: A run of so many words (characters, in Chinese) that comes again is no turn of phrase.
RUN, RUN_ZH = 6, 12
#: Fewer words, or characters, have nothing to repeat.
LEAST, LEAST_ZH = 40, 80
RUNS, SENTENCES, LINES = 0.25, 0.2, 0.25
#: Letters of a sentence, or a line, that is no refrain or heading.
LONG, LONG_ZH = 30, 14
#: Characters under which compressing says nothing, and the share that is left of a dull text.
#: (Measured on real answers: English of 1 kB goes down to a half, a loop to under a tenth.)
PACKED_FROM, PACKED = 400, 0.15
#: Letters of a word; what is longer may repeat itself within.
LONGEST = 36
_STUTTER = re.compile(r"([^\W\d])\1{5,}|([!?！？。，、…~])\2{4,}")
_RUNS = Words(*(6 * letter for letter in string.ascii_lowercase), *(5 * mark for mark in "!?~"))
#: Words that may be said twice.
_TWICE = frozenset(
    ("that", "had", "very", "no", "so", "bye", "ha", "really", "many", "far", "is", "do", "it",
     "her", "you", "now", "go", "come", "blah", "knock", "there", "boom", "yes", "la", "la,", "on",
     "in", "long", "|", "-", "1", "0", "who", "well", "please", "hey", "oh", "beep")
)  # fmt: skip

_REFRAIN = Words(
    "chorus", "verse", "refrain", "lyrics", "合唱", "副歌", "歌词", "| --", "|--", "+--"
)
_TABLES = Words("<td", "&lt;td", "| --", "|--")
_ASKS_AGAIN = Words("worksheet", "algorithm", "app", "步骤",
    "song", "lyrics", "poem", "rap ", "repeat", "times", "ascii", "chorus", "carol", "hymn",
    "table", "schedule", "calendar", "week", "each", "variation", "notice", "niche", "plan",
    "pattern", "template", "email", "menu", "screenplay", "script", "歌", "诗", "说唱", "重复",
    "遍", "次", "表格", "计划", "模板", "邮件", "图案", "剧本", "周",
)  # fmt: skip

_ITEM = re.compile(r"\s*(?:[-*•]|\d{1,3}[.)、])")


def _runs(turn: Reading) -> Finding:
    if turn.code:
        return NOTHING
    found, size, least = turn.tokens, RUN, LEAST
    if turn.chinese:
        size, least = RUN_ZH, LEAST_ZH
    if len(found) < least:
        return NOTHING
    again_and_again = _windows(turn, size)
    share = (len(again_and_again) - len(set(again_and_again))) / (len(found) - size + 1)
    if share <= RUNS:
        return Finding(round(share, 3))
    most = Counter(again_and_again).most_common(1)[0][0]
    again = ("" if turn.chinese else " ").join(most)
    if _may_repeat(turn) or not sum(map(str.isalpha, again)) > len(again) / 2 or "](" in again:
        return Finding(round(share, 3))
    return Finding(round(share, 3), True, f"{share:.0%} is said again, such as {quoted(again)}")


def _may_repeat(turn: Reading) -> bool:
    """Whether it is a song, a table or a drill, which say the same again by design."""
    asked = turn.asked
    return turn.has(_REFRAIN) or (asked is not None and asked.has(_ASKS_AGAIN))


def _windows(turn: Reading, size: int) -> list[tuple[str, ...]]:
    """The runs of tokens that may come twice: those whose every token does. Few texts have any, so
    that the others need not be built."""
    found = turn.tokens
    again = {token for token, times in turn.times.items() if times > 1}
    often = bytes(map(again.__contains__, found))
    runs: list[tuple[str, ...]] = []
    for stretch in re.finditer(rb"\x01{%d,}" % size, often):
        part = found[stretch.start() : stretch.end()]
        runs += zip(*(part[i:] for i in range(size)), strict=False)
    return runs


def _sentences(turn: Reading) -> Finding:
    if turn.code or len(turn.text) < 80:
        return NOTHING
    said = [s for s in turn.sentences if len(s) > 12]
    if len(said) == len(set(said)) or not said:
        return NOTHING
    ((most, times),) = Counter(said).most_common(1)
    share = 1 - len(set(said)) / len(said)
    long = len(most) >= (LONG_ZH if turn.chinese else LONG) and any(map(str.isalpha, most))
    given = any(most in other.text for other in turn.chat[: turn.index])
    flagged = share >= SENTENCES and long and "(" not in most and not most[:1].isdigit()
    flagged = flagged and not given and not _may_repeat(turn)
    told = f"{times} times {quoted(most)} (first at character {turn.text.find(most) + 1:,})"
    return Finding(round(share, 3), flagged, told if flagged else "")


def _lines(turn: Reading) -> Finding:
    if turn.code or len(turn.lines) < 4:
        return NOTHING
    items = [bare for line in turn.lines if (bare := line.lstrip(" \t-*•0123456789.)、").strip())]
    items = [item for item in items if len(item) > 1 and not item.startswith("|")]
    if len(items) < 4 or len(items) == len(set(items)):
        return NOTHING
    share = 1 - len(set(items)) / len(items)
    if share <= LINES:
        return Finding(round(share, 3))
    most, times = Counter(items).most_common(1)[0]
    one_list = all(map(_ITEM.match, filter(str.strip, turn.lines)))
    long = len(most) >= (LONG_ZH if turn.chinese else LONG)
    if _may_repeat(turn) or not (long or one_list) or "(" in most:
        return Finding(round(share, 3))
    return Finding(round(share, 3), True, f"{times} lines say {quoted(most)}")


def _words(turn: Reading) -> Finding:
    if turn.code or turn.chinese:
        return NOTHING
    found = turn.tokens
    for one, next_ in pairwise(found):
        if one == next_ and one.isalpha() and one.isascii() and one not in _TWICE:
            match = re.search(rf"\b{one}\s{{1,9}}{one}\b", turn.head, re.I)
            if match and match[0][0] == match[0][0].lower() and "\n" not in match[0]:
                if turn.asked is not None and match[0].lower() in turn.asked.low:
                    continue
                told = f"a word twice: {quoted(match[0])} (character {match.start() + 1:,})"
                return Finding(1, True, told)
    return NOTHING


def _characters(turn: Reading) -> Finding:
    if not (turn.cjk or turn.has(_RUNS) or (not turn.low.isascii() and _wide_run(turn.low))):
        return NOTHING
    match = _STUTTER.search(turn.prose)
    # Six letters after a “#” are a colour, and a compiler points with “^~~~~”.
    if not match or match[0][0] in "_.xX" or match.string[: match.start()].endswith(("#", "^")):
        return NOTHING
    run = match[0]
    return Finding(len(run), True, f"{len(run)} times {quoted(run[0])} in a row")


def _wide_run(low: str) -> bool:
    """Whether a sign beyond ASCII comes five times in a row."""
    return any(5 * sign in low for sign in set(low) if sign > "\x7f")


def _varied(turn: Reading) -> bool:
    """Whether half of the words are different ones, and words they are: such a text does not pack
    small. (Of 2,300 English answers the least was left 28 %.)"""
    return not turn.cjk and 2 * len(turn.times) > len(turn.tokens) and turn.longest < LONGEST


def _packed(turn: Reading) -> Finding:
    text = turn.text
    if len(text) < PACKED_FROM or _varied(turn) or turn.has(_TABLES):
        return NOTHING
    data = text[:LOOKED_AT].encode("utf-8", "surrogatepass")
    # Less memory than by default: most of the time goes into setting it up.
    press = zlib.compressobj(1, zlib.DEFLATED, -14, 4)
    share = (len(press.compress(data)) + len(press.flush())) / len(data)
    flagged = share < PACKED
    return Finding(round(1 - share, 3), flagged, f"it packs to {share:.0%}" * flagged)


SIGNALS = (
    TurnSignal(
        code="R01", name="repeats-runs", severity="warning", look=_runs, keep=0.1, version=2,
        about="The answer goes round in circles: runs of words come again and again.",
        unit="share of runs, 0 to 1", when=f"above {RUNS:.2f}",
    ),
    TurnSignal(
        code="R02", name="repeats-sentences", severity="warning", look=_sentences, keep=0.05,
        version=2,
        about="Whole sentences stand there twice or more.",
        unit="share of sentences, 0 to 1", when=f"from {SENTENCES:.2f} on",
    ),
    TurnSignal(
        code="R03", name="repeats-lines", severity="warning", look=_lines, keep=0.1, version=2,
        about="Lines or list items are the same.",
        unit="share of lines, 0 to 1", when=f"above {LINES:.2f}",
    ),
    TurnSignal(
        code="R04", name="double-word", severity="hint", look=_words, version=2,
        about="A word stands there twice in a row (“the the”).",
    ),
    TurnSignal(
        code="R05", name="stutter", severity="hint", roles=BOTH, look=_characters,
        version=3,
        about="A letter or a mark comes many times in a row (“nooooooo”, “！！！！！”).",
        unit="times in a row", when="six letters or five marks",
    ),
    TurnSignal(
        code="R06", name="packs-small", severity="warning", look=_packed,
        about="The text packs to almost nothing: it holds little that is new.",
        version=2,
        unit="share that packing saves", when=f"under {PACKED:.0%} is left of it",
    ),
)  # fmt: skip
