"""Tokens and money: reserved before sending, settled with what was used, live for the meter."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from curator.engines import Estimate
from curator.engines.faults import CallError
from curator.engines.roles import Endpoint
from curator.errors import ConfigError

#: More calls than this to somebody else's machine want a limit or a confirmation.
UNASKED_CALLS = 1000
#: A stage that did not ask beforehand is stopped here; ten per cent are for retries.
UNASKED_REQUESTS = UNASKED_CALLS * 11 // 10
LIMIT_ADVICE = "give --max-cost or --max-tokens, or --yes to go ahead without a limit"
#: Answers may be this long where the endpoint sets no max_tokens.
UNBOUNDED = 8192


@dataclass(frozen=True)
class Budget:
    """What a run may spend: money by the price table, tokens in and out. None: no limit.

    `confirmed` says that a long run without a limit is wanted."""

    max_cost: float | None = None
    max_tokens: int | None = None
    confirmed: bool = False

    @property
    def limited(self) -> bool:
        """Whether there is any limit."""
        return self.max_cost is not None or self.max_tokens is not None


class Meter:
    """Running numbers, readable from any thread. Only the engines' own thread writes them."""

    def __init__(self) -> None:
        self.requests = 0
        self.cached = 0
        self.failed = 0
        self.prompt_tokens = 0
        self.completion_tokens = 0
        self.cost = 0.0
        self.priced = False
        #: Requests whose answer never came whole; the provider may bill them all the same.
        self.perhaps_billed = 0
        #: What was estimated because the server did not say how much it used.
        self.estimated = 0
        self.note = ""

    @property
    def tokens(self) -> int:
        """Tokens in and out."""
        return self.prompt_tokens + self.completion_tokens

    def __str__(self) -> str:
        if not self.tokens:
            return self.note
        money = f", {self.cost:.4f}" if self.priced else ""
        note = f", {self.note}" if self.note else ""
        return f"{self.tokens:,} tokens{money}{note}"


class Purse:
    """Reserves the worst case of each request against the budget, and settles with the truth."""

    def __init__(self, budget: Budget, meter: Meter) -> None:
        self.budget = budget
        self.meter = meter
        self._tokens = 0
        self._cost = 0.0
        self._unasked = 0
        self._changed = asyncio.Condition()

    async def reserve(self, endpoint: Endpoint, tokens: tuple[int, int]) -> None:
        """Put aside what a request may take at most; waits for others to settle when the rest is
        too small. Raises `CallError` (budget) when it is too small with nothing in flight."""
        if not self.budget.limited:
            self._count(endpoint)
            return
        cost = endpoint.cost(*tokens)
        async with self._changed:
            while not self._fits(sum(tokens), cost):
                if not self._tokens:
                    raise self._exhausted(sum(tokens), cost)
                await self._changed.wait()
            self._tokens += sum(tokens)
            self._cost += cost

    async def settle(
        self, endpoint: Endpoint, reserved: tuple[int, int], used: tuple[int, int]
    ) -> None:
        """Exchange the reserve for what was used."""
        self.meter.prompt_tokens += used[0]
        self.meter.completion_tokens += used[1]
        self.meter.cost += endpoint.cost(*used)
        self.meter.priced = self.meter.priced or endpoint.priced
        if not self.budget.limited:
            return
        async with self._changed:
            self._tokens -= sum(reserved)
            self._cost -= endpoint.cost(*reserved)
            self._changed.notify_all()

    def _count(self, endpoint: Endpoint) -> None:
        """One more request that no limit holds. Raises `CallError` (budget) when they are many."""
        if _may_go_on(endpoint, self.budget):
            return
        self._unasked += 1
        if self._unasked > UNASKED_REQUESTS:
            raise CallError(
                "budget",
                f"{UNASKED_REQUESTS:,} requests were sent to {endpoint.host} without a limit; "
                f"{LIMIT_ADVICE}; finished calls are kept",
            )

    def _fits(self, tokens: int, cost: float) -> bool:
        most_tokens, most_cost = self.budget.max_tokens, self.budget.max_cost
        return (
            most_tokens is None or self.meter.tokens + self._tokens + tokens <= most_tokens
        ) and (most_cost is None or self.meter.cost + self._cost + cost <= most_cost)

    def _exhausted(self, tokens: int, cost: float) -> CallError:
        limit = (
            f"{self.budget.max_tokens:,} tokens"
            if self.budget.max_tokens is not None
            and self.meter.tokens + tokens > self.budget.max_tokens
            else f"a cost of {self.budget.max_cost}"
        )
        return CallError(
            "budget",
            f"the limit of {limit} is reached: {self.meter.tokens:,} tokens and "
            f"{self.meter.cost:.4f} are spent, and the next request may take {tokens:,} tokens "
            f"and {cost:.4f}; finished calls are kept, so a higher limit goes on from here",
        )


def at_most(text: str) -> int:
    """Tokens that a text may have at most: no tokenizer in use needs more than one for two bytes of
    ordinary text."""
    return len(text.encode("utf-8", "replace")) // 2 + 1


def about(text: str) -> int:
    """Tokens that a text probably has: four letters each, one for each wide character."""
    wide = sum(1 for c in text if c > "\u2e7f")
    return wide + (len(text) - wide + 3) // 4


def worst_case(texts: Sequence[str], sampling: dict[str, Any]) -> tuple[int, int]:
    """Tokens in and out that one request may take at most."""
    answers = sampling.get("max_tokens") or sampling.get("max_completion_tokens") or UNBOUNDED
    return sum(at_most(text) + 8 for text in texts), int(answers) * int(sampling.get("n", 1))


def estimate(endpoint: Endpoint, calls: int, sample: Sequence[list[dict[str, Any]]]) -> Estimate:
    """What so many calls like the sample's will take: tokens in about, tokens out at most."""
    sizes = [sum(about(str(m.get("content") or "")) + 4 for m in messages) for messages in sample]
    each_in = sum(sizes) / len(sizes) if sizes else 1000
    prompt_tokens = round(calls * each_in)
    completion_tokens = calls * (endpoint.max_tokens or UNBOUNDED)
    cost = endpoint.cost(prompt_tokens, completion_tokens) if endpoint.priced else None
    return Estimate(calls, prompt_tokens, completion_tokens, cost)


def must_have_prices(endpoint: Endpoint, budget: Budget) -> None:
    """Raises `ConfigError` when a cost limit could never be reached, for prices are unknown."""
    if budget.max_cost is not None and not endpoint.priced and not endpoint.loopback:
        raise ConfigError(
            f"a cost limit needs prices: set price_in and price_out (per million tokens) for "
            f"{endpoint.model} in the engine's settings, or limit the tokens"
        )


def must_be_allowed(endpoint: Endpoint, expected: Estimate, budget: Budget) -> None:
    """Raises `ConfigError` when a long run on somebody else's machine has neither a limit nor a
    confirmation."""
    if expected.calls <= UNASKED_CALLS or _may_go_on(endpoint, budget):
        return
    raise ConfigError(f"this run makes {expected} to {endpoint.host}; {LIMIT_ADVICE}")


def _may_go_on(endpoint: Endpoint, budget: Budget) -> bool:
    return budget.limited or budget.confirmed or endpoint.loopback
