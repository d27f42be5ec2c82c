"""export: settled data as files that trainers read, whole or not at all."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

from curator.engines import Engines
from curator.errors import Cancelled, ConfigError, DataError
from curator.export.lengths import Estimated, Lengths, Tokenized
from curator.export.places import Places
from curator.export.policy import After, Included, Loss, verdicts_of
from curator.export.splitting import shares_of
from curator.export.trainers import TRAINERS, Trainer, usual
from curator.formats import FORMATS
from curator.formats.base import Format
from curator.stages.base import Filtered, Progress, Report, Stage
from curator.stages.order import Order
from curator.stages.shipment import ship
from curator.store import Store

TrainerName = Literal["trl", "llamafactory", "axolotl", "openai", "unsloth"]
#: From so many chats on lengths are estimated, unless a tokenizer or a check is asked for:
#: counting the tokens of a million chats takes hours.
MANY = 5_000


@dataclass(frozen=True, kw_only=True)
class Config(Filtered):
    """Write settled data as files that trainers read.

    Only what somebody settled leaves, unless --include says more. Every row is looked at with
    the trainer's own rules first. Files appear whole or not at all, with a manifest, a card and
    the trainers' configs; the same workspace and command give the same bytes.
    """

    format: Annotated[
        str, "layout: alpaca, sharegpt, messages, ultrachat, dpo-trl, kto-trl, … (`list` names all)"
    ] = "messages"
    out: Annotated[
        str,
        "data file (.jsonl or .json, also .gz or .zst), or a folder (beside the workspace where "
        "none is named)",
    ] = ""
    include: Annotated[
        tuple[Included, ...],
        "what leaves: settled (accepted and edited; for pairs and labels rejected too), accepted, "
        "edited, rejected (the original stands), untouched originals",
    ] = ("settled",)
    after: Annotated[
        After, "turns after a changed one: cut them, keep them, or cut and list them for replay"
    ] = "cut"
    loss: Annotated[
        Loss,
        "answers to learn from, where the layout can say so (auto: the settled one of a cut chat)",
    ] = "auto"
    quota: Annotated[int, "at most so many chats of each cluster of the map (0: all of them)"] = 0
    license: Annotated[tuple[str, ...], "only chats of these licences"] = ()
    language: Annotated[tuple[str, ...], "only chats in these languages"] = ()
    split: Annotated[
        str, "shares of train, validation and test, as in 0.9,0.05,0.05; kin stay on one side"
    ] = ""
    seed: Annotated[int, "decides which families of chats go to which side"] = 0
    eval_set: Annotated[tuple[str, ...], "evaluation files: chats that they know are left out"] = ()
    check: Annotated[
        tuple[TrainerName, ...],
        "whose rules to apply, tokens counted however many chats there are (otherwise the rules "
        "of the trainer the layout is made for)",
    ] = ()
    tokenizer: Annotated[
        str, "folder with tokenizer.json for lengths (the embedded model's, or else estimated)"
    ] = ""
    max_length: Annotated[int, "longest chat in tokens (0: the trainer's own default)"] = 0
    strict: Annotated[
        bool, "write nothing if a chat is known to the evaluation set or a trainer refuses a row"
    ] = False
    redact: Annotated[
        bool, "put marks such as [EMAIL] for addresses, numbers of people, keys and passwords"
    ] = False
    dry_run: Annotated[bool, "look and count, but write nothing"] = False
    force: Annotated[bool, "replace files that are already there"] = False


def run(store: Store, config: Config, engines: Engines, progress: Progress) -> Report:
    """Write the export, its papers and its record in the workspace."""
    del engines
    if config.format == "list":
        return _listed()
    layout = _layout(config.format)
    shares = shares_of(config.split)
    pairs = layout.teaches in ("pairs", "labels")
    verdicts = verdicts_of(config.include, pairs)
    ords: Sequence[int] = store.exports.ords(verdicts, "untouched" in config.include)
    if not ords:
        raise DataError(_nothing(store, config.include))
    # A million numbers take a fifth of a list's room.
    ords = array("q", _narrowed(store, config, ords))
    order = Order(
        layout=layout,
        places=Places(_out(store, config)),
        verdicts=verdicts,
        include=config.include,
        after=config.after,
        loss=config.loss,
        licenses=frozenset(config.license),
        languages=frozenset(config.language),
        shares=shares,
        seed=config.seed,
        eval_set=tuple(Path(path).expanduser() for path in config.eval_set),
        trainers=_trainers(config),
        lengths=_lengths(config, len(ords)),
        max_length=config.max_length or None,
        strict=config.strict,
        redact=config.redact,
        dry_run=config.dry_run,
        force=config.force,
        where=config.asked(store),
        quota=config.quota,
    )
    try:
        return ship(store, order, ords, progress)
    except Cancelled:
        raise Cancelled(
            "stopped; an export appears whole or not at all, so no file was written and none was "
            "changed; the same command begins it anew"
        ) from None


def _narrowed(store: Store, config: Config, ords: Sequence[int]) -> Sequence[int]:
    """Those that the filter finds, and of those no more than the quota of each cluster."""
    if (found := config.conversations(store)) is not None:
        within = set(found)
        ords = [ord_ for ord_ in ords if ord_ in within]
    if config.quota > 0:
        from curator.stages.quotas import within_quota

        ords = within_quota(store, ords, config.quota)
    if not ords:
        raise DataError(f"nothing that is settled as asked matches --where {config.asked(store)}")
    return ords


def _layout(name: str) -> Format:
    known = [f.name for f in FORMATS.values() if f.write is not None]
    if name in known:
        return FORMATS[name]
    close = get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
    raise ConfigError(f"--format {name}: no such layout to write; {hint}")


def _listed() -> Report:
    report = Report(columns=("layout", "what it is", "holds", "read by"))
    for layout in FORMATS.values():
        if layout.write is not None:
            readers = [t.name for t in TRAINERS.values() if layout.name in t.reads]
            report.rows.append((layout.name, layout.about, layout.teaches, ", ".join(readers)))
    return report


def _out(store: Store, config: Config) -> Path:
    if not config.out:
        return store.path.parent / f"{store.path.stem}-{config.format}"
    if config.out == "-":
        raise ConfigError(
            "--out -: an export is several files, and a row is found again by the file's name; "
            "name a file and read that"
        )
    out = Path(config.out).expanduser().absolute()
    if out.suffix and not Places(out).single and not out.is_dir():
        raise ConfigError(
            f"--out {config.out}: a data file ends in .jsonl or .json, and .gz or .zst where it is "
            "to be compressed; anything else is a folder and has no ending"
        )
    return out


def _trainers(config: Config) -> tuple[Trainer, ...]:
    if config.check:
        return tuple(TRAINERS[name] for name in dict.fromkeys(config.check))
    made_for = usual(config.format)
    return (made_for,) if made_for else ()


def _lengths(config: Config, chats: int) -> Lengths:
    if config.tokenizer:
        return Tokenized(Path(config.tokenizer).expanduser())
    if chats > MANY and not config.check:
        return Estimated()
    from curator.engines import models

    folder = models.folder() / f"{models.CHAT}.transformers"
    return Tokenized(folder) if (folder / "tokenizer.json").is_file() else Estimated()


def _nothing(store: Store, include: Sequence[str]) -> str:
    """Why there is nothing to export, and what to do."""
    tally = store.exports.tally()
    if not store.conversations.count():
        return "the workspace is empty; bring chats in with `curator import FILE`"
    there = [f"{n:,} {name}" for name, n in tally.items() if n]
    return (
        f"nothing is settled as asked (--include {' '.join(include)}; there are "
        f"{', '.join(there)} chats): decide on some with `curator review`, or add "
        "--include untouched to export originals too"
    )


STAGE = Stage("export", Config, run)
