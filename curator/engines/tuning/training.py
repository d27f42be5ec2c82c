"""TRL + PEFT on one job: train, watch, save."""

import shutil
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from curator.engines.tuning import complete, loading
from curator.engines.tuning.channel import Channel, Stop
from curator.engines.tuning.job import RECORD, Job
from curator.engines.tuning.masking import Example
from curator.errors import EngineError

#: The share of all steps in which the learning rate rises from 0.
WARMUP = 0.03
KEPT = 3  # checkpoints
CHECKPOINTS = "checkpoints"
LIBRARIES = ("hindsight-curator", "torch", "transformers", "trl", "peft", "datasets", "accelerate")


def train(job: Job, channel: Channel, stop: Stop) -> bool:
    """Train to the end and save the adapter: True. Stopped on request, with a checkpoint: False."""
    from curator.engines.tuning.watch import Watch

    started = time.monotonic()
    channel.tell("phase", what="masking the prompts")
    tokenizer = loading.load_tokenizer(job.base)
    learn, held, facts = loading.sequences(tokenizer, job, channel)
    channel.tell("phase", what="loading the model")
    model, tight = loading.load_model(job, learn, channel)
    checkpoint = complete.newest_checkpoint(Path(job.out) / CHECKPOINTS)
    trainer = _trainer(job, model, tokenizer, tight, (learn, held))
    channel.tell("phase", what="the loss before training")
    before = _validation(trainer, held)
    watch = Watch(trainer.model, channel, stop, checkpoint)
    trainer.add_callback(watch)
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    if watch.not_finite:
        raise EngineError(
            f"the loss became {watch.not_finite} at step {trainer.state.global_step}; "
            f"use a smaller learning rate than {job.learning_rate:g}"
        )
    if trainer.state.global_step < trainer.state.max_steps:
        channel.tell("stopped", step=trainer.state.global_step, steps=trainer.state.max_steps)
        return False
    channel.tell("phase", what="the loss after training")
    after = _validation(trainer, held)
    record = {
        **facts,
        "losses": [float(e["loss"]) for e in trainer.state.log_history if "loss" in e],
        "validation": [before, after],
        "held_out": len(held),
        "steps": trainer.state.global_step,
        "resumed_from": checkpoint.name if checkpoint else "",
        "trained_parameters": sum(p.numel() for p in model.parameters() if p.requires_grad),
        "device": str(trainer.args.device),
        "peak_memory": _peak_memory(),
        "seconds": round(time.monotonic() - started, 1),
        "versions": {name: version(name) for name in LIBRARIES},
    }
    _save(trainer, tokenizer, job, record)
    channel.tell("done", **record)
    return True


def _trainer(
    job: Job, model: Any, tokenizer: Any, tight: bool, data: tuple[list[Example], list[Example]]
) -> Any:
    from datasets import Dataset
    from transformers.trainer_callback import PrinterCallback
    from trl.trainer.sft_trainer import SFTTrainer

    learn, held = (
        Dataset.from_dict(
            {"input_ids": [e.input_ids for e in part], "labels": [e.labels for e in part]}
        )
        for part in data
    )
    trainer = SFTTrainer(
        model=model,
        args=_arguments(job, model, tight),
        train_dataset=learn,
        eval_dataset=held if len(held) else None,
        processing_class=tokenizer,
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def _arguments(job: Job, model: Any, tight: bool) -> Any:
    from trl.trainer.sft_config import SFTConfig

    on_gpu = next(model.parameters()).dtype.itemsize == 2
    return SFTConfig(
        output_dir=str(Path(job.out) / CHECKPOINTS),
        max_steps=job.steps or -1,
        num_train_epochs=job.epochs,
        per_device_train_batch_size=job.micro_batch,
        per_device_eval_batch_size=job.micro_batch,
        gradient_accumulation_steps=max(1, job.batch // job.micro_batch),
        gradient_checkpointing=tight,
        learning_rate=job.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=WARMUP,
        train_sampling_strategy="group_by_length" if job.by_length else "random",
        seed=job.seed,
        data_seed=job.seed,
        max_length=None,  # the sequences are cut already, and the cut is counted
        logging_steps=1,
        logging_nan_inf_filter=False,  # a NaN must be seen
        save_steps=job.save_every,
        save_total_limit=KEPT,
        report_to="none",
        disable_tqdm=True,
        use_cpu=not on_gpu,
        bf16=on_gpu,
        dataloader_pin_memory=on_gpu,
        dataset_kwargs={"skip_prepare_dataset": True},
    )


def _peak_memory() -> int:
    """The most bytes of main memory that this process has held."""
    import resource
    import sys

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (
        1 if sys.platform == "darwin" else 1024
    )


def _validation(trainer: Any, held: list[Example]) -> float | None:
    return float(trainer.evaluate()["eval_loss"]) if held else None


def _save(trainer: Any, tokenizer: Any, job: Job, record: dict[str, Any]) -> None:
    """The adapter, its tokenizer and its record, all or nothing: the marker comes last."""
    out = Path(job.out)
    fresh = out / "saving"
    shutil.rmtree(fresh, ignore_errors=True)
    trainer.model.save_pretrained(fresh, safe_serialization=True)
    tokenizer.save_pretrained(fresh)
    whole = {"job": msgspec.to_builtins(job), "fingerprint": job.fingerprint, **record}
    (fresh / RECORD).write_bytes(msgspec.json.format(msgspec.json.encode(whole)))
    (out / complete.MARKER).unlink(missing_ok=True)
    names = []
    for path in sorted(fresh.iterdir()):
        path.replace(out / path.name)
        names.append(path.name)
    fresh.rmdir()
    complete.mark(out, names)
