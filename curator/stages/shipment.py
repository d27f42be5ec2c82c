"""One export from the workspace to its files: what is chosen, looked at, written and recorded."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from curator.conversation import Conversation, Curated, Export
from curator.errors import DataError
from curator.export.checking import Check, PlainRow, checks_for, look, look_from_afar
from curator.export.configs import Part, Written, configs
from curator.export.files import Batch, RowFile
from curator.export.lengths import Lengths
from curator.export.manifest import card, manifest_text
from curator.export.places import Places
from curator.export.policy import After, Example, Included, Loss, examples, weighed
from curator.export.redacting import redacted
from curator.export.splicing import Bare, Splicer
from curator.export.splitting import NAMES
from curator.export.trainers import Finding, Trainer, told
from curator.export.trainers.base import Told
from curator.formats.base import Format
from curator.signals.pii import redact
from curator.stages import kinship, papers
from curator.stages.base import Progress, Report
from curator.stages.cargo import Side, Tally, source_of
from curator.stages.windows import ahead, unswept
from curator.store import Store
from curator.store.exports import Lines

Window = list[tuple[int, Curated | Bare]]


@dataclass(frozen=True, kw_only=True)
class Order:
    """What was asked for, every name looked up."""

    layout: Format
    places: Places
    verdicts: tuple[str, ...]
    include: tuple[Included, ...]
    after: After
    loss: Loss
    licenses: frozenset[str]
    languages: frozenset[str]
    shares: tuple[float, ...]
    seed: int
    eval_set: tuple[Path, ...]
    trainers: tuple[Trainer, ...]
    lengths: Lengths
    max_length: int | None
    strict: bool
    redact: bool
    dry_run: bool
    force: bool

    def wants(self, curated: Curated | Bare) -> bool:
        """Whether a chat has one of the licences and languages asked for."""
        meta = curated.conversation.meta
        return (not self.licenses or meta.get("license") in self.licenses) and (
            not self.languages or meta.get("language") in self.languages
        )

    def examples(self, curated: Curated) -> Iterator[Example]:
        """What of a chat leaves."""
        pairs = self.layout.teaches in ("pairs", "labels")
        for example in examples(curated, self.verdicts, self.after, pairs):
            yield example if pairs else weighed(example, self.loss)


class Shipment:
    """The files of one export while they are written."""

    def __init__(self, order: Order, batch: Batch) -> None:
        self.order, self.batch, self.tally = order, batch, Tally()
        names = NAMES[: len(order.shares)] or NAMES[:1]
        places = order.places
        paths = [places.data(name, len(names) == 1) for name in names]
        batch.refuse_to_overwrite(
            [*paths, *(places.paper(n) for n in ("manifest.json", "README.md"))]
        )
        self.sides = [Side(name, batch.rows(path)) for name, path in zip(names, paths, strict=True)]
        self.checks = checks_for(order.trainers, order.layout.name, order.lengths, order.max_length)
        self._papers: dict[str, RowFile] = {}
        self.splicer = Splicer(order.layout)

    def write(self, ord_: int, curated: Curated, side: Side) -> None:
        """All rows of one chat."""
        layout = self.order.layout
        assert layout.write is not None
        before = side.file.rows
        for example in self.order.examples(curated):
            written = side.file.rows
            self.tally.cut |= example.turn >= 0
            for whole in layout.write(example.curated):
                row, gone = redacted(whole) if self.order.redact else (whole, None)
                side.file.add(row)
                if gone:
                    self._note_redacted(gone, side, curated.conversation)
                side.ords.append(ord_)
                side.turns.append(example.turn)
                side.fields.update(row)
                side.tokens.append(self._measured(told(row)))
                if self.checks:
                    found = look(self.checks, row, side.file.name, side.file.rows)
                    self._note_findings(found, side, curated.conversation)
            self._note_replay(example, curated.conversation, side, side.file.rows > written)
            lost = layout.loses(example.curated) if layout.loses else ()
            self._note_lost(lost, side, example.curated.conversation, side.file.rows > written)
            if side.file.rows > written:
                for one in example.curated.settlements:
                    if example.turn in (-1, one.turn_index):
                        self.tally.decided[one.verdict, one.reviewer] += 1
        if side.file.rows == before:
            self.tally.empty += 1
            return
        self.tally.count(curated.conversation)

    def write_bare(self, ord_: int, bare: Bare, side: Side) -> None:
        """The row of a chat that leaves as it came."""
        plain = self.splicer.row(bare)
        side.file.add_pieces(plain.line)
        side.ords.append(ord_)
        side.turns.append(-1)
        side.fields.update(plain.row)
        side.tokens.append(self._glanced(plain))
        found = look_from_afar(self.checks, plain, side.file.name, side.file.rows)
        self._note_findings(found, side, bare.conversation)
        self._note_lost(plain.lost, side, bare.conversation, True)
        self.tally.count(bare.conversation)

    def block(self, curated: Curated, jaccard: float, known: str) -> None:
        """Leave out a chat that an evaluation set knows."""
        self.tally.blocked += 1
        how = "letter by letter" if jaccard == 1 else f"Jaccard {jaccard:.2f}"
        self._paper("check.jsonl").add(
            {
                "source": source_of(curated.conversation),
                "effect": "blocked",
                "why": f"the evaluation set knows it ({how}): {known[:200]}",
            }
        )

    def _note_findings(
        self, found: Iterator[tuple[Check, Finding]], side: Side, chat: Conversation
    ) -> None:
        for check, finding in found:
            self._paper("check.jsonl").add(
                {
                    "file": side.file.name,
                    "row": side.file.rows,
                    "source": source_of(chat),
                    "trainer": check.trainer.name,
                    **finding._asdict(),
                }
            )

    def _note_lost(
        self, lost: Sequence[str], side: Side, chat: Conversation, written: bool
    ) -> None:
        found = list(dict.fromkeys(lost))
        if found:
            self.tally.lost.update(found)
            self._paper("losses.jsonl").add(
                {
                    "file": side.file.name,
                    "row": side.file.rows if written else None,
                    "source": source_of(chat),
                    "lost": found,
                }
            )

    def _note_redacted(self, gone: Counter[str], side: Side, chat: Conversation) -> None:
        self.tally.redacted.update(gone)
        self._paper("losses.jsonl").add(
            {
                "file": side.file.name,
                "row": side.file.rows,
                "source": source_of(chat),
                "redacted": dict(sorted(gone.items())),
            }
        )

    def _measured(self, seen: Told) -> int:
        """Tokens of a row, with the longer of two answers; -1 where the chat template refuses
        it, which the trainers' rules tell."""
        chats = [[*seen.context, *ending] for ending in seen.endings] or [seen.context]
        try:
            return max(self.order.lengths.chat(chat) for chat in chats)
        except ValueError:
            return -1

    def _glanced(self, plain: PlainRow) -> int:
        lengths, glance = self.order.lengths, plain.glance
        if not lengths.exact:
            return lengths.sums(glance.characters, glance.size, len(glance.roles))
        return self._measured(told(orjson.loads(b"".join(plain.line))))

    def _note_replay(self, example: Example, chat: Conversation, side: Side, written: bool) -> None:
        """List the questions that should be asked again after a changed answer."""
        asked = example.curated.conversation.meta.get("replay")
        # A chat may have a field of that name of its own.
        if self.order.after != "replay" or not asked or asked is chat.meta.get("replay"):
            return
        self.tally.replay += 1
        if self.order.redact:
            asked = [redact(question) for question in asked]
        self._paper("replay.jsonl").add(
            {
                "file": side.file.name,
                "row": side.file.rows if written else None,
                "source": source_of(chat),
                "chat": chat.id,
                "turn": example.turn,
                "rewrite": example.curated.settlements[-1].rewrite_id,
                "ask again": asked,
            }
        )

    def _paper(self, name: str) -> RowFile:
        if name not in self._papers:
            self._papers[name] = self.batch.rows(self.order.places.paper(name))
        return self._papers[name]

    def finish(self) -> dict[str, Any]:
        """Complete all files, papers and configs; the manifest."""
        for side in self.sides:
            side.sha256 = side.file.finish()
        for paper in self._papers.values():
            paper.finish()
        manifest = papers.manifest_of(self)
        places = self.order.places
        self.batch.text(places.paper("manifest.json"), manifest_text(manifest))
        self.batch.text(places.paper("README.md"), card(manifest))
        written = Written(
            places.name,
            self.order.layout.name,
            self.order.layout.teaches,
            tuple(
                Part(s.name, s.file.name, s.file.rows, frozenset(s.fields))
                for s in self.sides
                if s.file.rows
            ),
            self.tally.cut,
            places.way,
        )
        for name, text in configs(written).items():
            self.batch.text(places.config(name), text)
        return manifest


def ship(store: Store, order: Order, ords: Sequence[int], progress: Progress) -> Report:
    """Write, publish and record one export. Raises `DataError` where nothing can be written, or
    where `--strict` finds a fault; then no file appears."""
    dealt = kinship.sides(store, order, ords, progress) if order.shares else None
    known = kinship.eval_set(order.eval_set)
    with Batch(order.force or order.dry_run) as batch:
        shipment = Shipment(order, batch)
        progress.begin(len(ords), f"chats to {order.places.out.name}")
        for window in unswept(ahead(_windows(store, order, ords))):
            wanted = [(ord_, one) for ord_, one in window if order.wants(one)]
            shipment.tally.unwanted += len(window) - len(wanted)
            hits = {}
            if known is not None:
                hits = {hit.place: hit for hit in known.hits([o.conversation for _, o in wanted])}
            for place, (ord_, one) in enumerate(wanted):
                side = shipment.sides[dealt[ord_] if dealt else 0]
                if isinstance(one, Bare):
                    shipment.write_bare(ord_, one, side)
                elif place in hits:
                    shipment.block(one, hits[place].jaccard, hits[place].known)
                else:
                    shipment.write(ord_, one, side)
            progress.step(len(window))
        _insist(shipment, len(ords))
        manifest = shipment.finish()
        if not order.dry_run:
            batch.publish()
    if not order.dry_run:
        _record(store, shipment, manifest)
    return papers.report(shipment, manifest)


def _windows(store: Store, order: Order, ords: Sequence[int]) -> Iterator[Window]:
    """The chats, bare ones where nothing needs their words: no mask, no evaluation
    set, nothing to redact."""
    plain = order.layout.plain
    asked = "untouched" in order.include and order.loss in ("auto", "all")
    if plain and asked and not order.eval_set and not order.redact:
        yield from store.exports.leaving(ords, plain.openings)
        return
    for window in store.exports.curated(ords):
        yield list(window)


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
