"""One export from the workspace to its files: what is chosen, looked at, written and recorded."""

from array import array
from collections.abc import Iterator, Sequence
from typing import Any

from curator.conversation import Export
from curator.errors import DataError
from curator.export.contamination import EvalSet
from curator.export.files import Batch
from curator.export.splitting import Dealt
from curator.stages import kinship, papers
from curator.stages.base import Progress, Report
from curator.stages.lean import give_back
from curator.stages.loading import Shipment
from curator.stages.order import Order
from curator.stages.sheaves import Sheaves, fit_to_leave
from curator.stages.windows import ahead, unswept
from curator.store import Store
from curator.store.exports import Lines

#: Windows after which freed memory is handed back.
BREATH = 8
#: Chats from which a pass that was kept is worth loading, and one that was not worth compiling.
FEW, MANY = 500, 50_000


def ship(store: Store, order: Order, ords: Sequence[int], progress: Progress) -> Report:
    """Write, publish and record one export. Raises `DataError` where nothing can be written, or
    where `--strict` finds a fault; then no file appears."""
    dealt = kinship.sides(store, order, ords, progress) if order.shares else None
    known, faults = kinship.eval_set(order.eval_set, len(ords), progress)
    if faults and order.strict:
        raise DataError(f"--strict: {papers.unread(faults)}; nothing was written")
    with Batch(order.force, order.dry_run) as batch:
        shipment = Shipment(order, batch)
        if dealt is not None:
            shipment.largest = dealt.largest, len(ords)
        leaving = papers.leaving(order, store.exports.tally())
        progress.begin(len(ords), f"chats to {order.places.out.name} ({leaving})")
        for chats in unswept(_loaded(store, shipment, ords, dealt, known)):
            shipment.hand_in()
            progress.step(chats)
        _insist(shipment, len(ords))
        manifest = shipment.finish()
        if not order.dry_run:
            batch.publish()
    if not order.dry_run:
        give_back()
        _record(store, shipment, manifest)
    report = papers.report(shipment, manifest)
    if faults:
        report.lines.append(f"{papers.unread(faults)}: chats like them were not looked for.")
        report.data["unread rows of the evaluation set"] = faults
    return report


def _loaded(
    store: Store,
    shipment: Shipment,
    ords: Sequence[int],
    dealt: Dealt | None,
    known: EvalSet | None,
) -> Iterator[int]:
    """Write all chats; after each window, how many there were."""
    order = shipment.order
    parts = _in_order(store, ords, dealt, len(shipment.sides))
    if order.in_sheaves:
        plain = order.layout.plain
        assert plain
        sheaves = Sheaves(shipment, dealt, known, compiled=_worth_compiling(len(ords)))
        for part in parts:
            leaving = store.exports.leaving(part, plain.named, plain.paired)
            for place, (sheaf, whole) in enumerate(ahead(leaving)):
                sheaves.write(sheaf, whole)
                if place % BREATH == 0:
                    give_back()
                yield len(sheaf.ords) + len(whole)
        return
    for part in parts:
        for window in ahead(store.exports.curated(part)):
            for ord_, one in fit_to_leave(shipment, window, known):
                shipment.write(ord_, one, shipment.sides[dealt[ord_] if dealt else 0])
            yield len(window)


def _worth_compiling(chats: int) -> bool:
    """Whether so many chats are written in a compiled pass: one that was kept costs nothing to
    speak of, another some seconds."""
    from curator.formats.fast.passes import splice

    return chats >= FEW and (splice.kept or chats >= MANY)


def _in_order(
    store: Store, ords: Sequence[int], dealt: Dealt | None, sides: int
) -> Iterator[Sequence[int]]:
    """The chats in the order in which they are written: first those that bring a field to their
    file, then all others."""
    import numpy as np

    every = np.array(ords, np.int64)
    homes = np.zeros(len(every), np.int8) if dealt is None else dealt.of(every)
    first = sorted(o for n in range(sides) for o in store.exports.firsts(every[homes == n]))
    if first:
        yield first
        every = every[~np.isin(every, first)]
    yield array("q", every.tobytes())


def _insist(shipment: Shipment, chats: int) -> None:
    """Raise `DataError` where there is nothing to publish, or a strict order finds a fault."""
    tally, order = shipment.tally, shipment.order
    if not any(side.file.rows for side in shipment.sides):
        if tally.blocked or tally.unwanted:
            raise DataError(
                f"none of {chats:,} chats is left: {tally.blocked:,} are known to the evaluation "
                f"set, {tally.unwanted:,} have another licence or language"
            )
        why = (
            tally.lost.most_common(1)[0][0]
            if tally.lost
            else f"they hold none of the {order.layout.teaches} that it teaches"
        )
        raise DataError(
            f"none of {chats:,} chats can be written as {order.layout.name}: {why}; choose "
            "another --format, or see what is settled with `curator status`"
        )
    refused = sum(check.refused for check in shipment.checks)
    if order.strict and (tally.blocked or refused):
        raise DataError(
            f"--strict: {tally.blocked:,} chats are known to the evaluation set and {refused:,} "
            "rows or files would be refused by a trainer; nothing was written (run it without "
            "--strict to see which)"
        )


def _record(store: Store, shipment: Shipment, manifest: dict[str, Any]) -> None:
    train = shipment.sides[0]
    store.exports.add(
        Export(
            str(train.file.path),
            shipment.order.layout.name,
            train.file.rows,
            train.sha256,
            manifest,
            None,
            store.run_id,
        ),
        [Lines(str(s.file.path), s.sha256, s.ords, s.turns) for s in shipment.sides],
    )
