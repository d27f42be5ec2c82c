"""The language of a chat, cheaply: by script where that settles it, by a model where not.

A million chats cannot each pay a statistical model's millisecond. Han, kana, Hangul and Thai speak
for themselves; English by the share of its commonest words; the rest is asked of py3langid.
"""

import re
from collections import Counter
from functools import lru_cache
from typing import Any

from curator.conversation import Conversation

#: Characters looked at, from the first user turn and from the first answer.
LOOKED_AT = 300
LETTERS = re.compile(r"[^\W\d_]+")
ENGLISH = frozenset(
    ("the", "of", "and", "to", "a", "in", "is", "that", "it", "for", "you", "was", "with", "on",
     "as", "are", "be", "this", "have", "i", "not", "or", "what", "how", "can", "your", "from",
     "an", "by", "we", "my", "me", "do", "if", "will", "write", "please", "give", "about",
     "which")
)  # fmt: skip
#: Share of words that are among those, above which a text is English.
COMMON = 0.18

SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af\u1100-\u11ff]")),
    ("zh", re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
)
#: How much of a text's letters a script must be; Chinese chats are full of Latin names and code.
SHARE = 0.15

#: Below this the model is guessing.
SURE = 0.5


def language_of(conversation: Conversation) -> str | None:
    """A two-letter code, or None where there are too few letters to tell."""
    texts = []
    for role in ("user", "assistant"):
        text = next((t.content for t in conversation.turns if t.role == role and t.content), "")
        texts.append(text[:LOOKED_AT])
    return guess(" ".join(texts))


def guess(text: str) -> str | None:
    """The language of a short text, as a two-letter code; None where it has too few letters."""
    if not text.isascii():
        letters = sum(map(len, LETTERS.findall(text)))
        for code, script in SCRIPTS:
            if letters and len(script.findall(text)) > SHARE * letters:
                return code
    words = LETTERS.findall(text.lower())
    if len(words) < 2:
        return None
    if sum(word in ENGLISH for word in words) >= COMMON * len(words):
        return "en"
    return _asked(text)


def _asked(text: str) -> str | None:
    code, sureness = _model().classify(text)
    return str(code) if sureness >= SURE and len(code) == 2 else None


@lru_cache(maxsize=1)
def _model() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def tally(codes: Counter[str | None]) -> str:
    """Counts of languages in words, the most frequent first ("en 120, zh 3, unknown 1")."""
    return ", ".join(f"{code or 'unknown'} {count:,}" for code, count in codes.most_common(6))
