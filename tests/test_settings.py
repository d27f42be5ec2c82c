"""Flag > environment > curator.toml here > the person's own > default; unknown words are told."""

import pytest

from curator import settings
from curator.errors import ConfigError

COMMANDS = ("import", "reflect", "export")


@pytest.fixture(autouse=True)
def own_file(tmp_path, monkeypatch):
    path = tmp_path / "own" / "curator.toml"
    path.parent.mkdir()
    monkeypatch.setattr(settings, "user_file", lambda: path)
    monkeypatch.delenv("HINDSIGHT_WORKSPACE", raising=False)
    monkeypatch.delenv("HINDSIGHT_REVIEWER", raising=False)
    return path


def here(tmp_path, text):
    (tmp_path / "curator.toml").write_text(text, encoding="utf-8")
    return settings.load(COMMANDS, tmp_path)


def test_without_files_the_defaults_hold(tmp_path):
    loaded = settings.load(COMMANDS, tmp_path)
    assert str(loaded.workspace) == "curator.duckdb"
    assert loaded.reviewer is None
    assert loaded.files == ()


def test_the_folder_overrules_the_persons_own_file_key_by_key(tmp_path, own_file):
    own_file.write_text(
        'reviewer = "ana"\n[reflect]\nlimit = 3\nhindsight = 2\n[engines.default]\nmodel = "a"\n'
        'base_url = "http://localhost:1"\n',
        encoding="utf-8",
    )
    loaded = here(tmp_path, '[reflect]\nlimit = 9\n[engines.default]\nmodel = "b"\n')
    assert loaded.commands["reflect"] == {"limit": 9, "hindsight": 2}
    assert loaded.engines["default"] == {"model": "b", "base_url": "http://localhost:1"}
    assert loaded.reviewer == "ana"


def test_the_environment_names_the_workspace_over_the_file(tmp_path, monkeypatch):
    loaded = here(tmp_path, 'workspace = "file.duckdb"\n')
    assert str(loaded.workspace) == "file.duckdb"
    monkeypatch.setenv("HINDSIGHT_WORKSPACE", "env.duckdb")
    assert str(loaded.workspace) == "env.duckdb"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[relfect]\nlimit = 1\n", "did you mean 'reflect'"),
        ('workspce = "x"\n', "did you mean 'workspace'"),
        ("workspace = 3\n", "workspace must be text"),
        ('[engines]\nmodel = "x"\n', "one table per role"),
        ("[reflect\n", "not valid TOML"),
    ],
)
def test_a_mistake_in_the_file_is_one_sentence_with_its_name(tmp_path, text, told):
    with pytest.raises(ConfigError) as caught:
        here(tmp_path, text)
    assert told in str(caught.value)
    assert "curator.toml" in str(caught.value)
