"""Base models as transformers folders: the embedded one, a folder of one's own, or a hub name."""

import hashlib
from pathlib import Path

from curator.errors import ConfigError, EngineError

EMBEDDED = "smollm2-135m-instruct"
ENDS = 1 << 20
WANTED = ("*.json", "*.safetensors", "*.jinja", "tokenizer*", "*.model", "*.txt")


def folder_of(base: str) -> Path:
    """The folder that holds the base model called `base`, fetched where it is not here yet.

    `base` is the embedded model's name, a folder, or a hub name (`owner/name`, with `@revision`
    to pin it). Raises `ConfigError` for a folder that is no safetensors model, `EngineError` when
    it cannot be fetched.
    """
    if base == EMBEDDED:
        from curator.engines.models import transformers_folder

        return transformers_folder(EMBEDDED)
    path = Path(base).expanduser()
    if path.is_dir():
        return _checked(path)
    if base.count("/") != 1 or base.startswith(("/", ".", "~")):
        raise ConfigError(
            f"{base}: there is no such folder; a base model is {EMBEDDED}, a folder, or a name "
            f"on the hub such as owner/name"
        )
    return _checked(_fetched(base))


def identity(base: str, folder: Path) -> str:
    """`name@` and 12 hex digits of the model's configuration and of both ends of its weight files:
    equal for equal models wherever they lie. (Hashing all of a large model would take minutes; its
    ends hold the names and shapes of all tensors and the values of the first and last ones.)"""
    summary = hashlib.sha256((folder / "config.json").read_bytes())
    for path in sorted(folder.glob("*.safetensors")):
        summary.update(path.stat().st_size.to_bytes(8, "little"))
        with path.open("rb") as file:
            summary.update(file.read(ENDS))
            file.seek(max(0, path.stat().st_size - ENDS))
            summary.update(file.read(ENDS))
    path = Path(base).expanduser()
    name = path.resolve().name if base != EMBEDDED and path.is_dir() else base.partition("@")[0]
    return f"{name}@{summary.hexdigest()[:12]}"


def _fetched(base: str) -> Path:
    name, _, revision = base.partition("@")
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, revision=revision or None, allow_patterns=list(WANTED)))
    except Exception as error:  # the hub's errors have no common ancestor
        raise EngineError(
            f"the base model {base} cannot be fetched: {type(error).__name__}; name a local "
            f"folder, or check the name and the network"
        ) from None


def _checked(folder: Path) -> Path:
    """The folder, if it is a model without code of its own. Pickled weights may run anything."""
    if not (folder / "config.json").is_file():
        raise ConfigError(f"{folder} is no model: it has no config.json")
    if not any(folder.glob("*.safetensors")):
        found = ", ".join(sorted(p.name for p in folder.glob("*.bin"))[:2])
        raise ConfigError(
            f"{folder} has no .safetensors weights"
            + (f" ({found} is a pickle, which is not loaded)" if found else "")
            + "; save the model with safe_serialization"
        )
    return folder
