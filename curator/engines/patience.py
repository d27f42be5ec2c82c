"""When to send, when to wait, when to give up: one limiter for all who share an endpoint."""

import asyncio
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds. Tests shorten it.

    `cap` is the longest wait that a server may impose; `starved` how long it may turn everything
    away before the run ends; `cool` the pause after the breaker opened; `gather` how long a batch
    waits for one more request, `poll` the first pause between two looks at it.
    """

    first: float = 0.5
    longest: float = 30.0
    cap: float = 60.0
    starved: float = 900.0
    cool: float = 5.0
    gather: float = 1.0
    poll: float = 2.0
    in_a_row: int = 20
    out_of: int = 100
    openings: int = 5

    def backoff(self, failures: int) -> float:
        """Full jitter: anything from nothing to a bound that doubles, so that no two workers come
        back together."""
        return random.uniform(0, min(self.longest, self.first * 2 ** min(failures, 16)))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait: `retry-after-ms`, or `Retry-After` as seconds or as a
    date (RFC 9110, 10.2.3). None where it says nothing that can be understood."""
    milliseconds = headers.get("retry-after-ms")
    if milliseconds is not None:
        try:
            return max(0.0, float(milliseconds) / 1000)
        except ValueError:
            pass
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
        return max(0.0, seconds) if seconds == seconds else None
    except ValueError:
        pass
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


class Limiter:
    """Concurrency, requests a minute, tokens a minute and pauses, shared by all workers.

    Sending is paced evenly rather than in bursts: a minute's allowance spent in its first second
    is what makes servers say 429.
    """

    def __init__(self, concurrency: int, breaker: "Breaker", rpm: int = 0, tpm: int = 0) -> None:
        self._breaker = breaker
        self._ahead = asyncio.Lock()
        self._slots = asyncio.Semaphore(max(1, concurrency))
        self._per_request = 60.0 / rpm if rpm > 0 else 0.0
        self._per_token = 60.0 / tpm if tpm > 0 else 0.0
        self._next_request = 0.0
        self._next_token = 0.0
        self._paused_until = 0.0

    @asynccontextmanager
    async def turn(self, tokens: int, halted: "Halt") -> AsyncIterator[float]:
        """A turn to send a request of so many tokens, and the time at which it came. Raises what
        halted the run."""
        async with self._slots:
            await self._pace(tokens, halted)
            if not self._breaker.probing:
                yield time.monotonic()
                return
            async with self._ahead:
                probe = self._breaker.probing
                if probe:
                    await self._wait(halted)
                    yield time.monotonic()
            if not probe:
                halted.check()
                yield time.monotonic()

    def correct(self, tokens: int) -> None:
        """Take back (or add) tokens when the true number is known."""
        self._next_token += tokens * self._per_token

    def pause(self, seconds: float) -> None:
        """Nobody sends for so long."""
        self._paused_until = max(self._paused_until, time.monotonic() + seconds)

    @property
    def paused(self) -> float:
        """Seconds of pause left."""
        return max(0.0, self._paused_until - time.monotonic())

    async def _pace(self, tokens: int, halted: "Halt") -> None:
        now = time.monotonic()
        at = now
        if self._per_request:
            at = max(at, self._next_request)
            self._next_request = max(now, self._next_request) + self._per_request
        if self._per_token:
            at = max(at, self._next_token)
            self._next_token = max(now, self._next_token) + tokens * self._per_token
        if at > now:
            await halted.sleep(at - now)
        await self._wait(halted)

    async def _wait(self, halted: "Halt") -> None:
        while (left := self.paused) > 0:
            # A little later each, or all would come back in the same millisecond.
            await halted.sleep(left + random.uniform(0, min(1.0, left)))
        halted.check()


class Halt:
    """Why the run must end, told to everyone who waits."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self._event = asyncio.Event()

    def set(self, error: Exception) -> None:
        """The first reason stays."""
        if self.error is None:
            self.error = error
        self._event.set()

    def clear(self) -> None:
        """A new run may try again."""
        self.error = None
        self._event.clear()

    def check(self) -> None:
        """Raises what halted the run."""
        if self.error is not None:
            # One object for all who wait: its trace would grow with each of them.
            raise self.error.with_traceback(None)

    async def sleep(self, seconds: float) -> None:
        """Wait so long, or until the run is halted. Raises what halted it."""
        self.check()
        if seconds > 0:
            try:
                async with asyncio.timeout(seconds):
                    await self._event.wait()
            except TimeoutError:
                pass
        self.check()


class Breaker:
    """Stops hammering a server that is down. Opens after so many failures in a row, or when half
    of the last hundred failed; after each pause one request goes ahead of the others; and when
    pausing has helped nothing time and again, it is hopeless."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._row = 0
        self._last: deque[bool] = deque(maxlen=patience.out_of)
        self._openings = 0
        self._opened_at = 0.0
        self.good_ones = 0

    def good(self) -> None:
        """A request was answered."""
        self._row = 0
        self._openings = 0
        self.good_ones += 1
        self._last.append(True)

    def bad(self, sent_at: float) -> bool:
        """A request failed. True when everyone should pause. What was on its way already when
        everyone was told to pause is no news."""
        if sent_at < self._opened_at:
            return False
        self._row += 1
        self._last.append(False)
        half = len(self._last) == self._last.maxlen and sum(self._last) * 2 < len(self._last)
        if self._row < self._patience.in_a_row and not half and not self._openings:
            return False
        self._row = 0
        self._last.clear()
        self._openings += 1
        self._opened_at = time.monotonic()
        return True

    @property
    def probing(self) -> bool:
        """Whether nothing was answered since everyone paused."""
        return self._openings > 0

    @property
    def hopeless(self) -> bool:
        """Whether pausing has helped nothing, time and again."""
        return self._openings >= self._patience.openings

    @property
    def cooling(self) -> float:
        """Seconds to pause after this opening."""
        return self._patience.cool * 2.0 ** max(0, self._openings - 1)
