"""Whether a run will fit, told before it starts. An estimate, on the safe side.

Weights: parameters × bytes. LoRA: 16 bytes a trained parameter (value, gradient, two moments of
Adam, all float32). Activations kept for the backward pass, per token and layer: about 24 values of
the hidden width and 8 of the feed-forward width with adapters on every linear layer, by counting
what a Llama block keeps (not calibrated; each record has its `peak_memory` to compare);
with gradient checkpointing two of the hidden width, and one layer's worth of the rest.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Python, torch and the tokenizer, before any model is loaded.
BASE = 1_200_000_000
ROOM = 0.95


@dataclass(frozen=True)
class Estimate:
    """Bytes that a run is expected to hold at its peak, and whether it then has to checkpoint."""

    plain: int
    checkpointed: int
    available: int

    @property
    def fits(self) -> bool:
        """Whether it fits at least with gradient checkpointing."""
        return self.checkpointed <= self.available * ROOM

    @property
    def must_checkpoint(self) -> bool:
        """Whether it only fits when activations are computed twice (a third slower)."""
        return self.plain > self.available * ROOM


def estimate(config: Any, parameters: int, trained: int, tokens: int, on_gpu: bool) -> Estimate:
    """The estimate for `tokens` tokens a micro-batch (padding included)."""
    width = int(getattr(config, "hidden_size", 1024))
    inner = int(getattr(config, "intermediate_size", 4 * width))
    layers = int(getattr(config, "num_hidden_layers", 24))
    vocabulary = int(getattr(config, "vocab_size", 32000))
    bytes_each = 2 if on_gpu else 4
    fixed = parameters * bytes_each + trained * 16 + (0 if on_gpu else BASE)
    per_layer = tokens * (24 * width + 8 * inner) * bytes_each
    # The loss is computed in chunks of tokens, some hundred at a time.
    logits = min(tokens, 256) * vocabulary * 4 * 3
    return Estimate(
        fixed + layers * per_layer + logits,
        fixed + layers * tokens * 2 * width * bytes_each + per_layer + logits,
        available(on_gpu),
    )


def available(on_gpu: bool) -> int:
    """Bytes free on the accelerator, or for this process in main memory (its control group's
    limit counts)."""
    if on_gpu:
        import torch

        return int(torch.cuda.mem_get_info()[0])
    free = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        lines = dict(line.split(":", 1) for line in meminfo.read_text().splitlines())
        free.append(int(lines["MemAvailable"].split()[0]) * 1024)
    group = Path("/sys/fs/cgroup")
    limit, used = group / "memory.max", group / "memory.current"
    if limit.exists() and (text := limit.read_text().strip()) != "max":
        free.append(int(text) - int(used.read_text()) + _reclaimable(group / "memory.stat"))
    return min(free)


def _reclaimable(stat: Path) -> int:
    """Bytes of files that the group holds in memory and would give up at once."""
    lines = stat.read_text().splitlines() if stat.exists() else []
    return next((int(line.split()[1]) for line in lines if line.startswith("inactive_file ")), 0)
