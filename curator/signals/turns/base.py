"""What a turn signal is, and a turn as signals read it: what several ask is worked out once."""

import re
import string
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from curator.signals.base import Finding, quoted
from curator.signals.pii import Span, found
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

    @cached_property
    def low(self) -> str:
        """The text in small letters, to look for words in; its positions may differ."""
        return self.text.lower()

    @cached_property
    def head(self) -> str:
        """The first characters: where searching further says no more."""
        return self.text[:LOOKED_AT]

    @cached_property
    def cjk(self) -> int:
        """How many characters are CJK."""
        return 0 if self.text.isascii() else len(_CJK_SIGN.findall(self.text))

    @cached_property
    def latin(self) -> int:
        """How many letters are Latin."""
        ascii_ = self.ascii
        accented = 0 if self.text.isascii() else len(_ACCENTED.findall(self.text))
        return len(ascii_) - len(ascii_.translate(None, _LETTERS)) + accented

    @cached_property
    def ascii(self) -> bytes:
        """Its ASCII signs alone: counting in bytes costs a twentieth of counting in letters."""
        return self.text.encode("ascii", "ignore")

    @cached_property
    def capitals(self) -> int:
        """How many letters of English are capitals."""
        return len(self.ascii) - len(self.ascii.translate(None, _CAPITALS))

    @cached_property
    def digits(self) -> int:
        """How many signs are digits."""
        return len(self.ascii) - len(self.ascii.translate(None, _DIGITS))

    @cached_property
    def marks(self) -> int:
        """How many signs are punctuation."""
        wide = 0 if self.text.isascii() else len(_WIDE_MARK.findall(self.text))
        return len(self.ascii) - len(self.ascii.translate(None, _MARKS)) + wide

    @cached_property
    def times(self) -> Counter[str]:
        """How often each token comes."""
        return Counter(self.tokens)

    @property
    def different(self) -> Iterable[str]:
        """The tokens, each once."""
        return self.times.keys()

    @cached_property
    def chinese(self) -> bool:
        """Whether it is written in Chinese (or Japanese, Korean) with whatever names in it."""
        return self.cjk > 0 and 2 * self.cjk >= CHINESE * (2 * self.cjk + self.latin)

    @cached_property
    def prose(self) -> str:
        """The head without code, formulas and links."""
        text = self.head
        return prose(text) if "`" in text or "$$" in text or "://" in text else text

    @cached_property
    def tokens(self) -> list[str]:
        """The head in small letters, cut at blanks; Chinese into characters."""
        if self.chinese:
            return [sign for sign in self.low[:LOOKED_AT] if not sign.isspace()]
        return self.low[:LOOKED_AT].split()

    @cached_property
    def length(self) -> int:
        """About how many words it has, by which texts of both scripts compare: blank-separated
        words, and two CJK characters for a word."""
        if self.chinese or len(self.text) > LOOKED_AT:
            return len(self.text.split()) + self.cjk // 2
        return len(self.tokens) + self.cjk // 2

    @cached_property
    def lines(self) -> list[str]:
        """Its lines, as they stand."""
        return self.text.split("\n")

    @cached_property
    def sentences(self) -> list[str]:
        """The sentences of its prose, without their last marks."""
        return [said for part in _SENTENCE_END.split(self.prose) if (said := part.strip())]

    @cached_property
    def code(self) -> bool:
        """Whether it holds, or looks like, code or a formula."""
        text = self.text
        if "```" in text or "$$" in text:
            return True
        return any(sign in text for sign in _CODE_SIGNS) and bool(_CODE.search(self.head))

    @cached_property
    def private(self) -> list[Span]:
        """The private places in its head."""
        return found(self.head, low=self.low)

    @property
    def previous(self) -> "Reading | None":
        """The turn before it, or None."""
        return self.chat[self.index - 1] if self.index else None

    @cached_property
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

    def has(self, words: Iterable[str]) -> bool:
        """Whether any of the words (in small letters) is in it."""
        return any(map(self.low.__contains__, words))


_CODE = re.compile(
    r"^\s{0,12}(?:def |class |import |from \w+ import|#include|function |var |let |const |public "
    r"|SELECT |<\?php|<html|</?\w+>$|\}\s*$|return\b)|;\s*$|\(\);|=>|\{\{?$",
    re.M,
)

#: One of them is in every text that `_CODE` meets.
_CODE_SIGNS = (
    ";", "}", "{", ">", "def ", "class ", "import ", "#include", "function ", "var ", "let ",
    "const ", "public ", "SELECT ", "<?php", "<html", "return",
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

    def stores(self, finding: Finding) -> bool:
        """Whether a finding is out of the ordinary."""
        return finding.flagged or (self.keep is not None and finding.value >= self.keep)


class Phrase:
    """A pattern that is only tried where one of its guard words is in the text: most texts hold
    none, and a look for a word costs a hundredth of a search with alternatives."""

    def __init__(
        self, guards: Sequence[str], *patterns: str, flags: int = re.I, within: int = LOOKED_AT
    ) -> None:
        self.guards, self.within = tuple(guards), within
        self.pattern = re.compile("|".join(patterns), flags)

    def find(self, turn: Reading) -> "re.Match[str] | None":
        """The first place in the first `within` characters of a turn, or None."""
        low = turn.low
        for guard in self.guards:
            if guard in low:
                return self.pattern.search(turn.text, 0, self.within)
        return None


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
