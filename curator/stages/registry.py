"""All stages, in the order data flows through them."""

from importlib import import_module

from curator.stages.base import Stage

#: To add a stage: one module with a `STAGE`, and its name here.
MODULES = (
    "importing", "fixing", "generating", "reflecting", "scoring", "ruling", "deduping", "embedding",
    "clustering", "measuring", "picking", "resembling", "comparing",
    "exporting", "why", "training", "evaluating",
)  # fmt: skip


STAGES: tuple[Stage, ...] = tuple(import_module(f"curator.stages.{name}").STAGE for name in MODULES)
