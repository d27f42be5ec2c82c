"""Texts become unit vectors whose nearness means something, in English and in Chinese."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from curator.diversity.grams import fit
from curator.engines import Embedder, distilling, models
from curator.engines.embedder import (
    BothEmbedder,
    GramEmbedder,
    SentenceEmbedder,
    open_embedder,
)
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


def test_what_the_workspace_taught_brings_texts_of_one_theme_nearer() -> None:
    themes = (
        ("龙井绿茶怎么冲泡", "普洱红茶的水温", "茶叶冲泡几次", "用紫砂壶泡普洱茶叶"),
        ("火车票怎么改签", "高铁车票退票", "高铁改签手续费", "车站窗口退火车票"),
    )
    texts = [f"{text}第{i}种" for i in range(40) for theme in themes for text in theme]
    plain, taught = GramEmbedder(), GramEmbedder(fit(texts))
    asked = ["普洱怎么冲泡", "高铁退票"]
    apart = {}
    for embedder in (plain, taught):
        near = embedder.encode(asked) @ embedder.encode([t for theme in themes for t in theme]).T
        assert near.shape == (2, 8)
        apart[embedder.revision] = near[0, :4].mean() - near[0, 4:].mean()
    assert apart[taught.revision] > apart[plain.revision] + 0.1
    assert taught.encode(texts[:3]) == pytest.approx(GramEmbedder(fit(texts)).encode(texts[:3]))
    assert np.linalg.norm(taught.encode(["ẞ Ω unseen", ""]), axis=1) == pytest.approx(1)


def test_another_revision_needs_the_sentence_model_only_for_what_is_new(
    embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(embedder, BothEmbedder)
    taught = embedder.fitted(fit([text * 2 for text in TEXTS]))
    wanted, old = taught.encode(TEXTS), embedder.encode(TEXTS)
    monkeypatch.setattr(SentenceEmbedder, "encode", lambda *_: wanted[:0, :384])
    fronts = {place: old[place, : taught.shared] for place in range(len(TEXTS))}
    assert taught.renewed(TEXTS, fronts) == pytest.approx(wanted, abs=1e-5)
    assert taught.revision != embedder.revision
    assert taught.revision.startswith(taught.kin)
    assert embedder.revision.startswith(taught.kin)


def test_e5_gets_the_prefix_that_it_was_trained_with(tmp_path: Path) -> None:
    plain = open_embedder(models.EMBEDDER)
    folder = tmp_path / "multilingual-e5-small"
    shutil.copytree(models.get(models.EMBEDDER, None), folder)
    e5 = open_embedder(str(folder))
    assert e5.model == "multilingual-e5-small"
    assert e5.revision.endswith("+query")
    assert e5.encode(["bread"]) == pytest.approx(plain.encode(["query: bread"]), abs=1e-5)


def test_a_model_that_brings_its_own_code_is_refused_and_not_run(tmp_path: Path) -> None:
    (tmp_path / "evil.py").write_text("open('pwned', 'w')\nclass M: pass\n", encoding="utf-8")
    (tmp_path / "config.json").write_text('{"model_type": "bert"}', encoding="utf-8")
    (tmp_path / "modules.json").write_text(
        '[{"idx": 0, "name": "0", "path": "", "type": "evil.M"}]', encoding="utf-8"
    )
    with pytest.raises(EngineError, match="code of its own"):
        open_embedder(str(tmp_path))
    assert not Path("pwned").exists()


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
    named = open_embedder(str(folder))  # it has modules.json and no config.json
    assert named.dimensions == distilling.DIMENSIONS
    assert len(named.revision) == 12
    vectors = SentenceEmbedder(folder, "static", revision).encode(TEXTS[:3])
    assert named.encode(TEXTS[:3]) == pytest.approx(vectors)
    assert vectors.shape == (3, distilling.DIMENSIONS)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


def test_an_unknown_embedder_is_a_matter_of_settings(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no embedder"):
        open_embedder("no-such-thing")
    with pytest.raises(ConfigError, match="there is no such folder"):
        open_embedder("/nowhere/model")
    with pytest.raises(ConfigError, match=r"no config\.json"):
        open_embedder(str(tmp_path))


def test_a_folder_with_pickled_weights_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}', encoding="utf-8")
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04cposix\nsystem\n(S'touch pwned'\ntR.")
    with pytest.raises(EngineError, match="safetensors"):
        open_embedder(str(tmp_path))
    assert not Path("pwned").exists()
