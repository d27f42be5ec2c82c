"""The models of a run, opened on first use by role, on one event loop, under one budget."""

import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import msgspec

from curator.engines import Embedder, Estimate, Ledger
from curator.engines.batching import MOST
from curator.engines.budget import Budget, Meter, Purse, estimate, must_be_allowed, must_have_prices
from curator.engines.chat import Chat, Shared
from curator.engines.keeping import Keeper
from curator.engines.line import Line
from curator.engines.patience import Halt, Patience
from curator.engines.roles import Endpoint, endpoint_of
from curator.engines.worker import Crew, Until, Worker
from curator.errors import ConfigError, EngineError

T = TypeVar("T")
R = TypeVar("R")


class OpenEngines:
    """The `Engines` of the settings. Close it, or use it as a context manager.

    `tables` is what `[engines]` of the settings holds, `ledger` where replies are kept (the
    store's `calls`), `stop` an event that says that the person wants to stop.
    """

    def __init__(
        self,
        tables: Mapping[str, Mapping[str, Any]],
        ledger: Ledger,
        stop: threading.Event | None = None,
        *,
        budget: Budget | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._tables = tables
        self._ledger = ledger
        self._stop = stop or threading.Event()
        self._patience = patience or Patience()
        self._worker = Worker()
        self.meter = Meter()
        self.budget = budget or Budget()
        self._shared = Shared(ledger, Keeper(ledger), Purse(self.budget, self.meter), Halt())
        self._lines: dict[tuple[str, ...], Line] = {}
        self._chats: dict[str, Chat] = {}
        self._embedder: Embedder | None = None
        self._local: Any = None
        self._batched = False
        #: Called now and then while `each` waits, for whoever shows what goes on.
        self.waiting: Callable[[], None] = _nothing

    def limit(
        self, max_cost: float | None, max_tokens: int | None, confirmed: bool = False
    ) -> None:
        """What the run may spend from here on, where anything is said; before the first request."""
        if max_cost is None and max_tokens is None and not confirmed:
            return
        self.budget = self._shared.purse.budget = Budget(max_cost, max_tokens, confirmed)
        for chat in self._chats.values():
            must_have_prices(chat.settings, self.budget)

    def chat(self, role: str) -> Chat:
        """The model that plays a role. Raises `ConfigError` when the settings do not say which."""
        if role not in self._chats:
            endpoint = self.endpoint(role)
            must_have_prices(endpoint, self.budget)
            self._chats[role] = Chat(role, endpoint, self._line(endpoint), self._shared)
        if self._batched:
            self._chats[role].in_batches(self._patience)
        return self._chats[role]

    def batch(self) -> None:
        """Chat models opened from here on send their requests in batches."""
        self._batched = True

    def endpoint(self, role: str) -> Endpoint:
        """The endpoint of a role, with its model; starts the local model if it is meant."""
        endpoint = endpoint_of(role, self._tables) or self._embedded(role)
        return endpoint if endpoint.model else replace(endpoint, model=self._only_model(endpoint))

    def embedder(self) -> Embedder:
        """The sentence embedder."""
        if self._embedder is None:
            from curator.engines.embedder import open_embedder

            self._embedder = open_embedder()
        return self._embedder

    def expect(
        self, role: str, calls: int, sample: Sequence[list[dict[str, Any]]] = ()
    ) -> Estimate:
        """What so many requests like the sample's will take at most. Raises `ConfigError` when
        that needs a limit or a confirmation that was not given."""
        endpoint = self.chat(role).settings
        expected = estimate(endpoint, calls, sample)
        must_be_allowed(endpoint, expected, self.budget)
        return expected

    def each(
        self, job: Callable[[T], Awaitable[R]], items: Iterable[T], concurrency: int
    ) -> Iterator[tuple[T, R | Exception]]:
        """Run `job` for every item, so many at a time, and yield each with its result or what it
        raised, as they finish. Raises what stops the run, after all that was finished."""
        self._shared.halt.clear()
        # A batch is as large as what waits for it together.
        at_once = MOST if self._batched else concurrency
        yield from Crew(self._worker, job, at_once, self._stop, self.waiting).over(items)
        # Asked again by a later run, an item that was given up on gets new answers; after a kill
        # (when this line is not reached) it does not, and costs nothing.
        parked, self._shared.parked = sorted(self._shared.parked), set()
        self._ledger.forget(parked)

    def run(self, work: Callable[[], Awaitable[R]]) -> R:
        """The result of one piece of work on the loop, for code that knows nothing of loops."""

        async def call() -> R:
            return await work()

        self._shared.halt.clear()
        return self._worker.run(call())

    @property
    def local_context(self) -> int | None:
        """Tokens that the embedded model can hold, if it runs."""
        return self._local.context if self._local is not None else None

    def spent(self) -> str:
        """Tokens and cost so far, for a progress bar."""
        return str(self.meter)

    def close(self) -> None:
        """Hang up, wait for the last reply to be kept, end the local model."""
        if self._worker.started:
            for line in self._lines.values():
                self._worker.run(line.wire.close())
        self._worker.close()
        self._shared.keeper.close()
        self._lines.clear()
        self._chats.clear()
        if self._local is not None:
            self._local.close()
            self._local = None

    def __enter__(self) -> "OpenEngines":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _line(self, endpoint: Endpoint) -> Line:
        """Roles at the same address with the same key share limits and connections."""
        at = (endpoint.base_url, endpoint.model, endpoint.api_key_env)

        async def opened() -> Line:
            return Line(endpoint, self._patience, self._ledger)

        if at not in self._lines:
            self._lines[at] = self._worker.run(opened())
        return self._lines[at]

    def _embedded(self, role: str) -> Endpoint:
        if self._local is None:
            from curator.engines import local

            self._local = local.start(progress=Until(self._stop))
        # Sampling may be set for the embedded model too; where and which are its own affair.
        tables = {**self._tables.get("default", {}), **self._tables.get(role, {})}
        fixed = {"base_url": self._local.base_url, "model": self._local.model, "api_key_env": ""}
        return Endpoint(**{"concurrency": 4, "timeout": 600.0, "seed": 0, **tables, **fixed})

    def _only_model(self, endpoint: Endpoint) -> str:
        """The model's name, where the settings leave it out and the server has just one."""
        answer = self._worker.run(self._line(endpoint).wire.get("/models"))
        try:
            found = [model["id"] for model in msgspec.json.decode(answer.body)["data"]]
        except (msgspec.MsgspecError, KeyError, TypeError):
            raise EngineError(
                f"{endpoint.base_url}/models is no list of models; set model in the engine's "
                f"settings, and check base_url (it usually ends in /v1)"
            ) from None
        if len(found) == 1:
            return str(found[0])
        some = ", ".join(map(str, found[:5])) + (", …" if len(found) > 5 else "")
        raise ConfigError(
            f'{endpoint.base_url} has {len(found)} models ({some}); set model = "…" in '
            f"[engines.default], or OPENAI_MODEL"
        )


def _nothing() -> None:
    pass
