"""Is everything in order? Environment, models, endpoints, the name, the workspace."""

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from curator.errors import CuratorError
from curator.settings import Settings

#: What each part of the work needs, and the extra that brings it.
NEEDED = (
    ("duckdb", "the workspace", ""),
    ("textual", "the review app", ""),
    ("openai", "chat endpoints", ""),
    ("sentence-transformers", "embeddings", ""),
    ("xllamacpp", "the embedded chat model", "local"),
    ("trl", "training", "train"),
    ("peft", "training", "train"),
)
ROOM_WANTED = 2 * 1024**3  # bytes; models, an adapter and a copy of a workspace


@dataclass(frozen=True)
class Check:
    """One finding: fine or not, and a sentence that says what to do where it is not."""

    name: str
    ok: bool
    finding: str


def examine(settings: Settings, workspace: Path) -> list[Check]:
    """All checks, the cheap ones first. Nothing is changed."""
    return [
        *_environment(),
        *_name(),
        *_settings(settings),
        *_models(),
        *_disk(workspace),
        *_workspace(workspace),
    ]


def _environment() -> Iterator[Check]:
    running = ".".join(map(str, sys.version_info[:3]))
    yield Check("python", sys.version_info >= (3, 11), running)
    for package, use, extra in NEEDED:
        try:
            yield Check(package, True, version(package))
        except PackageNotFoundError:
            wanted = f"hindsight-curator[{extra}]" if extra else "hindsight-curator"
            yield Check(
                package, False, f"missing, so {use} cannot work; pip install '{wanted}' brings it"
            )


def _name() -> Iterator[Check]:
    try:
        other = version("elasticsearch-curator")
    except PackageNotFoundError:
        yield Check("command name", True, "no other package owns `curator` here")
        return
    yield Check(
        "command name",
        False,
        f"elasticsearch-curator {other} installs a package and a command of the same name, and the "
        f"later install overwrites the earlier; give each its own environment",
    )


def _settings(settings: Settings) -> Iterator[Check]:
    files = ", ".join(str(file) for file in settings.files)
    yield Check("settings", True, files or "none; the defaults hold")
    from curator.engines.roles import endpoints

    try:
        roles = endpoints(settings.engines)
    except CuratorError as error:
        yield Check("engines", False, str(error))
        return
    for role, endpoint in roles.items():
        name = endpoint.api_key_env
        if name and not os.environ.get(name):
            yield Check(f"engine {role}", False, f"the environment has no {name}; export it")
        else:
            where = endpoint.base_url or "on this machine"
            yield Check(f"engine {role}", True, f"{endpoint.model or 'default model'}, {where}")


def _models() -> Iterator[Check]:
    from curator.engines import models

    here = models.installed()
    for name, model in models.CATALOGUE.items():
        found = here.get(name)
        # Not fetched yet is no fault: the first use fetches it.
        yield Check(name, True, str(found or f"not fetched; `curator models get {model.name}`"))


def _disk(workspace: Path) -> Iterator[Check]:
    folder = workspace.resolve().parent
    if not folder.is_dir():
        yield Check("folder", False, f"{folder} does not exist; make it or name another")
        return
    free = shutil.disk_usage(folder).free
    yield Check("disk", free >= ROOM_WANTED, f"{free / 1024**3:,.1f} GiB free in {folder}")
    yield Check(
        "folder",
        os.access(folder, os.W_OK),
        f"{folder} can be written" if os.access(folder, os.W_OK) else f"{folder} is read-only",
    )


def _workspace(workspace: Path) -> Iterator[Check]:
    if not workspace.exists():
        yield Check("workspace", True, f"{workspace}: none yet; `curator import FILE` makes one")
        return
    from curator.store.health import examine as examine_store

    for name, ok, finding in examine_store(workspace):
        yield Check(name, ok, finding)
