"""The language of a chat, cheaply enough for millions of them.

English by the share of its commonest words, within microseconds; the rest is asked of
`curator.text.language`, which knows scripts and has a model.
"""

from collections import Counter

from curator import text
from curator.conversation import Conversation

#: Characters looked at, from the first user turn and from the first answer.
LOOKED_AT = 300
#: Words that other languages in Latin letters do not have.
ENGLISH = frozenset(
    ("the", "of", "and", "to", "that", "it", "for", "you", "with", "are", "be", "this", "have",
     "or", "what", "how", "can", "your", "from", "by", "my", "if", "will", "write", "please",
     "give", "about", "which", "i", "is")
)  # fmt: skip
#: Share of words that are among those, above which a text is English.
COMMON = 0.08
#: Shorter texts count as having so many words: one "the" makes no English.
FEWEST = 8

#: Languages that data sets write out.
NAMES = {
    "english": "en", "chinese": "zh", "german": "de", "french": "fr", "spanish": "es",
    "portuguese": "pt", "italian": "it", "russian": "ru", "japanese": "ja", "korean": "ko",
    "arabic": "ar", "hindi": "hi", "dutch": "nl", "polish": "pl", "turkish": "tr",
    "vietnamese": "vi", "indonesian": "id", "ukrainian": "uk", "thai": "th", "czech": "cs",
    "swedish": "sv", "persian": "fa", "hebrew": "he", "greek": "el", "romanian": "ro",
}  # fmt: skip


def named(name: object) -> str | None:
    """The two-letter code of a language that is written out in English; None for another."""
    return NAMES.get(name.strip().lower()) if isinstance(name, str) else None


def language_of(conversation: Conversation) -> str | None:
    """A two-letter code, or None where there are too few letters to tell."""
    texts = []
    for role in ("user", "assistant"):
        first = next((t.content for t in conversation.turns if t.role == role and t.content), "")
        texts.append(first[:LOOKED_AT])
    return guess(" ".join(texts))


def guess(words: str) -> str | None:
    """The language of a short text, as a two-letter code; None where it cannot be told."""
    found = words.lower().split()
    if sum(map(ENGLISH.__contains__, found)) >= COMMON * max(len(found), FEWEST):
        return "en"
    return text.language(words)


def tally(codes: Counter[str | None]) -> str:
    """Counts of languages in words, the most frequent first ("en 120, zh 3, unknown 1")."""
    return ", ".join(f"{code or 'unknown'} {count:,}" for code, count in codes.most_common(6))
