"""What may be typed next in a filter: names of fields and signals, and values that there are."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from curator.filters.fields import BY_NAME, FIELDS, SIGNS, Field
from curator.filters.nodes import Value

#: What is being typed: everything from the last blank, quote or parenthesis that is open.
_TYPED = re.compile(r'(?:^|(?<=[\s(]))-*((?:[^\s()"-]|(?<!^)-|"[^"]*"?)*)\Z')
_NAMED = re.compile(r"([^\W\d][\w.-]*)(>=|<=|!=|[:=<>])(.*)\Z", re.DOTALL)
_SIGN: dict[str, str] = {"number": ">", "day": ">="}


@dataclass(frozen=True)
class Offer:
    """One thing to type: it replaces what lies between `start` and `end`. `about` says what it
    means."""

    text: str
    start: int
    end: int
    about: str = ""


def complete(
    text: str, cursor: int, values: Mapping[str, Sequence[str]], limit: int = 20
) -> list[Offer]:
    """What fits at the cursor, the likeliest first. `values` are the values there are by field;
    those of `signals` are the names of signals."""
    found = _TYPED.search(text.translate(SIGNS)[:cursor])
    if found is None:
        return []
    typed, start = text[found.start(1) : cursor], found.start(1)
    named = _NAMED.match(typed.translate(SIGNS))
    if named is None:
        return _names(typed, (start, cursor), values)[:limit]
    field = BY_NAME.get(named[1].lower())
    if field is None or field.kind in ("number", "day"):
        return []
    last = start + named.start(3) + _last_piece(typed[named.start(3) :])
    return _values(field, text[last:cursor], (last, cursor), values)[:limit]


def apply(text: str, offer: Offer) -> tuple[str, int]:
    """The text with the offer taken, and where the cursor then stands."""
    return text[: offer.start] + offer.text + text[offer.end :], offer.start + len(offer.text)


def _names(typed: str, place: tuple[int, int], values: Mapping[str, Sequence[str]]) -> list[Offer]:
    begun = typed.lower()
    offers = [
        Offer(f.name + _SIGN.get(f.kind, ":"), *place, f.about)
        for f in FIELDS
        if f.name.startswith(begun) or (begun and any(o.startswith(begun) for o in f.other))
    ]
    if begun:
        offers += [
            Offer(f"{name}>", *place, "a signal")
            for name in values.get("signals", ())
            if name.startswith(begun) and name not in BY_NAME
        ]
    return offers


def _values(
    field: Field, typed: str, place: tuple[int, int], values: Mapping[str, Sequence[str]]
) -> list[Offer]:
    known = field.choices or (("yes", "no") if field.kind == "yes" else ())
    name = "signals" if field.name == "signal" else field.name
    begun = typed.strip('"').lower()
    every = list(known or values.get(name, ()))
    fitting = [value for value in every if value.lower().startswith(begun)]
    fitting += [value for value in every if begun and begun in value.lower()[1:]]
    return [Offer(str(Value(value)), *place) for value in dict.fromkeys(fitting) if value]


def _last_piece(values: str) -> int:
    """Where the last of values with commas between begins."""
    quoted, at = False, 0
    for place, sign in enumerate(values):
        if sign == '"':
            quoted = not quoted
        elif sign in ",，" and not quoted:
            at = place + 1
    return at
