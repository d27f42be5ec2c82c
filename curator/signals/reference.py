"""What a rewrite says that a reference text does not bear out, and how much of it is taken up."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from curator.signals.base import Finding, quoted
from curator.signals.facts import links, numbers
from curator.text import normalise

NAME = "reference"
#: A rewrite with less of the reference's key words speaks of something else; with fewer key words
#: than this a reference cannot tell.
LEAST, FEW = 0.1, 8
SHOWN = 4
#: A capitalised word inside a sentence, or letters that stand for a name.
_NAME = re.compile(
    r"(?<=[a-z,;'’)] )[A-Z][\w’'-]*(?: (?:of |de |van |von )?[A-Z][\w’'-]*)*|\b[A-Z]{2,}\b"
)
#: Names that Chinese marks: titles, and two signs before a word for a place or a house.
_NAME_ZH = re.compile(
    r"《([^《》\n]{1,30})》"
    r"|[\u4e00-\u9fff]{2}(?:大学|公司|学院|医院|银行|省|县|市(?!场|民|面|区))"
    r"|(?<=[\u4e00-\u9fff，、])[A-Z][A-Za-z]+"
)
_VAGUE = set("的很多些个这那所家各是在和与有到把被让城大小一二三两几每某本该全其了")
_KEY = re.compile(r"[a-z][a-z'’-]{3,}|\d+(?:[.,]\d+)*|[\u4e00-\u9fff]+")
_COMMON = frozenset(
    re.findall(
        "[a-z]+",
        "about above after again also although always among another because been before being "
        "below between both could does doing down during each either ever every from further have "
        "having here hers into itself just like made make many more most much must myself never "
        "often once only other ours over same shall should some such than that their them then "
        "there these they this those through thus under until upon used very well were what when "
        "where which while whom whose will with within without would your yours",
    )
)
_COMMON_ZH = set(
    "的了是在和与也就都而及或一个这那有不为以于之其中上下他她它们我你对从到被把将会能可很"
)


class Stray(NamedTuple):
    """Something in a rewrite that nothing bears out: where it stands in the text."""

    start: int
    end: int
    what: str


def look(new: str, reference: str, given: str = "") -> Finding:
    """Held against a reference: the value is how many numbers, links and names neither it nor the
    chat before (`given`) has; the note quotes them with their places."""
    found = strays(new, f"{reference}\n{given}")
    share, keys = coverage(new, reference)
    reasons = []
    if found:
        more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        told = ", ".join(f"{quoted(s.what)} ({s.start}–{s.end})" for s in found[:SHOWN])
        reasons.append(f"the reference does not say {told}{more}")
    if keys >= FEW and share < LEAST:
        reasons.append(f"it has {share:.0%} of the reference's {keys} key words")
    note = "; ".join(reasons) or f"{share:.0%} of the reference's key words"
    return Finding(float(len(found)), bool(reasons), note)


def strays(new: str, known: str) -> list[Stray]:
    """The numbers, links and names of `new` that `known` does not have, in their order."""
    plain = normalise(known)
    bare = plain.replace(" ", "")
    found: dict[str, Stray] = {}
    for number in numbers(new) - numbers(known):
        # Written with a comma or a percent sign it is still the same number.
        spelt = re.escape(number) if "." in number else r",?".join(map(re.escape, number))
        if (match := re.search(rf"(?<!\d){spelt}(?!\d)", new)) is not None:
            found[number] = Stray(*match.span(), match[0])
    for link in links(new) - links(known):
        at = new.lower().find(link)
        found[link] = Stray(at, at + len(link), new[at : at + len(link)])
    for start, name in _names(new):
        said = normalise(name)
        if said.replace(" ", "") not in bare and said not in found:
            found[said] = Stray(start, start + len(name), name)
    return sorted(found.values())


def coverage(new: str, reference: str) -> tuple[float, int]:
    """The share of the reference's key words that a text has, 0 to 1, and how many there are."""
    wanted = _keys(reference)
    return (len(wanted & _keys(new)) / len(wanted) if wanted else 1.0), len(wanted)


def _names(text: str) -> Iterator[tuple[int, str]]:
    for match in _NAME.finditer(text):
        if normalise(match[0]) not in ("i", "ok"):
            yield match.start(), match[0]
    for match in _NAME_ZH.finditer(text):
        if match[1]:
            yield match.start(1), match[1]
        elif not _VAGUE.intersection(match[0][:2]):
            yield match.start(), match[0]


def _keys(text: str) -> set[str]:
    """Words that tell what a text is about; of Chinese, pairs of signs."""
    keys: set[str] = set()
    for word in _KEY.findall(normalise(text)):
        if not "\u4e00" <= word[0] <= "\u9fff":
            keys |= {_stem(word)} - _COMMON
    for run in re.findall(r"[\u4e00-\u9fff]+", text):
        pairs: Sequence[str] = [run[i : i + 2] for i in range(len(run) - 1)]
        keys.update(pair for pair in pairs if not _COMMON_ZH.intersection(pair))
    return keys


def _stem(word: str) -> str:
    """English endings off, so that one word in two forms is one key; crude, and the same for both
    texts."""
    for ending in ("'s", "’s", "ing", "ies", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word
