"""facts: numbers and links that nobody has given."""

import re

from curator.signals.base import Case, Finding, Gate, one_by_one

_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"'）)\]】，。]+", re.I)
_NUMBER = re.compile(r"(?<![A-Za-z0-9_.])\d+(?:[.,:/]\d+)*%?(?![A-Za-z0-9_]|\.\d)")
#: "1." or "2)" at the beginning of a line counts items, and says nothing about the world.
_BULLET = re.compile(r"^\s*(?:\d+[.)、．]|[(（]\d+[)）]|(?:step|步骤|第)\s*\d+)", re.M | re.I)
#: A rewrite that only adds numbers may just say more; from here on it is told.
MANY = 3
SHOWN = 3


def numbers(text: str) -> set[str]:
    """The numbers of a text in one spelling; links, list markers and single digits left out."""
    plain = _BULLET.sub(" ", _LINK.sub(" ", text))
    found = {match.replace(",", "").rstrip("%") for match in _NUMBER.findall(plain)}
    return {number for number in found if len(number) > 1}


def links(text: str) -> set[str]:
    """The links of a text, without scheme, closing slash and punctuation."""
    return {
        re.sub(r"^(?:https?://)?(?:www\.)?", "", link.rstrip(".,;:!?/"), flags=re.I).lower()
        for link in _LINK.findall(text)
    }


def _look(case: Case) -> Finding:
    given = "\n".join(turn.content for turn in case.before)
    known_numbers, known_links = numbers(given), links(given)
    old, new = numbers(case.old), numbers(case.new)
    made_up = sorted(new - old - known_numbers)
    gone = sorted(old - new - known_numbers)
    strange = sorted(links(case.new) - links(case.old) - known_links)
    lost = sorted(links(case.old) - links(case.new) - known_links)
    reasons = []
    if strange:
        reasons.append(f"a link from nowhere: {_some(strange)}")
    if lost:
        reasons.append(f"a link is gone: {_some(lost)}")
    if made_up and gone:
        reasons.append(f"numbers changed: {_some(gone)} → {_some(made_up)}")
    elif len(made_up) >= MANY:
        reasons.append(f"numbers from nowhere: {_some(made_up)}")
    value = len(made_up) + len(strange) + len(lost)
    return Finding(value, bool(reasons), "; ".join(reasons))


def _some(found: list[str]) -> str:
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return ", ".join(found[:SHOWN]) + more


GATE = Gate(
    name="facts",
    about="numbers and links in the rewrite that neither the old answer nor the chat before has, "
    "and links that were lost",
    unit="numbers and links",
    when=f"a link came or went, a number took another's place, or {MANY} numbers came",
    measure=one_by_one(_look),
)
