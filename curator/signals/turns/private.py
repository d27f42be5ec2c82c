"""Private data and secrets in a turn, each proved by its checksum or shape: see `signals.pii`."""

from collections.abc import Callable

from curator.signals.base import Finding
from curator.signals.pii import KINDS, masked
from curator.signals.turns.base import BOTH, NOTHING, Reading, TurnSignal

_GRAVE = {"card", "iban", "china_id", "secret", "private_key", "ssn"}


def _looker(kind: str) -> Callable[[Reading], Finding]:
    def look(turn: Reading) -> Finding:
        spans = [span for span in turn.private if span.kind == kind]
        if not spans:
            return NOTHING
        span = spans[0]
        told = f"{KINDS[kind].told}: {masked(span.text)} (character {span.start + 1:,})"
        return Finding(len(spans), True, told)

    return look


SIGNALS = tuple(
    TurnSignal(
        code=kind.code, name=kind.name, severity="grave" if name in _GRAVE else "warning",
        roles=BOTH, look=_looker(name), about=kind.about, unit="places",
        version=2,
    )
    for name, kind in KINDS.items()
)  # fmt: skip
