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
        self.limiter = Limiter(endpoint.concurrency, endpoint.rpm, endpoint.tpm)
        self._breaker = Breaker(patience)
        self._patience = patience
        self._answered = False
        self._turned_away: float | None = None
        self._overlong = False
        name = f"{'local' if endpoint.loopback else endpoint.base_url} {endpoint.model}"
        self._json_fact = f"json mode of {name}"
        self._tokens_fact = f"name of max_tokens at {name}"
        known = ledger.fact(self._json_fact)
        self.mode = known if known in structured.MODES else structured.MODES[0]
        self.mode_known = known in structured.MODES
        self._tokens_name = ledger.fact(self._tokens_fact) or "max_tokens"

    async def send(
        self, request: Request, tries: int, keeper: Keeper, halt: Halt, meter: Meter
    ) -> Answer:
        """An answer that looks like a completion; waits and repeats what the wire lost. Raises
        `CallError`."""
        failures: Counter[str] = Counter()
        mode = self.mode
        while True:
            try:
                answer = await self._once(self.body(request, tries, mode), request, halt, meter)
            except CallError as error:
                other = self._adapted(error, request, mode, keeper)
                if other is None:
                    await self._bear(error, failures, halt, meter)
                else:
                    mode = other
                continue
            self._breaker.good()
            self._answered = True
            self._turned_away = None
            self._overlong = False
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
        tokens = self._tokens(request)
        await self.limiter.enter(tokens, halt)
        try:
            meter.requests += 1
            answer = await self.wire.post(COMPLETIONS, body)
        finally:
            self.limiter.leave()
        if not envelope.worth_keeping(answer.body):
            raise self._no_completion(answer.body)
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
        is_object = body[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
        kind = "not_chat" if is_object else "not_json"
        if is_object:
            code = _code(body)
            kind = kind_of(code, body.decode("utf-8", "replace")) if code >= 400 else kind
        error = self.wire.fault(kind, said(body) or "an empty answer")
        error.raw = self.wire.redacted(body[:20_000].decode("utf-8", "replace"))
        return error

    def _adapted(self, error: CallError, request: Request, mode: str, keeper: Keeper) -> str | None:
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

    async def _bear(
        self, error: CallError, failures: Counter[str], halt: Halt, meter: Meter
    ) -> None:
        """Wait before the next try. Raises the error when there is none."""
        if error.whose == "run":
            raise error
        if error.kind == "busy":
            await self._queue(error, failures, halt, meter)
            return
        if error.kind == "context":
            self._breaker.good()
            raise error
        meter.perhaps_billed += error.kind in PERHAPS_BILLED
        failures[error.kind] += 1
        opened = self._breaker.bad()
        if opened and (not self._answered or self._breaker.hopeless):
            raise self._stop("breaker", error) from error
        if opened:
            self.limiter.pause(self._breaker.cooling, "too many calls fail")
            meter.note = f"pausing {self._breaker.cooling:.0f} s: {error}"
        if error.whose == "item":
            raise error
        if failures[error.kind] >= KINDS[error.kind].tries or failures.total() >= 8:
            # Where nothing was ever answered, the next item would fare no better.
            error.stops_run = not self._answered
            raise error
        asked = error.retry_after
        wait = self._patience.backoff(failures.total() - 1)
        await halt.sleep(max(wait, min(asked, self._patience.cap)) if asked else wait)

    async def _queue(
        self, error: CallError, failures: Counter[str], halt: Halt, meter: Meter
    ) -> None:
        """Everybody waits as long as the server asks, or a minute if it asks for more."""
        now = time.monotonic()
        self._turned_away = self._turned_away or now
        cap = self._patience.cap
        asked = error.retry_after
        if now - self._turned_away > self._patience.starved:
            raise self._stop("starved", error)
        if asked is not None and asked > cap:
            if self._overlong and self.limiter.paused == 0:
                raise self._stop("starved", error, f"it asks to wait {asked:,.0f} s")
            self._overlong = True
        failures["busy"] += 1
        wait = self._patience.backoff(failures["busy"]) if not asked else min(asked, cap)
        told = "" if asked is None or asked <= cap else f" (it asks for {asked:,.0f} s)"
        self.limiter.pause(wait, str(error))
        meter.note = f"pausing {wait:.0f} s, the server is busy{told}"
        await halt.sleep(0)

    def _stop(self, kind: str, error: CallError, detail: str = "") -> CallError:
        stop = self.wire.fault(kind, detail or str(error))
        stop.status, stop.raw = error.status, error.raw
        return stop


def _code(body: bytes) -> int:
    try:
        value = msgspec.json.decode(body)
        code = value.get("error", {}).get("code") if isinstance(value, dict) else 0
    except (msgspec.MsgspecError, AttributeError, RecursionError, ValueError):
        return 0
    return code if isinstance(code, int) else 0
