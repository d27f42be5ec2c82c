"""Texts become unit vectors whose nearness means something, in English and in Chinese."""

from pathlib import Path

import numpy as np
import pytest

from curator.engines import Embedder, distilling, models
from curator.engines.embedder import GramEmbedder, SentenceEmbedder, open_embedder
from curator.errors import ConfigError, EngineError

TEXTS = [
    "How do I bake bread?",
    "What is a recipe for a loaf of bread?",
    "Explain quantum computing in simple terms.",
    "怎么烤面包？",
    "如何烤面包",
    "什么是量子计算？",
    "用 Python 写一个函数",
    "",
    "🙂",
]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return open_embedder()


def test_every_text_becomes_a_vector_of_length_one(embedder: Embedder) -> None:
    vectors = embedder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.dimensions)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_what_means_the_same_is_nearer_than_what_does_not(embedder: Embedder) -> None:
    near = (v := embedder.encode(TEXTS)) @ v.T
    assert near[0, 1] > near[0, 2] + 0.3
    assert near[3, 4] > near[3, 5] + 0.3


def test_the_order_and_company_of_texts_do_not_count(embedder: Embedder) -> None:
    alone = np.vstack([embedder.encode([text]) for text in TEXTS])
    together = embedder.encode(TEXTS[::-1])[::-1]
    assert np.allclose(alone, together, atol=1e-4)


def test_chinese_needs_no_model() -> None:
    grams = GramEmbedder()
    near = (v := grams.encode(["我想学习弹钢琴", "我想要学弹钢琴", "今天天气很好"])) @ v.T
    assert near[0, 1] > 0.3 > near[0, 2]
    assert open_embedder("char-grams").model == grams.model


def test_a_static_model_is_made_once_and_tells_themes_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = open_embedder(models.EMBEDDER)
    assert isinstance(source, SentenceEmbedder)
    source.opened()
    monkeypatch.setattr(models, "folder", lambda: tmp_path)
    folder, revision = distilling.static_folder(source)
    made = (folder / "revision.txt").stat().st_mtime_ns
    assert distilling.static_folder(source) == (folder, revision)
    assert (folder / "revision.txt").stat().st_mtime_ns == made
    vectors = SentenceEmbedder(folder, "static", revision).encode(TEXTS[:3])
    assert vectors.shape == (3, distilling.DIMENSIONS)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


def test_an_unknown_embedder_is_a_matter_of_settings(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no embedder"):
        open_embedder("no-such-thing")
    with pytest.raises(ConfigError, match=r"no config\.json"):
        open_embedder(str(tmp_path))


def test_a_folder_with_pickled_weights_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}', encoding="utf-8")
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04cposix\nsystem\n(S'touch pwned'\ntR.")
    with pytest.raises(EngineError, match="safetensors"):
        open_embedder(str(tmp_path))
    assert not Path("pwned").exists()
