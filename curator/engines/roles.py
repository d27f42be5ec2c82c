"""Which endpoint answers for which role, and what may be asked of it.

Roles are `user`, `assistant`, `reflector`, `judge` and `tuned`; a role without its own table uses
`default`. A table names the environment variable that holds its key, never the key.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import msgspec

from curator.errors import ConfigError

ROLES = ("user", "assistant", "reflector", "judge", "tuned")
DEFAULT = "default"
OPENAI = "https://api.openai.com/v1"
#: What is sent as it stands when it is not None.
SAMPLING = ("temperature", "top_p", "max_tokens", "seed")
#: The least that makes sense.
LEAST = {
    "temperature": 0, "top_p": 0, "max_tokens": 1, "timeout": 0.01, "concurrency": 1,
    "rpm": 0, "tpm": 0, "price_in": 0, "price_out": 0, "batch_price": 0,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One OpenAI-compatible endpoint with a model and its sampling.

    `timeout` is seconds over a whole exchange; `rpm` and `tpm` are requests and tokens a minute
    (0: no limit); `price_in` and `price_out` are money per million tokens (None: unknown, tokens
    only), and `batch_price` is the share of them that a batch costs. `version` is part of the
    cache key: change it when other weights answer to the same name. `insecure` allows http to
    another machine.
    """

    base_url: str = ""
    model: str = ""
    api_key_env: str = ""
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = 2048
    seed: int | None = None
    timeout: float = 120.0
    concurrency: int = 64
    rpm: int = 0
    tpm: int = 0
    price_in: float | None = None
    price_out: float | None = None
    insecure: bool = False
    batch_price: float = 0.5
    version: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def sampling(self) -> dict[str, Any]:
        """The parameters that are sent with every request."""
        own = {name: getattr(self, name) for name in SAMPLING}
        return {name: value for name, value in own.items() if value is not None} | dict(self.extra)

    @property
    def host(self) -> str:
        """The host's name, without the port."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def loopback(self) -> bool:
        """Whether requests stay on this machine."""
        return is_loopback(self.host)

    @property
    def priced(self) -> bool:
        """Whether a request's cost can be told."""
        return self.price_in is not None and self.price_out is not None

    @property
    def batched(self) -> "Endpoint":
        """The same at the prices of a batch; unknown prices stay unknown."""
        shares = {
            name: price * self.batch_price
            for name in ("price_in", "price_out")
            if (price := getattr(self, name)) is not None
        }
        return replace(self, **shares)

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float:
        """What so many tokens cost; 0 where prices are unknown."""
        return (
            prompt_tokens * (self.price_in or 0.0) + completion_tokens * (self.price_out or 0.0)
        ) / 1e6

    def key(self) -> str:
        """The API key out of the named environment variable, or an empty string.

        Raises `ConfigError` when a variable is named and not set."""
        if not self.api_key_env:
            return ""
        value = os.environ.get(self.api_key_env, "").strip()
        if not value and not self.loopback:
            raise ConfigError(
                f"{self.base_url} needs a key: set the environment variable {self.api_key_env} "
                f"(it is named by api_key_env in the engine's settings)"
            )
        return value


def is_loopback(host: str) -> bool:
    """Whether a host name means this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def checked(endpoint: Endpoint, role: str) -> Endpoint:
    """The endpoint, if it can be spoken to: https, or http to this machine, or insecure by wish.

    Raises `ConfigError`."""
    where = f"[engines.{role}] base_url"
    parts = urlsplit(endpoint.base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"{where} is {endpoint.base_url!r}; it should look like https://host/v1")
    if parts.username or parts.password or parts.query:
        raise ConfigError(
            f"{where} holds a password or a query; put the key into an environment variable "
            f"and name that in api_key_env"
        )
    if parts.scheme == "http" and not endpoint.loopback and not endpoint.insecure:
        raise ConfigError(
            f"{where} sends chats to {parts.hostname} unencrypted; use https, or say "
            f"insecure = true if that network is yours"
        )
    return replace(endpoint, base_url=endpoint.base_url.rstrip("/"))


def endpoint_of(role: str, tables: Mapping[str, Mapping[str, Any]]) -> Endpoint | None:
    """The endpoint of a role: its own table over `default` over the environment.

    None when nothing names an endpoint at all, which means the embedded local model. Raises
    `ConfigError` for an unknown role or setting, with the nearest known one.
    """
    for name in (role, *tables):
        _known(name, (*ROLES, DEFAULT), "role")
    # A role with its own base_url shares no model, key or price with the default endpoint.
    own = dict(tables.get(role, {}))
    inherited = {} if "base_url" in own else dict(tables.get(DEFAULT, {}))
    settings = {**inherited, **own}
    for name in settings:
        _known(name, tuple(f.name for f in fields(Endpoint)), "engine setting")
    if not settings.get("base_url"):
        settings |= _from_environment(settings)
    if not settings.get("base_url"):
        return None
    return checked(_made(settings, role), role)


def _made(settings: Mapping[str, Any], role: str) -> Endpoint:
    """An endpoint whose settings have the right types and sizes."""
    try:
        endpoint = msgspec.convert(dict(settings), Endpoint)
    except msgspec.ValidationError as error:
        raise ConfigError(f"[engines.{role}]: {_said(error)}") from None
    for name, least in LEAST.items():
        value = getattr(endpoint, name)
        if value is not None and value < least:
            raise ConfigError(f"[engines.{role}] {name} is {value}; it must be at least {least:g}")
    return endpoint


def _said(error: Exception) -> str:
    """`Expected int, got str - at $.rpm` as `rpm: expected int, got str`."""
    what, _, path = str(error).partition(" - at `$.")
    return f"{path.rstrip('`')}: {what[:1].lower()}{what[1:]}"


def endpoints(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, Endpoint]:
    """Every role's endpoint, without opening any; an empty one stands for the embedded model."""
    return {role: endpoint_of(role, tables) or Endpoint() for role in ROLES}


def _from_environment(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The endpoint that OPENAI_BASE_URL or OPENAI_API_KEY stand for, or nothing."""
    base_url = os.environ.get("OPENAI_BASE_URL", "").strip()
    has_key = bool(os.environ.get("OPENAI_API_KEY", "").strip())
    if not base_url and not has_key:
        return {}
    found: dict[str, Any] = {"base_url": base_url or OPENAI}
    if has_key and not settings.get("api_key_env"):
        found["api_key_env"] = "OPENAI_API_KEY"
    model = os.environ.get("OPENAI_MODEL", "").strip()
    if model and not settings.get("model"):
        found["model"] = model
    return found


def _known(name: str, names: tuple[str, ...], what: str) -> None:
    if name in names:
        return
    from difflib import get_close_matches

    near = get_close_matches(name, names, 1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(names)}"
    raise ConfigError(f"unknown {what} {name!r}; {hint}")
