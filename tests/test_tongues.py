"""What is kept of the language model says what the whole model says."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curator.text import LANGUAGES
from curator.tongues import identifier

SAID = (
    "Guten Tag, wie geht es Ihnen heute?",
    "What is the name of it?",
    "Je ne sais pas, et vous ?",
    "Это хороший вопрос",
    "هذا سؤال جيد",
    "zzz qqq xkcd",
    "",
)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "curator"


def answers(model: Any) -> list[tuple[str, float]]:
    return [model.classify(text) for text in SAID]


def test_the_kept_tables_answer_as_the_whole_model_does(cache: Path) -> None:
    whole = identifier(LANGUAGES)
    assert whole.tk_nextmove.__class__.__name__ == "array"
    kept = identifier(LANGUAGES)
    assert isinstance(kept.tk_nextmove, memoryview)
    assert answers(kept) == answers(whole)
    assert len(list(cache.iterdir())) == 1


def test_tables_that_are_not_whole_are_made_anew(cache: Path) -> None:
    expected = answers(identifier(LANGUAGES))
    (folder,) = cache.iterdir()
    for name, spoil in (("moves", 1000), ("weights", 0), ("names", 40)):
        table = folder / f"{name}.npy"
        table.write_bytes(table.read_bytes()[:spoil])
        assert answers(identifier(LANGUAGES)) == expected
        assert np.load(table, allow_pickle=False).size


def test_where_nothing_can_be_kept_languages_are_told_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert identifier(LANGUAGES).classify(SAID[0])[0] == "de"
