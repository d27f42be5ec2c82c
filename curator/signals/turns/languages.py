"""Which language and script a turn is in, and what does not belong there."""

import re

from curator.signals.base import Finding, quoted
from curator.signals.turns.base import (
    ANSWER,
    BOTH,
    ENGLISH,
    NOTHING,
    Phrase,
    Reading,
    TurnSignal,
    flag,
    spot,
)
from curator.signals.turns.words import Words
from curator.text import language

#: Words (CJK halved) under which an answer's language says nothing.
LEAST = 8
#: Latin letters of a Chinese question that may be names.
STRANGE = 15
#: Share of Latin letters (an English word weighs about two characters) above which Chinese is
#: mixed.
MIXED = 0.2
#: So many English words in a row in a Chinese text were not translated.
LEFT = 5  # the pattern below says 4 more
_OTHER_LANGUAGE = Words(
    "cebuano", "tagalog", "filipino", "indonesian", "swedish", "polish", "turkish",
    "vietnamese", "thai", "영어", "日文", "translat", "spanish", "french", "german", "italian",
    "chinese", "english", "japanese", "latin", "portuguese", "korean", "russian", "language",
    "arabic", "hindi", "dutch", "greek", "mandarin", "翻译", "译成", "英文", "英语", "中文",
    "汉语", "法语", "德语", "日语", "西班牙", "语言", "俄语", "韩语", "意大利", "单词", "缩写",
)  # fmt: skip
_OF_ENGLISH = Words("翻译", "英文", "英语")
_TRANSLATION_NOTE = Phrase(
    ("translat", "译", "original", "原文"),
    r"[(（\[【]\s?(?:translation|translated|translator['’]?s? note|译文|译者?注|译|翻译|注：译"
    r"|原文)\s?[:：]"
    r"[^)）\]】\n]{0,80}",
    r"^\W{0,4}(?:translation|译文|翻译)\s?[:：]",
    r"(?:以下|下面|这)是(?:中文)?(?:翻译|译文)|here is the translation\b",
)
_HAN_SIGN = re.compile(r"[\u4e00-\u9fff，。]")
_LEFT_IN = re.compile(r"[A-Za-z][A-Za-z'’-]{1,20}(?:[ ,]{1,2}[A-Za-z][A-Za-z'’-]{0,20}){4,40}")
_HALF_WIDTH = re.compile(
    r"(?<=[\u4e00-\u9fff])[,;:?!](?=[\u4e00-\u9fff\s]|$)|[\u4e00-\u9fff]\.(?=\s|$)"
)
_NO_SPACE_LATIN = re.compile(r"[\u4e00-\u9fff] {1,3}[\u4e00-\u9fff]")
_ODD_LETTER = re.compile(
    # One Greek letter beside one of ours is a formula (ΔT, Nα).
    r"[A-Za-z][\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z]|[a-z]{2}[\u03ac-\u03ce][a-z]"
)
_NO_LATIN = re.compile(r"[\u0400-\u04ff\u0370-\u03ff]")
_CJK_IN_LATIN = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7ff]{1,20}")
#: Two words in a row or more.
_PHRASE = re.compile(r"[A-Za-z]{2,}(?: [A-Za-z]{2,}){1,7}")


def _mismatch(turn: Reading) -> Finding:
    asked = turn.asked
    if asked is None or turn.length < LEAST or turn.code or asked.code or asked.length < 3:
        return NOTHING
    if turn.chinese == asked.chinese:
        return _latin_mismatch(turn, asked)
    if _of_languages(turn) or (turn.cjk and asked.cjk and not turn.chinese):
        return NOTHING
    one, other = ("Chinese", "not") if asked.chinese else ("not Chinese", "it")
    if not asked.chinese and asked.latin < 8:
        return NOTHING
    # Names and texts of the other language in a question may be all that its answer is made of;
    # sums, lists of numbers and code are of none.
    begins = asked.text.lstrip()[:1]
    apart = asked.latin < STRANGE and not begins.isascii() if asked.chinese else not asked.cjk
    if not apart or (not turn.chinese and turn.latin < 0.6 * len(turn.text)):
        return Finding(0.5)
    if asked.chinese and any(run in turn.text for run in _PHRASE.findall(asked.text)):
        return Finding(0.5)  # a sentence with a phrase of the other language was asked for
    return Finding(1, True, f"the question is {one}, the answer is {other}: {quoted(turn.text)}")


def _of_languages(turn: Reading) -> bool:
    """Whether a language was spoken of before: of what is asked for once, more may be wanted."""
    return any(other.has(_OTHER_LANGUAGE) for other in turn.chat[: turn.index])


def _latin_mismatch(turn: Reading, asked: Reading) -> Finding:
    """Two texts in Latin letters: only where one has English's small words, and the other none, is
    the model asked."""
    if turn.chinese or turn.length < 3 * LEAST or asked.length < LEAST:
        return NOTHING
    ours, theirs = turn.english, asked.english
    if max(ours, theirs) < 0.1 or min(ours, theirs) > 0.02 or _of_languages(turn):
        return NOTHING
    # Who wrote as the answer does before has only pasted the lines that are asked about.
    if any(
        t.role == "user" and (t.english >= 0.1) == (ours >= 0.1) for t in turn.chat[: asked.index]
    ):
        return Finding(0.5)
    one, other = language(asked.prose[:600]), language(turn.prose[:600])
    if one is None or other is None or one == other or "en" not in (one, other):
        return NOTHING
    return Finding(1, True, f"the question is {one}, the answer {other}: {quoted(turn.text)}")


def _latin_share(turn: Reading) -> Finding:
    if not turn.cjk or not turn.chinese or _FOREIGN.search(turn.head):
        return NOTHING
    text = turn.prose
    latin = sum(map(len, _LATIN_WORD.findall(text)))
    share = latin / (latin + 2 * turn.cjk) if latin else 0.0
    if share < MIXED or turn.code or turn.cjk < 6:
        return Finding(round(share, 3))
    if turn.asked is not None and turn.asked.has(_OTHER_LANGUAGE):
        return Finding(round(share, 3))
    match = _LATIN_WORD.search(text)
    told = f"{share:.0%} of it is in Latin letters, such as {quoted(match[0])}" if match else ""
    return Finding(round(share, 3), True, told)


#: Japanese and Korean, in which many texts of two languages are asked about.
_BLOCK = re.compile(r"```.*?(?:```|\Z)", re.S)
_FOREIGN = re.compile(r"[\u3040-\u30ff\uac00-\ud7ff]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")


def _left_in(turn: Reading) -> Finding:
    if not turn.chinese or turn.code or turn.latin < 20 or (turn.asked and turn.asked.code):
        return NOTHING
    match = _LEFT_IN.search(turn.prose)
    if match is None or turn.has(_OF_ENGLISH):
        return NOTHING
    if turn.asked is not None and turn.asked.has(_OTHER_LANGUAGE):
        return NOTHING
    # A quotation, an example or a title stands by itself; what was left in stands within Chinese.
    for match in _LEFT_IN.finditer(turn.prose):
        before, after = match.string[: match.start()][-2:], match.string[match.end() :][:2]
        within = _HAN_SIGN.match(before.strip()[-1:]) and _HAN_SIGN.match(after.strip()[:1])
        words = match[0].split()
        low = [word for word in words if word[0].islower()]
        # A name or a title has capitals.
        if within and 2 * len(low) > len(words) and not ENGLISH.isdisjoint(low):
            return flag("English was left in", match)
    return Finding(0.5)


def _half_width(turn: Reading) -> Finding:
    if not turn.chinese or turn.cjk < 10:
        return NOTHING
    text = turn.prose
    found = _HALF_WIDTH.findall(text)
    value = len(found) / turn.cjk
    if len(found) < 2:
        return Finding(round(value, 4))
    match = _HALF_WIDTH.search(text)
    assert match
    around = text[max(0, match.start() - 4) : match.end() + 4]
    return Finding(
        round(value, 4), True, f"{len(found)} times, as in {spot(around, match.start())}"
    )


def _blanks(turn: Reading) -> Finding:
    if not turn.chinese or turn.cjk < 6:
        return NOTHING
    # Code that is taken out leaves a blank, so that only blocks of it are.
    text = _BLOCK.sub("\n", turn.head) if "```" in turn.text else turn.head
    found = _NO_SPACE_LATIN.findall(text)
    if len(found) < 2:
        return Finding(len(found))
    return Finding(len(found), True, f"{len(found)} blanks, as in {quoted(found[0])}")


def _stray(turn: Reading) -> Finding:
    if turn.text.isascii():
        return NOTHING
    match = _ODD_LETTER.search(turn.prose) if _NO_LATIN.search(turn.prose) else None
    if match:
        return flag("letters of two alphabets in one word", match)
    if 0 < turn.cjk <= 4 and turn.latin > 200 and not turn.code:
        asked = turn.asked
        if (asked is None or not asked.cjk) and not turn.has(_OTHER_LANGUAGE):
            match = _CJK_IN_LATIN.search(turn.prose)
            if match and not (asked and asked.has(_OTHER_LANGUAGE)):
                return flag("a stray sign", match)
    return NOTHING


def _note(turn: Reading) -> Finding:
    match = _TRANSLATION_NOTE.find(turn)
    if match is None or (turn.asked is not None and turn.asked.has(_OTHER_LANGUAGE)):
        return NOTHING
    return flag("a translator's note", match)


SIGNALS = (
    TurnSignal(
        code="N01", name="language-mismatch", severity="grave", roles=ANSWER, look=_mismatch,
        version=3,
        about="The answer is in another language than its question, which did not ask for that.",
    ),
    TurnSignal(
        code="N02", name="latin-in-chinese", severity="hint", roles=BOTH, look=_latin_share,
        version=2, keep=0.1, about="Much of a Chinese text is in Latin letters.",
        unit="share of Latin letters, 0 to 1", when=f"above {MIXED:.2f}",
    ),
    TurnSignal(
        code="N03", name="english-left-in", severity="warning", roles=BOTH, look=_left_in,
        version=2,
        about="A run of English words was left in a Chinese text.",
        when=f"{LEFT} words in a row, small ones among them, between Chinese ones",
    ),
    TurnSignal(
        code="N04", name="half-width-marks", severity="hint", roles=BOTH, look=_half_width,
        about="Chinese with the punctuation of English (“好,再见.”), as machines translate.",
        unit="marks a character", when="from the second on",
    ),
    TurnSignal(
        code="N05", name="blanks-in-chinese", severity="hint", roles=BOTH, look=_blanks,
        version=2,
        about="Blanks stand between Chinese characters.",
        unit="blanks", when="from the second on",
    ),
    TurnSignal(
        code="N06", name="translation-note", severity="warning", roles=BOTH,
        look=_note, version=2,
        about="A translator's note was left in (“(Translation: …)”, “译者注”).",
    ),
    TurnSignal(
        code="N07", name="stray-script", severity="warning", roles=BOTH, look=_stray,
        version=2,
        about="Letters of another alphabet stand inside words, or alone in a text.",
    ),
)  # fmt: skip
