"""export: settled data as files that trainers read, whole or not at all."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from curator.conversation import Curated, Export
from curator.engines import Engines
from curator.errors import ConfigError, DataError
from curator.export.files import Batch, RowFile
from curator.export.policy import (
    After,
    Example,
    Included,
    Loss,
    examples,
    verdicts_of,
    weighed,
)
from curator.formats import FORMATS
from curator.formats.base import Format
from curator.stages.base import Progress, Report, Stage
from curator.store import Store
from curator.store.exports import Lines


@dataclass(frozen=True, kw_only=True)
class Config:
    """Write settled data as files that trainers read.

    Only what a person (or a named judge) settled leaves, unless --include says more. Files appear
    whole or not at all, and the same workspace and command give the same bytes.
    """

    format: Annotated[str, "layout to write, such as alpaca, messages or dpo-trl"] = "messages"
    out: Annotated[str, "file (.jsonl or .json) to write"] = ""
    include: Annotated[tuple[Included, ...], "what leaves"] = ("settled",)
    after: Annotated[
        After, "turns after a changed one: cut them, keep them, or cut and list them for replay"
    ] = "cut"
    loss: Annotated[
        Loss, "answers to learn from, where the layout can say so (auto: the settled one of a cut)"
    ] = "auto"
    force: Annotated[bool, "replace files that are already there"] = False


def run(store: Store, config: Config, engines: Engines, progress: Progress) -> Report:
    """Write the export, its manifest and its record in the workspace."""
    del engines
    layout = _layout(config.format)
    out = _out(store, config)
    pairs = layout.teaches in ("pairs", "labels")
    verdicts = verdicts_of(config.include, pairs)
    ords = store.exports.ords(verdicts, "untouched" in config.include)
    if not ords:
        raise DataError(_nothing(store, config))
    tally = Tally()
    with Batch(config.force) as batch:
        file = batch.rows(out)
        progress.begin(len(ords), f"conversations to {out.name}")
        for window in store.exports.curated(ords):
            for ord_, curated in window:
                _write(file, layout, config, verdicts, ord_, curated, tally)
            progress.step(len(window))
        if not file.rows:
            raise DataError(
                f"none of the {len(ords):,} chats can be written as {config.format}: "
                f"{_most(tally.lost)}; choose another --format"
            )
        checksum = file.finish()
        batch.publish()
    store.exports.add(
        Export(str(out), config.format, file.rows, checksum, {}, None, store.run_id),
        [Lines(str(out), checksum, tally.ords, tally.turns)],
    )
    report = Report()
    report.counts = {"chats": len(ords), "rows": file.rows, "chats without a row": tally.empty}
    report.lines.append(f"{out}: {file.rows:,} rows of {config.format}")
    return report


@dataclass
class Tally:
    """What was written, line by line, and what could not be."""

    ords: list[int] = field(default_factory=list)
    turns: list[int] = field(default_factory=list)
    lost: Counter[str] = field(default_factory=Counter)
    empty: int = 0


def _write(
    file: RowFile,
    layout: Format,
    config: Config,
    verdicts: Sequence[str],
    ord_: int,
    curated: Curated,
    tally: Tally,
) -> None:
    assert layout.write is not None
    written = file.rows
    for example in _examples(layout, config, verdicts, curated):
        if layout.loses is not None:
            tally.lost.update(set(layout.loses(example.curated)))
        for row in layout.write(example.curated):
            file.add(row)
            tally.ords.append(ord_)
            tally.turns.append(example.turn)
    tally.empty += file.rows == written


def _examples(
    layout: Format, config: Config, verdicts: Sequence[str], curated: Curated
) -> Iterator[Example]:
    pairs = layout.teaches in ("pairs", "labels")
    for example in examples(curated, verdicts, config.after, pairs):
        yield example if pairs else weighed(example, config.loss)


def _layout(name: str) -> Format:
    from difflib import get_close_matches

    known = [f.name for f in FORMATS.values() if f.write is not None]
    if name in known:
        return FORMATS[name]
    close = get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
    raise ConfigError(f"--format {name}: no such layout to write; {hint}")


def _out(store: Store, config: Config) -> Path:
    if not config.out:
        return store.path.with_name(f"{store.path.stem}.{config.format}.jsonl")
    out = Path(config.out).expanduser()
    if out.suffix not in (".json", ".jsonl"):
        raise ConfigError(f"--out {config.out}: the name must end in .jsonl or .json")
    return out.absolute()


def _nothing(store: Store, config: Config) -> str:
    """Why there is nothing to export, and what to do."""
    tally = store.exports.tally()
    if not store.conversations.count():
        return "the workspace is empty; bring chats in with `curator import FILE`"
    there = [f"{n:,} {name}" for name, n in tally.items() if n]
    return (
        f"nothing is settled as asked (--include {' '.join(config.include)}; there are "
        f"{', '.join(there)} chats): decide on some with `curator review`, or add "
        "--include untouched to export originals too"
    )


def _most(lost: Counter[str]) -> str:
    return lost.most_common(1)[0][0] if lost else "they hold nothing that it teaches"


STAGE = Stage("export", Config, run)
