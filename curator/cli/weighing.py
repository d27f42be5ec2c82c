"""`curator signals`: what was measured, with samples; how far it agrees with people; what is
probably wrong."""

from typing import Annotated, Any

from cyclopts import Parameter

from curator.cli import show
from curator.cli.stage_commands import Json, Workspace
from curator.cli.workspace import store_of
from curator.errors import ConfigError
from curator.settings import Settings
from curator.store import Store
from curator.wording import several


def signals(settings: Settings) -> Any:
    """`curator signals`."""

    def signals(
        name: Annotated[str, Parameter(help="A signal's code or name: show what it flags.")] = "",
        *,
        wrong: Annotated[
            bool, Parameter(negative="", help="Rank the turns that are most likely wrong.")
        ] = False,
        calibration: Annotated[
            bool, Parameter(negative="", help="Show how far signals agree with decisions.")
        ] = False,
        limit: Annotated[int, Parameter(("--limit", "-n"), help="How many samples to show.")] = 10,
        workspace: Workspace = None,
        json: Json = False,
    ) -> int:
        """List the signals with severity, counts and a sample; nothing is measured by this.

        `curator signals U01` shows what one of them flags, and why.
        """
        with store_of(settings, workspace, must_exist=True, look=True) as store:
            if calibration:
                return _calibration(store, json)
            if wrong:
                return _wrong(store, limit, json)
            return _one(store, name, limit, json) if name else _all(store, json)

    return signals


def _all(store: Store, json: bool) -> int:
    from curator.signals.catalogue import CATALOGUE

    on_rewrites = {name: flags for name, (_, flags) in store.signals.flag_counts().items()}
    on_turns = {name: flags for name, (_, flags) in store.turn_signals.counts().items()}
    flags = {**on_turns, **on_rewrites}
    rows: list[tuple[Any, ...]] = []
    for one in CATALOGUE:
        sample = ""
        if on_turns.get(one.name):
            sample = " ".join(s.note for s in store.turn_signals.samples(one.name, 1))[:60]
        row = (one.code, one.name, one.severity, one.on, flags.get(one.name, 0), sample)
        rows.append(row)
    known = {one.name for one in CATALOGUE}
    rows += [("", name, "yours", "", n, "") for name, n in flags.items() if name not in known]
    columns = ("code", "signal", "severity", "reads", "flagged", "for example")
    if json:
        about = {one.name: (one.about, one.when, one.unit) for one in CATALOGUE}
        words = ("about", "when", "unit")
        show.print_json({
            "signals": [
                {
                    **dict(zip(columns, row, strict=True)),
                    **dict(zip(words, about.get(row[1], ("", "", "")), strict=True)),
                }
                for row in rows
            ]
        })  # fmt: skip
        return 0
    show.table(columns, rows)
    return 0


def _one(store: Store, word: str, limit: int, json: bool) -> int:
    from curator.signals.catalogue import entry, words

    found = entry(word)
    name = found.name if found else word
    if found is None and name not in store.turn_signals.counts():
        from difflib import get_close_matches

        near = get_close_matches(word.lower(), words(), 1)
        hint = f"did you mean {near[0]}?" if near else "`curator signals` lists them"
        raise ConfigError(f"there is no signal {word!r}; {hint}")
    samples = store.turn_signals.samples(name, limit)
    if json:
        import msgspec

        show.print_json({"signal": name, "samples": [msgspec.structs.asdict(s) for s in samples]})
        return 0
    if found:
        print(f"{found.code} {found.name} ({found.severity}): {found.about}")
        print(f"Flags when {found.when}; its value is {found.unit}.\n")
    if not samples:
        print("it flags no turn here; `curator score` measures what is new")
        return 0
    rows = [
        (s.conversation_id[:8], s.turn_index + 1, round(s.value, 3), s.note, s.content[:100])
        for s in samples
    ]
    show.table(("chat", "turn", "value", "why", "text"), rows)
    return 0


def _wrong(store: Store, limit: int, json: bool) -> int:
    from curator.stages.suspicion import suspects

    found = suspects(store, limit)
    if json:
        show.print_json({"suspects": [s._asdict() for s in found]})
        return 0
    if not found:
        print("no answer is suspicious; `curator score` measures what is new")
        return 0
    rows = [
        (s.conversation_id[:8], s.turn_index + 1, s.weight, ", ".join(s.signals), s.note, s.text)
        for s in found
    ]
    show.table(("chat", "turn", "weight", "signals", "why", "answer"), rows)
    return 0


def _calibration(store: Store, json: bool) -> int:
    from curator.stages.calibration import COLUMNS, calibrated, how_to_read, why_none

    rows, decided, accepted = calibrated(store)
    model = store.predictions.model()
    if json:
        table = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
        show.print_json(
            {"decided": decided, "accepted": accepted, "signals": table, "learned": model}
        )
        return 0
    print(
        f"{several(decided, 'rewrite is', 'rewrites are')} decided, {accepted:,} of them accepted "
        f"or edited"
    )
    if rows:
        show.table(COLUMNS, rows)
        print(how_to_read(rows))
    else:
        print(why_none(decided, accepted))
    if model:
        from curator.stages.base import Report
        from curator.stages.learning import tell

        report = Report()
        tell(model, report)
        for line in report.lines:
            print(line)
    return 0
