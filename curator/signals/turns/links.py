"""Links in answers: a model makes them up."""

import re

from curator.signals.base import Finding
from curator.signals.turns.base import ANSWER, NOTHING, Reading, TurnSignal, spot
from curator.signals.turns.words import Words

_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"'）)\]】，。]{3,200}", re.I)
_DOTTED = re.compile(
    r"(?:example|placeholder|yourwebsite|yourdomain|test|sample|xyz|abc)\.(?:com|org)"
)

_LINKS = Words("://", "www.")
_NOBODYS = Words(
    *(
        f"{name}.{ending}"
        for name in ("example", "placeholder", "yourwebsite", "yourdomain", "test", "sample",
                     "xyz", "abc")
        for ending in ("com", "org")
    )
)  # fmt: skip


def _url(turn: Reading) -> Finding:
    if not turn.has(_LINKS):
        return NOTHING
    match = _URL.search(turn.head)
    if match is None:
        return NOTHING
    if turn.asked is not None and match[0].rstrip(".,/") in turn.asked.text:
        return NOTHING
    return Finding(1, True, f"a link nobody gave it: {spot(match[0], match.start())}")


def _made_up(turn: Reading) -> Finding:
    if not turn.has(_NOBODYS):
        return NOTHING
    match = _DOTTED.search(turn.low)
    if match is None or turn.code:
        return NOTHING
    return Finding(1, True, f"an address of nobody: {spot(match[0], match.start())}")


SIGNALS = (
    TurnSignal(
        code="P01", name="link", severity="hint", roles=ANSWER, look=_url,
        about="The answer holds a link that the question did not; models make them up.",
    ),
    TurnSignal(
        code="P02", name="made-up-site", severity="hint", roles=ANSWER, look=_made_up,
        about="The answer names a site that is only an example (“www.example.com”).",
    ),
)  # fmt: skip
