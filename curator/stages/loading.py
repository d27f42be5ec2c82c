"""The files of one export while they are written: rows, what is said of them, and the papers."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Any

from curator.conversation import Conversation, Curated
from curator.export.checking import Check, Place, checks_for, finding_row, look
from curator.export.configs import Part, Written, configs
from curator.export.contamination import Hit
from curator.export.files import Batch, RowFile, encoded
from curator.export.manifest import card, manifest_text
from curator.export.policy import Example
from curator.export.redacting import redacted
from curator.export.splitting import NAMES
from curator.export.trainers import Finding, told
from curator.export.trainers.base import Told
from curator.signals.pii import redact
from curator.stages import papers
from curator.stages.cargo import Side, Tally, source_of
from curator.stages.order import Order

#: Lines of a paper that a dry run keeps in memory.
MOST = 10_000


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
        #: Of a dry run what trainers would do, row by row: lines of the paper that is not written.
        self.named: list[bytes] = []
        #: Chats of the largest family of a split, and of all of them.
        self.largest = 0, 0
        self._papers: dict[str, RowFile] = {}
        self._notes: dict[str, list[tuple[int, bytes]]] = defaultdict(list)

    def wants(self, chat: Conversation) -> bool:
        """Whether a chat has one of the licences and languages asked for; others are counted."""
        license_, language = (str(chat.meta.get(key) or "") for key in ("license", "language"))
        wanted = self.order.wants(license_, language)
        self.tally.unwanted += not wanted
        return wanted

    def write(self, ord_: int, curated: Curated, side: Side) -> None:
        """All rows of one chat."""
        layout = self.order.layout
        assert layout.write is not None
        chat = curated.conversation
        before = side.file.rows
        for example in self.order.examples(curated):
            written = side.file.rows
            self.tally.cut |= example.turn >= 0
            for whole in layout.write(example.curated):
                row, gone = redacted(whole) if self.order.redact else (whole, None)
                side.file.add(row)
                if gone:
                    self._note_redacted(gone, side, ord_, chat)
                side.ords.append(ord_)
                side.turns.append(example.turn)
                side.note(row)
                side.tokens.append(self._measured(told(row)))
                if self.checks:
                    place = Place(side.file.name, side.file.rows, ord_)
                    self.note_findings(look(self.checks, row, place), place, source_of(chat))
            made = side.file.rows > written
            self._note_replay(example, chat, side, ord_, made)
            lost = layout.loses(example.curated) if layout.loses else ()
            self._note_lost(lost, side, ord_, example.curated.conversation, made)
            if made:
                for one in example.curated.settlements:
                    if example.turn in (-1, one.turn_index):
                        self.tally.decided[one.verdict, one.reviewer] += 1
        if side.file.rows == before:
            self.tally.empty += 1
            return
        self.tally.count(chat)

    def block(self, ord_: int, source: str, hit: Hit) -> None:
        """Leave out a chat that an evaluation set knows."""
        self.tally.blocked += 1
        how = "letter by letter" if hit.jaccard == 1 else f"Jaccard {hit.jaccard:.2f}"
        why = f"the evaluation set knows it ({how}): {hit.known[:200]}"
        self.note(papers.CHECK, ord_, encoded({"source": source, "effect": "blocked", "why": why}))

    def note_findings(
        self, found: Iterator[tuple[Check, Finding]], place: Place, source: str
    ) -> None:
        """List what trainers would do to one row."""
        for check, finding in found:
            row = finding_row(check, finding, place, source)
            self.note(papers.CHECK, place.ord, encoded(row))

    def note(self, paper: str, ord_: int, line: bytes) -> None:
        """Keep a line of a paper until `hand_in`; papers are in the order of the chats."""
        self._notes[paper].append((ord_, line))

    def noted(self, paper: str) -> bool:
        """Whether anything was noted on a paper."""
        return paper in self._papers

    def hand_in(self) -> None:
        """Write the lines noted since the last time, and tell the trainers of late fields."""
        for side in self.sides:
            late = {name: f"{side.file.name}:{row}" for name, row in side.late.items()}
            for check in self.checks:
                check.seen.late |= late
        for name, lines in self._notes.items():
            lines.sort(key=itemgetter(0))
            if name not in self._papers:
                self._papers[name] = self.batch.rows(self.order.places.paper(name))
            if self.order.dry_run and name == papers.CHECK:
                self.named += [line for _, line in lines[: MOST - len(self.named)]]
            self._papers[name].add_lines([line for _, line in lines])
        self._notes.clear()

    def _note_lost(
        self, lost: Sequence[str], side: Side, ord_: int, chat: Conversation, written: bool
    ) -> None:
        found = list(dict.fromkeys(lost))
        if found:
            self.tally.lost.update(found)
            row = {
                "file": side.file.name,
                "row": side.file.rows if written else None,
                "source": source_of(chat),
                "lost": found,
            }
            self.note("losses.jsonl", ord_, encoded(row))

    def _note_redacted(self, gone: Counter[str], side: Side, ord_: int, chat: Conversation) -> None:
        self.tally.redacted.update(gone)
        row = {
            "file": side.file.name,
            "row": side.file.rows,
            "source": source_of(chat),
            "redacted": dict(sorted(gone.items())),
        }
        self.note("losses.jsonl", ord_, encoded(row))

    def _measured(self, seen: Told) -> int:
        """Tokens of a row, with the longer of two answers; -1 where the chat template refuses
        it, which the trainers' rules tell."""
        chats = [[*seen.context, *ending] for ending in seen.endings] or [seen.context]
        try:
            return max(self.order.lengths.chat(chat, seen.tools) for chat in chats)
        except ValueError:
            return -1

    def _note_replay(
        self, example: Example, chat: Conversation, side: Side, ord_: int, written: bool
    ) -> None:
        """List the questions that should be asked again after a changed answer."""
        asked = example.curated.conversation.meta.get("replay")
        # A chat may have a field of that name of its own.
        if self.order.after != "replay" or not asked or asked is chat.meta.get("replay"):
            return
        self.tally.replay += 1
        if self.order.redact:
            asked = [redact(question) for question in asked]
        row = {
            "file": side.file.name,
            "row": side.file.rows if written else None,
            "source": source_of(chat),
            "chat": chat.id,
            "turn": example.turn,
            "rewrite": example.curated.settlements[-1].rewrite_id,
            "ask again": asked,
        }
        self.note("replay.jsonl", ord_, encoded(row))

    def finish(self) -> dict[str, Any]:
        """Complete all files, papers and configs; the manifest."""
        self.hand_in()
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
            self.order.max_length,
        )
        for name, text in configs(written).items():
            self.batch.text(places.config(name), text)
        return manifest
