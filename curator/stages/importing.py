"""The front door: files of any known layout become conversations, and nothing is lost unsaid."""

from collections.abc import Sequence
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from typing import Annotated

from curator.engines import Engines
from curator.errors import ConfigError, CuratorError, DataError
from curator.stages.accounts import Tally, Wishes
from curator.stages.base import POSITIONAL, Names, Progress, Report, Stage
from curator.stages.intake import Intake
from curator.store import Store

#: How the names of the workspace's own files of JSON lines end.
OWN = (".journal.jsonl", ".rejects.jsonl")
COLUMNS = ("file", "layout", "rows", "kept", "already there", "rejected", "conversations")


@dataclass(frozen=True, kw_only=True)
class Config:
    """Read chats from files into the workspace.

    Takes JSON, JSON lines, CSV, TSV, Parquet, Arrow and text, plain, as .gz, .bz2, .xz or .zst, in
    a .zip (as ChatGPT and Claude deliver their exports) or in a folder, and tells the layout
    (ShareGPT, Alpaca, UltraChat, OpenAI messages and many more) from the content. Reading the same
    chats again adds nothing. Rows that cannot be read are set aside with their line and the reason
    in WORKSPACE.rejects.jsonl.
    """

    files: Annotated[
        tuple[str, ...],
        "files or folders to read, patterns such as 'chats/*.json', or - for input",
        POSITIONAL,
    ] = ()
    as_format: Annotated[str | None, "take the rows for this layout", Names("--as")] = None
    map: Annotated[
        tuple[str, ...], "a field under another name, as in --map output=answer (repeatable)"
    ] = ()
    license: Annotated[str | None, "licence of these chats, kept on each of them"] = None
    language: Annotated[str | None, "language of these chats (en, zh, …); else it is told"] = None
    join: Annotated[
        bool | None, "put chats together that were cut into id_0, id_12 (when the ids say so)"
    ] = None
    explain: Annotated[
        bool, "show which layout was recognised, why, and three chats; import nothing"
    ] = False
    encoding: Annotated[
        str | None, "encoding of the files, where it is not told right: latin-1, big5, …"
    ] = None
    limit: Annotated[int | None, "stop after so many rows of each file"] = None
    max_bytes: Annotated[int, "refuse files that decompress to more than this"] = 256 * 2**30


def run(store: Store, config: Config, engines: Engines, progress: Progress) -> Report:  # noqa: ARG001
    """Import every file; a file that cannot be read does not stop the others.

    Raises `DataError` when none could be read.
    """
    from curator.formats.reading import unfolded

    if (found := alone(config)) is not None:
        return found
    wishes = wishes_of(config)
    named, words = unfolded(expanded(config.files))
    files = _unpacked(_others(store, named), wishes)
    intake = Intake(store, wishes, progress)
    errors: list[CuratorError] = []
    try:
        progress.begin(_size(files), "reading bytes")
        for file in files:
            try:
                intake.file(file)
            except DataError as error:
                errors.append(error)
                intake.refused(file, str(error))
        intake.finish()
    finally:
        intake.close()
    if errors and len(errors) == len(files) and not any(t.rows for t in intake.tallies):
        raise errors[0] if len(errors) == 1 else DataError(_all(errors))
    report = _report(store, intake, errors)
    report.lines[:0] = words
    return report


def alone(config: Config) -> Report | None:
    """What `--explain` asks for, which needs no workspace and makes none; None without it."""
    from curator.formats.reading import unfolded
    from curator.stages.peeking import explained

    if not config.explain:
        return None
    wishes = wishes_of(config)
    files, words = unfolded(expanded(config.files))
    report = explained(_unpacked(files, wishes), wishes)
    report.lines[:0] = words
    return report


def wishes_of(config: Config) -> Wishes:
    """What was asked for besides the files. Raises `ConfigError`."""
    from curator.formats.layouts import mapping_of, named

    if config.as_format is not None:
        named(config.as_format)
    if config.limit is not None and config.limit < 1:
        raise ConfigError(f"--limit {config.limit}: must be at least 1")
    return Wishes(
        asked=config.as_format,
        mapping=mapping_of(config.map),
        license=config.license,
        language=config.language,
        join=config.join,
        limit=config.limit,
        encoding=_encoding(config.encoding),
        max_bytes=config.max_bytes,
    )


def expanded(patterns: Sequence[str]) -> list[str]:
    """The files that names and patterns stand for, each once, in order.

    A name that is a file is never taken for a pattern. Raises `ConfigError` for none at all.
    """
    if not patterns:
        raise ConfigError("name the files to import, as in `curator import chats.json`")
    found: dict[str, None] = {}
    for pattern in patterns:
        if pattern == "-" or Path(pattern).exists() or not any(c in pattern for c in "*?["):
            found[pattern] = None
            continue
        matches = sorted(name for name in glob(pattern, recursive=True) if Path(name).is_file())
        if not matches:
            raise DataError(f"no file matches {pattern}")
        found.update(dict.fromkeys(matches))
    return list(found)


def _others(store: Store, files: Sequence[str]) -> list[str]:
    """The files without the workspace's own, which `*.jsonl` names too in its folder."""
    own = {store.path.with_name(store.path.name + end).resolve() for end in OWN}
    found = [name for name in files if name == "-" or Path(name).resolve() not in own]
    if not found:
        raise ConfigError(f"{files[0]} belongs to the workspace itself: name files with chats")
    return found


def _unpacked(files: Sequence[str], wishes: Wishes) -> list[str]:
    """The files, and for each archive those in it."""
    from curator.formats.reading import Limits, parts

    limits = Limits(total=wishes.max_bytes)
    return [part for name in files for part in parts(name, limits)]


def _size(files: Sequence[str]) -> int | None:
    """Bytes to read; None when one of the files is standard input."""
    from curator.formats.reading import size_of

    try:
        return None if "-" in files else sum(size_of(f) or Path(f).stat().st_size for f in files)
    except (OSError, ValueError):
        return None


def _report(store: Store, intake: Intake, errors: Sequence[CuratorError]) -> Report:
    tallies = intake.tallies
    report = Report(columns=COLUMNS)
    for tally in tallies:
        report.rows.append(_row(tally))
    total = {
        "rows": sum(t.rows for t in tallies),
        "kept": sum(t.kept for t in tallies),
        "already there": sum(t.known for t in tallies),
        "rejected": sum(t.rejected for t in tallies),
        "conversations": sum(t.conversations for t in tallies),
    }
    report.counts.update(total)
    for tally in tallies:
        report.lines += [f"{tally.file}: {note}" for note in tally.notes]
    report.lines += intake.words()
    if intake.rivals and (held := store.given.hint()):
        report.lines.append(held)
    path = store.rejects.write()
    if total["rejected"] and path is not None:
        report.lines.append(f"rejected rows, with line and reason: {path}")
    for error in errors:
        report.fail(str(error).split(":", 1)[0], error)
    for tally in tallies:
        if tally.rows and tally.rejected == tally.rows:
            reason = tally.reasons.most_common(1)[0][0]
            report.fail(tally.file, f"every row was rejected, most because: {reason}")
    report.data["files"] = [dict(zip(COLUMNS, row, strict=True)) for row in report.rows]
    report.data["reasons"] = {r: n for t in tallies for r, n in t.reasons.items()}
    return report


def _row(tally: Tally) -> tuple[object, ...]:
    return (
        tally.file, tally.layout, tally.rows, tally.kept, tally.known, tally.rejected,
        tally.conversations,
    )  # fmt: skip


def _all(errors: Sequence[CuratorError]) -> str:
    return f"none of the {len(errors)} files could be read; the first: {errors[0]}"


def _encoding(name: str | None) -> str:
    """The name as Python spells it, "" where none was given. Raises `ConfigError`."""
    if name is None:
        return ""
    try:
        "".encode(name)
    except (LookupError, ValueError):
        raise ConfigError(
            f"--encoding {name}: no such encoding; common are latin-1, cp1252, big5, shift_jis"
        ) from None
    return name


STAGE = Stage("import", Config, run, alone)
