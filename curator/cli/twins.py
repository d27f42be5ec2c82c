"""`curator duplicates` and `curator restore`: look at near twins, and bring back what was taken."""

from typing import TYPE_CHECKING, Annotated, Any, get_args

from cyclopts import Parameter

from curator.cli import show
from curator.cli.stage_commands import Json, Workspace
from curator.cli.workspace import store_of
from curator.errors import ConfigError, DataError
from curator.settings import Settings
from curator.stages.units import Unit
from curator.wording import several

if TYPE_CHECKING:
    from curator.stages.twinship import Ledger
    from curator.store import Store

#: Chats that are listed where no id was named.
SHOWN = 20
#: What is meant where nothing was compared yet.
DEFAULT: Unit = "first-user-turn"


def duplicates(settings: Settings) -> Any:
    """`curator duplicates`."""

    def duplicates(
        *,
        unit: Annotated[
            Unit | None, Parameter(help="What was compared (what was last, where nothing is said).")
        ] = None,
        threshold: Annotated[
            float, Parameter(help="Group anew at this Jaccard, 0.5 to 1; nothing is searched.")
        ] = 0.7,
        semantic: Annotated[
            bool | None, Parameter(help="Count twins by meaning, too (as the last search did).")
        ] = None,
        cosine: Annotated[
            float, Parameter(help="The cosine that makes a twin by meaning (0: as last).")
        ] = 0.0,
        keep: Annotated[str, Parameter(help="Which twin stays, in this order.")] = "",
        limit: Annotated[
            int, Parameter(("--limit", "-n"), help="How many groups to open, the largest first.")
        ] = 10,
        blob: Annotated[int, Parameter(help="Heaps of more texts than this are held back.")] = 100,
        workspace: Workspace = None,
        json: Json = False,
    ) -> int:
        """Open the groups of near twins like threads; what each threshold comes to.

        Uses the pairs that `curator dedup` has stored: another threshold costs no new search.
        """
        from curator.stages.threads import as_data, threads
        from curator.stages.twinship import KEEP, STEPS, Cut, Ledger

        if not STEPS[0] <= threshold <= 1:
            raise ConfigError(f"--threshold is {threshold}; pairs are stored from 0.5 to 1")
        with store_of(settings, workspace, must_exist=True, look=True) as store:
            searched = _searched(store)
            chosen = unit or (searched[0] if searched else DEFAULT)
            last = store.duplicates.last(chosen)
            if last is None:
                raise ConfigError(_nothing(chosen, searched))
            ledger = Ledger(store, chosen, keep or KEEP, blob)
            cut = Cut(threshold, _cosine(ledger, last.meaning, semantic, cosine))
            groups = ledger.at(cut)
            tallies = [
                ledger.tally(cut._replace(words=step)) for step in sorted({*STEPS, threshold})
            ]
            if json:
                show.print_json({
                    "unit": chosen, "threshold": threshold, "cosine": cut.meaning,
                    "thresholds": [tally._asdict() for tally in tallies],
                    "groups": as_data(ledger, groups[:limit]),
                })  # fmt: skip
                return 0
            lines = threads(ledger, groups[:limit])
        show.table(
            ("threshold", "groups", "twins", "held back", ""),
            [(f"{t.threshold:.2f}", t.groups, t.twins, t.held, "◀" if t.threshold == threshold
              else "") for t in tallies],
        )  # fmt: skip
        if cut.meaning is not None:
            print(f"twins by meaning count from a cosine of {cut.meaning:.2f}")
        print(f"what was compared: {chosen}")
        for line in lines:
            print(show.plain(line))
        return 0

    return duplicates


def _searched(store: "Store") -> "list[Unit]":
    """The units that were searched for twins, the last one first."""
    units: tuple[Unit, ...] = get_args(Unit)
    return [unit for name in store.duplicates.units() for unit in units if unit == name]


def _nothing(unit: Unit, searched: "list[Unit]") -> str:
    """Why there are no groups, in words, and what to do."""
    if not searched:
        return f"nothing was compared yet; run `curator dedup --unit {unit}`"
    return (
        f"{unit} was not compared yet, only {', '.join(searched)}: "
        f"run `curator dedup --unit {unit}`, or name one of those"
    )


def _cosine(
    ledger: "Ledger", last: float | None, semantic: bool | None, cosine: float
) -> float | None:
    """The cosine that makes a twin, None where words alone count. Raises `ConfigError` for one
    that was not kept."""
    if semantic is False or (semantic is None and last is None and not cosine):
        return None
    if ledger.meant is None:
        raise ConfigError(
            f"meaning was not compared yet; run `curator dedup --semantic --unit {ledger.unit}`"
        )
    if cosine and not ledger.meant.floor <= cosine <= 1:
        raise ConfigError(f"--cosine is {cosine}; pairs are stored from {ledger.meant.floor} to 1")
    return cosine or last or ledger.meant.usual


def restore(settings: Settings) -> Any:
    """`curator restore`."""

    def restore(
        *ids: Annotated[str, Parameter(help="Ids of conversations, or how they begin.")],
        all: Annotated[
            bool, Parameter(negative="", help="All that a search for twins took out of sight.")
        ] = False,
        workspace: Workspace = None,
        json: Json = False,
    ) -> int:
        """Bring back to light what was taken out of sight, row by row.

        Without ids it says what a search for twins took.
        """
        if all and ids:
            raise ConfigError("--all brings everything back; leave the ids out, or --all")
        with store_of(settings, workspace, must_exist=True, look=not (all or ids)) as store:
            if not all and not ids:
                return _gone(store, json)
            ords: set[int] = {ord_ for ord_, _, _ in store.twins.taken_out()} if all else set()
            for id_ in ids:
                found = store.twins.taken_out(id_)
                if not found:
                    raise DataError(f"{id_}: no conversation out of sight has an id like this")
                ords.update(ord_ for ord_, _, _ in found)
            shown = store.hiding.show(sorted(ords))
        if json:
            show.print_json({"restored": shown})
        else:
            print(f"{several(shown, 'conversation is', 'conversations are')} back in sight")
        return 0

    return restore


def _gone(store: "Store", json: bool) -> int:
    """Print what is out of sight because it was near something."""
    from curator.text import snippet

    gone = store.twins.taken_out()
    if json:
        show.print_json({"gone": [{"id": id_, "why": why} for _, id_, why in gone]})
        return 0
    if not gone:
        print("no search for twins took anything out of sight")
        return 0
    cards = store.shelf.cards([ord_ for ord_, _, _ in gone[:SHOWN]])
    rows = [
        (c.id[:12], why, snippet(c.opening, 60))
        for c, (_, _, why) in zip(cards, gone, strict=False)
    ]
    show.table(("id", "taken by", "chat"), rows)
    more = f" ({len(gone) - SHOWN:,} more: --json)" if len(gone) > SHOWN else ""
    print(
        f"{several(len(gone), 'chat is', 'chats are')} out of sight{more}; name some, or --all, "
        f"to bring them back"
    )
    return 0
