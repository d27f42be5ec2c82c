"""The only room that talks to models: chat endpoints, the local model, the embedder, the tuner."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import msgspec

T = TypeVar("T")
R = TypeVar("R")


class Reply(msgspec.Struct, frozen=True):
    """What a chat model said, already classified as usable.

    `parsed` is the JSON object where a schema was asked for; `thinking` is reasoning text that
    was taken out of `text`; `cached` says that nothing was sent. A model that declined to answer
    gives a `refusal`: a result, with `finish_reason` "refusal", its words in `text` and `parsed`
    None.
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

    @property
    def refusal(self) -> bool:
        """Whether the model declined to answer."""
        return self.finish_reason == "refusal"


class Estimate(msgspec.Struct, frozen=True):
    """What a run is about to take at most; `cost` is None where prices are unknown."""

    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None = None

    def __str__(self) -> str:
        money = "" if self.cost is None else f", {self.cost:.2f} at the prices in the settings"
        return (
            f"{self.calls:,} calls, about {self.prompt_tokens:,} tokens in and "
            f"at most {self.completion_tokens:,} out{money}"
        )


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

    def find(self, key: str) -> bytes | None:
        """The reply to a request, as it came."""
        ...

    def keep_all(self, calls: Sequence[Mapping[str, Any]]) -> None:
        """Keep these calls; durable when this returns. Each has key, role, model, endpoint,
        request (a JSON-able dict), reply (bytes), prompt_tokens, completion_tokens, cost and
        seconds. Called from one thread at a time."""
        ...

    def forget(self, keys: Sequence[str]) -> None:
        """Keep the replies for the record, and let `find` know nothing of them any more."""
        ...

    def fact(self, name: str) -> str | None:
        """What `note` was told under this name."""
        ...

    def note(self, name: str, value: str) -> None:
        """Remember something found out about an endpoint."""
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

    def limit(
        self, max_cost: float | None, max_tokens: int | None, confirmed: bool = False
    ) -> None:
        """What the run may spend: money by the price table, tokens in and out; `confirmed` allows
        a long run without a limit. Nothing said changes nothing."""
        ...

    def batch(self) -> None:
        """Send requests through the provider's batch API; before a chat model is opened."""
        ...

    def embedder(self) -> Embedder: ...

    def expect(
        self, role: str, calls: int, sample: Sequence[list[dict[str, Any]]] = ()
    ) -> Estimate:
        """What `calls` requests like those of the sample will take at most. To be asked before
        a run: raises `ConfigError` when that is over 1,000 calls to somebody else's machine and
        neither a limit nor a confirmation was given."""
        ...

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
