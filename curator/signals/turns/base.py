"""What a turn signal is, and a turn as signals read it: what several ask is worked out once."""

import re
import string
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from curator.signals.base import Finding, quoted
from curator.signals.pii import KINDS, Span, found, shape
from curator.signals.turns.once import once
from curator.signals.turns.words import Words, held
from curator.text import CJK, prose

#: grave: hardly ever fit to train on; warning: look at it; hint: may be as it should be.
Severity = Literal["grave", "warning", "hint"]
ANSWER, QUESTION, BOTH = ("assistant",), ("user",), ("user", "assistant")
NOTHING = Finding(0.0)
#: Share of CJK among the letters from which a text is read as Chinese, and below which it is not.
CHINESE = 0.3
#: What costs more than a search looks at so many characters of a turn.
LOOKED_AT = 20_000

_CJK_SIGN = re.compile(f"[{CJK}]")
_ACCENTED = re.compile("[À-ɏ]")
_LETTERS = (string.ascii_letters).encode()
_CAPITALS, _DIGITS = string.ascii_uppercase.encode(), string.digits.encode()
_MARKS = string.punctuation.replace("_", "").encode()
_WIDE_MARK = re.compile(r"[^\w\s\x00-\x7f]")
#: It begins with one set of signs, and looks back at which it was: a search for alternatives that
#: begin with different sets tries each of them at every character.
_SENTENCE_END = re.compile(
    r"[.!?。！？；\n](?:(?<=[.!?])[.!?]{0,5}[\"'”’)\]]{0,4}\s+"
    r"|(?<=[。！？；])[。！？；]*[”’」』）]*\s*|(?<=\n)\n*)"
)


class Reading:
    """One turn of a chat. `chat` holds all turns, `index` is its place among them; `rides_along`
    says that it has tool calls or parts besides its words."""

    def __init__(
        self, chat: "list[Reading]", index: int, role: str, text: str, rides_along: bool = False
    ) -> None:
        self.chat, self.index, self.role = chat, index, role
        self.text, self.rides_along = text, rides_along

    @once
    def low(self) -> str:
        """The text in small letters, to look for words in; its positions may differ."""
        return self.text.lower()

    @once
    def head(self) -> str:
        """The first characters: where searching further says no more."""
        return self.text[:LOOKED_AT]

    @once
    def cjk(self) -> int:
        """How many characters are CJK."""
        return 0 if self.text.isascii() else len(_CJK_SIGN.findall(self.text))

    @once
    def latin(self) -> int:
        """How many letters are Latin."""
        ascii_ = self.ascii
        accented = 0 if self.text.isascii() else len(_ACCENTED.findall(self.text))
        return len(ascii_) - len(ascii_.translate(None, _LETTERS)) + accented

    @once
    def ascii(self) -> bytes:
        """Its ASCII signs alone: counting in bytes costs a twentieth of counting in letters."""
        return self.text.encode("ascii", "ignore")

    @once
    def capitals(self) -> int:
        """How many letters of English are capitals."""
        return len(self.ascii) - len(self.ascii.translate(None, _CAPITALS))

    @once
    def digits(self) -> int:
        """How many signs are digits."""
        return len(self.ascii) - len(self.ascii.translate(None, _DIGITS))

    @once
    def marks(self) -> int:
        """How many signs are punctuation."""
        wide = 0 if self.text.isascii() else len(_WIDE_MARK.findall(self.text))
        return len(self.ascii) - len(self.ascii.translate(None, _MARKS)) + wide

    @once
    def times(self) -> Counter[str]:
        """How often each token comes."""
        return Counter(self.tokens)

    @property
    def different(self) -> Iterable[str]:
        """The tokens, each once."""
        return self.times.keys()

    @once
    def longest(self) -> int:
        """The letters of its longest token."""
        return max(map(len, self.times), default=0)

    @once
    def chinese(self) -> bool:
        """Whether it is written in Chinese (or Japanese, Korean) with whatever names in it."""
        return self.cjk > 0 and 2 * self.cjk >= CHINESE * (2 * self.cjk + self.latin)

    @once
    def prose(self) -> str:
        """The head without code, formulas and links."""
        text = self.head
        return prose(text) if "`" in text or "$$" in text or "://" in text else text

    @once
    def tokens(self) -> list[str]:
        """The head in small letters, cut at blanks; Chinese into characters."""
        if self.chinese:
            return [sign for sign in self.low[:LOOKED_AT] if not sign.isspace()]
        return self.low[:LOOKED_AT].split()

    @once
    def english(self) -> float:
        """The share of English's small words in its beginning."""
        found = self.tokens[:80]
        return sum(map(ENGLISH.__contains__, found)) / max(1, len(found))

    @once
    def shape(self) -> bytes:
        """Its ASCII signs by kind: see `signals.pii.shape`."""
        return shape(self.ascii)

    @once
    def length(self) -> int:
        """About how many words it has, by which texts of both scripts compare: blank-separated
        words, and two CJK characters for a word."""
        if self.chinese or len(self.text) > LOOKED_AT:
            return len(self.text.split()) + self.cjk // 2
        return len(self.tokens) + self.cjk // 2

    @once
    def lines(self) -> list[str]:
        """Its lines, as they stand."""
        return self.text.split("\n")

    @once
    def numbered(self) -> list[tuple[int, str]]:
        """The numbers at the beginning of its lines, and what follows each of them there."""
        if not self.digits:
            return []
        return [(int(n), said.strip(" *_")) for n, said in _NUMBERED.findall("\n" + self.head)]

    @once
    def sentences(self) -> list[str]:
        """The sentences of its prose, without their last marks."""
        return [said for part in _SENTENCE_END.split(self.prose) if (said := part.strip())]

    @once
    def code(self) -> bool:
        """Whether it holds, or looks like, code or a formula."""
        text = self.text
        if "```" in text or "$$" in text:
            return True
        if self.has(_CODE_WORDS) and _CODE_LINE.search("\n" + self.head):
            return True
        if "}" in text and _CODE_END.search("\n" + self.head):
            return True
        return any(map(text.__contains__, ";>{")) and bool(_CODE_MARK.search(self.head))

    @property
    def kinds(self) -> list[str]:
        """The kinds of private data whose words are in it, or that have none."""
        held = self.held
        return [kind for kind, words in _PRIVATE if not words or not words.isdisjoint(held)]

    @once
    def private(self) -> list[Span]:
        """The private places in its head."""
        return found(self.head, self.kinds, self.shape)

    @property
    def previous(self) -> "Reading | None":
        """The turn before it, or None."""
        return self.chat[self.index - 1] if self.index else None

    @once
    def asked(self) -> "Reading | None":
        """The user turn that it answers, or None."""
        place = self.index - 1
        while place >= 0 and self.chat[place].role != "user":
            place -= 1
        return self.chat[place] if place >= 0 else None

    @property
    def last(self) -> bool:
        """Whether the chat ends here."""
        return self.index == len(self.chat) - 1

    @once
    def held(self) -> frozenset[str]:
        """Which of all words that signals look for are in it, in small letters."""
        return held(self.low)

    def has(self, words: Words) -> bool:
        """Whether any of the words is in it."""
        return not words.every.isdisjoint(self.held)


_NUMBERED = re.compile(r"\n[ \t*_#>-]{0,8}(\d{1,3})[.)、．:：](?!\d)[ \t]{0,3}(.{0,60})")
#: A line that begins like one of code; `_CODE_WORDS` has a word of every such line.
_CODE_LINE = re.compile(
    r"\n\s{0,12}(?:def |class |import |from \w+ import|#include|function |var |let |const |public "
    r"|SELECT |<\?php|<html|</?\w+>(?=\n|\Z)|return\b)"
)
_CODE_WORDS = Words(
    "def ", "class ", "import ", "#include", "function ", "var ", "let ", "const ",
    "public ", "select ", "<", "return",
)  # fmt: skip
#: What code has at the end of a line or beside a call.
_CODE_MARK = re.compile(r";\s*$|\(\);|=>|\{\{?$", re.M)
_CODE_END = re.compile(r"\n\s{0,12}\}\s*$", re.M)
_PRIVATE = tuple((name, Words(*kind.guards).every) for name, kind in KINDS.items())
ENGLISH = frozenset(
    ("the", "of", "and", "to", "a", "in", "is", "it", "that", "for", "you", "with", "are", "be",
     "this", "on", "as", "or", "can", "your", "by", "an", "from", "was", "i", "have")
)  # fmt: skip

Look = Callable[[Reading], Finding]


@dataclass(frozen=True, kw_only=True)
class TurnSignal:
    """A quality signal on single turns. `about` is the sentence for people, `when` from where on
    it flags, `roles` whose turns it reads. A value is stored where it flags, or reaches `keep`. A
    higher `version` makes every turn due again."""

    code: str
    name: str
    severity: Severity
    about: str
    look: Look
    when: str = "it does"
    unit: str = "0 or 1"
    roles: tuple[str, ...] = ANSWER
    keep: float | None = None
    version: int = 1


class Phrase:
    """A pattern that is only tried where one of its guard words is in the text: most texts hold
    none, and one scan tells that for all phrases at once."""

    def __init__(
        self, guards: Sequence[str], *patterns: str, flags: int = re.I, within: int = LOOKED_AT
    ) -> None:
        self.guards, self.within = Words(*guards), within
        self.pattern = re.compile("|".join(patterns), flags)

    def find(self, turn: Reading) -> "re.Match[str] | None":
        """The first place in the first `within` characters of a turn, or None."""
        if self.guards.every.isdisjoint(turn.held):
            return None
        return self.pattern.search(turn.text, 0, self.within)


def phrased(phrase: Phrase, told: str) -> Look:
    """A look that flags a phrase; `told` begins the note."""

    def look(turn: Reading) -> Finding:
        match = phrase.find(turn)
        return flag(told, match) if match else NOTHING

    return look


def flag(told: str, match: "re.Match[str]", value: float = 1.0) -> Finding:
    """A flag on the words that a pattern met, saying where they stand."""
    return Finding(value, True, f"{told}: {spot(match[0], match.start())}")


def spot(words: str, at: int) -> str:
    """A few words and where they stand, for a note."""
    return f"{quoted(words)} (character {at + 1:,})"


def read(turns: Iterable[tuple[str, str, bool]]) -> list[Reading]:
    """A chat's turns (role, text, whether something rides along) as signals read them."""
    chat: list[Reading] = []
    for index, (role, text, rides_along) in enumerate(turns):
        chat.append(Reading(chat, index, role, text, rides_along))
    return chat
