"""`curator.toml`, the environment and the flags become the stages' config objects.

A flag typed wins over the environment, that over `curator.toml` in the current folder, that over
the person's own `curator.toml`, that over the defaults. A table is a command's name
(`[reflect]`), `[engines.ROLE]` is an endpoint, `[keys]` are the keys of the app, and `workspace`
and `reviewer` stand on their own.
"""

import os
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from curator.errors import ConfigError

FILE = "curator.toml"
ENGINES = "engines"
KEYS = "keys"
PLAIN = ("workspace", "reviewer")
DEFAULT_WORKSPACE = "curator.duckdb"


@dataclass(frozen=True)
class Settings:
    """What the files say: a table per command, a table per engine role, and the plain keys."""

    commands: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    engines: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    plain: Mapping[str, str] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    keys: Mapping[str, Any] = field(default_factory=dict)

    @property
    def workspace(self) -> Path:
        """The workspace's path where no flag names one."""
        named = os.environ.get("HINDSIGHT_WORKSPACE") or self.plain.get("workspace")
        return Path(named or DEFAULT_WORKSPACE)

    @property
    def reviewer(self) -> str | None:
        """Who reviews where no flag says so."""
        return os.environ.get("HINDSIGHT_REVIEWER") or self.plain.get("reviewer")


def user_file() -> Path:
    """The person's own settings, for every workspace."""
    from platformdirs import user_config_path

    return user_config_path("hindsight-curator", appauthor=False) / FILE


def load(commands: Collection[str], folder: Path | None = None) -> Settings:
    """The settings of `folder` (default: the current one) over the person's own.

    Raises `ConfigError` naming the file and the key where one is not known.
    """
    settings = Settings()
    for file in (user_file(), (folder or Path()) / FILE):
        if file.is_file():
            settings = _over(settings, file, _read(file), commands)
    return settings


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: not valid TOML ({error}); mend it or move it away") from None
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror})") from None


def _over(
    below: Settings, file: Path, table: dict[str, Any], commands: Collection[str]
) -> Settings:
    engines, plain, stages = dict(below.engines), dict(below.plain), dict(below.commands)
    keys = dict(below.keys)
    for key, value in table.items():
        if key in PLAIN:
            if not isinstance(value, str):
                raise ConfigError(f'{file}: {key} must be text, as in {key} = "…"')
            plain[key] = value
        elif not isinstance(value, dict):
            raise unknown(f"{file}: {key!r} is no setting", key, (*PLAIN, *commands))
        elif key == ENGINES:
            for role, endpoint in value.items():
                if not isinstance(endpoint, dict):
                    raise ConfigError(
                        f"{file}: [engines] holds one table per role, as in [engines.default]; "
                        f"{role!r} stands outside of any"
                    )
                engines[role] = {**engines.get(role, {}), **endpoint}
        elif key == KEYS:
            keys.update(value)
        elif key in commands:
            stages[key] = {**stages.get(key, {}), **value}
        else:
            raise unknown(f"{file}: [{key}] is no command's table", key, (ENGINES, KEYS, *commands))
    return Settings(stages, engines, plain, (*below.files, file), keys)


def unknown(sentence: str, word: str, known: Collection[str]) -> ConfigError:
    """A `ConfigError` that ends in what was probably meant."""
    from difflib import get_close_matches

    close = get_close_matches(word, known, n=1, cutoff=0.5)
    hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(sorted(known))}"
    return ConfigError(f"{sentence}; {hint}")
