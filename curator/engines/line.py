"""One endpoint as all roles share it: its connections, its limits, what was learnt about it."""

import time
from collections import Counter
from typing import Any

import msgspec

from curator.engines import Ledger, envelope, structured
from curator.engines.budget import Meter
from curator.engines.faults import KINDS, CallError, kind_of, said
from curator.engines.keeping import Keeper
from curator.engines.patience import Breaker, Halt, Limiter, Patience
from curator.engines.roles import Endpoint
from curator.engines.transport import Answer, Wire

COMPLETIONS = "/chat/completions"
#: After these the provider may have done the work all the same.
PERHAPS_BILLED = ("timeout", "cut", "too_big")
#: Candidates and further tries get seeds of their own, far apart.
STRIDE = 1_000_003


class Request(msgspec.Struct, frozen=True):
    """What is asked, without how."""

    messages: list[dict[str, Any]]
    sampling: dict[str, Any]
    schema: dict[str, Any] | None
    attempt: int

    def asked(self) -> dict[str, Any]:
        """What the ledger says was asked."""
        asked = {"messages": self.messages, "schema": self.schema, **self.sampling}
        return {**asked, "attempt": self.attempt}

    def texts(self) -> list[str]:
        """All text that is sent."""
        parts = [m.get("content") or "" for m in self.messages]
        texts = [p if isinstance(p, str) else msgspec.json.encode(p).decode() for p in parts]
        return texts if self.schema is None else [*texts, msgspec.json.encode(self.schema).decode()]


class Line:
    """Sends requests to one endpoint, and again where that may help."""

    def __init__(self, endpoint: Endpoint, patience: Patience, ledger: Ledger) -> None:
        self.endpoint = endpoint
        self.wire = Wire(endpoint)
        self._breaker = Breaker(patience)
        self.limiter = Limiter(endpoint.concurrency, self._breaker, endpoint.rpm, endpoint.tpm)
        self._patience = patience
        self._answered = False
        self._turned_away: float | None = None
        self._turns_away = 0
        self._overlong = False
        name = f"{'local' if endpoint.loopback else endpoint.base_url} {endpoint.model}"
        self._json_fact = f"json mode of {name}"
        self._tokens_fact = f"name of max_tokens at {name}"
        known = ledger.fact(self._json_fact)
        self.mode = known if known in structured.MODES else structured.MODES[0]
        self.mode_known = known in structured.MODES
        self._tokens_name = ledger.fact(self._tokens_fact) or "max_tokens"

    def forget_mode(self) -> None:
        """Find out anew how this endpoint takes a schema: it may have learnt it meanwhile."""
        self.mode, self.mode_known = structured.MODES[0], False

    async def send(
        self, request: Request, tries: int, keeper: Keeper, halt: Halt, meter: Meter
    ) -> Answer:
        """An answer that looks like a completion; waits and repeats what the wire lost. Raises
        `CallError`."""
        failures = Failures()
        mode = self.mode
        while True:
            try:
                answer = await self._once(self.body(request, tries, mode), request, halt, meter)
            except CallError as error:
                other = self.adapted(error, request, mode, keeper)
                if other is None:
                    await self._bear(error, failures, halt)
                else:
                    mode = other
                continue
            meter.note = ""
            if request.schema is not None and not self.mode_known:
                self.mode, self.mode_known = mode, True
                keeper.note(self._json_fact, mode)
            return answer

    def body(self, request: Request, tries: int, mode: str) -> dict[str, Any]:
        """The parameters of `chat.completions.create`, as JSON."""
        sampling = dict(request.sampling)
        if "max_tokens" in sampling:
            sampling[self._tokens_name] = sampling.pop("max_tokens")
        if "seed" in sampling:
            sampling["seed"] = (sampling["seed"] + STRIDE * request.attempt + tries) % 2**31
        body = {"model": self.endpoint.model, "messages": request.messages, **sampling}
        if request.schema is not None:
            # A server that let a schema pass unheeded is told in words the second time.
            if mode != "schema" or tries:
                body["messages"] = structured.instructed(request.messages, request.schema)
            if wanted := structured.response_format(request.schema, mode):
                body["response_format"] = wanted
        return body

    async def _once(
        self, body: dict[str, Any], request: Request, halt: Halt, meter: Meter
    ) -> Answer:
        """One exchange. What it says about the endpoint is known before the next one is let in."""
        tokens = self._tokens(request)
        async with self.limiter.turn(tokens, halt) as at:
            meter.requests += 1
            try:
                answer = await self.wire.post(COMPLETIONS, body)
                if not envelope.worth_keeping(answer.body):
                    raise self._no_completion(answer.body)
            except CallError as error:
                meter.perhaps_billed += error.kind in PERHAPS_BILLED
                self._learn(error, at, meter)
                raise
            self._breaker.good()
            self._answered = True
            self._turned_away = None
            self._turns_away = 0
            self._overlong = False
        if tokens:
            used = envelope.usage(answer.body)
            self.limiter.correct(sum(n or 0 for n in used) - tokens)
        return answer

    def _tokens(self, request: Request) -> int:
        """What a request counts against tokens a minute until its true number is known."""
        if not self.endpoint.tpm:
            return 0
        answer = int(request.sampling.get("max_tokens") or 0)
        return sum(len(text) // 4 for text in request.texts()) + answer

    def _no_completion(self, body: bytes) -> CallError:
        """Some gateways answer 200 and put an error with a code of its own inside."""
        try:
            value = msgspec.json.decode(body) if not envelope.too_deep(body) else None
        except (msgspec.MsgspecError, ValueError):
            value = None
        kind = "not_json"
        if isinstance(value, dict):
            inner = value.get("error")
            code = inner.get("code") if isinstance(inner, dict) else None
            kind = "not_chat"
            if isinstance(code, int) and 400 <= code < 600:
                kind = kind_of(code, body.decode("utf-8", "replace"))
        error = self.wire.fault(kind, said(body) or "an empty answer")
        error.raw = self.wire.redacted(body[:20_000].decode("utf-8", "replace"))
        return error

    def adapted(self, error: CallError, request: Request, mode: str, keeper: Keeper) -> str | None:
        """The mode to send the request with again, when its form alone was refused."""
        if error.kind != "bad_request":
            return None
        if "max_completion_tokens" in error.raw and self._tokens_name == "max_tokens":
            self._tokens_name = "max_completion_tokens"
            keeper.note(self._tokens_fact, self._tokens_name)
            return mode
        if request.schema is None:
            return None
        return structured.next_mode(mode, error.raw, guess=not self.mode_known)

    def _learn(self, error: CallError, sent_at: float, meter: Meter) -> None:
        """What a fault says about the endpoint; everybody pauses where that is wise. May make the
        error one that stops the run."""
        if error.kind == "busy":
            self._turned_away_now(error, meter)
        elif error.kind == "context":
            self._breaker.good()
        elif error.whose != "run" and self._breaker.bad(sent_at):
            error.stops_run = self._breaker.hopeless or not self._answered
            self.limiter.pause(self._breaker.cooling)
            meter.note = f"pausing {self._breaker.cooling:.0f} s, too many calls fail"

    def _turned_away_now(self, error: CallError, meter: Meter) -> None:
        """Everybody waits as long as the server asks, or a minute if it asks for more; when that
        was not enough, the run ends."""
        now = time.monotonic()
        self._turned_away = self._turned_away or now
        cap, asked = self._patience.cap, error.retry_after
        overlong = asked is not None and asked > cap
        if now - self._turned_away > self._patience.starved or (
            overlong and self._overlong and not self.limiter.paused
        ):
            error.stops_run = True
            return
        self._overlong = self._overlong or overlong
        # All that were in flight are turned away together: that is one more time, not many.
        self._turns_away += not self.limiter.paused
        wait = min(asked, cap) if asked else self._patience.backoff(self._turns_away)
        told = f"; it asks for {asked:,.0f} s" if overlong else ""
        self.limiter.pause(wait)
        meter.note = f"pausing {wait:.0f} s, the server is busy{told}"

    async def _bear(self, error: CallError, failures: "Failures", halt: Halt) -> None:
        """Wait before the next try. Raises the error when there is none."""
        if error.stops_run and error.whose != "run":
            raise self._stop(error) from error
        if error.whose in ("run", "item"):
            raise error
        if error.kind == "busy":
            return  # the pause is everybody's
        if failures.add(error.kind, self._breaker.good_ones):
            # Where nothing was ever answered, the next item would fare no better.
            error.stops_run = not self._answered
            raise error
        wait = self._patience.backoff(failures.total - 1)
        await halt.sleep(max(wait, min(error.retry_after or 0.0, self._patience.cap)))

    def _stop(self, error: CallError) -> CallError:
        asked = error.retry_after
        if error.kind == "busy":
            waits = asked is not None and asked > self._patience.cap
            stop = self.wire.fault("starved", f"it asks to wait {asked:,.0f} s" if waits else "")
        elif not self._answered:
            stop = self.wire.fault(error.kind, error.detail)
        else:
            stop = self.wire.fault("breaker", f"the last: {error.detail or error.kind}")
        stop.status, stop.raw, stop.stops_run = error.status, error.raw, True
        return stop


class Failures:
    """One item's failures on the wire. Those during an outage, when nobody was answered in
    between, weigh half: they say little about the item."""

    def __init__(self) -> None:
        self.total = 0
        self._weight: Counter[str] = Counter()
        self._good_ones = -1

    def add(self, kind: str, good_ones: int) -> bool:
        """Note one; `good_ones` is how many requests were ever answered. True: give up."""
        self.total += 1
        outage = good_ones > 0 and good_ones == self._good_ones
        self._weight[kind] += 1 if outage else 2
        self._good_ones = good_ones
        return self._weight[kind] >= 2 * KINDS[kind].tries or self._weight.total() >= 20
