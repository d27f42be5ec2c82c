"""What the trainer calls at every step. The one module here that is heavy to import."""

# ruff: noqa: ARG002 - the trainer gives every argument by name to every method

import math
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from curator.engines.tuning import complete
from curator.engines.tuning.channel import Channel, Stop
from curator.errors import EngineError


class Watch(TrainerCallback):
    """Tells every step, marks checkpoints, obeys a request to stop and notices a broken loss.

    `not_finite` is "not a number" or "infinite" once the loss or its gradient is."""

    def __init__(self, model: Any, channel: Channel, stop: Stop, resumed: Path | None) -> None:
        self.model, self.channel, self.stop, self.resumed = model, channel, stop, resumed
        self.not_finite = ""

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if self.resumed:
            prove_resumed(self.model, self.resumed)
        self.channel.tell(
            "begin",
            steps=state.max_steps,
            done=state.global_step,
            resumed_from=self.resumed.name if self.resumed else "",
        )

    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        logs = kwargs.get("logs") or {}
        if "loss" not in logs:
            return
        loss, gradient = float(logs["loss"]), float(logs.get("grad_norm", 0.0))
        if not (math.isfinite(loss) and math.isfinite(gradient)):
            self.not_finite = "not a number" if math.isnan(loss + gradient) else "infinite"
            control.should_training_stop, control.should_save = True, False
        self.channel.tell("step", step=state.global_step, loss=loss, grad_norm=gradient)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if self.stop.asked and state.global_step < state.max_steps:
            control.should_training_stop = control.should_save = True

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        complete.mark(Path(args.output_dir) / f"checkpoint-{state.global_step}")
        self.channel.tell("saved", step=state.global_step)


def prove_resumed(model: Any, checkpoint: Path) -> None:
    """Raises `EngineError` unless the weights in memory are the checkpoint's.

    A name that does not match would leave a fresh adapter in place without a word."""
    import torch
    from peft import get_peft_model_state_dict
    from safetensors.torch import load_file

    kept = load_file(checkpoint / "adapter_model.safetensors")
    held = get_peft_model_state_dict(model)
    for name, weights in kept.items():
        if name not in held or not torch.equal(held[name].cpu().float(), weights.float()):
            raise EngineError(f"{checkpoint} was not taken up: {name} differs after loading")
