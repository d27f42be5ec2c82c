"""Trainers' acceptance rules: one file each; what would become of a row, and why."""

from curator.export.trainers import axolotl, hosted, llamafactory, trl
from curator.export.trainers.base import EFFECTS, Finding, Rules, Seen, Sight, Trainer, told

__all__ = ["EFFECTS", "TRAINERS", "Finding", "Rules", "Seen", "Sight", "Trainer", "told", "usual"]

#: By name, in the order in which they are offered.
TRAINERS: dict[str, Trainer] = {
    trainer.name: trainer
    for trainer in (
        trl.TRAINER,
        llamafactory.TRAINER,
        axolotl.TRAINER,
        hosted.OPENAI_TRAINER,
        hosted.UNSLOTH_TRAINER,
    )
}
_MADE_FOR = (
    ("llamafactory", "llamafactory"), ("alpaca", "llamafactory"), ("axolotl", "axolotl"),
    ("train", "axolotl"), ("openai", "openai"),
)  # fmt: skip


def usual(layout: str) -> Trainer | None:
    """The trainer that a layout is usually written for; None where no trainer reads it as it is."""
    for part, name in _MADE_FOR:
        if part in layout and layout in TRAINERS[name].reads:
            return TRAINERS[name]
    return next((trainer for trainer in TRAINERS.values() if layout in trainer.reads), None)
