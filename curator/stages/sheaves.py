"""Loading whole sheaves: rows, lengths and trainers' rules for thousands of chats at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from curator.conversation import Curated
from curator.export.checking import Check, Place, finding_row, odd
from curator.export.files import encoded
from curator.export.glance import Glances
from curator.export.lengths import Estimated
from curator.export.sheaf import Sheaf
from curator.export.splicing import Bundle, Kind, Splicer, telling
from curator.export.splitting import Dealt
from curator.export.trainers import Finding, Sight, told
from curator.export.trainers.base import Told
from curator.stages.cargo import Side, source_of
from curator.stages.windows import parts

if TYPE_CHECKING:
    from curator.export.contamination import EvalSet
    from curator.stages.loading import Shipment

#: Stands for a number in the JSON of a line.
NUMBER = "\ue000number\ue000"
_MARK = NUMBER.encode()


@dataclass
class Load:
    """The rows of one side: their chats' places in the sheaf, their `ords`, and how many of them
    have been handed over."""

    side: Side
    picked: Any
    ords: Any
    done: int = 0


class Sheaves:
    """Writes chats by the sheaf, with whole ones between them: each to the side that `dealt`
    names, but for those that an evaluation set knows. `compiled`: see `Splicer`."""

    def __init__(
        self, shipment: "Shipment", dealt: Dealt | None, known: "EvalSet | None", compiled: bool
    ) -> None:
        self._shipment, self._dealt, self._known = shipment, dealt, known
        self._splicer = Splicer(shipment.order.layout, compiled)
        plain = shipment.order.layout.plain
        assert plain
        self._plain = plain

    def write(self, sheaf: Sheaf, whole: Sequence[tuple[int, Curated]]) -> None:
        """All rows of a sheaf, and of the whole chats that lie among them, in order."""
        for part, among in parts(sheaf, whole):
            self._write(part, among)

    def _write(self, sheaf: Sheaf, whole: Sequence[tuple[int, Curated]]) -> None:
        import numpy as np

        bundle = self._splicer.bundle(sheaf)
        lines, tokens = self._splicer.lines(bundle), self._tokens(bundle)
        loads = self._loads(bundle)
        for load in loads:
            for place in set(bundle.of[load.picked].tolist()):
                load.side.note(bundle.kinds[place].row)
            if self._plain.form == "alpaca" and (bundle.glances.messages[load.picked] > 2).any():
                load.side.note({"history": []})
        rows = np.zeros(len(sheaf.ords), np.int64)
        for ord_, curated in fit_to_leave(self._shipment, whole, self._known):
            for load in loads:
                self._hand_over(load, ord_, (lines, tokens, rows))
            side = self._dealt[ord_] if self._dealt else 0
            self._shipment.write(ord_, curated, self._shipment.sides[side])
        for load in loads:
            self._hand_over(load, None, (lines, tokens, rows))
            kinds, counts = np.unique(bundle.of[load.picked], return_counts=True)
            for kind, count in zip(kinds.tolist(), counts.tolist(), strict=True):
                self._tell(bundle.kinds[kind], count)
        self._list_lost(bundle, loads, rows)
        self._check(bundle, loads, rows, lines)

    def _loads(self, bundle: Bundle) -> list[Load]:
        import numpy as np

        ords, order = bundle.sheaf.ords, self._shipment.order
        wants = np.array([order.wants(k.license, k.language) for k in bundle.kinds], bool)
        wanted = wants[bundle.of] if len(wants) else np.zeros(0, bool)
        self._shipment.tally.unwanted += int((~wanted).sum())
        if self._known is not None:
            wanted &= ~self._blocked(bundle, wanted, self._known)
        sides = np.zeros(len(ords), np.int64) if self._dealt is None else self._dealt.of(ords)
        loads = []
        for place, side in enumerate(self._shipment.sides):
            (picked,) = (wanted & (sides == place)).nonzero()
            loads.append(Load(side, picked, ords[picked]))
        return loads

    def _blocked(self, bundle: Bundle, wanted: Any, known: "EvalSet") -> Any:
        """Which of the chats the evaluation set knows; they are named."""
        import numpy as np

        blocked = np.zeros(len(wanted), bool)
        turns = np.flatnonzero(telling(bundle) & np.repeat(wanted, bundle.glances.messages))
        chats = bundle.sheaf.firsts.searchsorted(turns, "right") - 1
        every = bundle.sheaf.turns.texts()
        texts = [every[turn] for turn in turns.tolist()]
        for hit in known.held(chats.tolist(), texts):
            blocked[hit.place] = True
            ord_ = int(bundle.sheaf.ords[hit.place])
            self._shipment.block(ord_, source_at(bundle, hit.place), hit)
        return blocked

    def _hand_over(
        self, load: Load, before: int | None, columns: tuple[Sequence[bytes], Any, Any]
    ) -> None:
        """Append the rows of a load up to those of the chat at `before`. The columns are, for
        each chat of the sheaf, its row and its tokens, and the row's number, which is put in."""
        import numpy as np

        lines, tokens, rows = columns
        start, stop = load.done, len(load.picked)
        if before is not None:
            stop = int(load.ords.searchsorted(before))
        if start == stop:
            return
        side, picked = load.side, load.picked[start:stop]
        rows[picked] = np.arange(side.file.rows + 1, side.file.rows + 1 + stop - start)
        side.file.add_lines([lines[place] for place in picked.tolist()])
        side.ords.frombytes(load.ords[start:stop].tobytes())
        side.turns.frombytes(np.full(stop - start, -1, np.int32).tobytes())
        side.tokens.frombytes(tokens[picked].tobytes())
        load.done = stop

    def _tokens(self, bundle: Bundle) -> Any:
        seen = bundle.glances
        lengths = self._shipment.order.lengths
        assert isinstance(lengths, Estimated)
        return lengths.sums(seen.characters, seen.size, seen.messages)

    def _tell(self, kind: Kind, count: int) -> None:
        tally = self._shipment.tally
        tally.chats += count
        tally.sources[kind.source, kind.license] += count
        tally.languages[kind.language] += count
        tally.lost.update(dict.fromkeys(kind.lost, count))

    def _list_lost(self, bundle: Bundle, loads: Sequence[Load], rows: Any) -> None:
        if not any(kind.lost for kind in bundle.kinds):
            return
        for load in loads:
            for place in load.picked.tolist():
                kind = bundle.kinds[bundle.of[place]]
                if kind.lost:
                    row = {
                        "file": load.side.file.name,
                        "row": int(rows[place]),
                        "source": source_at(bundle, place),
                        "lost": list(dict.fromkeys(kind.lost)),
                    }
                    ord_ = int(bundle.sheaf.ords[place])
                    self._shipment.note("losses.jsonl", ord_, encoded(row))

    def _check(
        self, bundle: Bundle, loads: Sequence[Load], rows: Any, lines: Sequence[bytes]
    ) -> None:
        """Ask every trainer: for all rows at once, but for those that it must read."""
        import numpy as np

        strange = np.array([odd(kind.row, self._plain.fields) for kind in bundle.kinds], bool)
        for load in loads:
            if len(load.picked):
                asked = _Asked(bundle, load, (rows, lines), strange[bundle.of[load.picked]])
                for check in self._shipment.checks:
                    for ord_, line in asked.by(check):
                        self._shipment.note("check.jsonl", ord_, line)


class _Asked:
    """The rows of one load before the trainers, with the number and the line of each chat's row; a
    `strange` row must be read by every trainer."""

    def __init__(
        self, bundle: Bundle, load: Load, rows: tuple[Any, Sequence[bytes]], strange: Any
    ) -> None:
        self._bundle, self._load, self._strange = bundle, load, strange
        numbers, self._rows = rows
        self._numbers: list[int] = numbers[load.picked].tolist()
        self._ords: list[int] = load.ords.tolist()
        self._places: list[int] = load.picked.tolist()
        self._seen = Glances(*(column[load.picked] for column in bundle.glances))
        self._told: dict[int, Told] = {}

    def by(self, check: Check) -> Iterator[tuple[int, bytes]]:
        """What one trainer would do to the rows: chats and lines of a paper."""
        sights, unread = check.glance(self._seen)
        unread = unread | self._strange
        known = [sight.without(unread) for sight in sights]
        for kind in set(self._bundle.of[self._load.picked[~unread]].tolist()):
            check.note(self._bundle.kinds[kind].row)
        check.count(known, int((~unread).sum()), self._place)
        for sight in known:
            yield from self._lines(check, sight)
        for place in unread.nonzero()[0].tolist():
            if place not in self._told:
                row = orjson.loads(self._rows[self._places[place]])
                self._told[place] = told(row)
            source = source_at(self._bundle, self._places[place])
            for finding in check.row(self._told[place], self._place(place)):
                row = finding_row(check, finding, self._place(place), source)
                yield self._ords[place], encoded(row)

    def _lines(self, check: Check, sight: Sight) -> Iterator[tuple[int, bytes]]:
        """Lines of a paper for one finding in many rows: only four things differ in them."""
        numbers = [""] * len(sight.rows) if sight.numbers is None else sight.numbers.tolist()
        parts: dict[str, tuple[bytes, ...]] = {}
        heads, lines, of = self._bundle.kinds, self._bundle.sheaf.lines, self._bundle.of.tolist()
        for place, number in zip(sight.rows.tolist(), numbers, strict=True):
            chat = self._places[place]
            source = heads[of[chat]].source
            if source not in parts:
                parts[source] = self._parts(check, sight, source)
            before, between, after, behind = parts[source]
            line = b"" if lines[chat] is None else b":%d" % lines[chat]
            said = b"%s%d%s%s%s%s%s" % (
                before, self._numbers[place], between, line, after, str(number).encode(), behind,
            )  # fmt: skip
            yield self._ords[place], said

    def _parts(self, check: Check, sight: Sight, source: str) -> tuple[bytes, ...]:
        """The bytes of a line before its row's number, before and behind the line of the source,
        and behind the number in the reason."""
        finding = Finding(sight.effect, sight.why.format(NUMBER), sight.rule)
        place = Place(self._load.side.file.name, 0)
        row = finding_row(check, finding, place, source + NUMBER) | {"row": NUMBER}
        before, rest = encoded(row).split(b'"%s"' % _MARK, 1)
        between, rest = rest.split(_MARK, 1)
        after, _, behind = rest.partition(_MARK)
        return before, between, after, behind

    def _place(self, place: int) -> Place:
        return Place(self._load.side.file.name, self._numbers[place], self._ords[place])


def fit_to_leave(
    shipment: "Shipment", chats: Sequence[tuple[int, Curated]], known: "EvalSet | None"
) -> Iterator[tuple[int, Curated]]:
    """Those of the chats that are wanted and that the evaluation set does not know; these are
    named."""
    wanted = [(ord_, one) for ord_, one in chats if shipment.wants(one.conversation)]
    hits = {}
    if known is not None:
        hits = {hit.place: hit for hit in known.hits([one.conversation for _, one in wanted])}
    for place, (ord_, one) in enumerate(wanted):
        if place in hits:
            shipment.block(ord_, source_of(one.conversation), hits[place])
        else:
            yield ord_, one


def source_at(bundle: Bundle, place: int) -> str:
    """Where the chat at a place of a sheaf came from."""
    name, line = bundle.kinds[bundle.of[place]].source, bundle.sheaf.lines[place]
    return name if line is None else f"{name}:{line}"
