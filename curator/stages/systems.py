"""The systems that take an exam: a base model, an adapter, or whatever plays a role."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from curator.engines import ChatModel, Engines
from curator.engines.roles import ROLES
from curator.errors import ConfigError
from curator.store import Store

BASE, LATEST = "base", "latest"


@dataclass(frozen=True)
class System:
    """One candidate: the name it is shown under, and how to get at it when its turn comes (a
    large model need not be in memory before)."""

    name: str
    open: Callable[[], ChatModel]


def resolve(names: tuple[str, ...], store: Store, engines: Engines) -> list[System]:
    """The named systems, each once. Raises `ConfigError` for a name that means nothing.

    `base` is the base of the first adapter among them, the embedded model where there is none.
    """
    adapters = {name: _adapter(name, store) for name in names if name not in (BASE, *ROLES)}
    found: dict[str, System] = {}
    for name in names:
        system = _system(name, adapters, engines)
        found.setdefault(system.name, system)
    return list(found.values())


def _system(name: str, adapters: dict[str, Path], engines: Engines) -> System:
    from curator.engines.tuned import Tuned, base_model

    if name in ROLES:
        return System(name, lambda: engines.chat(name))
    if name == BASE:
        first = next(iter(adapters.values()), None)
        return System(BASE, lambda: base_model(first))
    folder = adapters[name]
    return System(folder.name, lambda: Tuned(folder))


def _adapter(name: str, store: Store) -> Path:
    if name == LATEST:
        latest = store.adapters.latest()
        if latest is None:
            raise ConfigError(
                "no adapter has been trained here yet; `curator train` makes one, or name the "
                f"systems to examine: base, an adapter's folder, or a role ({', '.join(ROLES)})"
            )
        return Path(latest.path)
    folder = Path(name)
    beside = store.path.parent / "adapters" / name
    if not folder.is_dir() and beside.is_dir():
        return beside
    if not folder.is_dir():
        raise ConfigError(
            f"{name!r} is no system: say base, latest, an adapter's folder, or a role "
            f"({', '.join(ROLES)})"
        )
    return folder
