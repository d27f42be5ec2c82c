"""Casing, punctuation and other habits of careless typing or broken processing."""

import re

from curator.signals.base import Finding, quoted
from curator.signals.turns.base import ANSWER, BOTH, NOTHING, Reading, TurnSignal, flag, spot
from curator.signals.turns.words import Words

_LOW_SENTENCE = re.compile(r"[.!?](?<=[a-z]{2}.) {1,2}([a-z]{2,}[^.!?\n]{0,30})")
#: It begins with what is rare: a search that looks behind first costs three times as much.
_BAD_MARK = re.compile(
    r"[,;!?](?<=[A-Za-z]{2} .)(?= |$)|,(?<=[a-z]{3},)[a-z]{3,20}(?=[ .])"
    r"|\.(?<=[a-z]{3}\.)[A-Z][a-z]{2,} [a-z]"
)
#: Letters that no word has.
ENDLESS = 36
_LONG_WORD = re.compile(rf"[^\W\d_]{{{ENDLESS},}}")
_WORDS = re.compile(r"(?<!\S)[A-Za-z]{2,}(?=[\s,.!?]|$)")
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
_OF_EMOJI = Words("emoji", "表情")
_BLANK_LINES = re.compile(r"\n[ \t]{0,8}\n[ \t]{0,8}\n[ \t]{0,8}\n")
#: A word of small letters before the mark; “Tech.” and “Proc.” are cut short.
_LAST_WORD = re.compile(r"(?:^|[\s,])[a-z]{3,}[.!?]$")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|inc|ltd|mr|mrs|dr|st|no|fig|approx|a\.m|p\.m)\.)$", re.I
)


def _low_sentence(turn: Reading) -> Finding:
    if (
        turn.chinese
        or turn.code
        or (". " not in turn.text and "! " not in turn.text and "? " not in turn.text)
    ):
        return NOTHING
    text = turn.prose
    found = [
        m
        for m in _LOW_SENTENCE.finditer(text)
        if _LAST_WORD.search(text[max(0, m.start() - 14) : m.start() + 1])
        and not _ABBREVIATION.search(text[max(0, m.start() - 7) : m.start() + 1])
    ]
    if not found:
        return NOTHING
    share = len(found) / max(1, len(turn.sentences))
    if len(found) < 2 and share < 0.4:
        return Finding(round(share, 3))
    return Finding(
        round(share, 3),
        bool(found),
        f"as in {spot(found[0][1].strip(), found[0].start() + 1)}" if found else "",
    )


def _capitals(turn: Reading) -> Finding:
    if turn.latin < 30 or turn.cjk or turn.code or turn.text.count("|") > 5:
        return NOTHING
    if len(_WORDS.findall(turn.prose)) < 6:
        return NOTHING
    share = turn.capitals / turn.latin
    if share < 0.6:
        return NOTHING
    return Finding(round(share, 2), True, f"{share:.0%} are capitals: {quoted(turn.head)}")


def _marks(turn: Reading) -> Finding:
    if turn.chinese or turn.code:
        return NOTHING
    text = turn.prose[:4000]
    found = list(_BAD_MARK.finditer(text))
    if len(found) < 2:
        return Finding(len(found))
    around = text[max(0, found[0].start() - 12) : found[0].end() + 4]
    return Finding(len(found), True, f"{len(found)} times, as in {quoted(around)}")


def _long_word(turn: Reading) -> Finding:
    if turn.chinese or turn.code or "://" in turn.text:
        return NOTHING
    if turn.cjk or turn.longest < ENDLESS:
        return NOTHING
    match = _LONG_WORD.search(turn.prose)
    # A name of a program has its capitals within.
    if match is None or (match[0] != match[0].upper() and match[0][1:] != match[0][1:].lower()):
        return NOTHING
    return flag(f"a word of {len(match[0])} letters", match, float(len(match[0])))


def _emoji(turn: Reading) -> Finding:
    if turn.text.isascii():
        return NOTHING
    n = len(_EMOJI.findall(turn.head))
    if not n or (turn.asked is not None and turn.asked.has(_OF_EMOJI)):
        return NOTHING
    return Finding(n, n >= 5, f"{n} pictures among the words" if n >= 5 else "")


def _blank_lines(turn: Reading) -> Finding:
    if "\n\n\n" not in turn.text and "\n \n" not in turn.text:
        return NOTHING
    match = _BLANK_LINES.search(turn.text)
    return (
        Finding(1, True, f"three empty lines at character {match.start() + 1:,}")
        if match
        else NOTHING
    )


def _edges(turn: Reading) -> Finding:
    text = turn.text
    if not text or (not text[0].isspace() and not text[-1].isspace()):
        return NOTHING
    return Finding(1, False, "blanks at the edge")


SIGNALS = (
    TurnSignal(
        code="Y01", name="small-sentences", severity="hint", roles=ANSWER, look=_low_sentence,
        version=2,
        about="Sentences begin with small letters (“Hello. how are you?”).",
        unit="share of sentences, 0 to 1", when="twice, or in most sentences",
    ),
    TurnSignal(
        code="Y02", name="all-capitals", severity="hint", roles=BOTH, look=_capitals, version=2,
        about="The turn is written in capitals.", unit="share of letters, 0 to 1", when="above 0.6",
    ),
    TurnSignal(
        code="Y03", name="marks-misplaced", severity="hint", roles=ANSWER, look=_marks, version=2,
        about="Punctuation is misplaced: a blank before it, or none after.",
        unit="places", when="from the second on",
    ),
    TurnSignal(
        code="Y04", name="endless-word", severity="hint", roles=BOTH, look=_long_word, version=2,
        about="A word has more letters than words have: blanks were lost.",
        unit="letters", when="36 letters and more",
    ),
    TurnSignal(
        code="Y05", name="many-emoji", severity="hint", roles=ANSWER, look=_emoji,
        about="The answer is full of emoji.", unit="emoji", when="from the fifth on",
    ),
    TurnSignal(
        code="Y06", name="empty-lines", severity="hint", roles=ANSWER, look=_blank_lines,
        about="There are three empty lines in a row.",
    ),
    TurnSignal(
        code="Y07", name="blank-edges", severity="hint", roles=BOTH, look=_edges,
        about="The turn begins or ends with blanks.",
        when="never by itself: it feeds the learned order",
    ),
)  # fmt: skip
