"""What exactly will be trained: every default filled in, every contradiction found first."""

import shlex
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from curator.engines import bases, tuner
from curator.engines.tuning import complete
from curator.engines.tuning.job import ALL_LINEAR, Job
from curator.errors import ConfigError, DataError
from curator.stages.lessons import Lessons
from curator.store import Store

if TYPE_CHECKING:
    from curator.stages.training import Config

RECORDS = "records.jsonl"
WEIGHTS = "adapter_model.safetensors"
#: With fewer records all are trained on: a validation loss of a handful says nothing. With more,
#: a tenth is held out, but no more than a CPU can look at twice in a minute or so.
ENOUGH_TO_HOLD_OUT, USUALLY_HELD, MOST_HELD = 50, 0.1, 32
RANK = 8
LEAST = {
    "steps": 0, "epochs": 0, "rank": 0, "alpha": 0, "dropout": 0, "batch_size": 1, "seed": 0,
    "micro_batch_size": 0, "max_length": 8, "save_every": 1,
}  # fmt: skip


def check(config: "Config") -> None:
    """Raises `ConfigError` for a number that makes no sense, naming its flag."""
    for name, least in LEAST.items():
        if getattr(config, name) < least:
            flag = "--" + name.replace("_", "-")
            raise ConfigError(f"{flag} is {getattr(config, name)}; it must be {least} or more")
    if config.val is not None and config.val < 0:
        raise ConfigError(f"--val is {config.val:g}; it must be 0 or more")
    if not config.learning_rate > 0:
        raise ConfigError(f"--learning-rate is {config.learning_rate:g}; it must be above 0")
    if config.dropout >= 1:
        raise ConfigError(f"--dropout is {config.dropout:g}; it must be below 1")
    if config.steps == 0 and config.epochs == 0:
        raise ConfigError("--steps and --epochs are both 0: nothing would be trained")


def data_of(store: Store, named: str) -> Path:
    """The file to train on. Raises `ConfigError` when none is named and none was exported."""
    if named:
        return Path(named)
    export = store.exports.latest()
    if export is None:
        raise ConfigError(
            "nothing has been exported here yet; `curator export` writes what to train on, or "
            "name a file with --data"
        )
    path = Path(export.path)
    if not path.is_file():
        raise ConfigError(f"the latest export, {path}, is gone; export again, or name a file")
    if complete.sha256(path) != export.sha256:
        raise DataError(f"{path} is not what was exported: it was changed; export it again")
    return path


def held_share(val: float | None, records: int) -> float:
    """The share (or number) of the records to hold out."""
    if val is not None:
        return val
    return min(USUALLY_HELD * records, MOST_HELD) if records >= ENOUGH_TO_HOLD_OUT else 0.0


def check_left(learned: Lessons, share: float) -> None:
    """Raises `ConfigError` where nothing would be left to train on."""
    if learned.held == len(learned.records):
        raise ConfigError(
            f"--val {share:g} would hold out all {len(learned.records):,} records; lower it"
        )


def job_of(store: Store, config: "Config", data: Path) -> Job:
    """The whole job. Raises `ConfigError` for a parent that is missing or does not match."""
    folder = bases.folder_of(config.base)
    base_id = bases.identity(config.base, folder)
    micro = config.micro_batch_size or min(4, config.batch_size)
    if config.batch_size % micro:
        raise ConfigError(
            f"--batch-size {config.batch_size} is no multiple of --micro-batch-size {micro}"
        )
    parent = _parent(store, config, base_id)
    rank = config.rank or (parent.rank if parent else RANK)
    named = tuple(n for text in config.targets for n in text.strip("[]").replace(",", " ").split())
    job = Job(
        base=str(folder.resolve()),
        base_id=base_id,
        out="",
        data="",
        data_sha256=complete.sha256(data),
        parent=parent.out if parent else "",
        parent_sha256=complete.sha256(Path(parent.out) / WEIGHTS) if parent else "",
        steps=config.steps,
        epochs=config.epochs,
        learning_rate=config.learning_rate,
        rank=rank,
        alpha=config.alpha or (parent.alpha if parent else 2 * rank),
        dropout=config.dropout,
        targets=named or (parent.targets if parent else (ALL_LINEAR,)),
        batch=config.batch_size,
        micro_batch=micro,
        max_length=config.max_length,
        seed=config.seed,
        save_every=config.save_every,
        answers=config.answers,
        val=-1.0 if config.val is None else config.val,
        learn_prompt=config.train_on_inputs,
        by_length=config.group_by_length,
        device=config.device,
    )
    if parent and (job.rank, job.alpha, job.targets) != (parent.rank, parent.alpha, parent.targets):
        raise ConfigError(
            f"{parent.out} has rank {parent.rank}, alpha {parent.alpha} and targets "
            f"{','.join(parent.targets)}, which cannot change when going on from it; leave "
            f"--rank, --alpha and --targets out"
        )
    return _placed(store, config, job)


def _placed(store: Store, config: "Config", job: Job) -> Job:
    name = f"{job.base_id.partition('@')[0]}-{job.fingerprint[:8]}"
    out = Path(config.out or store.path.parent / "adapters" / name).resolve()
    return msgspec.structs.replace(job, out=str(out), data=str(out / RECORDS))


def _parent(store: Store, config: "Config", base_id: str) -> Job | None:
    """The job that made the adapter to go on from."""
    if not config.parent:
        return None
    folder = Path(config.parent)
    if config.parent == "latest":
        latest = store.adapters.latest()
        if latest is None:
            raise ConfigError("--parent latest: no adapter has been trained here yet")
        folder = Path(latest.path)
    made = msgspec.convert(tuner.record(folder)["job"], Job)
    if made.base_id != base_id:
        raise ConfigError(
            f"{folder} was trained on {made.base_id}, not on {base_id}; name that model with --base"
        )
    return msgspec.structs.replace(made, out=str(folder.resolve()))


def finished(job: Job) -> dict[str, Any] | None:
    """The record of this very job if it was trained to the end already.

    Raises `ConfigError` when the folder holds something else."""
    out = Path(job.out)
    if not out.exists() or not any(out.iterdir()):
        return None
    try:
        other = Job.read(out / tuner.JOB)
    except (OSError, msgspec.MsgspecError):
        raise ConfigError(
            f"{out} is not empty and holds no training run; choose another --out"
        ) from None
    if other.fingerprint != job.fingerprint:
        mine, theirs = msgspec.to_builtins(job), msgspec.to_builtins(other)
        places = ("base", "out", "data", "parent", "save_every", "device")
        differ = [n for n in mine if mine[n] != theirs[n] and n not in places]
        raise ConfigError(
            f"{out} holds a run with other settings ({', '.join(differ)}); choose another --out, "
            f"or go on from it with --parent"
        )
    return None if complete.whole(out) else tuner.record(out)


def prepare(job: Job, learned: Lessons) -> None:
    """The job's folder, with the records to learn from. Raises `ConfigError` where it cannot be
    written."""
    try:
        Path(job.out).mkdir(parents=True, exist_ok=True)
        learned.write(Path(job.data))
    except OSError as error:
        raise ConfigError(f"{job.out} cannot be written: {error.strerror}") from None


def command(config: "Config", data: Path) -> str:
    """The command line that would do the same, every setting spelt out."""
    words = ["curator", "train", "--data", str(data)]
    for field in fields(config):
        value = getattr(config, field.name)
        if field.name == "data" or value is None or value in ("", (), False):
            continue
        flag = "--" + field.name.replace("_", "-")
        text = ",".join(value) if isinstance(value, tuple) else str(value)
        words += [flag] if value is True else [flag, text]
    return shlex.join(words)
