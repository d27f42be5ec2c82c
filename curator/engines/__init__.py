"""The only room that talks to models: chat endpoints, the local model, the embedder, the tuner."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any, Protocol, TypeVar

import msgspec

T = TypeVar("T")
R = TypeVar("R")


class Reply(msgspec.Struct, frozen=True):
    """What a chat model said, already classified as usable.

    `parsed` is the JSON object where a schema was asked for; `thinking` is reasoning text that
    was taken out of `text`; `cached` says that nothing was sent.
    """

    text: str
    model: str
    parsed: dict[str, Any] | None = None
    thinking: str = ""
    finish_reason: str = "stop"
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    cached: bool = False
    key: str = ""


class ChatModel(Protocol):
    """A chat endpoint opened for one role."""

    model: str
    endpoint: str
    sampling: dict[str, Any]

    async def ask(
        self,
        messages: list[dict[str, Any]],
        *,
        schema: dict[str, Any] | None = None,
        attempt: int = 0,
        **sampling: Any,
    ) -> Reply:
        """One answer. Raises `EngineError`; its `raw` attribute holds the text, if any came."""
        ...


class Ledger(Protocol):
    """Where raw replies are kept, so that nothing is paid for twice. The store provides one."""

    def find(self, key: str) -> bytes | None: ...

    def keep(self, key: str, request: dict[str, Any], reply: bytes, facts: dict[str, Any]) -> None:
        """Durable when this returns."""
        ...


class Embedder(Protocol):
    """Texts in, unit vectors out."""

    model: str
    revision: str
    dimensions: int

    def encode(self, texts: list[str]) -> Any:
        """A float32 array of shape (len(texts), dimensions), rows of length 1."""
        ...


class Engines(Protocol):
    """The models a stage may use, opened on first use and closed by the runner."""

    def chat(self, role: str) -> ChatModel: ...

    def embedder(self) -> Embedder: ...

    def each(
        self,
        job: Callable[[T], Awaitable[R]],
        items: Iterable[T],
        concurrency: int,
    ) -> Iterator[tuple[T, R | Exception]]:
        """Run `job` for every item, `concurrency` at a time on the engines' own event loop, and
        yield (item, result or exception) as they finish. Items are drawn lazily. Closing the
        iterator cancels what is in flight. An exception with `stops_run` true ends the run."""
        ...

    def close(self) -> None: ...
