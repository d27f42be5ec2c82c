"""train: a LoRA adapter on an export, prompt masked, in a child process."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from curator.conversation import Adapter
from curator.engines import Engines, bases, tuner
from curator.engines.tuning.job import Event
from curator.stages import lessons, training_plan
from curator.stages.base import Names, Progress, Report, Stage
from curator.stages.lessons import Answers, Lessons
from curator.store import Store


def _as(*names: str) -> Names:
    """The flags of alpaca-lora's scripts, which take a hyphen for an underscore."""
    return Names(*(f"--{name}" for name in names), *(f"--{n.replace('_', '-')}" for n in names))


@dataclass(frozen=True, kw_only=True)
class Config:
    """Train a LoRA adapter on an export; only the assistant's answers carry loss.

    It runs on whatever there is (the embedded model takes about 5 s a step on two CPU cores), in a
    process of its own. Stop it at any time: the same command goes on from its last checkpoint.
    The names of alpaca-lora's flags (--lora_r, --num_epochs, --cutoff_len …) work too.
    """

    data: Annotated[
        str, "the export to train on (the latest where none is named)", _as("data_path")
    ] = ""
    base: Annotated[
        str, "base model: the embedded one, a folder, or owner/name on the hub", _as("base_model")
    ] = bases.EMBEDDED
    out: Annotated[
        str, "the adapter's folder (in adapters/ beside the workspace)", _as("output_dir")
    ] = ""
    parent: Annotated[
        str,
        "an earlier adapter to go on from: its folder, or `latest`",
        _as("resume_from_checkpoint"),
    ] = ""
    steps: Annotated[int, "optimizer steps (0: as many as the epochs take)", _as("max_steps")] = 0
    epochs: Annotated[float, "passes over the data", _as("num_epochs")] = 3.0
    learning_rate: Annotated[float, "peak learning rate", Names("--learning_rate", "--lr")] = 2e-4
    rank: Annotated[int, "LoRA rank (0: 8, or the parent's)", _as("lora_r")] = 0
    alpha: Annotated[int, "LoRA alpha (0: twice the rank)", _as("lora_alpha")] = 0
    dropout: Annotated[float, "LoRA dropout", _as("lora_dropout")] = 0.05
    targets: Annotated[
        tuple[str, ...],
        "layers to adapt, such as q_proj,v_proj (all linear ones where none is named)",
        _as("lora_target_modules"),
    ] = ()
    batch_size: Annotated[int, "sequences per optimizer step", Names("--batch_size")] = 4
    micro_batch_size: Annotated[
        int,
        "sequences in memory at once (0: all of a step, 4 at most)",
        Names("--micro_batch_size"),
    ] = 0
    max_length: Annotated[
        int, "tokens per sequence; longer ones are cut, and counted", _as("cutoff_len")
    ] = 1024
    val: Annotated[
        float | None,
        "held out for a validation loss: a share (below 1) or a number of records "
        "(a tenth, at most 32, where there are 50 records or more)",
        _as("val_set_size"),
    ] = None
    answers: Annotated[Answers, "which answers of a chat to learn"] = "all"
    train_on_inputs: Annotated[bool, "put loss on the prompts too", Names("--train_on_inputs")] = (
        False
    )
    group_by_length: Annotated[
        bool, "batch sequences of like length", Names("--group_by_length")
    ] = False
    save_every: Annotated[int, "steps between two checkpoints", _as("save_steps")] = 50
    seed: Annotated[int, "decides split, order and first weights"] = 0
    device: Annotated[Literal["auto", "cpu", "cuda"], "where to train"] = "auto"


def run(store: Store, config: Config, engines: Engines, progress: Progress) -> Report:
    """Train the adapter, or say that it is there already."""
    del engines  # training asks no chat model
    training_plan.check(config)
    data = training_plan.data_of(store, config.data)
    progress.begin(None, "reading the data")
    learned = lessons.read(data, config.answers)
    share = training_plan.held_share(config.val, len(learned.records))
    learned.records = lessons.hold_out(learned.records, share, config.seed)
    training_plan.check_left(learned, share)
    job = training_plan.job_of(store, config, data)
    report = Report()
    record = training_plan.finished(job)
    if record is None:
        training_plan.prepare(job, learned)
        record = tuner.train(job, _Listener(progress).hear)
    else:
        report.lines.append("It is trained already with this data and these settings.")
    store.adapters.add(
        Adapter(
            path=job.out,
            base_model=job.base_id,
            data_sha256=job.data_sha256,
            settings={**record["job"], "command": training_plan.command(config, data)},
            losses=tuple(record["losses"]),
            parent=job.parent,
            run_id=store.run_id,
        )
    )
    _tell(report, learned, record)
    return report


class _Listener:
    """Turns the events of the training process into progress."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress

    def hear(self, event: Event) -> None:
        kind = event["event"]
        if kind == "phase":
            self.progress.begin(None, event["what"])
        elif kind == "data" and event["proof"]:
            counts = event["lengths"]
            note = f"loss tokens {counts['loss_tokens']:,} of {counts['tokens']:,}"
            self.progress.step(0, note)
        elif kind == "begin":
            self.progress.begin(event["steps"], "training steps")
            self.progress.step(event["done"])
        elif kind == "step":
            self.progress.step(1, f"loss {event['loss']:.3f}")
        elif kind == "tick":
            self.progress.step(0)


def _tell(report: Report, learned: Lessons, record: dict[str, Any]) -> None:
    lengths, losses = record["lengths"], record["losses"]
    before, after = record["validation"]
    report.counts = {
        "format": learned.format,
        "records": len(learned.records),
        "held out": learned.held,
        "sequences": lengths["sequences"],
        "loss tokens": f"{lengths['loss_tokens']:,} of {lengths['tokens']:,}",
        "cut by the length": f"{lengths['cut']:,} ({lengths['cut_share']:.1%})",
        "steps": record["steps"],
        "first loss": round(losses[0], 4),
        "last loss": round(losses[-1], 4),
    }
    if before is not None:
        report.counts["validation loss"] = f"{before:.4f} → {after:.4f}"
    if record["resumed_from"]:
        report.lines.append(f"It went on from {record['resumed_from']}.")
    report.lines += _shown(record["proof"])
    report.lines.append(f"The adapter is in {record['job']['out']}")
    report.data = {
        "adapter": record["job"]["out"], "losses": losses, "validation": [before, after],
        "lengths": lengths, "proof": record["proof"], "trained_parameters":
        record["trained_parameters"], "seconds_trained": record["seconds"],
    }  # fmt: skip
    for where, reason in (*learned.refused, *record["refused"]):
        report.fail(where, reason)


def _shown(proof: dict[str, Any]) -> list[str]:
    """The first sequence as a reader can check it: learned parts in ⟦…⟧."""
    text = "".join(f"⟦{part}⟧" if learned else part for learned, part in proof["parts"])
    short = text if len(text) <= 600 else f"{text[:300]} … {text[-300:]}"
    return [
        f"Masking, shown on {proof['where']}: {proof['loss_tokens']:,} of {proof['tokens']:,} "
        f"tokens carry loss, marked ⟦…⟧:",
        short.replace("\n", "⏎ "),
    ]


STAGE = Stage("train", Config, run)
